"""The application's end of the control line: the switch port over a Unix socket to the voice process.

A break of the line loses nothing: batches that still matter are sent again, events come again from the last one seen. A longer one is told
as `EngineUnreachable` and, when everything missed has been handed out, `EngineUp`: calls go on meanwhile. Another or a restarted voice
process is told as `EngineLost` and `EngineUp`. To an application that has just started, `EngineUp` comes after everything its predecessor had
not made durable.
"""

import asyncio
import dataclasses
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import structlog

from hotline.adapters.embedded import ipc
from hotline.adapters.embedded.ipc import Line, LineBroken
from hotline.core.switching import (
    EngineLost,
    EngineUnreachable,
    EngineUp,
    SwitchCommand,
    SwitchEvent,
    SwitchSnapshot,
)
from hotline.ports.switch import SwitchUnavailable

log = structlog.stdlib.get_logger(__name__)

ENGINE = "embedded"
EVENT_LIMIT = 4_096
RECONNECT_PAUSE_S = 0.1
PATIENCE_S = 1.0
"""A line that is not back after this long is told: orders are refused until it is."""
LOST_AFTER_S = 600.0
"""A line that is not back after this long counts as a lost engine, whatever it may still do."""
ANSWER_LIMIT_S = 5.0
TAKE_LIMIT_S = 2.0


