"""An agent and a citizen, connected: answer, hold, mute, a broken leg, the survey, after-call work; and the agent's own states."""

import pytest

from hotline.core import events as e
from hotline.core import requests
from hotline.core import switching as s
from hotline.core.call import Phase
from hotline.core.events import AgentState, Disposition, TalkEnd
from hotline.core.requests import Refused
from hotline.core.switching import HangUpBy, HangUpCause
from tests.unit.core_bench import SURVEY, Bench, queue, site


def refused(bench: Bench, kind: type, number: str, **fields: object) -> str:
    """Ask for something that is refused; return the code, having seen that nothing changed."""
    before = len(bench.events)
    with pytest.raises(Refused) as refusal:
        bench.ask(kind, number, **fields)
    bench.took(bench.centre.handle(s.Bridged(at=bench.at, leg_id="x", peer_id="y")))  # pyright: ignore[reportArgumentType]
    assert len(bench.events) == before
    assert not bench.commands
    return refusal.value.code


@pytest.mark.req("AGT-1")
def test_the_answer_connects_before_anything_else() -> None:
    bench = Bench()
    call = bench.talk()
    assert isinstance(bench.commands[0], s.Bridge)
    assert bench.commands[0].leg_id == bench.citizen(call)
    assert bench.state("1001") is AgentState.TALKING


@pytest.mark.req("TEL-8")
def test_recording_begins_with_the_first_talk_at_a_path_by_local_day() -> None:
    bench = Bench()
    bench.at = bench.at.replace(hour=16)  # after midnight in China
    call = bench.talk()
    assert bench.sent(s.StartRecording)[0].path == f"recordings/2026/03/03/{call}.wav"


@pytest.mark.req("TEL-8")
def test_a_recording_ordered_of_a_citizen_who_is_gone_already_is_closed_as_one_that_never_was() -> None:
    bench = Bench()
    call = bench.talk()
    order = bench.sent(s.StartRecording)[0]
    bench.down(bench.citizen(call))
    assert bench.disposition() is Disposition.AGENT_ANSWERED
    bench.tell(s.CommandFailed, command="StartRecording", leg_id=order.leg_id, code="no_such_leg")
    file = bench.last(e.RecordingFinished)
    assert (file.recording_id, file.call_id, file.path) == (order.recording_id, call, order.path)
    assert (file.error, file.size_bytes, file.sha256) == ("no_such_leg", 0, "")
    bench.tell(s.CommandFailed, command="StartRecording", leg_id=order.leg_id, code="no_such_leg")
    assert len([event for event in bench.events if isinstance(event, e.RecordingFinished)]) == 1


def test_the_citizen_hangs_up() -> None:
    bench = Bench()
    call = bench.talk()
    bench.down(bench.citizen(call))
    assert bench.last(e.TalkEnded).how is TalkEnd.CALLER_HUNG_UP
    assert bench.disposition() is Disposition.AGENT_ANSWERED
    assert bench.state("1001") is AgentState.AFTER_CALL
    assert len(bench.sent(s.HangUp)) >= 1


@pytest.mark.req("AGT-1")
def test_after_call_work_ends_by_itself() -> None:
    bench = Bench()
    bench.down(bench.citizen(bench.talk()))
    bench.fire("pause")
    assert bench.last(e.WrapUpEnded).seconds == 30
    assert bench.state("1001") is AgentState.READY


@pytest.mark.req("AGT-1")
def test_after_call_work_ends_by_hand() -> None:
    bench = Bench()
    bench.down(bench.citizen(bench.talk()))
    bench.ask(requests.FinishWrapUp, "1001")
    assert bench.last(e.WrapUpEnded).seconds == 1
    assert bench.state("1001") is AgentState.READY


@pytest.mark.req("AGT-1")
def test_a_state_chosen_during_the_call_begins_after_it() -> None:
    bench = Bench()
    call = bench.talk()
    bench.ask(requests.SetState, "1001", state=AgentState.REST)
    assert bench.state("1001") is AgentState.TALKING
    bench.down(bench.citizen(call))
    bench.fire("pause")
    assert bench.state("1001") is AgentState.REST


