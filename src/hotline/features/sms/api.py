"""Routes of short messages (短信): outbox, citizens' messages, numbers that are not written to."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from hotline.features.sms.models import SmsGatewayRow, SmsInbound, SmsMessage
from hotline.features.sms.repository import (
    BlockedRepository,
    GatewayRepository,
    InboundRepository,
    MessageFilter,
    MessageRepository,
)
from hotline.features.sms.schemas import (
    SmsBlockedFields,
    SmsBlockedList,
    SmsBlockedRead,
    SmsCounts,
    SmsInboundPage,
    SmsInboundRead,
    SmsMessagePage,
    SmsMessageRead,
    SmsPartRead,
    SmsSend,
)
from hotline.features.sms.service import MessageService
from hotline.features.sms.worker import OutboxWorker
from hotline.platform.access import ReadSession, ThePlatform, WriteWork, provided, require
from hotline.platform.actor import Actor, make_cursor
from hotline.platform.masking import masked
from hotline.platform.permissions import Permission
from hotline.platform.schemas import Limit
from hotline.platform.times import moment
from hotline.ports.sms import SmsState

router = APIRouter(prefix="/sms", tags=["sms"])

CanViewSms = Annotated[Actor, Depends(require(Permission.SMS_VIEW))]
CanSendSms = Annotated[Actor, Depends(require(Permission.SMS_SEND))]
CanManageSms = Annotated[Actor, Depends(require(Permission.SMS_MANAGE))]
Worker = Annotated[OutboxWorker, Depends(provided(OutboxWorker))]
Words = Annotated[str, Query(max_length=64)]


def _shown(actor: Actor, number: str) -> str:
    """Numbers are whole for those who may write to them."""
    return number if actor.may(Permission.SMS_SEND) or actor.may(Permission.SMS_MANAGE) else masked(number)


def _read(actor: Actor, row: SmsMessage, names: dict[str, str]) -> SmsMessageRead:
    read = SmsMessageRead.model_validate(row)
    changes = {"recipient": _shown(actor, row.recipient), "text": row.shown_text}
    changes["gateway_name"] = names.get(row.gateway_id, "")
    return read.model_copy(update=changes)


async def _gateway_names(session: ReadSession, actor: Actor) -> dict[str, str]:
    return {row.id: row.name for row in await GatewayRepository(session, actor).all()}


@router.get("/messages")
async def list_sms_messages(
    actor: CanViewSms,
    session: ReadSession,
    state: Annotated[list[SmsState] | None, Query()] = None,
    purpose: Words = "",
    number: Words = "",
    q: Words = "",
    reference_id: Words = "",
    since: Annotated[datetime | None, Query(alias="from")] = None,
    until: Annotated[datetime | None, Query(alias="to")] = None,
    cursor: str | None = None,
    limit: Limit = 50,
) -> SmsMessagePage:
    """The outbox, newest first."""
    wanted = MessageFilter(
        states=state or (),
        purpose=purpose,
        number=number.strip(),
        words=q.strip(),
        reference_id=reference_id,
        since=moment(since),
        until=moment(until),
    )
    rows = await MessageRepository(session, actor).search(wanted, cursor, limit)
    names = await _gateway_names(session, actor)
    following = make_cursor(rows[limit - 1].id) if len(rows) > limit else None
    return SmsMessagePage(items=[_read(actor, row, names) for row in rows[:limit]], next_cursor=following)


@router.get("/messages/{message_id}")
async def get_sms_message(message_id: str, actor: CanViewSms, session: ReadSession) -> SmsMessageRead:
    """One message with its parts."""
    messages = MessageRepository(session, actor)
    row = await messages.require(message_id)
    parts = [SmsPartRead.model_validate(part) for part in await messages.parts_of(row.id)]
    read = _read(actor, row, await _gateway_names(session, actor))
    return read.model_copy(update={"taken": parts})


@router.post("/messages", status_code=201)
async def send_sms(
    wanted: SmsSend, actor: CanSendSms, platform: ThePlatform, work: WriteWork
) -> SmsMessageRead:
    """Write a message to a citizen."""
    row = await MessageService(work, actor, platform).write(wanted.to, wanted.text, wanted.request_id)
    return _read(actor, row, {})


@router.post("/messages/{message_id}/resend", status_code=201)
async def resend_sms(
    message_id: str, actor: CanSendSms, platform: ThePlatform, work: WriteWork
) -> SmsMessageRead:
    """Send a failed, cancelled or uncertain message once more, as a new one; a second time is refused."""
    return _read(actor, await MessageService(work, actor, platform).resend(message_id), {})


@router.post("/messages/{message_id}/cancel")
async def cancel_sms(
    message_id: str, actor: CanSendSms, platform: ThePlatform, work: WriteWork
) -> SmsMessageRead:
    """Call off a message that has not left yet."""
    return _read(actor, await MessageService(work, actor, platform).cancel(message_id), {})


@router.get("/counts")
async def count_sms(actor: CanViewSms, session: ReadSession, worker: Worker) -> SmsCounts:
    """What stands in the outbox, and what ails the gateways."""
    rows: list[SmsGatewayRow] = [
        row for row in await GatewayRepository(session, actor).in_order() if row.active
    ]
    problems = [f"{row.name}：{why}" for row in rows if (why := worker.problem_of(row.id))]
    unseen = await InboundRepository(session, actor).count(SmsInbound.seen.is_(False))
    return SmsCounts(
        states=await MessageRepository(session, actor).counts(),
        unseen_received=unseen,
        gateways=len(rows),
        problems=problems,
    )


@router.get("/received")
async def list_received_sms(
    actor: CanViewSms, session: ReadSession, number: Words = "", cursor: str | None = None, limit: Limit = 50
) -> SmsInboundPage:
    """Citizens' messages, newest first."""
    rows = await InboundRepository(session, actor).search(number.strip(), cursor, limit)
    items = [
        SmsInboundRead.model_validate(row).model_copy(update={"sender": _shown(actor, row.sender)})
        for row in rows[:limit]
    ]
    following = make_cursor(rows[limit - 1].id) if len(rows) > limit else None
    return SmsInboundPage(items=items, next_cursor=following)


@router.post("/received/{inbound_id}/seen", status_code=204)
async def mark_sms_seen(inbound_id: str, actor: CanSendSms, work: WriteWork) -> None:
    """Somebody has looked at a citizen's message."""
    (await InboundRepository(work.session, actor).require(inbound_id)).seen = True


@router.get("/blocked")
async def list_blocked_numbers(actor: CanViewSms, session: ReadSession, number: Words = "") -> SmsBlockedList:
    """Numbers that are not written to: blocked by a person, or opted out."""
    rows = await BlockedRepository(session, actor).all(number.strip())
    return SmsBlockedList(
        items=[
            SmsBlockedRead.model_validate(row).model_copy(update={"number": _shown(actor, row.number)})
            for row in rows
        ]
    )


@router.post("/blocked", status_code=201)
async def block_number(
    wanted: SmsBlockedFields, actor: CanManageSms, platform: ThePlatform, work: WriteWork
) -> SmsBlockedRead:
    """Never write to a number."""
    row = await MessageService(work, actor, platform).block(wanted.number, wanted.note)
    return SmsBlockedRead.model_validate(row)


@router.delete("/blocked/{number}", status_code=204)
async def unblock_number(number: str, actor: CanManageSms, platform: ThePlatform, work: WriteWork) -> None:
    """Write to a number again."""
    await MessageService(work, actor, platform).unblock(number)
