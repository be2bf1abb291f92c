"""What happens when parts of the running product die, stall, or run out of room while people talk."""

import asyncio
import os
import signal
import sqlite3
from collections.abc import AsyncIterator
from typing import Any

import pytest

from hotline.adapters.sip_caller.conversation import Conversation
from hotline.adapters.sip_caller.phone import SipPhone
from hotline.wire import wav
from tests.e2e.browsers import has_heard, is_in
from tests.e2e.people import DeskAgent, voice
from tests.e2e.product import Product, eventually

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

CALLER = "13800138000"
HOTLINE = "01084000000"


@pytest.fixture
async def citizen(site: Product) -> AsyncIterator[SipPhone]:
    phone = SipPhone(site.sip)
    yield phone
    await phone.close()


@pytest.fixture
async def agent(site: Product) -> AsyncIterator[DeskAgent]:
    person = await DeskAgent.sign_in(site, "1001")
    yield person
    await person.close()


async def connected(citizen: SipPhone, agent: DeskAgent) -> tuple[Conversation, Conversation]:
    """A talk: the citizen's call and the agent's."""
    call = citizen.call(HOTLINE, shown=CALLER)
    async with asyncio.timeout(20):
        await call.answered.wait()
    call.audio.press("1")
    rung = await agent.ringing()
    rung.answer()
    await agent.in_state("talking")
    return call, rung


async def spoken(call: Conversation, other: Conversation, name: str) -> None:
    """Say something and wait until the other has heard it."""
    words = voice(name)
    call.audio.say(words)

    async def heard() -> bool:
        return not call.audio.speaking and await has_heard(other, words)

    await eventually(heard, f"{name} is heard", 30, every_s=0.5)


async def ended_call(site: Product, place: int = 0) -> dict[str, Any]:
    """The newest call (or an earlier one), once it is over and its recording is there."""
    leader = await site.log_in("2001")

    async def whole() -> dict[str, Any] | None:
        detail = await leader.get(f"/calls/{(await leader.get('/calls'))['items'][place]['id']}")
        ready = all(recording["ready"] for recording in detail["recordings"])
        return detail if detail["ended_at"] and ready else None

    return await eventually(whole, "the call's end", 40)


@pytest.mark.req("OPS-2", "TEL-8")
async def test_a_talk_is_heard_and_recorded_while_the_application_is_dead(
    site: Product, citizen: SipPhone, agent: DeskAgent
) -> None:
    call, rung = await connected(citizen, agent)
    await heard_and_recorded_without_the_application(site, agent, call, rung)


async def heard_and_recorded_without_the_application(
    site: Product, agent: DeskAgent, call: Conversation, rung: Conversation
) -> None:
    """Kill the application in a recorded talk; let both speak; start it again, end the talk and look at the recording."""
    site.kill()
    await spoken(call, rung, "citizen_02")
    await spoken(rung, call, "agent_02")
    await site.start()
    await agent.in_state("talking")
    rung.hang_up()
    await agent.in_state("after_call")
    call.hang_up()
    detail = await ended_call(site)
    assert detail["disposition"] == "agent_answered"
    (talk,) = detail["talks"]
    answer = await (await site.log_in("3001")).raw(f"/calls/{detail['id']}/recording")
    audio = wav.parse(answer.content)
    assert is_in(voice("citizen_02"), audio.data[0::2])
    assert is_in(voice("agent_02"), audio.data[1::2])
    assert abs(len(audio.data) / 2 / 8 - talk["talk_ms"]) < 2_000


