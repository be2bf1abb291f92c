"""Make a report: ask the store for measures, combine them by the dictionary, name what the rows are about."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from hotline.core.metrics.catalogue import Dimension, Grain, Report
from hotline.core.metrics.figures import FIGURES, Figure, Formula, Unit, Variant
from hotline.core.metrics.measures import MEASURES
from hotline.core.metrics.query import LOCAL_OFFSET, Query, Row, bucket_of, bucket_start
from hotline.core.site import Site
from hotline.features.reports.schemas import Column, DimensionValue, ReportAnswer, ReportRow
from hotline.platform.errors import Invalid
from hotline.platform.tabular import clock_text
from hotline.ports.statistics import Statistics

ROWS_MAX = 5_000
EMPTY = "—"
_WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a person asked for. Times in UTC, end exclusive."""

    start: datetime
    end: datetime
    grain: Grain
    group_by: tuple[Dimension, ...]
    filters: dict[Dimension, tuple[str, ...]]
    variant: Variant
    authorities: tuple[str, ...] | None


def check(report: Report, asked: Asked) -> None:
    """Refuse what makes no sense. Raises `Invalid` with the field and what to do."""
    if asked.end <= asked.start:
        raise Invalid("to", "结束时间应晚于开始时间")
    for dimension in (*asked.group_by, *asked.filters):
        if dimension not in report.dimensions:
            raise Invalid(dimension, f"报表“{report.name}”不能按此项统计")
    if asked.grain is not Grain.TOTAL and len(_buckets(asked)) > ROWS_MAX:
        raise Invalid("grain", "时间范围太长或粒度太细，请缩短范围或选择更大的粒度")


def _buckets(asked: Asked) -> range:
    last = asked.end - timedelta(microseconds=1)
    return range(bucket_of(asked.grain, asked.start), bucket_of(asked.grain, last) + 1)


class Reports:
    """Makes reports from the store and the site's names."""

    def __init__(self, statistics: Statistics, site: Site) -> None:
        self._statistics = statistics
        self._site = site

    async def make(self, report: Report, asked: Asked, made_at: datetime) -> ReportAnswer:
        """Return the report. Raises `Invalid`, `StatisticsUnavailable`."""
        check(report, asked)
        figures = [FIGURES[key] for key in report.figures]
        formulas = {figure.key: figure.formula(asked.variant) for figure in figures}
        query = _query(asked, formulas)
        rows = await self._statistics.ask(query)
        totals = await self._statistics.ask(replace(query, grain=Grain.TOTAL, dimensions=()))
        status = await self._statistics.status()
        sums = totals[0] if totals else Row(bucket=0, key=(), counts=_nothing(query))
        shown = self._rows(asked, query, rows, figures, formulas)
        return ReportAnswer(
            key=report.key,
            name=report.name,
            start=asked.start,
            end=asked.end,
            grain=asked.grain,
            group_by=list(asked.group_by),
            variant=asked.variant.text(),
            made_at=made_at,
            behind=status.behind,
            columns=columns(report),
            rows=shown,
            totals=_row(None, "合计", [], sums.counts, figures, formulas),
        )

    def _rows(
        self, asked: Asked, query: Query, rows: list[Row], figures: list[Figure], formulas: dict[str, Formula]
    ) -> list[ReportRow]:
        if not asked.group_by and asked.grain is not Grain.TOTAL:  # a time line has no holes
            found = {row.bucket: row for row in rows}
            rows = [found.get(b) or Row(bucket=b, key=(), counts=_nothing(query)) for b in _buckets(asked)]
        elif not rows and not asked.group_by:
            rows = [Row(bucket=0, key=(), counts=_nothing(query))]
        return [self._named_row(asked, row, figures, formulas) for row in rows]

    def _named_row(
        self, asked: Asked, row: Row, figures: list[Figure], formulas: dict[str, Formula]
    ) -> ReportRow:
        total = asked.grain is Grain.TOTAL
        start = None if total else bucket_start(asked.grain, row.bucket)
        keys = [
            DimensionValue(dimension=d, id=value, name=self._name(d, value))
            for d, value in zip(asked.group_by, row.key, strict=True)
        ]
        label = "全部" if start is None else label_of(asked.grain, start)
        return _row(start, label, keys, row.counts, figures, formulas)

    def _name(self, dimension: Dimension, value: str | None) -> str:
        if value is None:
            return "（无）"
        match dimension:
            case Dimension.HOTLINE:
                names = {str(h.id): h.name for h in self._site.hotlines}
            case Dimension.QUEUE:
                names = {str(q.id): q.name for q in self._site.queues}
            case Dimension.AGENT:
                names = {str(a.id): f"{a.name}（{a.number}）" for a in self._site.agents}
            case Dimension.CALLED:
                names = {value: value}
        return names.get(value, "（已停用）")


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


