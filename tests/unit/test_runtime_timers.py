"""Timers fire once, in order, never early by the centre's own clock, and not at all when cancelled or replaced."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

from hotline.core.ids import TimerId
from hotline.core.timers import CancelTimer, SetTimer
from hotline.runtime.steady_clock import SteadyClock
from hotline.runtime.timers import Timers

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ONE, TWO = TimerId("one"), TimerId("two")


class Bench:
    """Timers over a clock that runs at `pace` seconds for each second of the loop."""

    def __init__(self, pace: float = 1.0) -> None:
        self._began = time.monotonic()
        self._pace = pace
        self._woken = asyncio.Event()
        self.wakes = 0
        self.timers = Timers(self.now, self._wake)

    def now(self) -> datetime:
        return START + timedelta(seconds=(time.monotonic() - self._began) * self._pace)

    def _wake(self) -> None:
        self.wakes += 1
        self._woken.set()

    def set(self, timer_id: TimerId, after_s: float) -> datetime:
        at = self.now() + timedelta(seconds=after_s)
        self.timers.apply(SetTimer(timer_id, at))
        return at

    async def fired(self, count: int) -> list[tuple[TimerId, datetime]]:
        """Wait until so many timers fired; return each with the clock's time then."""
        found: list[tuple[TimerId, datetime]] = []
        async with asyncio.timeout(10):
            while len(found) < count:
                await self._woken.wait()
                self._woken.clear()
                found += [(timer_id, self.now()) for timer_id in self.timers.due()]
        return found


async def test_timers_fire_in_order_of_their_time() -> None:
    bench = Bench()
    bench.set(ONE, 0.04)
    bench.set(TWO, 0.01)
    assert [timer_id for timer_id, _ in await bench.fired(2)] == [TWO, ONE]
    assert len(bench.timers) == 0


async def test_a_timer_is_never_early_by_the_centres_clock_even_when_that_clock_is_slow() -> None:
    for pace in (1.0, 0.5):
        bench = Bench(pace)
        for number in range(40):
            at = bench.set(ONE, 0.0013 + number / 10_000)
            ((_, fired_at),) = await bench.fired(1)
            assert fired_at >= at


async def test_a_cancelled_and_a_replaced_timer_do_not_fire() -> None:
    bench = Bench()
    bench.set(ONE, 0.005)
    bench.timers.apply(CancelTimer(ONE))
    bench.timers.apply(CancelTimer(ONE))
    bench.set(TWO, 0.005)
    at = bench.set(TWO, 0.03)
    ((timer_id, fired_at),) = await bench.fired(1)
    assert timer_id == TWO
    assert fired_at >= at


async def test_a_time_in_the_past_fires_at_once() -> None:
    bench = Bench()
    bench.set(ONE, -3600.0)
    assert [timer_id for timer_id, _ in await bench.fired(1)] == [ONE]


async def test_timers_that_are_set_again_and_again_do_not_grow_the_heap() -> None:
    bench = Bench()
    for _ in range(20_000):
        bench.set(ONE, 100.0)
    assert len(bench.timers) == 1
    assert len(bench.timers._heap) < 5_000
    bench.timers.close()


class Clocks:
    """A wall clock and a monotonic clock under a test's hand."""

    def __init__(self) -> None:
        self.wall, self.monotonic = 1_000_000.0, 50.0

    def pass_(self, seconds: float) -> None:
        self.wall += seconds
        self.monotonic += seconds


def test_an_hours_jump_of_the_wall_clock_leaves_differences_true() -> None:
    for jump in (3600.0, -3600.0):
        clocks = Clocks()
        clock = SteadyClock(lambda c=clocks: c.wall, lambda c=clocks: c.monotonic)
        before = clock.now()
        clocks.wall += jump
        clocks.pass_(100.0)
        passed = (clock.now() - before).total_seconds()
        assert 97.9 <= passed <= 102.1  # drawn towards the wall clock by two percent at most


def test_a_small_error_is_corrected_and_stamps_never_go_backwards() -> None:
    clocks = Clocks()
    clock = SteadyClock(lambda: clocks.wall, lambda: clocks.monotonic)
    clocks.wall -= 0.5
    stamps = [clock.now()]
    for _ in range(600):
        clocks.pass_(0.1)
        stamps.append(clock.now())
    assert stamps == sorted(stamps)
    assert abs(clock.offset_s()) <= 0.01


def test_while_nothing_runs_the_wall_clock_is_taken_forwards_only() -> None:
    clocks = Clocks()
    clock = SteadyClock(lambda: clocks.wall, lambda: clocks.monotonic)
    clocks.wall += 3600.0
    clock.leap_to_wall()
    assert abs(clock.offset_s()) < 0.001
    before = clock.now()
    clocks.wall -= 7200.0
    clock.leap_to_wall()
    assert clock.now() >= before
