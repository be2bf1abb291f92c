"""The evidence package of an acceptance: plan, result, every counted row, and the checker that recomputes it, listed by hash.

The manifest's SHA-256 stands on the acceptance report: whoever has both knows that the package is the one that was submitted.
Callers' numbers are not in it: rows are named by the ids of calls.
"""

import asyncio
import csv
import hashlib
import io
import json
import os
import sys
import tempfile
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import structlog

from hotline.core.metrics.measures import Table
from hotline.features.contracts import words
from hotline.features.contracts.counting import DAY_MS
from hotline.features.contracts.plan import Json, cell, day_start_ms
from hotline.platform.errors import Conflict
from hotline.platform.i18n import Text
from hotline.platform.tabular import safe
from hotline.ports.fact_rows import FactRow, FactRows, RowsWanted

log = structlog.stdlib.get_logger(__name__)

CHECKER = Path(__file__).with_name("checker.py")
CHECK_LIMIT_S = 300
_PAGE = 5_000
README = """合同考核证据包

本包含有一个考核期的全部依据，可以不依赖热线系统独立复算：
  plan.json      考核方案：指标、公式、口径、目标、剔除时段、后果条款
  result.json    考核结果：各指标逐日的分子分母、是否达标、扣款
  formulas.csv   各指标的公式与条件（供人阅读）
  facts/*.csv    被计数的每一行（以通话编号标识，不含来电号码）
  check.py       复算程序（Python 3.9 及以上，只用标准库，不到 200 行）
  manifest.json  以上每个文件的 SHA-256

复算：python3 check.py 本文件.zip 验收报告上的摘要
输出 AGREES 表示数据与报告完全一致，DIFFERS 表示有出入并逐条列出。
"""


class EvidenceDiffers(Conflict):
    """The rows and the figures do not agree: the statistics changed meanwhile, or are damaged."""

    code = "evidence_differs"
    text = Text(
        "明细与统计结果不一致，可能统计正在更新，请稍后重新提交；如一直如此请重建统计库",
        "The rows and the figures differ; statistics may be changing, try again later",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A package on disk. `sha256` is that of its manifest."""

    path: Path
    sha256: str
    size: int


async def make_package(rows: FactRows, plan: Json, result: Json, made_at: datetime, target: Path) -> Package:
    """Write the package to `target` and let its own checker judge it.

    Raises:
        EvidenceDiffers: the checker found differences; nothing is left behind.
        StatisticsUnavailable: the rows cannot be had just now.
    """
    await asyncio.to_thread(target.parent.mkdir, parents=True, exist_ok=True)
    aside = Path(tempfile.mkstemp(prefix=".package-", suffix=".zip", dir=target.parent)[1])
    try:
        facts = {table: await _facts(rows, plan, table) for table in tables_of(plan)}
        digest = await asyncio.to_thread(_write, aside, plan, result, facts, made_at)
        await _check(aside, digest)
        size = await asyncio.to_thread(_keep, aside, target)
    finally:
        await asyncio.to_thread(aside.unlink, missing_ok=True)
    return Package(path=target, sha256=digest, size=size)


def tables_of(plan: Json) -> dict[str, tuple[str, ...]]:
    """The tables whose rows a plan counts, each with the columns its conditions and sums look at."""
    found: dict[str, set[str]] = {}
    for figure in plan["figures"]:
        for measure in figure.get("measures", {}).values():
            columns = found.setdefault(measure["table"], {"hotline_id"})
            columns.update(condition[0] for condition in measure["where"])
            columns.update({measure["column"]} - {""})
    return {table: tuple(sorted(columns)) for table, columns in sorted(found.items())}


async def _facts(rows: FactRows, plan: Json, table: str) -> bytes:
    columns = tables_of(plan)[table]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["key", "call_id", "at_ms", *columns])
    number = 0
    async for row in _pages(rows, plan, table, columns):
        number += 1
        writer.writerow([number, row.call_id, row.at_ms, *(cell(value) for value in row.values)])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


async def _pages(rows: FactRows, plan: Json, table: str, columns: tuple[str, ...]) -> AsyncIterator[FactRow]:
    first, last = (date.fromisoformat(plan["period"][key]) for key in ("first", "last"))
    offset = 0
    while True:
        wanted = RowsWanted(
            table=Table(table),
            columns=columns,
            start=_moment(day_start_ms(first)),
            end=_moment(day_start_ms(last) + DAY_MS),
            hotlines=tuple(plan["contract"]["hotline_ids"]),
            offset=offset,
            limit=_PAGE,
        )
        page = await rows.rows(wanted)
        for row in page:
            yield row
        if len(page) < _PAGE:
            return
        offset += _PAGE


def _moment(ms: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)


def _write(target: Path, plan: Json, result: Json, facts: dict[str, bytes], made_at: datetime) -> str:
    files = {
        "README.txt": README.encode(),
        "check.py": CHECKER.read_bytes(),
        "plan.json": _json(plan),
        "result.json": _json(result),
        "formulas.csv": _formulas(plan),
        **{f"facts/{table}.csv": content for table, content in facts.items()},
    }
    listed = {
        name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        for name, content in sorted(files.items())
    }
    manifest = _json({"format": 1, "made_at": made_at.isoformat(timespec="seconds"), "files": listed})
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in {**files, "manifest.json": manifest}.items():
            info = zipfile.ZipInfo(name, made_at.timetuple()[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            package.writestr(info, content)
    return hashlib.sha256(manifest).hexdigest()


def _json(value: Json) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True).encode()


def _formulas(plan: Json) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["指标", "目标", "说明"])
    for figure in plan["figures"]:
        sentences = "；".join(words.of_figure(figure))
        writer.writerow([safe(figure["name"]), words.target(figure), safe(sentences)])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


async def _check(package: Path, digest: str) -> None:
    """Run the checker that goes with the package, as the other party would."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", str(CHECKER), str(package), digest,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(CHECK_LIMIT_S):
            said, complained = await process.communicate()
    except BaseException:
        process.kill()
        await process.wait()
        raise
    if process.returncode != 0:
        log.warning("evidence_differs", said=said.decode()[-2000:], error=complained.decode()[-500:])
        raise EvidenceDiffers


def _keep(aside: Path, target: Path) -> int:
    """On disk before it is entered in the database."""
    with aside.open("rb+") as file:
        os.fsync(file.fileno())
        size = file.seek(0, os.SEEK_END)
    aside.rename(target)
    return size
