"""Texts spoken into files, each once (`ports.speech.SpokenTexts`): a folder of A-law files named by what they say.

A long text is spoken sentence by sentence, so that its progress can be shown and short ones come in between. Files that nobody
asked for in a long time are removed when the folder grows too large; what is kept for good is copied by whoever keeps it.
"""

import asyncio
import hashlib
import os
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import structlog

from hotline.core.reading_aloud import in_words
from hotline.ports.speech import (
    SPEED_MAX,
    SPEED_MIN,
    SPOKEN_TEXT_LIMIT,
    SpeechMissing,
    SpokenFile,
    SynthesisFailed,
    Synthesizer,
)
from hotline.wire import wav
from hotline.wire.g711 import RATE, Law, encode

log = structlog.stdlib.get_logger(__name__)

FOLDER: Final = "speech"
RECIPE: Final = 2
"""Raised when a change of the synthesiser changes what is heard: everything is spoken anew."""
PIECE_MAX: Final = 120
PAUSE_MS: Final = 250
TRIES: Final = 3
FOLDER_BYTES_MAX: Final = 500_000_000
"""About 17 hours of speech."""
ONCE_S: Final = 600.0
"""What tells a confidential value of a caller is heard by then, and removed."""
_ONCE: Final = "once"
KEEP_AT_LEAST_S: Final = 86_400
_SENTENCE: Final = re.compile(r"[^。！？；!?;\n]+[。！？；!?;\n]*")
_CLAUSE: Final = re.compile(r"[^，,、：:]+[，,、：:]*")
_BREATH: Final = re.compile(r"(?:\$\{[^}]*\}|[^，。！？；!?;\n])+[，。！？；!?;\n”）\s]*")
CLAUSE_LEAST: Final = 2
"""Characters; what is shorter is said together with what follows."""


@dataclass(slots=True)
class Speaking:
    """A text that is being spoken: how many of its pieces are done."""

    task: asyncio.Task[SpokenFile]
    total: int
    done: int = 0


