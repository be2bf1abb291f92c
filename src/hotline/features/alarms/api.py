"""Routes of alarms (告警): rules, what runs and ran, acknowledgement, and a stream.

Whoever may only look at wall boards reads surnames there and acknowledges nothing: those screens hang where visitors pass.
"""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, WebSocket

from hotline.features.alarms.board import AlarmBoard
from hotline.features.alarms.evaluator import Alarm
from hotline.features.alarms.models import AlarmRow
from hotline.features.alarms.repository import AlarmRepository, AlarmRuleRepository
from hotline.features.alarms.rules import Scope
from hotline.features.alarms.schemas import (
    AlarmMessage,
    AlarmRead,
    AlarmRules,
    AlarmRulesReplace,
    Alarms,
)
from hotline.features.alarms.service import AlarmService, read_rule
from hotline.platform.access import ReadSession, ThePlatform, WriteWork, provided, require
from hotline.platform.actor import Actor
from hotline.platform.permissions import Permission
from hotline.platform.streams import stream

router = APIRouter(prefix="/alarms", tags=["alarms"])

CanView = Annotated[Actor, Depends(require(Permission.ALARMS_VIEW))]
CanManage = Annotated[Actor, Depends(require(Permission.ALARMS_MANAGE))]
CanTakeOn = Annotated[Actor, Depends(require(Permission.LIVE_VIEW, Permission.ALARMS_MANAGE))]
Board = Annotated[AlarmBoard, Depends(provided(AlarmBoard))]


@router.get("")
async def get_alarms(actor: CanView, session: ReadSession, board: Board) -> Alarms:
    """Alarms that run, and the last that have ended."""
    ended = await AlarmRepository(session, actor).ended()
    return Alarms(
        running=[_read(alarm, actor) for alarm in board.running(actor)],
        history=[_read(row, actor) for row in ended],
    )


@router.get("/rules")
async def get_alarm_rules(actor: CanView, session: ReadSession) -> AlarmRules:
    """All rules in sight."""
    rows = await AlarmRuleRepository(session, actor).in_order()
    return AlarmRules(items=[read_rule(row) for row in rows])


@router.put("/rules")
async def replace_alarm_rules(
    wanted: AlarmRulesReplace, actor: CanManage, platform: ThePlatform, work: WriteWork, board: Board
) -> AlarmRules:
    """Set all rules in sight; they hold at once."""
    return await AlarmService(work, actor, platform, board).replace_rules(wanted.items)


@router.post("/{alarm_id}/acknowledge")
async def acknowledge_alarm(
    alarm_id: str, actor: CanTakeOn, platform: ThePlatform, work: WriteWork, board: Board
) -> AlarmRead:
    """Take an alarm on (确认); who was first stays."""
    alarm = await AlarmService(work, actor, platform, board).acknowledge(alarm_id)
    return AlarmRead.model_validate(alarm)


@router.websocket("/events")
async def follow_alarms(socket: WebSocket, actor: CanView, platform: ThePlatform, board: Board) -> None:
    """Send `{"type": "snapshot", "running": […]}`, then `{"type": "alarm", "alarm": {…}}` for each that begins, changes or ends."""
    await stream(socket, actor, platform, _messages(board, actor))


def _read(alarm: Alarm | AlarmRow, actor: Actor) -> AlarmRead:
    """An alarm as the actor may read it."""
    read = AlarmRead.model_validate(alarm)
    if actor.may(Permission.LIVE_VIEW) or actor.may(Permission.ALARMS_MANAGE):
        return read
    hidden = {"acknowledged_by": "", "acknowledged_name": _surname(read.acknowledged_name)}
    if read.scope is Scope.AGENT:
        number, _, name = read.target_name.partition(" ")
        hidden["target_name"] = f"{number} {_surname(name)}"
    return read.model_copy(update=hidden)


def _surname(name: str) -> str:
    return f"{name[:1]}*" if name else ""


async def _messages(board: AlarmBoard, actor: Actor) -> AsyncIterator[bytes]:
    with board.following(actor) as alarms:
        running = [_read(alarm, actor) for alarm in board.running(actor)]
        yield AlarmMessage(type="snapshot", running=running).model_dump_json().encode()
        async for alarm in alarms:
            message = AlarmMessage(type="alarm", alarm=_read(alarm, actor))
            yield message.model_dump_json(exclude={"running"}).encode()
