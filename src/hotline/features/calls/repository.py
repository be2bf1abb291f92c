"""Queries of the call list, scoped by the actor's authorities and by whether they may see others' calls."""

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.core.ids import AgentId, AuthorityId, CallId
from hotline.features.calls.models import CallQueue, CallRecord, CallTalk, MissedOffer, Recording
from hotline.platform.actor import Actor, Repository, authority_in_sight, read_cursor
from hotline.platform.errors import Invalid
from hotline.platform.people import Agent, User
from hotline.platform.permissions import Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFilter:
    """What the list is narrowed to; None: everything. `number` matches part of the caller's or the called number."""

    start: datetime | None = None
    end: datetime | None = None
    number: str | None = None
    agent: str | None = None
    queue: str | None = None
    hotline: str | None = None
    direction: str | None = None
    disposition: str | None = None
    has_recording: bool | None = None
    test: bool | None = None


class Calls(Repository[CallRecord]):
    """The call list."""

    model = CallRecord

    def __init__(self, session: AsyncSession, actor: Actor) -> None:
        super().__init__(session, actor)
        self._own_only = not actor.may(Permission.CALLS_READ)

    def query(self) -> Select[CallRecord]:
        """Every call in sight; for people who may see only their own, those in which they talked."""
        chosen = super().query()
        if self._own_only:
            chosen = chosen.where(_talked(self.actor.user_id))
        return chosen

    async def page(self, wanted: CallFilter, cursor: str | None, limit: int) -> list[CallRecord]:
        """Return calls newest first after `cursor`."""
        chosen = self.query().where(*_conditions(wanted))
        if cursor is not None:
            chosen = chosen.where(_older_than(cursor))
        ordered = chosen.order_by(CallRecord.started_at.desc(), CallRecord.id.desc())
        return list(await self.session.scalars(ordered.limit(limit)))

    async def total(self, wanted: CallFilter) -> int:
        """Count the calls that the filter lets through."""
        chosen = self.query().where(*_conditions(wanted)).subquery()
        return await self.session.scalar(select(func.count()).select_from(chosen)) or 0

    async def stream(self, wanted: CallFilter, most: int) -> AsyncIterator[CallRecord]:
        """Yield calls newest first, `most` at most, without holding them all."""
        chosen = (
            self.query()
            .where(*_conditions(wanted))
            .order_by(CallRecord.started_at.desc(), CallRecord.id.desc())
        )
        rows: Any = await self.session.stream_scalars(chosen.limit(most).execution_options(yield_per=500))
        async for row in rows:
            yield row

    async def queues_of(self, calls: Collection[str]) -> list[tuple[str, str]]:
        """Return (call, queue) of these calls in the order of entering."""
        chosen = select(CallQueue.call_id, CallQueue.queue_id).where(CallQueue.call_id.in_(calls))
        return [(a, b) for a, b in await self.session.execute(chosen.order_by(CallQueue.entered_at))]

    async def agents_of(self, calls: Collection[str]) -> list[tuple[str, str]]:
        """Return (call, agent) of these calls in the order of talks."""
        chosen = select(CallTalk.call_id, CallTalk.agent_id).where(CallTalk.call_id.in_(calls))
        return [(a, b) for a, b in await self.session.execute(chosen.order_by(CallTalk.started_at))]

    async def recordings_of(self, call_id: str) -> list[Recording]:
        """Return the recordings of a call that is in sight."""
        chosen = select(Recording).where(Recording.call_id == call_id).order_by(Recording.started_at)
        return list(await self.session.scalars(chosen))


def _older_than(cursor: str) -> ColumnElement[bool]:
    moment, call_id = read_cursor(cursor, 2)
    try:
        at = datetime.fromisoformat(moment).astimezone(UTC)
    except (ValueError, OverflowError) as broken:
        raise Invalid("cursor", "游标无效") from broken
    return or_(CallRecord.started_at < at, and_(CallRecord.started_at == at, CallRecord.id < call_id))


def _talked(agent_id: str) -> ColumnElement[bool]:
    return exists().where(CallTalk.call_id == CallRecord.id, CallTalk.agent_id == agent_id)


