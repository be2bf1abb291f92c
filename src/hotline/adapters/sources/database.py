"""Run declared, named queries: one statement, read only, in time, so many rows at most.

PostgreSQL: a transaction declared READ ONLY with a time limit of the server's. SQLite: the file is opened read only (`mode=ro`,
`query_only`) and lies in one folder; a query that runs over its time is interrupted.
"""

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from hotline.adapters.sources.gate import Busy, Gate
from hotline.core.events import InquiryOutcome
from hotline.core.inquiry_messages import Inquire
from hotline.ports.inquiries import Answer
from hotline.ports.sources import DatabaseSource, NamedQuery, SourceDirectory

ENGINES_MAX: Final = 50
IDLE_S: Final = 300
_STEPS_BETWEEN_LOOKS: Final = 20_000


class BadParameter(ValueError):
    """A value does not fit its declaration."""


class DatabaseService:
    """The service `database`. `folder` is where files of SQLite lie."""

    def __init__(self, directory: SourceDirectory, folder: Path) -> None:
        self._directory = directory
        self._folder = folder
        self._gate = Gate()
        self._engines: dict[DatabaseSource, AsyncEngine] = {}

    async def close(self) -> None:
        """Close what connections there are."""
        for engine in self._engines.values():
            await engine.dispose()
        self._engines.clear()

    async def ask(self, inquiry: Inquire) -> Answer:
        """Answer a question of a flow."""
        query = await self._directory.query(inquiry.name)
        if query is None:
            return Answer(outcome=InquiryOutcome.FAILED, what="no such query")
        try:
            values = bound(query, inquiry.arguments.get("parameters", {}))
        except BadParameter as wrong:
            return Answer(outcome=InquiryOutcome.FAILED, what=str(wrong))
        timeout_s = min(query.timeout_s, float(inquiry.arguments.get("timeout_s", query.timeout_s)))
        try:
            with self._gate.enter(query.source.id, query.source.concurrency):
                async with asyncio.timeout(timeout_s):
                    rows = await self._rows(query, values, timeout_s)
        except Busy:
            return Answer(outcome=InquiryOutcome.BUSY, what="too many at once")
        except TimeoutError:
            return Answer(outcome=InquiryOutcome.TIMEOUT)
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            return Answer(
                outcome=InquiryOutcome.FAILED, what=type(getattr(error, "orig", None) or error).__name__
            )
        outcome = InquiryOutcome.OK if rows else InquiryOutcome.NOT_FOUND
        return Answer(
            outcome=outcome, values={"rows": rows, "row": rows[0] if rows else {}, "count": len(rows)}
        )

    async def _rows(
        self, query: NamedQuery, values: Mapping[str, Any], timeout_s: float
    ) -> list[dict[str, Any]]:
        if query.source.kind == "sqlite":
            file = self._folder / Path(query.source.database).name
            return await asyncio.to_thread(_read_file, file, limited(query), values, timeout_s)
        engine = await self._engine(query.source)
        async with engine.connect() as connection:
            await connection.execute(text("SET TRANSACTION READ ONLY"))
            await connection.execute(text(f"SET LOCAL statement_timeout = {int(timeout_s * 1_000)}"))
            found = await connection.execute(text(limited(query)), values)
            return [dict(row) for row in found.mappings()]

    async def _engine(self, source: DatabaseSource) -> AsyncEngine:
        engine = self._engines.get(source)
        if engine is None:
            if len(self._engines) >= ENGINES_MAX:  # declarations changed often
                await self.close()
            engine = self._engines[source] = self._made(source)
        return engine

    def _made(self, source: DatabaseSource) -> AsyncEngine:
        url = URL.create(
            "postgresql+asyncpg",
            username=source.username,
            password=source.password,
            host=source.host,
            port=source.port,
            database=source.database,
        )
        return create_async_engine(
            url, pool_size=source.concurrency, max_overflow=0, pool_recycle=IDLE_S, pool_pre_ping=True
        )


def limited(query: NamedQuery) -> str:
    """Return the statement with its number of rows bounded."""
    return f"SELECT * FROM ({query.sql.strip().rstrip(';')}) AS answer LIMIT {query.row_limit}"  # noqa: S608 - declared by an administrator, checked to be one SELECT


def bound(query: NamedQuery, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters' values as their kinds. Raises `BadParameter`, which names the parameter and not its value."""
    values: dict[str, Any] = {}
    for name, kind in query.parameters:
        if name not in given:
            raise BadParameter(f"parameter {name} is missing")
        try:
            values[name] = _CASTS[kind](str(given[name]))
        except ValueError:
            raise BadParameter(f"parameter {name} is no {kind}") from None
    return values


_CASTS: Final[dict[str, Any]] = {
    "text": str,
    "int": int,
    "number": float,
    "flag": lambda value: value == "true",
    "date": date.fromisoformat,
}


def _read_file(file: Path, sql: str, values: Mapping[str, Any], timeout_s: float) -> list[dict[str, Any]]:
    """Read a file of SQLite, in a thread of its own. The statement is stopped from within when its time is over."""
    ends = time.monotonic() + timeout_s
    with contextlib.closing(
        sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=timeout_s)
    ) as connection:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA query_only = ON")
        connection.set_progress_handler(lambda: time.monotonic() > ends, _STEPS_BETWEEN_LOOKS)
        return [dict(row) for row in connection.execute(sql, dict(values))]
