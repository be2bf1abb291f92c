"""Agents' time as unbroken intervals, cut at 15-minute borders as they are written.

Long states are written piece by piece while they last. When news comes late and such pieces turn out wrong, they are withdrawn
and written anew, so that the store says in the end what the journal says.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from hotline.core.events import AgentStateChanged
from hotline.core.ids import AgentId, QueueId
from hotline.core.metrics.facts import AgentIntervalFact, IntervalsWithdrawn

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

    def change(self, event: AgentStateChanged) -> list[AgentIntervalFact | IntervalsWithdrawn]:
        """Return the pieces of the state that ends and begin the new one. A clock that ran backwards ends nothing early."""
        before = self._open.get(event.agent_id)
        start = event.at if before is None else max(event.at, before.from_at)
        team = self._teams.get(event.agent_id, ())
        self._open[event.agent_id] = _Running(event, start, start, team)
        if before is None:
            return []
        rows: list[AgentIntervalFact | IntervalsWithdrawn] = []
        if before.to_at > start:
            late = before.state
            rows.append(
                IntervalsWithdrawn(
                    agent_id=late.agent_id, authority_id=late.authority_id, from_at=before.from_at
                )
            )
            before.to_at = before.from_at
        rows.extend(_pieces(before, start))
        return rows

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

    def cut(self, at: datetime) -> list[AgentIntervalFact]:
        """Return the pieces up to the last border before `at`, so that long states reach the store in time."""
        border = slot_start(at)
        rows: list[AgentIntervalFact] = []
        for running in self._open.values():
            if running.to_at < border:
                rows.extend(_pieces(running, border))
                running.to_at = border
        return rows


def _pieces(running: _Running, end: datetime) -> list[AgentIntervalFact]:
    """Cut what has not been handed out until `end` at 15-minute borders."""
    start, first = running.to_at, running.to_at == running.from_at
    pieces: list[AgentIntervalFact] = []
    while start < end:
        border = min(end, slot_start(start) + SLOT)
        pieces.append(running.row(start, border, first=first))
        start, first = border, False
    return pieces
