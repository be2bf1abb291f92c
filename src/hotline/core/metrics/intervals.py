"""Agents' time as unbroken intervals, cut at 15-minute borders as they are written.

Long states are written piece by piece while they last. When news comes late and such pieces turn out wrong, they are withdrawn
and written anew, so that the store says in the end what the journal says.
"""

import sys
from dataclasses import dataclass
from datetime import datetime, timedelta

from hotline.core.events import AgentStateChanged
from hotline.core.ids import AgentId, QueueId
from hotline.core.metrics.facts import AgentIntervalFact, Fact, IntervalsWithdrawn

SLOT = timedelta(minutes=15)
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def slot_start(at: datetime) -> datetime:
    """Return the 15-minute border at or before `at` (the civil time zones of China share these borders with UTC)."""
    return at - (at - _EPOCH) % SLOT


@dataclass(slots=True)
class _Running:
    """What an agent does now. `from_at`: where the state began; `to_at`: how far pieces have been handed out."""

    state: AgentStateChanged
    from_at: datetime
    to_at: datetime
    team: tuple[QueueId, ...]

    def row(self, from_at: datetime, to_at: datetime, *, first: bool) -> AgentIntervalFact:
        state = self.state
        return AgentIntervalFact(
            agent_id=state.agent_id,
            authority_id=state.authority_id,
            from_at=from_at,
            to_at=to_at,
            state=state.state,
            reason=state.reason,
            queue_id=state.queue_id,
            call_id=state.call_id,
            first=first,
            team=self.team,
        )


class AgentIntervals:
    """What each agent does now, and since when; hands out the pieces of what is over.

    An open row's `from_at` is where the state began, its `to_at` how far pieces have been handed out.
    """

    def __init__(self) -> None:
        self._open: dict[AgentId, _Running] = {}
        self._teams: dict[AgentId, tuple[QueueId, ...]] = {}

    def sign_in(self, agent_id: AgentId, team: tuple[QueueId, ...]) -> None:
        """The agent signs in as a member of these queues: their time counts for them from the next state on."""
        self._teams[agent_id] = team

    def change(self, event: AgentStateChanged) -> list[Fact]:
        """Return the pieces of the state that ends and begin the new one. A clock that ran backwards ends nothing early."""
        agent_id, start = event.agent_id, event.at
        before = self._open.get(agent_id)
        if before is not None and before.from_at > start:
            start = before.from_at
        self._open[agent_id] = _Running(event, start, start, self._teams.get(agent_id, ()))
        if before is None:
            return []
        if before.to_at <= start:
            return [*_pieces(before, start)]
        late = before.state
        void = IntervalsWithdrawn(agent_id=agent_id, authority_id=late.authority_id, from_at=before.from_at)
        before.to_at = before.from_at
        return [void, *_pieces(before, start)]

    def open(self) -> list[AgentIntervalFact]:
        """Return what each agent does now."""
        return [one.row(one.from_at, one.to_at, first=True) for one in self._open.values()]

    def adopt(self, row: AgentIntervalFact) -> None:
        """Go on with an open interval that an earlier run had."""
        state = AgentStateChanged(
            at=row.from_at,
            authority_id=row.authority_id,
            agent_id=row.agent_id,
            state=row.state,
            reason=row.reason,
            queue_id=row.queue_id,
            call_id=row.call_id,
        )
        self._open[row.agent_id] = _Running(state, row.from_at, row.to_at, row.team)
        self._teams[row.agent_id] = row.team

    def cut(self, at: datetime, most: int = sys.maxsize) -> list[AgentIntervalFact]:
        """Return the pieces up to the last border before `at`, so that long states reach the store in time.

        At most `most` of them: the next time goes on from there. Agents left signed in for months are a million pieces.
        """
        border = slot_start(at)
        rows: list[AgentIntervalFact] = []
        for running in self._open.values():
            if running.to_at < border and len(rows) < most:
                pieces = _pieces(running, border, most - len(rows))
                running.to_at = pieces[-1].to_at
                rows.extend(pieces)
        return rows


def _pieces(running: _Running, end: datetime, most: int = sys.maxsize) -> list[AgentIntervalFact]:
    """Cut what has not been handed out until `end` at 15-minute borders; the first `most` pieces."""
    start, first = running.to_at, running.to_at == running.from_at
    if start >= end:
        return []
    if end - start < SLOT and end.minute // 15 == start.minute // 15:  # most are: none of the reckoning below
        return [running.row(start, end, first=first)]
    pieces: list[AgentIntervalFact] = []
    border = slot_start(start) + SLOT
    while start < end and len(pieces) < most:
        pieces.append(running.row(start, min(end, border), first=first))
        start, border, first = border, border + SLOT, False
    return pieces
