"""From a question in figures to questions in measures and back: exact values, with the counts behind them.

Where hotlines count by different variants, each hotline's rows are counted under its own and put together as sums: a ratio over all of
them is the sum of their numerators over the sum of their denominators, never a mean of ratios.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction
from functools import lru_cache

from hotline.core.metrics.dimensions import Dimension, Grain
from hotline.core.metrics.figures import FIGURES
from hotline.core.metrics.formula import INTERVAL, ROLLING, WHOLE, Figure, Formula, Terms, combine
from hotline.core.metrics.measures import MEASURES
from hotline.core.metrics.query import (
    DIMENSIONS,
    LOCAL_OFFSET,
    Exclusion,
    Query,
    Row,
    bucket_of,
    bucket_start,
)
from hotline.core.metrics.rolling import QUARTERS, worst
from hotline.core.metrics.variant import Variant
from hotline.features.reports.asked import buckets
from hotline.ports.statistics import Statistics

Key = tuple[str | None, ...]
Counts = dict[str, int | None]
Exact = Fraction | int | None
"""A figure's value, never rounded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """The variants in force: the default, and those of single hotlines; and what is excluded."""

    default: Variant
    hotlines: Mapping[str, Variant]
    exclusions: tuple[Exclusion, ...] = ()

    def groups(self, hotlines: Sequence[str] | None) -> list[tuple[Variant, frozenset[str] | None]]:
        """The variants that matter for these hotlines (None: all), each with its hotlines; None: every other one."""
        by_variant: dict[Variant, set[str]] = defaultdict(set)
        for hotline, variant in self.hotlines.items():
            if variant != self.default and (hotlines is None or hotline in hotlines):
                by_variant[variant].add(hotline)
        own = [(variant, frozenset(members)) for variant, members in by_variant.items()]
        named = {hotline for _, members in own for hotline in members}
        if hotlines is not None and set(hotlines) <= named:
            if len(own) == 1:
                return [(own[0][0], None)]
            return [(variant, members) for variant, members in own]
        return [(self.default, None), *own]


@dataclass(frozen=True, slots=True)
class Line:
    """One row: interval, keys, and for each variant the counts under it."""

    bucket: int
    key: Key
    parts: tuple[tuple[Variant, Counts], ...]

    def value(self, figure: Figure) -> Fraction | None:
        """The figure's exact value."""
        if any(MEASURES[key].kind == "max" for key in figure.formula(self.parts[0][0]).measures()):
            values = [figure.formula(variant).value(counts) for variant, counts in self.parts]
            return max((value for value in values if value is not None), default=None)
        formulas = [(figure.formula(variant), counts) for variant, counts in self.parts]
        top = _total(combine(formula.numerator, counts) for formula, counts in formulas)
        if formulas[0][0].denominator is None:
            return top
        bottom = _total(combine(formula.denominator or {}, counts) for formula, counts in formulas)
        return None if top is None or not bottom else top / bottom

    def counts(self) -> Counts:
        """The counts of all variants together."""
        together: Counts = {}
        for _, counts in self.parts:
            for key, value in counts.items():
                before = together.get(key, 0)
                if value is None or before is None:
                    together[key] = None
                else:
                    most = key in MEASURES and MEASURES[key].kind == "max"
                    together[key] = max(before, value) if most else before + value
        return together


def values_of(figures: Sequence[str], line: Line) -> dict[str, Exact]:
    """The exact values of figures on a line. A line under one variant is counted in whole numbers, many times as quickly."""
    if len(line.parts) != 1:
        return {key: line.value(FIGURES[key]) for key in figures}
    ((variant, counts),) = line.parts
    return {key: _value(formula, counts) for key, formula in _formulas(tuple(figures), variant)}


@lru_cache(maxsize=256)
def _formulas(figures: tuple[str, ...], variant: Variant) -> list[tuple[str, Formula]]:
    return [(key, FIGURES[key].formula(variant)) for key in figures]


def _value(formula: Formula, counts: Counts) -> Exact:
    """`Formula.value`, a whole number where there is no denominator."""
    top = _sum(formula.numerator, counts)
    if formula.denominator is None:
        return top
    bottom = _sum(formula.denominator, counts)
    return None if top is None or not bottom else Fraction(top, bottom)


def _sum(terms: Terms, counts: Counts) -> int | None:
    total = 0
    for key, factor in terms.items():
        count = counts.get(key)
        if count is None:
            return None
        total += factor * count
    return total


def _total(values: Iterable[Fraction | None]) -> Fraction | None:
    total = Fraction(0)
    for value in values:
        if value is None:
            return None
        total += value
    return total


