"""Who called most: millions of callers are counted by one measure alone, and only of the first few is everything asked.

Without this a report by caller would group every caller of two years by every condition of its columns, to show a hundred.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Select, String, case, cast, func, select

from hotline.adapters.statistics_sql.coding import Coding
from hotline.adapters.statistics_sql.compile import class_conditions, compared, row_conditions
from hotline.adapters.statistics_sql.tables import TABLES
from hotline.core.metrics.dimensions import Dimension, Grain
from hotline.core.metrics.measures import MEASURES
from hotline.core.metrics.query import Query

Run = Callable[[Select[Any]], list[tuple[Any, ...]]]


def most_frequent(query: Query, coding: Coding, run: Run) -> Query:
    """The same question of those callers only who can be in the answer; any other question unchanged."""
    if not _fits(query):
        return query
    found = run(_counting(query, coding))
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


def _counting(query: Query, coding: Coding) -> Select[Any]:
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
        .group_by(sql.c.caller)
        .order_by(odd_first, times.desc(), cast(sql.c.caller, String))
        .limit(query.limit + coding.odd_callers)
    )
    return chosen
