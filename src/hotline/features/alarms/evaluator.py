"""Hold the rules against the live view and say when alarms begin, get worse or better, and end. Pure: time arrives as an argument.

Only what changed is measured again; figures of the day when their newest count arrives. Values that grow with the clock (waits, times in a state) are looked at again exactly when they
reach their next line. A value that is better must stay so for `HOLD_S` before the alarm follows it, so that alarms do not flap.
"""

import heapq
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, TypeVar

from hotline.features.alarms.rules import (
    DAY,
    SITE_READS,
    Level,
    Measured,
    Metric,
    Rule,
    Scope,
    level_of,
    line_of,
    of_agent,
    of_day,
    of_queue,
    of_site,
    of_trunk,
)
from hotline.ports.call_control import AgentView, LiveChange, LiveSnapshot, QueueView, TrunkView
from hotline.ports.day_figures import DayFigures

HOLD_S: Final = 20.0
_BADNESS: Final[dict[Level | None, int]] = {None: 0, Level.AMBER: 1, Level.RED: 2}
_SITE: Final = ""
View = TypeVar("View", QueueView, TrunkView, AgentView)
Key = tuple[str, str]
"""Rule and target."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """An alarm: what it is about, how bad it is and was, and what became of it. `line` is the value at which the level began."""

    id: str
    authority_id: str
    rule_id: str
    rule_name: str
    scope: Scope
    metric: str
    target_id: str
    target_name: str
    level: Level
    worst_level: Level
    value: float
    line: float
    sound: bool
    raised_at: datetime
    changed_at: datetime
    cleared_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""
    acknowledged_name: str = ""

    @property
    def key(self) -> Key:
        """What it is about."""
        return self.rule_id, self.target_id


@dataclass(frozen=True, slots=True)
class _Target:
    id: str
    name: str
    authority_id: str
    measured: Measured


@dataclass(slots=True)
class Evaluator:
    """Rules, the newest views, and the alarms that run. `family` are the organisations that a rule of an organisation reaches."""

    new_id: Callable[[], str]
    rules: dict[str, Rule] = field(default_factory=dict[str, Rule])
    family: Mapping[str, Collection[str]] = field(default_factory=dict[str, Collection[str]])
    running: dict[Key, Alarm] = field(default_factory=dict[Key, Alarm])
    _queues: dict[str, QueueView] = field(default_factory=dict[str, QueueView])
    _agents: dict[str, AgentView] = field(default_factory=dict[str, AgentView])
    _trunks: dict[str, TrunkView] = field(default_factory=dict[str, TrunkView])
    _days: dict[str, DayFigures] = field(default_factory=dict[str, DayFigures])
    _down_since: datetime | None = None
    _better_since: dict[Key, datetime] = field(default_factory=dict[Key, datetime])
    _due: list[tuple[datetime, Key]] = field(default_factory=list[tuple[datetime, Key]])
    _wakes: dict[Key, datetime] = field(default_factory=dict[Key, datetime])
    """The earliest entry of `_due` for each alarm, so that a busy queue does not fill it."""

    def begin(
        self, rules: Iterable[Rule], family: Mapping[str, Collection[str]], live: LiveSnapshot, now: datetime
    ) -> list[Alarm]:
        """Take these rules and this view in the place of what was; alarms that run go on where they still concern something."""
        self.rules = {rule.id: rule for rule in rules}
        self.family = family
        self._queues = {view.queue_id: view for view in live.queues}
        self._agents = {view.agent_id: view for view in live.agents}
        self._trunks = {view.trunk_id: view for view in live.trunks}
        self._due.clear()
        self._wakes.clear()
        self._engine(up=live.engine_up, now=now)
        targets = {rule.id: {target.id for target in self._targets(rule)} for rule in self.rules.values()}
        gone = [a for key, a in self.running.items() if key[1] not in targets.get(key[0], ())]
        return [self._end(alarm, now) for alarm in gone] + self._measure(self.rules.values(), None, now)

    def take(self, changes: Iterable[LiveChange], now: datetime) -> list[Alarm]:
        """Take in what changed; return the alarms that began, changed or ended by it."""
        touched: dict[Scope, set[str]] = {scope: set() for scope in Scope}
        for change in changes:
            for queue in change.queues:
                self._queues[queue.queue_id] = queue
                touched[Scope.QUEUE].add(queue.queue_id)
            for agent in change.agents:
                self._agents[agent.agent_id] = agent
                touched[Scope.AGENT].add(agent.agent_id)
            for trunk in change.trunks:
                self._trunks[trunk.trunk_id] = trunk
                touched[Scope.TRUNK].add(trunk.trunk_id)
            self._engine(up=change.engine_up, now=change.at)
        found: list[Alarm] = []
        for rule in self.rules.values():
            if rule.metric in DAY:
                continue
            if rule.scope is not Scope.SITE:
                found += self._measure((rule,), touched[rule.scope], now) if touched[rule.scope] else ()
            elif rule.metric == Metric.ENGINE_DOWN or touched[SITE_READS[rule.metric]]:
                found += self._measure((rule,), None, now)
        return found

    def of_the_day(self) -> dict[str, frozenset[str]]:
        """The organisations whose rules measure figures of the day, each with those that its rules reach."""
        owners = {rule.authority_id for rule in self.rules.values() if rule.metric in DAY}
        return {owner: frozenset(self.family.get(owner, (owner,))) for owner in sorted(owners)}

    def take_days(self, days: Mapping[str, DayFigures], now: datetime) -> list[Alarm]:
        """Take in the day's figures of organisations; return the alarms that began, changed or ended by them."""
        self._days.update(days)
        return self._measure(
            (rule for rule in self.rules.values() if rule.metric in DAY and rule.authority_id in days),
            None,
            now,
        )

    def tick(self, now: datetime) -> list[Alarm]:
        """Look again at what is due; return the alarms that began, changed or ended by it."""
        found: list[Alarm] = []
        while self._due and self._due[0][0] <= now:
            at, key = heapq.heappop(self._due)
            if self._wakes.get(key) == at:
                del self._wakes[key]
            rule_id, target_id = key
            rule = self.rules.get(rule_id)
            if rule is not None:
                found += self._measure((rule,), {target_id}, now)
        return found

    def next_due(self) -> datetime | None:
        """When to `tick` again, if nothing changes before."""
        return self._due[0][0] if self._due else None

    def reaches(self, rule: Rule, authority_id: str) -> bool:
        """Whether a rule concerns things of this organisation."""
        family = self.family.get(rule.authority_id)
        return authority_id == rule.authority_id if family is None else authority_id in family

    # ── Inside ───────────────────────────────────────────────────────────────────────────────────────────────

    def _engine(self, *, up: bool, now: datetime) -> None:
        if up:
            self._down_since = None
        elif self._down_since is None:
            self._down_since = now

    def _targets(self, rule: Rule, only: Collection[str] | None = None) -> Iterator[_Target]:
        match rule.scope:
            case Scope.SITE:
                yield _Target(_SITE, "", rule.authority_id, self._site(rule))
            case Scope.QUEUE:
                for queue in self._of(rule, self._queues, only):
                    yield _Target(queue.queue_id, queue.name, queue.authority_id, self._queue(rule, queue))
            case Scope.TRUNK:
                for trunk in self._of(rule, self._trunks, only):
                    yield _Target(trunk.trunk_id, trunk.name, trunk.authority_id, of_trunk(rule, trunk))
            case Scope.AGENT:
                for agent in self._of(rule, self._agents, only):
                    name = f"{agent.number} {agent.name}"
                    yield _Target(agent.agent_id, name, agent.authority_id, of_agent(rule, agent))

    def _of(self, rule: Rule, views: Mapping[str, View], only: Collection[str] | None) -> Iterator[View]:
        wanted = views.keys() if only is None else only
        for target_id in (rule.target_id,) if rule.target_id is not None else tuple(wanted):
            view = views.get(target_id) if target_id in wanted else None
            if view is not None and self.reaches(rule, view.authority_id):
                yield view

    def _queue(self, rule: Rule, queue: QueueView) -> Measured:
        if rule.metric not in DAY:
            return of_queue(rule, queue)
        day = self._days.get(rule.authority_id)
        return of_day(rule, None if day is None else day.queues.get(queue.queue_id))

    def _site(self, rule: Rule) -> Measured:
        if rule.metric in DAY:
            day = self._days.get(rule.authority_id)
            return of_day(rule, None if day is None else day.total)
        return of_site(
            rule,
            (q for q in self._queues.values() if self.reaches(rule, q.authority_id)),
            (a for a in self._agents.values() if self.reaches(rule, a.authority_id)),
            (t for t in self._trunks.values() if self.reaches(rule, t.authority_id)),
            self._down_since,
        )

    def _measure(self, rules: Iterable[Rule], only: Collection[str] | None, now: datetime) -> list[Alarm]:
        found = (self._settle(rule, target, now) for rule in rules for target in self._targets(rule, only))
        return [alarm for alarm in found if alarm is not None]

    def _settle(self, rule: Rule, target: _Target, now: datetime) -> Alarm | None:
        """Bring the alarm of this rule and target in step with its value; return it when it began, changed or ended."""
        key = rule.id, target.id
        value = target.measured.at(now)
        level, alarm = level_of(rule, value), self.running.get(key)
        self._look_again(rule, key, target.measured, now)
        before = alarm.level if alarm else None
        if _BADNESS[level] >= _BADNESS[before]:
            self._better_since.pop(key, None)
            if level is None or level is before:
                return None
            return self._worse(rule, target, level, value or 0.0, now)
        assert alarm is not None, "nothing is better than no alarm"
        since = self._better_since.setdefault(key, now)
        if now < since + timedelta(seconds=HOLD_S):
            self._wake(key, since + timedelta(seconds=HOLD_S))
            return None
        del self._better_since[key]
        if level is None:
            return self._end(alarm, now)
        better = replace(alarm, level=level, value=value or 0.0, line=_line(rule, level), changed_at=now)
        self.running[key] = better
        return better

    def _look_again(self, rule: Rule, key: Key, measured: Measured, now: datetime) -> None:
        if measured.since is None:
            return
        for line in (rule.amber, rule.red):
            at = measured.since + timedelta(seconds=line) if line is not None else now
            if at > now:
                self._wake(key, at)
                return

    def _wake(self, key: Key, at: datetime) -> None:
        known = self._wakes.get(key)
        if known is None or at < known:
            self._wakes[key] = at
            heapq.heappush(self._due, (at, key))

    def _worse(self, rule: Rule, target: _Target, level: Level, value: float, now: datetime) -> Alarm:
        """Begin an alarm, or let it get worse: then it wants to be acknowledged anew."""
        before = self.running.get((rule.id, target.id))
        alarm = Alarm(
            id=before.id if before else self.new_id(),
            authority_id=target.authority_id,
            rule_id=rule.id,
            rule_name=rule.name,
            scope=rule.scope,
            metric=rule.metric,
            target_id=target.id,
            target_name=target.name,
            level=level,
            worst_level=level if before is None else max(level, before.worst_level, key=_BADNESS.__getitem__),
            value=value,
            line=_line(rule, level),
            sound=rule.sound,
            raised_at=before.raised_at if before else now,
            changed_at=now,
        )
        self.running[alarm.key] = alarm
        return alarm

    def _end(self, alarm: Alarm, now: datetime) -> Alarm:
        self.running.pop(alarm.key, None)
        self._better_since.pop(alarm.key, None)
        return replace(alarm, cleared_at=now, changed_at=now)


def _line(rule: Rule, level: Level) -> float:
    line = line_of(rule, level)
    assert line is not None, "a level holds only beyond its line"
    return line
