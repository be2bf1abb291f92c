"""PDF: Chinese can be read back, wide tables are cut, mark-up in texts stays text."""

import io
from datetime import timedelta

from pypdf import PdfReader

from hotline.platform.pdf import Document, Heading, Paragraph, Table, sheet_pdf, to_pdf
from hotline.platform.tabular import Sheet


def text_of(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def test_a_sheet_can_be_read_back_and_every_column_is_there() -> None:
    header = ["时间", *(f"指标{n}" for n in range(30))]
    rows = [["2026-11-01 周日", 5, timedelta(seconds=3725), 0.75, None, *range(26)], ["合计", *range(30)]]
    content = sheet_pdf(
        Sheet(title="话务总览", about=("口径：默认",), header=header, rows=rows, percent=frozenset({3}))
    )
    read = text_of(content)
    assert all(f"指标{n}" in read for n in range(30))
    assert "1:02:05" in read and "75.00%" in read and "—" in read and "口径：默认" in read
    assert read.count("2026-11-01") > 1, "the leading column stands on every piece of a wide table"


def test_every_piece_of_a_wide_table_says_whose_row_it_is() -> None:
    """Of a report by queue and agent, the second piece once said neither."""
    header = ["时间", "座席组", "座席", *(f"指标{n}" for n in range(30))]
    rows = [["全部", "综合组", "王小明", *range(30)], ["合计", "", "", *range(30)]]
    read = text_of(sheet_pdf(Sheet(title="座席组", about=(), header=header, rows=rows, leading=3)))
    assert read.count("王小明") == read.count("综合组") == read.count("合计") == read.count("时间") > 2


def test_text_is_text_and_long_tables_go_over_pages() -> None:
    table = Table(header=["热线<b>", "数"], rows=[[f"<i>行{n} & 䶮", str(n)] for n in range(120)])
    content = to_pdf(
        Document(
            title="验收", blocks=[Heading("一、概况"), Paragraph("说明", muted=True), table], foot="脚注"
        )
    )
    assert len(PdfReader(io.BytesIO(content)).pages) > 1
    read = text_of(content)
    assert "<i>行119 & 䶮" in read
    assert read.count("热线<b>") == len(PdfReader(io.BytesIO(content)).pages), "the header is repeated"
