"""The demo site: put it back to its first state, or give it some weeks of simulated calls to try reports with."""

import argparse
import asyncio
import os
import shutil
import sys
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from hotline.adapters.journal_sql import SqlJournal
from hotline.adapters.journal_sql.tables import JOURNAL
from hotline.cli._database import EXIT_REFUSED, run_job
from hotline.core.metrics.query import LOCAL_OFFSET
from hotline.demo.history import history
from hotline.demo.seed import known_password, password_file
from hotline.features.calls.projection import CallListProjection
from hotline.platform import migrations
from hotline.platform.database import Database
from hotline.platform.settings import Settings
from hotline.setup import set_up

HELP = (
    "演示站点：reset 恢复到初始状态（通话、录音与改动全部删除）；history 写入几周模拟的通话，供试用报表和考核"
)

_AT_ONCE = 1000
_DERIVED = ("recordings", "prompts", "statistics.duckdb", "statistics.duckdb.wal")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The subcommands `reset` and `history`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="操作")
    reset = actions.add_parser("reset", help="删除演示站点的全部数据并重新建立")
    reset.add_argument("--yes", action="store_true", help="不再询问")
    past = actions.add_parser("history", help="在还没有通话的演示站点写入模拟的历史（到昨天为止）")
    past.add_argument("--days", type=int, default=28, help="天数 (默认 28)")
    past.add_argument("--calls", type=int, default=320, help="工作日平均来电数 (默认 320)")
    past.add_argument("--seed", type=int, default=1, help="随机种子")


def run(args: argparse.Namespace) -> int:
    """Carry it out, a reset after a question. Refused in production and while the application runs."""

    async def job(database: Database, settings: Settings) -> int:
        if not settings.demo:
            print("只有演示站点（HOTLINE_PROFILE=demo）可以这样做。", file=sys.stderr)
            return EXIT_REFUSED
        if pid := _running(settings):
            print(f"热线正在运行（进程 {pid}），请先停止。", file=sys.stderr)
            return EXIT_REFUSED
        if args.action == "history":
            if await migrations.current_revision(database) != migrations.head_revision():
                await set_up(database, settings)
            return await write_history(database, args)
        if not args.yes and not await asyncio.to_thread(_agreed, settings):
            return EXIT_REFUSED
        await _reset(database, settings)
        print(f"演示站点已恢复，口令 {known_password(settings)}")
        return 0

    return run_job(job)


async def write_history(database: Database, args: argparse.Namespace) -> int:
    """Append simulated days to the journal and the call list, as running calls would have."""
    journal = SqlJournal(database.engine, projections=(CallListProjection(),))
    if await _has_history(database):
        print(
            "演示站点已经有通话或签入记录，历史只能写在它们之前。请先运行 hotline demo reset。",
            file=sys.stderr,
        )
        return EXIT_REFUSED
    yesterday = (datetime.now(UTC) + LOCAL_OFFSET).date() - timedelta(days=1)
    await journal.open()
    try:
        for done, events in enumerate(history(yesterday, args.days, args.calls, args.seed), start=1):
            for start in range(0, len(events), _AT_ONCE):
                await journal.append(events[start : start + _AT_ONCE])
            print(f"\r  已写入 {done}/{args.days} 天", end="", flush=True)
    finally:
        await journal.close()
    print("\n完成。启动热线后统计会自动计入。")
    return 0


async def _has_history(database: Database) -> bool:
    """Whether anybody called or signed in yet; that the application was started and stopped does not count."""
    query = select(JOURNAL.c.seq).where(JOURNAL.c.stream != "system").limit(1)
    async with database.reading() as session:
        return await session.scalar(query) is not None


def _agreed(settings: Settings) -> bool:
    return input(f"删除 {settings.data.absolute()} 中演示站点的全部数据？输入 yes 继续：") == "yes"


async def _reset(database: Database, settings: Settings) -> None:
    await migrations.upgrade(database)
    await migrations.downgrade(database, "base")
    for name in _DERIVED:
        path = settings.data / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    password_file(settings).unlink(missing_ok=True)
    await set_up(database, settings)


def _running(settings: Settings) -> int | None:
    """The process id of an application that uses this data folder."""
    try:
        pid = int((settings.data / "run" / "serve.pid").read_text(encoding="ascii").split()[0])
        os.kill(pid, 0)
    except (OSError, ValueError, IndexError):
        return None
    return pid
