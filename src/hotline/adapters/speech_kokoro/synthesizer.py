"""The `Synthesizer` port over a worker process in the environment of the `speech` extra.

The model is heavy: it is loaded by the first request, shares no interpreter with the application, and may be killed at
any time; the next request starts it again. Requests wait in a bounded line; each has a deadline.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from typing import TYPE_CHECKING, Any, Final

import structlog

from hotline.adapters.speech_kokoro.voices import VOICE_SHA256
from hotline.ports.speech import SPEED_MAX, SPEED_MIN, TEXT_LIMIT, Speech, SynthesisFailed

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Sequence
    from pathlib import Path

log = structlog.get_logger(__name__)

WAITING_MAX: Final = 8
LOAD_S: Final = 60.0
DEADLINE_S: Final = 180.0
"""For the longest text on a busy machine: 500 characters are two minutes of speech, made at about half real time."""

STOP_S: Final = 2.0
ANSWER_BYTES_MAX: Final = 16 * 1024 * 1024


class KokoroSynthesizer:
    """Speaks with Kokoro-82M. Create anywhere; `close` it on the loop that used it."""

    def __init__(
        self, command: Sequence[str], *, source: Path, load_s: float = LOAD_S, deadline_s: float = DEADLINE_S
    ) -> None:
        """Name the worker: `command` starts it (see `worker_command`), `source` is the folder that holds `hotline`."""
        self._command = tuple(command)
        self._source = source
        self._load_s = load_s
        self._deadline_s = deadline_s
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._process: Process | None = None
        self._closed = False

    @property
    def voices(self) -> tuple[str, ...]:
        return tuple(VOICE_SHA256)

    async def synthesize(self, text: str, *, voice: str, speed: float = 1.0) -> Speech:
        self._refuse_nonsense(text, voice, speed)
        if self._waiting >= WAITING_MAX:
            raise SynthesisFailed("too many texts are waiting to be spoken", retryable=True)
        self._waiting += 1
        try:
            async with self._turn:
                return Speech(samples=await self._ask({"text": text, "voice": voice, "speed": speed}))
        finally:
            self._waiting -= 1

    async def close(self) -> None:
        self._closed = True
        await self._end()

    def _refuse_nonsense(self, text: str, voice: str, speed: float) -> None:
        if not text.strip() or len(text) > TEXT_LIMIT:
            raise SynthesisFailed(f"a text has 1 to {TEXT_LIMIT} characters", retryable=False)
        if voice not in VOICE_SHA256:
            raise SynthesisFailed("there is no such voice", retryable=False)
        if not SPEED_MIN <= speed <= SPEED_MAX:
            raise SynthesisFailed(f"speed lies between {SPEED_MIN} and {SPEED_MAX}", retryable=False)

    async def _ask(self, request: dict[str, Any]) -> bytes:
        """Have one request answered. Whatever goes wrong half way, the worker is ended: its answers would be off by one."""
        whole = False
        try:
            process = await self._ready()
            assert process.stdin is not None
            async with asyncio.timeout(self._deadline_s):
                process.stdin.write(json.dumps(request).encode() + b"\n")
                await process.stdin.drain()
                header, audio = await _answer(process)
            whole = True
        except TimeoutError as error:
            raise SynthesisFailed("the speech model did not answer in time", retryable=True) from error
        except (OSError, EOFError, ValueError) as error:
            raise SynthesisFailed("the speech model was lost", retryable=True) from error
        finally:
            if not whole:
                await self._end()
        if "error" in header:
            raise SynthesisFailed(str(header["error"]), retryable=False)
        return audio

    async def _ready(self) -> Process:
        """Return the running worker; start it, and wait until its model is loaded, where there is none."""
        if self._closed:
            raise SynthesisFailed("the synthesiser is closed", retryable=True)
        if self._process is not None and self._process.returncode is None:
            return self._process
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(self._source)},
        )
        async with asyncio.timeout(self._load_s):
            await _answer(self._process)
        log.info("speech_model_loaded", pid=self._process.pid)
        return self._process

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_S):
                await process.wait()


def worker_command(python: Path, voices: Path) -> tuple[str, ...]:
    """Return the command of the worker: the speech environment's interpreter, and the folder of voice files."""
    return (str(python), "-m", "hotline.adapters.speech_kokoro.worker", "--voices", str(voices))


async def _answer(process: Process) -> tuple[dict[str, Any], bytes]:
    """Read one answer. Raises EOFError when the worker has ended, ValueError when it talks nonsense."""
    assert process.stdout is not None
    line = await process.stdout.readline()
    if not line:
        raise EOFError
    header = json.loads(line)
    size = int(header.get("bytes", 0))
    if not 0 <= size <= ANSWER_BYTES_MAX:
        raise ValueError("an answer beyond all measure")
    return header, await process.stdout.readexactly(size)
