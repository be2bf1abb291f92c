"""Keep events safe in a local file while the database cannot take them, and hand them on in order when it can.

Each write is synced before it counts. The first line says up to which seq the journal was known to be written when the file was begun: the
events of the file come right behind it, and what of them is there already (of a drain that was cut short, of one
before a restart) is found by comparing place by place. A torn last line (power loss) is left out.
"""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

import orjson
import structlog

from hotline.core import codec
from hotline.core.events import Event
from hotline.ports.journal import Journal

log = structlog.stdlib.get_logger(__name__)

LIMIT = 200_000
"""Events kept at most: some hours of a busy site."""
ALARM = LIMIT // 2
"""So many events kept aside are said loudly."""
CHUNK = 1_000


class SpoolFull(Exception):
    """No more events can be kept; the disk is full or the limit is reached."""


class Spool:
    """The file at `path`. One writer and one drain at a time; both may run together."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = asyncio.Lock()
        self._behind = 0
        events, self._size = self._load(0)
        self._held = len(events)
        if path.exists() and path.stat().st_size > self._size:
            os.truncate(path, self._size)  # else the next line would be glued to the torn one

    def __len__(self) -> int:
        return self._held

    async def keep(self, events: Sequence[Event], *, behind: int) -> None:
        """Add events; they are on disk when this returns. `behind`: the journal's confirmed seq (counts for the first ones kept).

        Raises:
            SpoolFull: they are not.
        """
        lines = b"".join(orjson.dumps(codec.encode(event)) + b"\n" for event in events)
        async with self._lock:
            if self._held + len(events) > LIMIT:
                raise SpoolFull("limit")
            if not self._size:
                self._behind = behind
                lines = orjson.dumps({"behind": behind}) + b"\n" + lines
            try:
                self._size = await asyncio.to_thread(self._write, lines)
            except OSError as error:
                raise SpoolFull(error.strerror or "write failed") from error
            if self._held < ALARM <= self._held + len(events):
                log.critical("spool_half_full", events=self._held + len(events), limit=LIMIT)
            self._held += len(events)

    async def drain(self, journal: Journal) -> int:
        """Append everything to the journal in order, then remove the file; return how many events that were.

        Raises what `append` raises; the file stays then, and the next drain goes on where this one ended.
        """
        # Only what the journal has confirmed is passed over here; a try whose answer was lost it recognises itself, if it is repeated.
        limit = min(self._held, journal.confirmed - self._behind)
        known = [recorded.event async for recorded in journal.read(after=self._behind, limit=limit)]
        done, offset = 0, 0
        while True:
            events, end = await asyncio.to_thread(self._load, offset)
            there = _same(events, known[done : done + len(events)])
            if there < len(events):
                known = []  # from here on nothing of ours is there
            for start in range(there, len(events), CHUNK):
                await journal.append(events[start : start + CHUNK])
            done, offset = done + len(events), end
            async with self._lock:
                if self._size <= offset:
                    await asyncio.to_thread(self.path.unlink, missing_ok=True)
                    self._held = self._size = 0
                    return done

    def _write(self, lines: bytes) -> int:
        """Add lines and sync; return the file's size. What was written of a failed try is taken back."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab") as file:
            start = file.tell()
            try:
                file.write(lines)
                file.flush()
                os.fsync(file.fileno())
            except OSError:
                os.truncate(self.path, start)
                raise
            return file.tell()

    def _load(self, offset: int) -> tuple[list[Event], int]:
        """Read whole lines from `offset`; return their events and where they end."""
        if not self.path.exists():
            return [], 0
        with self.path.open("rb") as file:
            file.seek(offset)
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        events: list[Event] = []
        for number, line in enumerate(whole.splitlines()):
            try:
                values = orjson.loads(line)
                if not offset and not number and "behind" in values:
                    self._behind = int(values["behind"])
                else:
                    events.append(codec.decode(values))
            except ValueError:
                log.warning("spool_line_unreadable")
        return events, offset + len(whole)


def _same(events: Sequence[Event], known: Sequence[Event]) -> int:
    """Return how many of the first events are alike."""
    count = 0
    for event, other in zip(events, known, strict=False):
        if event != other:
            break
        count += 1
    return count
