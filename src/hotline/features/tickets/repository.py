"""Queries of tickets. Staff of the centre see the tickets of their organisations; a department sees those that are or were with it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.core.tickets.flow import ACTIVE, PAUSED
from hotline.features.tickets.models import (
    SEARCH_TABLE,
    Ticket,
    TicketAttachment,
    TicketChannel,
    TicketCounter,
    TicketDelivery,
    TicketStay,
    TicketStep,
    TicketType,
    TicketView,
)
from hotline.platform import fulltext
from hotline.platform.access import Use
from hotline.platform.actor import Repository, authority_in_sight, make_cursor, read_cursor
from hotline.platform.people import ROOT_AUTHORITY, Organisation, User
from hotline.platform.permissions import Permission

COUNT_MOST = 10_000
OURS = "ours"
"""As a department of a filter: every one of the actor's."""
_TREE_DEEP = 12
_ACTIVE = sorted(str(state) for state in ACTIVE)
_PAUSED = sorted(str(state) for state in PAUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketFilter:
    """What a list is narrowed to; None and "" are no filter. `light`: amber or red at `now`; `mine`: owner or maker is this user."""

    words: str = ""
    states: tuple[str, ...] = ()
    type_id: str | None = None
    category: str | None = None
    source: str | None = None
    urgency: str | None = None
    department_id: str | None = None
    owner_id: str | None = None
    customer_id: str | None = None
    number: str | None = None
    light: str | None = None
    supervised: bool | None = None
    start: datetime | None = None
    end: datetime | None = None
    now: datetime | None = None

    @property
    def most_urgent_first(self) -> bool:
        """Whether the list stands in the order of deadlines."""
        return self.light in {"amber", "red"}

    @property
    def dated(self) -> bool:
        """Whether the time a ticket was made narrows the list; words narrow it more."""
        return (self.start is not None or self.end is not None) and not self.words


class TicketRepository(Repository[Ticket]):
    """Tickets."""

    model = Ticket

    def in_sight(self) -> ColumnElement[bool] | None:
        """The centre's own tickets, and for a department those that are or were with it."""
        own = authority_in_sight(Ticket.authority_id, self.actor)
        if not self.actor.may(Permission.TICKETS_DEPARTMENT):
            return own
        department = self._with_department()
        if not self.actor.may(Permission.TICKETS_VIEW):
            return department
        return None if own is None or department is None else or_(own, department)

    def _with_department(self) -> ColumnElement[bool] | None:
        if self.actor.authorities is None:
            return None
        seen = sorted(self.actor.authorities)
        if not seen:
            return false()
        stayed = exists().where(TicketStay.ticket_id == Ticket.id, TicketStay.department_id.in_(seen))
        return or_(Ticket.department_id.in_(seen), stayed)

    def held(self) -> ColumnElement[bool]:
        """Those that are now with a department of the actor's; not those that were and went on."""
        if self.actor.authorities is None:
            return Ticket.department_id.is_not(None)
        return Ticket.department_id.in_(sorted(self.actor.authorities))

    def filtered(self, wanted: TicketFilter) -> Select[Ticket]:
        """The tickets of a filter."""
        chosen = self.query()
        hidden = _unindexed if wanted.dated else _as_it_is
        for column, value in (
            (Ticket.type_id, wanted.type_id),
            (Ticket.category, wanted.category),
            (Ticket.source, wanted.source),
            (Ticket.urgency, wanted.urgency),
            (Ticket.owner_id, wanted.owner_id),
            (Ticket.customer_id, wanted.customer_id),
        ):
            if value:
                chosen = chosen.where(hidden(column) == value)
        if wanted.department_id == OURS:
            chosen = chosen.where(self.held())
        elif wanted.department_id:
            chosen = chosen.where(hidden(Ticket.department_id) == wanted.department_id)
        if wanted.states:
            chosen = chosen.where(hidden(Ticket.state).in_(wanted.states))
        if wanted.number:
            chosen = chosen.where(or_(Ticket.number == wanted.number, Ticket.contact == wanted.number))
        if wanted.supervised is not None:
            chosen = chosen.where(Ticket.supervised.is_(wanted.supervised))
        if wanted.start is not None:
            chosen = chosen.where(Ticket.created_at >= wanted.start)
        if wanted.end is not None:
            chosen = chosen.where(Ticket.created_at < wanted.end)
        if wanted.light:
            assert wanted.now is not None
            chosen = chosen.where(light_is(wanted.light, wanted.now))
        return chosen

    async def page(self, wanted: TicketFilter, cursor: str | None, limit: int) -> list[Ticket]:
        """One page, newest first; overdue and amber ones the most urgent first.

        Which tickets is settled on an index alone; whole ones are read for the page only.
        """
        chosen = self.searched(wanted)
        order: tuple[Any, ...] = (Ticket.seq.desc(),)
        if wanted.most_urgent_first:
            order = (Ticket.due_at, Ticket.seq)
        elif wanted.dated:
            order = (Ticket.created_at.desc(), Ticket.seq.desc())
        if cursor and wanted.dated:
            at, seq = read_cursor(cursor, 2)
            place = tuple_(Ticket.created_at, Ticket.seq)
            chosen = chosen.where(place < tuple_(datetime.fromisoformat(at), int(seq)))
        elif cursor:
            chosen = chosen.where(Ticket.seq < int(read_cursor(cursor, 1)[0]))
        first = chosen.with_only_columns(Ticket.seq).order_by(*order).limit(limit).subquery()
        page = select(Ticket).where(Ticket.seq.in_(select(first.c.seq))).order_by(*order)
        return list(await self.session.scalars(page))

    async def piece(self, wanted: TicketFilter, cursor: str | None, limit: int) -> list[Ticket]:
        """The next tickets of a filter, newest first whatever their light: changes meanwhile neither repeat nor skip one."""
        steady = self.searched(wanted)
        if cursor:
            steady = steady.where(Ticket.seq < int(read_cursor(cursor, 1)[0]))
        return list(await self.session.scalars(steady.order_by(Ticket.seq.desc()).limit(limit)))

    async def exact_total(self, wanted: TicketFilter) -> int:
        """How many, however many."""
        chosen = self.searched(wanted).with_only_columns(Ticket.seq).subquery()
        return await self.session.scalar(select(func.count()).select_from(chosen)) or 0

    def cursor_after(self, wanted: TicketFilter, row: Ticket) -> str:
        """The cursor that stands after a ticket of a list."""
        if wanted.dated:
            return make_cursor(row.created_at.isoformat(), str(row.seq))
        return make_cursor(str(row.seq))

    def searched(self, wanted: TicketFilter) -> Select[Ticket]:
        """The tickets of a filter and its words."""
        chosen = self.filtered(wanted)
        dialect = self.session.get_bind().dialect.name
        found = fulltext.matching(dialect, SEARCH_TABLE, wanted.words, Ticket.__table__.c.seq)
        return chosen if found is None else chosen.where(found)

    async def count_some(self, wanted: Mapping[str, ColumnElement[bool]]) -> dict[str, int]:
        """How many of each, counted up to `COUNT_MOST`: one question, each part of which stands on an index of its own."""
        base = self.query().with_only_columns(Ticket.seq)
        parts = [
            select(func.count())
            .select_from(base.where(condition).limit(COUNT_MOST).subquery(f"{name}_tickets"))
            .scalar_subquery()
            .label(name)
            for name, condition in wanted.items()
        ]
        return dict((await self.session.execute(select(*parts))).one()._mapping)

    async def by_number(self, number: str) -> Ticket | None:
        """A ticket by its number or id."""
        return await self.first(or_(Ticket.number == number, Ticket.id == number))

    async def steps_of(self, ticket_id: str) -> list[TicketStep]:
        """The history, oldest first."""
        chosen = select(TicketStep).where(TicketStep.ticket_id == ticket_id)
        return list(await self.session.scalars(chosen.order_by(TicketStep.at, TicketStep.id)))

    async def stays_of(self, ticket_id: str) -> list[TicketStay]:
        """Stays in departments, oldest first."""
        chosen = select(TicketStay).where(TicketStay.ticket_id == ticket_id).order_by(TicketStay.at)
        return list(await self.session.scalars(chosen))

    async def open_stay(self, ticket_id: str) -> TicketStay | None:
        """The stay that has not ended."""
        chosen = select(TicketStay).where(TicketStay.ticket_id == ticket_id, TicketStay.ended_at.is_(None))
        return await self.session.scalar(chosen.limit(1))

    async def attachments_of(self, ticket_id: str) -> list[TicketAttachment]:
        """Files that were not removed, oldest first."""
        chosen = select(TicketAttachment).where(
            TicketAttachment.ticket_id == ticket_id, TicketAttachment.removed_at.is_(None)
        )
        return list(await self.session.scalars(chosen.order_by(TicketAttachment.at)))


def _as_it_is(column: Any) -> Any:
    return column


def _unindexed(column: Any) -> ColumnElement[str]:
    """The same value, so that a database goes through the days in order and not through all tickets of a state."""
    return func.coalesce(column, "")


def light_is(light: str, now: datetime) -> ColumnElement[bool]:
    """The condition that an active ticket shows this light."""
    active = Ticket.state.in_(_ACTIVE)
    match light:
        case "red":
            return and_(active, Ticket.due_at <= now)
        case "amber":
            return and_(active, Ticket.amber_at <= now, Ticket.due_at > now)
        case "waiting":
            return Ticket.state.in_(_PAUSED)
        case _:
            return and_(active, or_(Ticket.amber_at > now, Ticket.due_at.is_(None)))


class TypeRepository(Repository[TicketType]):
    """Types of tickets."""

    model = TicketType

    async def usable(self) -> list[TicketType]:
        """Active types of the actor's sight and of the organisations above, in their order."""
        above = await ancestors(self.session, self.actor.authority_id)
        condition = self.in_sight()
        chosen = select(TicketType).where(TicketType.active)
        if condition is not None:
            chosen = chosen.where(or_(condition, TicketType.authority_id.in_(above)))
        return list(await self.session.scalars(chosen.order_by(TicketType.position, TicketType.name)))

    async def require_usable(self, type_id: str) -> TicketType | None:
        """A type that can be used here."""
        return next((one for one in await self.usable() if one.id == type_id), None)


class ViewRepository(Repository[TicketView]):
    """Saved filters."""

    model = TicketView

    async def visible(self) -> list[TicketView]:
        """One's own, and those shared in the person's organisation."""
        shared = and_(TicketView.shared, TicketView.authority_id == self.actor.authority_id)
        own = TicketView.user_id == self.actor.user_id
        return await self.all(or_(own, shared), order_by=[TicketView.name])


async def ancestors(session: AsyncSession, organisation_id: str) -> list[str]:
    """The organisation and those above it."""
    found: list[str] = []
    here: str | None = organisation_id
    while here is not None and here not in found and len(found) < _TREE_DEEP:
        found.append(here)
        here = await session.scalar(select(Organisation.parent_id).where(Organisation.id == here))
    return found


async def organisation_names(session: AsyncSession, ids: Collection[str]) -> dict[str, str]:
    """Names of organisations by id."""
    chosen = select(Organisation.id, Organisation.name).where(Organisation.id.in_(ids))
    return {row.id: row.name for row in await session.execute(chosen)} if ids else {}


async def type_names(session: AsyncSession, ids: Collection[str]) -> dict[str, str]:
    """Names of types by id."""
    chosen = select(TicketType.id, TicketType.name).where(TicketType.id.in_(ids))
    return {row.id: row.name for row in await session.execute(chosen)} if ids else {}


async def user_names(session: AsyncSession, ids: Collection[str]) -> dict[str, str]:
    """Names of people by id."""
    chosen = select(User.id, User.name).where(User.id.in_(ids))
    return {row.id: row.name for row in await session.execute(chosen)} if ids else {}


async def departments_below(session: AsyncSession, organisation_id: str) -> list[Organisation]:
    """Active organisations below one, at any depth, by name; and those beside it where it has none below."""
    rows = list(await session.scalars(select(Organisation).where(Organisation.active)))
    found: list[Organisation] = []
    layer = {organisation_id}
    for _ in range(_TREE_DEEP):
        below = [row for row in rows if row.parent_id in layer]
        if not below:
            break
        found += below
        layer = {row.id for row in below}
    return sorted(found, key=lambda row: row.name)


async def count_up(session: AsyncSession, name: str) -> int:
    """Count a counter one up and return it; writers of one counter take turns."""
    counted = (
        update(TicketCounter)
        .where(TicketCounter.name == name)
        .values(count=TicketCounter.count + 1)
        .returning(TicketCounter.count)
    )
    found = await session.scalar(counted)
    if found is None:  # the first of the day; another may be quicker, and is waited for
        insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
        blank = {"name": name, "count": 0, "authority_id": ROOT_AUTHORITY}
        await session.execute(insert(TicketCounter).values(blank).on_conflict_do_nothing())
        found = await session.scalar(counted)
    assert found is not None, "it is there now"
    return found


async def channels_for(session: AsyncSession, authority_id: str) -> list[TicketChannel]:
    """Active channels of an organisation and of those above it."""
    above = await ancestors(session, authority_id)
    chosen = select(TicketChannel).where(TicketChannel.active, TicketChannel.authority_id.in_(above))
    return list(await session.scalars(chosen))


async def uses_by_tickets(session: AsyncSession, kind: str, thing: str) -> list[Use]:
    """What of tickets refers to a department or a calendar: types, and open tickets (as one use that says how many)."""
    match kind:
        case "organisation":
            chosen = select(func.count()).where(Ticket.department_id == thing, Ticket.state.in_(_ACTIVE))
            count = await session.scalar(chosen) or 0
            open_ones = (
                [Use(kind="ticket", id=thing, name=f"{count} 张未办结的工单（请先改派）")] if count else []
            )
            types = select(TicketType).where(TicketType.active, TicketType.default_department_id == thing)
            return open_ones + _uses(list(await session.scalars(types)))
        case "hours":
            types = select(TicketType).where(TicketType.active, TicketType.hours_id == thing)
            return _uses(list(await session.scalars(types)))
        case _:
            return []


def _uses(rows: Sequence[TicketType]) -> list[Use]:
    return [Use(kind="ticket_type", id=row.id, name=f"工单类型“{row.name}”") for row in rows]


async def organisation_is_known(session: AsyncSession, organisation_id: str) -> bool:
    """Whether an organisation is there and active."""
    row = await session.get(Organisation, organisation_id)
    return row is not None and row.active


class ChannelRepository(Repository[TicketChannel]):
    """Channels."""

    model = TicketChannel

    async def states(self, ids: Collection[str]) -> dict[str, tuple[int, str]]:
        """How many deliveries wait, and the newest problem among them, by channel."""
        found: dict[str, tuple[int, str]] = {}
        chosen = (
            select(TicketDelivery)
            .where(TicketDelivery.channel_id.in_(ids), TicketDelivery.state != "sent")
            .order_by(TicketDelivery.created_at)
            .limit(COUNT_MOST)
        )
        for row in await self.session.scalars(chosen):
            waiting = found.get(row.channel_id, (0, ""))[0]
            found[row.channel_id] = waiting + (row.state == "queued"), row.problem
        return found
