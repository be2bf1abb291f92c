"""Calling back with the place kept (虚拟排队): the wish, the number, the turn, the tries, a restart; and a message instead of waiting."""

from typing import Any

import pytest

from hotline.core import events as e
from hotline.core import requests
from hotline.core import switching as s
from hotline.core.call import Phase
from hotline.core.events import AgentState, Disposition, OfferKind, OfferOutcome, VisitOutcome
from hotline.core.ids import CallId
from hotline.core.site import OutboundRule
from hotline.core.switching import HangUpCause
from tests.unit.core_bench import SURVEY, Bench, queue, snapshot
from tests.unit.queue_bench import wide_site

CALLER = "13800001111"


def offering(**settings: Any) -> Bench:
    """A queue whose waiting callers may press 1 to be called back and 2 to leave a message."""
    site_fields = settings.pop("site", {})
    given = {"callback_key": "1", "voicemail_key": "2", **settings}
    return Bench(wide_site(queues=[queue(**given)], **site_fields))


def wants_callback(bench: Bench, ani: str = CALLER) -> CallId:
    """A caller waits, presses 1, and agrees with the number; returns the call that was kept."""
    call = bench.call_in(ani)
    bench.press(call, "11")
    kept = bench.last(e.CallbackQueued).call_id
    bench.heard(call)
    bench.down(bench_citizen(bench, call))
    return kept


def bench_citizen(bench: Bench, call: CallId) -> Any:
    """The citizen's leg, also when the call has ended."""
    return bench.call(call).outside_leg


@pytest.mark.req("ACD-2")
def test_the_keys_are_offered_with_the_message() -> None:
    bench = offering()
    bench.call_in()
    assert bench.playing()[-2:] == ("queue_callback_offer", "queue_voicemail_offer")


@pytest.mark.req("ACD-2")
def test_the_number_is_read_out_and_one_key_agrees() -> None:
    bench = offering()
    call = bench.call_in(CALLER)
    bench.press(call, "1")
    assert bench.playing()[0] == "callback_number_before"
    assert bench.playing()[-1] == "callback_confirm_keys"
    assert bench.playing()[1:4] == ("say_yao", "say_3", "say_8")
    bench.press(call, "1")
    assert bench.last(e.CallbackRequested).number == CALLER
    assert bench.last(e.QueueLeft).outcome is VisitOutcome.CALLBACK
    assert bench.playing() == ("callback_thanks",)
    bench.heard(call)
    assert bench.disposition() is Disposition.CALLBACK_REQUESTED


@pytest.mark.req("ACD-2")
def test_who_hangs_up_during_the_thanks_has_still_asked_to_be_called_back() -> None:
    bench = offering()
    call = bench.call_in(CALLER)
    bench.press(call, "11")
    bench.down(bench.citizen(call))
    assert bench.disposition() is Disposition.CALLBACK_REQUESTED


@pytest.mark.req("ACD-2")
def test_a_withheld_number_must_be_keyed_in_and_be_a_number_of_the_country() -> None:
    bench = offering()
    call = bench.call_in("anonymous")
    bench.press(call, "1")
    assert bench.playing() == ("callback_enter_number",)
    bench.press(call, "008521234567")
    assert bench.playing() == ("callback_number_invalid", "callback_enter_number")
    bench.press(call, "13900002222#")
    assert bench.playing()[0] == "callback_number_before"
    bench.press(call, "1")
    assert bench.last(e.CallbackRequested).number == "13900002222"


@pytest.mark.req("ACD-2", "ADM-6")
def test_barred_and_own_numbers_cannot_be_asked_for() -> None:
    bench = offering(site={"outbound_rules": (OutboundRule(prefix="1390", allowed=False),)})
    call = bench.call_in("")
    bench.press(call, "113900002222#")
    assert bench.playing()[0] == "callback_number_invalid"
    bench.press(call, "01084000000#")
    assert bench.playing()[0] == "callback_number_invalid"
    bench.press(call, "123#")
    assert bench.playing() == ("music",)
    assert not bench.of(e.CallbackRequested)
    assert bench.call(call).phase is Phase.WAITING


@pytest.mark.req("ACD-2")
def test_another_number_can_be_given_and_silence_means_no() -> None:
    bench = offering()
    call = bench.call_in(CALLER)
    bench.press(call, "12")
    assert bench.playing() == ("callback_enter_number",)
    bench.fire("step")
    assert bench.call(call).stage == "callback_number", "the prompt's end was not reported"
    bench.fire("step")
    assert bench.playing() == ("music",)
    bench.press(call, "1*")
    assert bench.playing() == ("music",)
    assert bench.call(call).phase is Phase.WAITING


@pytest.mark.req("ACD-2")
def test_who_is_asked_for_a_number_may_be_served_meanwhile() -> None:
    bench = offering()
    call = bench.call_in(CALLER)
    bench.press(call, "1")
    bench.sign_in("1001")
    assert bench.last(e.OfferMade).call_id == call
    assert bench.playing() == ("music",)
    bench.press(call, "1")
    assert not bench.of(e.CallbackRequested)


