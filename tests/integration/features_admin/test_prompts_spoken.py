"""Prompts that the product speaks itself, what they were before, and the keys that nobody has recorded yet.

The synthesiser here says one tone for each character, so that lengths can be foretold; the real one is tested where it is
installed (test_speech_synthesizer).
"""

import asyncio
from pathlib import Path

import httpx
import pytest

from hotline.core.events import InquiryOutcome
from hotline.core.ids import AuthorityId, CallId, InquiryId
from hotline.core.inquiry_messages import Inquire
from hotline.features.speech.spoken import SpokenFiles
from hotline.ports.inquiries import Services
from hotline.ports.speech import Speech, SpeechMissing, SynthesisFailed, Synthesizer
from hotline.wire import wav
from tests.integration.features_admin.conftest import MINIMAL_FLOW, World

pytestmark = pytest.mark.req("TEL-4")

MS_PER_CHARACTER = 100


class ToneSynthesizer:
    """Says each character for 100 ms."""

    def __init__(self, *, installed: bool = True) -> None:
        self.installed = installed
        self.asked: list[tuple[str, str, float]] = []
        self.go = asyncio.Event()
        self.go.set()
        self.refuses = ""

    @property
    def voices(self) -> tuple[str, ...]:
        return ("zf_first", "zm_second")

    async def synthesize(self, text: str, *, voice: str, speed: float = 1.0) -> Speech:
        await self.go.wait()
        if not self.installed:
            raise SpeechMissing
        if self.refuses:
            raise SynthesisFailed(self.refuses, retryable=False)
        self.asked.append((text, voice, speed))
        return Speech(samples=b"\x00\x10" * (8 * MS_PER_CHARACTER * len(text)))

    async def close(self) -> None:
        pass


@pytest.fixture
def synthesizer(world: World) -> ToneSynthesizer:
    made = ToneSynthesizer()
    world.platform.services[Synthesizer] = made
    return made


async def ready(client: httpx.AsyncClient, text: str, **wanted: object) -> dict[str, object]:
    """Have a text spoken and wait for it."""
    state = (await client.post("/speech/texts", json={"text": text, **wanted})).json()
    while state["state"] == "working":
        await asyncio.sleep(0)
        state = (await client.get(f"/speech/texts/{state['id']}")).json() | {"reads": state["reads"]}
    return state


async def test_a_text_is_heard_before_it_is_saved_and_spoken_only_once(
    world: World, synthesizer: ToneSynthesizer
) -> None:
    manager = await world.log_in("manager")
    state = await ready(manager, "前面还有2位", voice="zm_second", speed=1.2)
    assert (state["state"], state["reads"]) == ("ready", "前面还有两位")
    heard = wav.parse((await manager.get(f"/speech/texts/{state['id']}/audio")).content)
    assert (heard.tag, heard.duration_ms) == (wav.A_LAW, 6 * MS_PER_CHARACTER)
    body = {"key": "ahead", "text": "前面还有2位", "voice": "zm_second", "speed": 1.2}
    made = (await manager.post("/prompts/spoken", json=body)).json()
    assert (made["source"], made["voice"], made["speed"]) == ("spoken", "zm_second", 1.2)
    assert made["duration_ms"] == 6 * MS_PER_CHARACTER
    assert synthesizer.asked == [("前面还有两位", "zm_second", 1.2)]


async def test_a_long_text_shows_its_progress_piece_by_piece(
    world: World, synthesizer: ToneSynthesizer
) -> None:
    manager = await world.log_in("manager")
    synthesizer.go.clear()
    text = "您好，这里是市政务服务热线，今天的公告如下，请您耐心收听，谢谢您的理解与支持。" * 4
    state = (await manager.post("/speech/texts", json={"text": text})).json()
    assert (state["state"], state["done"]) == ("working", 0)
    assert state["total"] > 1
    again = (await manager.post("/speech/texts", json={"text": text})).json()
    assert again["id"] == state["id"]
    synthesizer.go.set()
    assert (await ready(manager, text))["state"] == "ready"
    assert len(synthesizer.asked) == state["total"]


async def test_without_the_speech_environment_a_person_is_told_how_to_get_it(world: World) -> None:
    world.platform.services[Synthesizer] = ToneSynthesizer(installed=False)
    manager = await world.log_in("manager")
    for answer in (
        await manager.post("/speech/texts", json={"text": "您好"}),
        await manager.post("/prompts/spoken", json={"key": "hello", "text": "您好"}),
    ):
        assert answer.status_code == 503
        assert answer.json()["error"]["code"] == "speech_missing"
    assert (await manager.get("/prompts")).json()["total"] == 5
    state = (await manager.get("/speech")).json()
    assert (state["synthesis"], state["recognition"]) == (False, False)


