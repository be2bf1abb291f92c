"""Keep events safe in a local file while the database cannot take them, and hand them on in order when it can.

Each write is synced before it counts. The file holds one JSON line per event; a torn last line (power loss) is left out.
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
CHUNK = 1_000


class SpoolFull(Exception):
    """No more events can be kept; the disk is full or the limit is reached."""


class Spool:
    """The file at `path`. One writer and one drain at a time; both may run together."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = asyncio.Lock()
        events, self._size = self._load(0)
        self._held = len(events)

    def __len__(self) -> int:
        return self._held

    async def keep(self, events: Sequence[Event]) -> None:
        """Add events; they are on disk when this returns.

        Raises:
            SpoolFull: they are not.
        """
        lines = b"".join(orjson.dumps(codec.encode(event)) + b"\n" for event in events)
        async with self._lock:
            if self._held + len(events) > LIMIT:
                raise SpoolFull("limit")
            try:
                self._size = await asyncio.to_thread(self._write, lines)
            except OSError as error:
                raise SpoolFull(error.strerror or "write failed") from error
            self._held += len(events)

    async def drain(self, journal: Journal) -> int:
        """Append everything to the journal in order, then remove the file; return how many events that were.

        Events of an earlier drain that was cut short are recognised in the journal's tail and not written twice. Raises what
        `append` raises; the file stays then.
        """
        there = await self._tail(journal)
        done, offset = 0, 0
        while True:
            events, end = await asyncio.to_thread(self._load, offset)
            missing = [event for event in events if event not in there]
            for start in range(0, len(missing), CHUNK):
                await journal.append(missing[start : start + CHUNK])
            done, offset = done + len(events), end
            async with self._lock:
                if self._size <= offset:
                    await asyncio.to_thread(self._path.unlink, missing_ok=True)
                    self._held = self._size = 0
                    return done

    async def _tail(self, journal: Journal) -> set[Event]:
        after = max(0, await journal.last_seq() - self._held - CHUNK)
        return {recorded.event async for recorded in journal.read(after=after, limit=self._held + CHUNK)}

    def _write(self, lines: bytes) -> int:
        """Add lines and sync; return the file's size. What was written of a failed try is taken back."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab") as file:
            start = file.tell()
            try:
                file.write(lines)
                file.flush()
                os.fsync(file.fileno())
            except OSError:
                os.truncate(self._path, start)
                raise
            return file.tell()

    def _load(self, offset: int) -> tuple[list[Event], int]:
        """Read whole lines from `offset`; return their events and where they end."""
        if not self._path.exists():
            return [], 0
        with self._path.open("rb") as file:
            file.seek(offset)
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        events: list[Event] = []
        for line in whole.splitlines():
            try:
                events.append(codec.decode(orjson.loads(line)))
            except ValueError:
                log.warning("spool_line_unreadable")
        return events, offset + len(data)
