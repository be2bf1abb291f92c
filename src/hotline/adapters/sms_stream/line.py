"""One connection that stays to an SMS centre. Whoever reads `news` keeps it up: it connects, logs in, answers, and begins anew when cut.

`submit` writes a part and waits for its answer. Not connected: `NotTaken`, nothing left. Written, and the connection ends or nothing
comes within `answer_s`: `AnswerLost`. A report or citizen's message is acknowledged when the reader asks for the next one.
"""

import asyncio
import contextlib
import hashlib
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from typing import Final

import structlog

from hotline.adapters.sms_stream.dialect import (
    Answer,
    BadStream,
    Dialect,
    Frame,
    FromCitizen,
    Question,
    Report,
)
from hotline.ports.sms_gateway import (
    AnswerLost,
    DeliveryReport,
    GatewayNews,
    Incoming,
    NotTaken,
    Outgoing,
    PartTaken,
)
from hotline.wire.sms_text import Joiner, Part, split

log = structlog.stdlib.get_logger(__name__)

ANSWER_S: Final = 30.0
CONNECT_S: Final = 10.0
QUIET_S: Final = 30.0
"""After this long without a word we ask for a sign of life; after twice as long the connection counts as cut."""
RETRY_S: Final = (1.0, 2.0, 5.0, 10.0, 30.0)
WINDOW: Final = 10
"""Parts under way at once."""
_SEQUENCES: Final = 0x7FFF_FFFF
_READ: Final = 64 * 1024


