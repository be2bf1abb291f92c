"""Stereo recordings of legs, written as the call goes: the loop cuts audio, one thread owns the files.

A growing recording is `<path>.part` with a header that is right at any time; closed, it is synced, renamed and hashed. After a kill
`salvage` finishes what was left behind. The lock on a `.part` tells a living writer's file from a dead one's.
"""

import asyncio
import contextlib
import errno
import fcntl
import hashlib
import os
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from hotline.adapters.embedded.recording_track import WINDOW, Track
from hotline.core.ids import LegId, RecordingId
from hotline.wire import wav
from hotline.wire.g711 import Law

log = structlog.get_logger(__name__)

PART: Final = ".part"
_BLOCK: Final = 2  # bytes of one stereo sample
_QUEUE: Final = 2048
"""Pieces waiting for the disk: with 60 recordings, 17 s of a stalled disk."""
_MAX_WAITING_BYTES: Final = 60 * 16_000
"""What one recording keeps back while the queue is full: a minute."""
_SYNC_EVERY_BYTES: Final = 10 * 16_000
"""Ask the kernel to write back every ten seconds of audio."""
_HASH_PIECE: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A finished file. `path` is relative to the data folder."""

    path: str
    size_bytes: int
    duration_ms: int
    sha256: str
    error: str = ""


class RecordingFile:
    """A file being written. Belongs to the writer's thread."""

    def __init__(self, root: Path, path: str) -> None:
        self._root = root
        self._path = path
        self._fd = -1
        self._size = 0
        self._since_sync = 0
        self.error = ""

    def write(self, audio: bytes) -> None:
        """Append and put the header right. Errors are remembered, not raised: the call goes on."""
        if self.error:
            return
        try:
            if self._fd < 0:
                self._open()
            self._append(audio)
        except OSError as problem:
            self.error = "disk_full" if problem.errno in {errno.ENOSPC, errno.EDQUOT} else "write_failed"
            log.warning("recording_cut_short", error=self.error, errno=problem.errno)

    def _open(self) -> None:
        part = self._root / (self._path + PART)
        part.parent.mkdir(parents=True, exist_ok=True)
        self._fd = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)
        fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.pwrite(self._fd, wav.header(Law.ALAW, _BLOCK, 0), 0)

    def _append(self, audio: bytes) -> None:
        rest = memoryview(audio)
        try:
            while rest:
                done = os.pwrite(self._fd, rest, wav.HEADER_SIZE + self._size)
                self._size += done
                rest = rest[done:]
        finally:
            whole = self._size - self._size % _BLOCK
            os.pwrite(self._fd, wav.header(Law.ALAW, _BLOCK, whole), 0)
        self._since_sync += len(audio)
        if self._since_sync >= _SYNC_EVERY_BYTES:
            self._since_sync = 0
            os.fdatasync(self._fd)

    def close(self) -> Closed:
        """Sync, rename, hash. Never raises."""
        try:
            if self._fd < 0 and not self.error:
                self._open()
            if self._fd >= 0:
                return self._finish()
        except OSError as problem:
            self.error = self.error or ("disk_full" if problem.errno == errno.ENOSPC else "write_failed")
            log.warning("recording_not_closed", errno=problem.errno)
        finally:
            if self._fd >= 0:
                os.close(self._fd)
                self._fd = -1
        return Closed(path=self._path, size_bytes=0, duration_ms=0, sha256="", error=self.error)

    def _finish(self) -> Closed:
        self._size -= self._size % _BLOCK
        os.ftruncate(self._fd, wav.HEADER_SIZE + self._size)
        os.fsync(self._fd)
        path = _settle(self._root, self._path)
        size = wav.HEADER_SIZE + self._size
        digest = _sha256(self._fd)
        return Closed(
            path=path, size_bytes=size, duration_ms=self._size // _BLOCK // 8, sha256=digest, error=self.error
        )


