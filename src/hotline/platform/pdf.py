"""Documents and tables as PDF, with Chinese text embedded so that every reader shows it.

A document is a title, blocks below one another, and on every page a foot with the page's number. Tables that are too wide are
cut into several below each other, each with the leading columns again. Slow for big tables: run it in a thread.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hotline.platform.tabular import Cell, Sheet, clock_text, local

PDF_TYPE = "application/pdf"


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading within a document."""

    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text; `muted` is small and grey."""

    text: str
    muted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of texts. `widths` in millimetres (none: shared out); columns from `right_from` on stand at the right; `bold_last`: totals."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: tuple[float, ...] = ()
    right_from: int = 99
    leading: int = 1
    bold_last: bool = False


Block = Heading | Paragraph | Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A title over blocks; `foot` stands on every page."""

    title: str
    blocks: Sequence[Block]
    foot: str = ""
    wide: bool = False


def to_pdf(document: Document) -> bytes:
    """Return the document as PDF (A4; lying when `wide`)."""
    from hotline.platform.pdf_layout import (
        lay_out,  # the libraries take a second to load: only who prints waits for them
    )

    return lay_out(document)


def sheet_pdf(sheet: Sheet, *, foot: str = "") -> bytes:
    """Return a sheet as PDF, as `to_csv` and `to_xlsx` write it: explanation above, totals set apart."""
    rows = [[_cell_text(sheet, n, cell) for n, cell in enumerate(row)] for row in sheet.rows]
    table = Table(
        header=list(sheet.header), rows=rows, right_from=_first_number(sheet), leading=sheet.leading, bold_last=sheet.totals
    )  # fmt: skip
    about = [Paragraph(line, muted=n > 0) for n, line in enumerate(sheet.about)]
    return to_pdf(Document(title=sheet.title, blocks=[*about, table], foot=foot or sheet.title, wide=True))


def _first_number(sheet: Sheet) -> int:
    numbers = (
        n for row in sheet.rows for n, cell in enumerate(row) if isinstance(cell, int | float | timedelta)
    )
    return min(numbers, default=99)


def _cell_text(sheet: Sheet, column: int, cell: Cell) -> str:
    match cell:
        case None:
            return "—"
        case datetime():
            return local(cell).isoformat(sep=" ", timespec="seconds")
        case timedelta():
            return clock_text(cell)
        case str():
            return cell
        case _:
            return sheet.text(column, cell)
