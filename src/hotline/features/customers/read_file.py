"""Read a spreadsheet of customers in a process of its own: `python -m hotline.features.customers.read_file FILE OUT < form.json`.

Files are strangers. A bomb or a broken file ends this process, not the application that carries calls: its memory and time are
limited, and so are rows, columns and the size unpacked. Writes the column names as `{"header"}`, one JSON line for each row: `{"line", "fields"}` or `{"line", "problems", "cells"}`,
and last `{"rows", "wrong"}` or `{"failed": why}`.
"""

import csv
import io
import json
import os
import resource
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from hotline.core.forms import FieldKind, FormField
from hotline.features.customers.export import CLASS_NAMES, COLUMNS, KIND_NAMES
from hotline.features.customers.schemas import CustomerFields
from hotline.platform.errors import Invalid, problem_text
from hotline.platform.forms import FormIncomplete, fields_of, require_values

ROWS_MAX: Final = 100_000
_COLUMNS_MAX: Final = 80
_CELL_MAX: Final = 4000
_UNPACKED_MAX: Final = 512 * 1024 * 1024
_MEMORY_MAX: Final = 3 * 1024 * 1024 * 1024
_CPU_MAX_S: Final = 300
_OTHER_TITLES: Final = {"姓名": "name", "名称": "name", "单位名称": "name", "号码": "numbers", "手机": "numbers", "联系电话": "numbers", "类别": "customer_class", "身份证号": "id_number", "证件号码": "id_number"}  # fmt: skip
_TITLES: Final = {title: key for key, title in COLUMNS.items()} | _OTHER_TITLES
_LISTS: Final = str.maketrans(dict.fromkeys(",，;；/ \n", "、"))


def main(source: Path, target: Path, form: list[dict[str, Any]]) -> None:
    """Read `source` and write `target`."""
    with target.open("w", encoding="utf-8") as out:
        try:
            rows, wrong = _convert(source.read_bytes(), out, fields_of(form))
            _write(out, {"rows": rows, "wrong": wrong})
        except Invalid as refused:
            _write(out, {"failed": refused.details["fields"][0]["message"]})
        except MemoryError:
            _write(out, {"failed": "文件过大，内存不足"})


def _write(out: io.TextIOBase | Any, value: dict[str, Any]) -> None:
    out.write(json.dumps(value, ensure_ascii=False) + "\n")


def _convert(content: bytes, out: Any, own: list[FormField]) -> tuple[int, int]:
    lines = enumerate(_xlsx(content) if content[:2] == b"PK" else _csv(content), start=1)
    header = [cell.strip() for cell in next(lines, (1, []))[1]]
    labels = {field.label: field for field in own}
    if not {_TITLES.get(title) for title in header} & {"name"}:
        raise Invalid("file", "第一行应为列名，并且要有“姓名/名称”一列；可先导出客户作为模板")
    _write(out, {"header": header})
    rows = wrong = 0
    seen: dict[str, int] = {}
    for line, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        if rows >= ROWS_MAX:
            raise Invalid("file", f"一次最多导入 {ROWS_MAX:,} 行，请拆分文件")
        rows += 1
        fields, problems = _row(header, cells, labels)
        mark = json.dumps(fields, ensure_ascii=False, sort_keys=True)
        if not problems and mark in seen:
            problems = [f"与第 {seen[mark]} 行完全相同"]
        seen.setdefault(mark, line)
        if problems:
            wrong += 1
            _write(out, {"line": line, "problems": problems, "cells": cells})
        else:
            _write(out, {"line": line, "fields": fields})
    return rows, wrong


