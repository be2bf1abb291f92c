"""Today's curve: calls of each hour beside yesterday's, for the live page and wall boards; asked of the statistics once for all.

Knows no HTTP.
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from hotline.core.ids import AuthorityId
from hotline.core.metrics.dimensions import Dimension, Grain
from hotline.core.metrics.query import Query, Row, bucket_of, local_midnight
from hotline.ports.statistics import Statistics

HOURS: Final = 24
FRESH: Final = timedelta(seconds=30)
KEPT: Final = 64
_MEASURES: Final = ("queue_entered", "visits_answered", "visits_abandoned")


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
        statistics: Statistics,
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
            made = await _make(statistics, authorities, queues, now)
            self._kept[key] = made
            self._kept.move_to_end(key)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            return made


async def _make(
    statistics: Statistics,
    authorities: frozenset[AuthorityId] | None,
    queues: tuple[str, ...],
    now: datetime,
) -> Curve:
    midnight = local_midnight(now)
    rows = await statistics.ask(
        Query(
            measures=_MEASURES,
            start=midnight - timedelta(days=1),
            end=midnight + timedelta(days=1),
            grain=Grain.HOUR,
            filters={Dimension.QUEUE: queues} if queues else {},
            authorities=None if authorities is None else tuple(sorted(authorities)),
        )
    )
    first = bucket_of(Grain.HOUR, midnight)
    return Curve(
        at=now,
        hour=bucket_of(Grain.HOUR, now) - first,
        today=_day(rows, first),
        yesterday=_day(rows, first - HOURS),
    )


def _day(rows: list[Row], first: int) -> DayCurve:
    by_hour = {row.bucket - first: row.counts for row in rows}

    def line(measure: str) -> tuple[int, ...]:
        return tuple(by_hour.get(hour, {}).get(measure) or 0 for hour in range(HOURS))

    entered, answered, abandoned = (line(measure) for measure in _MEASURES)
    return DayCurve(entered=entered, answered=answered, abandoned=abandoned)
