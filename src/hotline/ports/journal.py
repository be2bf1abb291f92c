"""The journal port: the append-only truth. Lists, facts and recovery are folds over it."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from hotline.core.events import Event
from hotline.core.ids import CallId


class Recorded(NamedTuple):
    """An event at its place in the one order of the journal (`seq` counts from 1 without reuse). A tuple: millions are made in a rebuild."""

    seq: int
    event: Event


@dataclass(frozen=True, slots=True)
class Page:
    """Some events of a stretch of the journal, each with its seq; `last` is the seq at its end, `read` how many events lie in it."""

    recorded: Sequence[tuple[int, Event]]
    last: int
    read: int


class Projection(Protocol):
    """Keeps a table in step with the journal, inside the very transaction that appends."""

    def apply(self, connection: Any, recorded: Sequence[Recorded]) -> None:
        """Fold these events into the table; `connection` is SQLAlchemy's (plain) Connection of the transaction.

        Runs outside the event loop where the database allows it: touch nothing but the connection.
        """
        ...


class Journal(Protocol):
    """Append-only store of events, the same on SQLite and PostgreSQL."""

    async def append(self, events: Sequence[Event]) -> int:
        """Write events in order, durable when this returns (group commit: many callers share one transaction).

        Returns the seq of the last one.

        Raises:
            JournalUnavailable: the database does not take them, or did not answer. Append the same events again, before any other: what
                was written all the same is recognised and not written twice.
            Deposed: another application writes this journal now.
        """
        ...

    @property
    def confirmed(self) -> int:
        """The seq up to which the journal is known to be written: found at the start, or answered to an append."""
        ...

    def read(self, *, after: int = 0, limit: int = 10_000) -> AsyncIterator[Recorded]:
        """Yield events with seq > `after` in order, `limit` at most."""
        ...

    async def page(self, *, after: int, limit: int, kinds: Collection[str]) -> Page:
        """Read `limit` events with seq > `after` at most, in order, and return those of these kinds (class names).

        Much faster than `read` where most events are of no interest.
        """
        ...

    async def of_call(self, call_id: CallId) -> list[Recorded]:
        """Every event of one call, in order."""
        ...

    async def open_streams(self, since: datetime) -> list[Recorded]:
        """Return what recovery needs, in order.

        Every event of calls that have not ended (begun after `since`), and for each agent everything since its last sign-in.
        """
        ...

    async def seq_before(self, at: datetime) -> int:
        """The seq of the last event that happened before `at`, 0 when there is none (figures of today start there)."""
        ...

    async def last_seq(self) -> int:
        """The highest seq written, 0 when empty."""
        ...


class JournalUnavailable(Exception):
    """The database cannot be written just now."""

    retryable = True
