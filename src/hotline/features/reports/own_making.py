"""Make an own report (自定义报表): figures of the statistics store beside those that other features count, row by row.

Every figure on a table is split the same way; what a figure does not know (a call has no ticket type) is refused in plain words.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from hotline.core.metrics.dimensions import NAMES, Dimension, Grain
from hotline.core.metrics.figures import FIGURES
from hotline.core.metrics.formula import Unit
from hotline.core.site import Site
from hotline.features.reports.asked import Asked, check, period_before
from hotline.features.reports.counting import all_buckets, interval_of, values_of
from hotline.features.reports.making import own_report
from hotline.features.reports.naming import GONE, NOTHING, Names, label_of
from hotline.features.reports.schemas import (
    Column,
    Compared,
    DimensionValue,
    QueryRequest,
    ReportAnswer,
    ReportRow,
)
from hotline.features.reports.service import Reports, query_of, report_row, sortable
from hotline.platform.access import Platform
from hotline.platform.actor import Actor
from hotline.platform.errors import Invalid
from hotline.platform.own_reports import Exact, OwnFigure, OwnQuestion, OwnReport, figure_of, reports_of

Place = tuple[int, tuple[str, ...]]
"""Interval and keys of a row."""
Values = Mapping[str, Exact]


@dataclass(frozen=True, slots=True)
class _Counted:
    """Rows, all of them together, and a row of nothing; by figures' full keys."""

    rows: Mapping[Place, Values]
    total: Values
    nothing: Values


def own_figures(platform: Platform, query: QueryRequest) -> dict[str, tuple[OwnReport, OwnFigure]]:
    """Those of its figures that features count."""
    found = {key: figure_of(platform, key) for key in query.figures if key not in FIGURES}
    return {key: one for key, one in found.items() if one is not None}


def check_query(platform: Platform, query: QueryRequest) -> None:
    """Refuse figures nobody knows, and what a figure cannot be split or narrowed by. Raises `Invalid`."""
    own = own_figures(platform, query)
    own_report(query, own)
    names = dimension_names(platform)
    for key in (key for key in query.figures if key in FIGURES):
        for dimension in query.dimensions:
            if not isinstance(dimension, Dimension):
                raise Invalid("dimensions", _mixed(FIGURES[key].name, names.get(dimension, dimension)))
    for report, figure in own.values():
        known = {one.key for one in report.dimensions}
        for dimension in query.dimensions:
            if dimension not in known:
                raise Invalid("dimensions", _mixed(figure.name, names.get(dimension, dimension)))
        for dimension in (one for one, values in query.filters.items() if values):
            if dimension not in known:
                words = (
                    f"“{figure.name}”不能按“{names[dimension]}”筛选，请去掉这项筛选，或把这些指标另做一张报表"
                )
                raise Invalid("filters", words)


def _mixed(figure: str, dimension: str) -> str:
    return f"“{figure}”不能按“{dimension}”分组；不同来源的指标放在一张表里时，只能用它们共有的分组，请去掉这个分组，或分成两张报表"


def dimension_names(platform: Platform) -> dict[str, str]:
    """What dimensions are called, those of features too."""
    own = {one.key: one.name for report in reports_of(platform) for one in report.dimensions}
    return own | {str(key): name for key, (name, _) in NAMES.items()}


class OwnMaking:
    """Makes own reports for one request."""

    def __init__(
        self, platform: Platform, session: AsyncSession, actor: Actor, reports: Reports, site: Site
    ) -> None:
        self._platform = platform
        self._session = session
        self._actor = actor
        self._reports = reports
        self._names = Names(site)

    async def make(
        self, query: QueryRequest, asked: Asked, made_at: datetime, key: str = "query"
    ) -> ReportAnswer:
        """Return the report under a key. Raises `Invalid`, `StatisticsUnavailable`."""
        check_query(self._platform, query)
        own = own_figures(self._platform, query)
        report = replace(own_report(query, own), key=key)
        if not own:
            return await self._reports.make(report, asked, made_at)
        check(report, asked)
        parts = await self._parts(query, own, asked)
        before, compared = None, None
        if asked.compare:
            start, end = period_before(asked.start, asked.end, asked.compare)
            compared = Compared(kind=asked.compare, start=start, end=end)
            before = await self._parts(query, own, replace(asked, start=start, end=end))
        counted = any(key in FIGURES for key in query.figures)
        told = await self._reports.told() if counted else None
        making = _Rows(query, asked, report.figures, _units(own), await self._named(query, own, parts))
        rows = making.rows(parts, before, compared)
        return ReportAnswer(
            key=report.key,
            name=report.name,
            start=asked.start,
            end=asked.end,
            grain=asked.grain,
            group_by=list(query.dimensions),
            group_names=[dimension_names(self._platform)[one] for one in query.dimensions],
            variant=told.text if told else "",
            variant_words="；".join([told.words] if told else [report.told for report in _sources(own)]),
            variants=told.used if told else [],
            made_at=made_at,
            behind=told.behind if told else 0,
            columns=_columns(query, own),
            rows=rows[: asked.limit],
            totals=making.total(parts, before),
            compare=compared,
            rows_total=len(rows),
            truncated=len(rows) > asked.limit,
        )

    async def _parts(
        self, query: QueryRequest, own: Mapping[str, tuple[OwnReport, OwnFigure]], asked: Asked
    ) -> list[_Counted]:
        """Each source's share of the table."""
        found: list[_Counted] = []
        if calls := tuple(dict.fromkeys(key for key in query.figures if key in FIGURES)):
            rows, total = await self._reports.compute(calls, replace(asked, sort=""))
            by_place = {(row.line.bucket, _key(row.line.key)): row.values for row in rows}
            found.append(
                _Counted(by_place, total.values, values_of(calls, self._reports.nothing(calls, asked)))
            )
        question = OwnQuestion(
            start=asked.start,
            end=asked.end,
            now=asked.now,
            grain=asked.grain,
            group_by=tuple(query.dimensions),
            filters={str(key): values for key, values in asked.filters.items()},
        )
        return found + [await self._own(report, question) for report in _sources(own)]

    async def _own(self, report: OwnReport, question: OwnQuestion) -> _Counted:
        counting = report.counting
        assert counting is not None
        lines = await counting.lines(self._session, self._actor, question)
        whole = await counting.lines(
            self._session, self._actor, replace(question, grain=Grain.TOTAL, group_by=())
        )
        nothing = counting.nothing()
        return _Counted(
            {(line.bucket, line.key): _full(report, line.values) for line in lines},
            _full(report, whole[0].values if whole else nothing),
            _full(report, nothing),
        )

    async def _named(
        self,
        query: QueryRequest,
        own: Mapping[str, tuple[OwnReport, OwnFigure]],
        parts: list[_Counted],
    ) -> dict[str, dict[str, str]]:
        """What the values of each dimension are called."""
        counting = next(iter(own.values()))[0].counting
        assert counting is not None
        named: dict[str, dict[str, str]] = {}
        for n, dimension in enumerate(query.dimensions):
            values = {key[n] for part in parts for _, key in part.rows}
            theirs = await counting.names(self._session, dimension, values)
            named[dimension] = {one: self._name(dimension, one, theirs) for one in values}
        return named

    def _name(self, dimension: str, value: str, theirs: Mapping[str, str]) -> str:
        """An agent as reports of calls name them; whoever is none as their feature does."""
        ours = self._names.of(dimension, value) if isinstance(dimension, Dimension) else GONE
        return (theirs.get(value) or value or NOTHING) if ours == GONE else ours


