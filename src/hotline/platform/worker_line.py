"""A line to a worker process that answers one request after another: JSON header and bytes each way, on its standard streams.

The worker is started by the first request and ended after some time without one; it may be killed at any moment, and the next
request starts it again. Requests wait in a bounded line, each with a deadline. Knows nothing of what is asked.

A message is a line of JSON with `"bytes": n`, then n bytes. The worker's first message says that it is ready.
"""

import asyncio
import contextlib
import json
import os
import time
from asyncio.subprocess import Process
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import structlog

log = structlog.stdlib.get_logger(__name__)

STOP_S: Final = 2.0
ANSWER_BYTES_MAX: Final = 16 * 1024 * 1024


class WorkerFailed(Exception):
    """No answer. `retryable` tells whether the same request may succeed later."""

    def __init__(self, reason: str, *, retryable: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retryable = retryable


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerLimits:
    """How long and how many, in seconds and requests."""

    waiting: int
    load_s: float
    deadline_s: float
    idle_s: float = 900.0
    """After so long without a request the worker is ended, to give its memory back."""


class WorkerLine:
    """Create anywhere; `close` it on the loop that used it."""

    def __init__(
        self, name: str, command: Callable[[], Sequence[str]], *, source: Path, limits: WorkerLimits
    ) -> None:
        """`command` is asked at each start of the worker; `source` is the folder that holds `hotline`."""
        self._name = name
        self._command = command
        self._source = source
        self._limits = limits
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._process: Process | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._ending: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def running(self) -> bool:
        """Whether the worker is there, its model loaded or loading."""
        return self._process is not None and self._process.returncode is None

    @property
    def waiting(self) -> int:
        """How many requests wait or are being answered."""
        return self._waiting

    async def ask(self, header: dict[str, Any], body: bytes = b"") -> tuple[dict[str, Any], bytes]:
        """Return the worker's answer to a request.

        Raises:
            WorkerFailed: retryable when the worker is busy, late or lost; not when it refuses the request.
        """
        if self._waiting >= self._limits.waiting:
            raise WorkerFailed("too many requests are waiting", retryable=True)
        self._waiting += 1
        try:
            async with self._turn:
                return await self._answered(header, body)
        finally:
            self._waiting -= 1

    async def warm(self) -> None:
        """Have the worker there with its model loaded, for as long as after a request; an error shows itself at the next request."""
        async with self._turn:
            try:
                await self._ready()
            except (TimeoutError, OSError, EOFError, ValueError, WorkerFailed) as error:
                log.warning("worker_not_warm", worker=self._name, why=type(error).__name__)
                await self._end()
                return
        self._end_when_idle()

    async def close(self) -> None:
        """End the worker. Requests under way fail as retryable. May be called twice."""
        self._closed = True
        if self._idle is not None:
            self._idle.cancel()
        await self._end()

    async def _answered(self, header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        """Have one request answered. Whatever goes wrong half way, the worker is ended: its answers would be off by one."""
        whole = False
        try:
            process = await self._ready()
            assert process.stdin is not None
            async with asyncio.timeout(self._limits.deadline_s):
                process.stdin.write(json.dumps({**header, "bytes": len(body)}).encode() + b"\n" + body)
                await process.stdin.drain()
                answer, data = await _read(process)
            whole = True
        except TimeoutError as error:
            raise WorkerFailed("the worker did not answer in time", retryable=True) from error
        except (OSError, EOFError, ValueError) as error:
            raise WorkerFailed("the worker was lost", retryable=True) from error
        finally:
            if not whole:
                await self._end()
        self._end_when_idle()
        if "error" in answer:
            raise WorkerFailed(str(answer["error"]), retryable=False)
        return answer, data

    async def _ready(self) -> Process:
        """Return the running worker; start it, and wait until it is ready, where there is none."""
        if self._closed:
            raise WorkerFailed("the worker is closed", retryable=True)
        if self._process is not None and self._process.returncode is None:
            return self._process
        began = time.monotonic()
        self._process = await asyncio.create_subprocess_exec(
            *self._command(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(self._source)},
        )
        async with asyncio.timeout(self._limits.load_s):
            await _read(self._process)
        took_s = round(time.monotonic() - began, 1)
        log.info("worker_ready", worker=self._name, pid=self._process.pid, seconds=took_s)
        return self._process

    def _end_when_idle(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
        self._idle = asyncio.get_running_loop().call_later(self._limits.idle_s, self._was_idle)

    def _was_idle(self) -> None:
        if self._waiting == 0:
            self._ending = asyncio.create_task(self._end(), name=f"end-{self._name}")

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_S):
                await process.wait()


async def _read(process: Process) -> tuple[dict[str, Any], bytes]:
    """Read one message. Raises EOFError when the worker has ended, ValueError when it talks nonsense."""
    assert process.stdout is not None
    line = await process.stdout.readline()
    if not line:
        raise EOFError
    header = json.loads(line)
    size = int(header.get("bytes", 0))
    if not 0 <= size <= ANSWER_BYTES_MAX:
        raise ValueError("an answer beyond all measure")
    return header, await process.stdout.readexactly(size)
