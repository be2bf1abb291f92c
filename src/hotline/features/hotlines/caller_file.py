"""Read known callers from a file that people keep in a spreadsheet: CSV (UTF-8 or GB 18030) or XLSX; and write one.

Files are strangers: their size unpacked, their rows and columns are limited, and nothing in them is executed.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from typing import Final

from pydantic import ValidationError

from hotline.core.site import CallerKind
from hotline.features.hotlines.schemas_callers import CALLERS_MAX, ImportProblem, KnownCallerFields
from hotline.platform.errors import Invalid, problem_text
from hotline.platform.tabular import Sheet

FILE_MAX: Final = 4 * 1024 * 1024
_UNPACKED_MAX: Final = 64 * 1024 * 1024
_COLUMNS_MAX: Final = 20
PROBLEMS_MAX: Final = 200
_COLUMNS: Final = {
    "号码": "number", "电话": "number", "电话号码": "number", "number": "number",
    "类别": "kind", "类型": "kind", "kind": "kind",
    "优先级": "priority", "priority": "priority",
    "名称": "name", "姓名": "name", "name": "name",
    "备注": "note", "note": "note",
}  # fmt: skip
KIND_NAMES: Final = {CallerKind.VIP: "VIP", CallerKind.CONTRACT: "合同客户", CallerKind.CARE: "特殊关怀"}
_KINDS: Final = {name.lower(): kind for kind, name in KIND_NAMES.items()} | {
    kind.value: kind for kind in CallerKind
}
_TITLES: Final = {"number": "号码", "kind": "类别", "priority": "优先级", "name": "名称", "note": "备注"}


def read_callers(content: bytes) -> tuple[list[KnownCallerFields], list[ImportProblem]]:
    """Return the callers of a file, and what is wrong with which line (the header is line 1).

    Raises:
        Invalid: it is no such file, or has no column for the number, or too many rows.
    """
    lines = _numbered(_xlsx(content) if content[:2] == b"PK" else _csv(content))
    first = next(lines, None)
    columns = [_COLUMNS.get(cell.strip().lower()) for cell in first[1]] if first is not None else []
    if "number" not in columns:
        raise Invalid("file", "第一行应为列名，并且要有“号码”一列（还可以有：类别、优先级、名称、备注）")
    items: list[KnownCallerFields] = []
    problems: list[ImportProblem] = []
    seen: dict[str, int] = {}
    for line, cells in lines:
        given = {
            name: cell.strip() for name, cell in zip(columns, cells, strict=False) if name and cell.strip()
        }
        if not given:
            continue
        if len(items) + len(problems) >= CALLERS_MAX:
            raise Invalid("file", f"文件最多 {CALLERS_MAX} 行")
        found = _caller(given, line)
        if isinstance(found, KnownCallerFields) and found.number in seen:
            found = [ImportProblem(line=line, column="号码", message=f"与第 {seen[found.number]} 行重复")]
        if isinstance(found, KnownCallerFields):
            seen[found.number] = line
            items.append(found)
        else:
            problems += found
    return items, problems[:PROBLEMS_MAX]


def _caller(given: dict[str, str], line: int) -> KnownCallerFields | list[ImportProblem]:
    values: dict[str, object] = dict(given)
    if "kind" in given:
        kind = _KINDS.get(given["kind"].lower())
        if kind is None:
            return [
                ImportProblem(line=line, column="类别", message=f"应为{'、'.join(KIND_NAMES.values())}之一")
            ]
        values["kind"] = kind
    if "number" in given:
        values["number"] = given["number"].lstrip("'").replace(" ", "").replace("-", "")
    try:
        return KnownCallerFields.model_validate(values)
    except ValidationError as wrong:
        return [
            ImportProblem(
                line=line,
                column=_TITLES.get(str(problem["loc"][0]), "") if problem["loc"] else "",
                message=problem_text(dict(problem), "zh-CN"),
            )
            for problem in wrong.errors(include_url=False)
        ]


def _numbered(rows: Iterable[list[str]]) -> Iterator[tuple[int, list[str]]]:
    return enumerate(rows, start=1)


def _csv(content: bytes) -> Iterator[list[str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = content.decode("gb18030")
        except UnicodeDecodeError as broken:
            raise Invalid("file", "文件应为 XLSX，或 UTF-8、GB 18030 编码的 CSV") from broken
    try:
        for row in csv.reader(io.StringIO(text)):
            yield row[:_COLUMNS_MAX]
    except csv.Error as broken:
        raise Invalid("file", "不是正确的 CSV 文件") from broken


def _xlsx(content: bytes) -> Iterator[list[str]]:
    import openpyxl  # loaded when somebody imports: not at every start

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(member.file_size for member in packed.infolist()) > _UNPACKED_MAX:
                raise Invalid("file", "文件过大")
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        for row in sheet.iter_rows(max_row=CALLERS_MAX + 2, max_col=_COLUMNS_MAX, values_only=True):
            yield [_cell(value) for value in row]
    except Invalid:
        raise
    except Exception as broken:
        raise Invalid("file", "不是正确的 XLSX 文件") from broken


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # spreadsheets keep telephone numbers as numbers
    return str(value)


def caller_sheet(rows: Iterable[KnownCallerFields]) -> Sheet:
    """Return the list as a table that `read_callers` takes again."""
    return Sheet(
        title="重要来电",
        about=(),
        header=tuple(_TITLES.values()),
        rows=[(row.number, KIND_NAMES[row.kind], row.priority, row.name, row.note) for row in rows],
    )
