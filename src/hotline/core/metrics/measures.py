"""Measures: what can be counted or summed over one fact table. Stored counts and sums only; ratios are made in `figures`.

A measure is data, not code: the same definition is evaluated in plain Python (`evaluate`) and compiled to SQL (statistics adapter).
"""

from bisect import bisect_left
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Table(StrEnum):
    """The fact tables (metrics.md)."""

    CALL = "call"
    VISIT = "queue_visit"
    OFFER = "offer"
    TALK = "talk"
    AGENT = "agent_interval"
    SURVEY = "survey_answer"
    KEY = "ivr_key"
    SIGN_IN = "sign_in"
    OPERATION = "operation"
    CALLBACK = "callback"


@dataclass(frozen=True, slots=True)
class Param:
    """A number that the variant or the question gives: `service_level_ms`, `short_abandon_ms`, `satisfied_grade`, `repeat_ms`, `matter_ms`."""

    name: str


@dataclass(frozen=True, slots=True)
class Where:
    """One condition on a column. `in` takes a tuple; `ge`/`lt`/`le` compare whole numbers."""

    column: str
    op: Literal["eq", "in", "le", "lt", "ge", "gt"]
    value: str | int | bool | tuple[str, ...] | Param


@dataclass(frozen=True, slots=True)
class Measure:
    """Count rows, sum or maximise a column, or count distinct values, under conditions."""

    key: str
    table: Table
    kind: Literal["count", "sum", "max", "distinct"] = "count"
    column: str = ""
    where: tuple[Where, ...] = ()


GRADES: tuple[int, ...] = (1, 2, 3, 4, 5)
DAY_MS = 86_400_000
"""A call-back is due within this time (requirements, OUT-1)."""


def _eq_number(column: str, value: int) -> Where:
    return Where(column, "eq", value)


def _eq(column: str, value: str | bool) -> Where:
    return Where(column, "eq", value)


INBOUND = _eq("direction", "inbound")
_OUTBOUND = _eq("direction", "outbound")
_REQUESTED = _eq("agent_requested", value=True)
_ANSWERED = _eq("outcome", "answered")
_ABANDONED = Where("outcome", "in", ("abandoned_waiting", "abandoned_ringing"))
_AT_AGENT = Where("kind", "in", ("queue", "pick_up", "direct", "callback", "colleague"))
"""Rings at agents; the others are at the duty phone and at numbers outside."""
_CALLS_IN = Where("kind", "in", ("queue", "pick_up", "direct"))
"""Rings at agents with a citizen who called."""
_DUTY = _eq("duty", value=True)
TRANSFERS: dict[str, tuple[str, ...]] = {
    "blind": ("transferred_blind", "transferred_outside"),
    "consulted": ("transferred_consulted",),
    "queue": ("transferred_queue",),
}
"""How talks are transferred to somebody else (转移), by how they end; to a flow or the survey is none."""
_WAITED_OFF = _eq("outcome", "abandoned_waiting")
_RANG_OFF = _eq("outcome", "abandoned_ringing")

_NOT_LOST = Where(
    "disposition",
    "in",
    (
        "ivr_hangup", "self_served", "agent_answered", "queue_abandoned", "ring_abandoned", "duty_answered",
        "duty_abandoned", "voicemail", "callback_requested", "closed", "overflow_lost",
    ),
)  # fmt: skip
"""Neither rejected nor lost by us."""
_KNOWN = _eq("known_caller", value=True)

STAGES: tuple[str, ...] = ("ivr_hangup", "queue_abandoned", "ring_abandoned", "duty_abandoned")
"""Where a caller gave up before a person answered (report 7)."""

DISPOSITIONS: tuple[str, ...] = (
    "ivr_hangup",
    "self_served",
    "agent_answered",
    "queue_abandoned",
    "ring_abandoned",
    "duty_answered",
    "duty_abandoned",
    "voicemail",
    "callback_requested",
    "closed",
    "overflow_lost",
    "rejected",
    "system_lost",
)

WAIT_BORDERS_S: tuple[int, ...] = (0, 5, 10, 20, 30, 60, 120)
"""Lower borders of the distribution of waits: 0–5, 5–10, 10–20, 20–30, 30–60, 60–120, > 120 s (a wait of exactly 5 s is 0–5)."""

AGENT_STATES: tuple[str, ...] = (
    "offline",
    "ready",
    "ringing",
    "talking",
    "holding",
    "after_call",
    "busy",
    "rest",
    "dialling",
    "internal",
    "missed",
)
SIGNED_IN: tuple[str, ...] = AGENT_STATES[1:]


def wait_bucket(index: int) -> str:
    """The key of the `index`-th stretch of the distribution of waits, for example `wait_5_10` or `wait_over_120`."""
    low = WAIT_BORDERS_S[index]
    return (
        f"wait_{low}_{WAIT_BORDERS_S[index + 1]}" if index + 1 < len(WAIT_BORDERS_S) else f"wait_over_{low}"
    )


_WAIT_BORDERS_MS = [border * 1000 for border in WAIT_BORDERS_S[1:]]


