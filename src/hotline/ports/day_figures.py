"""Today's figures by the dictionary, for live page, wall boards and alarms: what the reports say of today, at most a moment old."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from hotline.core.ids import AuthorityId


@dataclass(frozen=True, slots=True, kw_only=True)
class DayValue:
    """A figure: as a number (counts; seconds; ratios as fractions of one), as people read it, and the count it is divided by.

    `value` None: nothing to divide by. `of` 0: not a ratio, or nothing.
    """

    value: float | None
    text: str
    of: int


Values = Mapping[str, DayValue]
"""By key of the dictionary (`core.metrics.figures_live.DAY_FIGURES`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFigures:
    """The day from `start`, as it was counted at `at` under `variant` (口径, as reports print it)."""

    at: datetime
    start: datetime
    variant: str
    total: Values
    queues: Mapping[str, Values]


class DayBook(Protocol):
    """Counts today."""

    async def of(
        self, authorities: frozenset[AuthorityId] | None, queues: tuple[str, ...] = ()
    ) -> DayFigures:
        """Return today's figures of everything these organisations see, or of these queues of theirs alone.

        Raises:
            StatisticsUnavailable: the store is away, or is being rebuilt and knows only a part (retryable).
        """
        ...

    async def hours(
        self,
        figures: Sequence[str],
        start: datetime,
        end: datetime,
        authorities: frozenset[AuthorityId] | None,
        queues: tuple[str, ...] = (),
    ) -> Sequence[Mapping[str, float | None]]:
        """Return figures of each hour from `start` to `end`, as the trend report (13) says them; never kept.

        Raises:
            StatisticsUnavailable: as above (retryable).
        """
        ...
