"""Short messages in a customer's story."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.features.sms.models import SmsInbound, SmsMessage
from hotline.platform.actor import Actor, authority_in_sight
from hotline.platform.contacts import Subject, TimelineEntry

_STATES = {
    "queued": "待发送",
    "sending": "发送中",
    "sent": "已发出",
    "delivered": "已送达",
    "failed": "失败",
    "uncertain": "待核实",
    "cancelled": "已取消",
}


async def timeline(
    session: AsyncSession, actor: Actor, subject: Subject, before: datetime | None, limit: int
) -> Sequence[TimelineEntry]:
    """Messages from and to a customer's numbers, newest first."""
    if not subject.numbers:
        return []
    sent = select(SmsMessage).where(SmsMessage.recipient.in_(subject.numbers))
    got = select(SmsInbound).where(SmsInbound.sender.in_(subject.numbers))
    for_sent = authority_in_sight(SmsMessage.authority_id, actor)
    for_got = authority_in_sight(SmsInbound.authority_id, actor)
    if for_sent is not None and for_got is not None:
        sent, got = sent.where(for_sent), got.where(for_got)
    if before is not None:
        sent, got = sent.where(SmsMessage.created_at < before), got.where(SmsInbound.at < before)
    entries = [
        TimelineEntry(
            at=row.created_at,
            kind="message",
            id=row.id,
            title="短信发出",
            text=row.shown_text,
            state=_STATES[row.state],
            ref=f"/sms?id={row.id}",
        )
        for row in await session.scalars(sent.order_by(SmsMessage.created_at.desc()).limit(limit))
    ]
    entries += [
        TimelineEntry(
            at=row.at, kind="message", id=row.id, title="短信来信", text=row.text, ref="/sms/received"
        )
        for row in await session.scalars(got.order_by(SmsInbound.at.desc()).limit(limit))
    ]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)[:limit]
