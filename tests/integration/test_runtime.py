"""The runtime carries a call from the switch to the journal and back, and people's requests, and tells screens of it."""

import asyncio
from datetime import datetime
from pathlib import Path

import pytest

from hotline.adapters.fake_switch import ScriptedPhone
from hotline.core import centre
from hotline.core.events import AgentState, CallEnded, Disposition
from hotline.core.ids import AuthorityId
from hotline.core.requests import HangUpCall, Refused, SetState, SignIn, SignOut
from hotline.core.switching import Provision, SwitchSnapshot
from hotline.runtime import dispatcher
from tests.integration.runtime_world import World, written_in
from tests.small_site import AGENTS, CITY, PHONES, PROVISION, FixedSite, small_site


@pytest.mark.req("ACD-1")
async def test_a_call_reaches_a_ready_agent_and_every_step_is_in_the_journal(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.sign_in()
        citizen = world.call_in()
        await world.talking()
        world.switch.far_end_hangs_up(citizen)
        await world.until(lambda: world.state(AGENTS[0]) is AgentState.AFTER_CALL)
        await world.until(lambda: not world.switch.legs())
    kinds = [type(event).__name__ for event in await written_in(tmp_path)]
    for one, next_one in zip(
        ("CallArrived", "QueueEntered", "OfferMade", "OfferEnded", "TalkStarted", "TalkEnded"),
        ("QueueEntered", "OfferMade", "OfferEnded", "TalkStarted", "TalkEnded", "CallEnded"),
        strict=True,
    ):
        assert kinds.index(one) < kinds.index(next_one)


async def test_a_request_returns_when_its_commands_are_with_the_switch(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        (agent,) = await world.sign_in()
        world.call_in()
        await world.talking()
        call = world.runtime.live(None).calls[0]
        await world.runtime.request(HangUpCall(at=world.clock.now(), agent_id=agent, call_id=call.call_id))
        assert not world.switch.legs()
        ended = [event for event in await world.written() if isinstance(event, CallEnded)]
        assert [event.disposition for event in ended] == [Disposition.AGENT_ANSWERED]


async def test_a_refused_request_says_why_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatcher, "DEVICE_NEWS_S", 0.05)
    async with World(tmp_path) as world:
        before = await world.kinds()
        with pytest.raises(Refused, match="no_device"):
            await world.runtime.request(SignIn(at=world.clock.now(), agent_id=AGENTS[0], device_id=PHONES[0]))
        assert await world.kinds() == before


@pytest.mark.req("TEL-2", "TEL-3")
async def test_who_signs_in_before_we_hear_of_the_telephone_waits_for_the_news(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        request = SignIn(at=world.clock.now(), agent_id=AGENTS[0], device_id=PHONES[0])
        signing_in = asyncio.create_task(world.runtime.request(request), name="signing-in")
        await asyncio.sleep(0)  # it is asked first
        with pytest.raises(Refused, match="not_signed_in"):  # and was refused when this one is
            await world.runtime.request(SignOut(at=world.clock.now(), agent_id=AGENTS[0]))
        world.switch.register(PHONES[1], ScriptedPhone.ANSWERS)
        world.switch.register(PHONES[0], ScriptedPhone.ANSWERS)
        await signing_in
        assert world.state(AGENTS[0]) is AgentState.READY


async def test_screens_see_every_change_in_order_without_gaps(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        start = world.runtime.live(None)
        await world.sign_in()
        citizen = world.call_in()
        await world.talking()
        world.switch.far_end_hangs_up(citizen)
        await world.until(lambda: world.state(AGENTS[0]) is AgentState.AFTER_CALL)
        seqs: list[int] = []
        states: list[AgentState] = []
        async for change in world.runtime.changes(start.seq):
            seqs.append(change.seq)
            states.extend(agent.state for agent in change.agents if agent.agent_id == AGENTS[0])
            if AgentState.AFTER_CALL in states:
                break
        assert seqs == list(range(start.seq + 1, start.seq + 1 + len(seqs)))
        for state in (AgentState.READY, AgentState.RINGING, AgentState.TALKING, AgentState.AFTER_CALL):
            assert state in states
        agent = next(one for one in world.runtime.live(None).agents if one.agent_id == AGENTS[0])
        assert agent.talks_today == 1


async def test_a_screen_only_sees_its_own_authority(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.sign_in()
        assert world.runtime.live([AuthorityId("elsewhere")]).agents == ()
        assert len(world.runtime.live([CITY]).agents) == len(AGENTS)


async def test_a_new_picture_of_the_site_reaches_core_engine_and_screens_while_a_call_runs(
    tmp_path: Path,
) -> None:
    async with World(tmp_path) as world:
        world.call_in()
        await world.until(lambda: world.phase() == "waiting")
        world.site.site = small_site(name="新的名字")
        world.site.provision = Provision(
            realm="hotline",
            devices=PROVISION.devices[:1],
            trunks=PROVISION.trunks,
            browser_secret="s",
            web_numbers=(),
        )
        await world.runtime.reconfigure()
        assert world.switch.provision == world.site.provision
        assert world.runtime.live(None).queues[0].name == "新的名字"
        assert world.phase() == "waiting"


async def test_a_ring_time_out_returns_the_caller_and_the_next_agent_is_rung(tmp_path: Path) -> None:
    site = FixedSite(small_site(ring_timeout_s=0.1))
    async with World(tmp_path, site=site) as world:
        world.switch.register(PHONES[0], ScriptedPhone.RINGS)
        await world.sign_in(1)
        world.call_in()
        await world.until(lambda: world.state(AGENTS[0]) is AgentState.RINGING)
        await world.until(lambda: world.state(AGENTS[0]) is AgentState.MISSED)
        assert world.phase() == "waiting"


async def test_a_bug_in_one_call_ends_that_call_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with World(tmp_path) as world:
        _, other = await world.sign_in(2)
        sound = world.call_in()
        await world.talking()

        def broken(*_: object) -> None:
            raise ZeroDivisionError

        faulty = world.call_in()
        await world.until(lambda: len(world.runtime.live(None).calls) == 2)
        monkeypatch.setitem(centre._SWITCH, centre.s.DigitPressed, broken)
        world.switch.press(faulty, "1")
        await world.until(lambda: world.switch.leg(faulty) is None)
        assert world.switch.leg(sound) is not None
        async with asyncio.timeout(20):
            while (
                "CallFailed" not in await world.kinds()
            ):  # what a slow disk has not taken yet lies in the spool
                await asyncio.sleep(0.01)
        await world.runtime.request(SetState(at=world.clock.now(), agent_id=other, state=AgentState.REST))


@pytest.mark.req("TEL-2", "OPS-2")
async def test_a_second_node_that_comes_while_the_first_is_adopted_stops_nothing(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.sign_in(2)
        world.call_in()
        await world.talking()
        snapshot = world.switch.snapshot

        async def another_arrives_meanwhile() -> SwitchSnapshot:
            taken = await snapshot()
            taken_at.append(taken.at)
            if len(taken_at) == 1:  # the runtime takes the picture again, with other inputs waiting
                world.switch.start()
                world.switch.press(world.switch.legs()[0].leg_id, "123")
                while world.runtime._dispatcher.load() < 4:
                    await asyncio.sleep(0)
            return taken

        taken_at: list[datetime] = []
        world.switch.snapshot = another_arrives_meanwhile
        world.switch.start()
        await world.until(lambda: len(taken_at) >= 3)
        await world.runtime.request(SignOut(at=world.clock.now(), agent_id=AGENTS[1]))
        assert world.phase() == "talking"
