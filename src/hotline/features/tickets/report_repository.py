"""Counts of tickets and complaints for reports 16 and 17: grouped sums over the tickets made in a period, in the actor's sight."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Integer, Select, and_, case, func, literal, or_, true
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.core.tickets.flow import ACTIVE
from hotline.features.tickets.models import Ticket, TicketStep
from hotline.features.tickets.repository import TicketRepository
from hotline.platform.actor import Actor
from hotline.platform.errors import Invalid
from hotline.platform.local_days import local_day

OFFSET: Final = timedelta(hours=8)
"""Local time of the site, ahead of UTC."""
GROUPS: Final[dict[str, Any]] = {
    "type": Ticket.type_id,
    "category": Ticket.category,
    "source": Ticket.source,
    "department": Ticket.department_id,
    "agent": Ticket.owner_id,
    "grade": Ticket.grade,
    "concerned": Ticket.concerned,
}
CELLS_MOST: Final = 100_000
_ACTIVE = sorted(str(state) for state in ACTIVE)
_FINISHED = ("answered", "closed")


def _seconds(dialect: str, start: Any, end: Any) -> ColumnElement[Any]:
    if dialect == "sqlite":
        return func.round((func.julianday(end) - func.julianday(start)) * 86400.0, 3)
    return func.extract("epoch", end - start)


def local_quarter(dialect: str) -> ColumnElement[Any]:
    """The quarter of an hour of the local day a ticket was made in, 0 to 95."""
    if dialect == "sqlite":
        hour = func.strftime("%H", Ticket.created_at, "+8 hours")
        minute = func.strftime("%M", Ticket.created_at, "+8 hours")
        return hour.cast(Integer) * 4 + minute.cast(Integer) // 15
    local = func.timezone("Asia/Shanghai", Ticket.created_at)
    return (func.extract("hour", local) * 4 + func.floor(func.extract("minute", local) / 15)).cast(Integer)


def _count(condition: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def counted(now: datetime) -> dict[str, ColumnElement[bool]]:
    """Which tickets a count is about, by its key; of what is added up, those that add something."""
    finished, active = Ticket.state.in_(_FINISHED), Ticket.state.in_(_ACTIVE)
    answered = Ticket.answered_at.is_not(None)
    return {
        "made": true(),
        "finished": finished,
        "open": active,
        "direct": and_(finished, Ticket.consulted.is_(False)),
        "consulted": and_(finished, Ticket.consulted),
        "in_time": Ticket.in_time.is_(True),
        "overdue": or_(Ticket.in_time.is_(False), and_(active, Ticket.due_at <= now)),
        "returned": Ticket.returned > 0,
        "reassigned": Ticket.reassigned > 0,
        "urged": Ticket.urged > 0,
        "reopened": Ticket.round > 1,
        "seconds": answered,
        "answered": answered,
        "valid": Ticket.verdict == "valid",
        "invalid": Ticket.verdict == "invalid",
        "second_round": Ticket.round > 1,
        "satisfied": Ticket.feedback == "satisfied",
        "asked": Ticket.feedback.in_(("satisfied", "unsatisfied")),
    }


def measures(dialect: str, now: datetime) -> dict[str, ColumnElement[Any]]:
    """Counts and sums by key; ratios are made of them on reading."""
    took = _seconds(dialect, Ticket.created_at, Ticket.answered_at)
    answered = Ticket.answered_at.is_not(None)
    return {
        **{key: _count(condition) for key, condition in counted(now).items()},
        "made": func.count(),
        "returned": func.coalesce(func.sum(Ticket.returned), 0),
        "reassigned": func.coalesce(func.sum(Ticket.reassigned), 0),
        "urged": func.coalesce(func.sum(Ticket.urged), 0),
        "seconds": func.coalesce(func.sum(case((answered, took), else_=literal(0.0))), 0),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Counts of a local day and quarter of an hour (0 where not asked for) and a group."""

    day: date | None
    quarter: int
    key: tuple[str, ...]
    counts: dict[str, float]


