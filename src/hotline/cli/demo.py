"""The demo site: put it back to its first state."""

import argparse
import asyncio
import os
import shutil
import sys

from hotline.cli._database import EXIT_REFUSED, run_job
from hotline.demo.seed import known_password, password_file
from hotline.platform import migrations
from hotline.platform.database import Database
from hotline.platform.settings import Settings
from hotline.setup import set_up

HELP = "演示站点：reset 恢复到初始状态（通话、录音与改动全部删除）"

_DERIVED = ("recordings", "prompts", "statistics.duckdb", "statistics.duckdb.wal")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The subcommand `reset`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="操作")
    reset = actions.add_parser("reset", help="删除演示站点的全部数据并重新建立")
    reset.add_argument("--yes", action="store_true", help="不再询问")


def run(args: argparse.Namespace) -> int:
    """Reset, after a question. Refused in production and while the application runs."""

    async def job(database: Database, settings: Settings) -> int:
        if not settings.demo:
            print("只有演示站点（HOTLINE_PROFILE=demo）可以重置。", file=sys.stderr)
            return EXIT_REFUSED
        if pid := _running(settings):
            print(f"热线正在运行（进程 {pid}），请先停止。", file=sys.stderr)
            return EXIT_REFUSED
        if not args.yes and not await asyncio.to_thread(_agreed, settings):
            return EXIT_REFUSED
        await _reset(database, settings)
        print(f"演示站点已恢复，口令 {known_password(settings)}")
        return 0

    return run_job(job)


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
