"""Mobile seats (移动座席) and trunks in order: rung through a trunk, confirmed by key, every verb of the desk, limits and failover."""

from dataclasses import replace
from typing import Any

import pytest

from hotline.core import events as e
from hotline.core import requests
from hotline.core import switching as s
from hotline.core.call import Phase
from hotline.core.events import AgentState, Direction, Disposition, OfferOutcome
from hotline.core.ids import TrunkId
from hotline.core.requests import Refused
from hotline.core.switching import HangUpBy, HangUpCause
from tests.unit.core_bench import Bench, agent, queue, snapshot
from tests.unit.queue_bench import mobile, seat, wide_site

MOBILE = "13900000001"


def roaming(**fields: Any) -> Bench:
    """Agent 1001 is signed in at the mobile seat; 1002 may sit at a telephone."""
    fields.setdefault("agents", [mobile("1001"), agent("1002")])
    bench = Bench(wide_site(**fields))
    bench.ask(requests.SignIn, "1001", device_id=seat("1001"))
    return bench


def confirm(bench: Bench, leg: Any) -> None:
    """Pick up and press 1."""
    bench.up(leg)
    bench.tell(s.DigitPressed, leg_id=leg, digit="1")


@pytest.mark.req("TEL-3")
def test_a_mobile_seat_signs_in_without_registering_and_only_by_its_owner() -> None:
    bench = roaming()
    assert bench.state("1001") is AgentState.READY
    assert bench.centre.registered(seat("1001"))
    with pytest.raises(Refused, match="not_allowed"):
        bench.ask(requests.SignIn, "1002", device_id=seat("1001"))
    with pytest.raises(Refused, match="not_allowed"):
        bench.ask(requests.SignIn, "1002", device_id=seat("1002"))


@pytest.mark.req("TEL-3", "TEL-1")
def test_a_call_reaches_the_mobile_through_the_trunk_showing_the_service_number() -> None:
    bench = roaming()
    call = bench.call_in()
    originate = bench.sent(s.Originate)[0]
    assert originate.to == s.ToTrunk(trunk_id=TrunkId("trunk"), number=MOBILE)
    assert (originate.shown_number, originate.near) == ("01084000000", bench.citizen(call))
    offer = bench.last(e.OfferMade)
    assert (offer.agent_id, offer.device_id, offer.duty_number) == ("1001", seat("1001"), MOBILE)
    assert bench.centre.trunk_use(TrunkId("trunk")) == 1


@pytest.mark.req("TEL-3", "TEL-8")
def test_key_one_connects_and_the_talk_is_recorded_and_worked_like_any_other() -> None:
    bench = roaming()
    call = bench.call_in()
    leg = bench.offered_leg(call)
    bench.up(leg)
    assert bench.playing() == ("press_one",)
    assert bench.call(call).phase is Phase.RINGING
    bench.tell(s.DigitPressed, leg_id=leg, digit="1")
    assert bench.call(call).phase is Phase.TALKING
    assert bench.sent(s.StartRecording)[0].leg_id == bench.citizen(call)
    bench.ask(requests.HoldCall, "1001", call_id=call)
    assert bench.state("1001") is AgentState.HOLDING
    bench.ask(requests.RetrieveCall, "1001", call_id=call)
    bench.ask(requests.MuteCall, "1001", call_id=call, muted=True)
    bench.ask(requests.HangUpCall, "1001", call_id=call)
    assert bench.state("1001") is AgentState.AFTER_CALL
    bench.down(leg)
    assert bench.centre.trunk_use(TrunkId("trunk")) == 0


@pytest.mark.req("TEL-3", "ACD-3")
def test_a_mailbox_does_not_take_the_citizen() -> None:
    bench = roaming()
    call = bench.call_in()
    bench.up(bench.offered_leg(call))
    bench.fire("ring")
    assert bench.last(e.OfferEnded).outcome is OfferOutcome.MISSED
    assert bench.call(call).phase is Phase.WAITING
    assert bench.state("1001") is AgentState.MISSED


