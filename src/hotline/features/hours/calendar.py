"""The national calendar: public holidays (closed) and make-up workdays (open like a workday), as special days of the core.

The State Council publishes each year's calendar late in the year before. The library knows the years up to its release; what an
administrator enters in the table wins over it day by day, and is all there is for a year that the library does not know.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import chinese_calendar

from hotline.core.site import DayOrigin, Period, SpecialDay

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
SATURDAY = 5
"""`date.weekday` from here on is a weekend."""


@dataclass(frozen=True, slots=True)
class NationalDay:
    """A date on which the country departs from the week. `works`: a make-up workday; otherwise a holiday."""

    day: str
    works: bool
    name: str


Table = Mapping[str, NationalDay | None]
"""What an administrator has entered, by ISO day; None: that day is an ordinary one whatever the library says."""


@lru_cache(maxsize=16)
def published_days(year: int) -> tuple[NationalDay, ...] | None:
    """Return each day of `year` on which the calendar that the library knows departs from the week; None: unknown year."""
    found: list[NationalDay] = []
    day = date(year, 1, 1)
    try:
        while day.year == year:
            holiday, name = chinese_calendar.get_holiday_detail(day)
            weekend = day.weekday() >= SATURDAY
            if holiday and (name or not weekend):
                found.append(NationalDay(day.isoformat(), False, _HOLIDAY_NAMES.get(name or "", "节假日")))
            elif not holiday and weekend:
                found.append(
                    NationalDay(day.isoformat(), True, f"{_HOLIDAY_NAMES.get(name or '', '')}调休上班")
                )
            day += timedelta(days=1)
    except NotImplementedError:
        return None
    return tuple(found)


def days_of(year: int, table: Table) -> tuple[NationalDay, ...]:
    """Return the national days of `year` in order, the table's over the library's."""
    days: dict[str, NationalDay | None] = {day.day: day for day in published_days(year) or ()}
    days |= {iso: day for iso, day in table.items() if iso.startswith(f"{year}-")}
    return tuple(day for _, day in sorted(days.items()) if day is not None)


def is_known(year: int, table: Table) -> bool:
    """Whether the calendar of `year` is there, published or entered."""
    return published_days(year) is not None or any(iso.startswith(f"{year}-") for iso in table)


def special_days(
    week: tuple[tuple[Period, ...], ...], own: tuple[SpecialDay, ...], national: Iterable[NationalDay]
) -> tuple[SpecialDay, ...]:
    """Return the `national` days and all of `own`, in order; `own` wins.

    A make-up workday has the periods of the first workday (Monday to Friday) that has any.
    """
    days = {special.day: special for special in own}
    workday = next((periods for periods in week[:SATURDAY] if periods), ())
    for day in national:
        special = SpecialDay(
            day=day.day,
            periods=workday if day.works else (),
            note=day.name,
            origin=DayOrigin.MAKE_UP if day.works else DayOrigin.HOLIDAY,
        )
        days.setdefault(day.day, special)
    return tuple(days[day] for day in sorted(days))
