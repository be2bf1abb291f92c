"""From a figure on a report back to where it comes from: its counts, and the rows that were counted."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hotline.core.metrics.dimensions import Dimension, Grain
from hotline.core.metrics.figures import FIGURES
from hotline.core.metrics.formula import INTERVAL, ROLLING, WHOLE, Terms
from hotline.core.metrics.measures import MEASURES
from hotline.core.metrics.query import (
    DIMENSIONS,
    CallBrief,
    CountedPage,
    CountedRow,
    Detail,
    Query,
    bucket_of,
    bucket_start,
)
from hotline.core.metrics.variant import Variant
from hotline.core.site import Site
from hotline.features.reports.asked import Asked, check_period
from hotline.features.reports.counting import Book, Counting, Counts, Line, line_length_ms, with_interval
from hotline.features.reports.naming import OUTCOMES, Names, disposition_name
from hotline.features.reports.numbers import number, text
from hotline.features.reports.schemas import Counted, CountedCalls, Explanation, Side, Term
from hotline.features.reports.service import Shown, query_of
from hotline.features.reports.wording import formula_text, measure_words
from hotline.platform.actor import make_cursor, read_cursor
from hotline.platform.errors import Invalid
from hotline.ports.statistics import Statistics

DEEP_MOST = 1_000_000
MIXED_DEEP_MOST = 20_000
"""Rows that are looked through where several variants are put together."""


def narrowed(asked: Asked, at: datetime | None, row: list[str]) -> Asked:
    """The parameters of one row: its interval (named by any moment in it) and its keys, as `dimension:value`.

    Raises:
        Invalid: no period, or one of a century; a row that the report does not have.
    """
    check_period(asked.start, asked.end)
    filters = {dimension: tuple(values) for dimension, values in asked.filters.items()}
    for part in row:
        name, _, value = part.partition(":")
        if name not in set(Dimension):
            raise Invalid("row", f"没有“{name}”这样的分组")
        dimension = Dimension(name)
        before = filters.get(dimension)
        if before is not None and value not in before:
            raise Invalid("row", "该行不在筛选范围内")
        filters[dimension] = (value,)
    start, end = asked.start, asked.end
    if at is not None and asked.grain is not Grain.TOTAL:
        bucket = bucket_of(asked.grain, at)
        start = max(start, bucket_start(asked.grain, bucket))
        end = min(end, bucket_start(asked.grain, bucket + 1))
        if end <= start:
            raise Invalid("at", "该行不在时间范围内")
    return replace(asked, start=start, end=end, grain=Grain.TOTAL, group_by=(), filters=filters)


class Explaining:
    """Explains figures for one request."""

    def __init__(self, statistics: Statistics, site: Site, book: Book, shown: Shown) -> None:
        self._statistics = statistics
        self._names = Names(site)
        self._book = book
        self._shown = shown

    async def explain(self, key: str, asked: Asked) -> Explanation:
        """Return how a figure over a whole period came about."""
        figure = FIGURES[key]
        counting = Counting(self._statistics, self._book)
        query = query_of(asked)
        lines = await counting.lines((key,), query)
        line = lines[0] if lines else counting.nothing((key,), query)
        line = with_interval(line, line_length_ms(query, Line(0, (), line.parts)))
        value = line.value(figure)
        groups = self._book.groups(asked.filters.get(Dimension.HOTLINE))
        sides: list[tuple[Side, Variant, Counts, Terms, str]] = []
        for (variant, counts), (_, members) in zip(line.parts, groups, strict=True):
            formula = figure.formula(variant)
            whose = "" if len(groups) == 1 else self._whose(members)
            sides.append(("numerator", variant, counts, formula.numerator, whose))
            sides.append(("denominator", variant, counts, formula.denominator or {}, whose))
        terms = [
            Term(
                measure=measure,
                words=measure_words(measure, variant),
                side=side,
                factor=factor,
                count=counts.get(measure),
                contributes=None if counts.get(measure) is None else factor * (counts[measure] or 0),
                listed=measure != INTERVAL and not measure.startswith(WHOLE),
                hotlines=whose,
            )
            for side, variant, counts, part, whose in sides
            for measure, factor in part.items()
        ]
        return Explanation(
            figure=key,
            name=figure.name,
            unit=figure.unit,
            words=figure.words,
            formula="；".join(dict.fromkeys(formula_text(figure.formula(v)) for v, _ in line.parts)),
            variant=self._shown.text,
            variant_words=self._shown.words,
            variants=self._shown.used,
            start=asked.start,
            end=asked.end,
            value=number(figure.unit, value),
            text=text(figure.unit, value),
            terms=terms,
        )

    def _whose(self, members: frozenset[str] | None) -> str:
        if members is None:
            return "其余热线"
        return "、".join(sorted(self._names.of(Dimension.HOTLINE, one) for one in members))

    async def page(
        self, key: str, asked: Asked, *, part: str, measure: str, offset: int, limit: int, total: bool
    ) -> CountedPage:
        """Return the rows that a figure counts, each hotline's under its own variant."""
        groups = self._book.groups(asked.filters.get(Dimension.HOTLINE))
        counting = Counting(self._statistics, self._book)
        if found := await counting.worst_stretch(FIGURES[key], query_of(asked), groups[0][0]):
            asked = replace(asked, start=found[0], end=found[1])
            groups = groups[:1]  # it is counted under one variant
        if len(groups) == 1:
            query = self._counted(key, query_of(asked), groups[0][0], part, measure)
            if query is None:
                raise Invalid("measure", "这一部分没有可列出的记录")
            return await self._statistics.detail(Detail(query=query, offset=offset, limit=limit, total=total))
        if offset + limit > MIXED_DEEP_MOST:
            raise Invalid("cursor", f"几条热线口径不同，最多翻到第 {MIXED_DEEP_MOST} 条；请按热线筛选后再看")
        found = [
            await self._statistics.detail(Detail(query=query, offset=0, limit=offset + limit, total=total))
            for query in await self._mixed(key, asked, groups, part, measure)
        ]
        rows = sorted((row for one in found for row in one.rows), key=lambda row: -row.at_ms)
        return CountedPage(
            rows=tuple(rows[offset : offset + limit]),
            total=sum(one.total or 0 for one in found) if total else None,
        )

    def _counted(self, key: str, query: Query, variant: Variant, part: str, measure: str) -> Query | None:
        """What counts under one variant; None: nothing that could be listed."""
        formula = FIGURES[key].formula(variant)
        side = formula.denominator if part == "denominator" else formula.numerator
        measures = tuple(
            one.removeprefix(WHOLE).removeprefix(ROLLING)
            for one in side or {}
            if one != INTERVAL and measure in {"", one}
        )
        if not measures:
            return None
        return replace(query, measures=measures, variant=variant, exclusions=self._book.exclusions)

    async def _mixed(
        self,
        key: str,
        asked: Asked,
        groups: list[tuple[Variant, frozenset[str] | None]],
        part: str,
        measure: str,
    ) -> list[Query]:
        """One question for each variant, about its hotlines; what knows no hotline is asked once."""
        base = query_of(asked)
        named = frozenset(one for _, members in groups if members is not None for one in members)
        queries: list[Query] = []
        for variant, members in groups:
            query = self._counted(key, base, variant, part, measure)
            if query is None:
                continue
            if not all(Dimension.HOTLINE in DIMENSIONS[MEASURES[one].table] for one in query.measures):
                return [query]
            hotlines = members if members is not None else await self._others(query, named)
            if hotlines:
                filters = {**query.filters, Dimension.HOTLINE: tuple(sorted(hotlines))}
                queries.append(replace(query, filters=filters))
        if not queries:
            raise Invalid("measure", "这一部分没有可列出的记录")
        return queries

    async def _others(self, query: Query, named: frozenset[str]) -> frozenset[str]:
        """The hotlines that occur and have no variant of their own; "" stands for none."""
        lines = await self._statistics.ask(replace(query, dimensions=(Dimension.HOTLINE,), order="", limit=0))
        return frozenset(line.key[0] or "" for line in lines) - named

    async def calls(
        self, key: str, asked: Asked, *, part: str, measure: str, cursor: str | None, limit: int
    ) -> CountedCalls:
        """Return a page of the rows that a figure counts, with their calls, in words."""
        offset = offset_of(cursor)
        page = await self.page(
            key, asked, part=part, measure=measure, offset=offset, limit=limit + 1, total=cursor is None
        )
        more = len(page.rows) > limit
        return CountedCalls(
            figure=key,
            name=FIGURES[key].name,
            total=page.total,
            next_cursor=make_cursor(str(offset + limit)) if more else None,
            items=[self._told(row) for row in page.rows[:limit]],
        )

    def _told(self, row: CountedRow) -> Counted:
        call, fields = row.call, row.fields
        outcome = str(fields.get("outcome") or fields.get("state") or fields.get("how") or "")
        wait = fields.get("wait_ms")
        return Counted(
            at=moment_of(row.at_ms),
            table=row.table.value,
            parts=row.parts,
            call_id=call.call_id if call else (str(fields.get("call_id") or "") or None),
            started_at=moment_of(call.started_ms) if call else None,
            **self._of_call(call),
            hotline_name=self._name(Dimension.HOTLINE, fields, call.hotline if call else ""),
            queue_name=self._name(Dimension.QUEUE, fields, call.queue if call else ""),
            agent_name=self._name(Dimension.AGENT, fields, call.agent if call else ""),
            outcome=OUTCOMES.get(outcome) or self._names.of(Dimension.STATE, outcome) if outcome else "",
            wait_s=None if wait is None else (int(wait) + 500) // 1000,
        )

    def _of_call(self, call: CallBrief | None) -> dict[str, Any]:
        if call is None:
            empty = dict.fromkeys(
                ("direction", "ani", "dnis", "business_type", "disposition", "disposition_name"), ""
            )
            return {**empty, "talk_s": None, "recorded": False}
        inbound = call.direction == "inbound"
        return {
            "direction": call.direction,
            "ani": call.caller if inbound else call.called,
            "dnis": call.called if inbound else call.caller,
            "business_type": call.business_type,
            "disposition": call.disposition,
            "disposition_name": disposition_name(call.disposition),
            "talk_s": (call.talk_ms + 500) // 1000,
            "recorded": call.recorded,
        }

    def _name(self, dimension: Dimension, fields: dict[str, str | int], otherwise: str) -> str:
        value = str(fields.get(dimension.value, otherwise) or "")
        return self._names.of(dimension, value) if value else ""


def offset_of(cursor: str | None) -> int:
    """Where a page begins. Raises `Invalid`."""
    if cursor is None:
        return 0
    (place,) = read_cursor(cursor, 1)
    if not place.isdigit() or int(place) > DEEP_MOST:
        raise Invalid("cursor", "游标无效")
    return int(place)


def moment_of(milliseconds: int) -> datetime:
    """Epoch milliseconds as a moment."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
