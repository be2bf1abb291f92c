"""The duty phone (值班电话): rung by a flow or an overflow, counted apart, confirmed with key 1; numbers outside that a flow rings."""

from typing import Any

import pytest

from hotline.core import events as e
from hotline.core import switching as s
from hotline.core.call import Phase
from hotline.core.events import Disposition, OfferKind, OfferOutcome, OverflowCause, VisitOutcome
from hotline.core.ids import CallId
from hotline.core.site import Overflow, OverflowTo
from hotline.core.switching import HangUpCause
from tests.unit.core_bench import Bench, queue, snapshot
from tests.unit.queue_bench import wide_site

DUTY = "13911110000"
NODES: dict[str, Any] = {
    "duty": {"kind": "duty", "prompts": ["duty_calling"], "otherwise": "vm"},
    "vm": {"kind": "voicemail"},
}


def on_duty(number: str = DUTY, **fields: Any) -> tuple[Bench, CallId]:
    """A caller whose flow rings the duty phone."""
    bench = Bench(wide_site(NODES, duty=number, **fields))
    call = bench.call_in()
    assert bench.playing() == ("duty_calling",)
    bench.heard(call)
    return bench, call


@pytest.mark.req("TEL-6")
def test_the_duty_phone_rings_through_the_trunk_and_shows_the_service_number() -> None:
    bench, call = on_duty()
    originate = bench.sent(s.Originate)[0]
    assert originate.to == s.ToTrunk(trunk_id="trunk", number=DUTY)  # pyright: ignore[reportArgumentType]
    assert originate.shown_number == "01084000000"
    assert originate.near == bench.citizen(call)
    offer = bench.last(e.OfferMade)
    assert (offer.kind, offer.agent_id, offer.duty_number) == (OfferKind.DUTY, None, DUTY)


@pytest.mark.req("TEL-6")
def test_whoever_picks_up_presses_one_and_the_call_counts_as_duty_answered() -> None:
    bench, call = on_duty()
    leg = bench.offered_leg(call)
    bench.up(leg)
    assert bench.playing() == ("press_one",)
    assert bench.call(call).phase is Phase.DIRECT
    bench.tell(s.DigitPressed, leg_id=leg, digit="5")
    assert bench.call(call).phase is Phase.DIRECT
    bench.tell(s.DigitPressed, leg_id=leg, digit="1")
    assert bench.call(call).phase is Phase.FORWARDED
    assert bench.last(e.ForwardStarted).kind is OfferKind.DUTY
    assert bench.of(e.RecordingStarted)
    bench.down(bench.citizen(call))
    assert bench.disposition() is Disposition.DUTY_ANSWERED


@pytest.mark.req("TEL-6")
def test_without_confirmation_the_answer_connects() -> None:
    bench, call = on_duty(mobile_confirm=False)
    bench.up(bench.offered_leg(call))
    assert bench.call(call).phase is Phase.FORWARDED


@pytest.mark.req("TEL-6")
def test_a_mailbox_that_presses_nothing_takes_no_citizen() -> None:
    bench, call = on_duty()
    leg = bench.offered_leg(call)
    bench.up(leg)
    bench.fire("ring")
    assert s.HangUp(leg_id=leg) in bench.commands
    assert bench.last(e.OfferEnded).outcome is OfferOutcome.MISSED
    assert bench.playing() == ("voicemail_instruction", "beep")
    bench.down(bench.citizen(call))
    assert bench.disposition() is Disposition.DUTY_ABANDONED


@pytest.mark.req("TEL-6")
def test_who_hangs_up_while_it_rings_abandons_the_duty_phone() -> None:
    bench, call = on_duty()
    bench.down(bench.citizen(call))
    assert bench.disposition() is Disposition.DUTY_ABANDONED
    assert bench.last(e.OfferEnded).outcome is OfferOutcome.CALLER_ABANDONED


