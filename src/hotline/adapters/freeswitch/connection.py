"""One connection to one node's event socket, kept up for ever: log-in, subscription, replies in order, watchdog, reconnect.

Commands are pipelined: FreeSWITCH answers in order, so nothing waits for an answer that only order needs. What is written and not
answered is bounded; a node that falls silent, or that stops taking what we write, is given up and connected anew.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, assert_never

import orjson
import structlog

from hotline.wire import esl
from hotline.wire.esl import (
    ApiResponse,
    AuthRequest,
    CommandReply,
    EslDecoder,
    EslError,
    EslMessage,
    EventMessage,
    Goodbye,
)

log = structlog.stdlib.get_logger(__name__)

EVENTS = (
    "CHANNEL_CREATE CHANNEL_PARK CHANNEL_PROGRESS CHANNEL_PROGRESS_MEDIA CHANNEL_ANSWER CHANNEL_BRIDGE CHANNEL_UNBRIDGE"
    " CHANNEL_HANGUP_COMPLETE CHANNEL_EXECUTE CHANNEL_EXECUTE_COMPLETE CHANNEL_HOLD CHANNEL_UNHOLD DTMF RECORD_START RECORD_STOP"
    " MEDIA_BUG_STOP BACKGROUND_JOB SHUTDOWN"
    " CUSTOM sofia::register sofia::unregister sofia::expire conference::maintenance"
)
READ_BYTES = 256 * 1024
UNANSWERED_MAX = 5_000
"""Commands on their way; beyond it the node is taken as stuck."""
UNSENT_MAX = 4 * 1024 * 1024

Reply = CommandReply | ApiResponse
OnReply = Callable[[Reply | None], None]
"""Called with the answer, or with None when the connection broke before it came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkTiming:
    """How patient a link is, in seconds."""

    connect: float = 3.0
    ping: float = 1.0
    silence: float = 4.0
    pause: float = 0.2
    pause_max: float = 1.0


class LinkBroken(Exception):
    """The connection ended; `refused` when nobody listens there at all."""

    def __init__(self, why: str, *, refused: bool = False) -> None:
        super().__init__(why)
        self.refused = refused


class WrongPassword(LinkBroken):
    """FreeSWITCH does not take our password."""


