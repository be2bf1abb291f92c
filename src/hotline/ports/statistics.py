"""The statistics port: counts over the facts of years, answered in a blink. The store is disposable: rebuilt from the journal."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from hotline.core.metrics.query import CountedPage, Detail, Query, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class StatisticsStatus:
    """How far the store has followed the journal. `behind` counts events not yet taken in; `rebuilding` is 0–1 or None."""

    watermark: int
    behind: int
    projected_at: datetime | None
    rebuilding: float | None
    calls: int


class Statistics(Protocol):
    """Answers queries over the fact tables."""

    async def ask(self, query: Query) -> list[Row]:
        """Return rows of counts ordered by interval and key.

        Raises:
            StatisticsUnavailable: the store is not there just now (retryable).
        """
        ...

    async def detail(self, detail: Detail) -> CountedPage:
        """Return rows that were counted, latest first. Raises `StatisticsUnavailable`."""
        ...

    async def status(self) -> StatisticsStatus:
        """Say how far the store is. Raises `StatisticsUnavailable`."""
        ...

    async def rebuild(self) -> None:
        """Drop everything and begin again from the journal; returns at once, `status` shows progress."""
        ...


class StatisticsUnavailable(Exception):
    """The statistics process cannot be reached just now."""

    retryable = True
