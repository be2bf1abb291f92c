"""The same rows and the same statements in engines that keep rows: SQLite and PostgreSQL, each alone, with an index on time."""

import asyncio
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
from bench.journal import durable_postgres
from sqlalchemy import Select
from sqlalchemy import Table as SqlTable
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateTable

from hotline.adapters.statistics_sql.answers import rows_of
from hotline.adapters.statistics_sql.compile import questions
from hotline.adapters.statistics_sql.dialects import POSTGRESQL, SQLITE, literal_sql
from hotline.adapters.statistics_sql.store import Store
from hotline.adapters.statistics_sql.tables import TABLES, TEAM
from hotline.core.metrics.query import Query
from tests import postgres

Ask = Callable[[Query], Any]
_ALL = (TEAM, *(one for table in TABLES.values() for one in (table.sql, table.class_sql)))
_WORK_MEMORY = "256MB"


def ask(store: Store, query: Query, run: Callable[[Select[Any]], list[Any]]) -> Any:
    """The answer that another engine's rows come to."""
    asked = questions(query, store.coding)
    return rows_of(query, store.coding, ((one.measures, run(one.statement)) for one in asked))


def _create(sql: SqlTable, dialect: Dialect) -> str:
    return str(CreateTable(sql).compile(dialect=dialect))


def _rows(sql: SqlTable, start: int, end: int) -> str:
    chosen = f"WHERE t_ms >= {start} AND t_ms < {end}" if "t_ms" in sql.c else ""
    return f"SELECT * FROM {sql.name} {chosen}"


@contextmanager
def sqlite_peer(store: Store, start: int, end: int) -> Iterator[Ask]:
    """The rows of a period in SQLite."""
    with tempfile.TemporaryDirectory() as name:
        database = sqlite3.connect(Path(name) / "peer.db")
        for sql in _ALL:
            database.execute(_create(sql, SQLITE))
            marks = ", ".join("?" for _ in sql.columns)
            rows = store._db.execute(_rows(sql, start, end))
            while batch := rows.fetchmany(50_000):
                database.executemany(f"INSERT INTO {sql.name} VALUES ({marks})", batch)
            if "t_ms" in sql.c:
                database.execute(f"CREATE INDEX {sql.name}_time ON {sql.name} (t_ms)")
        database.execute("ANALYZE")
        database.commit()
        yield lambda query: ask(
            store, query, lambda one: database.execute(literal_sql(one, SQLITE)).fetchall()
        )
        database.close()


@contextmanager
def postgres_peer(store: Store, start: int, end: int) -> Iterator[Ask | None]:
    """The same in a PostgreSQL of its own, loaded by COPY; None where no server is installed."""
    try:
        with durable_postgres() as url, asyncio.Runner() as loop:
            line = loop.run(asyncpg.connect(url.replace("+asyncpg", "")))
            loop.run(_load(line, store, start, end))
            yield lambda query: ask(
                store, query, lambda one: loop.run(line.fetch(literal_sql(one, POSTGRESQL)))
            )
            loop.run(line.close())
    except postgres.PostgresUnavailableError as why:
        print(f"PostgreSQL: not measured, {why}")
        yield None


async def _load(line: Any, store: Store, start: int, end: int) -> None:
    folder = Path(tempfile.mkdtemp(prefix="hotline-bench-rows-"))
    try:
        for sql in _ALL:
            await line.execute(_create(sql, POSTGRESQL))
            path = folder / f"{sql.name}.csv"
            store._db.execute(f"COPY ({_rows(sql, start, end)}) TO '{path}' (FORMAT csv, HEADER false)")
            await line.copy_to_table(sql.name, source=path, format="csv", timeout=3600)
            path.unlink()
            if "t_ms" in sql.c:
                await line.execute(f"CREATE INDEX {sql.name}_time ON {sql.name} (t_ms)", timeout=3600)
            await line.execute(f"ANALYZE {sql.name}", timeout=3600)
        await line.execute(f"SET work_mem = '{_WORK_MEMORY}'")
    finally:
        shutil.rmtree(folder)
