"""What alarm rules measure, where, and when a value is bad. Pure: knows no clock and no database."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from hotline.core.events import AgentState
from hotline.ports.call_control import AgentView, QueueView, TrunkView


class Scope(StrEnum):
    """What a rule looks at."""

    SITE = "site"
    QUEUE = "queue"
    TRUNK = "trunk"
    AGENT = "agent"


class Metric(StrEnum):
    """What a rule measures. Rates are percent of the visits of today that have ended; `_s` are seconds."""

    WAITING = "waiting"
    LONGEST_WAIT_S = "longest_wait_s"
    READY = "ready"
    SIGNED_IN = "signed_in"
    SERVICE_LEVEL = "service_level"
    ANSWER_RATE = "answer_rate"
    ABANDON_RATE = "abandon_rate"
    TRUNK_USED_PCT = "trunk_used_pct"
    REST_S = "rest_s"
    BUSY_S = "busy_s"
    AFTER_CALL_S = "after_call_s"
    ENGINE_DOWN = "engine_down"


class Level(StrEnum):
    """How bad."""

    AMBER = "amber"
    RED = "red"


RATES: Final = frozenset({Metric.SERVICE_LEVEL, Metric.ANSWER_RATE, Metric.ABANDON_RATE})
LOW_IS_BAD: Final = frozenset({Metric.READY, Metric.SIGNED_IN, Metric.SERVICE_LEVEL, Metric.ANSWER_RATE})
_OF_QUEUES: Final = frozenset({Scope.SITE, Scope.QUEUE})
SCOPES: Final[Mapping[Metric, frozenset[Scope]]] = {
    Metric.WAITING: _OF_QUEUES,
    Metric.LONGEST_WAIT_S: _OF_QUEUES,
    Metric.READY: _OF_QUEUES,
    Metric.SIGNED_IN: _OF_QUEUES,
    Metric.SERVICE_LEVEL: _OF_QUEUES,
    Metric.ANSWER_RATE: _OF_QUEUES,
    Metric.ABANDON_RATE: _OF_QUEUES,
    Metric.TRUNK_USED_PCT: frozenset({Scope.SITE, Scope.TRUNK}),
    Metric.REST_S: frozenset({Scope.AGENT}),
    Metric.BUSY_S: frozenset({Scope.AGENT}),
    Metric.AFTER_CALL_S: frozenset({Scope.AGENT}),
    Metric.ENGINE_DOWN: frozenset({Scope.SITE}),
}
"""Which scopes a metric makes sense for."""

SITE_READS: Final[Mapping[Metric, Scope]] = {
    Metric.WAITING: Scope.QUEUE,
    Metric.LONGEST_WAIT_S: Scope.QUEUE,
    Metric.READY: Scope.AGENT,
    Metric.SIGNED_IN: Scope.AGENT,
    Metric.SERVICE_LEVEL: Scope.QUEUE,
    Metric.ANSWER_RATE: Scope.QUEUE,
    Metric.ABANDON_RATE: Scope.QUEUE,
    Metric.TRUNK_USED_PCT: Scope.TRUNK,
}
"""Whose changes a rule over the whole site follows."""

_STATES: Final = {
    Metric.REST_S: AgentState.REST,
    Metric.BUSY_S: AgentState.BUSY,
    Metric.AFTER_CALL_S: AgentState.AFTER_CALL,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. `target_id` None: every target of the scope, each by itself. At least one of the lines is set."""

    id: str
    authority_id: str
    name: str
    scope: Scope
    target_id: str | None
    metric: Metric
    amber: float | None
    red: float | None
    sound: bool
    min_calls: int = 0
    """Rates of fewer calls than this say nothing."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A value now; with `since` it is the seconds since then, and grows by itself. None: nothing to say."""

    value: float | None = None
    since: datetime | None = None

    def at(self, now: datetime) -> float | None:
        """The value at this moment."""
        return self.value if self.since is None else max(0.0, (now - self.since).total_seconds())


def line_of(rule: Rule, level: Level) -> float | None:
    """The value from which on this level holds."""
    return rule.red if level is Level.RED else rule.amber


def level_of(rule: Rule, value: float | None) -> Level | None:
    """How bad a value is by this rule; None: good, or unknown."""
    if value is None:
        return None
    for level in (Level.RED, Level.AMBER):
        line = line_of(rule, level)
        if line is not None and (value <= line if rule.metric in LOW_IS_BAD else value >= line):
            return level
    return None


def of_queue(rule: Rule, queue: QueueView) -> Measured:
    """Measure one queue."""
    match rule.metric:
        case Metric.READY:
            return Measured(queue.ready)
        case Metric.SIGNED_IN:
            return Measured(queue.signed_in)
        case _:
            return _of_lines(rule, (queue,))


def of_site(
    rule: Rule,
    queues: Iterable[QueueView],
    agents: Iterable[AgentView],
    trunks: Iterable[TrunkView],
    engine_down_since: datetime | None,
) -> Measured:
    """Measure everything that the rule's organisation sees; agents of several queues are counted once."""
    match rule.metric:
        case Metric.READY:
            return Measured(sum(agent.state is AgentState.READY for agent in agents))
        case Metric.SIGNED_IN:
            return Measured(sum(agent.signed_in_at is not None for agent in agents))
        case Metric.TRUNK_USED_PCT:
            lines = tuple(trunks)
            return _percent(sum(t.used for t in lines), sum(t.max_calls for t in lines), 1)
        case Metric.ENGINE_DOWN:
            return Measured(since=engine_down_since)
        case _:
            return _of_lines(rule, tuple(queues))


def of_trunk(_: Rule, trunk: TrunkView) -> Measured:
    """Measure one trunk."""
    return _percent(trunk.used, trunk.max_calls, 1)


def of_agent(rule: Rule, agent: AgentView) -> Measured:
    """Measure how long an agent is in the state that the rule speaks of."""
    return Measured(since=agent.since) if agent.state is _STATES[rule.metric] else Measured()


def _of_lines(rule: Rule, queues: tuple[QueueView, ...]) -> Measured:
    def total(figure: Callable[[QueueView], int]) -> int:
        return sum(map(figure, queues))

    match rule.metric:
        case Metric.WAITING:
            return Measured(total(lambda q: q.waiting))
        case Metric.LONGEST_WAIT_S:
            return Measured(
                since=min((q.longest_wait_since for q in queues if q.longest_wait_since), default=None)
            )
        case Metric.SERVICE_LEVEL:
            part = total(lambda q: q.answered_in_target_today)
        case Metric.ANSWER_RATE:
            part = total(lambda q: q.answered_today)
        case _:
            part = total(lambda q: q.abandoned_today)
    ended = total(lambda q: max(0, q.entered_today - q.waiting - q.ringing))
    return _percent(part, ended, rule.min_calls)


def _percent(part: int, whole: int, least: int) -> Measured:
    return Measured(100.0 * part / whole) if whole >= max(1, least) else Measured()
