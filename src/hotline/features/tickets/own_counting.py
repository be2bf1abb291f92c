"""The figures of reports 16 and 17 as others put them into reports of their own: by any time, by type, source, department or person."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any, Final

from sqlalchemy import ColumnElement, or_
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.core.metrics.dimensions import Grain
from hotline.core.metrics.query import LOCAL_OFFSET, bucket_of
from hotline.core.tickets.flow import TicketState
from hotline.features.tickets.models import Ticket
from hotline.features.tickets.report_extras import CallsIn
from hotline.features.tickets.report_repository import GROUPS, Cell, TicketCounts, counted
from hotline.features.tickets.reports import REPORTS, Figure, names_of_groups
from hotline.features.tickets.words import STATE_NAMES
from hotline.platform.access import Platform
from hotline.platform.actor import Actor
from hotline.platform.errors import NotPermitted
from hotline.platform.own_reports import (
    Exact,
    OwnDimension,
    OwnItem,
    OwnLine,
    OwnQuestion,
    OwnTerm,
    Side,
)
from hotline.platform.permissions import Permission

_GROUP_OF: Final = {"agent": "agent"} | {f"ticket_{group}": group for group in GROUPS if group != "agent"}
_NAMES: Final = {
    "agent": ("座席", "Agent"),
    "ticket_type": ("工单类型", "Ticket type"),
    "ticket_category": ("工单类别", "Ticket category"),
    "ticket_source": ("工单来源", "Ticket source"),
    "ticket_department": ("承办部门", "Department"),
    "ticket_grade": ("投诉等级", "Complaint grade"),
    "ticket_concerned": ("涉及单位", "Unit concerned"),
}
DIMENSIONS: Final = tuple(
    OwnDimension(key=key, name=name, name_en=english) for key, (name, english) in _NAMES.items()
)
"""By what they can be split. A ticket's agent is its owner."""
_COUNTED: Final = {
    "seconds": "从建单到答复的自然时间之和（秒）",
    "answered": "已答复的工单",
    "satisfied": "反馈满意的投诉",
    "asked": "反馈了满意或不满意的投诉",
    "calls": "同期呼入量",
}
_CALLS: Final = "calls"
_QUARTER: Final = timedelta(minutes=15)


