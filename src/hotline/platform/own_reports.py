"""Reports that a feature counts from its own tables: known to the catalogue and the metric dictionary, made and shown by the feature.

A feature adds its `OwnReport`s at wiring (`add_report`); the reports feature lists them beside those of the statistics store. Where a
report says how it is counted (`counting`), its figures can stand in reports that people put together.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Literal, Protocol, cast

from sqlalchemy.ext.asyncio import AsyncSession

from hotline.core.metrics.dimensions import Grain
from hotline.platform.access import Platform
from hotline.platform.actor import Actor

OwnUnit = Literal["count", "ratio", "duration"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFigure:
    """A figure with the words it is counted by. `formula` in keys of counts; durations are seconds, ratios fractions of one."""

    key: str
    name: str
    name_en: str
    unit: OwnUnit
    words: str
    formula: str


Side = Literal["numerator", "denominator"]
Exact = Fraction | int | None
"""A value, never rounded; durations in milliseconds; None where there is nothing to divide by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnDimension:
    """By what figures can be split. The key is one of `core.metrics.dimensions`, or a feature's own (`ticket_type`)."""

    key: str
    name: str
    name_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnQuestion:
    """What is counted: times in UTC, end exclusive; filters' values are alternatives, "" stands for none."""

    start: datetime
    end: datetime
    now: datetime
    grain: Grain = Grain.TOTAL
    group_by: tuple[str, ...] = ()
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnLine:
    """A row: the number of its interval (`core.metrics.query.bucket_of`), the values of the dimensions, and each figure by its key."""

    bucket: int
    key: tuple[str, ...]
    values: Mapping[str, Exact]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTerm:
    """One count of a figure, on its side of the fraction. `listed`: `OwnCounting.items` shows what was counted."""

    key: str
    words: str
    side: Side
    count: int | None
    listed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnItem:
    """Something that was counted, and the page that shows it. No personal data in its title."""

    at: datetime
    title: str
    state: str
    agent_id: str
    path: str


class OwnCounting(Protocol):
    """Counts a report's figures in an actor's sight."""

    async def lines(self, session: AsyncSession, actor: Actor, question: OwnQuestion) -> list[OwnLine]:
        """Return the rows on which something was counted, the largest first."""
        ...

    def nothing(self) -> Mapping[str, Exact]:
        """Return the figures of a row on which nothing was counted."""
        ...

    async def names(
        self, session: AsyncSession, dimension: str, values: Collection[str]
    ) -> Mapping[str, str]:
        """Return what values of a dimension are called."""
        ...

    async def terms(
        self, session: AsyncSession, actor: Actor, figure: str, question: OwnQuestion
    ) -> list[OwnTerm]:
        """Return the counts of which a figure of the whole period is made."""
        ...

    async def items(
        self,
        session: AsyncSession,
        actor: Actor,
        figure: str,
        question: OwnQuestion,
        *,
        side: Side,
        offset: int,
        limit: int,
    ) -> tuple[list[OwnItem], int]:
        """Return a page of what a side of a figure counts, latest first, and how many there are. Raises `NotPermitted`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnReport:
    """A report: `number` is its place in the catalogue, `path` the page that shows it, `family` prefixes its figures' keys.

    `dimensions` are those its figures can be split by; without a `counting` they cannot stand in reports that people put together.
    """

    key: str
    number: int
    name: str
    name_en: str
    about: str
    path: str
    family: str
    figures: tuple[OwnFigure, ...]
    dimensions: tuple[OwnDimension, ...] = ()
    counting: OwnCounting | None = None
    told: str = ""
    """What stands under its figures where others print their variant (口径)."""


def add_report(platform: Platform, report: OwnReport) -> None:
    """Let a report be known."""
    platform.listeners.setdefault(OwnReport, []).append(report)


def figure_of(platform: Platform, key: str) -> tuple[OwnReport, OwnFigure] | None:
    """The figure of this key (with its family before it), if it can be counted anywhere."""
    for report in reports_of(platform):
        for figure in report.figures:
            if report.counting is not None and key == f"{report.family}_{figure.key}":
                return report, figure
    return None


def reports_of(platform: Platform) -> Sequence[OwnReport]:
    """All that are known."""
    return cast("list[OwnReport]", platform.listeners.get(OwnReport, []))
