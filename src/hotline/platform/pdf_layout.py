"""How `platform/pdf` sets a document on pages: styles, tables cut to the paper's width, the foot."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER, TA_RIGHT
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import CondPageBreak, Flowable, LongTable, SimpleDocTemplate
from reportlab.platypus import Paragraph as Text

from hotline.platform.pdf import Block, Document, Heading, Paragraph, Table
from hotline.platform.pdf_font import font_for

_MARGIN = 14 * mm
_GRID = colors.HexColor("#C7D0D8")
_HEAD = colors.HexColor("#EEF2F7")
_COLUMN_MIN = 17 * mm
_FIRST_COLUMN = 34 * mm
_APART = 5
"""Points between a table and what stands above and below it."""
_LEAD_SHARE = 0.5
"""Of the paper's width the leading columns take no more than this."""


def lay_out(document: Document) -> bytes:
    """Return the document as PDF (A4; lying when `wide`)."""
    font = font_for("".join(_texts(document)))
    size = landscape(A4) if document.wide else A4
    width = size[0] - 2 * _MARGIN
    out = io.BytesIO()
    template = SimpleDocTemplate(
        out,
        pagesize=size,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN + 4 * mm,
        title=document.title,
        author="热线 Hotline",
    )
    story: list[Flowable] = [Text(escape(document.title), _style(font, 15, leading=22))]
    for block, following in zip(document.blocks, [*document.blocks[1:], None], strict=True):
        if isinstance(block, Heading) and following is not None:
            story.append(CondPageBreak(_beginning(block, font, width) + _beginning(following, font, width)))
        story += _flowables(block, font, width)

    def foot(canvas: Canvas, page: Any) -> None:
        canvas.setFont(font, 7.5)
        canvas.setFillColor(colors.HexColor("#6B7780"))
        canvas.drawString(_MARGIN, _MARGIN - 2 * mm, document.foot)
        canvas.drawRightString(size[0] - _MARGIN, _MARGIN - 2 * mm, f"第 {page.page} 页")

    template.build(story, onFirstPage=foot, onLaterPages=foot)
    return out.getvalue()


def _texts(document: Document) -> Iterable[str]:
    yield from (document.title, document.foot, "第页")
    for block in document.blocks:
        match block:
            case Heading() | Paragraph():
                yield block.text
            case Table():
                yield from block.header
                for row in block.rows:
                    yield from row


def _style(font: str, size: float, **more: Any) -> ParagraphStyle:
    look: dict[str, Any] = {"fontName": font, "fontSize": size, "leading": size * 1.45, "wordWrap": "CJK"}
    return ParagraphStyle("s", **(look | more))


def _flowables(block: Block, font: str, width: float) -> list[Flowable]:
    match block:
        case Heading():
            return [Text(escape(block.text), _style(font, 11.5, spaceBefore=9, spaceAfter=3))]
        case Paragraph():
            colour = colors.HexColor("#5B6770") if block.muted else colors.black
            return [Text(escape(block.text), _style(font, 8 if block.muted else 9, textColor=colour))]
        case Table():
            return [_table(piece, font, width) for piece in _pieces(block, width)]


def _beginning(block: Block, font: str, width: float) -> float:
    """How much of a page's height the least of a block takes that may stand under a heading: of a table, its head and first row."""
    short = replace(block, rows=block.rows[:1]) if isinstance(block, Table) else block
    first = _flowables(short, font, width)[0]
    return first.getSpaceBefore() + first.wrap(width, 0)[1] + first.getSpaceAfter()


def _pieces(table: Table, width: float) -> list[Table]:
    """Cut a table into ones that fit, each with the leading columns."""
    lead = table.leading
    room = max(1, int((width - lead * _lead_width(table, width)) // _COLUMN_MIN))
    others = len(table.header) - lead
    if table.widths or others <= room:
        return [table]
    pieces: list[Table] = []
    for start in range(lead, len(table.header), room):

        def cut(row: Sequence[str], start: int = start) -> list[str]:
            return [*row[:lead], *row[start : start + room]]

        pieces.append(
            Table(
                header=cut(table.header),
                rows=[cut(row) for row in table.rows],
                right_from=max(lead, table.right_from - start + lead) if table.right_from > start else lead,
                leading=lead,
                bold_last=table.bold_last,
            )
        )
    return pieces


def _lead_width(table: Table, width: float) -> float:
    return min(_FIRST_COLUMN, width * _LEAD_SHARE / max(1, table.leading))


def _table(table: Table, font: str, width: float) -> Flowable:
    size = 7.5
    styles = {
        "head": _style(font, size, alignment=TA_CENTER),
        "left": _style(font, size),
        "right": _style(font, size, alignment=TA_RIGHT),
    }
    data = [[Text(escape(name), styles["head"]) for name in table.header]]
    data += [
        [
            Text(escape(cell), styles["right" if n >= table.right_from else "left"])
            for n, cell in enumerate(row)
        ]
        for row in table.rows
    ]
    count = max(1, len(table.header))
    if table.widths:
        widths = [one * mm for one in table.widths]
    else:
        first = min(_lead_width(table, width), width / count)
        rest = (width - first * table.leading) / max(1, count - table.leading)
        widths = [first if n < table.leading else min(rest, 60 * mm) for n in range(count)]
    look: list[Any] = [
        ("GRID", (0, 0), (-1, -1), 0.4, _GRID),
        ("BACKGROUND", (0, 0), (-1, 0), _HEAD),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
        ("LEFTPADDING", (0, 0), (-1, -1), 4),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
    ]
    if table.bold_last and table.rows:
        look.append(("BACKGROUND", (0, -1), (-1, -1), _HEAD))
    return LongTable(
        data, colWidths=widths, repeatRows=1, style=look, hAlign="LEFT", spaceBefore=_APART, spaceAfter=_APART
    )
