"""When scheduled reports are due, and of which days they tell."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.features.reports.mail_timing import days_of, next_due

MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2032, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))


@pytest.mark.req("STA-21")
@pytest.mark.parametrize(
    ("frequency", "weekday", "monthday", "due"),
    [
        ("daily", 1, 1, "2026-02-28T00:30:00"),
        ("weekly", 1, 1, "2026-03-02T00:30:00"),
        ("monthly", 1, 31, "2026-02-28T00:30:00"),
        ("monthly", 1, 1, "2026-03-01T00:30:00"),
    ],
)
def test_the_next_due_moment_is_a_local_one(frequency: str, weekday: int, monthday: int, due: str) -> None:
    after = datetime(2026, 2, 27, 0, 30, tzinfo=UTC)  # half past eight on Friday the 27th in Beijing
    assert next_due(frequency, weekday, monthday, "08:30", after) == datetime.fromisoformat(due + "+00:00")


@pytest.mark.req("STA-21")
@pytest.mark.parametrize(
    ("period", "start", "end"),
    [
        ("yesterday", "2026-02-28", "2026-03-01"),
        ("last7", "2026-02-22", "2026-03-01"),
        ("lastWeek", "2026-02-16", "2026-02-23"),
        ("thisMonth", "2026-02-01", "2026-03-01"),
        ("lastMonth", "2026-02-01", "2026-03-01"),
    ],
)
def test_a_period_is_whole_local_days_that_have_passed(period: str, start: str, end: str) -> None:
    at = datetime(2026, 2, 28, 16, 30, tzinfo=UTC)  # half an hour into Sunday, 1 March in Beijing
    found = tuple((one + timedelta(hours=8)).date().isoformat() for one in days_of(period, at))
    assert found == (start, end)


@pytest.mark.req("STA-21")
@given(
    st.sampled_from(["daily", "weekly", "monthly"]), st.integers(1, 7), st.integers(1, 31), MOMENTS,
)  # fmt: skip
def test_due_moments_go_on_and_none_is_left_out(
    frequency: str, weekday: int, monthday: int, at: datetime
) -> None:
    first = next_due(frequency, weekday, monthday, "08:00", at)
    second = next_due(frequency, weekday, monthday, "08:00", first)
    assert at < first < second <= first + timedelta(days=31)
    assert next_due(frequency, weekday, monthday, "08:00", first - timedelta(microseconds=1)) == first