class TicketCounts(TicketRepository):
    """Counts over tickets in sight."""

    async def grouped(
        self,
        start: datetime,
        end: datetime,
        by: str,
        now: datetime,
        conditions: Sequence[ColumnElement[bool]] = (),
    ) -> list[tuple[str, dict[str, float]]]:
        """Counts by group ("" for none, "day" by local day, "total" for one row), the largest first; days in order."""
        dialect = self.session.get_bind().dialect.name
        wanted = measures(dialect, now)
        key: ColumnElement[Any] = (
            literal("")
            if by == "total"
            else local_day(dialect, Ticket.created_at)
            if by == "day"
            else GROUPS[by]
        )
        chosen = self._made(start, end).where(*conditions).with_only_columns(key, *wanted.values())
        if by != "total":
            chosen = chosen.group_by(key).order_by(key if by == "day" else func.count().desc())
        rows = await self.session.execute(chosen.limit(1000))
        return [
            (str(row[0] or ""), {name: float(row[n + 1] or 0) for n, name in enumerate(wanted)})
            for row in rows
        ]

    async def cells(
        self,
        start: datetime,
        end: datetime,
        by: Sequence[str],
        now: datetime,
        conditions: Sequence[ColumnElement[bool]],
        *,
        timed: Literal["", "day", "quarter"] = "",
    ) -> list[Cell]:
        """Counts by local day (`quarter`: and quarter of an hour) and groups, none left out.

        Raises:
            Invalid: there are more than anybody could look through.
        """
        dialect = self.session.get_bind().dialect.name
        wanted = measures(dialect, now)
        times = [local_day(dialect, Ticket.created_at)] if timed else []
        times += [local_quarter(dialect)] if timed == "quarter" else []
        keys = [*times, *(GROUPS[one] for one in by)]
        chosen = self._made(start, end).where(*conditions).with_only_columns(*keys, *wanted.values())
        if keys:
            chosen = chosen.group_by(*keys)
        rows = list(await self.session.execute(chosen.limit(CELLS_MOST + 1)))
        if len(rows) > CELLS_MOST:
            raise Invalid("grain", "分组太细，请缩短时间范围、选择更大的粒度或减少分组")
        return [
            Cell(
                day=date.fromisoformat(row[0]) if timed else None,
                quarter=int(row[1]) if timed == "quarter" else 0,
                key=tuple(str(one or "") for one in row[len(times) : len(keys)]),
                counts={name: float(row[len(keys) + n] or 0) for n, name in enumerate(wanted)},
            )
            for row in rows
        ]

    async def listed(
        self,
        start: datetime,
        end: datetime,
        conditions: Sequence[ColumnElement[bool]],
        offset: int,
        limit: int,
    ) -> tuple[list[Ticket], int]:
        """A page of the tickets that are counted, latest first, and how many there are."""
        chosen = self._made(start, end).where(*conditions)
        total = await self.session.scalar(chosen.with_only_columns(func.count())) or 0
        page = chosen.order_by(Ticket.created_at.desc(), Ticket.seq.desc()).offset(offset).limit(limit)
        return list(await self.session.scalars(page)), total

    async def values_of(
        self, start: datetime, end: datetime, type_id: str, most: int
    ) -> list[dict[str, Any]]:
        """The form values of the tickets of a type, for sums of its fields."""
        chosen = self._made(start, end).where(Ticket.type_id == type_id).with_only_columns(Ticket.values)
        return list(await self.session.scalars(chosen.limit(most)))

    async def measures_taken(
        self, start: datetime, end: datetime, most: int
    ) -> dict[str, tuple[datetime, str]]:
        """When measures were first entered for complaints about somebody, and which, by whom it concerned."""
        chosen = (
            self.query()
            .join(TicketStep, TicketStep.ticket_id == Ticket.id)
            .where(Ticket.category == "complaint", Ticket.concerned != "", TicketStep.action == "verify")
            .where(TicketStep.at >= start, TicketStep.at < end)
            .with_only_columns(Ticket.concerned, TicketStep.at, TicketStep.data)
            .order_by(TicketStep.at)
            .limit(most)
        )
        found: dict[str, tuple[datetime, str]] = {}
        for concerned, at, data in await self.session.execute(chosen):
            if data.get("measures"):
                found.setdefault(concerned, (at, str(data["measures"])))
        return found

    async def complaints_about(self, concerned: str, start: datetime, end: datetime) -> int:
        """How many complaints about somebody were made in a span."""
        chosen = self._made(start, end).where(Ticket.category == "complaint", Ticket.concerned == concerned)
        return await self.session.scalar(chosen.with_only_columns(func.count())) or 0

    def _made(self, start: datetime, end: datetime) -> Select[Any]:
        return self.query().where(
            Ticket.created_at >= start, Ticket.created_at < end, Ticket.state.not_in(("merged", "cancelled"))
        )


async def department_load(session: AsyncSession, actor: Actor, ids: Sequence[str]) -> dict[str, int]:
    """How many active tickets are with each department, in the actor's sight."""
    chosen = (
        TicketRepository(session, actor)
        .query()
        .where(Ticket.department_id.in_(ids), Ticket.state.in_(_ACTIVE))
        .with_only_columns(Ticket.department_id, func.count())
        .group_by(Ticket.department_id)
    )
    return {str(one): count for one, count in await session.execute(chosen)} if ids else {}
