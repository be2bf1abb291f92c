"""People a ticket may be handed over to (转交): active, of the ticket's own organisation, with the right to work on tickets."""

from collections.abc import Sequence

from sqlalchemy import Row, Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.features.tickets.models import Ticket
from hotline.platform.people import Agent, Role, User
from hotline.platform.permissions import Permission

COLLEAGUES_MOST = 50


async def colleagues(session: AsyncSession, ticket: Ticket, words: str) -> Sequence[Row[str, str, str]]:
    """Id, name and work number of who may have the ticket and does not yet; `words`: of the name, or how the number begins.

    In the order of work numbers; who has none comes after them, by name.
    """
    chosen = (await _handlers(session, ticket)).where(User.id != (ticket.owner_id or ""))
    if words:
        named = User.name.contains(words, autoescape=True)
        chosen = chosen.where(or_(named, Agent.number.startswith(words, autoescape=True)))
    found = chosen.with_only_columns(User.id, User.name, func.coalesce(Agent.number, "").label("number"))
    return (
        await session.execute(
            found.order_by(Agent.number.is_(None), Agent.number, User.name, User.id).limit(COLLEAGUES_MOST)
        )
    ).all()


async def colleague(session: AsyncSession, ticket: Ticket, user_id: str) -> User | None:
    """The person, if the ticket may be theirs."""
    return await session.scalar((await _handlers(session, ticket)).where(User.id == user_id))


async def _handlers(session: AsyncSession, ticket: Ticket) -> Select[User]:
    roles = await session.scalars(select(Role))
    handling = [role.key for role in roles if Permission.TICKETS_HANDLE in role.permissions]
    numbered = (Agent.id == User.id) & Agent.active
    people = select(User).outerjoin(Agent, numbered)
    return people.where(User.authority_id == ticket.authority_id, User.active, User.role.in_(handling))
