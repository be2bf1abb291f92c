"""Makes long exports, one at a time: written beside, renamed when whole. What fails says why and leaves no half file.

Only the active application runs this. A job that it had begun when it ended is failed by the next one; those that wait go on.
"""

import asyncio
import errno
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import IO, Final

import structlog

from hotline.features.exports.models import ExportJob
from hotline.features.exports.repository import (
    change,
    forget_before,
    left_running,
    next_job,
    past_their_time,
)
from hotline.platform.access import Platform
from hotline.platform.auth import actor_of_user
from hotline.platform.errors import DatabaseUnavailable, HotlineError, Invalid, NotPermitted, plain
from hotline.platform.exports import LongTable, Rows, export_kind
from hotline.platform.tabular import CsvTable, Sheet, XlsxTable
from hotline.ports.statistics import StatisticsUnavailable

log = structlog.stdlib.get_logger(__name__)

ROWS_MOST: Final = 1_000_000
"""Rows of one file: a workbook holds little more."""
KEPT: Final = timedelta(days=7)
_TOLD: Final = timedelta(days=90)
_SLEEP_S: Final = 60.0
_TELL_EVERY_S: Final = 0.5
_RESTARTED: Final = "程序重启，导出中断，请重新导出"
_FULL: Final = "磁盘空间不足，导出已停止，没有留下半份文件；请系统管理员清理磁盘后重新导出"
_FULL_CODES: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class _Cancelled(Exception):
    """Whoever asked does not want it any more."""


def folder_of(platform: Platform) -> Path:
    """Where files lie."""
    return platform.settings.data.absolute() / "exports"


class ExportRunner:
    """Makes what waits while `run` runs. `work_off` makes everything that waits now."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._bell = asyncio.Event()

    async def ring(self) -> None:
        """There is something new."""
        self._bell.set()

    async def run(self) -> None:
        """Work for ever."""
        begun = False
        while True:
            try:
                if not begun:
                    await self.recover()
                    begun = True
                await self.work_off()
            except DatabaseUnavailable:
                pass
            except Exception:
                log.exception("exports_failed")
            with suppress(TimeoutError):
                async with asyncio.timeout(_SLEEP_S):
                    await self._bell.wait()
            self._bell.clear()

    async def recover(self) -> None:
        """Fail what the last application had begun, and remove its half files."""
        async with self._platform.database.writing() as work:
            await left_running(work.session, self._platform.clock(), _RESTARTED)
        for half in folder_of(self._platform).glob("*.part"):
            half.unlink(missing_ok=True)

    async def work_off(self) -> None:
        """Make everything that waits; remove what has had its time."""
        await self._sweep()
        while (job := await self._take()) is not None:
            await self._carry_out(job)

    async def _sweep(self) -> None:
        now = self._platform.clock()
        async with self._platform.database.writing() as work:
            for job in await past_their_time(work.session, now):
                (folder_of(self._platform) / file_name(job)).unlink(missing_ok=True)
                job.state, job.changed_at = "expired", now
            await forget_before(work.session, now - _TOLD)

    async def _take(self) -> ExportJob | None:
        async with self._platform.database.writing() as work:
            job = await next_job(work.session)
            if job is not None:
                job.state, job.changed_at = "running", self._platform.clock()
            return job

    async def _carry_out(self, job: ExportJob) -> None:
        path = folder_of(self._platform) / file_name(job)
        half = path.with_name(f"{path.name}.part")
        problem = ""
        try:
            await self._write(job, half)
            size = half.stat().st_size
            half.rename(path)
            if await self._tell(job, state="done", size_bytes=size, expires_at=self._platform.clock() + KEPT):
                return
            path.unlink(missing_ok=True)
        except _Cancelled:
            pass
        except HotlineError as refused:
            problem = plain(refused)
        except StatisticsUnavailable:
            problem = "统计服务没有响应，请稍后重新导出"
        except OSError as error:
            log.warning("export_not_written", job_id=job.id, why=errno.errorcode.get(error.errno or 0, ""))
            problem = _FULL if error.errno in _FULL_CODES else "文件写不下来，请系统管理员检查数据目录"
        except Exception:
            log.exception("export_failed", job_id=job.id)
            problem = "程序出错，导出已停止；请联系系统管理员查看日志"
        finally:
            half.unlink(missing_ok=True)
        if problem:
            await self._tell(job, state="failed", problem=problem[:200])

    async def _write(self, job: ExportJob, half: Path) -> None:
        platform = self._platform
        async with platform.database.reading() as session:
            actor = await actor_of_user(session, job.owner_id)
            kind = export_kind(platform, job.kind)
            if actor is None or kind is None or not kind.open_to(actor):
                raise NotPermitted(permissions=[])
            table = await kind.make(session, actor, job.question)
        if table.total > ROWS_MOST:
            raise Invalid("to", f"共 {table.total:,} 行，一个文件最多 {ROWS_MOST:,} 行，请缩短时间范围")
        await self._go_on(job, 0, table.total)
        half.parent.mkdir(parents=True, exist_ok=True)
        with await asyncio.to_thread(half.open, "wb") as out:
            await self._fill(job, table, out, str(half.parent))

    async def _fill(self, job: ExportJob, table: LongTable, out: IO[bytes], folder: str) -> None:
        head = Sheet(title=table.title, about=table.about, header=table.header, rows=())

        def begin() -> CsvTable | XlsxTable:
            return CsvTable(out, head) if job.format == "csv" else XlsxTable(out, head, folder)

        sheet = await asyncio.to_thread(begin)
        done, told_at = 0, _loop_time()
        async for rows in table.pieces():
            await asyncio.to_thread(_append(sheet, rows))
            done += len(rows)
            if done > ROWS_MOST:
                raise Invalid("to", f"超过 {ROWS_MOST:,} 行，请缩短时间范围")
            if _loop_time() - told_at > _TELL_EVERY_S:
                await self._go_on(job, done, max(done, table.total))
                told_at = _loop_time()
        await self._go_on(job, done, done)
        await asyncio.to_thread(sheet.close)
        out.flush()

    async def _go_on(self, job: ExportJob, done: int, total: int) -> None:
        """Tell how far it is. Raises `_Cancelled` when it is not wanted any more."""
        if not await self._tell(job, rows_done=done, rows_total=total):
            raise _Cancelled

    async def _tell(self, job: ExportJob, **values: object) -> bool:
        async with self._platform.database.writing() as work:
            return await change(
                work.session, job.id, ("running",), changed_at=self._platform.clock(), **values
            )


def _append(sheet: CsvTable | XlsxTable, rows: Rows) -> Callable[[], None]:
    return lambda: sheet.append(rows)


def _loop_time() -> float:
    return asyncio.get_running_loop().time()


def file_name(job: ExportJob) -> str:
    """The file's name in the folder."""
    return f"{job.id}.{job.format}"
