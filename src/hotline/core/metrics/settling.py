"""A call's rows are handed on together when it ends, stamped with what the whole call is about.

So a visit never counts before its call, every row of a call agrees about its numbers and its business type, and from every figure
there is a way to the call. `number` is the seq of the call's first event in the journal: unique, ascending, small.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from msgspec import structs

from hotline.core import events as e
from hotline.core.ids import CallId
from hotline.core.metrics import facts as f
from hotline.core.metrics.folds import FactFold, Memory


@dataclass(frozen=True, slots=True)
class Stamp:
    """What every row of a call carries. `caller` is the citizen's number, `called` the hotline's own."""

    number: int = 0
    called: str = ""
    caller: str = ""
    business_type: str = ""


NO_CALL = Stamp()
Settled = tuple[f.Fact, Stamp]

_OfCall = f.CallFact | f.QueueVisitFact | f.OfferFact | f.TalkFact | f.SurveyAnswerFact | f.IvrKeyFact
_OF_CALLS = (f.CallFact, f.QueueVisitFact, f.OfferFact, f.TalkFact, f.SurveyAnswerFact, f.IvrKeyFact)
_KINDS_OF_CALLS = frozenset(_OF_CALLS)
_BEGINNINGS = frozenset({e.CallArrived, e.CallPlaced, e.CallbackQueued})


class Settling:
    """The fold, with the rows of calls that have not ended kept back."""

    def __init__(self) -> None:
        self.fold = FactFold()
        self._begun: dict[CallId, int] = {}
        self._waiting: dict[CallId, list[f.Fact]] = {}
        self._stamps: dict[CallId, Stamp] = {}

    def apply(self, event: e.Event, seq: int) -> list[Settled]:
        """Return the rows that may be counted from now on."""
        kind = type(event)
        if kind in _BEGINNINGS and isinstance(event, e.CallEvent):
            self._begun[event.call_id] = seq
        facts = self.fold.apply(event)
        settled = self._settled(facts) if facts else []
        if self.fold.closed:
            for call_id in self.fold.take_closed():
                self._forget(call_id)
        return settled

    def _settled(self, facts: list[f.Fact]) -> list[Settled]:
        settled: list[Settled] = []
        for fact in facts:
            if type(fact) is f.AgentIntervalFact:
                settled.append((fact, NO_CALL))
                continue
            if type(fact) in _KINDS_OF_CALLS and isinstance(fact, _OF_CALLS):
                settled.extend(self._of_call(fact))
                continue
            if isinstance(fact, f.Reclassified) and (stamp := self._stamps.get(fact.call_id)):
                self._stamps[fact.call_id] = replace(stamp, business_type=fact.business_type)
            settled.append((fact, NO_CALL))
        return settled

    def low_water(self, otherwise: int) -> int:
        """The seq from which events must be read again to know the open calls."""
        return min(self._begun.values(), default=otherwise)

    def remember(self, memory: Memory) -> None:
        """Go on where an earlier run stood."""
        self.fold.remember(memory)

    def _forget(self, call_id: CallId) -> None:
        self._begun.pop(call_id, None)
        self._waiting.pop(call_id, None)
        self._stamps.pop(call_id, None)

    def _of_call(self, fact: _OfCall) -> Iterable[Settled]:
        call_id = fact.call_id
        stamp = self._stamps.get(call_id)
        if stamp is not None:
            return [(fact, stamp)]
        if not isinstance(fact, f.CallFact):
            self._waiting.setdefault(call_id, []).append(fact)
            return []
        stamp = Stamp(self._begun.get(call_id, 0), fact.called, fact.caller, fact.business_type)
        self._stamps[call_id] = stamp
        rows = latest_talks(self._waiting.pop(call_id, []))
        keys = [row for row in rows if type(row) is f.IvrKeyFact]
        settled: list[Settled] = [(row, stamp) for row in rows]
        if keys and (fact.agent_answered or fact.disposition is e.Disposition.IVR_HANGUP):
            settled = [(_told(row, fact, keys), stamp) for row in rows]
        settled.append((fact, stamp))
        return settled


def latest_talks(rows: list[f.Fact]) -> list[f.Fact]:
    """Of rows that replace one another only the last."""
    if not any(type(row) is f.TalkFact for row in rows):
        return rows
    kept: dict[object, f.Fact] = {}
    for n, row in enumerate(rows):
        kept[row.talk_id if isinstance(row, f.TalkFact) else n] = row
    return list(kept.values())


def _told(row: f.Fact, call: f.CallFact, keys: list[f.IvrKeyFact]) -> f.Fact:
    """What a key press led to is known now."""
    if not isinstance(row, f.IvrKeyFact):
        return row
    left = row is keys[-1] and call.disposition is e.Disposition.IVR_HANGUP
    if not left and not call.agent_answered:
        return row
    return row.told(left=left, reached=call.agent_answered)


def settle(facts: Iterable[f.Fact]) -> list[Settled]:
    """The same for rows that are all known: those of calls without an end are left out, corrected ones replaced."""
    rows = latest(facts)
    calls = {row.call_id: row for row in rows if isinstance(row, f.CallFact)}
    keys: dict[CallId, list[f.IvrKeyFact]] = {}
    for row in rows:
        if isinstance(row, f.IvrKeyFact):
            keys.setdefault(row.call_id, []).append(row)
    numbers = {call_id: n for n, call_id in enumerate(calls, 1)}
    settled: list[Settled] = []
    for row in rows:
        if not isinstance(row, _OF_CALLS):
            settled.append((row, NO_CALL))
        elif (call := calls.get(row.call_id)) is not None:
            stamp = Stamp(numbers[call.call_id], call.called, call.caller, call.business_type)
            settled.append((_told(row, call, keys.get(call.call_id, [])), stamp))
    return settled


def latest(facts: Iterable[f.Fact]) -> list[f.Fact]:
    """Drop rows that a later row replaced or withdrew (a talk before its after-call work was known)."""
    kept: dict[object, f.Fact] = {}
    types: dict[CallId, str] = {}
    invited: set[CallId] = set()
    late: list[f.LateAnswer] = []
    for number, row in enumerate(facts):
        match row:
            case f.TalkFact():
                kept[row.talk_id] = row
            case f.SignInFact():
                kept["sign-in", row.agent_id, row.from_at] = row
            case f.CallbackFact():
                kept["callback", row.call_id] = row
            case f.AgentIntervalFact():
                kept["interval", row.agent_id, row.from_at] = row
            case f.IntervalsWithdrawn():
                kept = {key: one for key, one in kept.items() if not _withdrawn(one, row)}
            case f.Reclassified():
                types[row.call_id] = row.business_type
            case f.LateInvitation():
                invited.add(row.call_id)
            case f.LateAnswer():
                late.append(row)
            case _:
                kept[number] = row
    rows = [_corrected(row, types, invited) if isinstance(row, f.CallFact) else row for row in kept.values()]
    return rows + _late_rows(late, rows) if late else rows


def _corrected(call: f.CallFact, types: dict[CallId, str], invited: set[CallId]) -> f.CallFact:
    return structs.replace(
        call,
        business_type=types.get(call.call_id, call.business_type),
        survey_invited=call.survey_invited or call.call_id in invited,
    )


def _late_rows(late: list[f.LateAnswer], rows: list[f.Fact]) -> list[f.Fact]:
    calls = {row.call_id: row for row in rows if isinstance(row, f.CallFact)}
    return [
        answer.of(call.hotline_id, call.dnis, call.started_at, test=call.test)
        for answer in late
        if (call := calls.get(answer.call_id)) is not None
    ]


def _withdrawn(row: f.Fact, by: f.IntervalsWithdrawn) -> bool:
    return isinstance(row, f.AgentIntervalFact) and row.agent_id == by.agent_id and row.from_at >= by.from_at