def _row(header: list[str], cells: list[str], own: dict[str, FormField]) -> tuple[dict[str, Any], list[str]]:
    given: dict[str, Any] = {}
    values: dict[str, Any] = {}
    numbers: list[str] = []
    for title, cell in zip(header, cells, strict=False):
        text = cell.strip().removeprefix("'")
        key = _TITLES.get(title)
        if not text:
            continue
        if key == "numbers":
            numbers += text.translate(_LISTS).split("、")
        elif key is not None:
            given[key] = text
        elif title in own:
            values[own[title].key] = _own_value(own[title], text)
    problems = _translate(given)
    organisation = given.pop("organisation", "")
    clean = [one.replace("-", "").removeprefix("+86").lstrip("+") for one in numbers if one]
    try:
        wanted = CustomerFields.model_validate(
            given | {"numbers": [{"number": one} for one in dict.fromkeys(clean)], "values": {}}
        )
        kept = require_values(list(own.values()), values)
    except ValidationError as wrong:
        return {}, problems + [_said(problem) for problem in wrong.errors(include_url=False)]
    except FormIncomplete as incomplete:
        labels = {field.key: field.label for field in own.values()}
        return {}, problems + [
            f"{labels.get(one['field'].partition('.')[2], '')}：{one['message']}"
            for one in incomplete.details["fields"]
        ]
    return wanted.model_dump(mode="json") | {"values": kept, "organisation": organisation}, problems


def _translate(given: dict[str, Any]) -> list[str]:
    """Turn words of the spreadsheet into ours, in place; return what is no such word."""
    problems: list[str] = []
    for key, names in (("customer_class", CLASS_NAMES), ("kind", KIND_NAMES)):
        if key in given:
            by_name = {name.lower(): str(value) for value, name in names.items()}
            found = by_name.get(given[key].lower())
            if found is None:
                problems.append(f"{COLUMNS[key]}：应为{'、'.join(names.values())}之一")
            given[key] = found or next(iter(by_name.values()))
    if "tags" in given:
        given["tags"] = [one for one in given["tags"].translate(_LISTS).split("、") if one]
    if "gender" in given:
        given["gender"] = {"先生": "男", "女士": "女"}.get(given["gender"], given["gender"])
    return problems


def _own_value(field: FormField, text: str) -> Any:
    match field.kind:
        case FieldKind.NUMBER | FieldKind.MONEY:
            try:
                return float(text.replace(",", ""))
            except ValueError:
                return text
        case FieldKind.YES_NO:
            return {"是": True, "否": False}.get(text, text)
        case FieldKind.CHOICES:
            return [one for one in text.translate(_LISTS).split("、") if one]
        case _:
            return text


def _said(problem: Any) -> str:
    name = str(problem["loc"][0]) if problem["loc"] else ""
    title = COLUMNS.get(name, "")
    text = problem_text(dict(problem), "zh-CN")
    return f"{title}：{text}" if title else text


def _csv(content: bytes) -> Iterator[list[str]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise Invalid("file", "文件应为 XLSX，或 UTF-8、GB 18030 编码的 CSV")
    try:
        for row in csv.reader(io.StringIO(text)):
            yield [cell[:_CELL_MAX] for cell in row[:_COLUMNS_MAX]]
    except csv.Error as broken:
        raise Invalid("file", "不是正确的 CSV 文件") from broken


def _xlsx(content: bytes) -> Iterator[list[str]]:
    import openpyxl  # loaded when somebody imports: not at every start

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(member.file_size for member in packed.infolist()) > _UNPACKED_MAX:
                raise Invalid("file", "文件解压后过大")
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        rows = book.worksheets[0].iter_rows(max_row=ROWS_MAX + 2, max_col=_COLUMNS_MAX, values_only=True)
        for row in rows:
            yield [_cell(value) for value in row]
    except (Invalid, MemoryError):
        raise
    except Exception as broken:
        raise Invalid("file", "不是正确的 XLSX 文件") from broken


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # spreadsheets keep telephone numbers as numbers
    return str(value)[:_CELL_MAX]


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_MAX, _MEMORY_MAX))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_MAX_S, _CPU_MAX_S))
    os.nice(10)


if __name__ == "__main__":
    _limit()
    main(Path(sys.argv[1]), Path(sys.argv[2]), json.load(sys.stdin))
