"""Tickets on a customer's timeline (`platform.contacts`)."""

from datetime import datetime

from sqlalchemy import or_
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.core.tickets.flow import TicketState
from hotline.features.tickets.models import Ticket
from hotline.features.tickets.repository import TicketRepository
from hotline.features.tickets.words import CATEGORY_NAMES, STATE_NAMES
from hotline.platform.actor import Actor
from hotline.platform.contacts import Subject, TimelineEntry


async def tickets_of(
    session: AsyncSession, actor: Actor, subject: Subject, before: datetime | None, limit: int
) -> list[TimelineEntry]:
    """The newest tickets of a subject in sight, newest first: by customer, or by the number they left."""
    if not subject.customer_ids and not subject.numbers:
        return []
    chosen = TicketRepository(session, actor).query()
    chosen = chosen.where(
        or_(Ticket.customer_id.in_(subject.customer_ids), Ticket.contact.in_(subject.numbers))
    )
    if before is not None:
        chosen = chosen.where(Ticket.created_at < before)
    rows = await session.scalars(chosen.order_by(Ticket.created_at.desc()).limit(limit))
    return [
        TimelineEntry(
            at=row.created_at,
            kind="ticket",
            id=row.id,
            title=f"{CATEGORY_NAMES.get(row.category, '')} {row.title}".strip(),
            text=row.answer[:200],
            state=STATE_NAMES[TicketState(row.state)],
            who=row.number,
            ref=f"/tickets/{row.id}",
        )
        for row in rows
    ]
