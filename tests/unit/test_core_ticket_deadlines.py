"""Golden dates: deadlines in working time over lunch, nights, weekends, holidays, make-up workdays, and waiting for the citizen."""

from datetime import datetime, timedelta, timezone

import pytest

from hotline.core.ids import AuthorityId, HoursId
from hotline.core.site import Hours, Period, SpecialDay
from hotline.core.tickets.deadlines import DeadlineRule, TicketClock, deadline, time_used

CHINA = timezone(timedelta(hours=8))
OFFICE = (Period(start_min=9 * 60, end_min=12 * 60), Period(start_min=13 * 60 + 30, end_min=17 * 60 + 30))
HOURS = Hours(
    id=HoursId("h"),
    authority_id=AuthorityId("root"),
    name="工作日",
    week=(OFFICE,) * 5 + ((), ()),
    special=(
        *(SpecialDay(day=f"2026-10-0{day}", periods=(), note="国庆节") for day in range(1, 8)),
        SpecialDay(day="2026-10-10", periods=OFFICE, note="调休上班"),
    ),
    override="open",  # the hotline answers always; the office does not work always
)
DAY_MIN = 7 * 60 + 0  # 3 h + 4 h


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


def due(start: str, minutes: int, *pauses: tuple[str, str | None], hours: Hours | None = HOURS) -> str | None:
    clock = TicketClock(
        started_at=local(start), pauses=tuple((local(a), local(b) if b else None) for a, b in pauses)
    )
    found = deadline(DeadlineRule(minutes=minutes, hours=hours), clock).due_at
    return found.astimezone(CHINA).strftime("%m-%d %H:%M") if found else None


@pytest.mark.req("TKT-3")
@pytest.mark.parametrize(
    ("start", "minutes", "expected"),
    [
        ("2026-09-24 10:00", 30, "09-24 10:30"),  # a Thursday
        ("2026-09-24 11:50", 30, "09-24 13:50"),  # over lunch
        ("2026-09-24 12:10", 30, "09-24 14:00"),  # reported in the lunch break
        ("2026-09-24 17:20", 30, "09-25 09:20"),  # over night
        ("2026-09-25 17:20", 30, "09-28 09:20"),  # over the weekend
        ("2026-09-26 11:00", 30, "09-28 09:30"),  # reported on a Saturday
        ("2026-09-30 17:10", 30, "10-08 09:10"),  # over the National Day holidays
        ("2026-10-09 17:20", 30, "10-10 09:20"),  # the Saturday is a make-up workday
        ("2026-10-10 17:30", 30, "10-12 09:30"),  # at closing time exactly
        ("2026-09-30 09:00", DAY_MIN, "09-30 17:30"),  # one whole working day
        ("2026-09-30 09:00", DAY_MIN + 1, "10-08 09:01"),
        ("2026-09-24 15:00", 24 * 60, "09-30 09:30"),  # 2:30, three days of 7 h, and 0:30
    ],
)
def test_golden_deadlines_in_working_time(start: str, minutes: int, expected: str) -> None:
    assert due(start, minutes) == expected


@pytest.mark.req("TKT-3")
def test_a_24_hour_reply_may_run_round_the_clock() -> None:
    assert due("2026-09-30 17:10", 24 * 60, hours=None) == "10-01 17:10"


@pytest.mark.req("TKT-3")
def test_the_clock_waits_with_the_citizen() -> None:
    assert due("2026-09-24 10:00", 30, ("2026-09-24 10:10", "2026-09-24 11:00")) == "09-24 11:20"
    assert due("2026-09-24 10:00", 30, ("2026-09-24 10:10", "2026-09-28 12:30")) == "09-28 13:50"
    assert due("2026-09-24 10:00", 30, ("2026-09-24 10:10", None)) is None
    assert due("2026-09-24 10:00", 30, ("2026-09-24 10:40", None)) == "09-24 10:30", (
        "overdue before it waited"
    )


@pytest.mark.req("TKT-3")
def test_amber_comes_after_three_quarters_of_the_working_time() -> None:
    rule = DeadlineRule(minutes=40, hours=HOURS)
    found = deadline(rule, TicketClock(started_at=local("2026-09-24 11:40")))
    assert (found.amber_at, found.due_at) == (local("2026-09-24 13:40"), local("2026-09-24 13:50"))


@pytest.mark.req("TKT-3")
def test_a_holiday_entered_later_moves_the_deadline() -> None:
    typhoon = SpecialDay(day="2026-09-25", periods=(), note="台风停工")
    changed = Hours(
        id=HOURS.id,
        authority_id=HOURS.authority_id,
        name="",
        week=HOURS.week,
        special=(*HOURS.special, typhoon),
    )
    assert due("2026-09-24 17:20", 30) == "09-25 09:20"
    assert due("2026-09-24 17:20", 30, hours=changed) == "09-28 09:20"


def test_a_calendar_without_working_time_has_no_deadline() -> None:
    never = Hours(id=HOURS.id, authority_id=HOURS.authority_id, name="", week=((),) * 7)
    assert due("2026-09-24 10:00", 30, hours=never) is None


def test_time_used_stops_with_the_clock() -> None:
    rule = DeadlineRule(minutes=30, hours=HOURS)
    clock = TicketClock(started_at=local("2026-09-24 11:50"))
    assert time_used(rule, clock, local("2026-09-24 12:30")) == timedelta(minutes=10)
    stopped = clock.stopped(local("2026-09-24 13:45"))
    assert time_used(rule, stopped, local("2026-09-30 09:00")) == timedelta(minutes=25)
