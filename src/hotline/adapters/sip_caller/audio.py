"""The sound of one test telephone: G.711 over RTP with telephone keys, a recording of what it hears, and measurements."""

from __future__ import annotations

import itertools
import random
import socket
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from hotline.adapters.embedded.ports import Address, UdpSocket
from hotline.adapters.sip_caller.beat import SAMPLES_A_SECOND, Beat
from hotline.wire import dtmf, offer_answer, rtp, sdp
from hotline.wire.dtmf import DigitReceiver, EventStep
from hotline.wire.g711 import FRAME, SILENT_FRAME, Law, convert, decode
from hotline.wire.offer_answer import Direction, LocalAudio, RemoteAudio
from hotline.wire.rtp_stream import OutgoingStream

INTERVALS_MAX = 100_000
RECORDING_MAX_S = 3_600
_REALIGN = SAMPLES_A_SECOND // 5
"""A stream whose time stamps are 200 ms ahead of the arrival clock has changed its source: align it anew."""
_STAYS_LATE_S = 0.5
"""So has one that stays behind it by as much. What is late for a moment waited at the socket while this process was kept from
listening: its stamps are right, and to align it anew would write over what comes next."""


@dataclass(slots=True)
class Heard:
    """What was measured of the audio received. Times are seconds of the monotonic clock."""

    packets: int = 0
    lost: int = 0
    first_at: float | None = None
    last_at: float = 0.0
    digits: str = ""
    mark_at: float | None = None
    """When the frame came that `PhoneAudio.listen_for` waits for."""
    uneven_ms: list[float] = field(default_factory=list[float])
    """|interval between two packets in a row - 20 ms|, in milliseconds."""