async def test_what_the_model_cannot_say_makes_no_prompt(world: World, synthesizer: ToneSynthesizer) -> None:
    manager = await world.log_in("manager")
    synthesizer.refuses = "the text has nothing to say"
    answer = await manager.post("/prompts/spoken", json={"key": "hello", "text": "您好"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "not_spoken")
    assert "没有可以读出来的文字" in answer.json()["error"]["message"]
    assert (await manager.post("/prompts/spoken", json={"key": "hello", "text": " "})).status_code == 422


async def test_a_replaced_prompt_can_be_heard_and_brought_back(
    world: World, synthesizer: ToneSynthesizer
) -> None:
    manager = await world.log_in("manager")
    made = (await manager.post("/prompts/spoken", json={"key": "hours_now", "text": "九点上班"})).json()
    path = f"/prompts/{made['id']}"
    longer = (await manager.put(f"{path}/speech", json={"text": "八点半开始上班"})).json()
    assert (longer["version"], longer["text"]) == (2, "八点半开始上班")
    (old,) = (await manager.get(f"{path}/versions")).json()["items"]
    assert (old["version"], old["text"], old["replaced_by"]) == (1, "九点上班", "manager")
    heard = wav.parse((await manager.get(f"{path}/versions/1/audio")).content)
    assert heard.duration_ms == 4 * MS_PER_CHARACTER
    back = (await manager.post(f"{path}/versions/1/restore")).json()
    assert (back["text"], back["sha256"], back["version"]) == ("九点上班", made["sha256"], 3)
    assert [v["version"] for v in (await manager.get(f"{path}/versions")).json()["items"]] == [2, 1]
    assert (await manager.post(f"{path}/versions/9/restore")).status_code == 404
    assert (await manager.get(f"{path}/audio")).headers["cache-control"] == "private, no-cache"
    stranger = await world.log_in("manager-a")
    assert (await stranger.post(f"{path}/versions/1/restore")).status_code == 404


async def test_keys_that_nobody_has_recorded_are_listed_with_who_plays_them(
    world: World, synthesizer: ToneSynthesizer
) -> None:
    manager = await world.log_in("manager")
    nodes = MINIMAL_FLOW["nodes"] | {"welcome": {"kind": "play", "prompts": ["not_there"], "next": "end"}}
    body = {"name": "主流程", "document": MINIMAL_FLOW | {"nodes": nodes}}
    answer = await manager.post("/flows", json=body)
    assert answer.status_code == 201, answer.text
    (missing,) = (await manager.get("/prompts/missing")).json()["items"]
    assert (missing["key"], missing["removed"]) == ("not_there", False)
    assert [(use["kind"], use["name"]) for use in missing["uses"]] == [("flow", "主流程")]
    await manager.post("/prompts/spoken", json={"key": "not_there", "text": "您好"})
    assert (await manager.get("/prompts/missing")).json()["items"] == []
    (listed,) = (await manager.get("/prompts", params={"q": "not_there"})).json()["items"]
    assert listed["used"] == 1


async def test_flows_ask_for_the_file_of_a_text_and_are_told_when_there_is_none(
    world: World, synthesizer: ToneSynthesizer
) -> None:
    service = world.platform.services[Services]["speech.say"]

    def inquiry(text: str) -> Inquire:
        return Inquire(
            inquiry_id=InquiryId("i"), call_id=CallId("c"), authority_id=AuthorityId("a"), service="speech.say",
            name="", arguments={"text": text, "voice": ""}, timeout_s=5,
        )  # fmt: skip

    answer = await service.ask(inquiry("2件"))
    assert (answer.outcome, answer.values["duration_ms"]) == (InquiryOutcome.OK, 2 * MS_PER_CHARACTER)
    assert (world.data / answer.values["path"]).is_file()
    assert await service.ask(inquiry("2件")) == answer
    assert len(synthesizer.asked) == 1
    confidential = inquiry("2件")
    confidential.arguments["once"] = True
    once = await service.ask(confidential)
    assert Path(once.values["path"]).stem.startswith("once-")  # nothing of its name tells what it says
    assert once.values["path"] != (await service.ask(confidential)).values["path"]
    SpokenFiles(world.data, lambda: None)  # the next start removes what the last one left
    assert not (world.data / once.values["path"]).exists()
    assert (world.data / answer.values["path"]).exists()
    synthesizer.refuses = "no"
    assert (await service.ask(inquiry("3件"))).outcome is InquiryOutcome.FAILED
    world.platform.services[Synthesizer] = ToneSynthesizer(installed=False)
    assert (await service.ask(inquiry("4件"))).what == "speech is not installed"


async def test_a_removed_key_comes_back_with_its_history(world: World, synthesizer: ToneSynthesizer) -> None:
    manager = await world.log_in("manager")
    made = (await manager.post("/prompts/spoken", json={"key": "notice", "text": "旧的"})).json()
    assert (await manager.delete(f"/prompts/{made['id']}")).status_code == 204
    again = await manager.post("/prompts/spoken", json={"key": "notice", "text": "新的公告"})
    assert again.status_code == 201, again.text
    assert (again.json()["id"], again.json()["version"]) == (made["id"], 2)
    assert [v["text"] for v in (await manager.get(f"/prompts/{made['id']}/versions")).json()["items"]] == [
        "旧的"
    ]