def _sources(own: Mapping[str, tuple[OwnReport, OwnFigure]]) -> list[OwnReport]:
    """The features' reports that figures are of, each once."""
    return list({report.key: report for report, _ in own.values()}.values())


def _key(key: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(one or "" for one in key)


def _full(report: OwnReport, values: Values) -> dict[str, Exact]:
    return {f"{report.family}_{key}": value for key, value in values.items()}


def _units(own: Mapping[str, tuple[OwnReport, OwnFigure]]) -> dict[str, Unit]:
    return {key: one.unit for key, one in FIGURES.items()} | {
        key: Unit(figure.unit) for key, (_, figure) in own.items()
    }


def _columns(query: QueryRequest, own: Mapping[str, tuple[OwnReport, OwnFigure]]) -> list[Column]:
    units = _units(own)
    known = {key: own[key][1] if key in own else FIGURES[key] for key in query.figures}
    return [
        Column(key=key, name=one.name, unit=units[key], section="", words=one.words)
        for key, one in known.items()
    ]


class _Rows:
    """Puts the sources' rows side by side."""

    def __init__(
        self,
        query: QueryRequest,
        asked: Asked,
        figures: tuple[str, ...],
        units: Mapping[str, Unit],
        names: Mapping[str, Mapping[str, str]],
    ) -> None:
        self._query = query
        self._asked = asked
        self._units = {key: units[key] for key in figures}
        self._names = names

    def rows(
        self, parts: list[_Counted], before: list[_Counted] | None, compared: Compared | None
    ) -> list[ReportRow]:
        """The rows in order: intervals, and in each what counts most first."""
        asked, shift = self._asked, 0
        if compared is not None:
            earlier = replace(asked, start=compared.start, end=compared.end)
            shift = all_buckets(query_of(asked)).start - all_buckets(query_of(earlier)).start
        if self._query.dimensions:
            places = list(dict.fromkeys(place for part in parts for place in part.rows))
            places.sort(key=lambda place: place[0])
        else:  # a time line has no holes
            places = [(bucket, ()) for bucket in all_buckets(query_of(asked))]
        found = [(place, _values(parts, place)) for place in places]
        if asked.sort:
            least, key = asked.sort.startswith("-"), asked.sort.lstrip("-")
            found.sort(key=lambda one: sortable(one[1][key], least=least))
        return [
            self._row(
                place, values, None if before is None else _values(before, (place[0] - shift, place[1]))
            )
            for place, values in found
        ]

    def total(self, parts: list[_Counted], before: list[_Counted] | None) -> ReportRow:
        """All rows together: counted over everything, not added up."""
        values, was = (
            None if counted is None else {key: one for part in counted for key, one in part.total.items()}
            for counted in (parts, before)
        )
        assert values is not None
        return report_row(self._units, values, None, self._asked.end, "合计", [], was)

    def _row(self, place: Place, values: Values, before: Values | None) -> ReportRow:
        asked, (bucket, key) = self._asked, place
        start, end = interval_of(asked.grain, bucket, asked.start, asked.end)
        total = asked.grain is Grain.TOTAL
        keys = [
            DimensionValue(dimension=dimension, id=value or None, name=self._names[dimension][value])
            for dimension, value in zip(self._query.dimensions, key, strict=True)
        ]
        label = "全部" if total else label_of(asked.grain, start)
        return report_row(self._units, values, None if total else start, end, label, keys, before)


def _values(parts: list[_Counted], place: Place) -> dict[str, Exact]:
    return {key: one for part in parts for key, one in part.rows.get(place, part.nothing).items()}