def _query(asked: Asked, formulas: Mapping[str, Formula]) -> Query:
    measures = sorted({key for formula in formulas.values() for key in formula.measures()})
    return Query(
        measures=tuple(measures),
        start=asked.start,
        end=asked.end,
        grain=asked.grain,
        dimensions=asked.group_by,
        filters=asked.filters,
        authorities=asked.authorities,
        variant=asked.variant,
    )


def _nothing(query: Query) -> dict[str, int | None]:
    """Zero for what can be counted under these filters, None for what cannot."""
    return {key: 0 if query.answers(MEASURES[key].table) else None for key in query.measures}


def _row(
    start: datetime | None,
    label: str,
    keys: list[DimensionValue],
    counts: Mapping[str, int | None],
    figures: list[Figure],
    formulas: Mapping[str, Formula],
) -> ReportRow:
    values: dict[str, float | None] = {}
    texts: dict[str, str] = {}
    for figure in figures:
        exact = formulas[figure.key].value(counts)
        values[figure.key] = number(figure.unit, exact)
        texts[figure.key] = text(figure.unit, exact)
    return ReportRow(time=start, label=label, keys=keys, values=values, texts=texts)


def number(unit: Unit, exact: Fraction | None) -> float | None:
    """The figure as a number for pictures: counts whole, durations in seconds, ratios as fractions of one."""
    if exact is None:
        return None
    return float(exact / 1000 if unit is Unit.DURATION else exact)


def text(unit: Unit, exact: Fraction | None) -> str:
    """The figure as people read it: percentages with two decimals half up, durations h:mm:ss (rule 4 of metrics.md)."""
    if exact is None:
        return EMPTY
    match unit:
        case Unit.COUNT:
            return str(_half_up(exact, "1"))
        case Unit.RATIO:
            return f"{_half_up(exact * 100, '0.01')}%"
        case Unit.DURATION:
            return clock_text(timedelta(seconds=int(_half_up(exact / 1000, "1"))))


def _half_up(exact: Fraction, step: str) -> Decimal:
    """Round exactly: a fraction is compared with the half, never with its own decimal expansion."""
    scale = int(1 / Decimal(step))
    scaled = exact * scale
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return (Decimal(whole) / scale).quantize(Decimal(step), ROUND_HALF_UP)


def label_of(grain: Grain, start: datetime) -> str:
    """An interval as people call it, in local time."""
    local = start + LOCAL_OFFSET
    match grain:
        case Grain.QUARTER | Grain.HOUR:
            return f"{local:%m-%d %H:%M}"
        case Grain.DAY:
            return f"{local:%Y-%m-%d} 周{_WEEKDAYS[local.weekday()]}"
        case Grain.WEEK:
            return f"{local:%Y-%m-%d} 起一周"
        case Grain.MONTH:
            return f"{local:%Y-%m}"
        case Grain.YEAR:
            return f"{local:%Y}"
        case Grain.TOTAL:
            return "全部"
