"""What a report says on the page, in the interface and in every file it is taken away in: the same figures, to the last digit."""

import asyncio
import csv
import io
import re
import shutil
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from hotline.core.metrics.catalogue import REPORTS
from hotline.core.metrics.formula import Unit
from hotline.features.reports.export import _cell  # pyright: ignore[reportPrivateUsage]
from hotline.features.reports.listings import LISTINGS
from hotline.features.reports.numbers import number, text
from hotline.platform.tabular import Sheet, clock_text, to_csv, to_xlsx
from tests.integration.features_admin.test_history import PERIOD, History, history
from tests.integration.features_admin.test_own_reports_tickets import worked

__all__ = ["history"]
LOCAL = timedelta(hours=8)
FIGURE = re.compile(r"—|-?\d+(\.\d+)?%?|\d+:\d\d:\d\d")
ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""Figures come from the statistics, which are the same file beside either database."""
OFFICE = shutil.which("soffice") or shutil.which("libreoffice")


def shown(report: dict[str, Any], row: dict[str, Any]) -> list[str]:
    """The figures of a row as the page shows them."""
    return [row["texts"][column["key"]] for column in report["columns"]]


def read(unit: str, cell: Any) -> str:
    """A cell of a workbook as its format shows it."""
    if cell == "—":
        return "—"
    match unit:
        case "count":
            return str(cell)
        case "duration":
            return clock_text(cell if isinstance(cell, timedelta) else timedelta(days=float(cell)))
        case _:
            sheet = Sheet(
                title="",
                about=(),
                header=(),
                rows=(),
                percent=frozenset({0} if unit == "ratio" else ()),
                decimals=frozenset({0}),
            )
            return sheet.text(0, float(cell))  # fmt: skip


async def take(history: History, key: str, file_format: str, **more: Any) -> bytes:
    """A report as a file."""
    answer = await history.http.get(f"/reports/{key}", params={**PERIOD, **more, "format": file_format})
    assert answer.status_code == 200, answer.text
    return answer.content


def opened_as(key: str) -> dict[str, Any]:
    """How the page of a report asks for it when it is opened: its own grain and groups."""
    report = REPORTS[key]
    return {"grain": str(report.grain), "group_by": [str(one) for one in report.group_by]}


def in_workbook(content: bytes) -> list[list[Any]]:
    """The rows of a workbook."""
    page = openpyxl.load_workbook(io.BytesIO(content)).active
    return [list(row) for row in page.iter_rows(values_only=True)]  # pyright: ignore[reportOptionalMemberAccess]


def in_csv(content: bytes) -> list[list[str]]:
    """The rows of a CSV file."""
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def on_paper(content: bytes) -> list[str]:
    """What stands in the cells of a PDF, in the order of reading; a cell of two lines is two."""
    pages = PdfReader(io.BytesIO(content)).pages
    return [line.strip() for page in pages for line in page.extract_text().splitlines()]


def in_pieces(leads: list[list[str]], rows: list[list[str]]) -> list[list[str]]:
    """The figures of a table, in the order of reading, for each width that it can be cut to; with leading columns that look like figures."""
    lead = [[name for name in names if FIGURE.fullmatch(name)] for names in leads]
    return [
        [cell for start in range(0, len(rows[0]), width) for names, row in zip(lead, rows, strict=True)
         for cell in (*names, *row[start : start + width])]
        for width in range(1, len(rows[0]) + 1)
    ]  # fmt: skip


@ONE_DATABASE
@pytest.mark.req("STA-0")
async def test_every_report_says_the_same_on_the_page_and_in_its_files(history: History) -> None:
    cells = 0
    for key in REPORTS:
        asked = opened_as(key)
        report = await history.get(f"/reports/{key}", **PERIOD, **asked)
        rows = [*report["rows"], report["totals"]]
        expected = [shown(report, row) for row in rows]
        width, many = len(expected[0]), len(expected)
        units = [column["unit"] for column in report["columns"]]
        book = in_workbook(await take(history, key, "xlsx", **asked))
        page = [row[-width:] for row in book[-many:]]
        assert [[read(u, c) for u, c in zip(units, row, strict=True)] for row in page] == expected, key
        table = in_csv(await take(history, key, "csv", **asked))
        assert [row[-width:] for row in table[-many:]] == expected, key
        leads = [row[:-width] for row in table[-many:]]
        paper = on_paper(await take(history, key, "pdf", **asked))
        assert [line for line in paper if FIGURE.fullmatch(line)] in in_pieces(leads, expected), key
        made = f"制表时间：{datetime.fromisoformat(report['made_at']) + LOCAL:%Y-%m-%d %H:%M:%S}"
        for lines in (["".join(map(str, row)) for row in book], ["".join(row) for row in table], paper):
            everything = "".join(lines).replace("None", "").replace(" ", "").replace("\u3000", "")
            assert report["variant_words"].replace(" ", "") in everything, key
            assert made.replace(" ", "") in everything, key
        cells += many * width
    assert cells > 1_500


@ONE_DATABASE
@pytest.mark.req("STA-0", "STA-9", "STA-11", "STA-15", "STA-19", "STA-20")
async def test_every_listing_says_the_same_on_the_page_and_in_its_files(history: History) -> None:
    found = 0
    for key in LISTINGS:
        listing = await history.get(f"/listings/{key}", **PERIOD, page=500)
        assert listing["next_cursor"] is None
        expected = [
            [listed(column, row[column["key"]]) for column in listing["columns"]] for row in listing["rows"]
        ]
        wanted = {**PERIOD, "format": "csv"}
        table = in_csv((await history.http.get(f"/listings/{key}", params=wanted)).content)
        assert table[2] == [column["name"] for column in listing["columns"]]
        assert table[3:] == expected, key
        book = in_workbook(
            (await history.http.get(f"/listings/{key}", params=wanted | {"format": "xlsx"})).content
        )
        assert [[in_cell(cell) for cell in row] for row in book[3:]] == expected, key
        paper = "".join(
            on_paper((await history.http.get(f"/listings/{key}", params=wanted | {"format": "pdf"})).content)
        )
        for row in expected[:60]:
            assert "".join(row).replace(" ", "") in paper.replace(" ", ""), key
        found += len(expected)
    assert found > 500


def listed(column: dict[str, Any], value: Any) -> str:
    """A cell of a listing as its page shows it."""
    if value is None:
        return "—"
    match column["kind"]:
        case "time":
            moment = datetime.fromisoformat(value) + LOCAL
            return moment.strftime("%Y-%m-%d %H:%M:%S")
        case "duration":
            return clock_text(timedelta(seconds=value))
        case _:
            return str(value)


def in_cell(cell: Any) -> str:
    """A cell of a workbook's listing as its format shows it."""
    match cell:
        case datetime():
            return cell.strftime("%Y-%m-%d %H:%M:%S")
        case timedelta():
            return clock_text(cell)
        case _:
            return "" if cell is None else str(cell)


