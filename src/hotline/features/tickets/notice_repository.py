"""Queries of notices, of deliveries that wait, and of tickets whose deadline wants looking at."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.core.tickets.flow import ACTIVE
from hotline.features.tickets.models import (
    Ticket,
    TicketChannel,
    TicketDelivery,
    TicketNotice,
    TicketNoticeRead,
)
from hotline.platform.actor import Actor
from hotline.platform.people import Organisation
from hotline.platform.permissions import Permission

_ACTIVE = sorted(str(state) for state in ACTIVE)


async def audiences_of(session: AsyncSession, actor: Actor) -> list[str]:
    """What a person is addressed as: themselves, their departments, the leaders of what they see."""
    found = [f"user:{actor.user_id}"]
    kinds = [
        prefix
        for prefix, permission in (("department", Permission.TICKETS_DEPARTMENT), ("leaders", Permission.TICKETS_LEAD))
        if actor.may(permission)
    ]  # fmt: skip
    if kinds:
        seen = actor.authorities
        if seen is None:
            seen = frozenset(await session.scalars(select(Organisation.id)))
        found += [f"{kind}:{one}" for kind in kinds for one in sorted(seen)]
    return found


def _unread(actor: Actor) -> ColumnElement[bool]:
    read = exists().where(
        TicketNoticeRead.notice_id == TicketNotice.id, TicketNoticeRead.user_id == actor.user_id
    )
    return ~read


async def notices_of(session: AsyncSession, actor: Actor, limit: int) -> list[tuple[TicketNotice, bool]]:
    """The newest notices of a person, each with whether it was read."""
    audiences = await audiences_of(session, actor)
    chosen = (
        select(TicketNotice, _unread(actor))
        .where(TicketNotice.audience.in_(audiences))
        .order_by(TicketNotice.at.desc(), TicketNotice.id.desc())
        .limit(limit)
    )
    return [(row, not unread) for row, unread in await session.execute(chosen)]


async def unread_of(session: AsyncSession, actor: Actor) -> list[str]:
    """Ids of notices a person has not read, the newest 500."""
    audiences = await audiences_of(session, actor)
    chosen = select(TicketNotice.id).where(TicketNotice.audience.in_(audiences), _unread(actor))
    return list(await session.scalars(chosen.order_by(TicketNotice.at.desc()).limit(500)))


async def mark_read(session: AsyncSession, actor: Actor, ids: Sequence[str]) -> None:
    """Note that a person has read these."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    rows = [{"notice_id": one, "user_id": actor.user_id, "authority_id": actor.authority_id} for one in ids]
    if rows:
        await session.execute(insert(TicketNoticeRead).values(rows).on_conflict_do_nothing())


async def due_for_check(session: AsyncSession, now: datetime, limit: int) -> list[Ticket]:
    """Active tickets that have become amber or overdue and of whom nobody was told yet."""
    chosen = select(Ticket).where(Ticket.next_check_at <= now, Ticket.state.in_(_ACTIVE))
    return list(await session.scalars(chosen.order_by(Ticket.next_check_at).limit(limit)))


async def next_check(session: AsyncSession) -> datetime | None:
    """When the next ticket becomes amber or overdue."""
    return await session.scalar(select(func.min(Ticket.next_check_at)).where(Ticket.state.in_(_ACTIVE)))


async def active_after(session: AsyncSession, seq: int, limit: int) -> list[Ticket]:
    """Active tickets with a calendar, in the order of their numbers."""
    chosen = select(Ticket).where(
        Ticket.seq > seq, Ticket.state.in_(_ACTIVE), Ticket.rule_hours_id.is_not(None)
    )
    return list(await session.scalars(chosen.order_by(Ticket.seq).limit(limit)))


async def waiting_deliveries(
    session: AsyncSession, now: datetime, limit: int
) -> list[tuple[TicketDelivery, TicketChannel]]:
    """Deliveries that are due, each with its channel, oldest first."""
    chosen = (
        select(TicketDelivery, TicketChannel)
        .join(TicketChannel, TicketChannel.id == TicketDelivery.channel_id)
        .where(TicketDelivery.state == "queued", TicketDelivery.next_at <= now)
        .order_by(TicketDelivery.next_at)
        .limit(limit)
    )
    return [(delivery, channel) for delivery, channel in await session.execute(chosen)]


async def next_delivery(session: AsyncSession) -> datetime | None:
    """When the next delivery is due."""
    return await session.scalar(
        select(func.min(TicketDelivery.next_at)).where(TicketDelivery.state == "queued")
    )