def _conditions(wanted: CallFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.start is not None:
        conditions.append(CallRecord.started_at >= wanted.start)
    if wanted.end is not None:
        conditions.append(CallRecord.started_at < wanted.end)
    if wanted.number:
        conditions.append(
            or_(
                CallRecord.ani.contains(wanted.number, autoescape=True),
                CallRecord.dnis.contains(wanted.number, autoescape=True),
            )
        )
    if wanted.agent:
        conditions.append(_talked(wanted.agent))
    if wanted.queue:
        conditions.append(
            exists().where(CallQueue.call_id == CallRecord.id, CallQueue.queue_id == wanted.queue)
        )
    if wanted.has_recording is not None:
        conditions.append(CallRecord.has_recording.is_(wanted.has_recording))
    if wanted.test is not None:
        conditions.append(CallRecord.test.is_(wanted.test))
    for column, value in (
        (CallRecord.hotline_id, wanted.hotline),
        (CallRecord.direction, wanted.direction),
        (CallRecord.disposition, wanted.disposition),
    ):
        if value:
            conditions.append(column == value)
    return conditions


# ── for the desk (ports.call_history) ────────────────────────────────────────────────────────────────────────


async def earlier_calls(
    session: AsyncSession, number: str, authorities: frozenset[AuthorityId] | None, but: CallId, limit: int
) -> list[CallRecord]:
    """Return the newest calls from or to a number in sight."""
    chosen = select(CallRecord).where(
        or_(CallRecord.ani == number, CallRecord.dnis == number),
        CallRecord.id != but,
        CallRecord.disposition.is_not(None),
    )
    if authorities is not None:
        chosen = chosen.where(CallRecord.authority_id.in_(authorities))
    return list(await session.scalars(chosen.order_by(CallRecord.started_at.desc()).limit(limit)))


async def calls_with(
    session: AsyncSession, actor: Actor, numbers: Collection[str], before: datetime | None, limit: int
) -> list[CallRecord]:
    """Return the newest calls from or to any of the numbers in sight."""
    chosen = select(CallRecord).where(or_(CallRecord.ani.in_(numbers), CallRecord.dnis.in_(numbers)))
    condition = authority_in_sight(CallRecord.authority_id, actor)
    chosen = chosen if condition is None else chosen.where(condition)
    if before is not None:
        chosen = chosen.where(CallRecord.started_at < before)
    return list(await session.scalars(chosen.order_by(CallRecord.started_at.desc()).limit(limit)))


async def last_of_calls(
    session: AsyncSession, calls: Collection[str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Return for each call its last queue and its last agent."""
    queues = select(CallQueue.call_id, CallQueue.queue_id).where(CallQueue.call_id.in_(calls))
    agents = select(CallTalk.call_id, CallTalk.agent_id).where(CallTalk.call_id.in_(calls))
    queue_rows = await session.execute(queues.order_by(CallQueue.entered_at))
    agent_rows = await session.execute(agents.order_by(CallTalk.started_at))
    return {row[0]: row[1] for row in queue_rows}, {row[0]: row[1] for row in agent_rows}


async def count_today(
    session: AsyncSession, agent_id: AgentId, since: datetime
) -> tuple[int, int, list[tuple[datetime, datetime]]]:
    """Return the agent's inbound and outbound talks begun since then, and the stretches of those that are over."""
    chosen = select(
        func.count(case((CallTalk.direction == "inbound", 1))),
        func.count(case((CallTalk.direction == "outbound", 1))),
    ).where(CallTalk.agent_id == agent_id, CallTalk.started_at >= since)
    inbound, outbound = (await session.execute(chosen)).one()
    stretches = select(CallTalk.started_at, CallTalk.ended_at).where(
        CallTalk.agent_id == agent_id, CallTalk.started_at >= since, CallTalk.ended_at.is_not(None)
    )
    over = [(start, end) for start, end in await session.execute(stretches) if end is not None]
    return inbound, outbound, over


async def count_missed(session: AsyncSession, agent_id: AgentId, since: datetime) -> int:
    """Return how many offers the agent let pass since then."""
    chosen = select(func.count()).where(MissedOffer.agent_id == agent_id, MissedOffer.at >= since)
    return await session.scalar(chosen) or 0


async def agent_names(session: AsyncSession) -> list[tuple[str, str, str]]:
    """Id, number and name of every agent there ever was, to name those in calls that are in sight already."""
    found = await session.execute(select(Agent.id, Agent.number, User.name).join(User, User.id == Agent.id))
    return [(agent_id, number, name) for agent_id, number, name in found]