@pytest.mark.req("AGT-1")
def test_hold_and_retrieve() -> None:
    bench = Bench()
    call = bench.talk()
    bench.ask(requests.HoldCall, "1001", call_id=call)
    assert bench.sent(s.Hold)[0].music == ("music",)
    assert bench.state("1001") is AgentState.HOLDING
    bench.ask(requests.RetrieveCall, "1001", call_id=call)
    assert bench.sent(s.Unhold)
    assert bench.state("1001") is AgentState.TALKING


@pytest.mark.req("TEL-3")
def test_hold_pressed_on_the_desk_phone_is_a_hold_and_its_silence_no_fault() -> None:
    bench = Bench()
    call = bench.talk()
    leg = bench.call(call).talk.leg_id  # pyright: ignore[reportOptionalMemberAccess]
    bench.tell(s.RemoteHold, leg_id=leg, held=True)
    assert bench.state("1001") is AgentState.HOLDING
    bench.tell(s.MediaTimedOut, leg_id=leg, silent_ms=30_000)
    assert bench.call(call).phase is Phase.HOLDING
    bench.tell(s.RemoteHold, leg_id=leg, held=False)
    assert bench.call(call).phase is Phase.TALKING


def test_a_talk_that_ends_on_hold_ends_the_hold_first() -> None:
    bench = Bench()
    call = bench.talk()
    bench.ask(requests.HoldCall, "1001", call_id=call)
    bench.down(bench.citizen(call))
    names = [type(event).__name__ for event in bench.events]
    assert names.index("HoldEnded") < names.index("TalkEnded")


@pytest.mark.req("AGT-1")
def test_mute_closes_the_microphone_once() -> None:
    bench = Bench()
    call = bench.talk()
    bench.ask(requests.MuteCall, "1001", call_id=call, muted=True)
    assert bench.sent(s.Mute)[0].muted
    bench.ask(requests.MuteCall, "1001", call_id=call, muted=True)
    assert len(bench.of(e.TalkMuted)) == 1


@pytest.mark.req("TEL-8")
def test_recording_is_paused_for_sensitive_data() -> None:
    bench = Bench()
    call = bench.talk()
    bench.ask(requests.PauseRecordingOfCall, "1001", call_id=call, paused=True)
    assert bench.sent(s.PauseRecording)[0].paused
    assert bench.last(e.RecordingPaused).agent_id == "1001"


@pytest.mark.req("AGT-1")
def test_digits_go_to_the_other_side() -> None:
    bench = Bench()
    call = bench.talk()
    bench.ask(requests.SendDigitsOnCall, "1001", call_id=call, digits="12#")
    assert bench.sent(s.SendDigits)[0].leg_id == bench.citizen(call)


def test_what_is_not_possible_is_refused_and_changes_nothing() -> None:
    bench = Bench()
    call = bench.talk()
    bench.sign_in("1002")
    assert refused(bench, requests.HoldCall, "1002", call_id=call) == "not_your_call"
    assert refused(bench, requests.RetrieveCall, "1001", call_id=call) == "wrong_state"
    assert refused(bench, requests.HoldCall, "1001", call_id="none") == "no_such_call"
    assert refused(bench, requests.SendDigitsOnCall, "1001", call_id=call, digits="x") == "not_allowed"
    assert refused(bench, requests.SignOut, "1001") == "wrong_state"
    assert refused(bench, requests.SetState, "1001", state=AgentState.BUSY) == "reason_needed"
    assert refused(bench, requests.SetState, "1001", state=AgentState.TALKING) == "not_allowed"
    assert refused(bench, requests.SignIn, "1001", device_id="1001-web") == "already_signed_in"
    assert refused(bench, requests.SignIn, "1001", device_id="1002") == "not_allowed"
    assert refused(bench, requests.SignIn, "9999", device_id="1002") == "not_allowed"
    assert refused(bench, requests.SetState, "9999", state=AgentState.READY) == "not_signed_in"
    assert refused(bench, requests.FinishWrapUp, "1001") == "wrong_state"


def test_signing_in_needs_a_registered_telephone() -> None:
    assert refused(Bench(), requests.SignIn, "1001", device_id="1001-web") == "no_device"


