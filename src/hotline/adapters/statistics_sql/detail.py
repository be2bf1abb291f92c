"""The rows behind a count: the same conditions as the count's, row by row, each with its call."""

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select

from hotline.adapters.statistics_sql.coding import Coding
from hotline.adapters.statistics_sql.compile import class_conditions, compared, row_condition, row_conditions
from hotline.adapters.statistics_sql.tables import TABLES, FactTable
from hotline.core.metrics.measures import MEASURES, Measure, Table
from hotline.core.metrics.query import CallBrief, CountedPage, CountedRow, Detail, Query, epoch_ms

Run = Callable[[Select[Any]], list[tuple[Any, ...]]]
_CALL = TABLES[Table.CALL]
_DAY_MS = 86_400_000
_STRETCHES_DAYS = (2, 16, 128)


def counted_page(detail: Detail, coding: Coding, run: Run) -> CountedPage:
    """Return a page of the rows that the query's measures count."""
    by_table: dict[Table, list[Measure]] = {}
    for key in detail.query.measures:
        measure = MEASURES[key]
        if detail.query.answers(measure.table):
            by_table.setdefault(measure.table, []).append(measure)
    found: list[CountedRow] = []
    total = 0
    for table, measures in by_table.items():
        found.extend(_rows(detail, coding, table, measures, run))
        if detail.total:
            total += int(run(_counting(detail.query, coding, table, measures))[0][0])
    if len(by_table) > 1:
        found.sort(key=lambda row: -row.at_ms)
        found = found[detail.offset : detail.offset + detail.limit]
    calls = _calls({row.fields["no"] for row in found}, coding, run)
    rows = tuple(
        CountedRow(
            at_ms=row.at_ms,
            table=row.table,
            parts=row.parts,
            fields={k: v for k, v in row.fields.items() if k != "no"},
            call=calls.get(int(row.fields["no"])),
        )
        for row in found
    )
    return CountedPage(rows=rows, total=total if detail.total else None)


def _holds(query: Query, spec: FactTable, measure: Measure) -> ColumnElement[bool]:
    """A measure's conditions, those of classes by the classes that meet them."""
    of_class = [
        compared(query, spec.class_sql.c[w.column], w) for w in measure.where if w.column in spec.classes
    ]
    of_row = [row_condition(query, spec.sql, w) for w in measure.where if w.column not in spec.classes]
    conditions: list[ColumnElement[bool]] = list(of_row)
    if of_class:
        conditions.append(spec.sql.c["class"].in_(select(spec.class_sql.c["class"]).where(*of_class)))
    return and_(*conditions) if conditions else spec.sql.c.t_ms >= 0


def _conditions(
    query: Query, coding: Coding, table: Table, measures: list[Measure]
) -> list[ColumnElement[bool]]:
    spec = TABLES[table]
    conditions = row_conditions(query, coding, table)
    if asked := class_conditions(query, spec):
        conditions.append(spec.sql.c["class"].in_(select(spec.class_sql.c["class"]).where(*asked)))
    conditions.append(or_(*(_holds(query, spec, measure) for measure in measures)))
    return conditions


def _counting(query: Query, coding: Coding, table: Table, measures: list[Measure]) -> Select[Any]:
    return (
        select(func.count())
        .select_from(TABLES[table].sql)
        .where(*_conditions(query, coding, table, measures))
    )


def _rows(
    detail: Detail, coding: Coding, table: Table, measures: list[Measure], run: Run
) -> Iterable[CountedRow]:
    query, spec = detail.query, TABLES[table]
    alone = len({MEASURES[key].table for key in query.measures if query.answers(MEASURES[key].table)}) == 1
    parts = [case((_holds(query, spec, m), _gives(spec, m))).label(f"m_{m.key}") for m in measures]
    columns = [column for column in spec.sql.columns if column.name not in {"month", "day", "slot"}]
    chosen: Select[Any] = select(*parts, *columns).where(*_conditions(query, coding, table, measures))
    order = [
        spec.sql.c.t_ms.desc(),
        spec.sql.c.no.desc(),
        *(spec.sql.c[name] for name in (*spec.codes, *spec.values, "class")),
    ]
    chosen = chosen.order_by(*order)
    chosen = (
        chosen.limit(detail.limit).offset(detail.offset)
        if alone
        else chosen.limit(detail.offset + detail.limit)
    )
    classes = {row[0]: row[1:] for row in run(select(spec.class_sql))}
    names = [column.name for column in columns]
    for row in _latest(chosen, spec, detail, run):
        values = dict(zip(names, row[len(measures) :], strict=True))
        counted = {m.key: int(v) for m, v in zip(measures, row, strict=False) if v is not None}
        yield CountedRow(
            at_ms=int(values["t_ms"]),
            table=table,
            parts=counted,
            fields=_fields(spec, coding, values, classes[values["class"]]),
            call=None,
        )


