"""Follow the journal into the store: read from the watermark, fold, write rows and watermark together.

A crash loses nothing: the fold of calls that were open is made again from `low_water`, agents' open intervals are kept beside the
watermark.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hotline.adapters.statistics_duckdb.store import Store
from hotline.core.events import CallArrived, CallbackQueued, CallPlaced
from hotline.core.ids import CallId
from hotline.core.metrics.facts import Fact
from hotline.core.metrics.folds import FactFold
from hotline.ports.journal import Journal, Recorded

BATCH = 20_000
_LATE = timedelta(minutes=1)
"""An interval is cut at a 15-minute border only this long after it, so that events on their way still find it open."""


@dataclass(slots=True)
class Projector:
    """Keeps one store in step with one journal. `step` is called again and again; it does one batch."""

    store: Store
    journal: Journal
    watermark: int = 0
    _fold: FactFold = field(default_factory=FactFold)
    _begun: dict[CallId, int] = field(default_factory=dict[CallId, int])

    async def begin(self) -> None:
        """Take up where the store stands; a store ahead of its journal (a restored database) starts anew."""
        self.watermark, low_water, intervals = self.store.progress()
        self._fold, self._begun = FactFold(), {}
        if self.watermark > await self.journal.last_seq():
            self.store.clear()
            self.watermark = 0
            return
        seq = max(0, low_water - 1)
        while seq < self.watermark:
            batch = [recorded async for recorded in self.journal.read(after=seq, limit=BATCH)]
            again = [recorded for recorded in batch if recorded.seq <= self.watermark]
            if not again:
                break
            self._apply(again)
            seq = again[-1].seq
        for row in intervals:
            self._fold.intervals.adopt(row)

    async def step(self, now: datetime) -> int:
        """Take in one batch and return how many events it had; also cuts long agent states at 15-minute borders."""
        batch = [recorded async for recorded in self.journal.read(after=self.watermark, limit=BATCH)]
        rows = self._apply(batch)
        if batch:
            self.watermark = batch[-1].seq
        if len(batch) < BATCH:  # caught up: what the agents do now is known
            rows.extend(self._fold.intervals.cut(now - _LATE))
        if batch or rows:
            low_water = min(self._begun.values(), default=self.watermark + 1)
            self.store.write(
                rows, watermark=self.watermark, low_water=low_water, intervals=self._fold.intervals.open()
            )
        return len(batch)

    def _apply(self, batch: list[Recorded]) -> list[Fact]:
        rows: list[Fact] = []
        for recorded in batch:
            event = recorded.event
            if isinstance(event, (CallArrived, CallPlaced, CallbackQueued)):
                self._begun[event.call_id] = recorded.seq
            rows.extend(self._fold.apply(event))
        still_open = self._fold.open_calls()
        self._begun = {call_id: seq for call_id, seq in self._begun.items() if call_id in still_open}
        return rows
