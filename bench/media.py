"""What the media plane costs and how evenly it sends: trunk calls, SIP and browser agents, recorded, over real RTP on loopback.

The engine's media plane runs alone in its own process; the telephones run in this one. A packet's payload carries the time at which
it was sent, and the kernel stamps its arrival, so that the telephones' own lateness does not count against the engine.

    python -m bench.media --calls 60 --agents 30 --seconds 20
"""

import argparse
import asyncio
import contextlib
import multiprocessing
import os
import socket
import struct
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import uvloop

from hotline.adapters.embedded.audio_port import LegAudio, MediaSettings
from hotline.adapters.embedded.media import Media
from hotline.adapters.embedded.ticker import Ticker
from hotline.core.ids import LegId, PlayId, RecordingId
from hotline.core.switching import Bridge, Play, RecordingDone, StartRecording, SwitchEvent
from hotline.platform.collector import keep_for_good
from hotline.platform.priority import favour_audio
from hotline.wire import g711, wav
from hotline.wire.g711 import FRAME, Law
from hotline.wire.rtp import pack, parse

MUSIC = "music.wav"
_STAMP = struct.Struct("!Q")
_TIMESTAMPNS = getattr(socket, "SO_TIMESTAMPNS", 35)
_TIMESPEC = struct.Struct("@qq")


# ── The engine's side ────────────────────────────────────────────────────────────────────────────────────────


async def serve_engine(orders: Connection, data: Path, ports: range) -> None:
    """Open legs and carry out commands as the bench orders; report CPU time."""
    done: list[SwitchEvent] = []
    media = Media(MediaSettings(address="127.0.0.1", advertised="", ports=ports, data=data), done.append)
    legs: dict[str, LegAudio] = {}
    inbox: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
    asyncio.get_running_loop().add_reader(orders.fileno(), lambda: inbox.put_nowait(orders.recv()))
    while True:
        order, value = await inbox.get()
        match order:
            case "open":
                name, webrtc, sdp = value
                leg = legs[name] = media.open(LegId(name), webrtc=webrtc)
                answer = await leg.take_offer(sdp)
                leg.answered()
                orders.send(answer)
            case "do":
                media.execute(value)
            case "cpu":
                orders.send(time.process_time())
            case _:
                stats = [await leg.close() for leg in legs.values()]
                await media.close()
                recordings = [event for event in done if isinstance(event, RecordingDone)]
                orders.send((stats, recordings))
                return


def run_engine(orders: Connection, data: Path, ports: range) -> None:
    """Entry point of the engine's process."""
    keep_for_good(tidy=True)
    print(f"engine's scheduling: {favour_audio()}\n", flush=True)
    uvloop.run(serve_engine(orders, data, ports))


# ── The telephones' side ─────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Heard:
    """What one telephone received: arrival (ns), sequence, delay of relayed packets (ns, None when the payload is not ours)."""

    arrivals: list[int] = field(default_factory=list)
    sequences: list[int] = field(default_factory=list)
    delays: list[int] = field(default_factory=list)

    def take(self, data: bytes, arrived: int) -> None:
        """Note a packet."""
        packet = parse(data)
        if packet is None or packet.payload_type != Law.ALAW.value:
            return
        self.arrivals.append(arrived)
        self.sequences.append(packet.sequence)
        (sent,) = _STAMP.unpack_from(packet.payload)
        if 0 <= arrived - sent < 10**9:
            self.delays.append(arrived - sent)

    def clear(self) -> None:
        """Forget the warm-up."""
        self.arrivals.clear()
        self.sequences.clear()
        self.delays.clear()

    def steps(self) -> list[float]:
        """Milliseconds by which each interval differs from 20."""
        return [abs((b - a) / 1e6 - 20) for a, b in zip(self.arrivals, self.arrivals[1:], strict=False)]

    def gaps(self) -> int:
        """Packets whose number does not follow the one before."""
        return sum((b - a) & 0xFFFF != 1 for a, b in zip(self.sequences, self.sequences[1:], strict=False))


