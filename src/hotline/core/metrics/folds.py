"""From journal events to facts: the only place where a call, a visit, an offer, a talk or an agent's time is counted.

`FactFold` keeps what is still open in memory and hands out rows as they close. It trusts the journal's order, not its clock:
a time that runs backwards gives a duration of zero, never a negative one.
"""

from dataclasses import dataclass

from hotline.core import events as e
from hotline.core.ids import AgentId, CallId, QueueId, VisitId
from hotline.core.metrics.call_rows import HANDLERS, late
from hotline.core.metrics.callback_rows import Callbacks
from hotline.core.metrics.facts import AgentIntervalFact, CallbackFact, Fact, SignInFact
from hotline.core.metrics.intervals import AgentIntervals
from hotline.core.metrics.open_call import OpenCall, milliseconds
from hotline.core.metrics.operations import ACTS, CHOSEN, operation_of
from hotline.core.metrics.sign_ins import SignIns

__all__ = ["FOLDED", "FactFold", "Memory", "milliseconds"]

_BEGINNINGS = frozenset({e.CallArrived, e.CallPlaced, e.CallbackQueued})
_OF_CALLBACKS = frozenset({e.CallbackRequested, e.CallAnswered})
_OF_AGENTS = frozenset({e.AgentStateChanged, e.AgentSignedIn, e.AgentSignedOut})
FOLDED: frozenset[str] = frozenset(
    one.__name__ for one in (_BEGINNINGS | _OF_CALLBACKS | _OF_AGENTS | set(HANDLERS) | ACTS)
)
"""The events that change a figure, by name; of the others nothing is counted, so nobody need read them for that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What the fold knows beyond the open calls, to go on with after a restart."""

    intervals: tuple[AgentIntervalFact, ...] = ()
    sign_ins: tuple[SignInFact, ...] = ()
    callbacks: tuple[CallbackFact, ...] = ()
    lines: tuple[tuple[VisitId, int], ...] = ()
    """How long the line was that each open visit entered."""


_PLAIN = {
    kind: handler
    for kind, handler in HANDLERS.items()
    if kind
    not in _OF_CALLBACKS | ACTS | {e.QueueEntered, e.QueueLeft, e.TalkEnded, e.WrapUpEnded, e.CallEnded}
}
"""Events that concern nothing but their own call, and never end it."""


class FactFold:
    """Fold events into facts, one at a time, in journal order."""

    def __init__(self) -> None:
        self._calls: dict[CallId, OpenCall] = {}
        self.intervals = AgentIntervals()
        self._sign_ins = SignIns()
        self._callbacks = Callbacks()
        self._wrapping: dict[AgentId, set[CallId]] = {}
        self._lines: dict[QueueId, int] = {}
        self.closed: list[CallId] = []
        """Calls of which no more rows come (`take_closed`)."""

    def apply(self, event: e.Event) -> list[Fact]:
        """Return the rows that this event completes or makes anew."""
        if type(event) is e.AgentStateChanged:
            return self._state(event)
        if isinstance(event, e.CallEvent):
            plain = _PLAIN.get(type(event))
            if plain is not None and (call := self._calls.get(event.call_id)) is not None:
                return plain(call, event)
            return self._call(event)
        if isinstance(event, e.AgentSignedIn):
            self.intervals.sign_in(event.agent_id, event.queues)
            return self._sign_ins.sign_in(event)
        if isinstance(event, e.AgentSignedOut):
            return self._sign_ins.sign_out(event)
        return []

    def take_closed(self) -> list[CallId]:
        """Calls of which no more rows come, since this was last asked."""
        closed, self.closed = self.closed, []
        return closed

    def open_calls(self) -> set[CallId]:
        """Calls of which rows are still to come."""
        return set(self._calls)

    def memory(self) -> Memory:
        """What must be kept to go on later, beside the open calls."""
        return Memory(
            intervals=tuple(self.intervals.open()),
            sign_ins=self._sign_ins.open(),
            callbacks=self._callbacks.open(),
            lines=tuple((key, v.line) for call in self._calls.values() for key, v in call.visits.items()),
        )

    def remember(self, memory: Memory) -> None:
        """Go on where an earlier run stood, after the open calls have been folded again."""
        for row in memory.intervals:
            self.intervals.adopt(row)
        self._sign_ins = SignIns(memory.sign_ins)
        self._callbacks = Callbacks(memory.callbacks)
        lines = dict(memory.lines)
        self._lines = {}
        for call in self._calls.values():
            for visit_id, visit in call.visits.items():
                visit.line = lines.get(visit_id, visit.line)
                self._lines[visit.event.queue_id] = self._lines.get(visit.event.queue_id, 0) + 1

    def _state(self, event: e.AgentStateChanged) -> list[Fact]:
        agent_id, state = event.agent_id, event.state
        if agent_id in self._wrapping and state is not e.AgentState.AFTER_CALL:
            self._forget_wrap_up(agent_id)
        rows = self.intervals.change(event)
        if (event.by is not None or state in CHOSEN) and (done := operation_of(event)) is not None:
            rows.append(done)
        return rows

    def _forget_wrap_up(self, agent_id: AgentId) -> None:
        """A talk whose agent does something else has had all the after-call work it will ever have."""
        for call_id in self._wrapping.pop(agent_id):
            call = self._calls.get(call_id)
            if call is None:
                continue
            call.wrapping = {key: row for key, row in call.wrapping.items() if row.agent_id != agent_id}
            self._close(call_id, call)

    def _close(self, call_id: CallId, call: OpenCall) -> None:
        if call.ended and not call.wrapping and self._calls.pop(call_id, None) is not None:
            self.closed.append(call_id)

    def _call(self, event: e.CallEvent) -> list[Fact]:
        kind = type(event)
        call_id = event.call_id
        if kind in _BEGINNINGS and isinstance(event, (e.CallArrived, e.CallPlaced, e.CallbackQueued)):
            self._calls[call_id] = OpenCall(start=event)
        call = self._calls.get(call_id)
        if call is None:
            self.closed.append(call_id)
            return late(event)
        if isinstance(event, e.QueueEntered):
            call.line = self._lines[event.queue_id] = self._lines.get(event.queue_id, 0) + 1
        elif isinstance(event, e.QueueLeft) and event.visit_id in call.visits:
            self._lines[event.queue_id] = max(0, self._lines.get(event.queue_id, 0) - 1)
        handler = HANDLERS.get(kind)
        rows: list[Fact] = handler(call, event) if handler is not None else []
        if kind in _OF_CALLBACKS:
            rows.extend(self._callbacks.see(event, call))
        if kind in ACTS and (done := operation_of(event)) is not None:
            rows.append(done)
        if isinstance(event, e.TalkEnded):
            self._wrapping.setdefault(event.agent_id, set()).add(call_id)
        if call.ended:
            self._close(call_id, call)
        return rows
