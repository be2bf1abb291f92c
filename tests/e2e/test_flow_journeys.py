"""A citizen's telephone through published flows: self service over a real HTTP question and a named query; who began on a version stays on it."""

import asyncio
import math
import re
import struct
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

import hotline.demo
from hotline.adapters.sip_caller.conversation import Conversation
from hotline.adapters.sip_caller.phone import SipPhone
from hotline.demo.matters import CARDS
from hotline.platform.settings import Settings
from hotline.platform.speech_environment import DEFAULT_FOLDER, speech_environment
from hotline.speech import speech_for
from hotline.wire import g711, wav
from tests.e2e.browsers import likeness_in_pieces
from tests.e2e.product import Product, Session, eventually
from tests.e2e.queue_ground import HEARD_PIECES, hears_prompt
from tests.speech_environment import fake_speech

pytestmark = [pytest.mark.e2e]

HOTLINE = "01084000000"
POSTED = CARDS[2][0]


VOICES = Path(hotline.demo.__file__).parent / "voices"
ASKED = "citizen_03"
QUESTION = "请问社会保障卡丢了，应该怎么补办？"
REAL = speech_environment(DEFAULT_FOLDER).installed
"""Whether the models are here; otherwise the same journey runs over workers that only speak their protocol."""


def speech_settings(folder: Path) -> dict[str, str]:
    """The models where they are, and workers that speak their protocol elsewhere."""
    if REAL:
        return {}
    return {"HOTLINE_SPEECH": str(fake_speech(folder / "speech")), "HOTLINE_TEST_HEARD": QUESTION}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def module_product(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    """The demo site with speech."""
    folder = tmp_path_factory.mktemp("site")
    running = Product(folder / "data", settings=speech_settings(folder))
    await running.start()
    yield running
    await running.stop()


async def keyed(call: Conversation, keys: str) -> None:
    """Press keys one after another, as fast as a hurried finger."""
    for key in keys:
        call.audio.press(key)
        await asyncio.sleep(0.2)


async def calls_in(phone: SipPhone, shown: str) -> Conversation:
    """Call the hotline; it answers."""
    call = phone.call(HOTLINE, shown=shown)
    async with asyncio.timeout(60):
        await call.answered.wait()
    return call


async def story(leader: Session, shown: str) -> dict[str, Any]:
    """The ended call of this caller, with its journal."""

    async def ended() -> dict[str, Any] | None:
        items = (await leader.get(f"/calls?number={shown}"))["items"]
        detail = await leader.get(f"/calls/{items[0]['id']}") if items else None
        return detail if detail and detail["ended_at"] else None

    return await eventually(ended, "the call's end", 60.0)


@pytest.mark.req("IVR-6", "IVR-2")
async def test_a_caller_keys_an_id_number_and_hears_the_progress_of_a_card_and_of_a_pension(
    site: Product,
) -> None:
    phone = SipPhone(site.sip)
    shown = "13900002222"
    call = await calls_in(phone, shown)
    await keyed(call, f"3{POSTED}")
    await hears_prompt(call, "id_number_readback", 60.0)
    await keyed(call, "11")
    await hears_prompt(call, "card_posted", 60.0)
    await keyed(call, f"1{POSTED}12")
    await hears_prompt(call, "pension_done", 60.0)
    call.hang_up()
    told = await story(await site.log_in("2001"), shown)
    await phone.close()
    assert told["disposition"] == "self_served"
    sentences = str(told)
    assert POSTED not in sentences and "**************" + POSTED[-4:] in sentences
    assert sentences.count("查询有结果") >= 2


@pytest.mark.req("IVR-1")
async def test_a_call_stays_on_its_version_while_a_new_one_is_published_over_it(site: Product) -> None:
    admin = await site.log_in("admin")
    flow = await admin.get("/flows/demo")
    phone = SipPhone(site.sip)
    before = await calls_in(phone, "13900003001")
    await hears_prompt(before, "menu", 60.0)
    changed = flow["published"]
    changed["nodes"]["menu"]["choices"]["7"] = {"label": "新业务", "next": "goodbye"}
    await admin.put("/flows/demo/draft", document=changed)
    published = await admin.post("/flows/demo/publish", note="加一个键")
    assert published["published_version"] == flow["published_version"] + 1
    await keyed(before, "7")
    await hears_prompt(before, "invalid_key", 60.0)
    before.hang_up()
    after = await calls_in(phone, "13900003002")
    await hears_prompt(after, "menu", 60.0)
    await keyed(after, "7")
    await hears_prompt(after, "goodbye", 60.0)
    after.hang_up()
    await phone.close()
    await admin.post("/flows/demo/publish", version=flow["published_version"])


async def changed_flow(admin: Session, *, key: str, nodes: dict[str, Any]) -> int:
    """Publish the demo flow with a key of the menu that leads to the first of these nodes; return the version before."""
    flow = await admin.get("/flows/demo")
    document = flow["published"]
    document["nodes"] |= nodes
    document["nodes"]["menu"]["choices"][key] = {"label": "问一问", "next": next(iter(nodes))}
    await admin.put("/flows/demo/draft", document=document)
    await admin.post("/flows/demo/publish", note="问一问")
    return int(flow["published_version"])


ARTICLE = "社保卡丢失挂失和补办"
QUEUE = {"kind": "queue", "queue": "realestate"}
ANSWER: dict[str, Any] = {
    "kind": "answer",
    "solved": "goodbye",
    "agent": "ask-agent",
    "failed": "goodbye",
    "timeout_s": 60,
    "max_s": 30,
}
"""Thirty seconds to speak: a question that ends before was ended by the caller's pause."""


async def hears_the_title(call: Conversation) -> None:
    """The telephone hears the title of the article: by the recogniser, or by the tones that stand for its first characters."""
    if not REAL:
        tones = [
            math.sin(at * 2 * math.pi * (300 + ord(sign) % 2500) / 8000)
            for sign in ARTICLE
            for at in range(1200)
        ]
        wanted = g711.encode(
            g711.Law.ALAW, struct.pack(f"<{len(tones)}h", *(int(8000 * one) for one in tones))
        )

        async def heard() -> bool:
            newest = call.audio.recording()[-16_000 * 10 :]
            return await asyncio.to_thread(likeness_in_pieces, wanted, newest) > HEARD_PIECES

        await eventually(heard, "the title", 60.0, every_s=0.3)
        return
    speech = speech_for(Settings())

    async def understood() -> bool:
        heard = await speech.recognizer.recognize(call.audio.recording()[-16_000 * 10 :])
        return ARTICLE[:3] in heard.text  # the rest comes in signs that sound the same: 丢失 as 丁事

    await eventually(understood, "the title, written down again", 120.0, every_s=1.0)
    await speech.close()


@pytest.mark.req("IVR-8")
async def test_a_caller_asks_aloud_hears_the_article_and_says_that_it_helped(site: Product) -> None:
    admin = await site.log_in("admin")
    before = await changed_flow(admin, key="7", nodes={"ask": ANSWER, "ask-agent": QUEUE})
    phone, shown = SipPhone(site.sip), "13900004444"
    call = await calls_in(phone, shown)
    await keyed(call, "7")
    await hears_prompt(call, "answer_ask", 60.0)
    silence = g711.encode(g711.Law.ALAW, bytes(2 * 8000 * 4))  # the rest of the question, and the tone
    call.audio.say(silence + wav.to_alaw(wav.parse((VOICES / f"{ASKED}.wav").read_bytes())))
    await hears_prompt(call, "answer_searching", 60.0)
    await hears_the_title(call)
    await keyed(call, "1")
    await hears_prompt(call, "goodbye", 60.0)
    call.hang_up()
    told = await story(await site.log_in("2001"), shown)
    await phone.close()
    await admin.post("/flows/demo/publish", version=before)
    assert told["disposition"] == "self_served"
    sentences = str(told)
    assert f"播报文章“{ARTICLE}”" in sentences and "自助完成：智能应答" in sentences
    assert [one["kind"] for one in told["recordings"]] == ["question"]
    waits = [float(seconds) for seconds in re.findall(r"查询有结果（([\d.]+) 秒）", sentences)]
    assert waits and max(waits) < ANSWER["max_s"], "the pause was heard"