@pytest.mark.req("OPS-2")
async def test_callers_in_the_menu_and_in_the_queue_stay_when_the_application_is_killed(
    site: Product,
) -> None:
    one, other = SipPhone(site.sip), SipPhone(site.sip)
    agent = await DeskAgent.sign_in(site, "1001")
    try:
        await agent.session.put("/agents/me/state", state="busy", reason="other")
        waiting, choosing = one.call(HOTLINE, shown=CALLER), other.call(HOTLINE, shown="13900139000")
        async with asyncio.timeout(20):
            await asyncio.gather(waiting.answered.wait(), choosing.answered.wait())
        waiting.audio.press("1")
        await phases(site, {"waiting", "ivr"})
        site.kill()
        await site.start()
        await phases(site, {"waiting", "ivr"})
        choosing.audio.press("1")
        await phases(site, {"waiting"})
        await agent.session.put("/agents/me/state", state="ready")
        first = await agent.ringing()
        first.answer()
        await spoken(first, waiting, "agent_03")
        waiting.hang_up()
        choosing.hang_up()
    finally:
        await one.close()
        await other.close()
        await agent.close()


async def phases(site: Product, wanted: set[str]) -> None:
    """Wait until the running calls are in exactly these phases."""
    leader = await site.log_in("2001")

    async def there() -> bool:
        calls = (await leader.get("/live"))["calls"]
        return {call["phase"] for call in calls if call["phase"] != "wrap_up"} == wanted

    await eventually(there, f"calls in {wanted}")


@pytest.mark.req("OPS-2")
async def test_a_killed_voice_process_is_replaced_and_reaches_the_desk_phones_again(
    site: Product, citizen: SipPhone, agent: DeskAgent
) -> None:
    lost, dead = await connected(citizen, agent)
    os.kill(site.pid_of("voice"), signal.SIGKILL)
    call = citizen.call(HOTLINE, shown="13900139000")  # repeats its INVITE until somebody answers
    async with asyncio.timeout(20):
        await call.answered.wait()
    await agent.in_state("ready", "after_call", "busy")
    await agent.session.put("/agents/me/state", state="ready")
    call.audio.press("1")
    rung = await agent.ringing()  # without a new registration
    rung.answer()
    await spoken(rung, call, "agent_03")
    rung.hang_up()
    call.hang_up()
    lost.hang_up()
    dead.hang_up()
    assert (await ended_call(site, place=1))["disposition"] == "system_lost"
    assert (await ended_call(site))["disposition"] == "agent_answered"


@pytest.mark.req("STA-1")
async def test_a_killed_statistics_process_comes_back_and_counts_nothing_twice(
    site: Product, citizen: SipPhone
) -> None:
    manager = await site.log_in("4001")

    async def counted() -> float:
        return (await manager.get("/reports/summary"))["totals"]["values"]["trunk_in"]

    before = (await manager.get("/calls"))["total"]
    await eventually(lambda: _equal(counted, before), "every earlier call in the figures", 40)
    os.kill(site.pid_of("statistics"), signal.SIGKILL)
    call = citizen.call(HOTLINE, shown=CALLER)
    async with asyncio.timeout(20):
        await call.answered.wait()
    call.hang_up()
    await eventually(lambda: _equal(counted, before + 1), "the new call, and no other twice", 40)


async def _equal(counted: Any, wanted: int) -> bool:
    try:
        return await counted() == wanted
    except AssertionError:  # refused while the process is away
        return False


@pytest.mark.req("OPS-2")
async def test_calls_go_on_while_the_database_is_locked_and_the_journal_catches_up(
    site: Product, citizen: SipPhone, agent: DeskAgent
) -> None:
    call, rung = await connected(citizen, agent)
    database = sqlite3.connect(site.data / "hotline.db", isolation_level=None)
    database.execute("BEGIN IMMEDIATE")
    second = SipPhone(site.sip)
    new = second.call(HOTLINE, shown="13900139000")
    try:
        async with asyncio.timeout(30):
            await new.answered.wait()
        assert new.is_up, new.status
        await spoken(call, rung, "citizen_03")
        rung.hang_up()
        await agent.in_state("after_call")
    finally:
        database.execute("ROLLBACK")
        database.close()
        call.hang_up()
        new.hang_up()
        await second.close()

    async def both() -> bool:
        ends = {(await ended_call(site, place=place))["disposition"] for place in (0, 1)}
        return ends == {"agent_answered", "ivr_hangup"}

    await eventually(both, "the ends of both calls")
