"""The voice process's end of the control line: offers an in-process switch to one application at a time.

Events are numbered and kept until the application says they are durable, so that its successor hears what it missed. Batches of
commands carry numbers too; a repeated one is answered and not run again. A newer application takes the line from an older one, unless it
comes with an older lease (`ports.lease`): then it is sent away, and cannot order anything any more.
"""

import asyncio
import os
import time
from collections import deque
from pathlib import Path
from uuid import uuid4

import structlog

from hotline.adapters.embedded import ipc
from hotline.adapters.embedded.ipc import Line, LineBroken
from hotline.core.switching import EngineUp, SwitchEvent
from hotline.ports.switch import Switch

log = structlog.stdlib.get_logger(__name__)

KEEP_LIMIT = 20_000
"""Events kept for an application that is away; older ones are dropped beyond, and the next application is told."""
TURNS_TO_COLLECT = 3
"""Loop turns after which an event that the switch has emitted is in our hands."""


class ControlServer:
    """Serves `switch` at a Unix socket. `start`, then `close`."""

    def __init__(self, switch: Switch, path: Path) -> None:
        self._switch = switch
        self._path = path
        self.instance = uuid4().hex
        self._kept: deque[tuple[int, SwitchEvent, float]] = deque()
        self._next = 1
        self._lost = False
        self._replies: list[dict[str, object]] = []
        self._news = asyncio.Event()
        self._line: Line | None = None
        self._client = ""
        self._token = 0
        self._last_batch = 0
        self._serving: asyncio.Task[None] | None = None
        self._server: asyncio.Server | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self.heard_at = time.monotonic()
        """When an application was last connected."""

    @property
    def connected(self) -> bool:
        """Whether an application is on the line."""
        return self._line is not None

    async def start(self) -> None:
        """Listen, readable by our own user only, and collect the switch's events."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.unlink(missing_ok=True)
        mask = os.umask(0o177)
        try:
            self._server = await asyncio.start_unix_server(
                self._on_connection, self._path, limit=ipc.LINE_LIMIT
            )
        finally:
            os.umask(mask)
        self._tasks = [
            asyncio.create_task(self._collect(), name="control-collect"),
            asyncio.create_task(self._beat(), name="control-beat"),
        ]

    async def close(self) -> None:
        """Hang up and stop listening. The switch is not touched."""
        if self._server is not None:
            self._server.close()
        for task in [*self._tasks, *([self._serving] if self._serving else [])]:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        self._path.unlink(missing_ok=True)

    # ── Events out ───────────────────────────────────────────────────────────────────────────────────────────

    async def _collect(self) -> None:
        async for event in self._switch.events():
            if isinstance(event, EngineUp):  # the application is told when it has caught up
                continue
            if len(self._kept) >= KEEP_LIMIT:
                self._kept.popleft()
                self._lost = True
            self._kept.append((self._next, event, time.monotonic()))
            self._next += 1
            self._news.set()

    async def _send_events(self, line: Line, after: int) -> None:
        """Send everything kept after a number, say so, and go on with what comes."""
        self._send_kept(line, after)
        sent = self._next - 1
        line.send({"t": "caught_up"})
        while True:
            await line.drain()
            self._news.clear()
            if sent == self._next - 1 and not self._replies:
                await self._news.wait()
            sent = self._send_kept(line, sent)
            for reply in self._replies:
                line.send(reply)
            self._replies.clear()

    def _send_kept(self, line: Line, after: int) -> int:
        now = time.monotonic()
        new: list[tuple[int, SwitchEvent, float]] = []
        for entry in reversed(self._kept):
            if entry[0] <= after:
                break
            new.append(entry)
        for number, event, happened_at in reversed(new):
            line.send(ipc.event_message(number, event, now - happened_at))
        return self._next - 1

    async def _beat(self) -> None:
        """Show life: on the line, and by a file for whom the line is cut (`beat_age_s`)."""
        pulse = ipc.pulse_of(self._path)
        while True:
            pulse.touch()
            await asyncio.sleep(ipc.BEAT_S)
            if self._line is not None:
                self.heard_at = time.monotonic()
                self._line.send({"t": "beat"})

    # ── The application's side ───────────────────────────────────────────────────────────────────────────────

    async def _on_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = Line(reader, writer)
        try:
            async with asyncio.timeout(ipc.CONNECT_LIMIT_S):
                hello = await line.receive()
        except (LineBroken, TimeoutError):
            await line.close()
            return
        if hello["t"] != "hello" or not isinstance(hello.get("client"), str):  # no application
            await line.close()
            return
        token = int(str(hello.get("token", 0)))
        if token < self._token:
            log.error("application_deposed", lease=token, newest=self._token)
            line.send({"t": "replaced"})
            await line.close()
            return
        self._token = token
        if (older := self._serving) is not None:
            if self._line is not None:
                self._line.send({"t": "replaced"})
            older.cancel()
            await asyncio.gather(older, return_exceptions=True)
        self._serving = asyncio.create_task(self._serve(line, hello), name="control-serve")

    async def _serve(self, line: Line, hello: dict[str, object]) -> None:
        known = hello.get("client") == self._client and hello.get("instance") == self.instance
        if not known:
            self._client, self._last_batch = str(hello["client"]), 0
        after = int(str(hello.get("seen", 0))) if known else 0
        self._line = line
        self._replies.clear()
        line.send(
            {
                "t": "welcome",
                "instance": self.instance,
                "known": known,
                "lost": self._lost,
                "pid": os.getpid(),
            }
        )
        self._lost = False
        log.info("application_connected", known=known, kept=len(self._kept))
        sending = asyncio.create_task(self._send_events(line, after), name="control-send")
        try:
            while True:
                await self._on_message(line, await line.receive())
        except LineBroken:
            log.warning("application_disconnected")
        except (KeyError, ValueError):
            log.exception("control_message_broken")
        finally:
            self._line = None
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            await line.close()

    async def _on_message(self, line: Line, message: dict[str, object]) -> None:
        match message["t"]:
            case "run":
                number = int(str(message["n"]))
                if number > self._last_batch:
                    self._last_batch = number
                    await self._execute(message)
                line.send({"t": "done", "n": number})
            case "snapshot":
                await self._reply_snapshot(int(str(message["id"])))
            case "ack":
                upto = int(str(message["n"]))
                while self._kept and self._kept[0][0] <= upto:
                    self._kept.popleft()
            case other:
                log.warning("control_message_unknown", kind=str(other))

    async def _execute(self, message: dict[str, object]) -> None:
        """Run a batch. A bug in the engine must not take the line with it: every leg's own timers end what hangs."""
        try:
            await self._switch.execute(ipc.batch_commands(message))
        except Exception:
            log.exception("commands_failed", batch=message["n"])

    async def _reply_snapshot(self, request: int) -> None:
        """Answer behind every event that is older than the snapshot."""
        snapshot = await self._switch.snapshot()
        for _ in range(TURNS_TO_COLLECT):
            await asyncio.sleep(0)
        self._replies.append(ipc.snapshot_message(request, snapshot))
        self._news.set()
