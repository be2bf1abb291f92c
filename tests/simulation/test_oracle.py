"""Every column of every report against the oracle: over simulated days across a year's end, with calls still open and agents signed in.

`HOTLINE_TEST_EVENINGS=62` makes it months.
"""

import asyncio
import functools
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import count, product
from typing import Any

import pytest

from hotline.adapters.statistics_sql.coding import province_and_city
from hotline.adapters.statistics_sql.fact_store import FactStore
from hotline.adapters.statistics_sql.store import Store
from hotline.core import events as e
from hotline.core.centre import Centre
from hotline.core.metrics.catalogue import REPORTS
from hotline.core.metrics.dimensions import Dimension, Grain
from hotline.core.metrics.figures import FIGURES
from hotline.core.metrics.folds import Memory
from hotline.core.metrics.measures import DAY_MS, MEASURES
from hotline.core.metrics.query import DIMENSIONS, CountedPage, Detail, Query, Row
from hotline.core.metrics.settling import NO_CALL, Settled, Settling
from hotline.core.metrics.variant import OPTIONS, Variant
from hotline.features.reports.asked import Asked
from hotline.features.reports.counting import Book
from hotline.features.reports.numbers import text
from hotline.features.reports.schemas import ReportAnswer
from hotline.features.reports.service import AT_ONCE, Reports, Shown
from hotline.ports.statistics import StatisticsStatus
from hotline.simulation.plan import FLAT, Plan
from hotline.simulation.world import World
from tests.simulation.acts import by_hand
from tests.simulation.oracle import LOCAL, Journal, Record
from tests.simulation.oracle_figures import Cell

EVENINGS = int(os.environ.get("HOTLINE_TEST_EVENINGS", "3"))
START = datetime(2026, 12, 29, 16, tzinfo=UTC)
END = START + timedelta(days=EVENINGS + 1)
SEEDS = (3, 8, 21)
VARIANTS = (
    Variant(),
    Variant(service_level="answered", service_level_s=10, answer_base="trunk", unanswered="request", satisfied_grade=1, repeat_min=30),
    Variant(service_level="ignore_abandons", short_abandons="exclude", short_abandon_s=30, matter_days=1),
    Variant(service_level="credit_abandons", short_abandons="exclude", include_test=True),
    Variant(service_level="offered", short_abandons="exclude", short_abandon_s=10, service_level_s=5),
)  # fmt: skip


class InMemory:
    """The statistics port over a store in this process."""

    def __init__(self, store: FactStore) -> None:
        self._store = store

    async def ask(self, query: Query) -> list[Row]:
        return self._store.ask(query)

    async def detail(self, detail: Detail) -> CountedPage:
        return self._store.detail(detail)

    async def status(self) -> StatisticsStatus:
        return StatisticsStatus(watermark=0, behind=0, projected_at=None, rebuilding=None, calls=0)

    async def rebuild(self) -> None:
        """Nothing to drop."""