class Link:
    """Keeps one connection up. `on_event` gets events, `on_up` runs before the link counts as up, `on_broken` after it went down.

    `room` is awaited before more is read: it holds the reading back while our own consumer is behind.
    """

    def __init__(
        self,
        address: tuple[str, int],
        password: str,
        *,
        on_event: Callable[[dict[str, Any]], None],
        on_up: Callable[[], Awaitable[None]],
        on_broken: Callable[[LinkBroken], Awaitable[None]],
        room: Callable[[], Awaitable[None]],
        timing: LinkTiming,
    ) -> None:
        self.address = address
        self._password = password
        self._on_event = on_event
        self._on_up = on_up
        self._on_broken = on_broken
        self._room = room
        self._timing = timing
        self._writer: asyncio.StreamWriter | None = None
        self._replies: deque[OnReply | None] = deque()
        self._heard_at = 0.0
        self._task: asyncio.Task[None] | None = None

    @property
    def up(self) -> bool:
        """Whether commands can be written."""
        return self._writer is not None

    @property
    def unanswered(self) -> int:
        """How many commands were written and not answered."""
        return len(self._replies)

    def start(self) -> None:
        """Begin to connect."""
        self._task = asyncio.create_task(self._keep_up(), name=f"esl-{self.address[0]}:{self.address[1]}")

    async def close(self) -> None:
        """Let the connection go. Calls go on."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    # ── Speaking ────────────────────────────────────────────────────────────────────────────────────────────

    def send(self, data: bytes, on_reply: OnReply | None = None) -> bool:
        """Write a command; False (and `on_reply` with None) when there is no connection."""
        writer = self._writer
        if writer is None:
            if on_reply is not None:
                on_reply(None)
            return False
        self._replies.append(on_reply)
        writer.write(data)
        if len(self._replies) > UNANSWERED_MAX or writer.transport.get_write_buffer_size() > UNSENT_MAX:
            log.error("esl_stuck", unanswered=len(self._replies))
            writer.transport.abort()
        return True

    async def api(self, line: str, limit_s: float = 5.0) -> str:
        """Run an API command and return its text.

        Raises:
            LinkBroken: the connection broke or the answer did not come in time.
        """
        answer: asyncio.Future[Reply | None] = asyncio.get_running_loop().create_future()

        def take(reply: Reply | None) -> None:
            if not answer.done():
                answer.set_result(reply)

        self.send(esl.command(f"api {line}"), take)
        try:
            async with asyncio.timeout(limit_s):
                reply = await answer
        except TimeoutError:
            raise LinkBroken("no answer in time") from None
        if reply is None:
            raise LinkBroken("the connection broke")
        return reply.text

    # ── Staying connected ───────────────────────────────────────────────────────────────────────────────────

    async def _keep_up(self) -> None:
        pause = self._timing.pause
        while True:
            began = time.monotonic()
            try:
                await self._once()
            except LinkBroken as broken:
                await self._on_broken(broken)
            except Exception as bug:
                log.exception("esl_link_fault")
                await self._on_broken(LinkBroken(type(bug).__name__))
            if time.monotonic() - began > self._timing.silence:
                pause = self._timing.pause
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, self._timing.pause_max)

    async def _once(self) -> None:
        """Connect, follow, and raise `LinkBroken` when it is over."""
        try:
            async with asyncio.timeout(self._timing.connect):
                reader, writer = await asyncio.open_connection(*self.address, limit=READ_BYTES)
        except TimeoutError:
            raise LinkBroken("no answer") from None
        except OSError as error:
            raise LinkBroken(
                type(error).__name__, refused=isinstance(error, ConnectionRefusedError)
            ) from None
        try:
            await self._follow(reader, writer)
        finally:
            self._writer = None
            replies, self._replies = self._replies, deque()
            for on_reply in replies:
                if on_reply is not None:
                    on_reply(None)
            writer.transport.abort()

    async def _follow(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        decoder = EslDecoder()
        try:
            async with asyncio.timeout(self._timing.connect):
                waiting = await self._log_in(reader, writer, decoder)
        except TimeoutError:
            raise LinkBroken("no answer to the log-in") from None
        self._writer = writer
        self._heard_at = time.monotonic()
        reading = asyncio.create_task(self._read(reader, decoder, waiting), name="esl-read")
        watching = asyncio.create_task(self._watch(), name="esl-watch")
        raising = asyncio.create_task(self._raise_up(), name="esl-up")
        tasks = (reading, watching, raising)
        try:
            await asyncio.wait((reading, watching), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in (reading, watching):
            if not task.cancelled() and (error := task.exception()) is not None:
                raise error
        raise LinkBroken("the connection ended")

    async def _raise_up(self) -> None:
        try:
            await self._on_up()
        except LinkBroken as broken:
            log.warning("esl_adoption_failed", why=str(broken))
            self._abort()
        except Exception:
            log.exception("esl_adoption_fault")
            self._abort()

    def _abort(self) -> None:
        if self._writer is not None:
            self._writer.transport.abort()

    async def _log_in(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, decoder: EslDecoder
    ) -> deque[EslMessage]:
        """Say the password and what we want to hear; return messages that came with the answers."""
        steps = deque((esl.command(f"auth {self._password}"), esl.command(f"event json {EVENTS}")))
        asked = False
        messages: deque[EslMessage] = deque()
        while True:
            while messages:
                match messages.popleft():
                    case AuthRequest() if not asked:
                        asked = True
                        writer.write(steps.popleft())
                    case CommandReply() as reply if asked and reply.ok:
                        if not steps:
                            return messages
                        writer.write(steps.popleft())
                    case CommandReply() as reply:
                        raise WrongPassword(f"refused: {reply.text[:60]}")
                    case Goodbye(reason):
                        raise LinkBroken(f"turned away: {reason}")
                    case _:
                        raise LinkBroken("an answer to nothing")
            try:
                data = await self._some(reader)
            except LinkBroken as broken:  # before a greeting: a port that is forwarded to nobody
                raise LinkBroken(str(broken), refused=not asked) from None
            messages.extend(self._decode(decoder, data))

    async def _some(self, reader: asyncio.StreamReader) -> bytes:
        try:
            data = await reader.read(READ_BYTES)
        except OSError as error:
            raise LinkBroken(type(error).__name__) from None
        if not data:
            raise LinkBroken("the node closed the connection")
        return data

    @staticmethod
    def _decode(decoder: EslDecoder, data: bytes) -> list[EslMessage]:
        try:
            return decoder.feed(data)
        except EslError as error:
            raise LinkBroken(f"not an event socket: {error}") from None

    async def _read(
        self, reader: asyncio.StreamReader, decoder: EslDecoder, waiting: deque[EslMessage]
    ) -> None:
        for message in waiting:
            self._take(message)
        while True:
            data = await self._some(reader)
            self._heard_at = time.monotonic()
            for message in self._decode(decoder, data):
                self._take(message)
            await self._room()

    def _take(self, message: EslMessage) -> None:
        match message:
            case EventMessage(body):
                try:
                    event = orjson.loads(body)
                except orjson.JSONDecodeError:
                    raise LinkBroken("an event that is no JSON") from None
                if isinstance(event, dict):
                    self._on_event(event)
            case CommandReply() | ApiResponse():
                if not self._replies:
                    raise LinkBroken("an answer to nothing")
                on_reply = self._replies.popleft()
                if on_reply is not None:
                    on_reply(message)
            case Goodbye(reason):
                raise LinkBroken(f"the node says goodbye: {reason}")
            case AuthRequest():
                raise LinkBroken("the node asks for the password again")
            case _:
                assert_never(message)

    async def _watch(self) -> None:
        """Ask for a sign of life; give up when none comes."""
        ping = esl.command("api uptime s")
        while True:
            await asyncio.sleep(self._timing.ping)
            silent_s = time.monotonic() - self._heard_at
            if silent_s > self._timing.silence:
                raise LinkBroken("silence")
            self.send(ping)
