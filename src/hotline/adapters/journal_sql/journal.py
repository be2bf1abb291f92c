"""Append events durably, many callers to a transaction, and read them back in order.

One task owns writing: it drains a bounded queue, writes everything it found in one transaction, folds the projections inside it,
and then answers all waiters. A try whose outcome is not known is looked for before the next: whoever was refused appends the same events
again, in the same order, and what is there already is not written twice. Knows no call and no rule; one process only may write a journal
at a time.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from msgspec import ValidationError
from sqlalchemy import Connection, CursorResult, func, insert, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from hotline.adapters.journal_sql.open_streams import open_stream_rows
from hotline.adapters.journal_sql.tables import DECODERS, JOURNAL, call_stream, to_recorded, to_row, to_us
from hotline.core.codec import UnknownKind
from hotline.core.events import Event
from hotline.core.ids import CallId
from hotline.platform.database_writer import Writer, make_writer
from hotline.ports.journal import JournalUnavailable, Page, Projection, Recorded
from hotline.ports.lease import Deposed

log = structlog.get_logger(__name__)

QUEUE_LIMIT = 4_096
"""Appends that may wait; further callers wait at the door (back-pressure)."""
BATCH_LIMIT = 2_000
"""Events in one transaction at most, so that no waiter waits for a giant one."""
PAGE = 1_000
PATIENCE_S = 3.0
"""Calls stand still while a batch is tried; then the runtime keeps the events aside."""
RETRY_PAUSE_S = 0.1
OPENING_LIMIT_S = 30.0


@dataclass(slots=True)
class _Append:
    events: Sequence[Event]
    done: asyncio.Future[int]


class SqlJournal:
    """The journal port over one table (`ports/journal.py` has the contract)."""

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        projections: Sequence[Projection] = (),
        fence: Callable[[Connection], None] | None = None,
    ) -> None:
        """`engine` is for reading; writing has a connection of its own. `fence` is asked inside each transaction whether we may."""
        self._engine = engine
        self._table = JOURNAL
        self._projections = tuple(projections)
        self._fence = fence
        self._queue: asyncio.Queue[_Append | None] = asyncio.Queue(QUEUE_LIMIT)
        self._last_seq = 0
        self._doubtful = False
        self._connection: Writer
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
        self._connection = make_writer(self._engine.url)
        self._writer = asyncio.create_task(self._write_for_ever(), name="journal-writer")

    @property
    def confirmed(self) -> int:
        return self._last_seq

    async def close(self) -> None:
        """Write what waits, then stop the writer; later appends are refused."""
        writer, self._writer = self._writer, None
        if writer is None:
            return
        await self._queue.put(None)
        await writer
        await self._connection.close()

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
                select(table.c.seq, table.c.kind, table.c.payload)
                .where(table.c.seq > after)
                .order_by(table.c.seq)
                .limit(page)
            )
            async with self._reading() as connection:
                rows = (await connection.execute(query)).all()
            for seq, kind, payload in rows:
                if (recorded := _recorded(seq, kind, payload)) is not None:
                    yield recorded
            if len(rows) < page:
                return
            after, left = rows[-1][0], left - page

    async def page(self, *, after: int, limit: int, kinds: Collection[str]) -> Page:
        table = self._table
        query = (
            select(table.c.seq, table.c.kind, table.c.payload)
            .where(table.c.seq > after)
            .order_by(table.c.seq)
            .limit(limit)
        )
        async with self._reading() as connection:
            rows = _driver_rows(await connection.execute(query))
        last = rows[-1][0] if rows else after
        return Page(_of_kinds(rows, kinds), last, len(rows))

    async def of_call(self, call_id: CallId) -> list[Recorded]:
        table = self._table
        query = (
            select(table.c.seq, table.c.kind, table.c.payload)
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
            closed = JournalUnavailable("the journal is closed")
            _refuse(batch, closed)
            while not self._queue.empty():
                if append := self._queue.get_nowait():
                    _refuse([append], closed)

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
        loop = asyncio.get_running_loop()
        until = loop.time() + PATIENCE_S
        why = "lost"
        while (left_s := until - loop.time()) > 0:
            try:
                last = await self._connection.run(
                    lambda connection: self._write(connection, events), limit_s=left_s
                )
            except Deposed as deposed:
                _refuse(batch, deposed)
                return
            except (SQLAlchemyError, OSError, TimeoutError) as error:
                why = _why(error)
                known, self._doubtful = self._doubtful, True
                if isinstance(error, IntegrityError) and not known:
                    continue  # the seqs are taken, perhaps by our own earlier try: look
                log.warning("journal_write_failed", why=why, events=len(events))
                # A lock was waited for already, and calls stand still meanwhile: the runtime keeps events aside.
                if why in {"disk_full", "locked"}:
                    break
                await asyncio.sleep(RETRY_PAUSE_S)
            except Exception as error:
                # A faulty projection must not end the only writer.
                log.exception("journal_projection_failed")
                why = type(error).__name__
                break
            else:
                self._last_seq, self._doubtful = last, False
                _answer(batch, last - len(events) + 1)
                return
        _refuse(batch, JournalUnavailable(why))

    def _write(self, connection: Connection, events: Sequence[Event]) -> int:
        """Write what is not there yet of `events`, with the projections; return the last seq. Changes nothing of ours: it may be undone."""
        if self._fence is not None:
            self._fence(connection)
        first = self._last_seq + 1
        rows = [to_row(seq, event) for seq, event in enumerate(events, first)]
        known = 0
        if self._doubtful:
            known, first = self._found(connection, rows)
            rows = rows[known:]
            for seq, row in enumerate(rows, first):
                row["seq"] = seq
        if rows:
            connection.execute(insert(self._table), rows)
            recorded = [Recorded(seq, event) for seq, event in enumerate(events[known:], first)]
            for projection in self._projections:
                projection.apply(connection, recorded)
        return first + len(rows) - 1

    def _found(self, connection: Connection, rows: list[dict[str, object]]) -> tuple[int, int]:
        """Return how many of the first rows an earlier try of ours wrote, and the seq for the next.

        What stands behind our last confirmed seq begins with the first event we have not been told of: all tries are made in one order.
        """
        table = self._table
        query = (
            select(table.c.payload).where(table.c.seq > self._last_seq).order_by(table.c.seq).limit(len(rows))
        )
        there = connection.execute(query).scalars().all()
        known = 0
        while known < len(there) and there[known] == rows[known]["payload"]:
            known += 1
        if known == len(there):
            return known, self._last_seq + known + 1
        end = connection.execute(select(func.max(table.c.seq))).scalar() or 0
        log.warning("journal_has_another_writer", seq=end)
        return known, end + 1

    async def _end(self, connection: AsyncConnection) -> int:
        return (await connection.execute(select(func.max(self._table.c.seq)))).scalar() or 0


def _answer(batch: list[_Append], first: int) -> None:
    last = first - 1
    for append in batch:
        last += len(append.events)
        if not append.done.done():
            append.done.set_result(last)


def _refuse(batch: list[_Append], why: Exception) -> None:
    for append in batch:
        if not append.done.done():
            append.done.set_exception(why)


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


def _known(rows: Iterable[tuple[int, str, str]]) -> list[Recorded]:
    return [recorded for row in rows if (recorded := _recorded(*row)) is not None]


def _driver_rows(result: CursorResult[Any, Any, Any]) -> list[tuple[int, str, str]]:
    """All rows as the driver has them: of half a million, SQLAlchemy's own would be an eighth of reading and decoding."""
    assert result.cursor is not None
    rows = result.cursor.fetchall()
    result.close()
    return [*rows]


def _of_kinds(rows: Iterable[tuple[int, str, str]], kinds: Collection[str]) -> list[tuple[int, Event]]:
    """The events of these kinds with their seqs, of which there may be a great many."""
    quick = {kind: decoder.decode for kind, decoder in DECODERS.items() if kind in kinds}
    found: list[tuple[int, Event]] = []
    for seq, kind, payload in rows:
        if kind not in kinds:
            continue
        try:
            found.append((seq, quick[kind](payload)))
        except (KeyError, ValidationError):
            if (recorded := _recorded(seq, kind, payload)) is not None:
                found.append(recorded)
    return found


def _recorded(seq: int, kind: str, payload: str) -> Recorded | None:
    """Return the event of a row; None, with a warning, for a kind that a newer version wrote (after a roll-back)."""
    try:
        return to_recorded(seq, kind, payload)
    except UnknownKind:
        log.warning("journal_event_unknown", seq=seq)
        return None
