"""The relational database: SQLite (WAL, synchronous=FULL) or PostgreSQL, behind one engine, one base and one unit of work.

Rules held here: every table carries `authority_id`; times are UTC; constraints have names; reading and writing are told
apart (on SQLite a writing transaction takes its lock at once, so that it can never fail half-way for want of it); only the
unit of work commits, and what must follow a commit is run by it.
"""

import asyncio
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, Final
from weakref import WeakSet

import asyncpg
import structlog
from sqlalchemy import Connection, DateTime, Dialect, Engine, MetaData, String, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.pool import NullPool
from sqlalchemy.types import JSON, TypeDecorator

from hotline.platform.errors import DatabaseUnavailable

log = structlog.stdlib.get_logger(__name__)

ID_LENGTH: Final = 64
SQLITE_BUSY_S: Final = 2
"""Writers of ours are done in milliseconds; while somebody else holds the file, calls must not wait for it longer."""
ANSWER_LIMIT_S: Final = 10
"""No question of ours takes longer; a server that stopped answering keeps nobody for ever."""
AFTER_COMMIT_DEADLINE_S: Final = 10
CLOSE_LIMIT_S: Final = 2
"""A polite good-bye takes a round trip; a server that has fallen silent is left without one."""
WRITES: Final = "hotline_writes"
"""Execution option of an engine whose transactions write (on SQLite they take the lock at once)."""


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware datetimes in, UTC datetimes out, microseconds kept. Naive ones are a bug."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        assert value.tzinfo is not None, "a moment without time zone"
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Base of every mapped table. Constraints get names, so that migrations can speak of them."""

    metadata: ClassVar[MetaData] = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime(),
        str: String(255),
        dict[str, Any]: JSON(none_as_null=True),
        list[Any]: JSON(none_as_null=True),
    }


metadata = Base.metadata
"""All tables; `migrations/` is held against it (features' models join it when they are imported)."""


class Authority:
    """Mixin of every table: the organisation a row belongs to."""

    authority_id: Mapped[str] = mapped_column(String(ID_LENGTH), index=True)


AfterCommit = Callable[[], Awaitable[None]]


class Work:
    """A unit of work: one session, what is to be written just before its commit, what is to run after it."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session
        self._before: list[AfterCommit] = []
        self._after: dict[str, AfterCommit] = {}

    def before_commit(self, act: AfterCommit) -> None:
        """Run `act` inside the transaction, last of all (the audit trail's entries)."""
        self._before.append(act)

    def after_commit(self, name: str, act: AfterCommit) -> None:
        """Run `act` once after a successful commit; acts of one name run once together."""
        self._after[name] = act

    def forget_after_commit(self) -> None:
        """Nothing follows this commit: nobody runs yet who would be told (seeding)."""
        self._after.clear()

    async def finish(self) -> None:
        """Commit, then run what follows. What follows may fail without undoing the change: it is logged."""
        for act in self._before:
            await act()
        await self.session.commit()
        for name, act in self._after.items():
            try:
                async with asyncio.timeout(AFTER_COMMIT_DEADLINE_S):
                    await act()
            except Exception:
                log.exception("after_commit_failed", act=name)


class Database:
    """The engine and its sessions. Close it before the event loop ends.

    Sessions raise `DatabaseUnavailable` when the database cannot be reached, and at once while `away` says so (`DatabaseWatch` sets it).
    """

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.url = make_url(url)
        if self.sqlite and self.url.database and self.url.database != ":memory:":
            Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
        self.engine = _make_engine(url, pool_size)
        self._open: WeakSet[asyncpg.Connection] = WeakSet()
        if not self.sqlite:
            event.listen(self.engine.sync_engine, "connect", self._note_connection)
        writer = self.engine.execution_options(**{WRITES: True})
        self._reading = async_sessionmaker(self.engine, expire_on_commit=False)
        self._writing = async_sessionmaker(writer, expire_on_commit=False)
        self.away = False

    @property
    def sqlite(self) -> bool:
        """Whether this is SQLite."""
        return self.url.get_backend_name() == "sqlite"

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session that only looks; it is rolled back at the end."""
        with self._refused():
            async with self._reading() as session:
                yield session

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Work]:
        """A unit of work that commits when the block ends well, and undoes everything when it raises."""
        with self._refused():
            async with self._writing() as session:
                work = Work(session)
                yield work
                await work.finish()

    @asynccontextmanager
    async def migrating(self) -> AsyncIterator[AsyncConnection]:
        """A connection for changes of the schema, which take as long as they take."""
        engine = self.engine if self.sqlite else create_async_engine(self.url, poolclass=NullPool)
        async with engine.execution_options(**{WRITES: True}).connect() as connection:
            yield connection

    @contextmanager
    def _refused(self) -> Iterator[None]:
        if self.away:
            raise DatabaseUnavailable
        try:
            yield
        except Exception as error:
            if unreachable(error):
                log.warning("database_unreachable", why=type(error).__name__)
                raise DatabaseUnavailable from error
            raise

    def cut(self) -> None:
        """Tear down every connection at the socket: whoever waits for an answer is refused at once (SQLite answers anyway)."""
        for connection in list(self._open):
            connection.terminate()

    async def close(self) -> None:
        """Close every connection, within seconds also when the server has fallen silent."""
        try:
            async with asyncio.timeout(CLOSE_LIMIT_S):
                await self.engine.dispose()
        except TimeoutError:
            log.warning("database_silent_at_close")
            self.cut()
            await self.engine.dispose()

    def _note_connection(self, connection: Any, _record: object) -> None:
        self._open.add(connection.driver_connection)


AWAY_STATES: Final = ("08", "53", "57P")
"""PostgreSQL's classes of SQLSTATE (appendix A): no connection, no resources, the server is stopped or starts."""


def unreachable(error: Exception) -> bool:
    """Whether an error says that the database cannot be reached or takes nothing just now (and not that we asked wrongly)."""
    match error:
        case PoolTimeoutError() | asyncpg.InterfaceError() | asyncpg.PostgresConnectionError():
            return True
        case asyncpg.CannotConnectNowError() | asyncpg.TooManyConnectionsError():
            return True
        case DBAPIError():
            text, state = str(error.orig).lower(), str(getattr(error.orig, "sqlstate", None) or "")
            away = error.connection_invalidated or state.startswith(AWAY_STATES)
            return away or "locked" in text or "disk is full" in text
        case OSError() | TimeoutError():
            frames = traceback.walk_tb(error.__traceback__)
            return any(
                str(frame.f_globals.get("__name__", "")).startswith("sqlalchemy.") for frame, _ in frames
            )
        case _:
            return False


def _make_engine(url: str, pool_size: int) -> AsyncEngine:
    if not url.startswith("sqlite"):
        engine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_timeout=ANSWER_LIMIT_S,
            pool_pre_ping=True,
            connect_args={"timeout": ANSWER_LIMIT_S, "command_timeout": ANSWER_LIMIT_S},
        )
        configure_postgresql(engine.sync_engine)
        return engine
    engine = create_async_engine(
        url, pool_size=pool_size, max_overflow=pool_size, connect_args={"timeout": SQLITE_BUSY_S}
    )
    configure_sqlite(engine.sync_engine)
    return engine


def configure_postgresql(engine: Engine) -> None:
    """Let a question be answered by the connection's own process: our questions are short and come beside calls.

    Helpers that PostgreSQL would start for a large table, and plans that it would compile, take longer than the question where cores are busy.
    """

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute("SET max_parallel_workers_per_gather TO 0")
        cursor.execute("SET jit TO off")
        cursor.close()
        connection.commit()  # or the pool's rollback would take it back


def configure_sqlite(engine: Engine) -> None:
    """Make an SQLite engine durable and let SQLAlchemy, not the driver, begin transactions."""

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"busy_timeout={SQLITE_BUSY_S * 1000}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
