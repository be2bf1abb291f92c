"""The sound of the benchmarks' telephones: every packet says when and by whom it was sent; the kernel says when one came.

A frame begins with the time of sending and the sender's name, so that a relayed packet is told from prompts and music, the first one
of a talk is known, and its way through the switch can be timed. Nothing is decoded or kept.
"""

import asyncio
import contextlib
import itertools
import secrets
import socket
import struct
import time
from dataclasses import dataclass, field
from pathlib import Path

from hotline.adapters.embedded.audio_port import MediaSettings
from hotline.adapters.embedded.ports import Address, OnDatagram, PortPool, UdpSocket
from hotline.adapters.embedded.secure_link import BrowserSide, SecureLink
from hotline.adapters.embedded.ticker import Ticker
from hotline.adapters.sip_caller.audio import PhoneAudio
from hotline.adapters.sip_caller.beat import Beat, Beaten
from hotline.wire import offer_answer, sdp
from hotline.wire.g711 import FRAME, Law
from hotline.wire.offer_answer import Direction, LocalAudio
from hotline.wire.rtp import MAX_PACKET, is_rtcp, parse, signed_16
from hotline.wire.rtp_stream import OutgoingStream

CITIZEN, AGENT = b"\xd5CITIZEN", b"\xd5AGENT\xd5\xd5"
_STAMP = struct.Struct("!Q")
_TIMESPEC = struct.Struct("@qq")
_TIMESTAMPNS = getattr(socket, "SO_TIMESTAMPNS", 35)
_FILL = b"\xd5" * (FRAME - _STAMP.size - len(CITIZEN))


def frame(who: bytes) -> bytes:
    """20 ms that say who sent them, and that it was now (Unix time, ns)."""
    return _STAMP.pack(time.time_ns()) + who + _FILL


@dataclass(slots=True)
class Tally:
    """What all telephones of a process have heard. Milliseconds."""

    paced: list[float] = field(default_factory=list)
    """|interval − 20| between two packets of the switch's own: prompts, music, silence."""
    relayed: list[float] = field(default_factory=list)
    """The same between two packets of the other party."""
    turned: list[float] = field(default_factory=list)
    """The same where one gives way to the other."""
    delays: list[float] = field(default_factory=list)
    """From the other party's sending to our hearing."""
    own: list[float] = field(default_factory=list)
    """|interval − 20| of our own sending."""
    packets: int = 0
    gaps: int = 0


class Ear:
    """What one call hears. Times are Unix time in ns."""

    def __init__(self, tally: Tally, other: bytes) -> None:
        self._tally = tally
        self._other = other
        self._before: tuple[int, int, bool] | None = None
        self.first_at = 0
        self.other_at = 0
        """When the other party was first heard."""

    def speaks_now(self) -> bool:
        """Whether the newest packet was the other party's."""
        return self._before is not None and self._before[2]

    def take(self, data: bytes, arrived: int) -> None:
        """Note a packet."""
        packet = parse(data)
        if packet is None or is_rtcp(data):
            return
        tally = self._tally
        tally.packets += 1
        self.first_at = self.first_at or arrived
        spoken = packet.payload[8:16] == self._other
        if spoken:
            self.other_at = self.other_at or arrived
            tally.delays.append((arrived - _STAMP.unpack_from(packet.payload)[0]) / 1e6)
        if self._before is not None:
            at, sequence, was_spoken = self._before
            step = signed_16(packet.sequence - sequence)
            if step <= 0:
                return
            tally.gaps += step - 1
            kind = tally.turned if spoken is not was_spoken else tally.relayed if spoken else tally.paced
            kind.append(abs((arrived - at) / 1e6 - 20) if step == 1 else 20.0 * step)
        self._before = (arrived, packet.sequence, spoken)


class EvenBeat(Beat):
    """The beat of all telephones of a process, by the engine's own ticker; notes how even it is."""

    def __init__(self, tally: Tally) -> None:
        super().__init__()
        self._even: set[Beaten] = set()
        self._own = tally.own
        self._last = 0
        self._ticker = Ticker(self._tick)
        self._ticker.start()

    def join(self, member: Beaten) -> None:
        self._even.add(member)

    def leave(self, member: Beaten) -> None:
        self._even.discard(member)

    def _tick(self, now: int) -> None:
        at = time.monotonic_ns()
        if self._last:
            self._own.append(abs((at - self._last) / 1e6 - 20))
        self._last = at
        for member in tuple(self._even):
            member.beat(now)

    def close(self) -> None:
        """Stop."""
        self._ticker.stop()


