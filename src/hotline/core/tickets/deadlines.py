"""Deadlines in working time (时限): a span of the calendar's open minutes from a start, without the times of waiting for the citizen.

Pure arithmetic over `core.site.Hours`: weekly periods (lunch breaks are gaps between them), holidays and make-up workdays as special
days. The override of opening hours ("always open") is no working time and is not looked at. Without a calendar every minute counts.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

from hotline.core.site import Hours, Period

DAYS_MOST: Final = 1100
"""A calendar without any working time in three years has no deadlines."""
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketClock:
    """When the time of a ticket runs: from `started_at`, not in `pauses` (an open one has no end), until `stopped_at`."""

    started_at: datetime
    stopped_at: datetime | None = None
    pauses: tuple[tuple[datetime, datetime | None], ...] = ()

    @property
    def is_paused(self) -> bool:
        """Whether it waits now."""
        return bool(self.pauses) and self.pauses[-1][1] is None

    def paused(self, at: datetime) -> "TicketClock":
        """The clock, waiting from now on."""
        return self if self.is_paused else replace(self, pauses=(*self.pauses, (at, None)))

    def resumed(self, at: datetime) -> "TicketClock":
        """The clock, running from now on."""
        if not self.is_paused:
            return self
        return replace(self, pauses=(*self.pauses[:-1], (self.pauses[-1][0], at)))

    def stopped(self, at: datetime) -> "TicketClock":
        """The clock at its end."""
        return replace(self.resumed(at), stopped_at=self.stopped_at or at)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineRule:
    """So many minutes, warned of after `amber_percent` of them. `hours` None: round the clock."""

    minutes: int
    amber_percent: int = 75
    hours: Hours | None = None
    offset_min: int = 480


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """When a ticket turns amber and when it is overdue; None while it waits for the citizen, or where no time ever comes."""

    amber_at: datetime | None
    due_at: datetime | None


def deadline(rule: DeadlineRule, clock: TicketClock) -> Deadline:
    """Return the deadline of a clock under a rule. Recomputed whenever the clock or the calendar changes: nothing is carried over."""
    span = timedelta(minutes=rule.minutes)
    return Deadline(
        amber_at=moment_after(rule, clock, span * rule.amber_percent / 100),
        due_at=moment_after(rule, clock, span),
    )


def moment_after(rule: DeadlineRule, clock: TicketClock, span: timedelta) -> datetime | None:
    """The moment at which so much working time of the clock has passed; None when it does not come (paused, empty calendar)."""
    left = span
    for start, end in _running(rule, clock, clock.started_at + timedelta(days=DAYS_MOST)):
        if end - start >= left:
            return start + left
        left -= end - start
    return None


def time_used(rule: DeadlineRule, clock: TicketClock, now: datetime) -> timedelta:
    """How much working time of the clock has passed by `now` (or by its stop)."""
    until = min(now, clock.stopped_at) if clock.stopped_at else now
    return sum((end - start for start, end in _running(rule, clock, until)), timedelta())


def _running(rule: DeadlineRule, clock: TicketClock, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The stretches in which the clock runs: working time, minus the pauses."""
    for begin, end in working_stretches(rule, clock.started_at, until):
        start = begin
        for pause_start, pause_end in clock.pauses:
            stop = pause_end if pause_end is not None else until
            if stop <= start or pause_start >= end:
                continue
            if pause_start > start:
                yield start, pause_start
            start = max(start, stop)
        if start < end:
            yield start, end


def working_stretches(
    rule: DeadlineRule, start: datetime, until: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """Working time between two moments, in order."""
    if start >= until:
        return
    if rule.hours is None:
        yield start, until
        return
    start, until = start.astimezone(UTC), until.astimezone(UTC)
    shift = timedelta(minutes=rule.offset_min)
    special = {one.day: one.periods for one in rule.hours.special}
    day, last = (start + shift).date(), (until + shift).date()
    while day <= last:
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) - shift
        for period in _periods(rule.hours, special, day):
            begin = max(start, midnight + timedelta(minutes=period.start_min))
            end = min(until, midnight + timedelta(minutes=period.end_min))
            if begin < end:
                yield begin, end
        day += _DAY


def _periods(hours: Hours, special: dict[str, tuple[Period, ...]], day: date) -> tuple[Period, ...]:
    found = special.get(day.isoformat())
    if found is None:
        found = hours.week[day.weekday()] if hours.week else ()
    return tuple(sorted(found, key=lambda period: period.start_min))
