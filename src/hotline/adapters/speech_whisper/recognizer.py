"""The `Recognizer` port over a worker process in the environment of the `speech` extra (`platform.worker_line`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hotline.platform.worker_line import WorkerFailed, WorkerLimits, WorkerLine
from hotline.ports.speech import HEARING_MAX_S, SAMPLE_RATE_HZ, Heard, RecognitionFailed, SpeechMissing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

WAITING_MAX: Final = 16
LOAD_S: Final = 60.0
DEADLINE_S: Final = 60.0
SHORTEST_S: Final = 0.2
HINTS_MAX: Final = 40
_BYTES_PER_S: Final = 2 * SAMPLE_RATE_HZ


class WhisperRecognizer:
    """Writes down Mandarin with Whisper base. Create anywhere; `close` it on the loop that used it."""

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
        self._line = WorkerLine("speech-recognition", command, source=source, limits=limits)

    @property
    def installed(self) -> bool:
        return self._installed()

    async def recognize(self, audio: bytes, *, hints: Sequence[str] = ()) -> Heard:
        seconds = len(audio) / _BYTES_PER_S
        if len(audio) % 2 or not SHORTEST_S <= seconds <= HEARING_MAX_S:
            raise RecognitionFailed(
                f"audio lasts {SHORTEST_S} to {HEARING_MAX_S} seconds of 16-bit samples", retryable=False
            )
        if not self._installed():
            raise SpeechMissing
        try:
            answer, _ = await self._line.ask({"hints": list(hints)[:HINTS_MAX]}, audio)
        except WorkerFailed as failed:
            raise RecognitionFailed(failed.reason, retryable=failed.retryable) from failed
        return Heard(text=str(answer["text"]), seconds=seconds, no_speech=float(answer["no_speech"]))

    async def warm(self) -> None:
        """Have the model loaded before somebody waits for it."""
        if self._installed():
            await self._line.warm()

    async def close(self) -> None:
        await self._line.close()


def worker_command(python: Path, model: Path) -> tuple[str, ...]:
    """Return the command of the worker: the speech environment's interpreter, and the folder of the joined model."""
    return (str(python), "-m", "hotline.adapters.speech_whisper.worker", "--model", str(model))