@functools.cache
def told() -> tuple[World, tuple[e.Event, ...]]:
    """Evenings, each across midnight; the last is cut off while calls run and agents are signed in."""
    events: list[e.Event] = []
    ids = count(1)
    world: World | None = None
    for day in range(EVENINGS):
        plan = Plan(
            hours=2.0, calls=70, agents=6, talk_s=60.0, wrap_up_s=15.0, patience_s=50.0, missed=0.1, rejected=0.02, hang_up_anywhere=0.15,
            breaks_per_hour=1.0, break_s=300.0, outbound_per_hour=2.0, curve=FLAT, max_calls=20, start_hour=7.0, returning=0.6,
        )  # fmt: skip
        one: list[e.Event] = []
        world = World(plan, SEEDS[day] if day < len(SEEDS) else 100 + day, one.extend)
        world._new_id = lambda: f"{next(ids):08x}"
        world.centre = Centre(world.site, world._new_id)
        world.run()
        shift = START + timedelta(days=day, hours=23) - one[0].at
        moved = [replace(event, at=event.at + shift) for event in one]
        events += moved if day < EVENINGS - 1 else moved[: len(moved) * 4 // 5]
    assert world is not None
    return world, tuple(events)


def late_by_a_day(events: tuple[e.Event, ...]) -> tuple[e.Event, ...]:
    """Every seventh call of the first evening reaches the journal a day late, as a whole."""
    evening = [event for event in events if event.at < START + timedelta(days=1, hours=12)]
    calls = sorted({event.call_id for event in evening if isinstance(event, e.CallEvent)})[::7]
    behind = [event for event in evening if isinstance(event, e.CallEvent) and event.call_id in calls]
    kept = [event for event in events if event not in behind]
    at = next(n for n, event in enumerate(kept) if event.at > START + timedelta(days=2, hours=12))
    assert len(calls) > 5
    return (*kept[:at], *behind, *kept[at:])


def set_back(events: tuple[e.Event, ...]) -> tuple[e.Event, ...]:
    """In the middle of the second evening the clock is set back by forty minutes, while people talk and wait."""
    second = [n for n, event in enumerate(events) if event.at > START + timedelta(days=2)]
    middle = second[0] + 400
    moved = (replace(event, at=event.at - timedelta(minutes=40)) for event in events[middle:])
    return (*events[:middle], *moved)


def lost(events: tuple[e.Event, ...]) -> tuple[e.Event, ...]:
    """Every fifth call that ended on the second evening was lost by us."""
    ends = [
        one for one in events if isinstance(one, e.CallEnded) and one.at > START + timedelta(days=1, hours=12)
    ]
    chosen = {one.call_id for one in ends[:80:5]}
    return tuple(
        replace(one, disposition=e.Disposition.SYSTEM_LOST)
        if isinstance(one, e.CallEnded) and one.call_id in chosen
        else one
        for one in events
    )


HISTORIES: dict[str, Callable[[tuple[e.Event, ...]], tuple[e.Event, ...]]] = {
    "as it happened": lambda events: events,
    "late by a day": late_by_a_day,
    "clock set back": set_back,
    "lost": lost,
    "by hand": by_hand,
}


def settled(history: str = "as it happened") -> tuple[list[Settled], Memory]:
    """The rows of a history, and what the fold remembers at its end."""
    _, events = told()
    now = max(event.at for event in events) + timedelta(hours=1)
    settling, rows = Settling(), list[Settled]()
    for seq, event in enumerate(HISTORIES[history](events), 1):
        rows += settling.apply(event, seq)
    rows += [(row, NO_CALL) for row in settling.fold.intervals.cut(now - timedelta(minutes=1))]
    return rows, settling.fold.memory()


@functools.cache
def stored(history: str = "as it happened") -> tuple[Store, Journal, World, datetime]:
    """The same events in the store and in the oracle."""
    world, events = told()
    now = max(event.at for event in events) + timedelta(hours=1)
    events = HISTORIES[history](events)
    rows, memory = settled(history)
    store = Store(None)
    store.write(rows, watermark=len(events), low_water=1, memory=memory)
    return store, Journal(events, now), world, now


def value_of(dimension: Dimension, row: Record) -> tuple[Any, ...]:
    """Under which values a record stands; its queues, for an agent's time."""
    local = row["at"] + LOCAL
    match dimension:
        case Dimension.HOUR:
            return (str(local.hour),)
        case Dimension.WEEKDAY:
            return (str(local.isoweekday()),)
        case Dimension.PROVINCE | Dimension.CITY:
            return (province_and_city(row["caller"])[dimension is Dimension.CITY] or None,)
        case Dimension.QUEUE if "team" in row:
            return tuple(row["team"]) or (None,)
        case _:
            return (row[dimension.value] or None,)


def bucket(grain: Grain, at: datetime) -> object:
    return (at + LOCAL).date() if grain is Grain.DAY else None


async def report(
    key: str,
    grain: Grain,
    group_by: tuple[Dimension, ...],
    variant: Variant,
    history: str = "as it happened",
    other: FactStore | None = None,
) -> ReportAnswer:
    """A report as its page shows it; `other`: from another store of the same history."""
    store, _, world, now = stored(history)
    reports = Reports(
        InMemory(other or store),
        world.site,
        Book(default=variant, hotlines={}),
        Shown(text="", words="", used=[]),
    )
    asked = Asked(start=START, end=END, grain=grain, group_by=group_by, filters={}, authorities=None, now=now)
    return await reports.make(REPORTS[key], asked, now)


def _cells(
    journal: Journal, variant: Variant, grain: Grain, group_by: tuple[Dimension, ...]
) -> Callable[[str, Any, Any], list[Record]]:
    """Records by kind, interval and keys; None instead of keys: of all keys."""
    found: dict[tuple[str, Any, Any], list[Record]] = {}
    for kind, rows in journal.rows.items():
        for row in rows:
            if row.get("test") and not variant.include_test:
                continue
            at = bucket(grain, row["at"])
            found.setdefault((kind, at, None), []).append(row)
            try:
                keys: list[Any] = list(product(*(value_of(d, row) for d in group_by)))
            except KeyError:
                continue  # cannot be split this way: unknown, see `_splits`
            for key in keys:
                found.setdefault((kind, at, key), []).append(row)
    return lambda kind, at, key: found.get((kind, at, key), [])


WAYS = [
    (key, grain, by)
    for key, one in REPORTS.items()
    for grain, by in ((Grain.TOTAL, one.group_by), (Grain.DAY, ()))
]


@pytest.mark.req(*(f"STA-{n}" for n in (*range(1, 16), 19, 20)))
@pytest.mark.parametrize("n", range(len(VARIANTS)))
async def test_every_column_of_every_report_is_what_the_journal_says(n: int) -> None:
    assert await checked_columns(VARIANTS[n], "as it happened", WAYS) > 2_000


@pytest.mark.req("STA-0")
@pytest.mark.parametrize("history", ["late by a day", "clock set back"])
async def test_columns_stay_right_when_news_is_late_or_the_clock_is_set_back(history: str) -> None:
    ways = [way for way in WAYS if way[1] is Grain.TOTAL]
    assert await checked_columns(Variant(), history, ways) > 1_000


async def checked_columns(
    variant: Variant,
    history: str,
    ways: list[tuple[str, Grain, tuple[Dimension, ...]]],
    other: FactStore | None = None,
) -> int:
    """Hold every cell of these reports against the oracle; return how many there were."""
    _, journal, _, now = stored(history)
    checked = 0
    for key, grain, by in ways:
        answer = await report(key, grain, by, variant, history, other)
        cells = _cells(journal, variant, grain, by)
        units = {column.key: column.unit for column in answer.columns}
        for row in answer.rows:
            at = None if row.time is None else bucket(grain, row.time)
            keys = tuple(one.id for one in row.keys)
            length = (
                END - START if row.time is None or row.until is None else row.until - row.time
            ) // timedelta(milliseconds=1)
            if by == (Dimension.HOUR,):
                length = length // 24
            cell = Cell(
                lambda kind, at=at, keys=keys, cells=cells: cells(kind, at, keys),
                lambda kind, at=at, cells=cells: cells(kind, at, None),
                variant, length, int(now.timestamp() * 1000),
            )  # fmt: skip
            for figure, shown in row.texts.items():
                if row.values[figure] is None and _unsplittable(figure, by):
                    continue
                expected = text(units[figure], cell.value(figure))
                assert shown == expected, (
                    f"{key} by {by} {row.label} {keys}: {figure} is {shown}, the journal says {expected}"
                )
                checked += 1
    return checked


@pytest.mark.req("STA-0", "KPI-1")
@pytest.mark.parametrize("n", [0, 3])
async def test_the_worst_24_hours_are_what_the_journal_says(n: int) -> None:
    variant = VARIANTS[n]
    store, journal, world, now = stored("lost")
    reports = Reports(
        InMemory(store), world.site, Book(default=variant, hotlines={}), Shown(text="", words="", used=[])
    )
    asked = Asked(start=START, end=END, grain=Grain.TOTAL, group_by=(), filters={}, authorities=None, now=now)
    (row,), _ = await reports.compute(("rolling_24h_connect_rate",), asked)
    calls = [one for one in journal.rows["call"] if variant.include_test or not one.get("test")]
    day, found = timedelta(days=1), list[Fraction]()
    for quarter in range((END - START - day) // timedelta(minutes=15) + 1):
        since = START + quarter * timedelta(minutes=15)
        inside = [one for one in calls if since <= one["at"] < since + day]
        rate = Cell(lambda _, inside=inside: inside, lambda _: [], variant, DAY_MS, 0).value("connect_rate")
        found += [] if rate is None else [rate]
    assert row.values["rolling_24h_connect_rate"] == min(found) < 1


def test_the_oracle_computes_every_column_of_the_catalogue_in_every_variant() -> None:
    """A new column without a second definition fails here, and so does a choice that no history is counted under."""
    _, journal, _, now = stored()
    figures = {key for one in REPORTS.values() for key in one.figures}
    for variant in VARIANTS:
        cell = Cell(
            lambda kind: journal.rows[kind], lambda kind: journal.rows[kind], variant, DAY_MS, int(now.timestamp() * 1000)
        )  # fmt: skip
        for key in figures:
            cell.value(key)  # raises KeyError where it knows none
    for option in OPTIONS:
        tried = {str(variant.options()[option.key]).lower() for variant in VARIANTS}
        wanted = {value for value, _ in option.choices} or {"any number", "another"}
        if (
            option.key == "include_excluded"
        ):  # nothing is excluded here: tests/property/test_statistics_store.py
            continue
        assert len(tried) >= len(wanted), option.key
        assert not option.choices or tried == wanted, option.key


def _unsplittable(figure: str, by: tuple[Dimension, ...]) -> bool:
    """Agents' time has no hotline, calls have no state: such columns are empty, and say so."""
    tables = {MEASURES[m].table for m in FIGURES[figure].formula(Variant()).measures()}
    return not all(set(by) <= DIMENSIONS[table] for table in tables)


async def test_totals_are_the_sum_of_rows_however_they_are_split() -> None:
    for key, one in REPORTS.items():
        whole = await report(key, Grain.TOTAL, (), Variant())
        for by in [(d,) for d in one.dimensions if d not in {Dimension.QUEUE, Dimension.REASON}]:
            split = await report(key, Grain.TOTAL, by, Variant())
            for column in split.columns:
                rows = [row.values[column.key] for row in split.rows]
                if (
                    column.unit == "count"
                    and column.key not in {"queue_peak", "callers"}
                    and None not in rows
                ):
                    assert sum(value or 0 for value in rows) == whole.totals.values[column.key], (
                        key,
                        by,
                        column.key,
                    )


@pytest.mark.req("STA-0")
async def test_a_long_report_lets_others_have_their_turn() -> None:
    """A month by agent and day once held the application, and all calls, for two seconds."""
    turns = 0

    async def call() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    others = asyncio.create_task(call(), name="others")
    answer = await report("summary", Grain.QUARTER, (), Variant())
    others.cancel()
    await asyncio.gather(others, return_exceptions=True)
    assert len(answer.rows) > 300
    assert turns >= 2 * (len(answer.rows) // AT_ONCE)