@pytest.mark.req("TEL-3")
def test_without_a_free_channel_somebody_else_is_asked() -> None:
    bench = roaming(max_calls=1)
    bench.sign_in("1002")
    bench.centre.floor.channels.used[TrunkId("trunk")] = 1
    bench.call_in()
    assert bench.last(e.OfferMade).agent_id == "1002"
    assert bench.state("1001") is AgentState.MISSED
    assert bench.centre.agents["1001"].missed_in_a_row == 0  # pyright: ignore[reportArgumentType]
    bench.fire("pause")
    assert bench.state("1001") is AgentState.READY


@pytest.mark.req("TEL-3")
def test_a_mobile_agents_own_call_rings_the_mobile_first_and_needs_its_key() -> None:
    bench = roaming()
    call = bench.ask(requests.PlaceCall, "1001", to="13711110000").call_id
    assert call is not None
    assert bench.sent(s.Originate)[0].to == s.ToTrunk(trunk_id=TrunkId("trunk"), number=MOBILE)
    leg = bench.last(e.CallPlaced).leg_id
    assert bench.centre.trunk_use(TrunkId("trunk")) == 2, "the seat's and the one for the number"
    bench.up(leg)
    assert bench.playing() == ("press_one",)
    bench.tell(s.DigitPressed, leg_id=leg, digit="1")
    assert bench.sent(s.Originate)[0].to == s.ToTrunk(trunk_id=TrunkId("trunk"), number="13711110000")
    bench.up(bench.citizen(call))
    assert bench.state("1001") is AgentState.TALKING
    assert bench.centre.trunk_use(TrunkId("trunk")) == 2


@pytest.mark.req("TEL-3", "AGT-5")
def test_a_mobile_that_loses_its_call_is_rung_again() -> None:
    bench = roaming()
    call = bench.call_in()
    leg = bench.offered_leg(call)
    confirm(bench, leg)
    bench.down(leg, cause=HangUpCause.MEDIA_TIMEOUT, by=HangUpBy.FAULT)
    assert bench.call(call).phase is Phase.INTERRUPTED
    assert bench.sent(s.Originate)[0].to == s.ToTrunk(trunk_id=TrunkId("trunk"), number=MOBILE)
    bench.up(bench.last(e.LegStarted).leg_id)
    assert bench.call(call).phase is Phase.TALKING


@pytest.mark.req("TEL-3", "OPS-2")
def test_a_restart_keeps_the_mobile_seat_signed_in_and_asks_again_for_the_key() -> None:
    bench = roaming()
    call = bench.call_in()
    leg = bench.offered_leg(call)
    bench.up(leg)
    again = bench.restarted(snapshot((bench.citizen(call), "up"), (leg, "up"), devices=()))
    assert ("press_one",) in [play.sounds for play in again.sent(s.Play)]
    assert again.call(call).phase is Phase.RINGING
    again.tell(s.DigitPressed, leg_id=leg, digit="1")
    assert again.state("1001") is AgentState.TALKING
    assert again.centre.trunk_use(TrunkId("trunk")) == 1


@pytest.mark.req("TEL-3")
def test_a_lost_engine_takes_the_mobile_seat_out_of_the_lines_and_back() -> None:
    bench = roaming()
    bench.tell(s.EngineUnreachable, engine="bench", reason="x")
    assert bench.centre.floor.lines[queue().id].ready == []
    bench.tell(s.EngineUp, engine="bench", version="1")
    assert len(bench.centre.floor.lines[queue().id].ready) == 1


# ── Several trunks ──


def calling(**fields: Any) -> Bench:
    """Agent 1001 has dialled; the own telephone is up."""
    bench = Bench(wide_site(**fields))
    bench.sign_in("1001")
    bench.ask(requests.PlaceCall, "1001", to="13711110000")
    bench.up(bench.last(e.CallPlaced).leg_id)
    return bench


def dialled_on(bench: Bench) -> str:
    """The trunk of the last number dialled."""
    to = bench.sent(s.Originate)[0].to
    assert isinstance(to, s.ToTrunk)
    return to.trunk_id


