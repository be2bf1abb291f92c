"""A report as a table to take away, with everything needed to make it again."""

from datetime import timedelta

from hotline.core.metrics.figures import Unit
from hotline.features.reports.schemas import ReportAnswer, ReportRow
from hotline.platform.tabular import Cell, Sheet, local


def sheet(report: ReportAnswer, maker: str) -> Sheet:
    """Return the report as a sheet: period, variant and time of making above, totals last."""
    dimensions = [value.dimension for value in report.rows[0].keys] if report.rows else report.group_by
    names = {"hotline": "热线", "queue": "队列", "agent": "座席", "called": "被叫号码"}
    header = ["时间", *(names[d] for d in dimensions), *(column.name for column in report.columns)]
    shift = 1 + len(dimensions)
    percent = {shift + n for n, column in enumerate(report.columns) if column.unit is Unit.RATIO}
    about = (
        f"{report.name}　{local(report.start):%Y-%m-%d %H:%M} 至 {local(report.end):%Y-%m-%d %H:%M}",
        f"口径：{report.variant}",
        f"制表时间：{local(report.made_at):%Y-%m-%d %H:%M:%S}　制表人：{maker}",
    )
    rows = [_cells(row, report, len(dimensions)) for row in (*report.rows, report.totals)]
    return Sheet(title=report.name, about=about, header=header, rows=rows, percent=frozenset(percent))


def _cells(row: ReportRow, report: ReportAnswer, width: int) -> list[Cell]:
    names = [value.name for value in row.keys] or [""] * width
    return [row.label, *names, *(_cell(row, column.key, column.unit) for column in report.columns)]


def _cell(row: ReportRow, key: str, unit: Unit) -> Cell:
    value = row.values[key]
    if value is None:
        return None
    match unit:
        case Unit.COUNT:
            return int(value)
        case Unit.DURATION:
            return timedelta(seconds=value)
        case Unit.RATIO:
            return value