class Phone:
    """A SIP telephone's audio: a socket, a stream out, kernel-stamped arrivals."""

    def __init__(self) -> None:
        self.heard = Heard()
        self._sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sock.setblocking(False)
        self._sock.setsockopt(socket.SOL_SOCKET, _TIMESTAMPNS, 1)
        self._sock.bind(("127.0.0.1", 0))
        self._target: tuple[str, int] | None = None
        self._number = 0
        self._ssrc = self._sock.getsockname()[1]
        asyncio.get_running_loop().add_reader(self._sock.fileno(), self._read)

    def offer(self) -> str:
        """Our SDP."""
        port = self._sock.getsockname()[1]
        head = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        return head + f"m=audio {port} RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n"

    def aim(self, answer: str) -> None:
        """Send where the answer says."""
        audio = next(line for line in answer.splitlines() if line.startswith("m=audio"))
        self._target = ("127.0.0.1", int(audio.split()[1]))

    def send(self) -> None:
        """Send 20 ms stamped with the time."""
        if self._target is not None:
            payload = _STAMP.pack(time.time_ns()) + b"\xd5" * (FRAME - 8)
            data = pack(8, False, self._number, self._number * FRAME, self._ssrc, payload)
            self._number += 1
            self._sock.sendto(data, self._target)

    def _read(self) -> None:
        with contextlib.suppress(BlockingIOError):
            data, control, _, _ = self._sock.recvmsg(2048, 64)
            seconds, nanos = _TIMESPEC.unpack_from(control[0][2])
            self.heard.take(data, seconds * 10**9 + nanos)


class Browsers:
    """Browser agents: legs of a second media plane, here, so that ICE, DTLS and SRTP are real."""

    def __init__(self, data: Path, ports: range) -> None:
        self._media = Media(
            MediaSettings(address="127.0.0.1", advertised="", ports=ports, data=data), lambda _: None
        )
        self._legs: list[LegAudio] = []

    async def add(self, name: str, answer_of: Callable[[str], Awaitable[str]]) -> Heard:
        """Call the engine as a browser does; the leg speaks music from then on."""
        leg_id = LegId(name)
        leg: Any = self._media.open(leg_id, webrtc=True)
        self._legs.append(leg)
        await leg.take_answer(await answer_of(await leg.make_offer()))
        leg.answered()
        heard, receive = Heard(), leg.voice.receive

        def tapped(data: bytes) -> bool:
            heard.take(data, time.time_ns())
            return receive(data)

        leg.voice.receive = tapped
        self._media.execute(Play(leg_id=leg_id, play_id=PlayId(name), sounds=(MUSIC,), repeat=0))
        return heard

    async def close(self) -> None:
        """End all."""
        await self._media.close()


