"""Deadlines of tickets as they lie in the database: clock and rule of a row, computed anew with the calendar of the running site."""

from collections.abc import Mapping
from datetime import datetime

from hotline.core.site import Hours
from hotline.core.tickets.deadlines import Deadline, DeadlineRule, TicketClock, deadline
from hotline.core.tickets.flow import ACTIVE, TicketFlow, TicketState
from hotline.features.tickets.models import Ticket, TicketType

OFFSET_MIN = 480
"""Local time of the site, minutes ahead of UTC (`core.site.Site.offset_min`)."""

Calendars = Mapping[str, Hours]
"""Opening hours by id, as the running centre has them (with national holidays)."""


def flow_of(row: Ticket) -> TicketFlow:
    """The ticket as far as its way matters."""
    return TicketFlow(
        state=TicketState(row.state), clock=clock_of(row), department_id=row.department_id, round=row.round,
        returned=row.returned, reassigned=row.reassigned, urged=row.urged, level=row.level, supervised=row.supervised,
    )  # fmt: skip


def clock_of(row: Ticket) -> TicketClock:
    """The clock of a row."""
    pauses = tuple(
        (datetime.fromisoformat(start), datetime.fromisoformat(end) if end else None)
        for start, end in row.pauses
    )
    return TicketClock(started_at=row.clock_started_at, stopped_at=row.clock_stopped_at, pauses=pauses)


def put_flow(row: Ticket, flow: TicketFlow) -> None:
    """Write a ticket's way into its row."""
    row.state, row.department_id, row.round = flow.state.value, flow.department_id, flow.round
    row.returned, row.reassigned, row.urged = flow.returned, flow.reassigned, flow.urged
    row.level, row.supervised = flow.level, flow.supervised
    row.clock_started_at, row.clock_stopped_at = flow.clock.started_at, flow.clock.stopped_at
    row.pauses = [[start.isoformat(), end.isoformat() if end else None] for start, end in flow.clock.pauses]


def rule_of(row: Ticket, calendars: Calendars) -> DeadlineRule | None:
    """The rule of a row; None: no deadline. A calendar that is gone is no calendar: the time runs round the clock then."""
    if row.rule_minutes == 0:
        return None
    hours = calendars.get(row.rule_hours_id) if row.rule_hours_id else None
    return DeadlineRule(
        minutes=row.rule_minutes, amber_percent=row.rule_amber, hours=hours, offset_min=OFFSET_MIN
    )


def set_rule(row: Ticket, kind: TicketType) -> None:
    """Take the times of a type; an urgent ticket has the shorter one."""
    urgent = row.urgency == "urgent" and kind.urgent_min
    row.rule_minutes = kind.urgent_min if urgent else kind.reply_min
    row.rule_hours_id, row.rule_amber = kind.hours_id, kind.amber_percent


def refresh(row: Ticket, calendars: Calendars, now: datetime) -> bool:
    """Compute the deadline of an active ticket anew; whether it changed. A done one keeps what held when it was done."""
    if TicketState(row.state) not in ACTIVE:
        row.next_check_at = None
        return False
    rule = rule_of(row, calendars)
    found = deadline(rule, clock_of(row)) if rule is not None else Deadline(amber_at=None, due_at=None)
    if (row.amber_at, row.due_at) == (found.amber_at, found.due_at):
        return False
    passed = _newly_past(row.amber_at, found.amber_at, now) or _newly_past(row.due_at, found.due_at, now)
    row.amber_at, row.due_at = found.amber_at, found.due_at
    coming = [at for at in (found.amber_at, found.due_at) if at is not None and at > now]
    row.next_check_at = now if passed else min(coming, default=None)
    return True


def _newly_past(before: datetime | None, after: datetime | None, now: datetime) -> bool:
    """Whether a moment was still to come and is over by a change (another calendar, an urgent matter): that is told, too."""
    return after is not None and after <= now and (before is None or before > now)


def light_of(row: Ticket, now: datetime) -> str:
    """green, amber, red, waiting; none when it is done."""
    state = TicketState(row.state)
    if state not in ACTIVE:
        return "none"
    if row.due_at is not None and row.due_at <= now:
        return "red"
    if state in {TicketState.WAITING, TicketState.WAITING_DEPARTMENT}:
        return "waiting"
    return "amber" if row.amber_at is not None and row.amber_at <= now else "green"