def wait_class(wait_ms: int) -> int:
    """Which stretch of the distribution a wait lies in."""
    return bisect_left(_WAIT_BORDERS_MS, wait_ms)


def _wait_where(index: int) -> tuple[Where, ...]:
    return (_eq_number("wait_class", index),)


def _calls() -> list[Measure]:
    call = Table.CALL
    return [
        Measure("trunk_in", call, where=(INBOUND,)),
        Measure("agent_requests", call, where=(INBOUND, _eq("agent_requested", value=True))),
        Measure("agent_answered", call, where=(INBOUND, _eq("agent_answered", value=True))),
        Measure("outbound_calls", call, where=(_OUTBOUND,)),
        Measure("outbound_answered", call, where=(_OUTBOUND, _eq("answered", value=True))),
        Measure("outbound_dial_ms", call, "sum", "dial_ms", (_OUTBOUND,)),
        Measure("outbound_call_talk_ms", call, "sum", "talk_ms", (_OUTBOUND,)),
        Measure("inbound_talk_ms", call, "sum", "talk_ms", (INBOUND,)),
        Measure("connected", call, where=(INBOUND, _eq("answered", value=True), _NOT_LOST)),
        Measure("voicemails", call, where=(INBOUND, Where("voicemail_ms", "gt", 0))),
        Measure("voicemail_ms", call, "sum", "voicemail_ms", (INBOUND,)),
        Measure("voicemail_max_ms", call, "max", "voicemail_ms", (INBOUND,)),
        Measure("recorded_calls", call, where=(_eq("recorded", value=True),)),
        Measure("callers", call, "distinct", "caller", (INBOUND, _KNOWN)),
        Measure("caller_days", call, where=(INBOUND, _eq("first_of_day", value=True))),
        Measure(
            "caller_days_connected",
            call,
            where=(INBOUND, _eq("first_of_day", value=True), _eq("answered", value=True), _NOT_LOST),
        ),
        Measure("repeats", call, where=(INBOUND, Where("before_ms", "le", Param("repeat_ms")))),
        Measure(
            "solved_at_once",
            call,
            where=(
                INBOUND,
                _eq("agent_answered", value=True),
                Where("matter_before_ms", "gt", Param("matter_ms")),
                Where("matter_after_ms", "gt", Param("matter_ms")),
            ),
        ),
        *(
            Measure(f"requested_{name}", call, where=(INBOUND, _REQUESTED, _eq("disposition", name)))
            for name in STAGES
        ),
        Measure("internal_calls", call, where=(_eq("direction", "internal"),)),
        Measure("survey_invited", call, where=(_eq("survey_invited", value=True),)),
        *(Measure(f"ended_{name}", call, where=(INBOUND, _eq("disposition", name))) for name in DISPOSITIONS),
    ]


def _visits() -> list[Measure]:
    visit = Table.VISIT
    short = (_WAITED_OFF, Where("wait_ms", "lt", Param("short_abandon_ms")))
    within = Where("wait_ms", "le", Param("service_level_ms"))
    return [
        Measure("queue_entered", visit),
        Measure("queue_peak", visit, "max", "line"),
        Measure("queue_wait_ms", visit, "sum", "wait_ms"),
        Measure("visits_answered", visit, where=(_ANSWERED,)),
        Measure("visits_answered_wait_ms", visit, "sum", "wait_ms", (_ANSWERED,)),
        Measure("visits_answered_max_ms", visit, "max", "wait_ms", (_ANSWERED,)),
        Measure("visits_abandoned", visit, where=(_ABANDONED,)),
        Measure("visits_abandoned_wait_ms", visit, "sum", "wait_ms", (_ABANDONED,)),
        Measure("visits_abandoned_max_ms", visit, "max", "wait_ms", (_ABANDONED,)),
        Measure("queue_abandoned", visit, where=(_WAITED_OFF,)),
        Measure("ring_abandoned", visit, where=(_RANG_OFF,)),
        Measure("short_abandoned", visit, where=short),
        Measure("overflow", visit, where=(_eq("outcome", "overflowed"),)),
        Measure("visits_transferred_out", visit, where=(_eq("outcome", "transferred_out"),)),
        Measure("visits_voicemail", visit, where=(_eq("outcome", "voicemail"),)),
        Measure("visits_callback", visit, where=(_eq("outcome", "callback"),)),
        Measure("visits_system_lost", visit, where=(_eq("outcome", "system_lost"),)),
        Measure("answered_within", visit, where=(_ANSWERED, within)),
        Measure("abandoned_within", visit, where=(_ABANDONED, within)),
        *(Measure(wait_bucket(i), visit, where=_wait_where(i)) for i in range(len(WAIT_BORDERS_S))),
        *(
            Measure(f"answered_{wait_bucket(i)}", visit, where=(_ANSWERED, *_wait_where(i)))
            for i in range(len(WAIT_BORDERS_S))
        ),
        *(
            Measure(f"abandoned_{wait_bucket(i)}", visit, where=(_ABANDONED, *_wait_where(i)))
            for i in range(len(WAIT_BORDERS_S))
        ),
    ]