@pytest.mark.req("TEL-1")
@pytest.mark.parametrize("cause", [HangUpCause.CONGESTION, HangUpCause.UNREACHABLE])
def test_a_trunk_that_fails_before_the_far_end_rings_gives_way_to_the_next(cause: HangUpCause) -> None:
    bench = calling(further=("second", "third"))
    assert dialled_on(bench) == "trunk"
    for trunk in ("second", "third"):
        bench.down(bench.last(e.LegStarted).leg_id, cause=cause, by=HangUpBy.FAULT)
        assert dialled_on(bench) == trunk
    bench.up(bench.last(e.LegStarted).leg_id)
    assert bench.last(e.TalkStarted).direction is Direction.OUTBOUND
    assert bench.centre.trunk_use(TrunkId("third")) == 1
    assert bench.centre.trunk_use(TrunkId("trunk")) == bench.centre.trunk_use(TrunkId("second")) == 0


@pytest.mark.req("TEL-1")
def test_when_every_trunk_failed_the_call_has_failed() -> None:
    bench = calling(further=("second",))
    for _ in range(2):
        bench.down(bench.last(e.LegStarted).leg_id, cause=HangUpCause.CONGESTION, by=HangUpBy.FAULT)
    assert bench.disposition() is Disposition.FAILED


@pytest.mark.req("TEL-1")
def test_a_far_end_that_has_rung_or_is_busy_is_not_dialled_again() -> None:
    bench = calling(further=("second",))
    leg = bench.last(e.LegStarted).leg_id
    bench.tell(s.LegRinging, leg_id=leg)
    bench.down(leg, cause=HangUpCause.UNREACHABLE, by=HangUpBy.FAULT)
    assert bench.disposition() is Disposition.FAILED
    bench = calling(further=("second",))
    bench.down(bench.last(e.LegStarted).leg_id, cause=HangUpCause.BUSY)
    assert bench.disposition() is Disposition.BUSY


@pytest.mark.req("TEL-1", "TEL-3")
def test_a_mobile_seat_is_reached_over_the_next_trunk_within_the_same_ring() -> None:
    bench = roaming(further=("second",))
    call = bench.call_in()
    bench.down(bench.offered_leg(call), cause=HangUpCause.CONGESTION, by=HangUpBy.FAULT)
    assert dialled_on(bench) == "second"
    assert len(bench.of(e.OfferMade)) == 1
    confirm(bench, bench.offered_leg(call))
    assert bench.call(call).phase is Phase.TALKING


@pytest.mark.req("TEL-1")
def test_a_full_trunk_is_passed_over_and_when_all_are_full_the_line_is() -> None:
    bench = Bench(wide_site(max_calls=1, further=("second",)))
    bench.sign_in("1001", "1002")
    bench.call_in()
    bench.ask(requests.PlaceCall, "1002", to="13711110000")
    assert bench.last(e.CallPlaced).trunk_id == "trunk"
    bench.down(bench.last(e.CallPlaced).leg_id)
    bench.centre.floor.channels.used[TrunkId("trunk")] = 1
    bench.ask(requests.PlaceCall, "1002", to="13711110000")
    assert bench.last(e.CallPlaced).trunk_id == "second"
    bench.down(bench.last(e.CallPlaced).leg_id)
    bench.centre.floor.channels.used[TrunkId("second")] = 1
    with pytest.raises(Refused, match="line_full"):
        bench.ask(requests.PlaceCall, "1002", to="13711110000")


@pytest.mark.req("TEL-1")
def test_calls_out_leave_channels_for_callers() -> None:
    plain = wide_site(max_calls=4)
    bench = Bench(replace(plain, trunks=(replace(plain.trunks[0], max_outbound=1),)))
    bench.sign_in("1001", "1002")
    bench.ask(requests.PlaceCall, "1001", to="13711110000")
    with pytest.raises(Refused, match="line_full"):
        bench.ask(requests.PlaceCall, "1002", to="13711110000")


# ── Announcing the agent ──


@pytest.mark.req("TEL-8")
def test_both_sides_hear_the_agents_number_when_they_are_connected() -> None:
    bench = Bench(wide_site(queues=[queue(announce_agent=True)]))
    bench.sign_in("1001")
    call = bench.call_in()
    leg = bench.offered_leg(call)
    bench.up(leg)
    plays = bench.sent(s.Play)
    assert {play.leg_id for play in plays} == {bench.citizen(call), leg}
    said = ("agent_number_before", "say_yao", "say_0", "say_0", "say_yao", "agent_number_after")
    assert all(play.sounds == said for play in plays)
    kinds = [type(command) for command in bench.commands]
    assert kinds.index(s.Bridge) < kinds.index(s.Play), "connected meanwhile"