@dataclass(frozen=True, slots=True)
class Counting:
    """Asks the store on behalf of figures."""

    statistics: Statistics
    book: Book

    async def lines(self, figures: Sequence[str], query: Query) -> list[Line]:
        """Return one line for each row; `query.measures` and `query.variant` are set here."""
        hotlines = query.filters.get(Dimension.HOTLINE)
        groups = self.book.groups(hotlines)
        query = replace(query, exclusions=self.book.exclusions)
        if len(groups) == 1:
            variant = groups[0][0]
            asked = replace(query, measures=_measures(figures, [variant]), variant=variant)
            rows = await self._with_rolling(
                asked, figures, variant, await self._rows(asked, figures, variant)
            )
            return [Line(row.bucket, row.key, ((variant, row.counts),)) for row in rows]
        return await self._mixed(figures, query, groups)

    async def _rows(self, query: Query, figures: Sequence[str], variant: Variant) -> list[Row]:
        rows = await self.statistics.ask(query)
        wholes = {key for name in figures for key in FIGURES[name].formula(variant).wholes()}
        if not wholes:
            return rows
        whole = await self.statistics.ask(
            replace(query, measures=tuple(sorted(wholes)), dimensions=(), order="", limit=0)
        )
        by_bucket = {row.bucket: row.counts for row in whole}
        return [
            replace(row, counts={**row.counts, **{f"{WHOLE}{k}": by_bucket.get(row.bucket, {}).get(k, 0) for k in wholes}})
            for row in rows
        ]  # fmt: skip

    async def _with_rolling(
        self, query: Query, figures: Sequence[str], variant: Variant, rows: list[Row]
    ) -> list[Row]:
        """The rows with the counts of their worst 24 hours, where a figure is about them."""
        pairs = {pair for name in figures if (pair := FIGURES[name].formula(variant).rolling())}
        for pair in pairs:
            quarters = await self._quarters(query, pair)
            rows = [_with_worst(row, query, pair, quarters.get(row.key, {})) for row in rows]
        return rows

    async def _quarters(self, query: Query, pair: tuple[str, str]) -> dict[Key, dict[int, tuple[int, int]]]:
        """By key and quarter of an hour, both counts."""
        found: dict[Key, dict[int, tuple[int, int]]] = defaultdict(dict)
        asked = replace(query, measures=pair, grain=Grain.QUARTER, order="", limit=0)
        for row in await self.statistics.ask(asked):
            found[row.key][row.bucket] = row.counts[pair[0]] or 0, row.counts[pair[1]] or 0
        return found

    async def worst_stretch(
        self, figure: Figure, query: Query, variant: Variant
    ) -> tuple[datetime, datetime] | None:
        """From when to when the worst 24 hours of a whole period were; None where there are none, or the figure is not about them."""
        pair = figure.formula(variant).rolling()
        if pair is None:
            return None
        query = replace(query, variant=variant, exclusions=self.book.exclusions)
        found = worst((await self._quarters(query, pair)).get((), {}), *_quarters_of(query.start, query.end))
        if found is None:
            return None
        return bucket_start(Grain.QUARTER, found.first), bucket_start(Grain.QUARTER, found.first + QUARTERS)

    async def _mixed(
        self, figures: Sequence[str], query: Query, groups: list[tuple[Variant, frozenset[str] | None]]
    ) -> list[Line]:
        """Each variant's hotlines under their own variant; what knows no hotline, or cannot be added up, once."""
        named = frozenset(one for _, members in groups if members is not None for one in members)
        measures = _measures(figures, [variant for variant, _ in groups])
        split = tuple(m for m in measures if _splits(m, query))
        rest = tuple(m for m in measures if not _splits(m, query))
        parts: dict[tuple[int, Key], list[tuple[Variant, Counts]]] = defaultdict(
            lambda: [(variant, dict.fromkeys(measures, 0)) for variant, _ in groups]
        )
        for n, (variant, members) in enumerate(groups):
            asked = replace(
                query, measures=split, variant=variant, dimensions=(*query.dimensions, Dimension.HOTLINE), order="", limit=0,
            )  # fmt: skip
            for row in await self._rows(asked, figures, variant):
                hotline = row.key[-1]
                if (hotline in members) if members is not None else (hotline not in named):
                    _add(parts[row.bucket, row.key[:-1]][n][1], row.counts)
        if rest:
            for row in await self.statistics.ask(
                replace(query, measures=rest, variant=groups[0][0], order="", limit=0)
            ):
                parts[row.bucket, row.key][0][1].update(row.counts)
                for _, counts in parts[row.bucket, row.key][1:]:
                    counts.update({k: None if row.counts[k] is None else 0 for k in rest})
        together = [Row(bucket=bucket, key=key, counts={}) for bucket, key in parts]
        for row in await self._with_rolling(query, figures, groups[0][0], together):  # it cannot be added up
            for n, (_, counts) in enumerate(parts[row.bucket, row.key]):
                counts.update(row.counts if n == 0 else dict.fromkeys(row.counts, 0))
        return [
            Line(bucket, key, tuple(found)) for (bucket, key), found in sorted(parts.items(), key=_in_order)
        ]

    def nothing(self, figures: Sequence[str], query: Query) -> Line:
        """A line on which nothing was counted: zero for what can be counted under these filters, None for what cannot."""
        groups = self.book.groups(query.filters.get(Dimension.HOTLINE))
        measures = _measures(figures, [variant for variant, _ in groups])
        counts = {key: 0 if query.answers(MEASURES[key].table) else None for key in measures}
        wholes = {
            f"{WHOLE}{key}": 0 for name in figures for key in FIGURES[name].formula(groups[0][0]).wholes()
        }
        pairs = [pair for name in figures if (pair := FIGURES[name].formula(groups[0][0]).rolling())]
        rolling = {f"{ROLLING}{key}": counts[key] for pair in pairs for key in pair}
        return Line(0, (), tuple((variant, {**counts, **wholes, **rolling}) for variant, _ in groups))


