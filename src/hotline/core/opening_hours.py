"""Whether a hotline is open at a moment, by its weekly plan, special days and override. Knows no clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from hotline.core.site import Hours


@dataclass(frozen=True, slots=True)
class Opening:
    """The answer and its reason, a stable word: override, special_day, week."""

    open: bool
    why: str
    note: str = ""


def opening_at(hours: Hours, at: datetime, offset_min: int) -> Opening:
    """Say whether `hours` are open at `at` (UTC), local time being `offset_min` minutes ahead of UTC."""
    if hours.override:
        return Opening(hours.override == "open", "override")
    local = at + timedelta(minutes=offset_min)
    minute = local.hour * 60 + local.minute
    day = local.date().isoformat()
    for special in hours.special:
        if special.day == day:
            return Opening(
                any(p.start_min <= minute < p.end_min for p in special.periods), "special_day", special.note
            )
    periods = hours.week[local.weekday()] if hours.week else ()
    return Opening(any(p.start_min <= minute < p.end_min for p in periods), "week")