def _latest(chosen: Select[Any], spec: FactTable, detail: Detail, run: Run) -> Iterable[tuple[Any, ...]]:
    """Run the SELECT over ever longer stretches before the end, or the newest row, until enough are found: rows lie in the order of time."""
    newest = run(select(func.max(spec.sql.c.t_ms)))[0][0]
    if newest is None:
        return []
    start, end = epoch_ms(detail.query.start), min(epoch_ms(detail.query.end), int(newest) + 1)
    for days in _STRETCHES_DAYS:
        since = end - days * _DAY_MS
        if since <= start:
            break
        found = run(chosen.where(spec.sql.c.t_ms >= since))
        if len(found) == detail.limit:
            return found
    return run(chosen)


def _gives(spec: FactTable, measure: Measure) -> Any:
    """What a row gives to a measure."""
    if measure.kind in {"sum", "max"}:
        return spec.sql.c[measure.column]
    return 1


def _fields(
    spec: FactTable, coding: Coding, values: dict[str, Any], kind: tuple[Any, ...]
) -> dict[str, str | int]:
    fields: dict[str, str | int] = {"no": int(values["no"])}
    for name in spec.codes:
        fields[name] = coding.text(int(values[name])) or ""
    for name in spec.values:
        fields[name] = int(values[name])
    fields.update({name: value for name, value in zip(spec.classes, kind, strict=True) if name != "test"})
    for name in ("detail", "call_id", "number", "done_in_ms"):
        if name in values:
            fields[name] = values[name]
    if "call_high" in values:
        fields["call_id"] = coding.call_text(values["call_high"], values["call_low"])
    return fields


def _calls(numbers: Iterable[Any], coding: Coding, run: Run) -> dict[int, CallBrief]:
    wanted = sorted({int(n) for n in numbers if n})
    if not wanted:
        return {}
    sql, kinds = _CALL.sql, _CALL.class_sql
    names = "no call_high call_low t_ms caller called hotline queue agent type talk_ms".split()
    classes = "direction disposition recorded".split()
    chosen = select(*(sql.c[n] for n in names), *(kinds.c[n] for n in classes)).join(
        kinds, sql.c["class"] == kinds.c["class"]
    )
    if len(wanted) <= 500:
        chosen = chosen.where(sql.c.no.in_(wanted), sql.c.no >= wanted[0], sql.c.no <= wanted[-1])
    else:
        chosen = chosen.where(sql.c.no >= wanted[0], sql.c.no <= wanted[-1])
    found: dict[int, CallBrief] = {}
    asked = set(wanted)
    for row in run(chosen):
        value = dict(zip([*names, *classes], row, strict=True))
        if value["no"] in asked:
            found[value["no"]] = _brief(value, coding)
    return found


def _brief(value: dict[str, Any], coding: Coding) -> CallBrief:
    return CallBrief(
        call_id=coding.call_text(value["call_high"], value["call_low"]),
        started_ms=value["t_ms"],
        direction=value["direction"],
        disposition=value["disposition"],
        caller=coding.caller_text(value["caller"]) or "",
        called=coding.text(value["called"]) or "",
        hotline=coding.text(value["hotline"]) or "",
        queue=coding.text(value["queue"]) or "",
        agent=coding.text(value["agent"]) or "",
        business_type=coding.text(value["type"]) or "",
        talk_ms=value["talk_ms"],
        recorded=bool(value["recorded"]),
    )
