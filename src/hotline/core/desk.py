"""What people ask: each request is checked first and then carried out whole, or refused with a stable code and nothing changed."""

from collections.abc import Callable
from typing import Any

from hotline.core import events as e
from hotline.core import outbound, presence, queueing, requests, talking
from hotline.core.agent import IN_CALL, Agent
from hotline.core.call import Call, Phase
from hotline.core.ending import end_call
from hotline.core.events import AgentState, Disposition, OfferOutcome, Party
from hotline.core.floor import Floor
from hotline.core.ids import CallId
from hotline.core.requests import AnyRequest, Refused
from hotline.core.switching import PauseRecording, SendDigits

OWN_STATES = frozenset({AgentState.READY, AgentState.BUSY, AgentState.REST})
_DIGITS = frozenset("0123456789*#ABCD")
_DIGITS_MAX = 64


def carry_out(floor: Floor, request: AnyRequest) -> CallId | None:
    """Carry out a request; returns the new call's id for `PlaceCall`.

    Raises:
        Refused: it cannot be carried out now; nothing has changed.
    """
    return _HANDLERS[type(request)](floor, request)


def _signed_in(floor: Floor, request: requests.Request) -> Agent:
    agent = floor.agents.get(request.agent_id)
    if agent is None or not agent.signed_in:
        raise Refused("not_signed_in")
    return agent


def _own_call(floor: Floor, request: Any) -> Call:
    """Return the running call of the request, which must be the agent's."""
    call = floor.calls.get(request.call_id)
    if call is None or call.phase is Phase.ENDED:
        raise Refused("no_such_call")
    agents = {call.placed_by if call.phase is Phase.DIALLING or call.talk is not None else None}
    agents.add(call.offer.agent_id if call.offer is not None else None)
    agents.add(call.talk.agent_id if call.talk is not None else None)
    agents.add(call.to_agent_id if call.talk is not None else None)
    if request.agent_id not in agents - {None}:
        raise Refused("not_your_call")
    return call


def _talk_in(floor: Floor, request: Any, *phases: Phase) -> Call:
    """Return the call in which the agent leads a talk, in one of these phases."""
    call = _own_call(floor, request)
    if call.talk is None or call.talk.agent_id != request.agent_id or call.phase not in phases:
        raise Refused("wrong_state")
    return call


# ── Being there ──


def _sign_in(floor: Floor, request: requests.SignIn) -> None:
    profile = floor.index.agents.get(request.agent_id)
    if profile is None or request.device_id not in profile.devices:
        raise Refused("not_allowed")
    agent = floor.agents.get(request.agent_id)
    if agent is not None and agent.signed_in:
        raise Refused("already_signed_in")
    if request.device_id not in floor.devices:
        raise Refused("no_device")
    if agent is not None:
        agent.profile, agent.authority_id = profile, profile.authority_id
    floor.emit(
        e.AgentSignedIn(
            at=request.at,
            authority_id=profile.authority_id,
            agent_id=profile.id,
            device_id=request.device_id,
            address=request.address,
        )
    )
    presence.become(floor, floor.agents[profile.id], request.at, AgentState.READY)


def _sign_out(floor: Floor, request: requests.SignOut) -> None:
    agent = _signed_in(floor, request)
    if agent.state in IN_CALL:
        raise Refused("wrong_state")
    presence.sign_out(floor, agent, request.at, request.why, request.by)


def _set_state(floor: Floor, request: requests.SetState) -> None:
    agent = _signed_in(floor, request)
    state = request.state
    if state is AgentState.OFFLINE:
        if agent.state not in IN_CALL:
            presence.sign_out(floor, agent, request.at, "forced" if request.by else "self", request.by)
        elif request.by is None:
            raise Refused("wrong_state")
        else:
            presence.ask_for(floor, agent, request.at, state, "forced", request.by)
        return
    if state not in OWN_STATES:
        raise Refused("not_allowed", state)
    if state is AgentState.BUSY and not request.reason:
        raise Refused("reason_needed")
    if agent.state in IN_CALL:
        presence.ask_for(floor, agent, request.at, state, request.reason, request.by)
    elif agent.state is not state or agent.reason != request.reason:
        presence.end_wrap_up(floor, agent, request.at)
        presence.become(floor, agent, request.at, state, reason=request.reason, by=request.by)


def _finish_wrap_up(floor: Floor, request: requests.FinishWrapUp) -> None:
    agent = _signed_in(floor, request)
    if agent.state is not AgentState.AFTER_CALL:
        raise Refused("wrong_state")
    presence.pause_over(floor, agent, request.at)


# ── Calls ──


