"""Bring a database to the schema of this version, or back: alembic without a configuration file.

Revisions lie in `migrations/` of the source tree, or in `hotline/migrations` of an installed package.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, text

from hotline.platform.database import Database

log = structlog.stdlib.get_logger(__name__)

_PACKAGE = Path(__file__).resolve().parents[1]
_LOCK_KEY = 4_680_612  # PostgreSQL's advisory lock of this product's migrations


def _folder() -> Path:
    installed = _PACKAGE / "migrations"
    return installed if installed.is_dir() else _PACKAGE.parents[1] / "migrations"


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_folder()).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def head_revision() -> str:
    """The newest revision this version knows."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


async def current_revision(database: Database) -> str:
    """The revision the database is at ("" when empty)."""
    async with database.engine.connect() as connection:
        return await connection.run_sync(_current)


def _current(connection: Connection) -> str:
    return MigrationContext.configure(connection).get_current_revision() or ""


async def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the database forward; all in one transaction, one process at a time."""
    await _run(database, lambda connection: command.upgrade(_config(connection), revision))
    log.info("database_migrated", revision=revision)


async def downgrade(database: Database, revision: str) -> None:
    """Bring the database back to `revision` (`-1`: one step, `base`: to nothing). Data of dropped tables is lost."""
    await _run(database, lambda connection: command.downgrade(_config(connection), revision))
    log.info("database_migrated_down", revision=revision)


async def _run(database: Database, act: Callable[[Connection], None]) -> None:
    async with database.migrating() as connection:
        await connection.run_sync(_run_sqlite if database.sqlite else _run_postgresql, act)


def _run_postgresql(connection: Connection, act: Callable[[Connection], None]) -> None:
    with connection.begin():
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
        act(connection)


def _run_sqlite(connection: Connection, act: Callable[[Connection], None]) -> None:
    # Batch changes copy tables and drop the old ones: references must not be enforced meanwhile, only looked at in the end.
    cursor = connection.connection.cursor()
    cursor.execute("PRAGMA foreign_keys=OFF")
    try:
        with connection.begin():
            act(connection)
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            assert not broken, f"references broken by a migration: {broken[:5]}"
    finally:
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()


async def drift(database: Database, metadata: MetaData) -> list[Any]:
    """What differs between the migrated database and the tables in the code; empty when in step."""

    def compare(connection: Connection) -> list[Any]:
        options = {"compare_type": True, "include_name": _is_ours}
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, metadata))

    async with database.engine.connect() as connection:
        return await connection.run_sync(compare)


def _is_ours(name: str | None, kind: str, _parents: Any) -> bool:
    """Tables of the full-text search have no mapping: each database makes its own (`platform.fulltext`)."""
    return not (kind == "table" and "_fts" in (name or ""))
