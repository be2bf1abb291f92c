"""Follow the journal into the store: read from the watermark, fold, write rows and watermark together.

A crash loses nothing: the fold of calls that were open is made again from `low_water`; what else the fold knows is kept beside the
watermark.
"""

import asyncio
import contextlib
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from hotline.adapters.statistics_sql.fact_store import FactStore
from hotline.adapters.statistics_sql.folding import BATCH, Folding, Step, no_collection
from hotline.adapters.statistics_sql.incoming import Incoming, coded
from hotline.core.metrics.settling import NO_CALL
from hotline.ports.journal import Journal

__all__ = ["BATCH", "Projector"]
CUT_MOST = 20_000
"""Quarter-hours of agents' time written at once: agents left signed in for months are millions, and questions and news wait meanwhile."""
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
    _folding: Folding = field(init=False)
    _writing: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        self._folding = Folding(self.journal)

    async def begin(self) -> None:
        """Take up where the store stands, once nothing is being written any more; a store ahead of its journal (a restored database) starts anew."""
        await self.written()
        self.watermark, low_water, memory = await asyncio.to_thread(self.store.progress)
        if self.watermark > await self.journal.last_seq():
            await asyncio.to_thread(self.store.clear)
            self.watermark = 0
            self._folding = Folding(self.journal)
            return
        await self._folding.begin(self.watermark, low_water, memory)

    async def step(self, now: datetime) -> int:
        """Take in one batch and return how many events it had, `BATCH` if there is more to do at once.

        Also cuts long agent states at 15-minute borders, so many at a time.
        """
        with no_collection():
            step = await self._folding.step(BATCH)
            caught_up, more = step.read < BATCH, False
            if caught_up:  # what the agents do now is known
                fold = self._folding.settling.fold
                pieces = fold.intervals.cut(now - _LATE, CUT_MOST)
                step.rows.extend((row, NO_CALL) for row in pieces)
                step = replace(step, memory=fold.memory())
                more = len(pieces) == CUT_MOST
            batch = coded(step.rows, self.store.coding)
        await self._write(step, batch, catching_up=not caught_up)
        if not caught_up:
            return BATCH
        await self._written()
        await asyncio.to_thread(self.store.settle_gaps)
        return BATCH if more else step.read

    async def take(self, step: Step) -> None:
        """Write what was read and folded elsewhere (`ahead`). This projector must `begin` again before it goes on by itself."""
        with no_collection():
            batch = coded(step.rows, self.store.coding)
        await self._write(step, batch, catching_up=True)

    async def _write(self, step: Step, batch: Incoming, *, catching_up: bool) -> None:
        """Begin to write once what was before is written."""
        self.watermark = step.watermark
        await self._written()
        if step.read or step.rows:
            write = partial(
                self.store.put,
                batch,
                watermark=step.watermark,
                low_water=step.low_water,
                memory=step.memory,
                catching_up=catching_up,
            )
            self._writing = asyncio.create_task(asyncio.to_thread(write), name="statistics-write")
        if batch.late:
            await self._written()

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
