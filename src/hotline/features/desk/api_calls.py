"""Routes of verbs on a call: an agent's own, and a leader's. Each answers 200, or 409 with a stable code and nothing changed."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends

from hotline.core import requests as r
from hotline.core.events import Role
from hotline.core.ids import CallId, LegId
from hotline.features.desk.asking import asking
from hotline.features.desk.leader import Leader, NoSuchCall
from hotline.features.desk.schemas import (
    ActionDone,
    ConferenceRequest,
    DigitsRequest,
    LeaderStateRequest,
    ParticipantRequest,
    TransferRequest,
)
from hotline.features.desk.service import NotAnAgent
from hotline.features.desk.verbs import PlainVerb, plain_request, refuse_twice, target_of
from hotline.platform.access import provided, require
from hotline.platform.actor import Actor
from hotline.platform.audit_late import LateEntries
from hotline.platform.permissions import Permission
from hotline.ports.call_control import CallControl

router = APIRouter(tags=["desk"])

Control = Annotated[CallControl, Depends(provided(CallControl))]
Entries = Annotated[LateEntries, Depends(provided(LateEntries))]
CanUseDesk = Annotated[Actor, Depends(require(Permission.DESK_USE))]
CanPickUp = Annotated[Actor, Depends(require(Permission.DESK_PICK_UP))]
CanDrop = Annotated[Actor, Depends(require(Permission.DESK_USE, Permission.AGENTS_CONTROL))]
CanLeave = Annotated[Actor, Depends(require(Permission.DESK_USE, Permission.CALLS_MONITOR))]


def _leader(permission: Permission) -> Callable[..., Leader]:
    def with_right(
        actor: Annotated[Actor, Depends(require(permission))], control: Control, entries: Entries
    ) -> Leader:
        return Leader(control, actor, entries)

    return with_right


MonitorsCalls = Annotated[Leader, Depends(_leader(Permission.CALLS_MONITOR))]
WhispersInCalls = Annotated[Leader, Depends(_leader(Permission.CALLS_WHISPER))]
BargesIntoCalls = Annotated[Leader, Depends(_leader(Permission.CALLS_BARGE))]
InterceptsCalls = Annotated[Leader, Depends(_leader(Permission.CALLS_INTERCEPT))]
ReleasesCalls = Annotated[Leader, Depends(_leader(Permission.CALLS_RELEASE))]
ControlsAgents = Annotated[Leader, Depends(_leader(Permission.AGENTS_CONTROL))]


# ── Verbs of the agent who has the call ──────────────────────────────────────────────────────────────────────


@router.post("/calls/{call_id}/actions/dtmf")
async def send_digits(call_id: str, body: DigitsRequest, actor: CanUseDesk, control: Control) -> ActionDone:
    """Send keys to the other party."""
    await control.request(
        r.SendDigitsOnCall(**_on(actor, call_id), digits=body.digits)
    )  # a repeated key is meant
    return ActionDone(call_id=call_id, action="dtmf")


@router.post("/calls/{call_id}/actions/transfer")
async def transfer_call(
    call_id: str, body: TransferRequest, actor: CanUseDesk, control: Control
) -> ActionDone:
    """Hand the call over and leave at once (转接); it comes back when nobody answers."""
    to = target_of(body.to, actor, control)
    await asking.ask(control, r.TransferCall(**_on(actor, call_id), to=to))
    return ActionDone(call_id=call_id, action="transfer")


@router.post("/calls/{call_id}/actions/consult")
async def consult_on_call(
    call_id: str, body: TransferRequest, actor: CanUseDesk, control: Control
) -> ActionDone:
    """Ask a colleague, a leader or a number outside while the citizen hears music (咨询)."""
    to = target_of(body.to, actor, control)
    refuse_twice(control.call(CallId(call_id)), to)
    await asking.ask(control, r.ConsultCall(**_on(actor, call_id), to=to))
    return ActionDone(call_id=call_id, action="consult")


@router.post("/calls/{call_id}/actions/conference")
async def join_conference(
    call_id: str, actor: CanUseDesk, control: Control, body: ConferenceRequest | None = None
) -> ActionDone:
    """Join the citizen and who is consulted (三方), or call one more party in."""
    to = target_of(body.to, actor, control) if body is not None and body.to is not None else None
    if to is not None:
        refuse_twice(control.call(CallId(call_id)), to)
    await asking.ask(control, r.Conference(**_on(actor, call_id), to=to))
    return ActionDone(call_id=call_id, action="conference")


@router.post("/calls/{call_id}/actions/drop")
async def drop_participant(
    call_id: str, body: ParticipantRequest, actor: CanDrop, control: Control, entries: Entries
) -> ActionDone:
    """Put a party out of the conference: of one's own call, or as a leader of anybody's in sight."""
    call = control.call(CallId(call_id))
    own = call is not None and call.agent_id == actor.agent_id
    if actor.may(Permission.AGENTS_CONTROL) and not own:
        await Leader(control, actor, entries).drop(call_id, body.leg_id)
    else:
        await asking.ask(control, r.DropParticipant(**_on(actor, call_id), leg_id=LegId(body.leg_id)))
    return ActionDone(call_id=call_id, action="drop")


@router.post("/calls/{call_id}/actions/mute-participant")
async def mute_participant(
    call_id: str, body: ParticipantRequest, actor: CanUseDesk, control: Control
) -> ActionDone:
    """Close the microphone of a party of the conference."""
    leg_id = LegId(body.leg_id)
    await asking.ask(control, r.MuteParticipant(**_on(actor, call_id), leg_id=leg_id, muted=True))
    return ActionDone(call_id=call_id, action="mute-participant")


@router.post("/calls/{call_id}/actions/unmute-participant")
async def unmute_participant(
    call_id: str, body: ParticipantRequest, actor: CanUseDesk, control: Control
) -> ActionDone:
    """Open the microphone of a party of the conference again."""
    leg_id = LegId(body.leg_id)
    await asking.ask(control, r.MuteParticipant(**_on(actor, call_id), leg_id=leg_id, muted=False))
    return ActionDone(call_id=call_id, action="unmute-participant")


@router.post("/calls/{call_id}/actions/pickup")
async def pick_up_call(call_id: str, actor: CanPickUp, control: Control) -> ActionDone:
    """Take over a call that rings at a colleague or waits (代答)."""
    own, call = control.agent(actor.agent_id), control.call(CallId(call_id))
    if own is None:
        raise NotAnAgent
    if call is None or not (actor.sees(call.authority_id) or call.queue_id in own.queues):
        raise NoSuchCall(id=call_id)
    await asking.ask(control, r.PickUp(**_on(actor, call_id)))
    return ActionDone(call_id=call_id, action="pickup")


@router.post("/calls/{call_id}/actions/leave")
async def leave_call(call_id: str, actor: CanLeave, control: Control) -> ActionDone:
    """Leave a call that one was consulted in, called into, or listens to; it goes on for the others."""
    await asking.ask(control, r.LeaveCall(**_on(actor, call_id)))
    return ActionDone(call_id=call_id, action="leave")


# ── Verbs of leaders ─────────────────────────────────────────────────────────────────────────────────────────


@router.post("/calls/{call_id}/actions/monitor")
async def monitor_call(call_id: str, leader: MonitorsCalls) -> ActionDone:
    """Listen in, heard by nobody (监听); one's own telephone picks up by itself."""
    await leader.supervise(call_id, Role.MONITOR)
    return ActionDone(call_id=call_id, action="monitor")


