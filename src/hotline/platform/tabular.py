"""Tables as files: CSV (UTF-8 with BOM, as spreadsheet programs in China expect) and XLSX.

Cells that a spreadsheet would run as a formula are written as text (OWASP, "CSV Injection").
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from hotline.core.metrics.query import LOCAL_OFFSET

Cell = str | int | float | datetime | timedelta | None
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV_TYPE = "text/csv; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A table: lines of explanation above it, a header, rows.

    Columns named in `percent` hold ratios (0.5 = 50 %), those in `decimals` numbers shown with two decimals.
    """

    title: str
    about: tuple[str, ...]
    header: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    percent: frozenset[int] = frozenset()
    decimals: frozenset[int] = frozenset()

    def text(self, column: int, cell: float) -> str:
        """A number as people read it in this column, rounded half up as on the screen."""
        if column not in self.percent and column not in self.decimals:
            return str(cell)
        exact = Decimal(repr(cell)) * (100 if column in self.percent else 1)
        rounded = exact.quantize(Decimal("0.01"), ROUND_HALF_UP)
        return f"{rounded}%" if column in self.percent else str(rounded)


def safe(text: str) -> str:
    """Return `text` so that no spreadsheet takes it for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    return text.lstrip("+-").replace(".", "", 1).isdigit()


def local(at: datetime) -> datetime:
    """The local time on the wall, without zone, for cells."""
    return (at + LOCAL_OFFSET).replace(tzinfo=None)


def clock_text(span: timedelta) -> str:
    """A duration as h:mm:ss, rounded half up to whole seconds."""
    seconds = (span + timedelta(milliseconds=500)) // timedelta(seconds=1)
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def to_csv(sheet: Sheet) -> bytes:
    """Return the sheet as CSV."""
    out = io.StringIO()
    writer = csv.writer(out)
    for line in sheet.about:
        writer.writerow([safe(line)])
    writer.writerow([safe(name) for name in sheet.header])
    for row in sheet.rows:
        writer.writerow([_csv_cell(sheet, n, cell) for n, cell in enumerate(row)])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _csv_cell(sheet: Sheet, column: int, cell: Cell) -> str:
    match cell:
        case None:
            return "—"
        case datetime():
            return local(cell).isoformat(sep=" ", timespec="seconds")
        case timedelta():
            return clock_text(cell)
        case str():
            return safe(cell)
        case _:
            return sheet.text(column, cell)


def to_xlsx(sheet: Sheet) -> bytes:
    """Return the sheet as a workbook with a frozen, filterable header."""
    import xlsxwriter  # loaded when somebody exports: not at every start

    out = io.BytesIO()
    with xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        page = book.add_worksheet(sheet.title[:31])
        bold = book.add_format({"bold": True, "bottom": 1, "bg_color": "#EEF2F7"})
        formats = {
            "time": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
            "span": book.add_format({"num_format": "[h]:mm:ss"}),
            "percent": book.add_format({"num_format": "0.00%"}),
            "decimals": book.add_format({"num_format": "0.00"}),
        }
        kinds = {**dict.fromkeys(sheet.percent, "percent"), **dict.fromkeys(sheet.decimals, "decimals")}
        top = len(sheet.about)
        for n, line in enumerate(sheet.about):
            page.write_string(n, 0, line)
        for n, name in enumerate(sheet.header):
            page.write_string(top, n, name, bold)
        last = top
        for last, row in enumerate(sheet.rows, start=top + 1):
            for n, cell in enumerate(row):
                _write_cell(page, (last, n), cell, formats, kinds.get(n, ""))
        page.freeze_panes(top + 1, 1)
        page.autofilter(top, 0, max(last, top), max(0, len(sheet.header) - 1))
        page.set_column(0, max(0, len(sheet.header) - 1), 16)
    return out.getvalue()


def _write_cell(page: Any, place: tuple[int, int], cell: Cell, formats: dict[str, Any], kind: str) -> None:
    match cell:
        case None:
            page.write_string(*place, "—")
        case datetime():
            page.write_datetime(*place, local(cell), formats["time"])
        case timedelta():
            page.write_number(*place, cell / timedelta(days=1), formats["span"])
        case str():
            page.write_string(*place, cell)
        case _:
            page.write_number(*place, cell, formats.get(kind))
