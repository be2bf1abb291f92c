"""Measures: what can be counted or summed over one fact table. Stored counts and sums only; ratios are made in `figures`.

A measure is data, not code: the same definition is evaluated in plain Python (`evaluate`) and compiled to SQL (statistics adapter).
"""

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


@dataclass(frozen=True, slots=True)
class Param:
    """A number that the variant gives: `service_level_ms` or `short_abandon_ms`."""

    name: str


@dataclass(frozen=True, slots=True)
class Where:
    """One condition on a column. `in` takes a tuple; `ge`/`lt`/`le` compare whole numbers."""

    column: str
    op: Literal["eq", "in", "le", "lt", "ge"]
    value: str | int | bool | tuple[str, ...] | Param


@dataclass(frozen=True, slots=True)
class Measure:
    """Count rows, sum or maximise a column, count distinct values, or the most visits at once (`peak`), under conditions."""

    key: str
    table: Table
    kind: Literal["count", "sum", "max", "distinct", "peak"] = "count"
    column: str = ""
    where: tuple[Where, ...] = ()


def _eq(column: str, value: str | bool) -> Where:
    return Where(column, "eq", value)


_INBOUND = _eq("direction", "inbound")
_OUTBOUND = _eq("direction", "outbound")
_ANSWERED = _eq("outcome", "answered")
_ABANDONED = Where("outcome", "in", ("abandoned_waiting", "abandoned_ringing"))
_AT_AGENT = Where("kind", "in", ("queue", "pick_up", "direct", "callback", "colleague"))
"""Rings at agents; the others are at the duty phone and at numbers outside."""
_DUTY = _eq("duty", value=True)
TRANSFERS: dict[str, tuple[str, ...]] = {
    "blind": ("transferred_blind", "transferred_outside"),
    "consulted": ("transferred_consulted",),
    "queue": ("transferred_queue",),
}
"""How talks are transferred to somebody else (转移), by how they end; to a flow or the survey is none."""
_WAITED_OFF = _eq("outcome", "abandoned_waiting")
_RANG_OFF = _eq("outcome", "abandoned_ringing")

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


def _wait_where(index: int) -> tuple[Where, ...]:
    lower = () if index == 0 else (Where("wait_ms", "ge", WAIT_BORDERS_S[index] * 1000 + 1),)
    last = index + 1 == len(WAIT_BORDERS_S)
    return lower if last else (*lower, Where("wait_ms", "le", WAIT_BORDERS_S[index + 1] * 1000))


def _calls() -> list[Measure]:
    call = Table.CALL
    return [
        Measure("trunk_in", call, where=(_INBOUND,)),
        Measure("agent_requests", call, where=(_INBOUND, _eq("agent_requested", value=True))),
        Measure("agent_answered", call, where=(_INBOUND, _eq("agent_answered", value=True))),
        Measure("outbound_calls", call, where=(_OUTBOUND,)),
        Measure("outbound_answered", call, where=(_OUTBOUND, _eq("answered", value=True))),
        Measure("internal_calls", call, where=(_eq("direction", "internal"),)),
        Measure("survey_invited", call, where=(_eq("survey_invited", value=True),)),
        *(
            Measure(f"ended_{name}", call, where=(_INBOUND, _eq("disposition", name)))
            for name in DISPOSITIONS
        ),
    ]


def _visits() -> list[Measure]:
    visit = Table.VISIT
    short = (_WAITED_OFF, Where("wait_ms", "lt", Param("short_abandon_ms")))
    within = Where("wait_ms", "le", Param("service_level_ms"))
    return [
        Measure("queue_entered", visit),
        Measure("queue_peak", visit, "peak"),
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
        Measure("outbound_talks", talk, where=(_OUTBOUND,)),
        Measure("outbound_talk_ms", talk, "sum", "talk_ms", (_OUTBOUND,)),
        Measure("agents_signed_in", agent, "distinct", "agent_id", (Where("state", "in", SIGNED_IN),)),
        Measure("signed_in_ms", agent, "sum", "duration_ms", (Where("state", "in", SIGNED_IN),)),
        *(
            Measure(f"state_{state}_ms", agent, "sum", "duration_ms", (_eq("state", state),))
            for state in AGENT_STATES
        ),
    ]


def _answers() -> list[Measure]:
    first = Where("question", "le", 1)
    return [
        Measure("survey_answers", Table.SURVEY, where=(first,)),
        Measure(
            "survey_satisfied", Table.SURVEY, where=(first, Where("grade", "le", Param("satisfied_grade")))
        ),
        Measure("ivr_keys", Table.KEY),
    ]


MEASURES: dict[str, Measure] = {m.key: m for m in (*_calls(), *_visits(), *_work(), *_answers())}
"""Every measure by its key."""