class EmbeddedClient:
    """The voice process as a `Switch`. `now` stamps events, so that all times of the journal come from one clock."""

    def __init__(
        self, path: Path, *, now: Callable[[], datetime], version: str, token: Callable[[], int] = lambda: 0
    ) -> None:
        """`token`: under which lease we speak (`ports.lease`); the engine drops who comes with an older one."""
        self._path = path
        self._now = now
        self._version = version
        self._token = token
        self._client = uuid4().hex
        self._instance = ""
        self._seen = 0
        self._up = False
        self._there = False
        self._line: Line | None = None
        self._events: asyncio.Queue[tuple[int, SwitchEvent]] = asyncio.Queue(EVENT_LIMIT)
        self._numbers: deque[int] = deque()
        self._batch = 0
        self._unanswered: dict[int, tuple[dict[str, Any], asyncio.Future[None]]] = {}
        self._snapshots: dict[int, asyncio.Future[SwitchSnapshot]] = {}
        self._snapshot_count = 0
        self._announce = False
        self._died = False
        self._task: asyncio.Task[None] | None = None
        self.pid = 0
        """The voice process on the line, 0 when there is none."""
        self.replaced = asyncio.Event()
        """Set when a newer application took the line; this one must end."""
        self._tried = asyncio.Event()

    @property
    def up(self) -> bool:
        """Whether the engine is there and takes orders."""
        return self._up

    def process_died(self) -> None:
        """The voice process is known to be gone: calls are lost now, not only when patience ends."""
        self._died = True

    def start(self) -> None:
        """Begin to connect, and keep connected."""
        self._task = asyncio.create_task(self._keep_connected(), name="engine-line")

    async def take(self) -> None:
        """`start`, and wait until the line is ours or there is no voice process to have it from.

        From then on whoever had the line before can acknowledge nothing: what it had not made durable comes to us.
        """
        self.start()
        try:
            async with asyncio.timeout(TAKE_LIMIT_S):
                await self._tried.wait()
        except TimeoutError:
            log.warning("engine_line_not_taken")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        self._fail_waiters()

    # ── The port ─────────────────────────────────────────────────────────────────────────────────────────────

    async def events(self) -> AsyncIterator[SwitchEvent]:
        while True:
            number, event = await self._events.get()
            self._numbers.append(number)
            yield event
            self._events.task_done()

    def acknowledge(self, events: int) -> None:
        """The first `events` events handed out and not acknowledged yet are durable: the voice process may forget them."""
        newest = max((self._numbers.popleft() for _ in range(min(events, len(self._numbers)))), default=0)
        if newest and self._line is not None:
            self._line.send({"t": "ack", "n": newest})

    async def execute(self, commands: Sequence[SwitchCommand]) -> None:
        if not self._up:
            raise SwitchUnavailable("the voice process is not there")
        self._batch += 1
        message = ipc.batch_message(self._batch, commands)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        number = self._batch
        self._unanswered[number] = message, done
        if self._line is not None:
            self._line.send(message)
        try:
            await self._answer_to(done)
        finally:
            self._unanswered.pop(number, None)  # who is told that it failed must not see it happen later

    async def snapshot(self) -> SwitchSnapshot:
        if not self._up or self._line is None:
            raise SwitchUnavailable("the voice process is not there")
        self._snapshot_count += 1
        answer: asyncio.Future[SwitchSnapshot] = asyncio.get_running_loop().create_future()
        self._snapshots[self._snapshot_count] = answer
        self._line.send({"t": "snapshot", "id": self._snapshot_count})
        snapshot = await self._answer_to(answer)
        await self._events.join()  # every older event is with the consumer now
        return snapshot

    async def _answer_to(self, future: asyncio.Future[Any]) -> Any:
        try:
            async with asyncio.timeout(ANSWER_LIMIT_S):
                return await future
        except TimeoutError:
            raise SwitchUnavailable("the voice process does not answer") from None

    # ── The line ─────────────────────────────────────────────────────────────────────────────────────────────

    async def _keep_connected(self) -> None:
        loop = asyncio.get_running_loop()
        lost_at = loop.time()
        while not self.replaced.is_set():
            try:
                await self._follow(await ipc.connect(self._path))
            except LineBroken as broken:
                self._tried.set()
                if self.pid:
                    log.warning("engine_line_broken", why=str(broken))
                    lost_at = loop.time()
                self.pid = 0
            away_s = loop.time() - lost_at
            if self._died or away_s > LOST_AFTER_S:
                await self._lose("died" if self._died else "no_answer")
                self._died = False
            elif away_s > PATIENCE_S and not self.replaced.is_set():
                await self._miss("no_answer")
            await asyncio.sleep(RECONNECT_PAUSE_S)
        await self._miss("replaced")

    async def _follow(self, line: Line) -> None:
        """Greet, then take messages until the line breaks."""
        line.send(
            {
                "t": "hello",
                "client": self._client,
                "instance": self._instance,
                "seen": self._seen,
                "token": self._token(),
            }
        )
        try:
            while True:
                try:
                    async with asyncio.timeout(ipc.SILENCE_S):
                        message = await line.receive()
                except TimeoutError:
                    raise LineBroken("silence") from None
                await self._on_message(line, message)
        finally:
            self._line = None
            for answer in self._snapshots.values():
                if not answer.done():
                    answer.set_exception(SwitchUnavailable("the line broke"))
            self._snapshots.clear()
            await line.close()

    async def _on_message(self, line: Line, message: dict[str, Any]) -> None:
        match message["t"]:
            case "event":
                self._seen = message["n"]
                at = self._now() - timedelta(seconds=message["age"])
                await self._hand_out(self._seen, _at(ipc.event_of(message), at))
            case "done":
                if (waiting := self._unanswered.pop(message["n"], None)) and not waiting[1].done():
                    waiting[1].set_result(None)
            case "snapshot":
                if (answer := self._snapshots.pop(message["id"], None)) and not answer.done():
                    answer.set_result(ipc.snapshot_of(message))
            case "welcome":
                await self._on_welcome(message)
            case "caught_up":
                await self._on_caught_up(line)
            case "replaced":
                log.error("engine_line_replaced")
                self.replaced.set()
            case _:
                pass  # beat: heard, that is all

    async def _on_welcome(self, message: dict[str, Any]) -> None:
        self.pid = message["pid"]
        self._died = False
        self._announce = not message["known"] or message["lost"] or not self._up
        if message["instance"] != self._instance:
            await self._lose("restarted")
            self._seen = 0
        self._instance = message["instance"]
        self._tried.set()
        log.info("engine_line_up", pid=self.pid, known=message["known"])

    async def _on_caught_up(self, line: Line) -> None:
        """Everything missed is handed out: say that the engine is up if that is news, and repeat unanswered batches."""
        self._line = line
        if self._announce:
            self._fail_waiters()
            self._up = self._there = True
            await self._hand_out(0, EngineUp(at=self._now(), engine=ENGINE, version=self._version))
        for message, _ in sorted(self._unanswered.values(), key=lambda entry: entry[0]["n"]):
            line.send(message)

    async def _miss(self, reason: str) -> None:
        """The line is cut: the engine goes on, as far as we know, but takes no orders of ours."""
        if not self._up:
            return
        self._up = False
        self._fail_waiters()
        log.error("engine_out_of_reach", reason=reason)
        await self._hand_out(0, EngineUnreachable(at=self._now(), engine=ENGINE, reason=reason))

    async def _lose(self, reason: str) -> None:
        """The engine is gone with its legs."""
        if not self._there:
            return
        self._up = self._there = False
        self._fail_waiters()
        log.error("engine_gone", reason=reason)
        await self._hand_out(0, EngineLost(at=self._now(), engine=ENGINE, reason=reason))

    def _fail_waiters(self) -> None:
        for _, done in self._unanswered.values():
            if not done.done():
                done.set_exception(SwitchUnavailable("the voice process is gone"))
        self._unanswered.clear()

    async def _hand_out(self, number: int, event: SwitchEvent) -> None:
        await self._events.put((number, event))


def _at(event: SwitchEvent, at: datetime) -> SwitchEvent:
    return dataclasses.replace(event, at=at)
