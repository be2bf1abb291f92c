"""When a scheduled report is due and which days it is about, in local time. Pure: knows no clock."""

import calendar
from datetime import datetime, timedelta
from typing import Final, Literal

from hotline.core.metrics.query import LOCAL_OFFSET

Frequency = Literal["daily", "weekly", "monthly"]
MailPeriod = Literal["yesterday", "last7", "lastWeek", "thisMonth", "lastMonth"]

PERIOD_NAMES: Final[dict[str, str]] = {
    "yesterday": "昨天",
    "last7": "前 7 天",
    "lastWeek": "上周",
    "thisMonth": "本月至昨天",
    "lastMonth": "上月",
}
_DAY = timedelta(days=1)


def next_due(frequency: str, weekday: int, monthday: int, at: str, after: datetime) -> datetime:
    """The first due moment later than `after`. `weekday` 1 is Monday; in a shorter month `monthday` is its last day; `at` is local hh:mm."""
    hour, minute = (int(part) for part in at.split(":"))
    day = (after + LOCAL_OFFSET).replace(hour=0, minute=0, second=0, microsecond=0)
    while True:
        due = day + timedelta(hours=hour, minutes=minute) - LOCAL_OFFSET
        if due > after and _is_day(frequency, weekday, monthday, day):
            return due
        day += _DAY


def _is_day(frequency: str, weekday: int, monthday: int, day: datetime) -> bool:
    if frequency == "weekly":
        return day.isoweekday() == weekday
    if frequency == "monthly":
        return day.day == min(monthday, calendar.monthrange(day.year, day.month)[1])
    return True


def days_of(period: str, at: datetime) -> tuple[datetime, datetime]:
    """Begin and end (exclusive) of a period seen from the local day of `at`; all are whole days that have passed.

    On the first of a month, the month until yesterday is the whole month before.
    """
    today = (at + LOCAL_OFFSET).replace(hour=0, minute=0, second=0, microsecond=0)
    month = today.replace(day=1)
    match period:
        case "yesterday":
            start, end = today - _DAY, today
        case "last7":
            start, end = today - 7 * _DAY, today
        case "lastWeek":
            end = today - (today.isoweekday() - 1) * _DAY
            start = end - 7 * _DAY
        case "thisMonth" if today > month:
            start, end = month, today
        case _:
            start, end = (month - _DAY).replace(day=1), month
    return start - LOCAL_OFFSET, end - LOCAL_OFFSET
