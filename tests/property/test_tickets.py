"""Laws of tickets: whatever people do in whatever order, the table holds, nothing ends twice, counters grow, and time is never made up."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.core.ids import AuthorityId, HoursId
from hotline.core.site import Hours, Period, SpecialDay
from hotline.core.tickets.deadlines import DeadlineRule, TicketClock, deadline, moment_after, time_used
from hotline.core.tickets.flow import (
    ACTIVE,
    DONE,
    PAUSED,
    TRANSITIONS,
    WITH_DEPARTMENT,
    Side,
    StepRefused,
    TicketAction,
    TicketFlow,
    TicketState,
    possible,
    step,
)

START = datetime(2026, 9, 24, 2, 0, tzinfo=UTC)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(list(TicketAction)),
        st.sets(st.sampled_from(list(Side)), min_size=1).map(frozenset),
        st.integers(0, 3000),
    ),
    max_size=40,
)


def played(steps: list[tuple[TicketAction, frozenset[Side], int]]) -> list[TicketFlow]:
    flow = TicketFlow(state=TicketState.OPEN, clock=TicketClock(started_at=START))
    flows, at = [flow], START
    for action, sides, minutes in steps:
        at += timedelta(minutes=minutes)
        try:
            flow = step(flow, action, at, sides, "office")
        except StepRefused:
            assert (flow.state, action) not in TRANSITIONS or action not in possible(flow.state, sides)
            continue
        flows.append(flow)
    return flows


@pytest.mark.req("TKT-2")
@given(STEPS)
def test_a_ticket_never_leaves_its_table(steps: list[tuple[TicketAction, frozenset[Side], int]]) -> None:
    flows = played(steps)
    for before, after in pairwise(flows):
        assert after.state in {to for (state, _), to in TRANSITIONS.items() if state is before.state}
        for counter in ("round", "returned", "reassigned", "urged", "level", "supervised"):
            assert getattr(after, counter) >= getattr(before, counter)
        if before.state in {TicketState.CANCELLED, TicketState.MERGED}:
            assert after.state is before.state, "what is cancelled or merged stays so"
        if after.state in WITH_DEPARTMENT:
            assert after.department_id is not None, "a department's ticket names the department"


@pytest.mark.req("TKT-2", "TKT-3")
@given(STEPS)
def test_the_clock_runs_pauses_and_stops_with_the_state(
    steps: list[tuple[TicketAction, frozenset[Side], int]],
) -> None:
    for flow in played(steps):
        clock = flow.clock
        assert (clock.stopped_at is not None) == (flow.state in DONE)
        assert clock.is_paused == (flow.state in PAUSED)
        ends = [clock.started_at]
        for start, end in clock.pauses:
            assert start >= ends[-1]
            ends.append(end or start)
            assert ends[-1] >= start


@pytest.mark.req("TKT-2")
def test_every_state_but_the_last_ones_can_be_left_and_every_state_is_reached() -> None:
    assert {to for _, to in TRANSITIONS.items()} == set(TicketState)
    for state in ACTIVE | {TicketState.ANSWERED, TicketState.CLOSED}:
        assert any(to is not state for (here, _), to in TRANSITIONS.items() if here is state)


PERIODS = st.lists(st.integers(0, 1440), min_size=2, max_size=6, unique=True).map(
    lambda cuts: tuple(
        Period(start_min=a, end_min=b) for a, b in zip(sorted(cuts)[::2], sorted(cuts)[1::2], strict=False)
    )
)
CALENDARS = st.builds(
    lambda week, closed: Hours(
        id=HoursId("h"),
        authority_id=AuthorityId("root"),
        name="",
        week=tuple(week),
        special=tuple(SpecialDay(day=f"2026-09-{day:02}", periods=()) for day in closed),
    ),
    st.lists(PERIODS, min_size=7, max_size=7),
    st.sets(st.integers(24, 30)),
)
CLOCKS = st.lists(st.integers(0, 5000), max_size=6, unique=True).map(
    lambda cuts: TicketClock(
        started_at=START,
        pauses=tuple(
            (START + timedelta(minutes=a), START + timedelta(minutes=b))
            for a, b in zip(sorted(cuts)[::2], sorted(cuts)[1::2], strict=False)
        ),
    )
)


@pytest.mark.req("TKT-3")
@given(CALENDARS, CLOCKS, st.integers(1, 3000))
def test_at_the_deadline_exactly_the_agreed_time_has_passed(
    hours: Hours, clock: TicketClock, minutes: int
) -> None:
    rule = DeadlineRule(minutes=minutes, hours=hours)
    found = deadline(rule, clock)
    assert found.due_at is not None
    assert found.amber_at is not None
    assert clock.started_at < found.amber_at <= found.due_at
    assert time_used(rule, clock, found.due_at) == timedelta(minutes=minutes)


@pytest.mark.req("TKT-3")
@given(CALENDARS, CLOCKS, st.integers(1, 3000))
def test_waiting_and_holidays_only_ever_give_more_time(
    hours: Hours, clock: TicketClock, minutes: int
) -> None:
    span = timedelta(minutes=minutes)
    unpaused = moment_after(DeadlineRule(minutes=minutes, hours=hours), TicketClock(started_at=START), span)
    paused = moment_after(DeadlineRule(minutes=minutes, hours=hours), clock, span)
    assert unpaused is not None
    assert paused is not None
    assert START + span <= unpaused <= paused
