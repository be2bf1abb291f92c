"""Append events durably, many callers to a transaction, and read them back in order.

One task owns writing: it drains a bounded queue, writes everything it found in one transaction, folds the projections inside it,
and then answers all waiters. Knows no call and no rule; one process only may write a journal at a time.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from hotline.adapters.journal_sql.open_streams import open_stream_rows
from hotline.adapters.journal_sql.tables import JOURNAL, call_stream, to_recorded, to_row, to_us
from hotline.core.codec import UnknownKind
from hotline.core.events import Event
from hotline.core.ids import CallId
from hotline.ports.journal import JournalUnavailable, Projection, Recorded

log = structlog.get_logger(__name__)

QUEUE_LIMIT = 4_096
"""Appends that may wait; further callers wait at the door (back-pressure)."""
BATCH_LIMIT = 2_000
"""Events in one transaction at most, so that no waiter waits for a giant one."""
PAGE = 1_000
RETRY_PAUSES_S = (0.05, 0.1, 0.2, 0.4, 0.8)
OPENING_LIMIT_S = 30.0


@dataclass(slots=True)
class _Append:
    events: Sequence[Event]
    done: asyncio.Future[int]


class SqlJournal:
    """The journal port over one table (`ports/journal.py` has the contract)."""

    def __init__(self, engine: AsyncEngine, *, projections: Sequence[Projection] = ()) -> None:
        self._engine = engine
        self._table = JOURNAL
        self._projections = tuple(projections)
        self._queue: asyncio.Queue[_Append | None] = asyncio.Queue(QUEUE_LIMIT)
        self._last_seq = 0
        self._writer: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Find the end of the journal and start the writer.

        Raises:
            JournalUnavailable: the database does not answer or has not been migrated.
        """
        try:
            async with asyncio.timeout(OPENING_LIMIT_S):
                self._last_seq = await self.last_seq()
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            raise JournalUnavailable(_why(error)) from error
        self._writer = asyncio.create_task(self._write_for_ever(), name="journal-writer")

    async def close(self) -> None:
        """Write what waits, then stop the writer; later appends are refused."""
        writer, self._writer = self._writer, None
        if writer is None:
            return
        await self._queue.put(None)
        await writer

    async def append(self, events: Sequence[Event]) -> int:
        if self._writer is None:
            raise JournalUnavailable("the journal is closed")
        if not events:
            return self._last_seq
        done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        await self._queue.put(_Append(events, done))
        return await done

    async def read(self, *, after: int = 0, limit: int = 10_000) -> AsyncIterator[Recorded]:
        table, left = self._table, limit
        while left > 0:
            page = min(PAGE, left)
            query = (
                select(table.c.seq, table.c.payload)
                .where(table.c.seq > after)
                .order_by(table.c.seq)
                .limit(page)
            )
            async with self._reading() as connection:
                rows = (await connection.execute(query)).all()
            for seq, payload in rows:
                if (recorded := _recorded(seq, payload)) is not None:
                    yield recorded
            if len(rows) < page:
                return
            after, left = rows[-1][0], left - page

    async def of_call(self, call_id: CallId) -> list[Recorded]:
        table = self._table
        query = (
            select(table.c.seq, table.c.payload)
            .where(table.c.stream == call_stream(call_id))
            .order_by(table.c.seq)
        )
        async with self._reading() as connection:
            rows = (await connection.execute(query)).all()
        return _known(rows)

    async def open_streams(self, since: datetime) -> list[Recorded]:
        async with self._reading() as connection:
            rows = await open_stream_rows(connection, self._table, to_us(since))
        return _known(rows)

    async def last_seq(self) -> int:
        async with self._reading() as connection:
            return await self._end(connection)

    async def seq_before(self, at: datetime) -> int:
        table = self._table
        query = select(func.max(table.c.seq)).where(table.c.at_us < to_us(at))
        async with self._reading() as connection:
            return (await connection.execute(query)).scalar() or 0

    # ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection to look things up; a database that is away says so in the journal's own words."""
        try:
            async with self._engine.connect() as connection:
                yield connection
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            raise JournalUnavailable(_why(error)) from error

    async def _write_for_ever(self) -> None:
        batch: list[_Append] = []
        try:
            more = True
            while more:
                batch, more = await self._next_batch()
                if batch:
                    await self._write_with_patience(batch)
                batch = []
        finally:
            _refuse(batch, "the journal is closed")
            while not self._queue.empty():
                if append := self._queue.get_nowait():
                    _refuse([append], "the journal is closed")

    async def _next_batch(self) -> tuple[list[_Append], bool]:
        """Wait for an append and take what else waits; False with the last batch before the end."""
        first = await self._queue.get()
        batch: list[_Append] = [] if first is None else [first]
        size = 0 if first is None else len(first.events)
        more = first is not None
        while more and size < BATCH_LIMIT and not self._queue.empty():
            if (append := self._queue.get_nowait()) is None:
                more = False
            else:
                batch.append(append)
                size += len(append.events)
        return batch, more

    async def _write_with_patience(self, batch: list[_Append]) -> None:
        """Write a batch, trying again while the fault may pass; then answer every waiter, with its seq or the failure."""
        events = [event for append in batch for event in append.events]
        why = ""
        for pause_s in (*RETRY_PAUSES_S, None):
            try:
                first = await self._write(events)
            except (SQLAlchemyError, OSError, TimeoutError) as error:
                why = _why(error)
                log.warning("journal_write_failed", why=why, events=len(events))
                # A lock was waited for already, and calls stand still meanwhile: the runtime keeps events aside.
                if why in {"disk_full", "locked"} or pause_s is None:
                    break
                await asyncio.sleep(pause_s)
            except Exception as error:
                # A faulty projection must not end the only writer.
                log.exception("journal_projection_failed")
                why = type(error).__name__
                break
            else:
                _answer(batch, first)
                return
        _refuse(batch, why)

    async def _write(self, events: list[Event]) -> int:
        """Write `events` in one transaction, or find that an earlier try did (its answer was lost); return the first seq."""
        first = self._last_seq + 1
        rows = [to_row(seq, event) for seq, event in enumerate(events, first)]
        try:
            async with self._engine.begin() as connection:
                await connection.execute(insert(self._table), rows)
                recorded = [Recorded(seq, event) for seq, event in enumerate(events, first)]
                for projection in self._projections:
                    await projection.apply(connection, recorded)
        except IntegrityError:
            if not await self._is_written(rows):
                raise
        self._last_seq = first + len(events) - 1
        return first

    async def _is_written(self, rows: list[dict[str, object]]) -> bool:
        """The seqs are taken: by our own commit whose answer was lost (True), or by another writer (then number anew)."""
        table = self._table
        query = (
            select(table.c.payload)
            .where(table.c.seq >= rows[0]["seq"])
            .order_by(table.c.seq)
            .limit(len(rows))
        )
        async with self._engine.connect() as connection:
            there = [payload for (payload,) in (await connection.execute(query)).all()]
            self._last_seq = await self._end(connection)
        return there == [row["payload"] for row in rows]

    async def _end(self, connection: AsyncConnection) -> int:
        return (await connection.execute(select(func.max(self._table.c.seq)))).scalar() or 0


