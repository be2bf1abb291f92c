"""PDF: Chinese can be read back, wide tables are cut, mark-up in texts stays text."""

import io
from datetime import timedelta

from pypdf import PageObject, PdfReader

from hotline.platform.pdf import Document, Heading, Paragraph, Table, sheet_pdf, to_pdf
from hotline.platform.tabular import Sheet


def text_on(page: PageObject) -> str:
    return page.extract_text()


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


def test_a_heading_stands_on_the_page_of_what_follows_it() -> None:
    """Of an acceptance, "四、不达标日" once stood alone at the foot of the first page."""
    table = Table(header=["指标", "日期"], rows=[["接通率", f"第{n}日"] for n in range(80)])
    alone = 0
    for lines in range(48, 56):
        for following in (table, Paragraph("没有不达标的日子")):
            above = [Paragraph(f"公式{n}") for n in range(lines)]
            blocks = [*above, Heading("四、不达标日"), following]
            pages = PdfReader(io.BytesIO(to_pdf(Document(title="验收", blocks=blocks)))).pages
            (page,) = (page for page in map(text_on, pages) if "四、不达标日" in page)
            assert "第0日" in page or "没有不达标的日子" in page, lines
            alone += "公式0" not in page
    assert 0 < alone < 16, "the heading comes by the foot of the first page"


def test_what_follows_a_table_stands_apart_from_it() -> None:
    table = Table(header=["约定", "金额"], rows=[["扣款", "1000"]])
    blocks = [table, Paragraph("扣款合计 1000 元")]
    (page,) = PdfReader(io.BytesIO(to_pdf(Document(title="验收", blocks=blocks)))).pages
    heights: dict[str, float] = {}

    def see(text: str, place: list[float], line: list[float], *_: object) -> None:
        heights.setdefault(text.strip(), place[5] + line[5])

    page.extract_text(visitor_text=see)
    assert heights["1000"] - heights["扣款合计 1000 元"] > 20