class SpokenFiles:
    """Safe for use by several tasks at once: who asks for the same text waits for the same work."""

    def __init__(
        self,
        data: Path,
        synthesizer: Callable[[], Synthesizer | None],
        *,
        bytes_max: int = FOLDER_BYTES_MAX,
    ) -> None:
        """`data` is the data folder; `synthesizer` is asked for at each text, None where there is none."""
        self._data = data
        self._synthesizer = synthesizer
        self._bytes_max = bytes_max
        self._under_way: dict[str, Speaking] = {}
        for left in (data / FOLDER).glob(f"*/{_ONCE}*.wav"):
            left.unlink(missing_ok=True)

    def key_of(self, text: str, voice: str, speed: float) -> str:
        """Return the name of the file that says this."""
        parts = (RECIPE, in_words(text), voice or self._default_voice(), f"{speed:.2f}")
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:40]

    def path_of(self, key: str) -> str:
        """Return where the file of this name lies, relative to the data folder."""
        return f"{FOLDER}/{key[:2]}/{key}.wav"

    def progress(self, key: str) -> tuple[int, int] | None:
        """Return how many pieces are done, of how many, while the text is being spoken."""
        speaking = self._under_way.get(key)
        return (speaking.done, speaking.total) if speaking is not None else None

    def begin(self, text: str, *, voice: str = "", speed: float = 1.0, once: bool = False) -> str:
        """Begin to speak `text` unless it is there or under way; return its name. Raises what `file_of` raises at once."""
        _check(text, speed)
        key = f"{_ONCE}-{secrets.token_hex(16)}" if once else self.key_of(text, voice, speed)
        if key not in self._under_way and not (self._data / self.path_of(key)).is_file():
            synthesizer = self._synthesizer()
            if synthesizer is None or not synthesizer.installed:
                raise SpeechMissing
            pieces = pieces_of(in_words(text))
            work = self._speak(key, pieces, voice or self._default_voice(), speed)
            task = asyncio.create_task(work, name=f"speak-{key[:8]}")
            self._under_way[key] = Speaking(task, len(pieces))
            task.add_done_callback(lambda _: self._under_way.pop(key, None))
        return key

    async def file_of(
        self, text: str, *, voice: str = "", speed: float = 1.0, once: bool = False
    ) -> SpokenFile:
        key = self.begin(text, voice=voice, speed=speed, once=once)
        speaking = self._under_way.get(key)
        if speaking is not None:
            # Who asked may give up; the text is spoken to its end, for whoever asks next.
            return await asyncio.shield(speaking.task)
        return await asyncio.to_thread(self._known, key)

    async def close(self) -> None:
        """Give up what is under way."""
        tasks = [speaking.task for speaking in self._under_way.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _default_voice(self) -> str:
        synthesizer = self._synthesizer()
        return synthesizer.voices[0] if synthesizer is not None and synthesizer.voices else ""

    def _known(self, key: str) -> SpokenFile:
        path = self.path_of(key)
        data = (self._data / path).read_bytes()
        os.utime(self._data / path)
        return SpokenFile(path=path, duration_ms=wav.parse(data).duration_ms, fresh=False)

    async def _speak(self, key: str, pieces: list[str], voice: str, speed: float) -> SpokenFile:
        samples = bytearray()
        for piece in pieces:
            if samples:
                samples += bytes(2 * RATE * PAUSE_MS // 1_000)
            samples += await self._piece(piece, voice, speed)
            self._under_way[key].done += 1
        path = self.path_of(key)
        file = wav.g711_file(Law.ALAW, encode(Law.ALAW, bytes(samples)))
        await asyncio.to_thread(self._keep, self._data / path, file)
        if key.startswith(_ONCE):
            unlink = partial((self._data / path).unlink, missing_ok=True)
            asyncio.get_running_loop().call_later(ONCE_S, unlink)
        return SpokenFile(path=path, duration_ms=len(samples) // 2 * 1_000 // RATE, fresh=True)

    async def _piece(self, piece: str, voice: str, speed: float) -> bytes:
        synthesizer = self._synthesizer()
        if synthesizer is None:
            raise SpeechMissing
        for tries_left in reversed(range(TRIES)):
            try:
                return (await synthesizer.synthesize(piece, voice=voice, speed=speed)).samples
            except SynthesisFailed as failed:
                if not failed.retryable or not tries_left:
                    raise
                log.warning("synthesis_tried_again", reason=failed.reason)
        raise AssertionError("every try returns or raises")

    def _keep(self, target: Path, file: bytes) -> None:
        """Write the file whole, or not at all; make room first where the folder is full."""
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = target.with_suffix(".new")
        aside.write_bytes(file)
        aside.replace(target)
        self._make_room()

    def _make_room(self) -> None:
        files = sorted(
            (stat.st_mtime, stat.st_size, path) for path in (self._data / FOLDER).glob("*/*.wav")
             for stat in [path.stat()]
        )  # fmt: skip
        size = sum(entry[1] for entry in files)
        for used_at, length, path in files:
            if size <= self._bytes_max or time.time() - used_at < KEEP_AT_LEAST_S:
                return
            path.unlink(missing_ok=True)
            size -= length


def clauses_of(text: str) -> list[str]:
    """Cut a text where a speaker takes breath, each part with its mark; expressions in braces (`${…}`) stay whole."""
    clauses: list[str] = []
    for part in _BREATH.findall(text):
        if not re.search(r"[\w$]", part):
            continue
        if clauses and len(re.sub(r"\W", "", clauses[-1])) < CLAUSE_LEAST:
            clauses[-1] += part.strip()
        else:
            clauses.append(part.strip())
    return clauses or [text]


def _check(text: str, speed: float) -> None:
    if not text.strip() or len(text) > SPOKEN_TEXT_LIMIT:
        raise SynthesisFailed(f"a text has 1 to {SPOKEN_TEXT_LIMIT} characters", retryable=False)
    if not SPEED_MIN <= speed <= SPEED_MAX:
        raise SynthesisFailed(f"speed lies between {SPEED_MIN} and {SPEED_MAX}", retryable=False)


def pieces_of(text: str, most: int = PIECE_MAX) -> list[str]:
    """Cut a text at the ends of sentences, then at commas, into pieces of at most `most` characters that have something to say."""
    pieces: list[str] = []
    for sentence in _SENTENCE.findall(text):
        parts = _CLAUSE.findall(sentence) if len(sentence) > most else [sentence]
        for part in parts:
            for start in range(0, len(part), most):
                cut = part[start : start + most]
                short = pieces and len(pieces[-1]) + len(cut) <= most // 2
                if short:
                    pieces[-1] += cut
                else:
                    pieces.append(cut)
    return [piece.strip() for piece in pieces if re.search(r"\w", piece)] or [text]
