"""Read the journal and fold it: from where a store stands to the rows that come next. Knows no store."""

import contextlib
import gc
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from hotline.core.events import Event
from hotline.core.metrics.folds import FOLDED, Memory
from hotline.core.metrics.settling import Settled, Settling
from hotline.ports.journal import Journal

BATCH = 50_000
ROWS_MOST = 150_000
"""Rows in one step, or little more; a batch has a sixth of it, unless agents were left signed in for months."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one page of the journal came to, and where whoever has written it stands."""

    rows: list[Settled]
    watermark: int
    low_water: int
    memory: Memory
    read: int


@dataclass(slots=True)
class Folding:
    """Goes through one journal."""

    journal: Journal
    watermark: int = 0
    settling: Settling = field(default_factory=Settling)

    async def begin(self, watermark: int, low_water: int, memory: Memory) -> None:
        """Stand where a store stands: the fold of calls that were open is made again."""
        self.watermark, self.settling = watermark, Settling()
        seq = max(0, low_water - 1)
        while seq < watermark:
            page = await self.journal.page(after=seq, limit=BATCH, kinds=FOLDED)
            _ = self._apply([(seq, event) for seq, event in page.recorded if seq <= watermark])
            if page.last == seq:
                break
            seq = page.last
        self.settling.remember(memory)

    async def step(self, limit: int) -> Step:
        """Take in so many events at most. Fewer when they come to very many rows; `read` is then as if there were more to read, as there may be."""
        page = await self.journal.page(after=self.watermark, limit=limit, kinds=FOLDED)
        rows, stopped = self._apply(page.recorded, ROWS_MOST)
        self.watermark, read = (page.last, page.read) if stopped is None else (stopped, limit)
        low_water = self.settling.low_water(self.watermark + 1)
        return Step(rows, self.watermark, low_water, self.settling.fold.memory(), read)

    def _apply(
        self, batch: Sequence[tuple[int, Event]], most: int = sys.maxsize
    ) -> tuple[list[Settled], int | None]:
        """The rows of these events, and the seq at which there were `most`; None when all was taken in."""
        rows: list[Settled] = []
        apply = self.settling.apply
        for seq, event in batch:
            if settled := apply(event, seq):
                rows.extend(settled)
                if len(rows) > most:
                    return rows, seq
        return rows, None


@contextlib.contextmanager
def no_collection() -> Iterator[None]:
    """No search for cycles meanwhile: a batch is a hundred thousand objects without any, looked through again and again."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