@ONE_DATABASE
@pytest.mark.req("STA-0", "STA-13")
async def test_files_hold_the_period_before_as_well(history: History) -> None:
    """The figures of the period before are those of its own report, and the change is theirs to today's."""
    day = {"from": "2026-03-01T16:00:00Z", "to": "2026-03-02T16:00:00Z"}
    before = {"from": "2026-02-28T16:00:00Z", "to": "2026-03-01T16:00:00Z"}
    for key in ("summary", "waiting", "agent_efficiency"):
        now, then = [(await history.get(f"/reports/{key}", **one))["totals"] for one in (day, before)]
        answer = await history.http.get(
            f"/reports/{key}", params={**day, "compare": "previous", "format": "csv"}
        )
        row = in_csv(answer.content)[-1]
        assert [row[1 + 3 * n : 3 + 3 * n] for n in range(len(now["texts"]))] == [
            [now["texts"][one], then["texts"][one]] for one in now["texts"]
        ], key
        compared = {one: (now["values"][one], then["values"][one]) for one in now["values"]}
        changes = [
            "—" if was in {None, 0} or is_ is None else text(Unit.RATIO, Fraction(is_) / Fraction(was) - 1)
            for is_, was in compared.values()
        ]
        assert row[3::3] == changes, key


OWN: tuple[dict[str, Any], ...] = (
    {"figures": ["trunk_in", "agent_answer_rate", "asa"], "dimensions": ["queue"], "grain": "hour"},
    {"figures": ["talks", "aht", "occupancy", "avg_staff", "tickets_made"], "dimensions": ["agent"]},
    {"figures": ["tickets_made", "tickets_in_time_rate"], "dimensions": ["ticket_type"], "grain": "day"},
)
"""Own reports of counts, ratios, spans and numbers: of calls, of calls and tickets together, of tickets."""


