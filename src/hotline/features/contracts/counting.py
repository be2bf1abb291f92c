"""Ask the statistics for what a plan needs: for each figure and local day the counts, exclusions taken off."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hotline.core.metrics.dimensions import Dimension, Grain
from hotline.core.metrics.figures import parse_variant
from hotline.core.metrics.query import LOCAL_OFFSET, Query, bucket_start
from hotline.features.contracts.plan import Json, day_start_ms, epoch_ms
from hotline.ports.statistics import Statistics

DAY_MS = 86_400_000
MINUTE_MS = 60_000
QUARTER_MINUTES = 15
_WHOLE_DAY = [0, 1440]
_QUARTER_DAYS_AT_ONCE = 31
Stretch = tuple[int, int]
"""From (inclusive) to (exclusive), milliseconds since 1970."""
ByDay = dict[str, dict[str, int]]
"""Local day → measure → count; of a figure of continuous 24 hours, number of the quarter in the period → measure → count."""


def window(day: date, minutes: Sequence[int]) -> Stretch:
    """The stretch of a local day that counts."""
    start = day_start_ms(day)
    return start + minutes[0] * MINUTE_MS, start + minutes[1] * MINUTE_MS


def merged(exclusions: Iterable[Json]) -> list[Stretch]:
    """The excluded stretches in order, joined where they touch."""
    found: list[Stretch] = []
    for start, end in sorted((one["from_ms"], one["to_ms"]) for one in exclusions):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


class Counting:
    """Counts for one plan."""

    def __init__(self, statistics: Statistics, plan: Json) -> None:
        self._statistics = statistics
        self._plan = plan
        self._excluded = merged(plan["exclusions"])

    async def counts(self) -> dict[str, ByDay]:
        """Return the counts of every counted figure. Raises `StatisticsUnavailable`."""
        return {
            figure["key"]: await self._of_figure(figure)
            for figure in self._plan["figures"]
            if figure["source"] == "metric"
        }

    async def _of_figure(self, figure: Json) -> ByDay:
        return await (self._by_quarter(figure) if figure["rolling"] else self._by_day(figure))

    async def _by_quarter(self, figure: Json) -> ByDay:
        """Every quarter of an hour in which something was counted, what is excluded taken off."""
        found: ByDay = {}
        first, last = (date.fromisoformat(self._plan["period"][key]) for key in ("first", "last"))
        begins, ends = day_start_ms(first), day_start_ms(last) + DAY_MS
        step = _QUARTER_DAYS_AT_ONCE * DAY_MS
        pieces = [(at, min(at + step, ends), 1) for at in range(begins, ends, step)]
        cut = [(max(a, begins), min(b, ends), -1) for a, b in self._excluded if a < ends and b > begins]
        for start, end, sign in (*pieces, *cut):
            for bucket, counts in await self._ask(figure, start, end, Grain.QUARTER):
                at = (epoch_ms(bucket_start(Grain.QUARTER, bucket)) - begins) // (QUARTER_MINUTES * MINUTE_MS)
                place = found.setdefault(str(at), dict.fromkeys(figure["measures"], 0))
                for key, count in counts.items():
                    place[key] += sign * count
        return found

    async def _by_day(self, figure: Json) -> ByDay:
        found: ByDay = {}
        whole: dict[str, list[Stretch]] = {}
        for text in figure["days"]:
            opens, closes = window(date.fromisoformat(text), figure["minutes"])
            cut = [(max(a, opens), min(b, closes)) for a, b in self._excluded if a < closes and b > opens]
            if cut != [(opens, closes)]:  # a day that is excluded as a whole is absent
                whole[text] = cut
                found[text] = dict.fromkeys(figure["measures"], 0)
        await self._add_days(figure, found)
        for text, cut in whole.items():
            for start, end in cut:
                for row in await self._ask(figure, start, end, Grain.TOTAL):
                    for key, count in row[1].items():
                        found[text][key] -= count
        return found

    async def _add_days(self, figure: Json, found: ByDay) -> None:
        opens, closes = figure["minutes"]
        whole = figure["minutes"] == _WHOLE_DAY
        grain = Grain.DAY if whole else Grain.QUARTER
        first, last = (date.fromisoformat(self._plan["period"][key]) for key in ("first", "last"))
        step = (last - first).days + 1 if whole else _QUARTER_DAYS_AT_ONCE
        while first <= last:
            until = min(first + timedelta(days=step - 1), last)
            start, end = day_start_ms(first), day_start_ms(until) + DAY_MS
            for bucket, counts in await self._ask(figure, start, end, grain):
                local = bucket_start(grain, bucket) + LOCAL_OFFSET
                text = local.date().isoformat()
                if text in found and opens <= local.hour * 60 + local.minute < closes:
                    for key, count in counts.items():
                        found[text][key] += count
            first = until + timedelta(days=1)

    async def _ask(
        self, figure: Json, start: int, end: int, grain: Grain
    ) -> list[tuple[int, dict[str, int]]]:
        query = Query(
            measures=tuple(figure["measures"]),
            start=_moment(start),
            end=_moment(end),
            grain=grain,
            filters={Dimension.HOTLINE: tuple(self._plan["contract"]["hotline_ids"])},
            authorities=None,  # the contract's hotlines were in sight when they were entered
            variant=parse_variant(figure["variant"]),
        )
        rows: list[Any] = await self._statistics.ask(query)
        return [
            (row.bucket, {key: int(row.counts.get(key) or 0) for key in figure["measures"]}) for row in rows
        ]


def day_end(day: date) -> datetime:
    """The first moment after a local day."""
    return _moment(day_start_ms(day) + DAY_MS)


def _moment(ms: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
