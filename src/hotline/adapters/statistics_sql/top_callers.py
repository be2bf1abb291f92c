"""Who called most: millions of callers are counted by one measure alone, and only of the first few is everything asked.

Without this a report by caller would group every caller of two years by every condition of its columns, to show a hundred.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Select, String, case, cast, func, or_, select

from hotline.adapters.statistics_sql.coding import Coding
from hotline.adapters.statistics_sql.compile import class_conditions, compared, row_conditions
from hotline.adapters.statistics_sql.distinct_callers import authorities
from hotline.adapters.statistics_sql.tables import TABLES
from hotline.core.metrics.dimensions import Dimension, Grain
from hotline.core.metrics.measures import INBOUND, MEASURES, Table
from hotline.core.metrics.query import Query, epoch_ms

STEPS = (1024, 256, 64, 16, 4)
Run = Callable[[Select[Any]], list[tuple[Any, ...]]]


def most_frequent(query: Query, coding: Coding, run: Run) -> Query:
    """The same question of those callers only who can be in the answer; any other question unchanged."""
    if not _fits(query):
        return query
    found: list[tuple[Any, ...]] = []
    for least in _thresholds(query, coding, run):
        found = run(_counting(query, coding, least))
        if least <= 1 or sum(1 for _, times in found if times >= least) >= query.limit + coding.odd_callers:
            break
    callers = tuple(coding.caller_text(int(caller)) or "" for caller, _ in found)
    return replace(query, filters={**query.filters, Dimension.CALLER: callers}) if callers else query


def _fits(query: Query) -> bool:
    """Whether the rows are callers, the first few by a measure that is a plain count."""
    if (
        query.dimensions != (Dimension.CALLER,)
        or query.grain is not Grain.TOTAL
        or Dimension.CALLER in query.filters
    ):
        return False
    if not query.limit or query.order not in query.measures:
        return False
    measure = MEASURES[query.order]
    spec = TABLES[measure.table]
    if not query.answers(measure.table):
        return False
    return (
        measure.kind == "count"
        and spec.stamped
        and all(where.column in spec.classes for where in measure.where)
    )


def _thresholds(query: Query, coding: Coding, run: Run) -> list[int]:
    """How often the wanted callers may have called at least: from what can be found quickly down to what is always true.

    A caller who called `n` times in the period has an `n`-th call or a later one in it, by each authority's count.
    """
    measure = MEASURES[query.order]
    if measure.table is not Table.CALL or not any(w == INBOUND for w in measure.where):
        return [1]  # the calls of a caller are numbered for inbound ones only
    if len(authorities(query, coding, run)) > 1:
        return [1]
    sql = TABLES[Table.CALL].sql
    columns: list[ColumnElement[Any]] = [sql.c.nth, func.count()]
    conditions = [*row_conditions(query, coding, Table.CALL), sql.c.nth.in_(STEPS)]
    reached = {
        int(row[0]): int(row[1]) for row in run(select(*columns).where(*conditions).group_by(sql.c.nth))
    }
    wanted = query.limit + coding.odd_callers
    return [*(step for step in STEPS if reached.get(step, 0) >= wanted), 1]


def _counting(query: Query, coding: Coding, least: int) -> Select[Any]:
    """Count the calls of callers with at least so many, and of those with odd numbers."""
    measure = MEASURES[query.order]
    spec = TABLES[measure.table]
    sql, kinds = spec.sql, spec.class_sql
    of_class = [
        *class_conditions(query, spec),
        *(compared(query, kinds.c[w.column], w) for w in measure.where),
    ]
    times = func.count().label("times")
    odd_first = case((sql.c.caller > 0, 1), else_=0)
    columns: list[ColumnElement[Any]] = [sql.c.caller, times]
    chosen: Select[Any] = (
        select(*columns)
        .where(
            *row_conditions(query, coding, measure.table),
            sql.c["class"].in_(select(kinds.c["class"]).where(*of_class)),
        )
        .where(*_often(query, sql, least))
        .group_by(sql.c.caller)
        .order_by(odd_first, times.desc(), cast(sql.c.caller, String))
        .limit(query.limit + coding.odd_callers)
    )
    return chosen


def _often(query: Query, sql: Any, least: int) -> list[ColumnElement[bool]]:
    if least <= 1:
        return []
    period = [sql.c.t_ms >= epoch_ms(query.start), sql.c.t_ms < epoch_ms(query.end)]
    return [or_(sql.c.caller <= 0, sql.c.caller.in_(select(sql.c.caller).where(*period, sql.c.nth >= least)))]
