"""A telephone's audio for tests: sends given G.711 every 20 ms over a real socket, keeps what it hears on the real clock."""

import asyncio
import contextlib
import random
import socket
from dataclasses import dataclass, field

import numpy as np

from hotline.adapters.embedded.ticker import Ticker, samples
from hotline.wire import dtmf
from hotline.wire.g711 import FRAME, Law, decode, encode
from hotline.wire.rtp import RtpPacket, pack, parse


def chirp(seconds: float, low: float, high: float, amplitude: int = 8000) -> bytes:
    """Linear audio that correlates with itself at one delay only: noise filtered to a telephone band slice, seeded by the band."""
    count = int(seconds * 8000)
    time = np.arange(count) / 8000
    sweep = low * time + (high - low) / (2 * seconds) * time**2
    wave = amplitude * np.sin(2 * np.pi * sweep)
    return wave.astype("<i2").tobytes()


def likeness(heard: bytes, said: bytes) -> tuple[float, int]:
    """Best normalised correlation of `said` within `heard` (linear) and the sample at which it begins."""
    one = np.frombuffer(heard, "<i2").astype(float)
    two = np.frombuffer(said, "<i2").astype(float)
    if len(one) < len(two):
        one = np.pad(one, (0, len(two) - len(one)))
    from scipy.signal import fftconvolve

    product = fftconvolve(one, two[::-1], mode="valid")
    energy = fftconvolve(one**2, np.ones(len(two)), mode="valid")
    score = product / np.sqrt(np.maximum(energy, 1.0) * np.sum(two**2))
    at = int(np.argmax(score))
    return float(score[at]), at


@dataclass
class RtpPeer:
    """One side of an RTP stream on loopback."""

    law: Law = Law.ALAW
    key_type: int | None = 101
    heard: list[tuple[int, RtpPacket]] = field(default_factory=list)
    target: tuple[str, int] | None = None
    muted: bool = False
    lose: float = 0.0

    async def start(self) -> "RtpPeer":
        self._loop = asyncio.get_running_loop()
        self._sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sock.setblocking(False)
        self._sock.bind(("127.0.0.1", 0))
        self.port = self._sock.getsockname()[1]
        self._loop.add_reader(self._sock.fileno(), self._read)
        self._ssrc = random.getrandbits(32)
        self._seq = random.getrandbits(16)
        self._stamp = random.getrandbits(32)
        self._audio = b""
        self._at = 0
        self._said_all = asyncio.Event()
        self._keys: list[dtmf.EventStep] = []
        self._key_stamp = 0
        self._chance = random.Random(7)
        self._changed = asyncio.Condition()
        self._ticker = Ticker(self._beat)
        self._ticker.start()
        return self

    def close(self) -> None:
        self._ticker.stop()
        if self._sock.fileno() >= 0:
            self._loop.remove_reader(self._sock.fileno())
            self._sock.close()

    def _read(self) -> None:
        data = self._sock.recv(2048)
        packet = parse(data)
        if packet is not None:
            self.heard.append((samples(), packet))

    def say(self, linear: bytes) -> asyncio.Event:
        """Begin to say this instead of silence; the event is set when it was said."""
        self._audio, self._at = encode(self.law, linear), 0
        self._said_all = asyncio.Event()
        return self._said_all

    def press(self, digits: str) -> None:
        for digit in digits:
            self._keys += dtmf.press(digit)

    def sdp(self, direction: str = "sendrecv", *, address: str = "127.0.0.1", video: bool = False) -> str:
        formats = f"{self.law.value}" + (f" {self.key_type}" if self.key_type is not None else "")
        lines = ["v=0", f"o=- 1 1 IN IP4 {address}", "s=-", f"c=IN IP4 {address}", "t=0 0"]
        if video:
            lines += [f"m=video {self.port + 2} RTP/AVP 96", "a=rtpmap:96 H264/90000"]
        lines += [
            f"m=audio {self.port} RTP/AVP {formats}",
            f"a=rtpmap:{self.law.value} {self.law.encoding}/8000",
        ]
        if self.key_type is not None:
            lines += [f"a=rtpmap:{self.key_type} telephone-event/8000"]
        lines += [f"a={direction}"]
        return "\r\n".join(lines) + "\r\n"

    def aim(self, sdp: str) -> None:
        """Send to the audio address of an SDP."""
        audio = next(line for line in sdp.splitlines() if line.startswith("m=audio"))
        self.target = ("127.0.0.1", int(audio.split()[1]))

    def _beat(self, _now: int) -> None:
        self._stamp = (self._stamp + FRAME) & 0xFFFFFFFF
        if self._keys:
            step = self._keys.pop(0)
            if step.begins:
                self._key_stamp = self._stamp
            for payload in step.payloads:
                assert self.key_type is not None
                self.send(self.key_type, payload, self._key_stamp, marker=step.begins)
            return
        frame = self._audio[self._at : self._at + FRAME]
        self._at += FRAME
        if self._at >= len(self._audio):
            self._said_all.set()
        if not self.muted:
            self.send(self.law.value, frame.ljust(FRAME, self.law.silence), self._stamp)

    def send(self, kind: int, payload: bytes, stamp: int, *, marker: bool = False) -> None:
        seq, self._seq = self._seq, (self._seq + 1) & 0xFFFF
        if self.target is not None and self._chance.random() >= self.lose:
            with contextlib.suppress(OSError):
                self._sock.sendto(pack(kind, marker, seq, stamp, self._ssrc, payload), self.target)

    def audio(self) -> bytes:
        """Everything heard so far, linear, laid out by the stamps of the (single) stream."""
        frames = [packet for _, packet in self.heard if packet.payload_type in {0, 8}]
        if not frames:
            return b""
        first = frames[0].timestamp
        size = max(((p.timestamp - first) & 0xFFFFFFFF) + len(p.payload) for p in frames)
        assert size < 8000 * 600, "stamps jumped"
        strip = bytearray(2 * size)
        for packet in frames:
            at = 2 * ((packet.timestamp - first) & 0xFFFFFFFF)
            linear = decode(Law(packet.payload_type), packet.payload)
            strip[at : at + len(linear)] = linear
        return bytes(strip)

    def keys(self) -> str:
        """Digits heard as RFC 4733 events."""
        receiver = dtmf.DigitReceiver()
        found = [
            receiver.feed(p.ssrc, p.timestamp, p.payload)
            for _, p in self.heard
            if p.payload_type == self.key_type
        ]
        return "".join(digit for digit in found if digit)
