"""The first call, whole: trunk, menu, queue, agent at a desk phone, recording, survey, list, figures."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from hotline.adapters.sip_caller.conversation import Conversation
from hotline.adapters.sip_caller.phone import SipPhone
from hotline.wire import wav
from tests.e2e.browsers import is_in
from tests.e2e.people import HEARD_NOT, DeskAgent, correlation, heard_by, voice
from tests.e2e.product import Product, eventually

CALLER = "13800138000"
HOTLINE = "01084000000"


@pytest.fixture
async def untouched(tmp_path: Path) -> AsyncIterator[Product]:
    """A site that sets itself up by this start."""
    product = Product(tmp_path / "data", from_scratch=True)
    await product.start()
    yield product
    await product.stop()


@pytest.mark.e2e
@pytest.mark.req("TEL-1", "TEL-8", "ACD-1", "IVR-5", "STA-1", "STA-6", "STA-8", "SUP-1")
async def test_a_citizen_reaches_an_agent_and_everything_is_written_down(untouched: Product) -> None:
    await first_call(untouched)


@pytest.mark.e2e
@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.req("TEL-1", "ACD-1", "STA-1")
async def test_the_first_call_is_the_same_on_postgresql(tmp_path: Path, postgres_url: str) -> None:
    product = Product(tmp_path / "data", settings={"HOTLINE_DATABASE": postgres_url})
    await product.start()
    try:
        await first_call(product)
        assert not (tmp_path / "data" / "hotline.db").exists()
    finally:
        await product.stop()


async def first_call(product: Product) -> None:
    agent = await DeskAgent.sign_in(product, "1001")
    citizen = SipPhone(product.sip)
    try:
        call = citizen.call(HOTLINE, shown=CALLER)
        await call.answered.wait()
        call.audio.press("1")
        rung = await agent.ringing()
        rung.answer()
        await agent.in_state("talking")
        question, reply = voice("citizen_01"), voice("agent_01")
        call.audio.say(question)
        rung.audio.say(reply)
        await eventually(_silent(call, rung), "both to have spoken", 40)
        assert is_in(question, heard_by(rung))
        assert is_in(reply, heard_by(call))
        assert correlation(reply, heard_by(rung)) < HEARD_NOT, "the agent hears no echo"
        rung.hang_up()
        await agent.in_state("after_call")
        await _rate(product, call)
        await call.over.wait()
        await agent.session.post("/agents/me/wrap-up/finish")
        await agent.in_state("ready")
        detail = await _ended_call(product)
        _check_story(detail)
        await _check_recording(product, detail["id"], question, reply)
        await _check_figures(product)
    finally:
        await citizen.close()
        await agent.close()


def _silent(*calls: Conversation) -> Callable[[], Awaitable[bool]]:
    async def done() -> bool:
        return not any(call.audio.speaking for call in calls)

    return done


async def _rate(product: Product, call: Conversation) -> None:
    """Press 1 once the call stands in the survey."""
    leader = await product.log_in("2001")

    async def asked() -> bool:
        live = await leader.get("/live")
        return [one["phase"] for one in live["calls"]] == ["survey"]

    await eventually(asked, "the survey")
    call.audio.press("1")


async def _ended_call(product: Product) -> dict[str, Any]:
    leader = await product.log_in("2001")

    async def ended() -> dict[str, Any] | None:
        page = await leader.get("/calls")
        detail = await leader.get(f"/calls/{page['items'][0]['id']}")
        whole = detail["ended_at"] and all(recording["ready"] for recording in detail["recordings"])
        return detail if whole else None

    return await eventually(ended, "the call's end and its recording")


def _check_story(detail: dict[str, Any]) -> None:
    assert detail["disposition"] == "agent_answered"
    assert (detail["ani"], detail["dnis"], detail["ani_region"]) == (CALLER, HOTLINE, "北京")
    assert [agent["number"] for agent in detail["agents"]] == ["1001"]
    assert [queue["name"] for queue in detail["queues"]] == ["不动产登记"]
    assert (detail["survey_grade"], detail["survey_label"]) == (1, "满意")
    assert [key["keys"] for key in detail["keys"]] == ["1"]
    (visit,), (offer,), (talk,) = detail["visits"], detail["offers"], detail["talks"]
    assert (visit["outcome"], offer["outcome"]) == ("answered", "answered")
    assert talk["talk_ms"] > 0
    assert talk["how"] in {"agent_hung_up", "to_survey"}


async def _check_recording(product: Product, call_id: str, question: bytes, reply: bytes) -> None:
    """Citizen left, agent right; played in ranges; the playback stands in the audit trail."""
    inspector = await product.log_in("3001")
    answer = await inspector.raw(f"/calls/{call_id}/recording", Range="bytes=0-")
    assert answer.status_code == 206
    audio = wav.parse(answer.content)
    assert (audio.tag, audio.channels, audio.rate) == (wav.A_LAW, 2, 8000)
    left, right = audio.data[0::2], audio.data[1::2]
    assert is_in(question, left)
    assert is_in(reply, right)
    assert correlation(question, right) < HEARD_NOT
    shape = await inspector.get(f"/calls/{call_id}/waveform", points=200)
    assert max(shape["left"]) > 0.1
    manager = await product.log_in("4001")
    entries = (await manager.get("/audit", action="recordings.play"))["items"]
    assert [entry["target_name"] for entry in entries] == [call_id]


async def _check_figures(product: Product) -> None:
    manager = await product.log_in("4001")

    async def counted() -> dict[str, Any] | None:
        summary = await manager.get("/reports/summary")
        return summary if summary["totals"]["values"]["talks"] == 1 else None

    summary = await eventually(counted, "the call in the statistics")
    texts = summary["totals"]["texts"]
    assert (texts["trunk_in"], texts["agent_answered"], texts["agent_answer_rate"]) == ("1", "1", "100.00%")
    tracking = (await manager.get("/reports/inbound_tracking"))["totals"]["values"]
    assert tracking["trunk_in"] == sum(value for key, value in tracking.items() if key.startswith("ended_"))
    waiting = (await manager.get("/reports/waiting", group_by="queue"))["rows"]
    assert [row["keys"][0]["name"] for row in waiting] == ["不动产登记"]
    assert waiting[0]["values"]["visits_answered"] == 1
