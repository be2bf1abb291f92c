"""Whether different callers can be told by the gaps between their calls, which is many times quicker than keeping callers apart.

The gap reaches back to the caller's last inbound call, whichever that was. Where it can be one that the question does not count (a test
call, an excluded time), the callers concerned are counted one by one, and all others by their gaps.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, or_, select

from hotline.adapters.statistics_sql.coding import Coding
from hotline.adapters.statistics_sql.compile import Question, excluded_period, questions
from hotline.adapters.statistics_sql.tables import TABLES
from hotline.core.metrics.dimensions import Dimension, Grain
from hotline.core.metrics.measures import Table
from hotline.core.metrics.query import Query, epoch_ms

Run = Callable[[Select[Any]], list[tuple[Any, ...]]]
KEY: Final = "callers"
APART_MOST: Final = 2_000
"""Callers counted one by one; with more of them, all are."""
_MONTHS_MOST: Final = 60
"""Beginnings of months named in one statement."""
_CALL: Final = TABLES[Table.CALL]


def planned(query: Query, coding: Coding, run: Run) -> list[Question]:
    """The statements that answer a query; what they count of one row of the answer is added up."""
    if KEY not in query.measures or query.dimensions or query.filters:
        return questions(query, coding)
    if query.grain in {Grain.MONTH, Grain.YEAR} and (query.end - query.start) > timedelta(
        days=31 * _MONTHS_MOST
    ):
        return questions(query, coding)
    if len(authorities(query, coding, run)) > 1:
        return questions(query, coding)
    hidden = [row[0] for row in run(_hidden(query, coding))]
    if len(hidden) > APART_MOST:
        return questions(query, coding)
    by_gap = questions(query, coding, callers_by_gap=True, apart=hidden)
    if not hidden:
        return by_gap
    numbers = tuple(coding.caller_text(caller) or "" for caller in hidden)
    return [*by_gap, *questions(replace(query, measures=(KEY,), filters={Dimension.CALLER: numbers}), coding)]


def authorities(query: Query, coding: Coding, run: Run) -> set[int]:
    """The authorities that are asked for and have calls, by code."""
    found = {int(row[0]) for row in run(select(_CALL.sql.c.authority).distinct())}
    return found if query.authorities is None else found & {coding.known(one) for one in query.authorities}


def _hidden(query: Query, coding: Coding) -> Select[Any]:
    """Callers with a call in the period that is in the chain of gaps and does not count."""
    sql, kinds = _CALL.sql, _CALL.class_sql
    chained = and_(kinds.c.direction == "inbound", kinds.c.known_caller == 1)
    reasons: list[ColumnElement[bool]] = []
    if not query.variant.include_test:
        reasons.append(sql.c["class"].in_(select(kinds.c["class"]).where(chained, kinds.c.test == 1)))
    if not query.variant.include_excluded:
        reasons.extend(
            and_(*excluded_period(one, coding, sql)) for one in query.exclusions if one.number is None
        )
    period = [sql.c.t_ms >= epoch_ms(query.start), sql.c.t_ms < epoch_ms(query.end)]
    of_chain = sql.c["class"].in_(select(kinds.c["class"]).where(chained))
    return (
        select(sql.c.caller)
        .where(*period, of_chain, or_(sql.c.t_ms < 0, *reasons))
        .distinct()
        .limit(APART_MOST + 1)
    )
