"""Figures for other features (contracts, own reports, schedules): asked by key, answered exactly, with the counts behind them.

The same dictionary and the same variants as the reports; nothing else computes a figure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any, Protocol

from hotline.core.metrics.dimensions import Dimension, Grain
from hotline.core.metrics.query import CountedPage


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureQuestion:
    """`start` inclusive, `end` exclusive, UTC. `authorities` None: all. `variant` None: each hotline's own; else `key=value,…`."""

    figures: tuple[str, ...]
    start: datetime
    end: datetime
    grain: Grain = Grain.TOTAL
    dimensions: tuple[Dimension, ...] = ()
    filters: Mapping[Dimension, tuple[str, ...]] = field(default_factory=dict[Dimension, tuple[str, ...]])
    authorities: tuple[str, ...] | None = None
    variant: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureRow:
    """One row: its interval (as far as it lies in the period), its keys, exact values and the counts they are made of.

    Durations are in milliseconds, ratios fractions of one; None is shown as "—".
    """

    start: datetime
    end: datetime
    key: tuple[str | None, ...]
    values: Mapping[str, Fraction | None]
    counts: Mapping[str, int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureAnswer:
    """Rows, the whole period in one row, and the variant used (of each hotline, if they differ)."""

    rows: tuple[FigureRow, ...]
    totals: FigureRow
    variant: str


class Figures(Protocol):
    """The figures of the dictionary. In `platform.services[Figures]`."""

    async def ask(self, question: FigureQuestion) -> FigureAnswer:
        """Answer. A row without calls is there when no dimension is asked for, so that a time line has no holes.

        Raises:
            Invalid: an unknown figure, or a period without length.
            StatisticsUnavailable: the store is not there just now (retryable).
        """
        ...

    async def counted(
        self,
        question: FigureQuestion,
        figure: str,
        *,
        part: str = "numerator",
        offset: int = 0,
        limit: int = 1000,
    ) -> CountedPage:
        """Return the rows that a figure counts over the whole period, latest first: what evidence lists."""
        ...


class ReportFiles(Protocol):
    """Reports as files, for schedules. In `platform.services[ReportFiles]`."""

    async def make(
        self, actor: Any, kind: str, key: str, params: Mapping[str, Any], file_format: str
    ) -> tuple[str, str, bytes]:
        """Return name, media type and content of a report (`kind` report, listing or query) as the actor may see it."""
        ...
