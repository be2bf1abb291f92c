"""Make a report: ask the store for measures, combine them by the dictionary, name what the rows are about."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from typing import TypeVar

from hotline.core.metrics.dimensions import NAMES, Dimension, Grain
from hotline.core.metrics.figures import FIGURES
from hotline.core.metrics.formula import Unit
from hotline.core.metrics.query import Query
from hotline.core.metrics.report import Report
from hotline.core.metrics.variant import Variant
from hotline.core.site import Site
from hotline.features.reports.asked import Asked, check, period_before
from hotline.features.reports.counting import (
    Book,
    Counting,
    Exact,
    Line,
    all_buckets,
    interval_of,
    line_length_ms,
    values_of,
    with_interval,
)
from hotline.features.reports.naming import Names, label_of
from hotline.features.reports.numbers import number, text
from hotline.features.reports.schemas import (
    Column,
    Compared,
    DimensionValue,
    ReportAnswer,
    ReportRow,
    VariantUsed,
)
from hotline.ports.statistics import Statistics

__all__ = ["Reports", "number", "text"]

T = TypeVar("T")
R = TypeVar("R")
Values = dict[str, Exact]
AT_ONCE = 20
"""Rows made in one go: a millisecond or two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The variants as they are printed: `text` in keys, to be read back, `words` for people."""

    text: str
    words: str
    used: list[VariantUsed]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told(Shown):
    """And how many events are not counted yet."""

    behind: int


@dataclass(frozen=True, slots=True)
class _Row:
    line: Line
    values: Values


class Reports:
    """Makes reports from the store, under the variants of a book, in the names of a site."""

    def __init__(self, statistics: Statistics, site: Site, book: Book, shown: Shown) -> None:
        self._statistics = statistics
        self._names = Names(site)
        self._counting = Counting(statistics, book)
        self._shown = shown

    async def make(self, report: Report, asked: Asked, made_at: datetime) -> ReportAnswer:
        """Return the report. Raises `Invalid`, `StatisticsUnavailable`."""
        check(report, asked)
        figures = report.figures
        rows, totals = await self.compute(figures, asked)
        total_rows = len(rows)
        rows = rows[: asked.limit]
        before = None
        compared = None
        if asked.compare:
            start, end = period_before(asked.start, asked.end, asked.compare)
            compared = Compared(kind=asked.compare, start=start, end=end)
            before = await self.compute(figures, replace(asked, start=start, end=end, sort=""))
        status = await self._statistics.status()
        return ReportAnswer(
            key=report.key,
            name=report.name,
            start=asked.start,
            end=asked.end,
            grain=asked.grain,
            group_by=list(asked.group_by),
            group_names=[NAMES[one][0] for one in asked.group_by],
            variant=self._shown.text,
            variant_words=self._shown.words,
            variants=self._shown.used,
            made_at=made_at,
            behind=status.behind,
            columns=columns(report),
            rows=await self._told(asked, figures, rows, before, compared),
            totals=self._total(asked, figures, totals, before),
            compare=compared,
            rows_total=total_rows,
            truncated=total_rows > len(rows) or 0 < _most(asked) <= total_rows,
        )

    async def told(self) -> Told:
        """Return what stands under a report. Raises `StatisticsUnavailable`."""
        status = await self._statistics.status()
        shown = self._shown
        return Told(text=shown.text, words=shown.words, used=shown.used, behind=status.behind)

    def nothing(self, figures: Sequence[str], asked: Asked) -> Line:
        """A row on which nothing was counted."""
        return self._counting.nothing(figures, query_of(asked))

    async def compute(self, figures: Sequence[str], asked: Asked) -> tuple[list[_Row], _Row]:
        """Return the rows in order, and all of them together."""
        query = query_of(asked)
        ordered = replace(query, order=_order(figures, asked), limit=_most(asked))
        lines = await self._counting.lines(figures, ordered)
        totals = await self._counting.lines(figures, replace(query, grain=Grain.TOTAL, dimensions=()))
        nothing = self._counting.nothing(figures, query)
        if not asked.group_by:  # a time line has no holes
            found = {line.bucket: line for line in lines}
            lines = [found.get(b) or Line(b, (), nothing.parts) for b in all_buckets(query)]
        rows = await _in_turns(
            lines, lambda line: _valued(figures, with_interval(line, line_length_ms(query, line)))
        )
        if asked.sort:
            least = asked.sort.startswith("-")
            rows.sort(key=lambda row: sortable(row.values[asked.sort.lstrip("-")], least=least))
        whole = replace(query, grain=Grain.TOTAL, dimensions=())
        total = totals[0] if totals else nothing
        return rows, _valued(figures, with_interval(total, line_length_ms(whole, Line(0, (), total.parts))))

    async def _told(
        self,
        asked: Asked,
        figures: Sequence[str],
        rows: list[_Row],
        before: tuple[list[_Row], _Row] | None,
        compared: Compared | None,
    ) -> list[ReportRow]:
        earlier: dict[object, Values] = {}
        shift = 0
        if before is not None and compared is not None:
            earlier = {(row.line.bucket, row.line.key): row.values for row in before[0]}
            shift = all_buckets(query_of(asked)).start - all_buckets(
                query_of(replace(asked, start=compared.start, end=compared.end))
            ).start  # fmt: skip

        def told(row: _Row) -> ReportRow:
            was = None if before is None else earlier.get((row.line.bucket - shift, row.line.key), {})
            return self._row(asked, figures, row, was)

        return await _in_turns(rows, told)

    def _row(self, asked: Asked, figures: Sequence[str], row: _Row, before: Values | None) -> ReportRow:
        start, end = interval_of(asked.grain, row.line.bucket, asked.start, asked.end)
        total = asked.grain is Grain.TOTAL
        keys = [
            DimensionValue(dimension=d, id=value, name=self._names.of(d, value))
            for d, value in zip(asked.group_by, row.line.key, strict=True)
        ]
        label = "全部" if total else label_of(asked.grain, start)
        return report_row(_units(figures), row.values, None if total else start, end, label, keys, before)

    def _total(
        self, asked: Asked, figures: Sequence[str], row: _Row, before: tuple[list[_Row], _Row] | None
    ) -> ReportRow:
        was = None if before is None else before[1].values
        return report_row(_units(figures), row.values, None, asked.end, "合计", [], was)


def _units(figures: Sequence[str]) -> dict[str, Unit]:
    return {key: FIGURES[key].unit for key in figures}


def report_row(
    units: Mapping[str, Unit],
    values: Mapping[str, Exact],
    start: datetime | None,
    end: datetime,
    label: str,
    keys: list[DimensionValue],
    before: Mapping[str, Exact] | None,
) -> ReportRow:
    """A row as it is sent; `units` are those of its figures, in order."""
    told = {key: number(unit, values[key]) for key, unit in units.items()}
    return ReportRow(
        time=start,
        until=None if start is None else end,
        label=label,
        keys=keys,
        values=told,
        texts={key: text(unit, values[key]) for key, unit in units.items()},
        before=None if before is None else {key: number(unit, before.get(key)) for key, unit in units.items()},
        change=None if before is None else {key: _change(values[key], before.get(key)) for key in units},
    )  # fmt: skip


def _change(now: Exact, before: Exact) -> float | None:
    return None if now is None or not before else float((now - before) / before)


def _valued(figures: Sequence[str], line: Line) -> _Row:
    return _Row(line, values_of(figures, line))


async def _in_turns(items: Sequence[T], make: Callable[[T], R]) -> list[R]:
    """Make many things, and let others, calls first of all, have their turn every few of them."""
    made: list[R] = []
    for n, item in enumerate(items, 1):
        made.append(make(item))
        if n % AT_ONCE == 0:
            await asyncio.sleep(0)
    return made


def sortable(value: Exact, *, least: bool) -> tuple[bool, Fraction | int]:
    """By what rows are sorted: most first, what is unknown last."""
    return value is None, (value or 0) * (1 if least else -1)


def _most(asked: Asked) -> int:
    """Only callers are so many that the store must choose among them."""
    return asked.limit if Dimension.CALLER in asked.group_by and asked.grain is Grain.TOTAL else 0


def _order(figures: Sequence[str], asked: Asked) -> str:
    """The measure by which the store chooses among callers."""
    if not _most(asked):
        return ""
    for key in (asked.sort, *figures):
        if key in FIGURES:
            formula = FIGURES[key].formula(Variant())
            if formula.denominator is None and len(formula.numerator) == 1:
                return next(iter(formula.numerator))
    return ""


def query_of(asked: Asked) -> Query:
    """The question without its measures."""
    return Query(
        measures=(),
        start=asked.start,
        end=asked.end,
        grain=asked.grain,
        dimensions=asked.group_by,
        filters=dict(asked.filters),
        authorities=asked.authorities,
        now=asked.now,
    )


def columns(report: Report) -> list[Column]:
    """Return the report's columns in order."""
    return [
        Column(
            key=key,
            name=FIGURES[key].name,
            unit=FIGURES[key].unit,
            section=section.name,
            words=FIGURES[key].words,
        )
        for section in report.sections
        for key in section.figures
    ]
