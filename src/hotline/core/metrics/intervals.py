"""Agents' time as unbroken intervals, cut at 15-minute borders as they are written."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from hotline.core.events import AgentStateChanged
from hotline.core.ids import AgentId
from hotline.core.metrics.facts import AgentIntervalFact

SLOT = timedelta(minutes=15)
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def slot_start(at: datetime) -> datetime:
    """Return the 15-minute border at or before `at` (the civil time zones of China share these borders with UTC)."""
    return at - (at - _EPOCH) % SLOT


class AgentIntervals:
    """What each agent does now, and since when; hands out the pieces of what is over."""

    def __init__(self) -> None:
        self._open: dict[AgentId, AgentIntervalFact] = {}

    def change(self, event: AgentStateChanged) -> Iterator[AgentIntervalFact]:
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
        )
        if before is not None:
            yield from _pieces(before, start)

    def open(self) -> list[AgentIntervalFact]:
        """Return what each agent does now, as rows that end where they began."""
        return list(self._open.values())

    def adopt(self, row: AgentIntervalFact) -> None:
        """Go on with an open interval that an earlier run had."""
        self._open[row.agent_id] = row

    def cut(self, at: datetime) -> list[AgentIntervalFact]:
        """Return the pieces up to the last border before `at`, so that long states reach the store in time."""
        border = slot_start(at)
        rows: list[AgentIntervalFact] = []
        for agent_id, row in self._open.items():
            if row.from_at < border:
                rows.extend(_pieces(row, border))
                self._open[agent_id] = replace(row, from_at=border, to_at=border, first=False)
        return rows


def _pieces(row: AgentIntervalFact, end: datetime) -> Iterator[AgentIntervalFact]:
    """Cut [row.from_at, end) at 15-minute borders."""
    start, first = row.from_at, row.first
    while start < end:
        border = min(end, slot_start(start) + SLOT)
        yield replace(row, from_at=start, to_at=border, first=first)
        start, first = border, False
