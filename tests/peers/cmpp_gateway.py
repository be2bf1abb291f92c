"""A CMPP 2.0 gateway, written from the published specification without looking at `hotline.wire.cmpp`: own field tables, own parser.

It answers as China Mobile's would: log-in by MD5, message ids of 8 octets, state reports of 60 octets, active tests.
"""

import asyncio
import contextlib
import hashlib
import struct
from dataclasses import dataclass, field
from typing import Any

from tests.ports import free_port

_HEAD = struct.Struct(">III")
_SUBMIT_HEAD = struct.Struct(">QBBBB10sB21sBBB6s2s6s17s17s21sB")


@dataclass(slots=True)
class Submitted:
    """A CMPP_SUBMIT as this gateway understood it."""

    pk_total: int
    pk_number: int
    registered_delivery: int
    service_id: str
    udhi: int
    msg_fmt: int
    msg_src: str
    src_id: str
    destinations: list[str]
    content: bytes


@dataclass(slots=True)
class CmppGateway:
    """Listens on a free port of loopback. `results` are given to the next submissions, then 0; None: no answer at all."""

    source: str = "901234"
    secret: str = "s3cret"
    results: list[int | None] = field(default_factory=list)
    submitted: list[Submitted] = field(default_factory=list)
    delivered: list[bytes] = field(default_factory=list)
    log_ins: list[int] = field(default_factory=list)
    active_tests: int = 0
    port: int = field(default_factory=free_port)
    _server: Any = None
    _writers: list[asyncio.StreamWriter] = field(default_factory=list)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    _next_id: int = 0x0102030405060700

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self._server.close()
        for writer in self._writers:
            writer.close()
        await self._server.wait_closed()

    async def until(self, condition: Any) -> None:
        """Wait until `condition()` holds."""
        async with asyncio.timeout(10), self._changed:
            await self._changed.wait_for(condition)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                length, command, sequence = _HEAD.unpack(await reader.readexactly(12))
                body = await reader.readexactly(length - 12)
                self._handle(writer, command, sequence, body)
                async with self._changed:
                    self._changed.notify_all()
        self._writers.remove(writer)
        writer.close()

    def _handle(self, writer: asyncio.StreamWriter, command: int, sequence: int, body: bytes) -> None:
        if command == 1:
            status = self._log_in(body)
            proof = hashlib.md5(bytes([status]) + body[6:22] + self.secret.encode()).digest()
            self._send(writer, 0x80000001, sequence, bytes([status]) + proof + b"\x20")
        elif command == 2:
            self._send(writer, 0x80000002, sequence, b"")
        elif command == 4:
            self._submit(writer, sequence, body)
        elif command == 8:
            self.active_tests += 1
            self._send(writer, 0x80000008, sequence, b"\0")
        elif command == 0x80000005:
            self.delivered.append(body)

    def _log_in(self, body: bytes) -> int:
        source, proof, version, stamp = struct.unpack(">6s16sBI", body)
        expected = hashlib.md5(source + bytes(9) + self.secret.encode() + f"{stamp:010d}".encode()).digest()
        status = (
            2 if source.decode() != self.source else 3 if proof != expected else 4 if version > 0x20 else 0
        )
        self.log_ins.append(status)
        return status

    def _submit(self, writer: asyncio.StreamWriter, sequence: int, body: bytes) -> None:
        head = _SUBMIT_HEAD.unpack_from(body)
        count, at = head[17], _SUBMIT_HEAD.size
        numbers = [body[at + 21 * n : at + 21 * n + 21].rstrip(b"\0").decode() for n in range(count)]
        at += 21 * count
        content = body[at + 1 : at + 1 + body[at]]
        assert len(body) == at + 1 + body[at] + 8, "Reserve of 8 octets ends the message"
        self.submitted.append(
            Submitted(
                pk_total=head[1], pk_number=head[2], registered_delivery=head[3], service_id=head[5].rstrip(b"\0").decode(),
                udhi=head[9], msg_fmt=head[10], msg_src=head[11].decode(), src_id=head[16].rstrip(b"\0").decode(),
                destinations=numbers, content=content,
            )
        )  # fmt: skip
        result = self.results.pop(0) if self.results else 0
        if result is not None:
            self._next_id += 1
            self._send(writer, 0x80000004, sequence, struct.pack(">QB", self._next_id, result))

    def texts(self) -> list[str]:
        """What the citizen reads of each message taken so far (long ones part by part)."""
        return [
            one.content[6 if one.udhi else 0 :].decode("utf-16-be" if one.msg_fmt == 8 else "ascii")
            for one in self.submitted
        ]

    @property
    def last_id(self) -> int:
        """The id of the newest submission."""
        return self._next_id

    def report(self, message_id: int, stat: str, number: str) -> None:
        """Send a state report."""
        content = struct.pack(
            ">Q7s10s10s21sI", message_id, stat.encode(), b"2611281200", b"2611281201", number.encode(), 7
        )
        self._deliver(number, content, registered=1, fmt=0, udhi=0)

    def message(self, number: str, content: bytes, *, fmt: int = 8, udhi: int = 0) -> None:
        """Send a citizen's message."""
        self._deliver(number, content, registered=0, fmt=fmt, udhi=udhi)

    def _deliver(self, number: str, content: bytes, *, registered: int, fmt: int, udhi: int) -> None:
        self._next_id += 1
        body = struct.pack(
            ">Q21s10sBBB21sBB",
            self._next_id,
            b"1065800001",
            b"SVC",
            0,
            udhi,
            fmt,
            number.encode(),
            registered,
            len(content),
        )
        self._send(self._writers[-1], 5, 4000 + len(self.delivered), body + content + bytes(8))

    def _send(self, writer: asyncio.StreamWriter, command: int, sequence: int, body: bytes) -> None:
        writer.write(_HEAD.pack(len(body) + 12, command, sequence) + body)

    def cut(self) -> None:
        """Close every connection without a word."""
        for writer in self._writers:
            writer.transport.abort()
