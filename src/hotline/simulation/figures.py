"""The figures of a simulation: a fold over its events, as the reports of a real day are."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime

from hotline.core import events as e
from hotline.core.events import AgentState, Disposition, VisitOutcome

WORKING = (AgentState.TALKING, AgentState.HOLDING, AgentState.AFTER_CALL)


class Figures:
    """Feed it events; read the figures. `since` leaves out what began before (the time the system needs to fill)."""

    def __init__(self, since: datetime | None = None, until: datetime | None = None) -> None:
        """Count visits that began between `since` and `until`, and agents' time between them."""
        self.since, self.until = since, until
        self.dispositions: Counter[Disposition] = Counter()
        self.visits: Counter[VisitOutcome] = Counter()
        self.waits_s: dict[VisitOutcome, list[float]] = defaultdict(list)
        self.seconds: dict[AgentState, float] = defaultdict(float)
        self.talks = 0
        self.events = 0
        self._entered: dict[str, datetime] = {}
        self._states: dict[str, tuple[AgentState, datetime]] = {}

    def see(self, events: Iterable[e.Event]) -> None:
        """Take more events."""
        for event in events:
            self.events += 1
            match event:
                case e.CallEnded():
                    self.dispositions[event.disposition] += 1
                case e.QueueEntered():
                    self._entered[event.visit_id] = event.at
                case e.QueueLeft():
                    self._left(event)
                case e.TalkStarted():
                    self.talks += 1
                case e.AgentStateChanged():
                    self._state(event)
                case _:
                    pass

    def _left(self, event: e.QueueLeft) -> None:
        entered = self._entered.pop(event.visit_id)
        if (self.since is None or entered >= self.since) and (self.until is None or entered < self.until):
            self.visits[event.outcome] += 1
            self.waits_s[event.outcome].append((event.at - entered).total_seconds())

    def _state(self, event: e.AgentStateChanged) -> None:
        self._count(event.agent_id, event.at)
        self._states[event.agent_id] = (event.state, event.at)

    def _count(self, agent_id: str, at: datetime) -> None:
        before = self._states.get(agent_id)
        if before is not None:
            begin = max(before[1], self.since) if self.since is not None else before[1]
            end = min(at, self.until) if self.until is not None else at
            self.seconds[before[0]] += max(0.0, (end - begin).total_seconds())

    def close(self, at: datetime) -> None:
        """Count what the agents do up to `at`."""
        for agent_id, (state, _) in list(self._states.items()):
            self._count(agent_id, at)
            self._states[agent_id] = (state, at)

    @property
    def entered(self) -> int:
        """Queue visits that ended."""
        return self.visits.total()

    @property
    def waited(self) -> list[float]:
        """The waits of all visits, answered or not, in seconds."""
        return [wait for waits in self.waits_s.values() for wait in waits]

    @property
    def mean_wait_s(self) -> float:
        """Mean wait of all visits."""
        waits = self.waited
        return sum(waits) / len(waits) if waits else 0.0

    @property
    def abandoned_share(self) -> float:
        """Visits that the caller ended, of all."""
        given_up = self.visits[VisitOutcome.ABANDONED_WAITING] + self.visits[VisitOutcome.ABANDONED_RINGING]
        return given_up / self.entered if self.entered else 0.0

    def answered_within(self, seconds: float) -> float:
        """Service level, variant *offered*: answered in time, of all visits."""
        in_time = sum(1 for wait in self.waits_s[VisitOutcome.ANSWERED] if wait <= seconds)
        return in_time / self.entered if self.entered else 0.0

    def waiting_share(self, at_least_s: float = 0.002) -> float:
        """Visits that had to wait, of all."""
        return sum(1 for wait in self.waited if wait >= at_least_s) / self.entered if self.entered else 0.0

    @property
    def utilisation(self) -> float:
        """Share of their signed-in time that agents worked on calls."""
        present = sum(s for state, s in self.seconds.items() if state is not AgentState.OFFLINE)
        return sum(self.seconds[state] for state in WORKING) / present if present else 0.0