class TicketFigures:
    """Counts one of the two reports (`platform.own_reports.OwnCounting`)."""

    def __init__(self, platform: Platform, key: str) -> None:
        self._platform = platform
        self._figures: dict[str, Figure] = {figure.key: figure for figure in REPORTS[key][2]}
        self._complaints = key == "complaints"

    async def lines(self, session: AsyncSession, actor: Actor, question: OwnQuestion) -> list[OwnLine]:
        """Return the rows on which tickets were counted, the most first."""
        sums: dict[tuple[int, tuple[str, ...]], dict[str, float]] = {}
        for cell in await self._cells(session, actor, question):
            into = sums.setdefault((_bucket(question.grain, cell), cell.key), {})
            for name, count in cell.counts.items():
                into[name] = into.get(name, 0) + count
        if self._complaints and not question.group_by and not question.filters:
            calls = await CallsIn(self._platform, actor).by(question.grain, question.start, question.end)
            for bucket, count in calls.items():
                sums.setdefault((bucket, ()), {})[_CALLS] = count
        most_first = sorted(sums.items(), key=lambda one: (-one[1].get("made", 0), one[0]))
        return [
            OwnLine(bucket=bucket, key=key, values=self._values(counts))
            for (bucket, key), counts in most_first
            if any(counts.values())
        ]

    async def _cells(self, session: AsyncSession, actor: Actor, question: OwnQuestion) -> list[Cell]:
        timed = {Grain.TOTAL: "", Grain.HOUR: "quarter", Grain.QUARTER: "quarter"}.get(question.grain, "day")
        return await TicketCounts(session, actor).cells(
            question.start,
            question.end,
            [_GROUP_OF[one] for one in question.group_by],
            question.now,
            self._conditions(question),
            timed=timed,  # pyright: ignore[reportArgumentType] - one of three words
        )

    def _conditions(self, question: OwnQuestion) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = [Ticket.category == "complaint"] if self._complaints else []
        return found + [_among(GROUPS[_GROUP_OF[key]], values) for key, values in question.filters.items()]

    def nothing(self) -> Mapping[str, Exact]:
        """Return the figures of a row without tickets."""
        return self._values({})

    def _values(self, counts: Mapping[str, float]) -> dict[str, Exact]:
        return {key: _exact(figure, counts) for key, figure in self._figures.items()}

    async def names(
        self, session: AsyncSession, dimension: str, values: Collection[str]
    ) -> Mapping[str, str]:
        """Return what types, sources, departments and people are called."""
        return await names_of_groups(session, _GROUP_OF[dimension], [one for one in values if one])

    async def terms(
        self, session: AsyncSession, actor: Actor, figure: str, question: OwnQuestion
    ) -> list[OwnTerm]:
        """Return the counts of a figure over the whole period, whatever the question is split by."""
        question = replace(question, grain=Grain.TOTAL, group_by=())
        (cell,) = await self._cells(session, actor, question)
        counts = dict(cell.counts)
        of = self._figures[figure]
        if _CALLS in {of.over, of.under} and not question.filters:
            calls = await CallsIn(self._platform, actor).by(Grain.TOTAL, question.start, question.end)
            counts |= {_CALLS: calls[0]} if 0 in calls else {}
        sides: list[tuple[Side, str]] = [("numerator", of.over or of.key)]
        if of.under:
            sides.append(("denominator", of.under))
        return [
            OwnTerm(
                key=key, words=self._words(key), side=side, count=_whole(key, counts), listed=key != _CALLS
            )
            for side, key in sides
        ]

    def _words(self, key: str) -> str:
        if key in _COUNTED:
            return _COUNTED[key]
        figure = self._figures[key]
        return f"{figure.name}：{figure.words}"

    async def items(
        self,
        session: AsyncSession,
        actor: Actor,
        figure: str,
        question: OwnQuestion,
        *,
        side: Side,
        offset: int,
        limit: int,
    ) -> tuple[list[OwnItem], int]:
        """Return a page of the tickets that a figure counts, by their numbers. Raises `NotPermitted`."""
        if not (actor.may(Permission.TICKETS_VIEW) or actor.may(Permission.TICKETS_DEPARTMENT)):
            raise NotPermitted(permissions=[str(Permission.TICKETS_VIEW)])
        of = self._figures[figure]
        key = of.under if side == "denominator" else of.over or of.key
        if key not in (which := counted(question.now)):
            return [], 0
        conditions = [*self._conditions(question), which[key]]
        counts = TicketCounts(session, actor)
        rows, total = await counts.listed(question.start, question.end, conditions, offset, limit)
        types = await names_of_groups(session, "type", sorted({row.type_id for row in rows}))
        return [
            OwnItem(
                at=row.created_at,
                title=f"{row.number}　{types.get(row.type_id, '')}".strip(),
                state=STATE_NAMES[TicketState(row.state)],
                agent_id=row.owner_id or "",
                path=f"/tickets/{row.id}",
            )
            for row in rows
        ], total


def _among(column: Any, values: tuple[str, ...]) -> ColumnElement[bool]:
    named = column.in_([one for one in values if one])
    return or_(named, column.is_(None), column == "") if "" in values else named


def _bucket(grain: Grain, cell: Cell) -> int:
    if cell.day is None:
        return 0
    local = datetime(cell.day.year, cell.day.month, cell.day.day, tzinfo=UTC) + cell.quarter * _QUARTER
    return bucket_of(grain, local - LOCAL_OFFSET)


def _exact(figure: Figure, counts: Mapping[str, float]) -> Exact:
    over = _number(figure.over or figure.key, counts)
    if not figure.under:
        return over
    under = _number(figure.under, counts)
    return Fraction(over, under) if under else None


def _number(key: str, counts: Mapping[str, float]) -> int:
    """A count; time in milliseconds."""
    return round(counts.get(key, 0) * (1000 if key == "seconds" else 1))


def _whole(key: str, counts: Mapping[str, float]) -> int | None:
    return None if key == _CALLS and key not in counts else round(counts.get(key, 0))