def _work() -> list[Measure]:
    offer, talk, agent = Table.OFFER, Table.TALK, Table.AGENT
    return [
        Measure("offers", offer, where=(_AT_AGENT,)),
        Measure("offers_answered", offer, where=(_AT_AGENT, _ANSWERED)),
        Measure("offers_missed", offer, where=(_AT_AGENT, _eq("outcome", "missed"))),
        Measure("offers_caller_abandoned", offer, where=(_AT_AGENT, _eq("outcome", "caller_abandoned"))),
        Measure("offers_recalled", offer, where=(_AT_AGENT, _eq("outcome", "recalled"))),
        Measure("offers_in", offer, where=(_CALLS_IN,)),
        Measure("offers_in_answered", offer, where=(_CALLS_IN, _ANSWERED)),
        Measure("offers_in_missed", offer, where=(_CALLS_IN, _eq("outcome", "missed"))),
        Measure("pick_up_ms", offer, "sum", "ring_ms", (_CALLS_IN, _ANSWERED)),
        Measure("ring_ms", offer, "sum", "ring_ms", (_AT_AGENT,)),
        Measure("duty_rings", offer, where=(_DUTY,)),
        Measure("duty_rings_answered", offer, where=(_DUTY, _ANSWERED)),
        Measure("pick_ups", offer, where=(_eq("kind", "pick_up"), _ANSWERED)),
        Measure("talks", talk),
        *(
            Measure(f"transfers_{name}", talk, where=(Where("how", "in", how),))
            for name, how in TRANSFERS.items()
        ),
        Measure("talk_ms", talk, "sum", "talk_ms"),
        Measure("hold_ms", talk, "sum", "hold_ms"),
        Measure("wrap_ms", talk, "sum", "wrap_ms"),
        Measure("inbound_talks", talk, where=(INBOUND,)),
        Measure("inbound_talks_ms", talk, "sum", "connected_ms", (INBOUND,)),
        Measure("outbound_talks_ms", talk, "sum", "connected_ms", (_OUTBOUND,)),
        Measure("internal_talks", talk, where=(_eq("direction", "internal"),)),
        Measure("talk_longest_ms", talk, "max", "connected_ms"),
        Measure("outbound_talks", talk, where=(_OUTBOUND,)),
        Measure("outbound_talk_ms", talk, "sum", "talk_ms", (_OUTBOUND,)),
        Measure("agents_signed_in", agent, "distinct", "agent_id", (Where("state", "in", SIGNED_IN),)),
        Measure("signed_in_ms", agent, "sum", "duration_ms", (Where("state", "in", SIGNED_IN),)),
        *(
            Measure(f"state_{state}_ms", agent, "sum", "duration_ms", (_eq("state", state),))
            for state in AGENT_STATES
        ),
        *(
            Measure(f"state_{state}_times", agent, where=(_eq("state", state), _eq("first", value=True)))
            for state in AGENT_STATES
        ),
        Measure("sign_ins", Table.SIGN_IN),
        Measure("operations", Table.OPERATION),
    ]


def _answers() -> list[Measure]:
    first, second = _eq_number("question", 1), _eq_number("question", 2)
    key, survey, callback = Table.KEY, Table.SURVEY, Table.CALLBACK
    pressed = Where("pressed", "eq", value=True)
    done = Where("done_in_ms", "ge", 0)
    return [
        Measure("survey_answers", survey, where=(first,)),
        Measure("survey_satisfied", survey, where=(first, Where("grade", "le", Param("satisfied_grade")))),
        Measure("survey_unsatisfied", survey, where=(first, Where("grade", "gt", Param("satisfied_grade")))),
        *(
            Measure(f"survey_grade_{grade}", survey, where=(first, _eq_number("grade", grade)))
            for grade in GRADES
        ),
        Measure("survey_second_answers", survey, where=(second,)),
        Measure("survey_second_satisfied", survey, where=(second, Where("grade", "le", Param("satisfied_grade")))),
        Measure("ivr_keys", key, where=(pressed,)),
        Measure("ivr_keys_accepted", key, where=(pressed, _eq("accepted", value=True))),
        Measure("ivr_keys_refused", key, where=(pressed, _eq("accepted", value=False))),
        Measure("ivr_left_here", key, where=(_eq("left", value=True),)),
        Measure("ivr_reached_agent", key, where=(pressed, _eq("reached", value=True))),
        Measure("callbacks_due", callback),
        Measure("callbacks_done", callback, where=(done,)),
        Measure("callbacks_in_time", callback, where=(done, Where("done_in_ms", "le", DAY_MS))),
        Measure("callbacks_late", callback, where=(Where("done_in_ms", "gt", DAY_MS),)),
        Measure("callbacks_open", callback, where=(Where("done_in_ms", "lt", 0),)),
        Measure("callbacks_open_overdue", callback, where=(Where("done_in_ms", "lt", 0), Where("t_ms", "lt", Param("day_ago_ms")))),
        Measure("callbacks_done_ms", callback, "sum", "done_in_ms", (done,)),
    ]  # fmt: skip


MEASURES: dict[str, Measure] = {m.key: m for m in (*_calls(), *_visits(), *_work(), *_answers())}
"""Every measure by its key."""
