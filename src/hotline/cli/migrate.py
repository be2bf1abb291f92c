"""Bring the database to this version's schema, or back."""

import argparse

from hotline.cli._database import run_job
from hotline.platform import migrations
from hotline.platform.database import Database
from hotline.platform.settings import Settings
from hotline.setup import set_up

HELP = "升级数据库结构（--down 回退到指定版本）"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`--down REVISION`: go back; `--show`: only say where the database stands."""
    parser.add_argument(
        "--down", metavar="版本", help="回退到某个版本；-1 回退一步，base 清空全部表（数据会丢失）"
    )
    parser.add_argument("--show", action="store_true", help="只显示当前版本")


def run(args: argparse.Namespace) -> int:
    """Migrate."""

    async def job(database: Database, settings: Settings) -> int:
        if args.down:
            await migrations.downgrade(database, args.down)
        elif not args.show:
            await set_up(database, settings)
        current = await migrations.current_revision(database) or "（空）"
        print(f"数据库版本 {current}，程序版本 {migrations.head_revision()}")
        return 0

    return run_job(job)
