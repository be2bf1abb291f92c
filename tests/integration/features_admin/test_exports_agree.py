"""What a report says on the page, in the interface and in every file it is taken away in: the same figures, to the last digit."""

import asyncio
import csv
import io
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.core.metrics.catalogue import REPORTS
from hotline.core.metrics.formula import Unit
from hotline.features.reports.export import _cell  # pyright: ignore[reportPrivateUsage]
from hotline.features.reports.numbers import number, text
from hotline.platform.tabular import Sheet, clock_text, to_csv
from tests.integration.features_admin.test_history import PERIOD, History, history

__all__ = ["history"]
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


@pytest.mark.req("STA-0")
async def test_every_report_says_the_same_on_the_page_and_in_its_files(history: History) -> None:
    cells = 0
    for key in REPORTS:
        report = await history.get(f"/reports/{key}", **PERIOD)
        expected = [shown(report, row) for row in (*report["rows"], report["totals"])]
        width = len(expected[0])
        units = [column["unit"] for column in report["columns"]]
        page = openpyxl.load_workbook(io.BytesIO(await take(history, key, "xlsx"))).active
        rows = [list(row)[-width:] for row in page.iter_rows(values_only=True)][-len(expected) :]  # pyright: ignore[reportOptionalMemberAccess]
        assert [[read(u, c) for u, c in zip(units, row, strict=True)] for row in rows] == expected, key
        table = list(csv.reader(io.StringIO((await take(history, key, "csv")).decode("utf-8-sig"))))
        assert [row[-width:] for row in table][-len(expected) :] == expected, key
        cells += len(expected) * width
    assert cells > 400


@pytest.mark.req("STA-0")
@pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed here")
async def test_libreoffice_shows_the_figures_of_the_page(history: History, tmp_path: Path) -> None:
    """What the spreadsheet program displays, cell by cell, is what the page displays."""
    assert OFFICE is not None
    for key in REPORTS:
        (tmp_path / f"{key}.xlsx").write_bytes(await take(history, key, "xlsx"))
    convert = "csv:Text - txt - csv (StarCalc):44,34,76,1,,1033,true,true"
    process = await asyncio.create_subprocess_exec(
        OFFICE, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", convert, "--outdir", str(tmp_path),
        *(str(tmp_path / f"{key}.xlsx") for key in REPORTS), stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    async with asyncio.timeout(120):
        assert await process.wait() == 0
    for key in REPORTS:
        report = await history.get(f"/reports/{key}", **PERIOD)
        expected = [shown(report, row) for row in (*report["rows"], report["totals"])]
        table = list(csv.reader((tmp_path / f"{key}.csv").read_text("utf-8-sig").splitlines()))
        assert [row[-len(expected[0]) :] for row in table][-len(expected) :] == expected, key


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
