"""The national calendar: public holidays (closed) and make-up workdays (open like a workday), as special days of the core.

The State Council publishes each year's calendar late in the year before; a year that the library does not know yet yields
nothing, and the administrator's own table of special days fills the gap.
"""

from datetime import date, timedelta
from functools import lru_cache

import chinese_calendar

from hotline.core.site import Period, SpecialDay

_HOLIDAY_NAMES = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "Mid-autumn Festival": "中秋节",
    "National Day": "国庆节",
    "Anti-Fascist 70th Day": "抗战胜利纪念日",
}
_SATURDAY = 5


@lru_cache(maxsize=16)
def national_days(year: int) -> tuple[tuple[str, bool, str], ...] | None:
    """Return (ISO day, works, name) for each day of the year on which the calendar departs from the week; None: unknown year."""
    found: list[tuple[str, bool, str]] = []
    day = date(year, 1, 1)
    try:
        while day.year == year:
            holiday, name = chinese_calendar.get_holiday_detail(day)
            weekend = day.weekday() >= _SATURDAY
            if holiday and (name or not weekend):
                found.append((day.isoformat(), False, _HOLIDAY_NAMES.get(name or "", name or "节假日")))
            elif not holiday and weekend:
                found.append((day.isoformat(), True, f"{_HOLIDAY_NAMES.get(name or '', '')}调休上班"))
            day += timedelta(days=1)
    except NotImplementedError:
        return None
    return tuple(found)


def special_days(
    week: tuple[tuple[Period, ...], ...], own: tuple[SpecialDay, ...], years: range, *, national: bool
) -> tuple[SpecialDay, ...]:
    """Return the special days of `years` and all of `own`, in order; `own` wins over the national calendar.

    A make-up workday has the periods of the first workday (Monday to Friday) that has any.
    """
    days = {special.day: special for special in own}
    workday = next((periods for periods in week[:_SATURDAY] if periods), ())
    for year in years if national else ():
        for day, works, name in national_days(year) or ():
            days.setdefault(day, SpecialDay(day=day, periods=workday if works else (), note=name))
    return tuple(days[day] for day in sorted(days))