def percentile(values: list[float], share: float) -> float:
    """Nearest-rank percentile; 0 of nothing."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))] if ranked else 0.0


def row(name: str, values: list[float]) -> str:
    """One line of the table of milliseconds."""
    p50, p99 = percentile(values, 0.5), percentile(values, 0.99)
    return f"| {name} | {p50:.2f} | {p99:.2f} | {max(values, default=0):.2f} | {len(values)} |"


class Bench:
    """One run."""

    def __init__(self, args: argparse.Namespace, orders: Connection, data: Path) -> None:
        self.args = args
        self.orders = orders
        self.data = data
        self.waiting: list[Phone] = []
        self.talking: list[Phone] = []
        self.agents: list[Phone] = []
        self.browsers: list[Heard] = []

    async def open(self, name: str, offer: str, *, webrtc: bool = False) -> str:
        """Open a leg at the engine."""
        self.orders.send(("open", (name, webrtc, offer)))
        return await asyncio.to_thread(self.orders.recv)

    async def phone(self, name: str) -> Phone:
        """A telephone that is in a call."""
        phone = Phone()
        phone.aim(await self.open(name, phone.offer()))
        return phone

    async def set_up(self, browsers: Browsers) -> None:
        """Callers and agents: as many calls as there are agents talk and are recorded, the others hear music."""
        for number in range(self.args.calls):
            name = f"caller-{number}"
            phone = await self.phone(name)
            if number >= self.args.agents:
                self.waiting.append(phone)
                music = Play(leg_id=LegId(name), play_id=PlayId(name), sounds=(MUSIC,), repeat=0)
                self.orders.send(("do", music))
                continue
            self.talking.append(phone)
            agent = f"agent-{number}"
            if number % 2:
                self.browsers.append(
                    await browsers.add(agent, lambda sdp, a=agent: self.open(a, sdp, webrtc=True))
                )
            else:
                self.agents.append(await self.phone(agent))
            self.orders.send(("do", Bridge(leg_id=LegId(name), peer_id=LegId(agent))))
            recording = RecordingId(name)
            path = f"recordings/{name}.wav"
            self.orders.send(("do", StartRecording(recording_id=recording, leg_id=LegId(name), path=path)))

    async def measure(self) -> tuple[float, float]:
        """Talk; return the engine's CPU seconds and the wall seconds."""
        own_steps: list[float] = []
        last = time.monotonic()

        def beat(_now: int) -> None:
            nonlocal last
            now = time.monotonic()
            own_steps.append(abs((now - last) * 1000 - 20))
            last = now
            for phone in phones:
                phone.send()

        phones = self.waiting + self.talking + self.agents
        ticker = Ticker(beat)
        ticker.start()
        await asyncio.sleep(3)
        for heard in self.all_heard():
            heard.clear()
        own_steps.clear()
        cpu, wall = await self.engine_cpu(), time.monotonic()
        await asyncio.sleep(self.args.seconds)
        spent = await self.engine_cpu() - cpu, time.monotonic() - wall
        ticker.stop()
        print("| milliseconds | p50 | p99 | max | n |\n| --- | ---: | ---: | ---: | ---: |")
        print(row("telephones' own sending deviation from 20 ms", own_steps))
        return spent

    async def engine_cpu(self) -> float:
        """CPU seconds of the engine's process so far."""
        self.orders.send(("cpu", None))
        return await asyncio.to_thread(self.orders.recv)

    def all_heard(self) -> list[Heard]:
        """Everybody's ears."""
        return [phone.heard for phone in self.waiting + self.talking + self.agents] + self.browsers

    def print_table(self, cpu: float, wall: float) -> None:
        """The figures."""
        phones = self.talking + self.agents
        print(
            row(
                "music to waiting callers deviation from 20 ms",
                [s for p in self.waiting for s in p.heard.steps()],
            )
        )
        print(row("relayed to telephones deviation from 20 ms", [s for p in phones for s in p.heard.steps()]))
        print(row("relayed to browsers deviation from 20 ms", [s for h in self.browsers for s in h.steps()]))
        print(row("relay delay", [d / 1e6 for p in phones for d in p.heard.delays]))
        print("\n| whole run | |\n| --- | ---: |")
        print(f"| packets heard | {sum(len(h.arrivals) for h in self.all_heard())} |")
        print(f"| sequence gaps | {sum(h.gaps() for h in self.all_heard())} |")
        print(f"| engine process | {100 * cpu / wall:.1f} % of a core over {wall:.1f} s |")


async def run(args: argparse.Namespace) -> None:
    """Start the engine's process, measure, print."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        noise = bytes(os.urandom(FRAME * 500))
        (data / MUSIC).write_bytes(wav.g711_file(Law.ALAW, g711.convert(noise, Law.ULAW, Law.ALAW)))
        here, there = multiprocessing.get_context("spawn").Pipe()
        ports = range(args.port, args.port + 400)
        engine = multiprocessing.get_context("spawn").Process(target=run_engine, args=(there, data, ports))
        engine.start()
        browsers = Browsers(data, range(args.port + 400, args.port + 600))
        bench = Bench(args, here, data)
        try:
            await bench.set_up(browsers)
            bench.print_table(*await bench.measure())
            here.send(("stop", None))
            _, recordings = await asyncio.to_thread(here.recv)
            whole = sum(1 for done in recordings if not done.error and done.duration_ms > args.seconds * 1000)
            print(f"| recordings whole | {whole} of {min(args.calls, args.agents)} |")
        finally:
            await browsers.close()
            engine.join(10)
            if engine.is_alive():
                engine.kill()


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=60)
    parser.add_argument("--agents", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--port", type=int, default=34400)
    args = parser.parse_args()
    print(
        f"{args.calls} calls, {args.agents} agents (half browser), recorded; load average {os.getloadavg()[0]:.1f}"
    )
    favour_audio()  # the telephones are the measuring instrument
    uvloop.run(run(args))


if __name__ == "__main__":
    main()