async def to_take_away(history: History) -> dict[str, tuple[bytes, list[list[str]]]]:
    """Every kind of table: its workbook, and the cells of its last columns and rows as the page shows them."""
    files: dict[str, tuple[bytes, list[list[str]]]] = {}
    for key in REPORTS:
        report = await history.get(f"/reports/{key}", **PERIOD, **opened_as(key))
        files[key] = (await take(history, key, "xlsx", **opened_as(key)), all_shown(report))
    for own in OWN:
        answers = [
            await history.http.post("/reports/query", json={**PERIOD, **own}, params={"format": one})
            for one in ("json", "xlsx")
        ]
        files[f"own_{own['figures'][0]}"] = (answers[1].content, all_shown(answers[0].json()))
    for key in ("tickets", "complaints"):
        asked = {**PERIOD, "group_by": "type"}
        report = await history.get(f"/ticket-reports/{key}", **asked)
        book = await history.http.get(f"/ticket-reports/{key}", params={**asked, "format": "xlsx"})
        lines = [*(row["values"] for row in report["rows"]), report["totals"]]
        files[f"{key}_by_type"] = (
            book.content,
            [[of_tickets(one["unit"], line[one["key"]]) for one in report["columns"]] for line in lines],
        )
    for key in LISTINGS:
        listing = await history.get(f"/listings/{key}", **PERIOD, page=500)
        book = await history.http.get(f"/listings/{key}", params={**PERIOD, "format": "xlsx"})
        lines = [
            [listed(column, row[column["key"]]) for column in listing["columns"]] for row in listing["rows"]
        ]
        files[f"listing_{key}"] = (book.content, [[column["name"] for column in listing["columns"]], *lines])
    return files


def all_shown(report: dict[str, Any]) -> list[list[str]]:
    """Every figure of a report, totals last."""
    return [shown(report, row) for row in (*report["rows"], report["totals"])]


def of_tickets(unit: str, value: float | None) -> str:
    """A figure of a ticket report as its page shows it."""
    match unit:
        case _ if value is None:
            return "—"
        case "count":
            return f"{value:.0f}"
        case "duration":
            return clock_text(timedelta(seconds=value))
        case _:
            return read(unit, value)


@ONE_DATABASE
@pytest.mark.req("STA-0", "STA-16", "STA-17", "STA-21")
@pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed here")
async def test_libreoffice_shows_what_the_page_shows(history: History, tmp_path: Path) -> None:
    """What the spreadsheet program displays, cell by cell, is what the page displays: all files opened by one run of it."""
    assert OFFICE is not None
    await worked(history)
    files = await to_take_away(history)
    for name, (content, _) in files.items():
        (tmp_path / f"{name}.xlsx").write_bytes(content)
    convert = "csv:Text - txt - csv (StarCalc):44,34,76,1,,1033,true,true"
    process = await asyncio.create_subprocess_exec(
        OFFICE, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", convert, "--outdir", str(tmp_path),
        *(str(tmp_path / f"{name}.xlsx") for name in files), stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    async with asyncio.timeout(120):
        assert await process.wait() == 0
    for name, (_, expected) in files.items():
        table = list(csv.reader((tmp_path / f"{name}.csv").read_text("utf-8-sig").splitlines()))
        assert [row[-len(expected[0]) :] for row in table[-len(expected) :]] == expected, name
    assert sum(len(rows) * len(rows[0]) for _, rows in files.values()) > 5_000


@pytest.mark.req("STA-0")
def test_a_workbook_holds_whole_seconds() -> None:
    """164.5 s once was 0:02:45 on the page and 0:02:44 in LibreOffice, which cuts."""
    sheet = Sheet(title="时长", about=(), header=("时长",), rows=[[timedelta(seconds=164.5)]])
    (_, (cell,)) = in_workbook(to_xlsx(sheet))
    assert cell == timedelta(seconds=165)


@pytest.mark.req("STA-0")
@given(st.fractions(min_value=0, max_value=5_000_000, max_denominator=20_000))
def test_a_file_rounds_as_the_page_does(exact: Any) -> None:
    """A ratio of 12.345 % once was 12.34 % in the file and 12.35 % on the page."""
    for unit in (Unit.RATIO, Unit.NUMBER, Unit.DURATION):
        marked = frozenset({0})
        sheet = Sheet(
            title="", about=(), header=("",), rows=[[_cell(number(unit, exact), unit)]],
            percent=marked if unit is Unit.RATIO else frozenset(), decimals=marked if unit is Unit.NUMBER else frozenset(),
        )  # fmt: skip
        assert to_csv(sheet).decode("utf-8-sig").splitlines()[-1] == text(unit, exact)
