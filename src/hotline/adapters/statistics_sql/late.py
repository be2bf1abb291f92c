"""What is told of a call after its rows were written: that its survey went out by SMS, and what was answered on the page."""

from datetime import UTC, datetime
from typing import Any

import duckdb

from hotline.adapters.statistics_sql.coding import Coding
from hotline.core.ids import HotlineId
from hotline.core.metrics import facts as f
from hotline.core.metrics.measures import Table
from hotline.core.metrics.settling import Stamp

COLUMNS = "no, t_ms, called, caller, type, hotline, class"
"""What must be known of the call."""
_CALL = f"SELECT {COLUMNS} FROM call WHERE call_high = ? AND call_low = ?"  # noqa: S608 - our own names


def count_invited(db: duckdb.DuckDBPyConnection, coding: Coding, fact: f.LateInvitation) -> None:
    """Give the call's row the class of calls that were invited to rate."""
    row = _call_row(db, coding, fact.call_id)
    if row is not None:
        db.execute("UPDATE call SET class = ? WHERE no = ?", [invited_class(coding, row), row[0]])


def row_of(db: duckdb.DuckDBPyConnection, coding: Coding, fact: f.LateAnswer) -> tuple[Any, ...] | None:
    """Return the row of a late answer; None when the call is not there."""
    row = _call_row(db, coding, fact.call_id)
    return None if row is None else answer_row(coding, fact, row)


def invited_class(coding: Coding, row: tuple[Any, ...]) -> int:
    """The class of calls that were invited to rate, but for that like this one; `row` has `COLUMNS`."""
    return coding.class_with(Table.CALL, row[-1], "survey_invited", value=True)


def answer_row(coding: Coding, fact: f.LateAnswer, row: tuple[Any, ...]) -> tuple[Any, ...]:
    """The row of a late answer, in the interval of its call; `row` has the call's `COLUMNS`."""
    number, t_ms, called, caller, kind, hotline, call_class = row
    hotline_id = coding.text(hotline)
    stamp = Stamp(
        number, coding.text(called) or "", coding.caller_text(caller) or "", coding.text(kind) or ""
    )
    answer = fact.of(
        HotlineId(hotline_id) if hotline_id else None,
        stamp.called,
        datetime.fromtimestamp(t_ms / 1000, UTC),
        test=bool(coding.class_value(Table.CALL, call_class, "test")),
    )
    return coding.row(answer, stamp)[1]


def _call_row(db: duckdb.DuckDBPyConnection, coding: Coding, call_id: str) -> tuple[Any, ...] | None:
    return db.execute(_CALL, list(coding.call_key(call_id, known_only=True))).fetchone()
