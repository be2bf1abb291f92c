"""Recordings: what FreeSWITCH writes (16-bit stereo) becomes the file that everybody else reads (A-law stereo, synced, named, hashed).

FreeSWITCH records whatever a leg hears, prompts and music too. Ours must hold on the right only what people say; so we keep beside
each part a list of when the leg was connected with people (`.marks`), and lay silence over the rest. Parts that lie about
when no application was there are finished at the next connection.
"""

import asyncio
import contextlib
import errno
import hashlib
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from hotline.adapters.freeswitch.orders import PARTS, Part, part_of
from hotline.wire import wav
from hotline.wire.g711 import Law, encode

log = structlog.stdlib.get_logger(__name__)

_PIECE: Final = 8_000 * 4 * 10
"""Ten seconds of 16-bit stereo at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A finished file. `path` is relative to the data folder."""

    path: str
    size_bytes: int
    duration_ms: int
    sha256: str
    error: str = ""


class Recordings:
    """Marks and finishes parts, one at a time, in a thread of its own."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._parts = data / PARTS
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="recordings")
        self._finishing: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def prepare(self) -> None:
        """Make the folder that FreeSWITCH writes into."""
        self._parts.mkdir(parents=True, exist_ok=True)

    def mark(self, part: Part, at_us: int, what: str) -> None:
        """Write down that the leg is connected with people from now on (`on`), is not (`off`), or that the file begins (`start`)."""
        self._thread.submit(self._write_mark, part, f"{at_us} {what}\n")

    def _write_mark(self, part: Part, line: str) -> None:
        try:
            with (self._parts / part.name).with_suffix(".marks").open("a") as marks:
                marks.write(line)
        except OSError as problem:
            log.warning("recording_mark_lost", errno=problem.errno)

    def finish(self, part: Part, when_done: Callable[[Closed], None]) -> bool:
        """Make the final file and say so on the loop; False when that is under way already."""
        if part.name in self._finishing:
            return False
        self._finishing.add(part.name)
        task = asyncio.create_task(self._finish(part, when_done), name="recording-finish")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return True

    async def _finish(self, part: Part, when_done: Callable[[Closed], None]) -> None:
        closed = await asyncio.get_running_loop().run_in_executor(self._thread, finish_part, self._data, part)
        self._finishing.discard(part.name)
        when_done(closed)

    async def lying_about(self) -> list[Part]:
        """Return the parts in the folder."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._list)

    def _list(self) -> list[Part]:
        try:
            names = sorted(entry.name for entry in self._parts.iterdir())
        except FileNotFoundError:
            return []
        return [part for name in names if name.endswith(".wav") and (part := part_of(name)) is not None]

    async def close(self) -> None:
        """Finish what was begun."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=5.0)
        self._thread.shutdown(wait=False, cancel_futures=True)


def growing(data: Path, path: str) -> Path:
    """Return the file that FreeSWITCH writes for the recording at `path`; where there is none, one that is not there."""
    parts = data / PARTS
    named = ((file, part_of(file.name)) for file in parts.glob("*.wav"))
    return next((file for file, part in named if part is not None and part.path == path), parts / "none.wav")


def finish_part(data: Path, part: Part) -> Closed:
    """Turn a part into the final file; remove it. Never raises: what went wrong stands in `error`."""
    source = data / PARTS / part.name
    marks = source.with_suffix(".marks")
    try:
        people = _people(marks.read_text()) if marks.exists() else [(0, 1 << 60)]
        closed = _write(data, part, source, people)
    except OSError as problem:
        error = "disk_full" if problem.errno in {errno.ENOSPC, errno.EDQUOT} else "write_failed"
        log.warning("recording_not_finished", error=error, errno=problem.errno)
        return Closed(path=part.path, size_bytes=0, duration_ms=0, sha256="", error=error)
    with contextlib.suppress(OSError):
        source.unlink(missing_ok=True)
        marks.unlink(missing_ok=True)
    return closed


def _people(text: str) -> list[tuple[int, int]]:
    """Return the spans (samples from the beginning) in which people could be heard."""
    spans: list[tuple[int, int]] = []
    start_us: int | None = None
    since: int | None = None
    lines = sorted(
        (int(at), what) for at, _, what in (line.partition(" ") for line in text.splitlines()) if at.isdigit()
    )
    for at_us, what in lines:
        if what == "start":
            start_us = at_us
    for at_us, what in lines:
        at = max(0, (at_us - (start_us if start_us is not None else lines[0][0])) * 8 // 1000)
        if what == "on" and since is None:
            since = at
        elif what == "off" and since is not None:
            spans.append((since, at))
            since = None
    if since is not None:
        spans.append((since, 1 << 60))
    return spans


def _write(data: Path, part: Part, source: Path, people: list[tuple[int, int]]) -> Closed:
    final = data / part.path
    final.parent.mkdir(parents=True, exist_ok=True)
    aside = final.with_name(f"{final.name}.{part.recording_id}.new"[:240])
    digest, size = hashlib.sha256(), 0
    fd = os.open(aside, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o640)
    try:
        os.pwrite(fd, wav.header(Law.ALAW, 2, 0), 0)
        for piece in _pieces(source, people):
            _append(fd, piece, wav.HEADER_SIZE + size)
            size += len(piece)
        header = wav.header(Law.ALAW, 2, size)
        os.pwrite(fd, header, 0)
        os.fsync(fd)
        at = 0
        while block := os.pread(fd, 1 << 20, at):
            digest.update(block)
            at += len(block)
    finally:
        os.close(fd)
    path = _settle(data, aside, final)
    return Closed(
        path=path,
        size_bytes=wav.HEADER_SIZE + size,
        duration_ms=size // 2 // 8,
        sha256=digest.hexdigest(),
    )


def _append(fd: int, piece: bytes, at: int) -> None:
    rest = memoryview(piece)
    while rest:
        done = os.pwrite(fd, rest, at)
        at += done
        rest = rest[done:]


def _pieces(source: Path, people: list[tuple[int, int]]) -> Iterator[bytes]:
    """Yield the audio as A-law, interleaved, with silence on the right outside the spans. Nothing when FreeSWITCH wrote nothing."""
    if not source.exists():
        return
    at = 0
    for block in _linear(source):
        alaw = bytearray(encode(Law.ALAW, block))
        samples = len(alaw) // 2
        _silence(alaw, at, samples, people)
        at += samples
        yield bytes(alaw)


def _linear(source: Path) -> Iterator[bytes]:
    with source.open("rb") as file:
        head = file.read(4_096)
        start = head.find(b"data")
        if head[:4] != b"RIFF" or start < 0:
            return
        channels = int.from_bytes(head[22:24], "little")
        # The size in the header is right only after an orderly close; the rest of the file is audio either way.
        file.seek(start + 8)
        while block := file.read(_PIECE):
            block = block[: len(block) - len(block) % (2 * channels)]
            yield block if channels == 2 else b"".join(block[i : i + 2] * 2 for i in range(0, len(block), 2))


def _silence(alaw: bytearray, at: int, samples: int, people: list[tuple[int, int]]) -> None:
    """Lay silence over the right channel wherever nobody could be heard. `at` is the position of the first sample."""
    quiet = Law.ALAW.silence
    position = at
    for begin, end in [*people, (at + samples, at + samples)]:
        until = min(max(begin, position), at + samples)
        if until > position:
            alaw[2 * (position - at) + 1 : 2 * (until - at) : 2] = quiet * (until - position)
        position = min(max(position, end), at + samples)


def _settle(data: Path, aside: Path, final: Path) -> str:
    """Give the file its name, never on top of another recording; return the name."""
    number, target = 1, final
    while target.exists():
        number += 1
        target = final.with_stem(f"{final.stem}-{number}")
    aside.rename(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return str(target.relative_to(data))
