"""Whether a hotline is open at a moment, by its weekly plan, special days and override. Knows no clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from hotline.core.site import Hours, Period

OVERRIDE, WEEK = "override", "week"


@dataclass(frozen=True, slots=True)
class Opening:
    """The answer and its reason, a stable word: override, week, or the origin of a special day (`site.DayOrigin`).

    `periods` are those of the rule that decided; an override has none.
    """

    open: bool
    why: str
    note: str = ""
    periods: tuple[Period, ...] = ()


def opening_at(hours: Hours, at: datetime, offset_min: int) -> Opening:
    """Say whether `hours` are open at `at` (UTC), local time being `offset_min` minutes ahead of UTC."""
    if overridden_at(hours, at):
        return Opening(hours.override == "open", OVERRIDE)
    local = at + timedelta(minutes=offset_min)
    minute = local.hour * 60 + local.minute
    day = local.date().isoformat()
    for special in hours.special:
        if special.day == day:
            return Opening(_within(special.periods, minute), special.origin, special.note, special.periods)
    periods = hours.week[local.weekday()] if hours.week else ()
    return Opening(_within(periods, minute), WEEK, periods=periods)


def overridden_at(hours: Hours, at: datetime) -> bool:
    """Whether people have opened or closed by hand, and that still holds at `at`."""
    return bool(hours.override) and (hours.override_until is None or at < hours.override_until)


def _within(periods: tuple[Period, ...], minute: int) -> bool:
    return any(period.start_min <= minute < period.end_min for period in periods)
