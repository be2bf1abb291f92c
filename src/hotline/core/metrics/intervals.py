"""Agents' time as unbroken intervals, cut at 15-minute borders as they are written.

Long states are written piece by piece while they last. When news comes late and such pieces turn out wrong, they are withdrawn
and written anew, so that the store says in the end what the journal says.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from hotline.core.events import AgentStateChanged
from hotline.core.ids import AgentId, QueueId
from hotline.core.metrics.facts import AgentIntervalFact, IntervalsWithdrawn

SLOT = timedelta(minutes=15)
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def slot_start(at: datetime) -> datetime:
    """Return the 15-minute border at or before `at` (the civil time zones of China share these borders with UTC)."""
    return at - (at - _EPOCH) % SLOT


class AgentIntervals:
    """What each agent does now, and since when; hands out the pieces of what is over.

    An open row's `from_at` is where the state began, its `to_at` how far pieces have been handed out.
    """

    def __init__(self) -> None:
        self._open: dict[AgentId, AgentIntervalFact] = {}
        self._teams: dict[AgentId, tuple[QueueId, ...]] = {}

    def sign_in(self, agent_id: AgentId, team: tuple[QueueId, ...]) -> None:
        """The agent signs in as a member of these queues: their time counts for them from the next state on."""
        self._teams[agent_id] = team

    def change(self, event: AgentStateChanged) -> Iterator[AgentIntervalFact | IntervalsWithdrawn]:
        """Yield the pieces of the state that ends and begin the new one. A clock that ran backwards ends nothing early."""
        before = self._open.get(event.agent_id)
        start = event.at if before is None else max(event.at, before.from_at)
        self._open[event.agent_id] = AgentIntervalFact(
            agent_id=event.agent_id,
            authority_id=event.authority_id,
            from_at=start,
            to_at=start,
            state=event.state,
            reason=event.reason,
            queue_id=event.queue_id,
            call_id=event.call_id,
            first=True,
            team=self._teams.get(event.agent_id, ()),
        )
        if before is None:
            return
        if before.to_at > start:
            yield IntervalsWithdrawn(
                agent_id=before.agent_id, authority_id=before.authority_id, from_at=before.from_at
            )
            before = replace(before, to_at=before.from_at)
        yield from _pieces(before, start)

    def open(self) -> list[AgentIntervalFact]:
        """Return what each agent does now."""
        return list(self._open.values())

    def adopt(self, row: AgentIntervalFact) -> None:
        """Go on with an open interval that an earlier run had."""
        self._open[row.agent_id] = row
        self._teams[row.agent_id] = row.team

    def cut(self, at: datetime) -> list[AgentIntervalFact]:
        """Return the pieces up to the last border before `at`, so that long states reach the store in time."""
        border = slot_start(at)
        rows: list[AgentIntervalFact] = []
        for agent_id, row in self._open.items():
            if row.to_at < border:
                rows.extend(_pieces(row, border))
                self._open[agent_id] = replace(row, to_at=border)
        return rows


def _pieces(row: AgentIntervalFact, end: datetime) -> Iterator[AgentIntervalFact]:
    """Cut [row.to_at, end) at 15-minute borders."""
    start, first = row.to_at, row.to_at == row.from_at
    while start < end:
        border = min(end, slot_start(start) + SLOT)
        yield replace(row, from_at=start, to_at=border, first=first)
        start, first = border, False
