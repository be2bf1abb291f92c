"""From a query to SQL: one SELECT for all measures of a table, and one for each `peak`.

SQLAlchemy Core, so that another engine can take its place.
"""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    and_,
    case,
    func,
    literal,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy import Table as SqlTable

from hotline.adapters.statistics_duckdb.tables import TABLES
from hotline.core.metrics.catalogue import Grain
from hotline.core.metrics.measures import MEASURES, Measure, Param, Table, Where
from hotline.core.metrics.query import COLUMNS, Query, epoch_ms

BUCKET = "bucket"
_LIKE_TIMES = 8
"""Whole division binds like multiplication; SQLAlchemy must know, to set its brackets."""


def selects(query: Query) -> list[tuple[list[str], Select[Any]]]:
    """Return pairs of measure keys and the SELECT that yields them: bucket, one column per dimension, one per key."""
    by_table: dict[Table, list[Measure]] = {}
    result: list[tuple[list[str], Select[Any]]] = []
    for key in query.measures:
        measure = MEASURES[key]
        if not query.answers(measure.table):
            continue
        if measure.kind == "peak":
            result.append(([key], _peak(query, measure)))
        else:
            by_table.setdefault(measure.table, []).append(measure)
    result.extend(
        ([m.key for m in measures], _counts(query, table, measures)) for table, measures in by_table.items()
    )
    return result


def _counts(query: Query, table: Table, measures: list[Measure]) -> Select[Any]:
    sql = TABLES[table].sql
    bucket = _bucket(query.grain, sql).label(BUCKET)
    keys = [sql.c[COLUMNS[table][d]].label(d.value) for d in query.dimensions]
    figures = [_aggregate(query, sql, measure).label(measure.key) for measure in measures]
    chosen = select(bucket, *keys, *figures).where(*_conditions(query, table), *_period(query, sql))
    groups: list[ColumnElement[Any]] = [literal_column(str(n + 1)) for n in range(1 + len(keys))]
    if query.grain is Grain.TOTAL and not keys:
        return chosen
    return chosen.group_by(*groups)


def _bucket(grain: Grain, sql: SqlTable) -> ColumnElement[int]:
    day, slot, month = sql.c.day, sql.c.slot, sql.c.month
    expressions: dict[Grain, ColumnElement[int]] = {
        Grain.QUARTER: day * 96 + slot,
        Grain.HOUR: day * 24 + slot.op("//", precedence=_LIKE_TIMES)(4),
        Grain.DAY: day + 0,
        Grain.WEEK: (day + 3).op("//", precedence=_LIKE_TIMES)(7),
        Grain.MONTH: month + 0,
        Grain.YEAR: month.op("//", precedence=_LIKE_TIMES)(12),
        Grain.TOTAL: literal(0, Integer),
    }
    return expressions[grain]


def _period(query: Query, sql: SqlTable) -> list[ColumnElement[bool]]:
    return [sql.c.t_ms >= epoch_ms(query.start), sql.c.t_ms < epoch_ms(query.end)]


def _conditions(query: Query, table: Table) -> list[ColumnElement[bool]]:
    sql = TABLES[table].sql
    conditions: list[ColumnElement[bool]] = []
    if query.authorities is not None:
        conditions.append(sql.c.authority_id.in_(query.authorities))
    if not query.variant.include_test and "test" in sql.c:
        conditions.append(sql.c.test.is_(False))
    conditions.extend(sql.c[COLUMNS[table][d]].in_(values) for d, values in query.filters.items())
    return conditions


def _where(query: Query, sql: SqlTable, where: Where) -> ColumnElement[bool]:
    name: Any = sql.c[where.column]
    value = query.variant.parameters()[where.value.name] if isinstance(where.value, Param) else where.value
    match where.op:
        case "eq":
            return name.is_(value) if isinstance(value, bool) else name == value
        case "in":
            return name.in_(value)
        case "le":
            return name <= value
        case "lt":
            return name < value
        case "ge":
            return name >= value


def _aggregate(query: Query, sql: SqlTable, measure: Measure) -> ColumnElement[Any]:
    conditions = [_where(query, sql, where) for where in measure.where]
    holds = and_(*conditions) if conditions else literal_column("true")
    match measure.kind:
        case "count":
            return func.count(case((holds, 1)))
        case "sum":
            return func.coalesce(func.sum(case((holds, sql.c[measure.column]))), 0)
        case "max":
            return func.coalesce(func.max(case((holds, sql.c[measure.column]))), 0)
        case "distinct":
            return func.count(case((holds, sql.c[measure.column])).distinct())
        case "peak":
            raise AssertionError("peaks have a SELECT of their own")


def _peak(query: Query, measure: Measure) -> Any:
    """Sweep over entries (+1) and exits (−1) in time; at one moment exits come first. Counted where a visit is entered.

    Only visits that touch the period matter, so that the sweep stays as short as the period.
    """
    sql = TABLES[measure.table].sql
    start, end = epoch_ms(query.start), epoch_ms(query.end)
    keys = [sql.c[COLUMNS[measure.table][d]].label(d.value) for d in query.dimensions]
    touched = [
        *_conditions(query, measure.table),
        sql.c.t_ms < end,
        or_(sql.c.left_ms >= start, sql.c.t_ms >= start),
    ]
    bucket = _bucket(query.grain, sql).label(BUCKET)
    entries = select(sql.c.t_ms.label("at"), literal(1, Integer).label("step"), bucket, *keys).where(*touched)
    exits = select(sql.c.left_ms.label("at"), literal(-1, Integer).label("step"), bucket, *keys).where(
        *touched
    )
    moves: Any = union_all(entries, exits).subquery()
    names = [d.value for d in query.dimensions]
    length = func.sum(moves.c.step).over(
        partition_by=[moves.c[n] for n in names] or None, order_by=(moves.c.at, moves.c.step), rows=(None, 0)
    )
    swept: Any = select(*moves.c, length.label("length")).subquery()
    chosen = select(
        swept.c[BUCKET], *(swept.c[n] for n in names), func.max(swept.c.length).label(measure.key)
    )
    inside = chosen.where(swept.c.step > 0, swept.c.at >= start, swept.c.at < end)
    return inside.group_by(swept.c[BUCKET], *(swept.c[n] for n in names))
