"""What people ask: each request is checked first and then carried out whole, or refused with a stable code and nothing changed."""

from collections.abc import Callable
from typing import Any

from hotline.core import (
    consulting,
    desk_parties,
    lead,
    outbound,
    participants,
    parties,
    placing,
    presence,
    queueing,
    requests,
    survey_link,
    talking,
)
from hotline.core import events as e
from hotline.core.agent import IN_CALL
from hotline.core.asking import own_call, signed_in, talk_in
from hotline.core.call import Phase
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


# ── Being there ──


def _sign_in(floor: Floor, request: requests.SignIn) -> None:
    profile = floor.index.agents.get(request.agent_id)
    if profile is None or floor.index.agent_of_device.get(request.device_id) != profile.id:
        raise Refused("not_allowed")
    agent = floor.agents.get(request.agent_id)
    if agent is not None and agent.signed_in:
        raise Refused("already_signed_in")
    if request.agent_id in floor.taking_part:
        raise Refused("you_are_busy", "takes part in a call")
    if not floor.reachable(request.device_id):
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
            queues=tuple(membership.queue_id for membership in profile.queues),
        )
    )
    presence.become(floor, floor.agents[profile.id], request.at, AgentState.READY)


def _sign_out(floor: Floor, request: requests.SignOut) -> None:
    agent = signed_in(floor, request)
    if agent.state in IN_CALL:
        raise Refused("wrong_state")
    presence.sign_out(floor, agent, request.at, request.why, request.by)


def _set_state(floor: Floor, request: requests.SetState) -> None:
    agent = signed_in(floor, request)
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
    agent = signed_in(floor, request)
    if agent.state is not AgentState.AFTER_CALL:
        raise Refused("wrong_state")
    presence.pause_over(floor, agent, request.at)


# ── Calls ──


def _place(floor: Floor, request: requests.PlaceCall) -> CallId:
    return placing.place(floor, signed_in(floor, request), request)


def _answer(floor: Floor, request: requests.AnswerCall) -> None:
    """A browser phone answers its own ringing; the event of the leg follows by itself."""
    call = own_call(floor, request)
    party = participants.of_agent(call, request.agent_id)
    if party is not None and not party.up:
        device_id = party.device_id
    elif call.offer is not None and call.offer.agent_id == request.agent_id:
        device_id = call.offer.device_id
    else:
        raise Refused("wrong_state")
    if device_id is None or not is_browser(device_id):
        raise Refused("answer_on_phone")


def is_browser(device_id: str) -> bool:
    """Tell a browser phone (`1001-web`) from a desk phone (`1001`), as `core.ids.DeviceId` defines them."""
    return device_id.endswith("-web")


def _hang_up(floor: Floor, request: requests.HangUpCall) -> None:
    call = own_call(floor, request)
    party = participants.of_agent(call, request.agent_id)
    if party is not None:
        parties.left(floor, call, request.at, party, "hung_up" if party.up else "rejected")
    elif call.talk is not None:
        lead.left(floor, call, request.at)
    elif call.phase is Phase.DIRECT:
        parties.ring_failed(floor, call, request.at, OfferOutcome.MISSED, "agent_rejected")
    elif call.rings_from_line:
        queueing.offer_failed(floor, call, request.at, OfferOutcome.MISSED, "agent_rejected")
    elif call.offer is not None and call.offer.agent_id == request.agent_id:
        outbound.timed_out(floor, call, request.at)
    elif call.callback is not None:
        outbound.given_up(floor, call, request.at)
    else:
        end_call(floor, call, request.at, Party.AGENT, Disposition.CANCELLED)


def _hold(floor: Floor, request: requests.HoldCall) -> None:
    talking.hold(floor, talk_in(floor, request, Phase.TALKING), request.at)


def _retrieve(floor: Floor, request: requests.RetrieveCall) -> None:
    call = talk_in(floor, request, Phase.HOLDING)
    if consulting.asked(call) is not None:
        raise Refused("wrong_state", "somebody is consulted")
    talking.retrieve(floor, call, request.at)


def _mute(floor: Floor, request: requests.MuteCall) -> None:
    call = talk_in(floor, request, Phase.TALKING, Phase.HOLDING)
    talking.mute(floor, call, request.at, muted=request.muted)


def _send_digits(floor: Floor, request: requests.SendDigitsOnCall) -> None:
    call = talk_in(floor, request, Phase.TALKING, Phase.HOLDING)
    asked = consulting.asked(call)
    if call.phase is Phase.HOLDING and (asked is None or not asked.up):
        raise Refused("wrong_state")
    if not request.digits or len(request.digits) > _DIGITS_MAX or not set(request.digits) <= _DIGITS:
        raise Refused("not_allowed", "digits")
    leg_id = asked.leg_id if asked is not None else call.outside_leg
    assert leg_id is not None
    floor.command(SendDigits(leg_id=leg_id, digits=request.digits))


def _reattach(floor: Floor, request: requests.ReattachDevice) -> None:
    agent = signed_in(floor, request)
    call = floor.calls.get(agent.call_id) if agent.call_id is not None else None
    if call is None or call.talk is None or call.talk.agent_id != agent.agent_id:
        raise Refused("no_such_call")
    if not floor.reachable(agent.device_id):
        raise Refused("no_device")
    if call.phase is not Phase.INTERRUPTED:
        talking.interrupt(floor, call, request.at)
    talking.reattach(floor, call, request.at)


def _pause_recording(floor: Floor, request: requests.PauseRecordingOfCall) -> None:
    call = talk_in(floor, request, Phase.TALKING, Phase.HOLDING, Phase.INTERRUPTED)
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
    requests.LinkSettled: survey_link.link_settled,
    requests.LinkAnswered: survey_link.link_answered,
    **desk_parties.HANDLERS,
}
