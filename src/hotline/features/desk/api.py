"""Routes of the desk. State comes from the running centre; every verb on a call answers 200, or 409 with a stable code."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, WebSocket

from hotline.features.desk.schemas import (
    ActionDone,
    DeskSnapshot,
    DialAnswer,
    DialRequest,
    DigitsRequest,
    LeaderStateRequest,
    PhoneLogIn,
    SignInRequest,
    StateRequest,
)
from hotline.features.desk.service import BROWSER_SUFFIX, Desk, force_release, force_state
from hotline.platform import audit
from hotline.platform.access import ThePlatform, WriteWork, provided, require
from hotline.platform.actor import Actor
from hotline.platform.browser_phone import PHONE_LIFE, SECRET_NAME, log_in_for
from hotline.platform.people import SIP_REALM
from hotline.platform.permissions import Permission
from hotline.platform.secrets import secret_named
from hotline.platform.streams import stream
from hotline.ports.call_control import CallControl
from hotline.ports.call_history import CallHistory

router = APIRouter(tags=["desk"])

Control = Annotated[CallControl, Depends(provided(CallControl))]
History = Annotated[CallHistory, Depends(provided(CallHistory))]
CanUseDesk = Annotated[Actor, Depends(require(Permission.DESK_USE))]
CanCallOut = Annotated[Actor, Depends(require(Permission.DESK_CALL_OUT))]
CanControlAgents = Annotated[Actor, Depends(require(Permission.AGENTS_CONTROL))]

Action = Literal["answer", "hangup", "hold", "retrieve", "mute", "unmute", "record-pause", "record-resume"]


@router.get("/agents/me")
async def get_desk(actor: CanUseDesk, control: Control, history: History) -> DeskSnapshot:
    """Return everything the desk shows."""
    return await Desk(control, history, actor).snapshot()


@router.get("/agents/me/phone")
async def get_phone(
    actor: CanUseDesk, control: Control, history: History, platform: ThePlatform
) -> PhoneLogIn:
    """Return how this agent's browser phone reaches the switch."""
    device_id = Desk(control, history, actor).view().number + BROWSER_SUFFIX
    log_in = log_in_for(
        device_id, await secret_named(platform.database, SECRET_NAME), platform.clock(), PHONE_LIFE
    )
    return PhoneLogIn(
        ws_url="/sip",
        uri=f"sip:{device_id}@{SIP_REALM}",
        authorization_user=log_in.authorization_user,
        password=log_in.password,
        realm=SIP_REALM,
        ice_servers=[],
    )


@router.post("/agents/me/sign-in", status_code=204)
async def sign_in(body: SignInRequest, actor: CanUseDesk, control: Control, history: History) -> None:
    """Take part (签入)."""
    await Desk(control, history, actor).sign_in(body.device)


@router.post("/agents/me/sign-out", status_code=204)
async def sign_out(actor: CanUseDesk, control: Control, history: History) -> None:
    """Leave (签出)."""
    await Desk(control, history, actor).sign_out()


@router.put("/agents/me/state", status_code=204)
async def set_own_state(body: StateRequest, actor: CanUseDesk, control: Control, history: History) -> None:
    """Go ready, busy, rest or offline."""
    await Desk(control, history, actor).set_state(body.state, body.reason)


@router.post("/agents/me/calls", status_code=201)
async def place_call(body: DialRequest, actor: CanCallOut, control: Control, history: History) -> DialAnswer:
    """Call a number through the agent's own telephone, which is rung first."""
    call_id = await Desk(control, history, actor).dial(body.to, body.hotline_id, body.queue_id)
    return DialAnswer(call_id=call_id)


@router.post("/agents/me/reattach", status_code=204)
async def reattach_device(actor: CanUseDesk, control: Control, history: History) -> None:
    """Ring this agent's telephone again and join the running call (after a reload)."""
    await Desk(control, history, actor).reattach()


@router.post("/agents/me/wrap-up/finish", status_code=204)
async def finish_wrap_up(actor: CanUseDesk, control: Control, history: History) -> None:
    """End after-call work now."""
    await Desk(control, history, actor).finish_wrap_up()


@router.post("/calls/{call_id}/actions/dtmf")
async def send_digits(
    call_id: str, body: DigitsRequest, actor: CanUseDesk, control: Control, history: History
) -> ActionDone:
    """Send keys to the other party."""
    await Desk(control, history, actor).act(call_id, "dtmf", body.digits)
    return ActionDone(call_id=call_id, action="dtmf")


@router.post("/calls/{call_id}/actions/release")
async def release_call(
    call_id: str, actor: CanControlAgents, control: Control, work: WriteWork
) -> ActionDone:
    """End a call by force (强拆)."""
    ended = await force_release(control, actor, call_id)
    target = audit.Target(kind="call", id=call_id, authority_id=ended.authority_id)
    audit.record(work, actor, "calls.release", target, after={"agent": ended.agent_id, "phase": ended.phase})
    return ActionDone(call_id=call_id, action="release")


@router.post("/calls/{call_id}/actions/{action}")
async def act_on_call(
    call_id: str, action: Action, actor: CanUseDesk, control: Control, history: History
) -> ActionDone:
    """Carry out a verb of the softphone bar; 409 with a code when it is not possible now."""
    await Desk(control, history, actor).act(call_id, action)
    return ActionDone(call_id=call_id, action=action)


@router.put("/agents/{agent_id}/state", status_code=204)
async def set_agent_state(
    agent_id: str, body: LeaderStateRequest, actor: CanControlAgents, control: Control, work: WriteWork
) -> None:
    """Force an agent ready, busy, to rest or out (强制示闲/示忙/签出)."""
    before = await force_state(control, actor, agent_id, body.state, body.reason)
    target = audit.Target(kind="agent", id=agent_id, name=before.name, authority_id=before.authority_id)
    audit.record(
        work, actor, "agents.force_state", target, before={"state": before.state}, after={"state": body.state}
    )


@router.websocket("/agents/me/events")
async def follow_desk(
    socket: WebSocket, actor: CanUseDesk, control: Control, history: History, platform: ThePlatform
) -> None:
    """Send the desk now and whenever it changes; the browser never sends anything."""
    messages = Desk(control, history, actor).messages()
    await stream(socket, actor, platform, (message.model_dump_json().encode() async for message in messages))