@pytest.mark.req("TEL-3")
def test_a_desk_phone_is_picked_up_by_hand_and_a_browser_by_itself() -> None:
    bench = Bench()
    bench.sign_in("1001", device="")
    call = bench.call_in()
    assert refused(bench, requests.AnswerCall, "1001", call_id=call) == "answer_on_phone"
    other = Bench()
    other.sign_in("1001")
    call = other.call_in()
    other.ask(requests.AnswerCall, "1001", call_id=call)
    assert not other.commands


@pytest.mark.req("IVR-5")
def test_the_citizen_rates_after_the_agent_hangs_up() -> None:
    bench = Bench(site(survey=SURVEY, queues=[queue(survey=True)]))
    call = bench.talk()
    bench.ask(requests.HangUpCall, "1001", call_id=call)
    assert bench.playing() == ("survey_ask",)
    bench.press(call, "2")
    answer = bench.last(e.SurveyAnswered)
    assert (answer.grade, answer.agent_id, answer.queue_id) == (2, "1001", "advice")
    bench.heard(call)
    assert bench.disposition() is Disposition.AGENT_ANSWERED


@pytest.mark.req("IVR-5")
def test_a_wrong_rating_is_asked_again_and_silence_ends_the_survey() -> None:
    bench = Bench(site(survey=SURVEY, queues=[queue(survey=True)]))
    call = bench.talk()
    bench.ask(requests.HangUpCall, "1001", call_id=call)
    bench.press(call, "7")
    assert bench.playing() == ("survey_invalid",)
    bench.heard(call)
    bench.fire("step")
    assert bench.disposition() is Disposition.AGENT_ANSWERED
    assert not bench.of(e.SurveyAnswered)


@pytest.mark.req("IVR-5")
def test_a_queue_without_survey_ends_the_call() -> None:
    bench = Bench(site(survey=SURVEY, queues=[queue(survey=False)]))
    call = bench.talk()
    bench.ask(requests.HangUpCall, "1001", call_id=call)
    assert bench.last(e.CallEnded).by is e.Party.AGENT


def broken(cause: HangUpCause = HangUpCause.TRANSPORT_LOST) -> tuple[Bench, str]:
    """A talk whose agent leg is lost while the telephone is away."""
    bench = Bench()
    call = bench.talk()
    bench.tell(s.DeviceExpired, device_id="1001-web", reason="closed")
    bench.down(bench.call(call).talk.leg_id, cause, HangUpBy.FAULT)  # pyright: ignore[reportOptionalMemberAccess]
    return bench, call


@pytest.mark.req("AGT-5")
@pytest.mark.parametrize(
    "cause", [HangUpCause.TRANSPORT_LOST, HangUpCause.MEDIA_TIMEOUT, HangUpCause.SESSION_TIMEOUT]
)
def test_a_lost_agent_leg_lets_the_citizen_wait_with_a_notice(cause: HangUpCause) -> None:
    bench, call = broken(cause)
    assert bench.call(call).phase is Phase.INTERRUPTED  # pyright: ignore[reportArgumentType]
    assert bench.playing() == ("connection_interrupted", "music")
    assert bench.state("1001") is AgentState.TALKING


@pytest.mark.req("AGT-5")
def test_the_telephone_comes_back_and_the_talk_goes_on() -> None:
    bench, call = broken()
    bench.register("1001-web")
    originate = bench.sent(s.Originate)[0]
    assert originate.auto_answer
    bench.up(originate.leg_id)
    assert isinstance(bench.commands[0], s.Bridge)
    assert bench.last(e.TalkResumed).leg_id == originate.leg_id
    assert bench.call(call).phase is Phase.TALKING  # pyright: ignore[reportArgumentType]


@pytest.mark.req("AGT-5")
def test_a_reload_asks_for_the_call_before_the_loss_is_noticed() -> None:
    bench = Bench()
    call = bench.talk()
    old = bench.call(call).talk.leg_id  # pyright: ignore[reportOptionalMemberAccess]
    bench.ask(requests.ReattachDevice, "1001")
    assert [c.leg_id for c in bench.sent(s.HangUp)] == [old]
    bench.up(bench.sent(s.Originate)[0].leg_id)
    bench.down(old, by=HangUpBy.LOCAL)
    assert bench.call(call).phase is Phase.TALKING


