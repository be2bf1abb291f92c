"""Answer a query over facts in memory, in plain Python: for the simulator and as the yardstick of the statistics store."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from hotline.core.metrics import facts as f
from hotline.core.metrics.measures import MEASURES, Measure, Param, Table, Where
from hotline.core.metrics.query import COLUMNS, Query, Row, bucket_of, epoch_ms

_TABLE_OF: dict[type, Table] = {
    f.CallFact: Table.CALL,
    f.QueueVisitFact: Table.VISIT,
    f.OfferFact: Table.OFFER,
    f.TalkFact: Table.TALK,
    f.AgentIntervalFact: Table.AGENT,
    f.SurveyAnswerFact: Table.SURVEY,
    f.IvrKeyFact: Table.KEY,
}

_COUNTED_AT: dict[Table, str] = {
    Table.CALL: "started_at",
    Table.VISIT: "entered_at",
    Table.OFFER: "started_at",
    Table.TALK: "started_at",
    Table.AGENT: "from_at",
    Table.SURVEY: "call_started_at",
    Table.KEY: "call_started_at",
}

_Group = tuple[int, tuple[str | None, ...]]


def latest(facts: Iterable[f.Fact]) -> list[f.Fact]:
    """Drop rows that a later row with the same key replaced (a talk before its after-call work was known)."""
    kept: dict[object, f.Fact] = {}
    for number, row in enumerate(facts):
        kept[row.talk_id if isinstance(row, f.TalkFact) else number] = row
    return list(kept.values())


def counted_at(row: f.Fact) -> datetime:
    """The moment by which a row belongs to an interval (rule 2 of metrics.md)."""
    moment: datetime = getattr(row, _COUNTED_AT[_TABLE_OF[type(row)]])
    return moment


def evaluate(query: Query, facts: Iterable[f.Fact]) -> list[Row]:
    """Return the rows of counts, ordered by interval and key. Measures of a table that lacks a dimension or filter are None."""
    by_table: dict[Table, list[f.Fact]] = defaultdict(list)
    for row in facts:
        by_table[_TABLE_OF[type(row)]].append(row)
    groups: dict[_Group, dict[str, int | None]] = defaultdict(dict)
    for key in query.measures:
        measure = MEASURES[key]
        if not query.answers(measure.table):
            continue
        chosen = [row for row in by_table[measure.table] if _chosen(query, measure, row)]
        for group, value in _count(query, measure, chosen).items():
            groups[group][key] = value
    empty = {key: 0 if query.answers(MEASURES[key].table) else None for key in query.measures}
    return [
        Row(bucket=bucket, key=key, counts={**empty, **counts})
        for (bucket, key), counts in sorted(
            groups.items(), key=lambda item: (item[0][0], _sortable(item[0][1]))
        )
    ]


def _sortable(key: tuple[str | None, ...]) -> tuple[tuple[bool, str], ...]:
    return tuple((value is not None, value or "") for value in key)


def _chosen(query: Query, measure: Measure, row: f.Fact) -> bool:
    if measure.kind != "peak" and not query.start <= counted_at(row) < query.end:
        return False
    if query.authorities is not None and row.authority_id not in query.authorities:
        return False
    if not query.variant.include_test and getattr(row, "test", False):
        return False
    columns = COLUMNS[measure.table]
    if any(getattr(row, columns[d]) not in values for d, values in query.filters.items()):
        return False
    return all(_holds(query, where, row) for where in measure.where)


def _holds(query: Query, where: Where, row: f.Fact) -> bool:
    value: Any = column(row, where.column)
    bound: Any = (
        query.variant.parameters()[where.value.name] if isinstance(where.value, Param) else where.value
    )
    tests: dict[str, Callable[[], bool]] = {
        "eq": lambda: value == bound,
        "in": lambda: value in bound,
        "le": lambda: value <= bound,
        "lt": lambda: value < bound,
        "ge": lambda: value >= bound,
    }
    return tests[where.op]()


def column(row: f.Fact, name: str) -> Any:
    """A row's value under the column's name in the store (`duration_ms` and `answered` are derived)."""
    if name == "duration_ms" and isinstance(row, f.AgentIntervalFact):
        return round((row.to_at - row.from_at).total_seconds() * 1000)
    if name == "answered" and isinstance(row, f.CallFact):
        return row.answered_at is not None
    return getattr(row, name)


def _group(query: Query, measure: Measure, row: f.Fact) -> _Group:
    columns = COLUMNS[measure.table]
    return bucket_of(query.grain, counted_at(row)), tuple(getattr(row, columns[d]) for d in query.dimensions)


def _count(query: Query, measure: Measure, rows: list[f.Fact]) -> dict[_Group, int]:
    if measure.kind == "peak":
        return _peak(query, measure, rows)
    grouped: dict[_Group, list[f.Fact]] = defaultdict(list)
    for row in rows:
        grouped[_group(query, measure, row)].append(row)
    totals: dict[str, Callable[[list[f.Fact]], int]] = {
        "count": len,
        "sum": lambda members: sum(column(m, measure.column) for m in members),
        "max": lambda members: max(column(m, measure.column) for m in members),
        "distinct": lambda members: len({column(m, measure.column) for m in members}),
    }
    return {group: totals[measure.kind](members) for group, members in grouped.items()}


def _peak(query: Query, measure: Measure, rows: list[f.Fact]) -> dict[_Group, int]:
    """The most visits open at once, counted when a visit is entered; in the same millisecond leaving comes first."""
    moments: dict[tuple[str | None, ...], list[tuple[int, int, f.Fact]]] = defaultdict(list)
    for row in rows:
        if isinstance(row, f.QueueVisitFact):
            key = _group(query, measure, row)[1]
            entered = epoch_ms(row.entered_at)
            moments[key].append((entered, 1, row))
            moments[key].append((max(entered + 1, epoch_ms(row.left_at)), -1, row))
    peaks: dict[_Group, int] = {}
    for key, changes in moments.items():
        length = 0
        for at, step, row in sorted(changes, key=lambda c: (c[0], c[1])):
            length += step
            if step > 0 and epoch_ms(query.start) <= at < epoch_ms(query.end):
                group = bucket_of(query.grain, counted_at(row)), key
                peaks[group] = max(peaks.get(group, 0), length)
    return peaks
