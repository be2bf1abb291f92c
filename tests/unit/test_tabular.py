"""Workbooks from sheets whose titles people chose."""

import io

import openpyxl
import pytest

from hotline.platform.tabular import Sheet, to_xlsx


@pytest.mark.req("STA-21")
@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("接听/放弃 [早班]", "接听_放弃 _早班_"),
        ("'a\\b:c*d?'\r\n", "_a_b_c_d____"),
        ("报表" * 20, ("报表" * 16)[:31]),
        ("😀" * 20, "😀" * 15),
        ("", "Sheet1"),
    ],
)
def test_any_title_names_a_sheet(title: str, name: str) -> None:
    content = to_xlsx(Sheet(title=title, about=(), header=("列",), rows=()))
    assert openpyxl.load_workbook(io.BytesIO(content)).sheetnames == [name]
