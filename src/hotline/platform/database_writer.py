"""Run short transactions one after another on a connection of their own, each within a time limit, whatever the database does.

On SQLite a transaction is one hop to a thread of its own; on PostgreSQL it runs on the event loop. The code of a transaction is plain
(`Callable[[Connection], T]`) and the same for both. A transaction that ran out of time may have been committed all the same: who repeats it
must look first.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, Protocol, TypeVar

import asyncpg
import structlog
from sqlalchemy import Connection, create_engine
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool, StaticPool

from hotline.platform.database import SQLITE_BUSY_S, WRITES, configure_sqlite
from hotline.platform.priority import keep_up_with_the_loop

log = structlog.stdlib.get_logger(__name__)

WRITE_LIMIT_S: Final = 2.0
"""A transaction of ours takes milliseconds; calls wait while it runs."""
_CLOSE_LIMIT_S: Final = 1.0
_SERVER_SETTINGS: Final = {
    # A stopped application must not hold its locks: its successor waits for them.
    "idle_in_transaction_session_timeout": "2000",
    "lock_timeout": "2000",
    "statement_timeout": "10000",
}

T = TypeVar("T")
Act = Callable[[Connection], T]


class Writer(Protocol):
    """One connection for writing."""

    async def run(self, act: Act[T], *, limit_s: float = WRITE_LIMIT_S) -> T:
        """Run `act` in a transaction of its own and commit; whoever comes meanwhile waits, within the limit.

        Raises:
            TimeoutError: it took longer than `limit_s`; whether it was committed is not known.
            SQLAlchemyError, OSError: the database refused or could not be reached.
        """
        ...

    async def close(self) -> None:
        """Let go of the connection."""
        ...


def make_writer(url: URL) -> Writer:
    """Return a writer for a database (`sqlite+aiosqlite` or `postgresql+asyncpg`)."""
    return _SqliteWriter(url) if url.get_backend_name() == "sqlite" else _PostgresWriter(url)


class _SqliteWriter:
    def __init__(self, url: URL) -> None:
        self._engine = create_engine(
            url.set(drivername="sqlite"),
            poolclass=StaticPool,
            connect_args={"timeout": SQLITE_BUSY_S, "check_same_thread": False},
        )
        configure_sqlite(self._engine)
        self._writing = self._engine.execution_options(**{WRITES: True})
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="database-writer")
        self._running: asyncio.Future[Any] | None = None
        self._turn = asyncio.Lock()

    async def run(self, act: Act[T], *, limit_s: float = WRITE_LIMIT_S) -> T:
        async with _in_turn(self._turn, limit_s):
            return await self._run(act, limit_s)

    async def _run(self, act: Act[T], limit_s: float) -> T:
        if self._running is not None:  # an earlier one that ran out of time
            await asyncio.wait({self._running}, timeout=limit_s)
            if not self._running.done():
                raise TimeoutError
            self._running = None
        work = asyncio.get_running_loop().run_in_executor(self._thread, self._transact, act)
        self._running = work
        await asyncio.wait({work}, timeout=limit_s)
        if not work.done():
            work.add_done_callback(_forget)
            raise TimeoutError
        self._running = None
        return work.result()

    def _transact(self, act: Act[T]) -> T:
        keep_up_with_the_loop()
        with self._writing.begin() as connection:
            return act(connection)

    async def close(self) -> None:
        if self._running is not None:
            await asyncio.wait({self._running}, timeout=_CLOSE_LIMIT_S)
        await asyncio.get_running_loop().run_in_executor(self._thread, self._engine.dispose)
        self._thread.shutdown(wait=False, cancel_futures=True)


class _PostgresWriter:
    def __init__(self, url: URL) -> None:
        self._engine = create_async_engine(
            url,
            poolclass=NullPool,
            connect_args={
                "timeout": WRITE_LIMIT_S,
                "command_timeout": WRITE_LIMIT_S,
                "server_settings": _SERVER_SETTINGS,
            },
        )
        self._connection: AsyncConnection | None = None
        self._abort: Callable[[], None] = _nothing
        self._turn = asyncio.Lock()

    async def run(self, act: Act[T], *, limit_s: float = WRITE_LIMIT_S) -> T:
        async with _in_turn(self._turn, limit_s):
            return await self._run(act, limit_s)

    async def _run(self, act: Act[T], limit_s: float) -> T:
        work = asyncio.create_task(self._transact(act), name="database-write")
        try:
            await asyncio.wait({work}, timeout=limit_s)
        finally:
            if not work.done():
                await self._give_up(work)
        if not work.done() or work.cancelled():
            raise TimeoutError
        return work.result()

    async def _transact(self, act: Act[T]) -> T:
        connection = self._connection or await self._connect()
        try:
            async with connection.begin():
                return await connection.run_sync(act)
        except (DBAPIError, OSError, TimeoutError) as error:
            if not isinstance(error, DBAPIError) or error.connection_invalidated:
                await self._drop()
            raise

    async def _connect(self) -> AsyncConnection:
        try:
            connection = await self._engine.connect()
        except (
            asyncpg.PostgresError,
            asyncpg.InterfaceError,
        ) as error:  # SQLAlchemy does not translate these
            raise ConnectionError(type(error).__name__) from error
        driver: Any = (await connection.get_raw_connection()).driver_connection
        self._connection, self._abort = connection, driver.terminate
        return connection

    async def _give_up(self, work: "asyncio.Task[Any]") -> None:
        """Tear the connection down at the socket: asked politely, a server that has stopped keeps everybody waiting."""
        work.add_done_callback(_forget)
        self._abort()
        work.cancel()
        await asyncio.wait({work}, timeout=_CLOSE_LIMIT_S)
        await self._drop()

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        self._abort()
        self._abort = _nothing
        if connection is not None:
            with contextlib.suppress(Exception):
                async with asyncio.timeout(_CLOSE_LIMIT_S):
                    await connection.invalidate()
                    await connection.close()

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(Exception):
                async with asyncio.timeout(_CLOSE_LIMIT_S):
                    await connection.close()
        self._abort()
        await self._engine.dispose()


@contextlib.asynccontextmanager
async def _in_turn(lock: asyncio.Lock, limit_s: float) -> AsyncIterator[None]:
    """One transaction at a time. Raises `TimeoutError`."""
    async with asyncio.timeout(limit_s):
        await lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _nothing() -> None:
    """No connection, nothing to tear down."""


def _forget(work: "asyncio.Future[Any]") -> None:
    """Look at the outcome of an abandoned transaction, so that nobody is told it was never looked at."""
    if not work.cancelled() and work.exception() is not None:
        log.info("abandoned_transaction_failed", why=type(work.exception()).__name__)
