"""A citizen's telephone through published flows: self service over a real HTTP question and a named query; who began on a version stays on it."""

import asyncio
from typing import Any

import pytest

from hotline.adapters.sip_caller.conversation import Conversation
from hotline.adapters.sip_caller.phone import SipPhone
from hotline.demo.matters import CARDS
from tests.e2e.product import Product, Session, eventually
from tests.e2e.queue_ground import hears_prompt

pytestmark = [pytest.mark.e2e]

HOTLINE = "01084000000"
POSTED = CARDS[2][0]


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
