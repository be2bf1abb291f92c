"""Imports of customers from files: read in a process of its own, shown, then taken in small transactions that can be stopped.

One task works them off, one after the other; what runs when the application stops goes on at the row it had reached. Rows taken
before a cancellation stay: the import says how many.
"""

import asyncio
import itertools
import json
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, Final

import structlog

from hotline.features.customers.import_repository import RowTaker, next_import
from hotline.features.customers.models import CustomerForm, CustomerImport
from hotline.platform.access import Platform
from hotline.platform.errors import DatabaseUnavailable
from hotline.platform.sealing import Sealer

log = structlog.stdlib.get_logger(__name__)

CHUNK: Final = 200
"""Rows a transaction: the journal of calls waits for it, so it is short."""
READ_LIMIT_S: Final = 420
_PREVIEW_ROWS: Final = 20
_RETRY_S: Final = 10.0
_PAUSE_S: Final = 0.01


Reader = Callable[[Path, Path, list[dict[str, Any]]], Awaitable[None]]
"""Reads a file into another, given the form's own fields (`read_file`)."""


async def read_apart(source: Path, target: Path, form: list[dict[str, Any]]) -> None:
    """Read in a process of its own, within its limits; when it dies, `target` has no last line."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "hotline.features.customers.read_file", str(source), str(target),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(READ_LIMIT_S):
            await process.communicate(json.dumps(form).encode())
    except TimeoutError:
        pass  # there is no last line
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


class Imports:
    """Works imports off. `run` for ever, or `work_off` what there is."""

    def __init__(self, platform: Platform, read: Reader = read_apart) -> None:
        self._platform = platform
        self._read = read
        self._bell = asyncio.Event()

    def folder(self) -> Path:
        """Where uploaded files and what was read of them lie."""
        folder = self._platform.settings.data / "imports"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder

    def source(self, import_id: str) -> Path:
        """The uploaded file."""
        return self.folder() / f"{import_id}.upload"

    def read(self, import_id: str) -> Path:
        """The rows that were read of it."""
        return self.folder() / f"{import_id}.jsonl"

    async def ring(self) -> None:
        """There is work."""
        self._bell.set()

    async def run(self) -> None:
        """Work for ever."""
        while True:
            try:
                await self.work_off()
                await self._bell.wait()
                self._bell.clear()
            except DatabaseUnavailable:
                await asyncio.sleep(_RETRY_S)

    async def work_off(self) -> None:
        """Do everything that waits."""
        while (found := await self._next()) is not None:
            import_id, state = found
            try:
                await (self._read_file(import_id) if state == "reading" else self._take(import_id))
            except DatabaseUnavailable:
                raise
            except Exception:
                log.exception("import_failed", import_id=import_id)
                await self._set(import_id, state="failed", problem="导入时出错，已记录；请联系管理员")

    async def _next(self) -> tuple[str, str] | None:
        async with self._platform.database.reading() as session:
            return await next_import(session)

    async def _read_file(self, import_id: str) -> None:
        async with self._platform.database.reading() as session:
            row = await session.get_one(CustomerImport, import_id)
            form = await session.get(CustomerForm, row.authority_id)
        await self._read(self.source(import_id), self.read(import_id), list(form.fields) if form else [])
        last, preview = await asyncio.to_thread(_outcome, self.read(import_id))
        if "rows" not in last:
            why = last.get("failed", "文件读取失败：内容过大或已损坏")
            await self._set(import_id, state="failed", problem=why)
            return
        await self._set(import_id, state="ready", preview=preview, rows=last["rows"], wrong=last["wrong"])

    async def _take(self, import_id: str) -> None:
        async with self._platform.database.reading() as session:
            row = await session.get_one(CustomerImport, import_id)
        taker = RowTaker(row.authority_id, row.mode, row.created_by, self._platform.services[Sealer])
        rows = _good_rows(self.read(import_id))
        for _ in itertools.islice(rows, row.done):
            pass  # taken before the application was stopped
        special = False
        while chunk := await asyncio.to_thread(lambda: list(itertools.islice(rows, CHUNK))):
            async with self._platform.database.writing() as work:
                job = await work.session.get_one(CustomerImport, import_id)
                if job.state != "running":
                    return
                outcome = await taker.take(work.session, chunk, self._platform.clock())
                job.done += len(chunk)
                job.added += outcome.added
                job.changed += outcome.changed
                job.skipped += outcome.skipped
                special |= outcome.special
            await asyncio.sleep(_PAUSE_S)
        await self._set(import_id, state="done", finished_at=self._platform.clock())
        if special and self._platform.site_changed is not None:
            await self._platform.site_changed()

    async def _set(self, import_id: str, **values: Any) -> None:
        async with self._platform.database.writing() as work:
            row = await work.session.get_one(CustomerImport, import_id)
            if row.state != "cancelled":
                for key, value in values.items():
                    setattr(row, key, value)


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    if not file.exists():
        return
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _outcome(file: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The last line of what was read, and the first rows and problems for the preview."""
    last: dict[str, Any] = {}
    good: list[dict[str, Any]] = []
    wrong: list[dict[str, Any]] = []
    try:
        for last in _lines(file):
            if "fields" in last and len(good) < _PREVIEW_ROWS:
                good.append(last)
            elif "problems" in last and len(wrong) < _PREVIEW_ROWS:
                wrong.append({"line": last["line"], "problems": last["problems"]})
    except ValueError:
        return {}, []  # the reader died in the middle of a line
    return last, good + wrong


def _good_rows(file: Path) -> Iterator[dict[str, Any]]:
    return (line["fields"] for line in _lines(file) if "fields" in line)


def wrong_rows(file: Path) -> Iterator[dict[str, Any]]:
    """Rows that were not taken: line, problems, cells."""
    return (line for line in _lines(file) if "problems" in line)


def columns_of(file: Path) -> list[str]:
    """The names of the columns as the file had them; none for a file read before they were kept."""
    return next(_lines(file), {}).get("header", [])
