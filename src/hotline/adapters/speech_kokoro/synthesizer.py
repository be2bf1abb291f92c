"""The `Synthesizer` port over a worker process in the environment of the `speech` extra (`platform.worker_line`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hotline.adapters.speech_kokoro.voices import VOICE_SHA256
from hotline.platform.worker_line import WorkerFailed, WorkerLimits, WorkerLine
from hotline.ports.speech import SPEED_MAX, SPEED_MIN, TEXT_LIMIT, Speech, SpeechMissing, SynthesisFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

WAITING_MAX: Final = 8
LOAD_S: Final = 60.0
DEADLINE_S: Final = 180.0
"""For the longest text on a busy machine: 500 characters are two minutes of speech, made at about half real time."""


class KokoroSynthesizer:
    """Speaks with Kokoro-82M. Create anywhere; `close` it on the loop that used it."""

    def __init__(
        self,
        command: Callable[[], Sequence[str]],
        *,
        source: Path,
        installed: Callable[[], bool] = lambda: True,
        load_s: float = LOAD_S,
        deadline_s: float = DEADLINE_S,
    ) -> None:
        """Name the worker: `command` starts it (see `worker_command`), `source` is the folder that holds `hotline`.

        `installed` is asked at each request: the environment may come while the application runs.
        """
        limits = WorkerLimits(waiting=WAITING_MAX, load_s=load_s, deadline_s=deadline_s)
        self._installed = installed
        self._line = WorkerLine("speech-synthesis", command, source=source, limits=limits)

    @property
    def installed(self) -> bool:
        return self._installed()

    @property
    def voices(self) -> tuple[str, ...]:
        return tuple(VOICE_SHA256)

    async def synthesize(self, text: str, *, voice: str, speed: float = 1.0) -> Speech:
        _refuse_nonsense(text, voice, speed)
        if not self._installed():
            raise SpeechMissing
        try:
            _, audio = await self._line.ask({"text": text, "voice": voice, "speed": speed})
        except WorkerFailed as failed:
            raise SynthesisFailed(failed.reason, retryable=failed.retryable) from failed
        return Speech(samples=audio)

    async def warm(self) -> None:
        """Have the model loaded before somebody waits for it."""
        if self._installed():
            await self._line.warm()

    async def close(self) -> None:
        await self._line.close()


def _refuse_nonsense(text: str, voice: str, speed: float) -> None:
    if not text.strip() or len(text) > TEXT_LIMIT:
        raise SynthesisFailed(f"a text has 1 to {TEXT_LIMIT} characters", retryable=False)
    if voice not in VOICE_SHA256:
        raise SynthesisFailed("there is no such voice", retryable=False)
    if not SPEED_MIN <= speed <= SPEED_MAX:
        raise SynthesisFailed(f"speed lies between {SPEED_MIN} and {SPEED_MAX}", retryable=False)


def worker_command(python: Path, voices: Path) -> tuple[str, ...]:
    """Return the command of the worker: the speech environment's interpreter, and the folder of voice files."""
    return (str(python), "-m", "hotline.adapters.speech_kokoro.worker", "--voices", str(voices))
