"""The periods in which a contract is accepted: calendar months, quarters, half years or years, cut to the contract. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta

import chinese_calendar

MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
_SATURDAY = 5
_ONE = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """One period, both days included."""

    first: date
    last: date
    label: str

    @property
    def days(self) -> list[date]:
        """Its days in order."""
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]


def periods_of(starts_on: date, ends_on: date, kind: str) -> list[Period]:
    """Return the contract's periods in order."""
    months = MONTHS.get(kind)
    if months is None:
        return [Period(first=starts_on, last=ends_on, label="合同全期")]
    found: list[Period] = []
    first = starts_on
    while first <= ends_on:
        number = first.year * 12 + (first.month - 1) // months * months + months
        after = date(number // 12, number % 12 + 1, 1)
        last = min(after - _ONE, ends_on)
        found.append(Period(first=first, last=last, label=_label(first, kind)))
        first = after
    return found


def _label(first: date, kind: str) -> str:
    match kind:
        case "month":
            return f"{first.year}年{first.month}月"
        case "quarter":
            return f"{first.year}年第{(first.month + 2) // 3}季度"
        case "half_year":
            return f"{first.year}年{'上' if first.month <= 6 else '下'}半年"
        case _:
            return f"{first.year}年"


def works(day: date) -> bool:
    """Whether this is a workday in China; in years whose calendar is not published yet Monday to Friday."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < _SATURDAY