@pytest.mark.req("AGT-5", "ACD-3")
def test_when_the_grace_passes_the_citizen_is_at_the_head_of_the_queue() -> None:
    bench, call = broken()
    first_since = bench.call(call).first_waiting_since  # pyright: ignore[reportArgumentType]
    later = bench.call_in()
    bench.fire("grace")
    assert bench.last(e.TalkEnded).how is TalkEnd.LOST
    assert bench.last(e.QueueEntered).waiting_since == first_since
    assert (bench.centre.position(call), bench.centre.position(later)) == (1, 2)  # pyright: ignore[reportArgumentType]


def test_the_citizen_may_give_up_during_the_interruption() -> None:
    bench, call = broken()
    bench.down(bench.citizen(call))  # pyright: ignore[reportArgumentType]
    assert bench.disposition() is Disposition.AGENT_ANSWERED
    assert not [t for t in bench.timers if t.startswith("grace")]


def test_a_silent_citizen_is_hung_up_and_a_silent_agent_called_again() -> None:
    bench = Bench()
    call = bench.talk()
    bench.tell(s.MediaTimedOut, leg_id=bench.citizen(call), silent_ms=30_000)
    assert [c.leg_id for c in bench.sent(s.HangUp)] == [bench.citizen(call)]
    bench.tell(s.MediaTimedOut, leg_id=bench.call(call).talk.leg_id, silent_ms=30_000)  # pyright: ignore[reportOptionalMemberAccess]
    assert bench.call(call).phase is Phase.INTERRUPTED
    assert bench.sent(s.Originate)[0].auto_answer


def test_a_connection_that_fails_is_tried_again_and_then_counts_as_broken() -> None:
    bench = Bench()
    call = bench.talk()
    for _ in range(2):
        bench.tell(s.CommandFailed, command="Bridge", leg_id=bench.citizen(call), code="bad_state")
        assert bench.sent(s.Bridge)
    bench.tell(s.CommandFailed, command="Bridge", leg_id=bench.citizen(call), code="bad_state")
    assert bench.call(call).phase is Phase.INTERRUPTED


def test_a_recording_that_cannot_begin_is_written_down() -> None:
    bench = Bench()
    call = bench.talk()
    bench.tell(s.CommandFailed, command="StartRecording", leg_id=bench.citizen(call), code="disk_full")
    assert bench.last(e.RecordingFinished).error == "disk_full"


@pytest.mark.req("SUP-2")
def test_a_leader_ends_a_call_by_force() -> None:
    bench = Bench()
    call = bench.talk()
    bench.ask(requests.ReleaseCall, "2001", call_id=call)
    assert bench.disposition() is Disposition.AGENT_ANSWERED
    assert len(bench.sent(s.HangUp)) >= 2


@pytest.mark.req("SUP-2")
def test_a_leader_signs_an_agent_out_after_the_call() -> None:
    bench = Bench()
    call = bench.talk()
    bench.ask(requests.SetState, "1001", state=AgentState.OFFLINE, by="2001")
    bench.down(bench.citizen(call))
    bench.fire("pause")
    assert bench.state("1001") is AgentState.OFFLINE
    assert bench.last(e.AgentSignedOut).why == "forced"


@pytest.mark.req("SUP-2")
def test_a_forced_sign_out_needs_no_after_call_work() -> None:
    bench = Bench(site(queues=[queue(wrap_up_s=0.0)]))
    call = bench.talk()
    bench.ask(requests.SetState, "1001", state=AgentState.OFFLINE, by="2001")
    bench.down(bench.citizen(call))
    assert bench.state("1001") is AgentState.OFFLINE


def test_a_talk_without_end_is_ended() -> None:
    bench = Bench()
    bench.talk()
    bench.fire("talk")
    assert bench.last(e.CallEnded).by is e.Party.SYSTEM


def test_the_agents_states_have_no_gap() -> None:
    bench = Bench()
    bench.down(bench.citizen(bench.talk()))
    bench.fire("pause")
    states = [event.state for event in bench.of(e.AgentStateChanged)]
    assert states == [
        AgentState.READY,
        AgentState.RINGING,
        AgentState.TALKING,
        AgentState.AFTER_CALL,
        AgentState.READY,
    ]
