"""Today's curve: calls of each hour beside yesterday's, for the live page and wall boards; counted as on reports, asked once for all.

Knows no HTTP.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from hotline.core.ids import AuthorityId
from hotline.core.metrics.query import local_midnight
from hotline.ports.day_figures import DayBook

HOURS: Final = 24
FRESH: Final = timedelta(seconds=30)
KEPT: Final = 64
_FIGURES: Final = ("queue_entered", "visits_answered", "visits_abandoned")


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCurve:
    """Counts of queue visits by local hour, 24 of each."""

    entered: tuple[int, ...]
    answered: tuple[int, ...]
    abandoned: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Two days; `hour` is the local hour that runs."""

    at: datetime
    hour: int
    today: DayCurve
    yesterday: DayCurve


@dataclass(slots=True)
class Curves:
    """One for the application: keeps each answer for half a minute."""

    _kept: OrderedDict[tuple[object, ...], Curve] = field(
        default_factory=OrderedDict[tuple[object, ...], Curve]
    )
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def of(
        self,
        days: DayBook,
        authorities: frozenset[AuthorityId] | None,
        queues: tuple[str, ...],
        now: datetime,
    ) -> Curve:
        """Return the curve of these queues (none: of all in sight). Raises `StatisticsUnavailable`."""
        key = (authorities, queues)
        async with self._asking:  # a room full of screens asks the same at the same time
            found = self._kept.get(key)
            if found is not None and now - found.at <= FRESH:
                return found
            made = await _make(days, authorities, queues, now)
            self._kept[key] = made
            self._kept.move_to_end(key)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            return made


async def _make(
    days: DayBook, authorities: frozenset[AuthorityId] | None, queues: tuple[str, ...], now: datetime
) -> Curve:
    midnight = local_midnight(now)
    day = timedelta(days=1)
    hours = await days.hours(_FIGURES, midnight - day, midnight + day, authorities, queues)
    return Curve(
        at=now,
        hour=(now - midnight) // timedelta(hours=1),
        today=_day(hours[HOURS:]),
        yesterday=_day(hours[:HOURS]),
    )


def _day(hours: Sequence[Mapping[str, float | None]]) -> DayCurve:
    entered, answered, abandoned = (tuple(int(hour[key] or 0) for hour in hours) for key in _FIGURES)
    return DayCurve(entered=entered, answered=answered, abandoned=abandoned)