def _settle(root: Path, path: str) -> str:
    """Give a finished part its final name, never on top of another recording; return the name."""
    part, final = root / (path + PART), root / path
    number = 1
    while final.exists():
        number += 1
        final = (root / path).with_stem(f"{Path(path).stem}-{number}")
    part.rename(final)
    folder = os.open(final.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return str(final.relative_to(root))


def _sha256(fd: int) -> str:
    digest, at = hashlib.sha256(), 0
    while piece := os.pread(fd, _HASH_PIECE, at):
        digest.update(piece)
        at += len(piece)
    return digest.hexdigest()


class RecordWriter:
    """The thread that writes all recordings. `OSError` stays in its file; the queue is bounded."""

    def __init__(self) -> None:
        self._queue: queue.Queue[Callable[[], None] | None] = queue.Queue(_QUEUE)
        self._thread = threading.Thread(target=self._run, name="recordings", daemon=True)
        self._thread.start()

    def post(self, work: Callable[[], None]) -> bool:
        """Hand over work; False when the disk is so far behind that the queue is full."""
        try:
            self._queue.put_nowait(work)
        except queue.Full:
            return False
        return True

    def _run(self) -> None:
        while (work := self._queue.get()) is not None:
            try:
                work()
            except Exception:
                log.exception("recording_thread_fault")

    def stop(self, timeout_s: float) -> None:
        """Finish what is queued, then end, or give up after a time. Blocks; call it from a thread."""
        try:
            self._queue.put(None, timeout=timeout_s)
        except queue.Full:
            log.warning("recording_thread_stuck")
        self._thread.join(timeout_s)


class Recording:
    """One leg's recording as the loop sees it: two tracks and pieces on their way to the thread."""

    def __init__(
        self, recording_id: RecordingId, leg_id: LegId, root: Path, path: str, writer: RecordWriter, now: int
    ) -> None:
        self.recording_id = recording_id
        self.leg_id = leg_id
        self.paused = False
        self._begun = now
        self._written = 0  # samples
        self._left = Track()
        self._right = Track()
        self._file = RecordingFile(root, path)
        self._writer = writer
        self._waiting = bytearray()
        self._overrun = False

    def says(self, source: object, timestamp: int, alaw: bytes, now: int) -> None:
        """The leg's own speech."""
        if not self.paused:
            self._left.place(source, timestamp, alaw, now - self._begun)

    def hears(self, source: object, timestamp: int, alaw: bytes, now: int) -> None:
        """What people say to the leg."""
        if not self.paused:
            self._right.place(source, timestamp, alaw, now - self._begun)

    def flush(self, now: int) -> None:
        """Send to disk what no packet can change any more. Called about twice a second."""
        self._cut(now - self._begun - WINDOW)

    def _cut(self, until: int) -> None:
        count = until - self._written
        if count > 0 and not self._overrun:
            stereo = bytearray(_BLOCK * count)
            stereo[0::2] = self._left.take(count)
            stereo[1::2] = self._right.take(count)
            self._written = until
            self._waiting += stereo
        if self._waiting:
            piece = bytes(self._waiting)
            if self._writer.post(lambda: self._file.write(piece)):
                self._waiting.clear()
            elif len(self._waiting) > _MAX_WAITING_BYTES:
                self._overrun = True  # the disk stands still: keep what there is, record no more

    def close(self, now: int, when_closed: Callable[[Closed], None]) -> None:
        """End at `now`; `when_closed` is called on the loop, once."""
        loop = asyncio.get_running_loop()
        self._cut(now - self._begun)
        rest = bytes(self._waiting)
        self._waiting.clear()

        def finish() -> None:
            if rest:
                self._file.write(rest)
            if self._overrun and not self._file.error:
                self._file.error = "write_failed"
            closed = self._file.close()
            with contextlib.suppress(RuntimeError):  # the loop is gone: nobody listens any more
                loop.call_soon_threadsafe(when_closed, closed)

        self._post_until_taken(loop, finish)

    def _post_until_taken(self, loop: asyncio.AbstractEventLoop, work: Callable[[], None]) -> None:
        if not self._writer.post(work):
            loop.call_later(0.5, self._post_until_taken, loop, work)


def salvage(data: Path) -> list[Closed]:
    """Finish the recordings that a killed process left as `.part`: header, sync, name. Blocks; files of living writers are left alone.

    A part with a sound header is a recording whatever its length; one that cannot be mended is left where it is and logged.
    """
    parts = (
        Path(folder) / name for folder, _, names in os.walk(data) for name in names if name.endswith(PART)
    )
    return [closed for part in sorted(parts) for closed in _salvage_one(data, part)]


def _salvage_one(data: Path, part: Path) -> Iterator[Closed]:
    path = str(part.relative_to(data)).removesuffix(PART)
    try:
        fd = os.open(part, os.O_RDWR | os.O_CLOEXEC)
    except OSError as problem:
        log.warning("recording_not_salvaged", errno=problem.errno)
        return
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        size = max(0, os.fstat(fd).st_size - wav.HEADER_SIZE)
        size -= size % _BLOCK
        os.pwrite(fd, wav.header(Law.ALAW, _BLOCK, size), 0)
        os.ftruncate(fd, wav.HEADER_SIZE + size)
        os.fsync(fd)
        path = _settle(data, path)
        digest = _sha256(fd)
    except BlockingIOError:
        return  # somebody writes it now
    except OSError as problem:
        log.warning("recording_not_salvaged", errno=problem.errno)
        return
    finally:
        os.close(fd)
    yield Closed(path=path, size_bytes=wav.HEADER_SIZE + size, duration_ms=size // _BLOCK // 8, sha256=digest)
