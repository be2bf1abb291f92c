"""Telephones of very little weight, for loads in which the telephones must not be what is measured: agents who answer, callers who call.

Each side is a process of its own with one SIP socket and one socket for audio; requests are texts with blanks, and of what comes only the
few headers that matter are read. The kernel stamps what arrives (SO_TIMESTAMPNS), so a late look at the socket delays no time here.
Signalling is repeated as RFC 3261 asks (timers A, E and G); nothing else is handled: no authentication, no other method than those of a plain call.
Times are Unix time in seconds.
"""

import abc
import asyncio
import contextlib
import os
import random
import re
import secrets
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Final

import uvloop

ANSWER_S: Final = (0.3, 0.8)
PATIENCE_S: Final = 60.0
REPEAT_S: Final = 0.5
REPEAT_MAX_S: Final = 4.0
GIVE_UP_S: Final = 32.0
BURST: Final = 200
TICK_S: Final = 0.02
_TIMESTAMP: Final = 35  # SO_TIMESTAMPNS, not in the socket module
_STATUS: Final = re.compile(rb"SIP/2\.0 (\d{3})")
_USER: Final = re.compile(rb"sips?:([^@;>]+)@")
_AUDIO: Final = re.compile(rb"^c=IN IP4 ([\d.]+).*?^m=audio (\d+)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What a side does. `server` is where callers call; agents wait at `port`."""

    port: int
    server: tuple[str, int] = ("", 0)
    number: str = ""
    first: int = 0
    rate: float = 0.0
    seconds: float = 0.0
    talk_s: float = 5.0
    media: bool = False
    nice: int = 5


@dataclass(slots=True, kw_only=True)
class Call:
    """One call as one end saw it. 0: did not happen."""

    caller: str
    began: float = 0.0
    """The caller's INVITE went out, or the agent's came in."""
    up: float = 0.0
    over: float = 0.0
    status: int = 0


@dataclass(slots=True, kw_only=True)
class _Leg:
    call: Call
    call_id: bytes
    ours: bytes
    """Our side of the dialog: From when we called, To when we were called."""
    theirs: bytes = b""
    target: bytes = b""
    far: tuple[str, int] = ("", 0)
    branch: bytes = b""
    audio: tuple[str, int] | None = None
    ssrc: int = field(default_factory=lambda: secrets.randbits(32))
    sent: int = 0
    invite: dict[bytes, list[bytes]] = field(default_factory=dict[bytes, list[bytes]])
    repeated: asyncio.TimerHandle | None = None
    later: asyncio.TimerHandle | None = None


class Side(abc.ABC):
    """The socket, what is repeated on it, and the audio. `agents` and `callers` below are made of it."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.calls: list[Call] = []
        self.legs: dict[bytes, _Leg] = {}
        self.quiet = asyncio.Event()
        """Set whenever the last leg is over."""
        self.audio_packets = 0
        self._loop = asyncio.get_running_loop()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 * 1024 * 1024)
        self._socket.setsockopt(socket.SOL_SOCKET, _TIMESTAMP, 1)
        self._socket.bind(("127.0.0.1", load.port))
        self._socket.setblocking(False)
        self.me = b"127.0.0.1:%d" % self._socket.getsockname()[1]
        self._audio = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._audio.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)  # nobody listens: the kernel drops
        self._audio.bind(("127.0.0.1", 0))
        self._audio.setblocking(False)
        self._sound = bytes(random.Random(7).choices(range(256), k=160))
        self._loop.add_reader(self._socket, self._read)
        self._speaking = asyncio.create_task(self._speak(), name="audio") if load.media else None

    def _read(self) -> None:
        for _ in range(BURST):
            try:
                data, notes, _, source = self._socket.recvmsg(65_535, 64)
            except BlockingIOError:
                return
            at = time.time()
            for _level, _kind, body in notes:
                seconds, nanoseconds = struct.unpack("qq", body[:16])
                at = seconds + nanoseconds / 1e9
            head, _, body = data.partition(b"\r\n\r\n")
            lines = head.split(b"\r\n")
            headers: dict[bytes, list[bytes]] = {}
            for line in lines[1:]:
                name, _, value = line.partition(b":")
                headers.setdefault(_LONG.get(name.strip().lower(), name.strip().lower()), []).append(
                    value.strip()
                )
            self.heard(lines[0], headers, body, source, at)

    @abc.abstractmethod
    def heard(
        self, first: bytes, headers: dict[bytes, list[bytes]], body: bytes, source: tuple[str, int], at: float
    ) -> None:
        """Something arrived."""

    def send(self, data: bytes, to: tuple[str, int]) -> None:
        """Send once."""
        with contextlib.suppress(BlockingIOError):  # as if lost on the way: it is repeated
            self._socket.sendto(data, to)

    def repeat(self, leg: _Leg, data: bytes) -> None:
        """Send until `settled`, or for half a minute."""
        self.settled(leg)
        self._again(leg, data, REPEAT_S, time.monotonic() + GIVE_UP_S)

    def _again(self, leg: _Leg, data: bytes, pause: float, until: float) -> None:
        self.send(data, leg.far)
        if time.monotonic() < until:
            leg.repeated = self._loop.call_later(
                pause, self._again, leg, data, min(2 * pause, REPEAT_MAX_S), until
            )
        else:
            self.over(leg)

    def settled(self, leg: _Leg) -> None:
        """The other side has it."""
        if leg.repeated is not None:
            leg.repeated.cancel()
            leg.repeated = None

    def wait(self, leg: _Leg, seconds: float, act: Callable[[_Leg], None]) -> None:
        """Do something later, unless the leg is over by then."""
        leg.later = self._loop.call_later(seconds, act, leg)

    def over(self, leg: _Leg) -> None:
        """The leg is gone."""
        self.settled(leg)
        if leg.later is not None:
            leg.later.cancel()
        if self.legs.pop(leg.call_id, None) is not None:
            leg.call.over = time.time()
        if not self.legs:
            self.quiet.set()

    def request(
        self, leg: _Leg, method: bytes, cseq: int, *, branch: bytes = b"", body: bytes = b""
    ) -> bytes:
        """Write a request of the leg's dialog."""
        leg.branch = branch or b"z9hG4bK" + secrets.token_hex(8).encode()
        lines = [
            method + b" " + leg.target + b" SIP/2.0",
            b"Via: SIP/2.0/UDP " + self.me + b";rport;branch=" + leg.branch,
            b"Max-Forwards: 70",
            b"From: " + leg.ours,
            b"To: " + leg.theirs,
            b"Call-ID: " + leg.call_id,
            b"CSeq: %d " % cseq + method,
            b"Contact: <sip:bench@" + self.me + b">",
        ]
        return _written(lines, body)

    def answer(
        self, status: bytes, headers: dict[bytes, list[bytes]], to: bytes = b"", body: bytes = b""
    ) -> bytes:
        """Write a response. `to`: the To header with our tag."""
        lines = [b"SIP/2.0 " + status]
        lines += [b"Via: " + via for via in headers[b"via"]]
        lines += [b"Record-Route: " + route for route in headers.get(b"record-route", [])]
        lines += [
            b"From: " + headers[b"from"][0],
            b"To: " + (to or headers[b"to"][0]),
            b"Call-ID: " + headers[b"call-id"][0],
            b"CSeq: " + headers[b"cseq"][0],
            b"Contact: <sip:bench@" + self.me + b">",
        ]
        return _written(lines, body)

    # ── Audio ───────────────────────────────────────────────────────────────────────────────────────────────

    def description(self) -> bytes:
        """Our session description: A-law and keys, at our one audio socket."""
        port = self._audio.getsockname()[1]
        return (
            b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            b"m=audio %d RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=ptime:20\r\n"
        ) % port

    def connect(self, leg: _Leg, body: bytes) -> None:
        """Speak to where the other side says."""
        if found := _AUDIO.search(body):
            leg.audio = found[1].decode(), int(found[2])

    async def _speak(self) -> None:
        due = time.monotonic()
        while True:
            for leg in list(self.legs.values()):
                if leg.audio is not None and leg.call.up:
                    head = struct.pack(
                        "!BBHII", 0x80, 8, leg.sent & 0xFFFF, (leg.sent * 160) & 0xFFFFFFFF, leg.ssrc
                    )
                    leg.sent += 1
                    self.audio_packets += 1
                    with contextlib.suppress(BlockingIOError):
                        self._audio.sendto(head + self._sound, leg.audio)
            due += TICK_S
            await asyncio.sleep(max(0.0, due - time.monotonic()))


_LONG: Final = {
    b"v": b"via",
    b"f": b"from",
    b"t": b"to",
    b"i": b"call-id",
    b"m": b"contact",
    b"l": b"content-length",
}


def _written(lines: list[bytes], body: bytes) -> bytes:
    if body:
        lines.append(b"Content-Type: application/sdp")
    return b"\r\n".join([*lines, b"Content-Length: %d" % len(body), b"", body])


def _address(contact: bytes) -> bytes:
    return contact.partition(b"<")[2].partition(b">")[0] or contact.partition(b";")[0]


class Agents(Side):
    """Everybody's telephone at one address: rings, is picked up after a moment, hangs up after the talk."""

    def heard(
        self, first: bytes, headers: dict[bytes, list[bytes]], body: bytes, source: tuple[str, int], at: float
    ) -> None:
        """A request of the switch, or its answer to our hang-up."""
        call_id = headers[b"call-id"][0]
        leg = self.legs.get(call_id)
        if first.startswith(b"SIP/2.0"):
            if leg is not None and not first.startswith(b"SIP/2.0 1"):
                self.over(leg)
            return
        method = first.partition(b" ")[0]
        if method == b"INVITE" and leg is None:
            self._rings(headers, body, source, at)
        elif method == b"ACK" and leg is not None:
            self.settled(leg)
        elif method == b"CANCEL" and leg is not None:
            self.send(self.answer(b"200 OK", headers), source)
            self.send(self.answer(b"487 Request Terminated", leg.invite, leg.ours), source)
            self.over(leg)
        elif method in {b"BYE", b"CANCEL", b"OPTIONS"}:
            self.send(self.answer(b"200 OK", headers), source)
            if leg is not None:
                self.over(leg)

    def _rings(
        self, headers: dict[bytes, list[bytes]], body: bytes, source: tuple[str, int], at: float
    ) -> None:
        user = _USER.search(headers[b"from"][0])
        call = Call(caller=user[1].decode() if user else "", began=at)
        self.calls.append(call)
        leg = _Leg(
            call=call,
            call_id=headers[b"call-id"][0],
            ours=headers[b"to"][0] + b";tag=" + secrets.token_hex(6).encode(),
            theirs=headers[b"from"][0],
            target=_address(headers[b"contact"][0]),
            far=source,
            invite=headers,
        )
        self.legs[leg.call_id] = leg
        self.connect(leg, body)
        self.send(self.answer(b"180 Ringing", headers, leg.ours), source)
        self.wait(leg, random.uniform(*ANSWER_S), self._picks_up)

    def _picks_up(self, leg: _Leg) -> None:
        leg.call.up, leg.call.status = time.time(), 200
        self.repeat(leg, self.answer(b"200 OK", leg.invite, leg.ours, self.description()))
        self.wait(leg, self.load.talk_s * random.uniform(0.75, 1.25), self._hangs_up)

    def _hangs_up(self, leg: _Leg) -> None:
        self.repeat(leg, self.request(leg, b"BYE", 1))


class Callers(Side):
    """Callers at an even rate; each waits until the other side hangs up, or loses patience."""

    async def call(self) -> None:
        """Let everybody call; returns when the last call is over."""
        load, begin = self.load, time.monotonic()
        for place in range(round(load.rate * load.seconds)):
            await asyncio.sleep(max(0.0, begin + place / load.rate - time.monotonic()))
            self._place(f"139{load.first + place:08d}".encode())
        await self.quiet.wait()

    def _place(self, caller: bytes) -> None:
        server = b"%s:%d" % (self.load.server[0].encode(), self.load.server[1])
        call = Call(caller=caller.decode(), began=time.time())
        self.calls.append(call)
        leg = _Leg(
            call=call,
            call_id=secrets.token_hex(12).encode(),
            ours=b"<sip:" + caller + b"@" + self.me + b">;tag=" + secrets.token_hex(6).encode(),
            theirs=b"<sip:" + self.load.number.encode() + b"@" + server + b">",
            target=b"sip:" + self.load.number.encode() + b"@" + server,
            far=self.load.server,
        )
        self.legs[leg.call_id] = leg
        self.quiet.clear()
        self.repeat(leg, self.request(leg, b"INVITE", 1, body=self.description()))
        self.wait(leg, PATIENCE_S, self._gives_up)

    def _gives_up(self, leg: _Leg) -> None:
        if leg.call.up:
            self.repeat(leg, self.request(leg, b"BYE", 2))
        else:
            self.over(leg)

    def heard(
        self, first: bytes, headers: dict[bytes, list[bytes]], body: bytes, source: tuple[str, int], at: float
    ) -> None:
        """An answer to our INVITE or BYE, or the other side's hang-up."""
        leg = self.legs.get(headers[b"call-id"][0])
        status = _STATUS.match(first)
        if status is None:
            self.send(self.answer(b"200 OK", headers), source)
            if leg is not None and first.startswith(b"BYE"):
                self.over(leg)
            return
        if leg is None:
            return
        if headers[b"cseq"][0].endswith(b"BYE"):
            self.over(leg)
            return
        self.settled(leg)
        code = int(status[1])
        if code < 200:
            return
        leg.theirs = headers[b"to"][0]
        if code >= 300:
            self.send(self.request(leg, b"ACK", 1, branch=leg.branch), leg.far)
            leg.call.status = code
            self.over(leg)
            return
        leg.target = _address(headers[b"contact"][0])
        if not leg.call.up:
            leg.call.up, leg.call.status = at, code
            self.connect(leg, body)
        self.send(self.request(leg, b"ACK", 1), leg.far)


# ── A side in its process ────────────────────────────────────────────────────────────────────────────────────


def run_side(side: str, load: Load, line: Connection) -> None:
    """Entry point of a process. Callers call when told `go` and answer when all is over; agents answer when told `end`.

    The answer: calls, audio packets sent, CPU seconds used.
    """
    os.nice(load.nice)
    uvloop.run(_run(side, load, line))


async def _run(side: str, load: Load, line: Connection) -> None:
    one = Agents(load) if side == "agents" else Callers(load)
    line.send("ready")
    await asyncio.to_thread(line.recv)
    if isinstance(one, Callers):
        await one.call()
    line.send((one.calls, one.audio_packets, time.process_time()))
