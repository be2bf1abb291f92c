"""Fact rows as they are, for evidence: the columns that conditions look at, by hotline and period, in one order."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from hotline.adapters.statistics_sql.coding import Coding
from hotline.adapters.statistics_sql.tables import NULL_IS_FAR, TABLES, FactTable
from hotline.core.metrics.measures import Table
from hotline.core.metrics.query import epoch_ms
from hotline.ports.fact_rows import FactRow, RowsWanted

Run = Callable[[Select[Any]], list[tuple[Any, ...]]]
_CALL = TABLES[Table.CALL].sql
_FAR_MS = 2**62


def fact_rows(wanted: RowsWanted, coding: Coding, run: Run) -> list[FactRow]:
    """Return one page. Raises `KeyError` for a column that the table does not have."""
    spec = TABLES[wanted.table]
    hotlines = [coding.known(one) for one in wanted.hotlines]
    columns = [_column(spec, name) for name in wanted.columns]
    call_id = _call_id(spec)
    chosen: Select[Any] = (
        select(spec.sql.c.t_ms, *call_id, *(column.label(f"c{n}") for n, column in enumerate(columns)))
        .select_from(_joined(spec))
        .where(
            spec.sql.c.t_ms >= epoch_ms(wanted.start),
            spec.sql.c.t_ms < epoch_ms(wanted.end),
            spec.sql.c.hotline.in_(hotlines),
        )
    )
    everything = [spec.sql.c[name] for name in (*spec.codes, *spec.values, "class")]
    ordered = chosen.order_by(spec.sql.c.t_ms, spec.sql.c.no, *everything)
    return [
        FactRow(
            call_id=_id_text(coding, row[1 : 1 + len(call_id)]),
            at_ms=int(row[0]),
            values=tuple(
                _value(spec, name, one, coding)
                for name, one in zip(wanted.columns, row[1 + len(call_id) :], strict=True)
            ),
        )
        for row in run(ordered.limit(wanted.limit).offset(wanted.offset))
    ]


def _call_id(spec: FactTable) -> list[ColumnElement[Any]]:
    """The columns that give the call's id: one text, or two numbers."""
    if "call_id" in spec.sql.c:
        return [spec.sql.c.call_id]
    of_call = spec.sql if "call_high" in spec.sql.c else _CALL
    return [of_call.c.call_high, of_call.c.call_low]


def _id_text(coding: Coding, found: Any) -> str:
    if len(found) == 1:
        return str(found[0] or "")
    high, low = found
    return "" if high is None else coding.call_text(high, low)


def _joined(spec: FactTable) -> Any:
    joined = spec.sql.join(spec.class_sql, spec.sql.c["class"] == spec.class_sql.c["class"])
    if "call_id" in spec.sql.c or "call_high" in spec.sql.c:
        return joined
    return joined.outerjoin(_CALL, _CALL.c.no == spec.sql.c.no)


def _column(spec: FactTable, name: str) -> ColumnElement[Any]:
    stored = "hotline" if name == "hotline_id" else name
    return spec.class_sql.c[stored] if stored in spec.classes else spec.sql.c[stored]


def _value(spec: FactTable, name: str, value: Any, coding: Coding) -> str | int | bool | None:
    stored = "hotline" if name == "hotline_id" else name
    if stored in NULL_IS_FAR and value is None:
        return _FAR_MS
    return coding.text(int(value)) if stored in spec.codes else value
