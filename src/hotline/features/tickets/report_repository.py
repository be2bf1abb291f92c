"""Counts of tickets and complaints for reports 16 and 17: grouped sums over the tickets made in a period, in the actor's sight."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.core.tickets.flow import ACTIVE
from hotline.features.tickets.models import Ticket, TicketStep
from hotline.features.tickets.repository import TicketRepository
from hotline.platform.actor import Actor

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
_ACTIVE = sorted(str(state) for state in ACTIVE)
_FINISHED = ("answered", "closed")


def _seconds(dialect: str, start: Any, end: Any) -> ColumnElement[Any]:
    if dialect == "sqlite":
        return func.round((func.julianday(end) - func.julianday(start)) * 86400.0, 3)
    return func.extract("epoch", end - start)


def local_day(dialect: str) -> ColumnElement[Any]:
    """The local day a ticket was made on, as text."""
    if dialect == "sqlite":
        return func.date(Ticket.created_at, "+8 hours")
    return func.to_char(func.timezone("Asia/Shanghai", Ticket.created_at), "YYYY-MM-DD")


def _count(condition: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def measures(dialect: str, now: datetime) -> dict[str, ColumnElement[Any]]:
    """Counts and sums by key; ratios are made of them on reading."""
    finished = Ticket.state.in_(_FINISHED)
    active = Ticket.state.in_(_ACTIVE)
    late = or_(Ticket.in_time.is_(False), and_(active, Ticket.due_at <= now))
    return {
        "made": func.count(),
        "finished": _count(finished),
        "open": _count(active),
        "direct": _count(and_(finished, Ticket.consulted.is_(False))),
        "consulted": _count(and_(finished, Ticket.consulted)),
        "in_time": _count(Ticket.in_time.is_(True)),
        "overdue": _count(late),
        "returned": func.coalesce(func.sum(Ticket.returned), 0),
        "reassigned": func.coalesce(func.sum(Ticket.reassigned), 0),
        "urged": func.coalesce(func.sum(Ticket.urged), 0),
        "reopened": _count(Ticket.round > 1),
        "seconds": func.coalesce(
            func.sum(
                case(
                    (
                        Ticket.answered_at.is_not(None),
                        _seconds(dialect, Ticket.created_at, Ticket.answered_at),
                    ),
                    else_=literal(0.0),
                )
            ),
            0,
        ),
        "answered": _count(Ticket.answered_at.is_not(None)),
        "valid": _count(Ticket.verdict == "valid"),
        "invalid": _count(Ticket.verdict == "invalid"),
        "second_round": _count(Ticket.round > 1),
        "satisfied": _count(Ticket.feedback == "satisfied"),
        "asked": _count(Ticket.feedback.in_(("satisfied", "unsatisfied"))),
    }


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
            literal("") if by == "total" else local_day(dialect) if by == "day" else GROUPS[by]
        )
        chosen = self._made(start, end).where(*conditions).with_only_columns(key, *wanted.values())
        if by != "total":
            chosen = chosen.group_by(key).order_by(key if by == "day" else func.count().desc())
        rows = await self.session.execute(chosen.limit(1000))
        return [
            (str(row[0] or ""), {name: float(row[n + 1] or 0) for n, name in enumerate(wanted)})
            for row in rows
        ]

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
