"""Around reports 16 and 17: calls to hold complaints against, what became of complaints after measures, reports as tables for files."""

from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.core.metrics.dimensions import Grain
from hotline.core.metrics.query import LOCAL_OFFSET, Query, Row, bucket_of
from hotline.features.tickets.report_repository import TicketCounts
from hotline.features.tickets.schemas_reports import MeasureTrend, MeasureTrends, TicketReport
from hotline.platform.access import Platform
from hotline.platform.actor import Actor
from hotline.platform.tabular import Cell, Sheet
from hotline.ports.statistics import Statistics, StatisticsUnavailable

log = structlog.stdlib.get_logger(__name__)

_MEASURE = "trunk_in"
_UNITS_MOST: Final = 50
_STEPS_MOST: Final = 5000
_DAY: Final = timedelta(days=1)


class CallsIn:
    """How many calls came in, as the statistics store counts them in the actor's sight (`reports.Calls`)."""

    def __init__(self, platform: Platform, actor: Actor) -> None:
        self._statistics: Statistics | None = platform.services.get(Statistics)
        self._authorities = None if actor.authorities is None else tuple(sorted(actor.authorities))

    async def __call__(self, start: datetime, end: datetime, *, by_day: bool) -> dict[str, float]:
        if self._statistics is None:
            return {}
        found: dict[str, float] = {}
        try:
            found[""] = sum((await self._by(Grain.TOTAL, start, end)).values())
            if by_day:
                first, begin = bucket_of(Grain.DAY, start), (start + LOCAL_OFFSET).date()
                days = await self._by(Grain.DAY, start, end)
                found |= {(begin + (one - first) * _DAY).isoformat(): count for one, count in days.items()}
        except StatisticsUnavailable:
            log.warning("complaints_without_calls")
        return found

    async def by(self, grain: Grain, start: datetime, end: datetime) -> dict[int, float]:
        """By the numbers of intervals; empty when nobody can say just now."""
        try:
            return {} if self._statistics is None else await self._by(grain, start, end)
        except StatisticsUnavailable:
            log.warning("complaints_without_calls")
            return {}

    async def _by(self, grain: Grain, start: datetime, end: datetime) -> dict[int, float]:
        return {row.bucket: float(row.counts[_MEASURE] or 0) for row in await self._rows(start, end, grain)}

    async def _rows(self, start: datetime, end: datetime, grain: Grain) -> list[Row]:
        assert self._statistics is not None
        query = Query(measures=(_MEASURE,), start=start, end=end, grain=grain, authorities=self._authorities)
        return await self._statistics.ask(query)


async def measure_trends(
    session: AsyncSession, actor: Actor, start: datetime, end: datetime, days: int, now: datetime
) -> MeasureTrends:
    """Complaints before and after measures that were entered within a span."""
    counts = TicketCounts(session, actor)
    span = days * _DAY
    items: list[MeasureTrend] = []
    taken = await counts.measures_taken(start, end, _STEPS_MOST)
    for concerned, (at, measures) in sorted(taken.items(), key=lambda one: one[1][0], reverse=True)[
        :_UNITS_MOST
    ]:
        until = min(at + span, now)
        before = await counts.complaints_about(concerned, at - span, at)
        after = await counts.complaints_about(concerned, at, until)
        after_days = (until - at) / _DAY
        rate = after / after_days if after_days >= 1 else None
        items.append(
            MeasureTrend(
                concerned=concerned, measures=measures, at=at, before=before, after=after, after_days=round(after_days, 1),
                change=None if rate is None or not before else rate / (before / days) - 1,
            )
        )  # fmt: skip
    return MeasureTrends(days=days, items=items)


def report_sheet(report: TicketReport, group: str, by: str) -> Sheet:
    """A report as a table for files: what it counts above it, totals last."""
    local = [
        (at + LOCAL_OFFSET).strftime("%Y-%m-%d") for at in (report.start, report.end - timedelta(seconds=1))
    ]
    rows: list[list[Cell]] = [
        [label, *(_cell(values.get(column.key), column.unit) for column in report.columns)]
        for label, values in [*((row.label, row.values) for row in report.rows), ("合计", report.totals)]
    ]
    return Sheet(
        title=report.name,
        about=(
            f"{report.name}　{local[0]} 至 {local[1]}　按{group}　导出人 {by}",
            *(f"{column.name}：{column.words}" for column in report.columns),
        ),
        header=(group, *(column.name for column in report.columns)),
        rows=rows,
        percent=frozenset(n for n, column in enumerate(report.columns, start=1) if column.unit == "ratio"),
    )


def _cell(value: float | None, unit: str) -> Cell:
    if value is None:
        return None
    if unit == "duration":
        return timedelta(seconds=value)
    return value if unit == "ratio" else int(value)
