"""The verbs of the desk that bring further people into a call or send it on, and those of leaders and of colleagues nearby."""

from collections.abc import Callable
from typing import Any

from hotline.core import (
    announcing,
    audio,
    consulting,
    lead,
    participants,
    parties,
    pick_up,
    requests,
    supervising,
    transferring,
)
from hotline.core.asking import own_call, running_call, signed_in, talk_in
from hotline.core.call import Call, Participant, Phase
from hotline.core.events import Direction, Role
from hotline.core.floor import Floor, agent_in
from hotline.core.ids import CallId
from hotline.core.requests import AnyRequest, Refused


def _transfer(floor: Floor, request: requests.TransferCall) -> None:
    call = _with_citizen(floor, request, Phase.TALKING, Phase.HOLDING)
    transferring.transfer(floor, call, request.at, signed_in(floor, request), request.to)


def _with_citizen(floor: Floor, request: Any, *phases: Phase) -> Call:
    """Return the call in which the agent leads a talk with somebody outside."""
    call = talk_in(floor, request, *phases)
    if call.direction is Direction.INTERNAL:
        raise Refused("wrong_state", "internal call")
    return call


def _consult(floor: Floor, request: requests.ConsultCall) -> None:
    call = _with_citizen(floor, request, Phase.TALKING, Phase.HOLDING)
    consulting.consult(floor, call, request.at, signed_in(floor, request), request.to)


def _complete(floor: Floor, request: requests.CompleteConsult) -> None:
    consulting.complete(floor, talk_in(floor, request, Phase.HOLDING), request.at)


def _cancel(floor: Floor, request: requests.CancelConsult) -> None:
    consulting.cancel(floor, talk_in(floor, request, Phase.HOLDING), request.at)


def _confer(floor: Floor, request: requests.Conference) -> None:
    call = _with_citizen(floor, request, Phase.TALKING, Phase.HOLDING)
    consulting.confer(floor, call, request.at, signed_in(floor, request), request.to)


def _drop(floor: Floor, request: requests.DropParticipant) -> None:
    lead_only = Phase.TALKING, Phase.HOLDING, Phase.INTERRUPTED
    call = running_call(floor, request.call_id) if request.by_leader else talk_in(floor, request, *lead_only)
    party = _party(call, request)
    if party.role in participants.SUPERVISING and not request.by_leader:
        raise Refused("not_allowed", "a leader")
    parties.left(floor, call, request.at, party, "dropped")


def _party(call: Call, request: requests.DropParticipant | requests.MuteParticipant) -> Participant:
    party = call.participants.get(request.leg_id)
    if party is None:
        raise Refused("no_such_party")
    return party


def _mute(floor: Floor, request: requests.MuteParticipant) -> None:
    call = talk_in(floor, request, Phase.TALKING, Phase.HOLDING)
    party = _party(call, request)
    if party.role not in {Role.MEMBER, Role.CONSULTED}:
        raise Refused("not_allowed", "a leader")
    if not party.up:
        raise Refused("wrong_state", "rings")
    participants.mute(floor, call, request.at, party, request.agent_id, muted=request.muted)
    audio.settle(floor, call)


def _pick_up(floor: Floor, request: requests.PickUp) -> CallId:
    return pick_up.pick_up(floor, signed_in(floor, request), request.at, request.call_id)


def _announce(floor: Floor, request: requests.AnnounceNumber) -> None:
    call = talk_in(floor, request, Phase.TALKING)
    assert call.talk is not None and call.outside_leg is not None
    agent = agent_in(floor, request.agent_id)
    announcing.agent_number(floor, agent, (call.outside_leg, call.talk.leg_id))


def _supervise(floor: Floor, request: requests.Supervise) -> None:
    call = running_call(floor, request.call_id)
    supervising.supervise(floor, call, request.at, request.agent_id, request.role)


def _intercept(floor: Floor, request: requests.InterceptCall) -> None:
    supervising.intercept(floor, running_call(floor, request.call_id), request.at, request.agent_id)


def _release(floor: Floor, request: requests.ReleaseCall) -> None:
    """A leader ends the call; whether they may is the interface's matter."""
    supervising.release(floor, running_call(floor, request.call_id), request.at)


def _leave(floor: Floor, request: requests.LeaveCall) -> None:
    call = own_call(floor, request)
    party = participants.of_agent(call, request.agent_id)
    if party is not None:
        parties.left(floor, call, request.at, party, "hung_up")
    elif call.talk is not None:
        lead.left(floor, call, request.at)
    else:
        raise Refused("wrong_state")


HANDLERS: dict[type[AnyRequest], Callable[[Floor, Any], CallId | None]] = {
    requests.TransferCall: _transfer,
    requests.ConsultCall: _consult,
    requests.CompleteConsult: _complete,
    requests.CancelConsult: _cancel,
    requests.Conference: _confer,
    requests.DropParticipant: _drop,
    requests.MuteParticipant: _mute,
    requests.PickUp: _pick_up,
    requests.AnnounceNumber: _announce,
    requests.Supervise: _supervise,
    requests.InterceptCall: _intercept,
    requests.ReleaseCall: _release,
    requests.LeaveCall: _leave,
}
