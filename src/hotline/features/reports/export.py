"""A report as a table to take away, with everything needed to make it again."""

from datetime import datetime, timedelta
from typing import Any

from hotline.core.metrics.formula import Unit
from hotline.features.reports.schemas import ListingColumn, ReportAnswer, ReportRow
from hotline.platform.pdf import PDF_TYPE, sheet_pdf
from hotline.platform.tabular import CSV_TYPE, XLSX_TYPE, Cell, Sheet, local, to_csv, to_xlsx

TYPES = {"csv": CSV_TYPE, "xlsx": XLSX_TYPE, "pdf": PDF_TYPE}
"""Media types by format."""


def file_of(sheet: Sheet, file_format: str) -> bytes:
    """The sheet as a file. Slow when it is long: in a thread."""
    if file_format == "pdf":
        return sheet_pdf(sheet)
    return to_csv(sheet) if file_format == "csv" else to_xlsx(sheet)


def sheet(report: ReportAnswer, maker: str) -> Sheet:
    """Return the report as a sheet: period, variant and time of making above, totals last."""
    width = len(report.group_by)
    compared = ["上期 ", "变化 "] if report.compare else []
    header = ["时间", *report.group_names]
    percent: set[int] = set()
    decimals: set[int] = set()
    for column in report.columns:
        if column.unit is Unit.RATIO:
            percent.update({len(header), len(header) + 1} if compared else {len(header)})
        if column.unit is Unit.NUMBER:
            decimals.update({len(header), len(header) + 1} if compared else {len(header)})
        if compared:
            percent.add(len(header) + 2)
        header += [column.name, *(f"{column.name}（{word.strip()}）" for word in compared)]
    rows = [_cells(row, report, width) for row in (*report.rows, report.totals)]
    return Sheet(
        title=report.name,
        about=_about(report, maker),
        header=header,
        rows=rows,
        percent=frozenset(percent),
        decimals=frozenset(decimals),
        leading=1 + width,
    )


def _about(report: ReportAnswer, maker: str) -> tuple[str, ...]:
    lines = [
        f"{report.name}　{_period(report.start, report.end)}",
        f"口径：{report.variant_words}",
        f"制表时间：{local(report.made_at):%Y-%m-%d %H:%M:%S}　制表人：{maker}",
    ]
    if report.compare is not None:
        lines.append(f"对比时段：{_period(report.compare.start, report.compare.end)}")
    if report.truncated:
        lines.append(f"行数超过上限，只列前 {len(report.rows)} 行；合计是全部")
    return tuple(lines)


def _period(start: datetime, end: datetime) -> str:
    return f"{local(start):%Y-%m-%d %H:%M} 至 {local(end):%Y-%m-%d %H:%M}"


def _cells(row: ReportRow, report: ReportAnswer, width: int) -> list[Cell]:
    names = [value.name for value in row.keys] or [""] * width
    cells: list[Cell] = [row.label, *names]
    for column in report.columns:
        cells.append(_cell(row.values[column.key], column.unit))
        if report.compare is not None:
            cells.append(_cell((row.before or {}).get(column.key), column.unit))
            cells.append((row.change or {}).get(column.key))
    return cells


def _cell(value: float | None, unit: Unit) -> Cell:
    if value is None:
        return None
    match unit:
        case Unit.COUNT:
            return int(value)
        case Unit.DURATION:
            return timedelta(seconds=value)
        case Unit.NUMBER | Unit.RATIO:
            return value


def listing_sheet(
    name: str, columns: list[ListingColumn], rows: list[dict[str, Any]], period: tuple[datetime, datetime], maker: str, made_at: datetime
) -> Sheet:  # fmt: skip
    """Return a listing as a sheet."""
    return Sheet(
        title=name,
        about=(
            f"{name}　{_period(*period)}　共 {len(rows)} 条",
            f"制表时间：{local(made_at):%Y-%m-%d %H:%M:%S}　制表人：{maker}",
        ),
        header=[column.name for column in columns],
        rows=[[row.get(column.key) for column in columns] for row in rows],
        totals=False,
    )