def _place(floor: Floor, request: requests.PlaceCall) -> CallId:
    return outbound.place(floor, _signed_in(floor, request), request)


def _answer(floor: Floor, request: requests.AnswerCall) -> None:
    """A browser phone answers its own ringing; the event of the leg follows by itself."""
    call = _own_call(floor, request)
    if call.offer is None or call.offer.agent_id != request.agent_id:
        raise Refused("wrong_state")
    device_id = call.offer.device_id
    if device_id is None or not is_browser(device_id):
        raise Refused("answer_on_phone")


def is_browser(device_id: str) -> bool:
    """Tell a browser phone (`1001-web`) from a desk phone (`1001`), as `core.ids.DeviceId` defines them."""
    return device_id.endswith("-web")


def _hang_up(floor: Floor, request: requests.HangUpCall) -> None:
    call = _own_call(floor, request)
    if call.talk is not None:
        talking.agent_hung_up(floor, call, request.at)
    elif call.phase is Phase.RINGING:
        queueing.offer_failed(floor, call, request.at, OfferOutcome.MISSED, "agent_rejected")
    elif call.offer is not None and call.offer.agent_id == request.agent_id:
        outbound.timed_out(floor, call, request.at)
    else:
        end_call(floor, call, request.at, Party.AGENT, Disposition.CANCELLED)


def _hold(floor: Floor, request: requests.HoldCall) -> None:
    talking.hold(floor, _talk_in(floor, request, Phase.TALKING), request.at)


def _retrieve(floor: Floor, request: requests.RetrieveCall) -> None:
    talking.retrieve(floor, _talk_in(floor, request, Phase.HOLDING), request.at)


def _mute(floor: Floor, request: requests.MuteCall) -> None:
    call = _talk_in(floor, request, Phase.TALKING, Phase.HOLDING)
    talking.mute(floor, call, request.at, muted=request.muted)


def _send_digits(floor: Floor, request: requests.SendDigitsOnCall) -> None:
    call = _talk_in(floor, request, Phase.TALKING)
    if not request.digits or len(request.digits) > _DIGITS_MAX or not set(request.digits) <= _DIGITS:
        raise Refused("not_allowed", "digits")
    assert call.outside_leg is not None
    floor.command(SendDigits(leg_id=call.outside_leg, digits=request.digits))


def _reattach(floor: Floor, request: requests.ReattachDevice) -> None:
    agent = _signed_in(floor, request)
    call = floor.calls.get(agent.call_id) if agent.call_id is not None else None
    if call is None or call.talk is None or call.talk.agent_id != agent.agent_id:
        raise Refused("no_such_call")
    if agent.device_id not in floor.devices:
        raise Refused("no_device")
    if call.phase is not Phase.INTERRUPTED:
        talking.interrupt(floor, call, request.at)
    talking.reattach(floor, call, request.at)


def _pause_recording(floor: Floor, request: requests.PauseRecordingOfCall) -> None:
    call = _talk_in(floor, request, Phase.TALKING, Phase.HOLDING, Phase.INTERRUPTED)
    recording = call.recording
    if recording is None:
        raise Refused("wrong_state", "not recorded")
    if recording.paused is not request.paused:
        floor.emit(
            e.RecordingPaused(
                at=request.at,
                authority_id=call.authority_id,
                call_id=call.call_id,
                recording_id=recording.recording_id,
                paused=request.paused,
                agent_id=request.agent_id,
            )
        )
        floor.command(PauseRecording(recording_id=recording.recording_id, paused=request.paused))


def _release(floor: Floor, request: requests.ReleaseCall) -> None:
    """A leader ends the call; whether they may is the API's matter."""
    call = floor.calls.get(request.call_id)
    if call is None or call.phase is Phase.ENDED:
        raise Refused("no_such_call")
    disposition = Disposition.CANCELLED if call.phase is Phase.DIALLING else None
    end_call(floor, call, request.at, Party.AGENT, disposition)


_HANDLERS: dict[type[AnyRequest], Callable[[Floor, Any], CallId | None]] = {
    requests.SignIn: _sign_in,
    requests.SignOut: _sign_out,
    requests.SetState: _set_state,
    requests.PlaceCall: _place,
    requests.AnswerCall: _answer,
    requests.HangUpCall: _hang_up,
    requests.HoldCall: _hold,
    requests.RetrieveCall: _retrieve,
    requests.MuteCall: _mute,
    requests.SendDigitsOnCall: _send_digits,
    requests.FinishWrapUp: _finish_wrap_up,
    requests.ReattachDevice: _reattach,
    requests.PauseRecordingOfCall: _pause_recording,
    requests.ReleaseCall: _release,
}