@router.post("/calls/{call_id}/actions/whisper")
async def whisper_in_call(call_id: str, leader: WhispersInCalls) -> ActionDone:
    """Speak to the agent only (密语)."""
    await leader.supervise(call_id, Role.WHISPER)
    return ActionDone(call_id=call_id, action="whisper")


@router.post("/calls/{call_id}/actions/barge")
async def barge_into_call(call_id: str, leader: BargesIntoCalls) -> ActionDone:
    """Speak to both (强插)."""
    await leader.supervise(call_id, Role.BARGE)
    return ActionDone(call_id=call_id, action="barge")


@router.post("/calls/{call_id}/actions/intercept")
async def intercept_call(call_id: str, leader: InterceptsCalls) -> ActionDone:
    """Take a talk over from its agent (拦截)."""
    await leader.intercept(call_id)
    return ActionDone(call_id=call_id, action="intercept")


@router.post("/calls/{call_id}/actions/release")
async def release_call(call_id: str, leader: ReleasesCalls) -> ActionDone:
    """End a call by force (强拆)."""
    await leader.release(call_id)
    return ActionDone(call_id=call_id, action="release")


@router.put("/agents/{agent_id}/state", status_code=204)
async def set_agent_state(agent_id: str, body: LeaderStateRequest, leader: ControlsAgents) -> None:
    """Force an agent ready, busy, to rest or out (强制示闲/示忙/签出)."""
    await leader.force_state(agent_id, body.state, body.reason)


@router.post("/calls/{call_id}/actions/{action}")
async def act_on_call(call_id: str, action: PlainVerb, actor: CanUseDesk, control: Control) -> ActionDone:
    """Carry out a verb that needs nothing but the call; 409 with a code when it is not possible now."""
    await asking.ask(control, plain_request(action, actor.agent_id, call_id))
    return ActionDone(call_id=call_id, action=action)


def _on(actor: Actor, call_id: str) -> dict[str, Any]:
    return {"at": datetime.now(UTC), "agent_id": actor.agent_id, "call_id": CallId(call_id)}