class _Connection:
    """A connection that is logged in."""

    def __init__(self, dialect: Dialect, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.dialect = dialect
        self.reader = reader
        self.writer = writer
        self.waiting: dict[int, asyncio.Future[Answer]] = {}

    def settle(self, answer: Answer) -> None:
        waiting = self.waiting.pop(answer.sequence, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(answer)

    async def close(self) -> None:
        for future in self.waiting.values():
            if not future.done():
                future.set_exception(ConnectionError("the line was cut"))
        self.waiting.clear()
        self.writer.close()
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(2):
                await self.writer.wait_closed()


class StreamGateway:
    """The `SmsGateway` port over a dialect."""

    def __init__(
        self,
        make_dialect: Callable[[], Dialect],
        address: tuple[str, int],
        *,
        now: Callable[[], datetime],
        tls: bool = False,
        answer_s: float = ANSWER_S,
        quiet_s: float = QUIET_S,
        retry_s: Sequence[float] = RETRY_S,
    ) -> None:
        self._make_dialect = make_dialect
        self._address = address
        self._now = now
        self._tls = ssl.create_default_context() if tls else None
        self._answer_s = answer_s
        self._quiet_s = quiet_s
        self._retry_s = retry_s
        self._connection: _Connection | None = None
        self._why_not = "尚未连接"
        self._sequence = 0
        self._window = asyncio.Semaphore(WINDOW)
        self._joiner = Joiner()
        self._closed = False

    @property
    def repeatable(self) -> bool:
        """Never: neither protocol compares references."""
        return False

    @property
    def connected(self) -> bool:
        """Whether the line is up."""
        return self._connection is not None

    async def submit(self, message: Outgoing) -> AsyncIterator[PartTaken]:
        """Hand over part by part; see the port."""
        reference = hashlib.sha256(message.reference.encode()).digest()[0]
        for part in split(message.text, reference):
            if part.number not in message.parts_done:
                answer = await self._ask(message.to, part)
                yield PartTaken(part=part.number, parts=part.of, gateway_id=answer.gateway_id)

    async def _ask(self, to: str, part: Part) -> Answer:
        async with self._window:
            connection = self._connection
            if connection is None:
                raise NotTaken("gateway_away", f"短信网关未连接：{self._why_not}", retryable=True)
            sequence = self._next()
            waiting = asyncio.get_running_loop().create_future()
            connection.waiting[sequence] = waiting
            try:
                async with asyncio.timeout(self._answer_s):
                    connection.writer.write(connection.dialect.submit(sequence, to, part))
                    await connection.writer.drain()
                    answer: Answer = await waiting
            except (OSError, TimeoutError) as lost:
                raise AnswerLost(type(lost).__name__) from lost
            finally:
                connection.waiting.pop(sequence, None)
        if answer.code:
            raise NotTaken(answer.code, answer.reason, retryable=answer.retryable, throttled=answer.throttled)
        return answer

    def _next(self) -> int:
        self._sequence = self._sequence % _SEQUENCES + 1
        return self._sequence

    async def news(self) -> AsyncIterator[Sequence[GatewayNews]]:
        """Keep the connection up and yield what it brings; see the port."""
        failures = 0
        while not self._closed:
            try:
                connection = await self._connect()
                failures = 0
                self._connection = connection
                log.info("sms_line_up", host=self._address[0])
                async for batch in self._read(connection):
                    yield batch
            except (OSError, TimeoutError, BadStream, NotTaken, asyncio.IncompleteReadError) as error:
                reason = error.reason if isinstance(error, NotTaken) else type(error).__name__
                if self._why_not != reason:
                    log.warning("sms_line_down", host=self._address[0], why=reason)
                self._why_not = reason
            finally:
                connection, self._connection = self._connection, None
                if connection is not None:
                    await connection.close()
            await asyncio.sleep(self._retry_s[min(failures, len(self._retry_s) - 1)])
            failures += 1

    async def _connect(self) -> _Connection:
        async with asyncio.timeout(CONNECT_S):
            host, port = self._address
            reader, writer = await asyncio.open_connection(host, port, ssl=self._tls)
            connection = _Connection(self._make_dialect(), reader, writer)
            try:
                sequence = self._next()
                writer.write(connection.dialect.log_in(sequence, self._now()))
                while True:
                    for frame in await self._frames(connection):
                        if isinstance(frame, Answer) and frame.sequence == sequence:
                            if frame.code:
                                raise NotTaken(frame.code, f"登录被拒绝：{frame.reason}", retryable=True)
                            return connection
            except BaseException:
                await connection.close()
                raise

    async def _frames(self, connection: _Connection) -> list[Frame]:
        data = await connection.reader.read(_READ)
        if not data:
            raise ConnectionError("the other side closed the connection")
        return connection.dialect.feed(data)

    async def _read(self, connection: _Connection) -> AsyncIterator[Sequence[GatewayNews]]:
        asked = False
        while True:
            try:
                async with asyncio.timeout(self._quiet_s):
                    frames = await self._frames(connection)
            except TimeoutError:
                if asked:
                    raise
                asked = True
                connection.writer.write(connection.dialect.sign_of_life(self._next()))
                continue
            asked = False
            news: list[GatewayNews] = []
            replies: list[bytes] = []
            for frame in frames:
                self._sort(connection, frame, news, replies)
            news += self._overdue()
            if news:
                yield news
            for reply in replies:
                connection.writer.write(reply)
            if any(isinstance(frame, Question) and frame.ends for frame in frames):
                raise ConnectionError("the other side said goodbye")

    def _sort(
        self, connection: _Connection, frame: Frame, news: list[GatewayNews], replies: list[bytes]
    ) -> None:
        match frame:
            case Answer():
                connection.settle(frame)
            case Question(reply=reply):
                replies.append(reply)
            case Report():
                news.append(self._report(frame))
                replies.append(frame.reply)
            case FromCitizen():
                replies.append(frame.reply)
                text = self._joiner.add(frame.sender, frame.fragment, self._now())
                if text is not None:
                    news.append(self._incoming(frame.sender, frame.service_number, text, frame.unique))

    def _report(self, report: Report) -> DeliveryReport:
        return DeliveryReport(
            gateway_id=report.gateway_id,
            reference="",
            delivered=report.word == "DELIVRD",
            final=report.final,
            code=report.word,
            at=self._now(),
        )

    def _incoming(self, sender: str, service_number: str, text: str, unique: str) -> Incoming:
        return Incoming(
            sender=sender, service_number=service_number, text=text, at=self._now(), unique=unique
        )

    def _overdue(self) -> list[GatewayNews]:
        return [self._incoming(sender, "", text, "") for sender, text in self._joiner.overdue(self._now())]

    async def close(self) -> None:
        """Say goodbye and let go of the line."""
        self._closed = True
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.writer.write(connection.dialect.goodbye(self._next()))
            await connection.close()
