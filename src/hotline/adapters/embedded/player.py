"""Sounds that legs hear: prompts kept as A-law in memory, and where in them a leg is."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from hotline.core.ids import PlayId
from hotline.wire import wav
from hotline.wire.g711 import FRAME, Law

CACHE_BYTES = 64 * 1024 * 1024
MAX_SOUND_BYTES = 64 * 1024 * 1024
_FRESH_S: Final = 5.0
"""A cached sound is compared with its file again after this long (somebody may have replaced the prompt)."""

WhenLoaded = Callable[[bytes | None], None]


class Playback:
    """Where a leg is in a sequence of sounds. `play_id` is None for music on hold. `repeat` 0 is for ever."""

    __slots__ = ("_at", "_data", "_runs_left", "play_id", "stop_on_digit")

    def __init__(self, play_id: PlayId | None, repeat: int = 1, *, stop_on_digit: bool = False) -> None:
        self.play_id = play_id
        self.stop_on_digit = stop_on_digit
        self._runs_left = repeat if repeat > 0 else -1
        self._data: bytes | None = None
        self._at = 0

    def begin(self, data: bytes) -> None:
        """The sounds are loaded: A-law, not empty."""
        self._data = data

    @property
    def finished(self) -> bool:
        """All was given out."""
        return self._runs_left == 0

    def frame(self) -> bytes | None:
        """Return the next 20 ms of A-law; None while loading and after the end."""
        data = self._data
        if data is None or self._runs_left == 0:
            return None
        at = self._at
        frame = data[at : at + FRAME]
        self._at = at = at + FRAME
        if at >= len(data):
            if self._runs_left > 0:
                self._runs_left -= 1
            self._at = 0
            if len(frame) < FRAME:
                frame += Law.ALAW.silence * (FRAME - len(frame))
        return frame


class SoundCache:
    """Sounds of the data folder as A-law, the least used dropped beyond `CACHE_BYTES`. Files are opened in a thread, never on the loop."""

    def __init__(self, data: Path) -> None:
        self._root = data.resolve()
        self._loop = asyncio.get_running_loop()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sounds")
        self._sounds: OrderedDict[str, tuple[bytes, int, float]] = (
            OrderedDict()
        )  # path → audio, mtime, checked at
        self._bytes = 0

    def fetch(self, paths: tuple[str, ...], when_loaded: WhenLoaded) -> None:
        """Call back with the sounds joined; at once when all are in memory, later otherwise; with None when one cannot be had."""
        cached = [self._sounds.get(path) for path in paths]
        if cached and all(cached):
            for path in paths:
                self._sounds.move_to_end(path)
            when_loaded(b"".join(entry[0] for entry in cached if entry))
            oldest = min(entry[2] for entry in cached if entry)
            if self._loop.time() - oldest > _FRESH_S:
                self._run(paths, lambda _: None)
        else:
            self._run(paths, when_loaded)

    def _run(self, paths: tuple[str, ...], when_loaded: WhenLoaded) -> None:
        known = {path: entry[1] for path in paths if (entry := self._sounds.get(path))}
        future = self._loop.run_in_executor(self._thread, self._read_all, paths, known)
        future.add_done_callback(lambda done: self._loaded(paths, done, when_loaded))

    def _loaded(
        self,
        paths: tuple[str, ...],
        done: "asyncio.Future[dict[str, tuple[bytes, int] | None]]",
        when_loaded: WhenLoaded,
    ) -> None:
        if done.cancelled():
            return
        try:
            read = done.result()
        except (OSError, ValueError):
            for path in paths:
                self._forget(path)
            when_loaded(None)
            return
        now = self._loop.time()
        parts: list[bytes] = []
        for path in paths:
            new, old = read.get(path), self._sounds.get(path)
            if new is not None:
                self._keep(path, (*new, now))
                parts.append(new[0])
            elif old is not None:  # unchanged on disk
                self._sounds[path] = (old[0], old[1], now)
                parts.append(old[0])
            else:  # dropped from memory meanwhile: read it after all
                self._run(paths, when_loaded)
                return
        when_loaded(b"".join(parts) or None)

    def _keep(self, path: str, entry: tuple[bytes, int, float]) -> None:
        self._forget(path)
        self._sounds[path] = entry
        self._bytes += len(entry[0])
        while self._bytes > CACHE_BYTES and len(self._sounds) > 1:
            _, (audio, _, _) = self._sounds.popitem(last=False)
            self._bytes -= len(audio)

    def _forget(self, path: str) -> None:
        if old := self._sounds.pop(path, None):
            self._bytes -= len(old[0])

    def _read_all(self, paths: tuple[str, ...], known: dict[str, int]) -> dict[str, tuple[bytes, int] | None]:
        return {path: self._read(path, known.get(path)) for path in paths}

    def _read(self, path: str, known_mtime: int | None) -> tuple[bytes, int] | None:
        """Return audio and modification time; None when the file is as known. Raises `OSError`, `BadWav`."""
        file = (self._root / path).resolve()
        if not file.is_relative_to(self._root):
            raise FileNotFoundError(path)
        status = file.stat()
        if status.st_mtime_ns == known_mtime:
            return None
        if status.st_size > MAX_SOUND_BYTES:
            raise wav.BadWav("too long for a prompt")
        return wav.to_alaw(wav.parse(file.read_bytes())), status.st_mtime_ns

    def close(self) -> None:
        """Let the thread go."""
        self._thread.shutdown(wait=False, cancel_futures=True)
