"""`hotline statistics serve`: the statistics process; `rebuild`: drop the store and make it again from the journal."""

import argparse
import asyncio
import os
import sys
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Protocol

import httpx
import uvloop

from hotline.adapters.embedded.supervisor import AlreadyRunning, PidFile
from hotline.adapters.journal_sql import SqlJournal
from hotline.adapters.statistics_sql.ahead import Ahead, fold_ahead
from hotline.adapters.statistics_sql.client import StatisticsClient
from hotline.adapters.statistics_sql.fact_store import FactStore
from hotline.adapters.statistics_sql.server import serve
from hotline.platform.database import Database
from hotline.platform.logging import configure_logging
from hotline.platform.settings import Settings, SettingsRefused, load_settings
from hotline.ports.statistics import StatisticsStatus, StatisticsUnavailable

HELP = "统计进程（serve），或从日志重建统计库（rebuild）"
EXIT_SETTINGS = 2
EXIT_NOT_RUNNING = 3
EXIT_RUNNING = 4
EXIT_NO_ANSWER = 5
SHOW_EVERY_S = 0.5
PATIENCE_S = 600.0
"""So long nobody answers before `rebuild` stops waiting: an engine elsewhere may be busy for minutes sweeping ten million calls."""
NICE = 19
"""The statistics give way to calls: reports may take every core that nothing else wants."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`serve` is started by `hotline serve`, `fold` by that when far behind; `rebuild` is for people."""
    parser.add_argument(
        "action", nargs="?", choices=("serve", "rebuild", "fold"), default="serve", help="serve 或 rebuild"
    )


def run(args: argparse.Namespace) -> int:
    """Run the process, or ask the running one to rebuild and show its progress."""
    try:
        settings = load_settings()
    except SettingsRefused as refused:
        print(refused, file=sys.stderr)
        return EXIT_SETTINGS
    configure_logging(settings.log, settings.log_level)
    actions = {"serve": _serve, "rebuild": _rebuild, "fold": _fold}
    return uvloop.run(actions[args.action](settings))


def socket_of(settings: Settings) -> Path:
    """Where the statistics process listens."""
    return settings.data.absolute() / "run" / "statistics.sock"


def store_of(settings: Settings) -> FactStore:
    """Where this installation keeps its statistics."""
    if (address := settings.statistics_address) is not None:
        from hotline.adapters.statistics_sql.clickhouse.store import ClickHouseStore  # loads no DuckDB

        return ClickHouseStore(address)
    from hotline.adapters.statistics_sql.store import Store

    return Store(settings.data.absolute() / "statistics.duckdb")


async def _serve(settings: Settings) -> int:
    os.nice(NICE)
    pid_file = PidFile(settings.data.absolute() / "run" / "statistics.pid")
    try:
        pid_file.take()
    except AlreadyRunning as other:
        print(f"统计进程已在运行（进程 {other.pid}）。", file=sys.stderr)
        return EXIT_RUNNING
    database = Database(settings.database_url)
    try:
        journal = SqlJournal(database.engine)
        helper = Ahead((sys.executable, "-m", "hotline", "statistics", "fold"))
        await serve(partial(store_of, settings), journal, socket_of(settings), helper)
    finally:
        await database.close()
        pid_file.release()
    return 0


async def _fold(settings: Settings) -> int:
    """Read and fold for the process that started this one, which writes."""
    os.nice(max(0, NICE - os.nice(0)))
    database = Database(settings.database_url)
    try:
        await fold_ahead(SqlJournal(database.engine), sys.stdin.buffer, sys.stdout.buffer)
    except BrokenPipeError:  # whoever asked has gone
        return EXIT_NO_ANSWER
    finally:
        await database.close()
    return 0


async def _rebuild(settings: Settings) -> int:
    client = StatisticsClient(socket_of(settings))
    try:
        return await rebuild_and_wait(client)
    finally:
        await client.close()


class Rebuilt(Protocol):
    """What can be made anew, and says how far it is (`StatisticsClient`)."""

    async def rebuild(self) -> None:
        """Begin again from the journal."""
        ...

    async def status(self) -> StatisticsStatus:
        """Say how far it is."""
        ...


async def rebuild_and_wait(
    statistics: Rebuilt, *, every_s: float = SHOW_EVERY_S, patience_s: float = PATIENCE_S
) -> int:
    """Have the store made anew and show how far it is; return the exit status.

    Whoever was asked may be busy, or begin again meanwhile: only `patience_s` without any answer is given up, and said to go on.
    """
    heard = monotonic()
    goal: int | None = None
    while goal is None:
        try:
            status = await statistics.status()
            await statistics.rebuild()
            goal = _head(status)
        except StatisticsUnavailable as silent:
            if not isinstance(silent.__cause__, httpx.TimeoutException) or monotonic() - heard > patience_s:
                return _not_running()
    return await _wait(statistics, goal, every_s, patience_s)


def _not_running() -> int:
    print("统计进程没有运行：请先用 make run 或 hotline serve 启动热线，再重建。", file=sys.stderr)
    return EXIT_NOT_RUNNING


async def _wait(statistics: Rebuilt, goal: int, every_s: float, patience_s: float) -> int:
    heard = monotonic()
    while True:
        await asyncio.sleep(every_s)
        try:
            status = await statistics.status()
        except StatisticsUnavailable:
            if monotonic() - heard > patience_s:
                print(
                    "\n统计进程久未答复：重建可能仍在进行，热线运行时会自动继续，请稍后在报表页查看。",
                    file=sys.stderr,
                )
                return EXIT_NO_ANSWER
            print("\r统计进程忙，等待答复……", end="", flush=True)
            continue
        heard = monotonic()
        if status.rebuilding is None and (status.behind == 0 or status.watermark >= goal):
            print(f"\r重建完成，通话 {status.calls}，已处理事件 {status.watermark}")
            return 0
        done = status.watermark / max(1, goal) if status.rebuilding is None else status.rebuilding
        print(f"\r重建中 {min(1.0, done):6.1%}，通话 {status.calls}", end="", flush=True)


def _head(status: StatisticsStatus) -> int:
    """The last event of the journal."""
    return status.watermark + status.behind
