"""Intervals in SQL: their numbers, where they begin, and whether a call is its caller's first in one.

Different callers of an interval are as many as calls whose caller had not called in it before, which the gap kept beside each call
tells: no caller need be remembered for that.
"""

from dataclasses import replace
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, case, cast, func, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from hotline.core.metrics.dimensions import Grain
from hotline.core.metrics.measures import Measure, Table, Where
from hotline.core.metrics.query import Query, bucket_of, bucket_start, epoch_ms

FIRST: Final = "first_of_interval"
"""Stands for a column: whether no earlier call of the caller lies in the interval and the period."""
_FAR_MS: Final = 2**52
_DAY_MS: Final = 86_400_000
_OFFSET_MS: Final = 28_800_000
_SLOT_MS: Final = 900_000


class whole(FunctionElement[int]):  # noqa: N801 - reads as a function in SQL
    """Division of whole numbers, rounded down."""

    type = BigInteger()
    inherit_cache = True
    name = "whole"


@compiles(whole)
def _whole(element: Any, compiler: Any, **kw: Any) -> str:
    top, bottom = (compiler.process(one, **kw) for one in element.clauses)
    return f"(({top}) / ({bottom}))"


def bucket_column(grain: Grain, sql: Any) -> ColumnElement[Any]:
    """The number of the interval (see `core.metrics.query.bucket_of`)."""
    day, slot, month = sql.c.day, sql.c.slot, sql.c.month
    expressions: dict[Grain, ColumnElement[Any]] = {
        Grain.QUARTER: day * 96 + slot,
        Grain.HOUR: day * 24 + whole(slot, literal_column("4")),
        Grain.DAY: day + 0,
        Grain.WEEK: whole(day + 3, literal_column("7")),
        Grain.MONTH: month + 0,
        Grain.YEAR: whole(month, literal_column("12")),
        Grain.TOTAL: literal_column("0"),
    }
    return expressions[grain]


def by_gap(measure: Measure) -> Measure:
    """Different callers counted as calls that are the caller's first in their interval; other measures as they are."""
    if measure.table is not Table.CALL or measure.kind != "distinct" or measure.column != "caller":
        return measure
    return replace(measure, kind="count", column="", where=(*measure.where, Where(FIRST, "eq", value=True)))


def far_if_none(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """A gap, nothing being further than anything (DuckDB answers this in half the time of an OR)."""
    return func.coalesce(column, literal_column(str(_FAR_MS)))


def first_of_interval(query: Query, sql: Any) -> ColumnElement[bool]:
    """Whether a call's caller had called before neither in the interval nor in the period."""
    return sql.c.t_ms - far_if_none(sql.c.before_ms) < _start_ms(query, sql)


def _start_ms(query: Query, sql: Any) -> ColumnElement[Any]:
    """Where the part of the interval begins that lies in the period."""
    begins = epoch_ms(query.start)
    day, slot = cast(sql.c.day, BigInteger), cast(sql.c.slot, BigInteger)
    midnight = day * literal_column(str(_DAY_MS)) - literal_column(str(_OFFSET_MS))
    match query.grain:
        case Grain.TOTAL:
            return literal_column(str(begins))
        case Grain.MONTH | Grain.YEAR:
            return _by_month(query, sql)
        case Grain.DAY:
            at = midnight
        case Grain.WEEK:
            at = midnight - (day + 3) % 7 * literal_column(str(_DAY_MS))
        case Grain.HOUR:
            at = midnight + whole(slot, literal_column("4")) * literal_column(str(4 * _SLOT_MS))
        case Grain.QUARTER:
            at = midnight + slot * literal_column(str(_SLOT_MS))
    return case((at < begins, literal_column(str(begins))), else_=at)


def _by_month(query: Query, sql: Any) -> ColumnElement[Any]:
    first, last = bucket_of(Grain.MONTH, query.start), bucket_of(Grain.MONTH, query.end)
    starts = {
        month: literal_column(str(max(epoch_ms(query.start), epoch_ms(bucket_start(query.grain, month if query.grain is Grain.MONTH else month // 12)))))
        for month in range(first, last + 1)
    }  # fmt: skip
    return case(starts, value=sql.c.month)
