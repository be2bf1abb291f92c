"""What alarm rules measure, where, and when a value is bad. Pure: knows no clock and no database.

A rule names its figure by the key of the metric dictionary: a figure of the moment, read off the live view, or one of the day.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from hotline.core.events import AgentState
from hotline.core.metrics.figures import FIGURES, Unit
from hotline.core.metrics.figures_live import DAY_FIGURES, LITTLE_IS_BAD
from hotline.ports.call_control import AgentView, QueueView, TrunkView
from hotline.ports.day_figures import Values


class Scope(StrEnum):
    """What a rule looks at."""

    SITE = "site"
    QUEUE = "queue"
    TRUNK = "trunk"
    AGENT = "agent"


class Metric(StrEnum):
    """The figures of the moment (`core.metrics.figures_live`) that a rule can measure. `_s` are seconds."""

    WAITING = "waiting"
    LONGEST_WAIT_S = "longest_wait_s"
    READY = "ready"
    SIGNED_IN = "signed_in_now"
    TRUNK_USED_PCT = "trunk_used_pct"
    REST_S = "rest_s"
    BUSY_S = "busy_s"
    AFTER_CALL_S = "after_call_s"
    ENGINE_DOWN = "engine_down"


class Level(StrEnum):
    """How bad."""

    AMBER = "amber"
    RED = "red"


_OF_QUEUES: Final = frozenset({Scope.SITE, Scope.QUEUE})
DAY: Final = frozenset(DAY_FIGURES)
"""Keys of the figures of the day that a rule can measure."""
SCOPES: Final[Mapping[str, frozenset[Scope]]] = {
    **dict.fromkeys(DAY_FIGURES, _OF_QUEUES),
    Metric.WAITING: _OF_QUEUES,
    Metric.LONGEST_WAIT_S: _OF_QUEUES,
    Metric.READY: _OF_QUEUES,
    Metric.SIGNED_IN: _OF_QUEUES,
    Metric.TRUNK_USED_PCT: frozenset({Scope.SITE, Scope.TRUNK}),
    Metric.REST_S: frozenset({Scope.AGENT}),
    Metric.BUSY_S: frozenset({Scope.AGENT}),
    Metric.AFTER_CALL_S: frozenset({Scope.AGENT}),
    Metric.ENGINE_DOWN: frozenset({Scope.SITE}),
}
"""The keys of the dictionary that rules can measure, and for which scopes each makes sense."""

SITE_READS: Final[Mapping[str, Scope]] = {
    Metric.WAITING: Scope.QUEUE,
    Metric.LONGEST_WAIT_S: Scope.QUEUE,
    Metric.READY: Scope.AGENT,
    Metric.SIGNED_IN: Scope.AGENT,
    Metric.TRUNK_USED_PCT: Scope.TRUNK,
}
"""Whose changes a rule over the whole site follows."""

_STATES: Final[Mapping[str, AgentState]] = {
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
    metric: str
    amber: float | None
    red: float | None
    sound: bool
    min_calls: int = 0
    """Ratios and averages of fewer calls than this say nothing."""


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
        if line is not None and (value <= line if rule.metric in LITTLE_IS_BAD else value >= line):
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
            return _percent(sum(t.used for t in lines), sum(t.max_calls for t in lines))
        case Metric.ENGINE_DOWN:
            return Measured(since=engine_down_since)
        case _:
            return _of_lines(rule, tuple(queues))


def of_trunk(_: Rule, trunk: TrunkView) -> Measured:
    """Measure one trunk."""
    return _percent(trunk.used, trunk.max_calls)


def of_agent(rule: Rule, agent: AgentView) -> Measured:
    """Measure how long an agent is in the state that the rule speaks of."""
    return Measured(since=agent.since) if agent.state is _STATES[rule.metric] else Measured()


def _of_lines(rule: Rule, queues: tuple[QueueView, ...]) -> Measured:
    if rule.metric == Metric.WAITING:
        return Measured(sum(queue.waiting for queue in queues))
    assert rule.metric == Metric.LONGEST_WAIT_S, rule.metric
    return Measured(since=min((q.longest_wait_since for q in queues if q.longest_wait_since), default=None))


def of_day(rule: Rule, values: Values | None) -> Measured:
    """Measure a figure of the day: ratios in per cent, durations in seconds. Nothing counted yet says nothing."""
    found = None if values is None else values.get(rule.metric)
    if found is None or found.value is None or 0 < found.of < rule.min_calls:
        return Measured()
    ratio = FIGURES[rule.metric].unit is Unit.RATIO
    return Measured(round(100 * found.value, 6) if ratio else found.value)


def _percent(part: int, whole: int) -> Measured:
    return Measured(100.0 * part / whole) if whole else Measured()
