"""Follow the journal into the store: read from the watermark, fold, write rows and watermark together.

A crash loses nothing: the fold of calls that were open is made again from `low_water`; what else the fold knows is kept beside the
watermark.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hotline.adapters.statistics_sql.store import Store
from hotline.core.metrics.settling import NO_CALL, Settled, Settling
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
    _settling: Settling = field(default_factory=Settling)

    async def begin(self) -> None:
        """Take up where the store stands; a store ahead of its journal (a restored database) starts anew."""
        self.watermark, low_water, memory = self.store.progress()
        self._settling = Settling()
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
        self._settling.remember(memory)

    async def step(self, now: datetime) -> int:
        """Take in one batch and return how many events it had; also cuts long agent states at 15-minute borders."""
        batch = [recorded async for recorded in self.journal.read(after=self.watermark, limit=BATCH)]
        rows = self._apply(batch)
        if batch:
            self.watermark = batch[-1].seq
        intervals = self._settling.fold.intervals
        if len(batch) < BATCH:  # caught up: what the agents do now is known
            rows.extend((row, NO_CALL) for row in intervals.cut(now - _LATE))
        if batch or rows:
            self.store.write(
                rows,
                watermark=self.watermark,
                low_water=self._settling.low_water(self.watermark + 1),
                memory=self._settling.fold.memory(),
            )
        if len(batch) < BATCH:
            self.store.settle_gaps()
        return len(batch)

    def _apply(self, batch: list[Recorded]) -> list[Settled]:
        rows: list[Settled] = []
        for recorded in batch:
            rows.extend(self._settling.apply(recorded.event, recorded.seq))
        return rows