def _with_worst(
    row: Row, query: Query, pair: tuple[str, str], quarters: Mapping[int, tuple[int, int]]
) -> Row:
    found = worst(quarters, *_quarters_of(*interval_of(query.grain, row.bucket, query.start, query.end)))
    top, bottom = (0, 0) if found is None else (found.top, found.bottom)
    return replace(row, counts={**row.counts, f"{ROLLING}{pair[0]}": top, f"{ROLLING}{pair[1]}": bottom})


def _quarters_of(start: datetime, end: datetime) -> tuple[int, int]:
    """The quarters of an hour that lie whole in an interval: the first, and the one after the last."""
    first = bucket_of(Grain.QUARTER, start)
    if bucket_start(Grain.QUARTER, first) < start:
        first += 1
    return first, bucket_of(Grain.QUARTER, end)


def _splits(measure: str, query: Query) -> bool:
    one = MEASURES[measure]
    return Dimension.HOTLINE in DIMENSIONS[one.table] and one.kind != "distinct" and query.answers(one.table)


def _add(into: Counts, counts: Mapping[str, int | None]) -> None:
    for key, value in counts.items():
        before = into.get(key) or 0
        most = key in MEASURES and MEASURES[key].kind == "max"
        into[key] = max(before, value or 0) if most else before + (value or 0)


def _in_order(item: tuple[tuple[int, Key], object]) -> tuple[int, tuple[tuple[bool, str], ...]]:
    (bucket, key), _ = item
    return bucket, tuple((one is not None, one or "") for one in key)


def _measures(figures: Sequence[str], variants: Sequence[Variant]) -> tuple[str, ...]:
    return tuple(
        sorted(
            {
                key
                for name in figures
                for variant in variants
                for key in FIGURES[name].formula(variant).measures()
            }
        )
    )


def with_interval(line: Line, milliseconds: int) -> Line:
    """The line with the length of its interval among its counts."""
    first, *others = line.parts
    told = (first[0], {**first[1], INTERVAL: milliseconds})
    return Line(
        line.bucket, line.key, (told, *((variant, {**counts, INTERVAL: 0}) for variant, counts in others))
    )


def interval_of(grain: Grain, bucket: int, start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """An interval, as far as it lies in the period."""
    if grain is Grain.TOTAL:
        return start, end
    return max(start, bucket_start(grain, bucket)), min(end, bucket_start(grain, bucket + 1))


def length_ms(start: datetime, end: datetime, hour: int | None = None, weekday: int | None = None) -> int:
    """How much of a period there is, of one hour of the day or one day of the week if given."""
    if hour is None and weekday is None:
        return (end - start) // timedelta(milliseconds=1)
    total, at = 0, start
    while at < end:
        local = at + LOCAL_OFFSET
        border = min(
            end, local.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1) - LOCAL_OFFSET
        )
        if hour in {None, local.hour} and weekday in {None, local.isoweekday()}:
            total += (border - at) // timedelta(milliseconds=1)
        at = border
    return total


def line_length_ms(query: Query, line: Line) -> int:
    """How long the interval of a line is."""
    start, end = interval_of(query.grain, line.bucket, query.start, query.end)
    keys = dict(zip(query.dimensions, line.key, strict=False))
    hour, weekday = keys.get(Dimension.HOUR), keys.get(Dimension.WEEKDAY)
    return length_ms(
        start, end, None if hour is None else int(hour), None if weekday is None else int(weekday)
    )


def all_buckets(query: Query) -> range:
    """Every interval of the query."""
    return range(1) if query.grain is Grain.TOTAL else buckets(query.grain, query.start, query.end)
