"""Begin again after a stop or a crash.

Brings the spool into the journal, folds the open streams, counts today's figures, and finds the files of recordings whose engine
is gone.
"""

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from hotline.core.centre import Centre
from hotline.core.events import RecordingStarted
from hotline.core.ids import CallId, RecordingId
from hotline.core.recalling import Recall
from hotline.core.switching import RecordingDone
from hotline.ports.journal import Journal, Recorded
from hotline.runtime.confidential import Confidential
from hotline.runtime.figures import FiguresToday
from hotline.runtime.spool import Spool
from hotline.wire.wav import HEADER_SIZE

log = structlog.stdlib.get_logger(__name__)

CALLS_OF_LAST = timedelta(hours=24)
"""Calls begun earlier than this are not looked for: none may last so long."""
DAY_LIMIT = 10_000_000
BYTES_PER_MS = 16
"""Stereo, 8 kHz, one byte a sample."""


class Ahead:
    """What the day's events say, as far as the journal was read: figures, and whom the centre should remember.

    An application that stands by reads along, and has little left when its turn comes.
    """

    def __init__(self, begin: Callable[[], FiguresToday]) -> None:
        """`begin` makes the figures of a new day."""
        self._begin = begin
        self.figures = begin()
        self.recall = Recall()
        self.newest: datetime | None = None
        self._seq = 0
        self._midnight: datetime | None = None

    async def advance(self, journal: Journal, now: datetime) -> int:
        """Read what came since; return how many events that were. Raises `JournalUnavailable`."""
        midnight = self.figures.midnight_before(now)
        if midnight != self._midnight:
            self._seq = await journal.seq_before(midnight)
            self._midnight, self.figures, self.recall = midnight, self._begin(), Recall()
        counted = 0
        async for recorded in journal.read(after=self._seq, limit=DAY_LIMIT):
            self.figures.fold((recorded.event,))
            self.recall.sees(recorded.event)
            self._seq, self.newest = recorded.seq, max(self.newest or recorded.event.at, recorded.event.at)
            counted += 1
        return counted


async def restore(
    centre: Centre,
    journal: Journal,
    spools: Sequence[Spool],
    ahead: Ahead,
    now: datetime,
    confidential: Confidential | None = None,
) -> datetime:
    """Bring the spools into the journal, centre and figures to where it ends; return the time of its newest event.

    Raises:
        JournalUnavailable: the database does not answer.
    """
    for spool in spools:
        if len(spool):
            log.warning("spool_found", events=await spool.drain(journal))
    open_events = await journal.open_streams(now - CALLS_OF_LAST)
    events = (recorded.event for recorded in open_events)
    centre.restore((confidential or Confidential()).opened(events))
    newest = max((recorded.event.at for recorded in open_events[-1:]), default=now - CALLS_OF_LAST)
    counted = await ahead.advance(journal, now)
    ahead.recall.teach(centre, now)
    log.info("journal_restored", open_events=len(open_events), events_read=counted)
    return min(max(newest, ahead.newest or newest), now)


async def lost_recordings(
    journal: Journal, data: Path, waiting: Mapping[RecordingId, CallId], at: datetime
) -> list[RecordingDone]:
    """Return how recordings ended that the engine no longer has: by their file where there is one, else with error `lost`."""
    found: list[RecordingDone] = []
    for recording_id, call_id in waiting.items():
        started = _started(await journal.of_call(call_id), recording_id)
        if started is not None:
            found.append(await asyncio.to_thread(_measure, data, started, at))
    return found


def _started(events: list[Recorded], recording_id: RecordingId) -> RecordingStarted | None:
    for recorded in events:
        if isinstance(recorded.event, RecordingStarted) and recorded.event.recording_id == recording_id:
            return recorded.event
    return None


def _measure(data: Path, started: RecordingStarted, at: datetime) -> RecordingDone:
    path = data / started.path
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        error = ""
    except OSError:
        size, digest, error = 0, "", "lost"
    return RecordingDone(
        at=at,
        recording_id=started.recording_id,
        leg_id=started.leg_id,
        path=started.path,
        size_bytes=size,
        duration_ms=max(0, size - HEADER_SIZE) // BYTES_PER_MS,
        sha256=digest,
        error=error,
    )