class _StampedSocket(UdpSocket):
    """A socket whose packets carry the kernel's time of arrival."""

    def __init__(self, sock: socket.socket, on_datagram: OnDatagram) -> None:
        sock.setsockopt(socket.SOL_SOCKET, _TIMESTAMPNS, 1)
        super().__init__(sock, on_datagram)
        self.arrived = 0

    def _readable(self) -> None:
        with contextlib.suppress(OSError):
            data, control, _, address = self._sock.recvmsg(MAX_PACKET, 64)
            seconds, nanos = _TIMESPEC.unpack_from(control[0][2])
            self.arrived = seconds * 10**9 + nanos
            self._on_datagram(data, address)


class StampedAudio(PhoneAudio):
    """A SIP telephone's sound: silence that says who sends it, from `speak` on."""

    _stamped: _StampedSocket

    def __init__(self, address: str, beat: Beat, *, tally: Tally, who: bytes) -> None:
        super().__init__(address, beat)
        self.ear = Ear(tally, AGENT if who == CITIZEN else CITIZEN)
        self._who = who

    def _listen(self, sock: socket.socket) -> UdpSocket:
        self._stamped = _StampedSocket(sock, self._received)
        return self._stamped

    def _frame(self, law: Law) -> bytes:
        assert law is Law.ALAW, "the benchmark's own marks need one law end to end"
        return frame(self._who)

    def _received(self, data: bytes, source: Address) -> None:
        del source
        self.ear.take(data, self._stamped.arrived)


class Browsers:
    """What the browser telephones of a process share: a certificate and ports."""

    def __init__(self, ports: range) -> None:
        settings = MediaSettings(address="127.0.0.1", advertised="", ports=ports, data=Path())
        self.side = BrowserSide(settings, PortPool("127.0.0.1", ports))


class BrowserAudio:
    """A browser telephone's sound: real ICE, DTLS and SRTP, G.711 inside; stands where `PhoneAudio` stands in a call."""

    _names = itertools.count(1)

    def __init__(self, browsers: Browsers, beat: Beat, tally: Tally) -> None:
        self.ear = Ear(tally, CITIZEN)
        self._beat = beat
        self._side = browsers.side
        self._link = SecureLink(
            self._side,
            f"browser-{next(self._names)}",
            lambda data: self.ear.take(data, time.time_ns()),
            lambda _: None,
            lambda: None,
        )
        self._stream = OutgoingStream(secrets.randbits(32), secrets.randbits(15), secrets.randbits(32))
        self._answer = ""
        self._closing: asyncio.Task[None] | None = None

    async def prepare(self, offered: str) -> None:
        """Do what a browser does between the press of the button and its 200: gather, and begin the checks."""
        remote = offer_answer.read(offered, our_order=True)
        assert remote.ice is not None and remote.law is Law.ALAW, "browser calls bring ICE, and A-law first"
        ice = await self._link.gather(controlling=False, setup="active")
        self._link.start(remote.ice, dtls_role="client")
        local = LocalAudio(
            address=self._side.advertised,
            port=int(ice.candidates[0].split()[5]),
            session_id=secrets.randbits(31),
            version=1,
            ssrc=self._stream.ssrc,
            cname="bench",
            laws=(Law.ALAW,),
            key_type=remote.key_type,
            direction=Direction.SENDRECV,
            mux=True,
            ice=ice,
        )
        self._answer = sdp.build(offer_answer.answer(local, remote))

    def answer(self, offered: str) -> str:
        """The answer that `prepare` made; sound flows from now on."""
        del offered
        self._beat.join(self)
        return self._answer

    def beat(self, now: int) -> None:
        """Send what is due."""
        self._link.send(self._stream.timed(Law.ALAW.value, frame(AGENT), now))

    def close(self) -> None:
        """End the sound; the DTLS good-bye follows."""
        self._beat.leave(self)
        if self._closing is None:
            self._closing = asyncio.get_running_loop().create_task(self._link.close(), name="browser-close")
