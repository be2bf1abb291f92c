"""Routes of the agent's own desk: state, telephone, calls out, pick-up. State comes from the running centre."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, WebSocket

from hotline.core.requests import PickUp
from hotline.features.desk.asking import asking
from hotline.features.desk.follow import desk_messages
from hotline.features.desk.pickable import PickableBoard
from hotline.features.desk.schemas import (
    DeskSnapshot,
    DialAnswer,
    DialRequest,
    PhoneLogIn,
    PickableCalls,
    PickedUp,
    SignInRequest,
    StateRequest,
    Targets,
)
from hotline.features.desk.service import BROWSER_SUFFIX, Desk
from hotline.features.desk.targets import pickable_calls, targets_of
from hotline.platform.access import ThePlatform, provided, require
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
CanUseDesk = Annotated[Actor, Depends(require(Permission.DESK_USE))]
CanCallOut = Annotated[Actor, Depends(require(Permission.DESK_CALL_OUT))]
CanPickUp = Annotated[Actor, Depends(require(Permission.DESK_PICK_UP))]


def the_desk(
    actor: CanUseDesk,
    control: Control,
    history: Annotated[CallHistory, Depends(provided(CallHistory))],
    pickable: Annotated[PickableBoard, Depends(provided(PickableBoard))],
) -> Desk:
    """The desk of who asks."""
    return Desk(control, history, actor, pickable)


OwnDesk = Annotated[Desk, Depends(the_desk)]


@router.get("/agents/me")
async def get_desk(desk: OwnDesk) -> DeskSnapshot:
    """Return everything the desk shows."""
    return await desk.snapshot()


@router.get("/agents/me/phone")
async def get_phone(desk: OwnDesk, platform: ThePlatform) -> PhoneLogIn:
    """Return how this agent's browser phone reaches the switch."""
    device_id = desk.view().number + BROWSER_SUFFIX
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
async def sign_in(body: SignInRequest, desk: OwnDesk) -> None:
    """Take part (签入)."""
    await desk.sign_in(body.device)


@router.post("/agents/me/sign-out", status_code=204)
async def sign_out(desk: OwnDesk) -> None:
    """Leave (签出)."""
    await desk.sign_out()


@router.put("/agents/me/state", status_code=204)
async def set_own_state(body: StateRequest, desk: OwnDesk) -> None:
    """Go ready, busy, rest or offline."""
    await desk.set_state(body.state, body.reason)


@router.post("/agents/me/calls", status_code=201)
async def place_call(body: DialRequest, _: CanCallOut, desk: OwnDesk) -> DialAnswer:
    """Call a number through the agent's own telephone, which is rung first."""
    call_id = await desk.dial(body.to, body.hotline_id, body.queue_id)
    return DialAnswer(call_id=call_id)


@router.post("/agents/me/reattach", status_code=204)
async def reattach_device(desk: OwnDesk) -> None:
    """Ring this agent's telephone again and join the running call (after a reload)."""
    await desk.reattach()


@router.post("/agents/me/wrap-up/finish", status_code=204)
async def finish_wrap_up(desk: OwnDesk) -> None:
    """End after-call work now."""
    await desk.finish_wrap_up()


@router.get("/agents/me/targets")
async def list_targets(
    actor: CanUseDesk, desk: OwnDesk, control: Control, q: Annotated[str, Query(max_length=64)] = ""
) -> Targets:
    """Where the agent's call can be handed to; `q` is looked for in names and at the beginning of numbers."""
    return targets_of(control, actor, desk.view(), q.strip())


@router.get("/agents/me/pickable")
async def list_pickable(_: CanPickUp, desk: OwnDesk, control: Control) -> PickableCalls:
    """The calls of the agent's queues that could be picked up (代答)."""
    return pickable_calls(control, desk.view())


@router.post("/agents/me/pickup")
async def pick_up(actor: CanPickUp, desk: OwnDesk, control: Control) -> PickedUp:
    """Take over what rings longest at a colleague, or else waits longest, in the agent's queues."""
    asked = await asking.ask(control, PickUp(at=datetime.now(UTC), agent_id=actor.agent_id))
    return PickedUp(call_id=asked.call_id or desk.view().call_id or "")


@router.websocket("/agents/me/events")
async def follow_desk(socket: WebSocket, actor: CanUseDesk, desk: OwnDesk, platform: ThePlatform) -> None:
    """Send the desk now and whenever it changes; the browser never sends anything."""
    messages = desk_messages(desk)
    await stream(socket, actor, platform, (message.model_dump_json().encode() async for message in messages))