def _answer(batch: list[_Append], first: int) -> None:
    last = first - 1
    for append in batch:
        last += len(append.events)
        if not append.done.done():
            append.done.set_result(last)


def _refuse(batch: list[_Append], why: str) -> None:
    for append in batch:
        if not append.done.done():
            append.done.set_exception(JournalUnavailable(why))


def _why(error: BaseException) -> str:
    """Say in one stable word why the database refused: disk_full, locked, lost, not_migrated, or the error's class."""
    text = str(getattr(error, "orig", None) or error).lower()
    if "disk is full" in text or "no space left" in text or "diskfull" in text:
        return "disk_full"
    if "locked" in text or "busy" in text:
        return "locked"
    if "no such table" in text or "does not exist" in text:
        return "not_migrated"
    if isinstance(error, OSError | TimeoutError | PoolTimeoutError) or getattr(
        error, "connection_invalidated", False
    ):
        return "lost"
    return type(error).__name__


def _known(rows: Sequence[tuple[int, str]]) -> list[Recorded]:
    return [recorded for seq, payload in rows if (recorded := _recorded(seq, payload)) is not None]


def _recorded(seq: int, payload: str) -> Recorded | None:
    """Return the event of a row; None, with a warning, for a kind that a newer version wrote (after a roll-back)."""
    try:
        return to_recorded(seq, payload)
    except UnknownKind:
        log.warning("journal_event_unknown", seq=seq)
        return None
