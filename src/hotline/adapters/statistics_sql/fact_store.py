"""What the statistics process needs of a store, whichever engine keeps its rows."""

from typing import Protocol

from hotline.adapters.statistics_sql.coding import Coding
from hotline.adapters.statistics_sql.incoming import Incoming
from hotline.core.metrics.folds import Memory
from hotline.core.metrics.query import CountedPage, Detail, Query, Row
from hotline.ports.fact_rows import FactRow, RowsWanted

GAPS_AT_ONCE = 5_000
"""Callers of new calls beyond which their gaps are made later."""
PUT_OFF_MOST = 50_000
"""Callers remembered for later; with more of them, the gaps of all callers are made in one sweep."""


class StoreUnavailable(Exception):
    """The engine cannot be reached just now; what was being written is written again from the last watermark."""

    retryable = True


class TakenOver(Exception):
    """Another process writes this store now; this one must end."""


class FactStore(Protocol):
    """Rows in, counts out, and how far the journal has been followed. Writing is one thread's; questions may come from several."""

    coding: Coding

    def progress(self) -> tuple[int, int, Memory]:
        """Return the watermark, the seq from which open calls must be read again, and what else the fold must remember.

        What was written in part is not there any more afterwards. Raises `StoreUnavailable`.
        """
        ...

    def clear(self) -> None:
        """Drop all rows, codes and the watermark."""
        ...

    def put(
        self, batch: Incoming, *, watermark: int, low_water: int, memory: Memory, catching_up: bool = False
    ) -> None:
        """Add rows and move the watermark, both or neither. `catching_up`: more follow at once, callers' gaps can wait.

        Raises:
            StoreUnavailable, TakenOver: nothing counts; begin again with `progress`.
        """
        ...

    def settle_gaps(self) -> None:
        """Make the gaps between callers' calls, if they were put off."""
        ...

    def ask(self, query: Query) -> list[Row]:
        """Answer a query (see `ports.statistics`)."""
        ...

    def detail(self, detail: Detail) -> CountedPage:
        """Return rows that were counted, latest first."""
        ...

    def rows(self, wanted: RowsWanted) -> list[FactRow]:
        """Return a page of fact rows."""
        ...

    def version(self, query: Query) -> int:
        """A number that changes when an answer to this question may have changed."""
        ...

    def calls(self) -> int:
        """How many calls the store holds."""
        ...

    def close(self) -> None:
        """Write back and close."""
        ...