@pytest.mark.req("ACD-2")
def test_the_place_is_kept_and_the_agent_dials_the_citizen_when_it_comes() -> None:
    bench = offering(survey=True, site={"survey": SURVEY})
    kept = wants_callback(bench)
    later_caller = bench.call_in("13700000000")
    assert bench.centre.position(kept) == 1
    assert bench.centre.position(later_caller) == 2
    bench.sign_in("1001")
    offer = bench.last(e.OfferMade)
    assert (offer.call_id, offer.kind, offer.visit_id) == (kept, OfferKind.CALLBACK, None)
    bench.up(bench.offered_leg(kept))
    assert bench.state("1001") is AgentState.DIALLING
    originate = bench.sent(s.Originate)[0]
    assert originate.to == s.ToTrunk(trunk_id="trunk", number=CALLER)  # pyright: ignore[reportArgumentType]
    assert originate.shown_number == "01084000000"
    bench.up(bench.citizen(kept))
    talk = bench.last(e.TalkStarted)
    assert (talk.call_id, talk.queue_id, talk.direction) == (kept, "advice", e.Direction.OUTBOUND)
    assert bench.state("1001") is AgentState.TALKING
    assert bench.of(e.RecordingStarted)
    bench.ask(requests.HangUpCall, "1001", call_id=kept)
    assert bench.of(e.SurveyInvited)
    bench.down(bench.citizen(kept))
    assert bench.disposition() is Disposition.CONNECTED


@pytest.mark.req("ACD-2")
def test_a_kept_place_is_no_visit_and_no_inbound_call() -> None:
    bench = offering()
    wants_callback(bench)
    assert len(bench.of(e.CallArrived)) == len(bench.of(e.QueueEntered)) == len(bench.of(e.QueueLeft)) == 1
    now = bench.centre.queue(queue().id)
    assert now is not None
    assert (now.waiting, now.callbacks_waiting) == (0, 1)


@pytest.mark.req("ACD-2", "ACD-3")
def test_an_agent_who_misses_it_pauses_and_the_place_stays_at_the_head() -> None:
    bench = offering()
    kept = wants_callback(bench)
    bench.sign_in("1001")
    bench.fire("ring")
    assert bench.last(e.OfferEnded).outcome is OfferOutcome.MISSED
    assert bench.state("1001") is AgentState.MISSED
    assert bench.centre.position(kept) == 1
    bench.fire("pause")
    assert bench.last(e.OfferMade).call_id == kept


@pytest.mark.req("ACD-2", "OUT-1")
def test_who_does_not_answer_is_tried_again_later_and_then_remains_to_be_done() -> None:
    bench = offering()
    kept = wants_callback(bench)
    bench.sign_in("1001")
    for _ in range(2):
        bench.up(bench.offered_leg(kept))
        bench.down(bench.citizen(kept), cause=HangUpCause.NO_ANSWER)
        assert bench.last(e.CallbackPostponed).why == "no_answer"
        assert bench.state("1001") is AgentState.READY
        assert bench.call(kept).phase is Phase.CALLBACK
        for leg in list(bench.call(kept).legs):
            bench.down(leg)
        bench.fire("callback")
    bench.up(bench.offered_leg(kept))
    bench.down(bench.citizen(kept), cause=HangUpCause.BUSY)
    assert bench.disposition() is Disposition.BUSY
    assert bench.state("1001") is AgentState.READY


@pytest.mark.req("ACD-2")
def test_an_agent_who_gives_up_leaves_the_place_for_another_try() -> None:
    for hang_up in ("desk", "phone"):
        bench = offering()
        kept = wants_callback(bench)
        bench.sign_in("1001")
        agent_leg = bench.offered_leg(kept)
        bench.up(agent_leg)
        if hang_up == "desk":
            bench.ask(requests.HangUpCall, "1001", call_id=kept)
        else:
            bench.down(agent_leg)
        assert bench.last(e.CallbackPostponed).why == "cancelled"
        assert bench.state("1001") is AgentState.READY


@pytest.mark.req("ACD-2")
def test_no_free_channel_postpones() -> None:
    bench = offering(site={"max_calls": 1})
    kept = wants_callback(bench)
    bench.centre.floor.channels.used["trunk"] = 1  # pyright: ignore[reportArgumentType]
    bench.sign_in("1001")
    bench.up(bench.offered_leg(kept))
    assert bench.last(e.CallbackPostponed).why == "congestion"


@pytest.mark.req("ACD-2")
def test_one_number_is_kept_once_in_a_queue() -> None:
    bench = offering()
    wants_callback(bench)
    call = bench.call_in(CALLER)
    bench.press(call, "11")
    assert len(bench.of(e.CallbackQueued)) == 1
    assert len(bench.of(e.CallbackRequested)) == 2
    bench.heard(call)
    assert bench.disposition() is Disposition.CALLBACK_REQUESTED


@pytest.mark.req("ACD-2")
def test_a_place_nobody_served_for_a_day_is_given_up() -> None:
    bench = offering()
    kept = wants_callback(bench)
    bench.fire("callback")
    assert bench.last(e.CallEnded).call_id == kept
    assert bench.disposition() is Disposition.NO_ANSWER