@pytest.mark.req("TEL-6", "TEL-7")
def test_no_answer_leads_on_and_a_message_counts_as_one() -> None:
    bench, call = on_duty()
    bench.down(bench.offered_leg(call), cause=HangUpCause.BUSY)
    bench.heard(call)
    bench.at = bench.at.replace(minute=30)
    bench.press(call, "#")
    bench.heard(call)
    assert bench.disposition() is Disposition.VOICEMAIL


@pytest.mark.req("TEL-6")
def test_where_there_is_no_duty_phone_the_flow_goes_on_at_once() -> None:
    bench, _ = on_duty("")
    assert not bench.of(e.OfferMade)
    assert bench.playing() == ("voicemail_instruction", "beep")


@pytest.mark.req("TEL-6", "ACD-2")
def test_nobody_signed_in_sends_the_caller_to_the_duty_phone() -> None:
    rule = Overflow(to=OverflowTo.DUTY)
    bench = Bench(wide_site(queues=[queue(no_agent_overflow=True, overflow=rule)], duty=DUTY))
    call = bench.call_in()
    left = bench.last(e.QueueLeft)
    assert (left.outcome, left.cause) == (VisitOutcome.OVERFLOWED, OverflowCause.NO_AGENT)
    assert bench.last(e.OfferMade).duty_number == DUTY
    bench.fire("ring")
    assert bench.playing() == ("all_lines_busy",)
    bench.heard(call)
    assert bench.disposition() is Disposition.DUTY_ABANDONED


@pytest.mark.req("TEL-6", "ACD-2")
def test_the_rules_own_number_comes_before_the_hotlines_and_no_number_is_an_apology() -> None:
    rule = Overflow(to=OverflowTo.DUTY, number="13922220000")
    bench = Bench(wide_site(queues=[queue(no_agent_overflow=True, overflow=rule)], duty=DUTY))
    bench.call_in()
    assert bench.last(e.OfferMade).duty_number == "13922220000"
    bench = Bench(wide_site(queues=[queue(no_agent_overflow=True, overflow=Overflow(to=OverflowTo.DUTY))]))
    call = bench.call_in()
    bench.heard(call)
    assert bench.disposition() is Disposition.OVERFLOW_LOST


@pytest.mark.req("TEL-6", "OPS-2")
@pytest.mark.parametrize("state", ["dialling", "up"])
def test_a_restart_lets_the_duty_phone_ring_on(state: str) -> None:
    bench, call = on_duty()
    leg = bench.offered_leg(call)
    again = bench.restarted(snapshot((bench.citizen(call), "up"), (leg, state)))
    if state == "dialling":
        again.up(leg)
    assert ("press_one",) in [play.sounds for play in again.sent(s.Play)]
    again.tell(s.DigitPressed, leg_id=leg, digit="1")
    assert again.call(call).phase is Phase.FORWARDED


@pytest.mark.req("TEL-6")
def test_the_duty_phones_own_hanging_up_ends_the_call_as_answered() -> None:
    bench, call = on_duty(mobile_confirm=False)
    leg = bench.offered_leg(call)
    bench.up(leg)
    bench.down(leg)
    assert bench.disposition() is Disposition.DUTY_ANSWERED


@pytest.mark.req("IVR-1", "ADM-6")
def test_a_flow_rings_a_number_outside_only_where_the_node_says_so() -> None:
    nodes: dict[str, Any] = {
        "t": {"kind": "transfer", "to": "'13933330000'", "outside": True, "otherwise": "bye"},
        "bye": {"kind": "hangup", "prompts": ["goodbye"]},
    }
    bench = Bench(wide_site(nodes))
    call = bench.call_in()
    assert bench.last(e.OfferMade).kind is OfferKind.OUTSIDE
    bench.fire("ring")
    assert bench.playing() == ("goodbye",)
    bench.heard(call)
    assert bench.disposition() is Disposition.IVR_HANGUP
    for changed in ({"outside": False}, {"to": "'0044123456789'"}, {"to": "'110'"}):
        nodes["t"] = {**nodes["t"], "outside": True, **changed}
        bench = Bench(wide_site(nodes))
        bench.call_in()
        assert bench.playing() == ("goodbye",)