class PhoneAudio:
    """Sends what it is told to say (silence otherwise) and takes down what it hears."""

    def __init__(self, address: str, beat: Beat, *, law: Law = Law.ALAW) -> None:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setblocking(False)
        sock.bind((address, 0))
        self._socket = self._listen(sock)
        self._address = address
        self._beat = beat
        self._laws = (law, Law.ULAW if law is Law.ALAW else Law.ALAW)
        self._stream = OutgoingStream(random.getrandbits(32), random.getrandbits(15), random.getrandbits(32))
        self._remote: RemoteAudio | None = None
        self._session = random.getrandbits(31)
        self._version = itertools.count(1)
        self._speech = b""
        self._spoken = 0
        self._loop_speech = False
        self._keys: deque[Iterator[EventStep]] = deque()
        self._key_receiver = DigitReceiver()
        self._sequence: int | None = None
        self._anchor: tuple[int, int, int] | None = None  # SSRC, its time stamp, position in the recording
        self._late_since: float | None = None
        self._started_at = 0.0
        self._tape = bytearray()
        self.heard = Heard()
        self.listen_for = b""
        """A frame that only the expected speaker sends; audio is relayed unchanged between two A-law telephones."""

    def _listen(self, sock: socket.socket) -> UdpSocket:
        """Begin to read the socket; measuring telephones read it in their own way."""
        return UdpSocket(sock, self._received)

    # ── Description ─────────────────────────────────────────────────────────────────────────────────────────

    def offer(self, direction: Direction = Direction.SENDRECV) -> str:
        """Return an offer of ours."""
        return sdp.build(offer_answer.offer(self._local(direction)))

    def answer(self, offered: str) -> str:
        """Take an offer and return our answer. Raises `BadSdp`, `NothingInCommon`."""
        remote = offer_answer.read(offered)
        self.take(offered)
        local = self._local(remote.direction.mirrored, (remote.law,), remote.key_type)
        return sdp.build(offer_answer.answer(local, remote))

    def take(self, answered: str) -> None:
        """Take the far end's description and begin to send. Raises `BadSdp`, `NothingInCommon`."""
        self._remote = offer_answer.read(answered)
        if not self._started_at:
            self._started_at = time.monotonic()
        self._beat.join(self)

    def _local(
        self,
        direction: Direction,
        laws: tuple[Law, ...] = (),
        key_type: int | None = dtmf.DEFAULT_PAYLOAD_TYPE,
    ) -> LocalAudio:
        return LocalAudio(
            address=self._address,
            port=self._socket.port,
            session_id=self._session,
            version=next(self._version),
            ssrc=self._stream.ssrc,
            cname="caller",
            laws=laws or self._laws,
            key_type=key_type,
            direction=direction,
        )

    # ── Speaking ────────────────────────────────────────────────────────────────────────────────────────────

    def say(self, alaw: bytes, *, repeat: bool = False) -> None:
        """Speak 8 kHz A-law audio from now on."""
        self._speech, self._spoken, self._loop_speech = alaw, 0, repeat

    @property
    def speaking(self) -> bool:
        """Whether there is something left to say or to press."""
        return self._spoken < len(self._speech) or bool(self._keys)

    def press(self, digits: str) -> None:
        """Press keys, one after another (RFC 4733)."""
        self._keys.extend(dtmf.press(digit) for digit in dtmf.clean_digits(digits))

    def beat(self, now: int) -> None:
        """Send what is due."""
        remote = self._remote
        if remote is None or not remote.direction.receives:
            return
        to = (remote.address, remote.port)
        while self._keys:
            step = next(self._keys[0], None)
            if step is None:
                self._keys.popleft()
                continue
            for index, payload in enumerate(step.payloads):
                kind = remote.key_type if remote.key_type is not None else dtmf.DEFAULT_PAYLOAD_TYPE
                begins = step.begins and index == 0
                self._socket.send(self._stream.event(kind, payload, now, begins=begins), to)
            return
        self._socket.send(self._stream.timed(remote.law.value, self._frame(remote.law), now), to)

    def _frame(self, law: Law) -> bytes:
        if self._spoken >= len(self._speech):
            if not self._loop_speech or not self._speech:
                return SILENT_FRAME[law]
            self._spoken = 0
        frame = self._speech[self._spoken : self._spoken + FRAME].ljust(FRAME, Law.ALAW.silence)
        self._spoken += FRAME
        return convert(frame, Law.ALAW, law)

    # ── Hearing ─────────────────────────────────────────────────────────────────────────────────────────────

    def _received(self, data: bytes, source: Address) -> None:
        del source
        packet = rtp.parse(data)
        if packet is None or rtp.is_rtcp(data):
            return
        now = time.monotonic()
        heard = self.heard
        heard.packets += 1
        if heard.first_at is None:
            heard.first_at = now
        if self._sequence is not None:
            step = rtp.signed_16(packet.sequence - self._sequence)
            if step == 1 and len(heard.uneven_ms) < INTERVALS_MAX:
                heard.uneven_ms.append(abs((now - heard.last_at) * 1_000 - 20))
            elif 1 < step < 1_000:
                heard.lost += step - 1
        if self._sequence is None or rtp.signed_16(packet.sequence - self._sequence) > 0:
            self._sequence = packet.sequence
        heard.last_at = now
        if heard.mark_at is None and self.listen_for and packet.payload == self.listen_for:
            heard.mark_at = now
        if packet.payload_type in (0, 8):
            self._write(packet, now)
        elif self._remote is not None and packet.payload_type == self._remote.key_type:
            digit = self._key_receiver.feed(packet.ssrc, packet.timestamp, packet.payload)
            heard.digits += digit or ""

    def _write(self, packet: rtp.RtpPacket, now: float) -> None:
        """Put a frame where it belongs in the recording: by its time stamp, kept near the time it came."""
        arrived = int((now - self._started_at) * SAMPLES_A_SECOND)
        if arrived > RECORDING_MAX_S * SAMPLES_A_SECOND:
            return
        place = arrived
        if self._anchor is not None and self._anchor[0] == packet.ssrc:
            place = self._anchor[2] + rtp.signed_32(packet.timestamp - self._anchor[1])
            if place - arrived > _REALIGN or self._stays_late(arrived - place > _REALIGN, now):
                place = arrived
                self._anchor = (packet.ssrc, packet.timestamp, place)
        else:
            self._anchor = (packet.ssrc, packet.timestamp, place)
        if place < 0:
            return
        linear = decode(Law(packet.payload_type), packet.payload)
        end = 2 * place + len(linear)
        if len(self._tape) < end:
            self._tape.extend(bytes(end - len(self._tape)))
        self._tape[2 * place : end] = linear

    def _stays_late(self, late: bool, now: float) -> bool:
        if not late:
            self._late_since = None
        elif self._late_since is None:
            self._late_since = now
        return self._late_since is not None and now - self._late_since > _STAYS_LATE_S

    def recording(self) -> bytes:
        """What was heard so far: 8 kHz 16-bit linear, from the first description on."""
        return bytes(self._tape)

    def close(self) -> None:
        """End the sound."""
        self._beat.leave(self)
        self._socket.close()