@pytest.mark.req("ACD-2", "SUP-2")
def test_a_leader_takes_a_kept_place_out_of_the_line() -> None:
    bench = offering()
    kept = wants_callback(bench)
    bench.ask(requests.ReleaseCall, "2001", call_id=kept)
    assert bench.last(e.CallEnded).call_id == kept
    assert bench.disposition() is Disposition.CANCELLED, "nobody was dialled, so nothing failed"


@pytest.mark.req("ACD-2", "OPS-2")
def test_a_restart_keeps_the_place_and_its_turn() -> None:
    bench = offering()
    kept = wants_callback(bench)
    other = bench.call_in("13700000000")
    again = bench.restarted(snapshot((bench.citizen(other), "up")))
    assert again.centre.position(kept) == 1
    again.sign_in("1001")
    assert again.last(e.OfferMade).call_id == kept


@pytest.mark.req("ACD-2", "OPS-2")
@pytest.mark.parametrize("state", ["dialling", "up", "gone"])
def test_a_restart_while_the_agent_rings(state: str) -> None:
    bench = offering()
    kept = wants_callback(bench)
    bench.sign_in("1001")
    leg = bench.offered_leg(kept)
    again = bench.restarted(snapshot(*(() if state == "gone" else ((leg, state),))))
    if state == "up":
        assert again.of(e.CallbackStarted)
        assert again.state("1001") is AgentState.DIALLING
    elif state == "dialling":
        again.up(leg)
        assert again.of(e.CallbackStarted)
    else:
        assert again.last(e.OfferEnded).outcome is OfferOutcome.RECALLED
        assert again.centre.position(kept) == 1


@pytest.mark.req("ACD-2", "OPS-2")
def test_a_restart_during_the_thanks_keeps_one_place_and_ends_the_call() -> None:
    bench = offering()
    call = bench.call_in(CALLER)
    bench.press(call, "11")
    again = bench.restarted(snapshot((bench.citizen(call), "up")))
    assert again.playing() == ("callback_thanks",)
    again.heard(call)
    assert again.disposition() is Disposition.CALLBACK_REQUESTED
    assert len(again.of(e.CallbackQueued)) == 1


@pytest.mark.req("ACD-2", "OPS-2")
def test_an_engine_out_of_reach_and_back_leaves_every_place() -> None:
    bench = offering()
    kept, waiting = wants_callback(bench), bench.call_in("13700000000")
    bench.tell(s.EngineUnreachable, engine="bench", reason="line")
    bench.tell(s.EngineUp, engine="bench", version="1")
    bench.took(bench.centre.adopt(snapshot((bench.citizen(waiting), "up")), bench.at))
    assert [bench.centre.position(call) for call in (kept, waiting)] == [1, 2]


@pytest.mark.req("ACD-2", "OPS-2")
def test_a_lost_engine_ends_no_kept_place() -> None:
    bench = offering()
    kept = wants_callback(bench)
    bench.tell(s.EngineLost, engine="bench", reason="fault")
    assert bench.call(kept).phase is Phase.CALLBACK
    assert not [ended for ended in bench.of(e.CallEnded) if ended.call_id == kept]
    bench.tell(s.EngineUp, engine="bench", version="1")
    bench.sign_in("1001")
    assert bench.last(e.OfferMade).call_id == kept


@pytest.mark.req("IVR-1")
def test_a_flow_may_offer_to_call_back_without_waiting() -> None:
    nodes = {
        "cb": {"kind": "callback", "queue": "advice", "prompts": ["queue_waiting"], "otherwise": "bye"},
        "bye": {"kind": "hangup", "prompts": ["goodbye"]},
    }
    bench = Bench(wide_site(nodes))
    call = bench.call_in(CALLER)
    assert bench.playing()[0] == "queue_waiting"
    bench.heard(call)
    bench.press(call, "1")
    assert bench.last(e.CallbackQueued).queue_id == "advice"
    assert not bench.of(e.QueueEntered)
    bench.heard(call)
    assert bench.disposition() is Disposition.CALLBACK_REQUESTED
    second = bench.call_in("13700000000")
    bench.press(second, "*")
    assert bench.playing() == ("goodbye",)


# ── A message instead ──


@pytest.mark.req("ACD-2", "TEL-7")
def test_a_key_leaves_a_message_instead_of_waiting() -> None:
    bench = offering()
    call = bench.call_in()
    bench.press(call, "2")
    assert bench.last(e.QueueLeft).outcome is VisitOutcome.VOICEMAIL
    assert bench.playing() == ("voicemail_instruction", "beep")
    bench.heard(call)
    assert bench.call(call).phase is Phase.VOICEMAIL
    bench.at = bench.at.replace(minute=30)
    bench.press(call, "#")
    bench.heard(call)
    assert bench.disposition() is Disposition.VOICEMAIL


@pytest.mark.req("ACD-2")
def test_who_leaves_no_message_after_all_has_given_up_waiting() -> None:
    bench = offering()
    call = bench.call_in()
    bench.press(call, "2")
    bench.down(bench.citizen(call))
    assert bench.disposition() is Disposition.QUEUE_ABANDONED
