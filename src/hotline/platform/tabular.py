"""Tables as files: CSV (UTF-8 with BOM, as spreadsheet programs in China expect) and XLSX.

Cells that a spreadsheet would run as a formula are written as text (OWASP, "CSV Injection").
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import IO, Any

from hotline.core.metrics.query import LOCAL_OFFSET

Cell = str | int | float | datetime | timedelta | None
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_SHEET_NAME_MAX = 31
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV_TYPE = "text/csv; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A table: lines of explanation above it, a header, rows.

    Columns named in `percent` hold ratios (0.5 = 50 %), those in `decimals` numbers shown with two decimals. The first `leading`
    columns say what a row is about: they stay in sight, and stand on every piece of a table cut to the width of paper. `totals`:
    the last row is the sum of the others, and looks like it on paper.
    """

    title: str
    about: tuple[str, ...]
    header: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    percent: frozenset[int] = frozenset()
    decimals: frozenset[int] = frozenset()
    leading: int = 1
    totals: bool = True

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


class CsvTable:
    """A CSV file that grows: explanation and header of `head` first, then rows. `out` is opened in binary and stays open."""

    def __init__(self, out: IO[bytes], head: Sheet) -> None:
        out.write(b"\xef\xbb\xbf")
        self._head = head
        self._text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=True)
        self._writer = csv.writer(self._text)
        for line in head.about:
            self._writer.writerow([safe(line)])
        self._writer.writerow([safe(name) for name in head.header])

    def append(self, rows: Iterable[Sequence[Cell]]) -> None:
        """Write rows."""
        self._writer.writerows([_csv_cell(self._head, n, cell) for n, cell in enumerate(row)] for row in rows)

    def close(self) -> None:
        """Write what is still held."""
        self._text.flush()
        self._text.detach()


def to_csv(sheet: Sheet) -> bytes:
    """Return the sheet as CSV."""
    out = io.BytesIO()
    table = CsvTable(out, sheet)
    table.append(sheet.rows)
    table.close()
    return out.getvalue()


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


class XlsxTable:
    """A workbook that grows, with a frozen, filterable header. `folder`: rows are kept there meanwhile instead of in memory."""

    def __init__(self, out: IO[bytes], head: Sheet, folder: str = "") -> None:
        import xlsxwriter  # loaded when somebody exports: not at every start

        kept = {"constant_memory": True, "tmpdir": folder} if folder else {"in_memory": True}
        self._book = xlsxwriter.Workbook(
            out, {**kept, "strings_to_formulas": False, "strings_to_urls": False}
        )
        self._page = self._book.add_worksheet(_sheet_name(head.title))
        bold = self._book.add_format({"bold": True, "bottom": 1, "bg_color": "#EEF2F7"})
        self._formats = {
            "time": self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
            "span": self._book.add_format({"num_format": "[h]:mm:ss"}),
            "percent": self._book.add_format({"num_format": "0.00%"}),
            "decimals": self._book.add_format({"num_format": "0.00"}),
        }
        self._kinds = {
            **dict.fromkeys(head.percent, "percent"),
            **dict.fromkeys(head.decimals, "decimals"),
        }
        self._top = self._last = len(head.about)
        self._width = max(0, len(head.header) - 1)
        self._page.set_column(0, self._width, 16)
        self._page.freeze_panes(self._top + 1, head.leading)
        for n, line in enumerate(head.about):
            self._page.write_string(n, 0, line)
        for n, name in enumerate(head.header):
            self._page.write_string(self._top, n, name, bold)

    def append(self, rows: Iterable[Sequence[Cell]]) -> None:
        """Write rows."""
        for row in rows:
            self._last += 1
            for n, cell in enumerate(row):
                _write_cell(self._page, (self._last, n), cell, self._formats, self._kinds.get(n, ""))

    def close(self) -> None:
        """Write the file."""
        self._page.autofilter(self._top, 0, self._last, self._width)
        self._book.close()


def _sheet_name(title: str) -> str:
    """Return a title as Excel takes it for a sheet: without the signs it keeps for itself, 31 UTF-16 units at most."""
    taken = "".join("_" if sign in "[]:*?/\\'" or not sign.isprintable() else sign for sign in title)
    return taken.encode("utf-16-le")[: 2 * _SHEET_NAME_MAX].decode("utf-16-le", "ignore")


def to_xlsx(sheet: Sheet) -> bytes:
    """Return the sheet as a workbook."""
    out = io.BytesIO()
    table = XlsxTable(out, sheet)
    table.append(sheet.rows)
    table.close()
    return out.getvalue()


def _write_cell(page: Any, place: tuple[int, int], cell: Cell, formats: dict[str, Any], kind: str) -> None:
    match cell:
        case None:
            page.write_string(*place, "—")
        case datetime():
            page.write_datetime(*place, local(cell), formats["time"])
        case timedelta():
            whole = (cell + timedelta(milliseconds=500)) // timedelta(seconds=1)  # half up, as `clock_text`
            page.write_number(*place, whole / 86_400, formats["span"])
        case str():
            page.write_string(*place, cell)
        case _:
            page.write_number(*place, cell, formats.get(kind))
