"""Follow the journal into the store: read from the watermark, fold, write rows and watermark together.

A crash loses nothing: the fold of calls that were open is made again from `low_water`; what else the fold knows is kept beside the
watermark.
"""

import asyncio
import contextlib
import gc
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from hotline.adapters.statistics_sql.fact_store import FactStore
from hotline.adapters.statistics_sql.incoming import coded
from hotline.core.metrics.folds import FOLDED
from hotline.core.metrics.settling import NO_CALL, Settled, Settling
from hotline.ports.journal import Journal, Recorded

BATCH = 50_000
_LATE = timedelta(minutes=1)
"""An interval is cut at a 15-minute border only this long after it, so that events on their way still find it open."""


@dataclass(slots=True)
class Projector:
    """Keeps one store in step with one journal. `step` is called again and again; it does one batch.

    What `step` returned less than `BATCH` for is written; of a full batch the next call answers for.
    """

    store: FactStore
    journal: Journal
    watermark: int = 0
    _settling: Settling = field(default_factory=Settling)
    _writing: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Take up where the store stands, once nothing is being written any more; a store ahead of its journal (a restored database) starts anew."""
        await self.written()
        self.watermark, low_water, memory = await asyncio.to_thread(self.store.progress)
        self._settling = Settling()
        if self.watermark > await self.journal.last_seq():
            await asyncio.to_thread(self.store.clear)
            self.watermark = 0
            return
        seq = max(0, low_water - 1)
        while seq < self.watermark:
            page = await self.journal.page(after=seq, limit=BATCH, kinds=FOLDED)
            self._apply([recorded for recorded in page.recorded if recorded.seq <= self.watermark])
            if page.last == seq:
                break
            seq = page.last
        self._settling.remember(memory)

    async def step(self, now: datetime) -> int:
        """Take in one batch and return how many events it had; also cuts long agent states at 15-minute borders."""
        with _no_collection():
            page = await self.journal.page(after=self.watermark, limit=BATCH, kinds=FOLDED)
            rows = self._apply(page.recorded)
            caught_up = page.read < BATCH
            if caught_up:  # what the agents do now is known
                rows.extend((row, NO_CALL) for row in self._settling.fold.intervals.cut(now - _LATE))
            batch = coded(rows, self.store.coding)
        self.watermark = page.last
        await self._written()
        if page.read or rows:
            write = partial(
                self.store.put,
                batch,
                watermark=self.watermark,
                low_water=self._settling.low_water(self.watermark + 1),
                memory=self._settling.fold.memory(),
                catching_up=not caught_up,
            )
            self._writing = asyncio.create_task(asyncio.to_thread(write), name="statistics-write")
        if caught_up or batch.late:
            await self._written()
        if caught_up:
            await asyncio.to_thread(self.store.settle_gaps)
        return page.read

    async def written(self) -> None:
        """Wait until nothing is being written. A write that failed is told by the next step; what counts is where the store stands."""
        with contextlib.suppress(Exception):
            await self._written()

    async def _written(self) -> None:
        """Wait for the batch that is being written: while there is more to take in, one is written as the next is read.

        Its thread cannot be stopped: who is cancelled while waiting leaves it to be waited for again.
        """
        writing = self._writing
        if writing is None:
            return
        try:
            await asyncio.shield(writing)
        finally:
            if writing.done():
                self._writing = None

    def _apply(self, batch: list[Recorded]) -> list[Settled]:
        rows: list[Settled] = []
        for recorded in batch:
            if settled := self._settling.apply(recorded.event, recorded.seq):
                rows.extend(settled)
        return rows


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """No search for cycles meanwhile: a batch is a hundred thousand objects without any, looked through again and again."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
