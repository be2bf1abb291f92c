"""While a store is far behind: a process of its own reads the journal and folds it, this one codes and writes. Two cores, twice as fast.

The store stays one process's. What comes over is written in the order of the journal with its watermark, as if folded here: a helper that
dies loses nothing.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from struct import Struct
from typing import BinaryIO

from hotline.adapters.statistics_sql.folding import BATCH, Folding, Step, no_collection
from hotline.adapters.statistics_sql.frames import frame, standing, stood, unframed
from hotline.core.metrics.folds import Memory
from hotline.ports.journal import Journal

AHEAD_FROM: int = 10 * BATCH
"""Events behind from which a helper is worth starting: below, its start takes longer than it saves."""
_LENGTH = Struct(">Q")
_BUFFER = 1 << 24


class HelperGone(Exception):
    """The helper ended before it was done."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """Starts helpers with `command`, which must lead to `fold_ahead`."""

    command: Sequence[str]

    async def steps(
        self, watermark: int, low_water: int, memory: Memory, until: int
    ) -> AsyncGenerator[Step, None]:
        """What comes after `watermark`, up to `until` or a little beyond. Raises `HelperGone`."""
        process = await asyncio.create_subprocess_exec(
            *self.command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=_BUFFER
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            content = standing(watermark, low_water, until, memory)
            process.stdin.write(_LENGTH.pack(len(content)) + content)
            while watermark < until:
                (length,) = _LENGTH.unpack(await process.stdout.readexactly(_LENGTH.size))
                content = await process.stdout.readexactly(length)
                step = await asyncio.to_thread(unframed, content)
                watermark = step.watermark
                yield step
        except (asyncio.IncompleteReadError, ConnectionError) as broken:
            raise HelperGone from broken
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def fold_ahead(journal: Journal, coming: BinaryIO, going: BinaryIO) -> None:
    """The helper's side: one standing comes in, steps go out; ends at its `until`, or with whoever asked."""
    (length,) = _LENGTH.unpack(coming.read(_LENGTH.size))
    watermark, low_water, until, memory = stood(coming.read(length))
    folding = Folding(journal)
    await folding.begin(watermark, low_water, memory)
    with no_collection():
        while folding.watermark < until:
            step = await folding.step(BATCH)
            content = frame(step)
            if not step.read:
                return
            going.write(_LENGTH.pack(len(content)) + content)
            going.flush()
