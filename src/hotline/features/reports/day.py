"""Today's figures for live page, wall boards and alarms: counted as on reports, kept for a moment, asked once for all who look."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, cast

from hotline.core.ids import AuthorityId
from hotline.core.metrics.dimensions import Dimension, Grain
from hotline.core.metrics.figures import FIGURES
from hotline.core.metrics.figures_live import DAY_FIGURES
from hotline.core.metrics.formula import combine
from hotline.core.metrics.query import local_midnight
from hotline.core.site import Site
from hotline.features.reports.asked import Asked
from hotline.features.reports.counting import Line
from hotline.features.reports.making import book_for
from hotline.features.reports.numbers import number, text
from hotline.features.reports.service import Reports, Shown
from hotline.platform.access import Platform
from hotline.platform.actor import system_actor
from hotline.ports.call_control import CallControl
from hotline.ports.day_figures import DayFigures, DayValue, Values
from hotline.ports.statistics import Statistics, StatisticsUnavailable

FRESH: Final = timedelta(seconds=3)
KEPT: Final = 64
ANSWER_LIMIT_S: Final = 10.0
Sight = tuple[frozenset[AuthorityId] | None, tuple[str, ...]]


@dataclass(slots=True)
class ReportedDay:
    """Implements `DayBook`; one for the application."""

    platform: Platform
    _kept: OrderedDict[Sight, DayFigures] = field(default_factory=OrderedDict[Sight, DayFigures])
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def of(
        self, authorities: frozenset[AuthorityId] | None, queues: tuple[str, ...] = ()
    ) -> DayFigures:
        """Return today's figures. Raises `StatisticsUnavailable`."""
        sight = (authorities, queues)
        async with self._asking:  # a room full of screens asks the same at the same time
            now = self.platform.clock()
            found = self._kept.get(sight)
            if found is not None and timedelta(0) <= now - found.at <= FRESH:
                return found
            try:
                async with asyncio.timeout(ANSWER_LIMIT_S):
                    made = await self._make(sight)
            except TimeoutError as late:
                raise StatisticsUnavailable from late
            self._kept[sight] = made
            self._kept.move_to_end(sight)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            return made

    async def hours(
        self,
        figures: Sequence[str],
        start: datetime,
        end: datetime,
        authorities: frozenset[AuthorityId] | None,
        queues: tuple[str, ...] = (),
    ) -> Sequence[Mapping[str, float | None]]:
        """Return figures of each hour, as the trend report says them. Raises `StatisticsUnavailable`."""
        asked = replace(_asked((authorities, queues), start, end), grain=Grain.HOUR)
        reports, _, _ = await self._reports(asked, authorities)
        rows, _ = await reports.compute(figures, asked)
        return [{key: number(FIGURES[key].unit, row.values[key]) for key in figures} for row in rows]

    async def _reports(
        self, asked: Asked, authorities: frozenset[AuthorityId] | None
    ) -> tuple[Reports, Shown, Site]:
        statistics = cast("Statistics | None", self.platform.services.get(Statistics))
        if statistics is None:
            raise StatisticsUnavailable("not there")
        site = cast("CallControl", self.platform.services[CallControl]).site()
        if (await statistics.status()).rebuilding is not None:
            raise StatisticsUnavailable("rebuilding")
        actor = replace(system_actor("day-figures"), authorities=authorities)
        async with self.platform.database.reading() as session:
            book, shown = await book_for(session, actor, site, asked)
        return Reports(statistics, site, book, shown), shown, site

    async def _make(self, sight: Sight) -> DayFigures:
        authorities, queues = sight
        now = self.platform.clock()
        start = local_midnight(now)
        asked = replace(_asked(sight, start, start + timedelta(days=1)), group_by=(Dimension.QUEUE,), now=now)
        reports, shown, site = await self._reports(asked, authorities)
        rows, total = await reports.compute(DAY_FIGURES, asked)
        nothing = _values(reports.nothing(DAY_FIGURES, asked))
        counted = {row.line.key[0]: _values(row.line) for row in rows if row.line.key}
        return DayFigures(
            at=now,
            start=start,
            variant=shown.text,
            total=_values(total.line),
            queues={queue: counted.get(queue, nothing) for queue in _queues(site, authorities, queues)},
        )


def _asked(sight: Sight, start: datetime, end: datetime) -> Asked:
    authorities, queues = sight
    return Asked(
        start=start,
        end=end,
        grain=Grain.TOTAL,
        group_by=(),
        filters={Dimension.QUEUE: queues} if queues else {},
        authorities=None if authorities is None else tuple(sorted(authorities)),
    )


def _queues(site: Site, authorities: frozenset[AuthorityId] | None, queues: tuple[str, ...]) -> list[str]:
    return [
        str(queue.id)
        for queue in site.queues
        if (authorities is None or queue.authority_id in authorities) and (not queues or queue.id in queues)
    ]


def _values(line: Line) -> Values:
    return {key: _value(line, key) for key in DAY_FIGURES}


def _value(line: Line, key: str) -> DayValue:
    figure = FIGURES[key]
    exact = line.value(figure)
    of = 0
    for variant, counts in line.parts:
        denominator = figure.formula(variant).denominator
        of += int(combine(denominator, counts) or 0) if denominator is not None else 0
    return DayValue(value=number(figure.unit, exact), text=text(figure.unit, exact), of=of)
