"""What a person asked of a report, and when that makes no sense."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hotline.core.metrics.dimensions import Dimension, Grain
from hotline.core.metrics.query import LOCAL_OFFSET, bucket_of
from hotline.core.metrics.report import Report
from hotline.platform.errors import Invalid

ROWS_MAX = 5_000
DAYS_MAX = 366 * 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Times in UTC, end exclusive. `variant` "": each hotline's own. `compare`: "", previous or year."""

    start: datetime
    end: datetime
    grain: Grain
    group_by: tuple[Dimension, ...]
    filters: Mapping[Dimension, tuple[str, ...]]
    authorities: tuple[str, ...] | None
    variant: str = ""
    compare: str = ""
    sort: str = ""
    limit: int = ROWS_MAX
    now: datetime = field(default_factory=lambda: datetime.now(UTC))


def check(report: Report, asked: Asked) -> None:
    """Refuse what makes no sense. Raises `Invalid` with the field and what to do."""
    check_period(asked.start, asked.end)
    for dimension in asked.group_by:
        if dimension not in report.dimensions:
            raise Invalid(dimension, f"报表“{report.name}”不能按此项分组")
    for dimension in asked.filters:
        if dimension not in report.dimensions and dimension not in report.filters:
            raise Invalid(dimension, f"报表“{report.name}”不能按此项筛选")
    if asked.sort.lstrip("-") not in {"", *report.figures}:
        raise Invalid("sort", f"报表“{report.name}”没有这一列")
    if asked.grain is not Grain.TOTAL and len(buckets(asked.grain, asked.start, asked.end)) > ROWS_MAX:
        raise Invalid("grain", "时间范围太长或粒度太细，请缩短范围或选择更大的粒度")


def check_period(start: datetime, end: datetime) -> None:
    """Refuse a period without length, or of a century. Raises `Invalid`."""
    if end <= start:
        raise Invalid("to", "结束时间应晚于开始时间")
    if end - start > timedelta(days=DAYS_MAX):
        raise Invalid("to", "时间范围最长 20 年，请缩短范围")


def buckets(grain: Grain, start: datetime, end: datetime) -> range:
    """The numbers of the intervals of a period."""
    last = end - timedelta(microseconds=1)
    return range(bucket_of(grain, start), bucket_of(grain, last) + 1)


def period_before(start: datetime, end: datetime, kind: str) -> tuple[datetime, datetime]:
    """The period to compare with: just before, of the same length (whole months: as many months), or the same days a year ago."""
    if kind == "year":
        return _years_back(start), _years_back(end)
    first, last = start + LOCAL_OFFSET, end + LOCAL_OFFSET
    if _month_border(first) and _month_border(last):
        months = last.year * 12 + last.month - first.year * 12 - first.month
        at = first.year * 12 + first.month - 1 - months
        return first.replace(year=at // 12, month=at % 12 + 1) - LOCAL_OFFSET, start
    return start - (end - start), start


def _month_border(local: datetime) -> bool:
    return local.day == 1 and local == local.replace(hour=0, minute=0, second=0, microsecond=0)


def _years_back(at: datetime) -> datetime:
    local = at + LOCAL_OFFSET
    day = 28 if (local.month, local.day) == (2, 29) else local.day
    return local.replace(year=local.year - 1, day=day) - LOCAL_OFFSET
