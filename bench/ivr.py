"""Menus under load: so many callers at once walk the demo's self service with digits at human speed, on the product as people start it.

Each caller presses 3, keys an ID number of 18 digits, confirms it, asks for the card's progress (a real HTTP question to the demo's own
service), hears the answer, hangs up and calls again. Counted: digits lost (a number that the flow refuses, by its check digit), and how long
after the last digit was pressed (in silence) the next prompt's first sound arrives at the telephone. The telephones are another process. Beside it, in one process
without network: what one step of the interpreter takes.

    python -m bench.ivr --calls 60 --seconds 60
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import random
import tempfile
import time
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import structlog
import uvloop
from bench._installation import journal_of

from hotline.adapters.embedded.ports import Address
from hotline.adapters.sip_caller.audio import PhoneAudio
from hotline.adapters.sip_caller.beat import Beat
from hotline.adapters.sip_caller.phone import SipPhone
from hotline.core import events as e
from hotline.core.flow_bench import Script, Setting, walk
from hotline.core.ids import FlowId
from hotline.demo.matters import CARDS
from hotline.features.flows.templates import template
from hotline.platform.priority import favour_audio
from hotline.wire import rtp
from tests.e2e.product import Product
from tests.unit.core_bench import queue, site

NUMBER = "01084000000"
BETWEEN_KEYS_S = (0.25, 0.55)
SILENCE = frozenset(b"\xd5\x55")
SOUND_LIMIT_S = 5.0
RAMP_CALLS_A_SECOND = 3.0
WALKS = 40


class Ear(PhoneAudio):
    """Notes when the first sound comes after `listen`."""

    def __init__(self, address: str, beat: Beat) -> None:
        super().__init__(address, beat)
        self.sounded = asyncio.Event()
        self._since: float | None = None
        self.took_ms = 0.0

    def listen(self) -> None:
        """From now on the next sound counts."""
        self.sounded.clear()
        self._since = time.monotonic()

    def _received(self, data: bytes, source: Address) -> None:
        super()._received(data, source)
        if self._since is not None and not self.sounded.is_set():
            packet = rtp.parse(data)
            if (
                packet is not None
                and packet.payload_type in (0, 8)
                and not SILENCE.issuperset(packet.payload)
            ):
                self.took_ms = (time.monotonic() - self._since) * 1_000
                self._since = None
                self.sounded.set()


class Callers:
    """All telephones of the process."""

    def __init__(self, sip: tuple[str, int], seed: int) -> None:
        self._sip = sip
        self._random = random.Random(seed)
        self._beat = Beat()
        self.after_number_ms: list[float] = []
        self.silent = 0
        self.calls = 0
        self.refused = 0
        self.ending = asyncio.Event()

    async def slot(self, place: int) -> None:
        """Call again and again until the end."""
        await asyncio.sleep(place / RAMP_CALLS_A_SECOND)
        while not self.ending.is_set():
            await self._one(f"139{self._random.randrange(10**8):08d}")

    async def _one(self, shown: str) -> None:
        phone = SipPhone(self._sip, beat=self._beat, audio=Ear)
        call = phone.call(NUMBER, shown=shown)
        try:
            async with asyncio.timeout(20):
                await call.answered.wait()
            if not call.is_up:
                self.refused += 1
                return
            ear = call.audio
            assert isinstance(ear, Ear)
            self.calls += 1
            await asyncio.sleep(self._random.uniform(1.0, 3.0))
            await self._walk(ear)
        except TimeoutError:
            self.silent += 1
        finally:
            call.hang_up()
            await asyncio.sleep(0.3)
            await phone.close()

    async def _walk(self, ear: Ear) -> None:
        await self._key(ear, "3", 1.5)
        number = self._random.choice(CARDS)[0]
        for digit in number[:-1]:
            ear.press(digit)
            await asyncio.sleep(self._random.uniform(*BETWEEN_KEYS_S))
        ear.listen()  # nothing has been played since the first digit
        ear.press(number[-1])
        async with asyncio.timeout(SOUND_LIMIT_S):
            await ear.sounded.wait()
        self.after_number_ms.append(ear.took_ms)
        await asyncio.sleep(self._random.uniform(0.5, 1.5))
        await self._key(ear, "1", 0.8)
        await self._key(ear, "1", 6.0)

    async def _key(self, ear: Ear, digit: str, pause_s: float) -> None:
        ear.press(digit)
        await asyncio.sleep(pause_s + self._random.uniform(0.0, 1.0))


def run_callers(sip: tuple[str, int], calls: int, seconds: float, line: Connection) -> None:
    """Entry point of the telephones' process."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    favour_audio()
    line.send(uvloop.run(_callers(sip, calls, seconds)))


async def _callers(sip: tuple[str, int], calls: int, seconds: float) -> dict[str, Any]:
    callers = Callers(sip, seed=7)
    slots = [asyncio.create_task(callers.slot(place), name=f"caller-{place}") for place in range(calls)]
    await asyncio.sleep(calls / RAMP_CALLS_A_SECOND)
    callers.after_number_ms.clear()
    await asyncio.sleep(seconds)
    callers.ending.set()
    await asyncio.gather(*slots)
    return {
        "number": callers.after_number_ms,
        "calls": callers.calls,
        "refused": callers.refused,
        "silent": callers.silent,
    }


def steps_ms() -> tuple[float, int]:
    """Return the milliseconds that one step of the interpreter takes, in the largest template, and how many steps the mean is of."""
    found = template("insurance")
    assert found is not None
    at = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
    setting = Setting(flow_id=FlowId("main"), document=json.dumps(found.document), at=at)
    place = site(queues=tuple(queue(number, number=number) for number in ("8000", "8001", "8002")))
    keys = [Script(kind="digit", key=one) for one in f"3{CARDS[0][0]}11"]
    answer = Script(kind="answer", values={"status": 200, "body": {"card": {"state": "made"}}})
    script = [*keys, answer, *[Script(kind="next")] * 8]
    none = _timed(lambda: walk(place, setting, ()))
    steps = [step for step in walk(place, setting, script).steps if isinstance(step.event, e.NodeEntered)]
    whole = _timed(lambda: walk(place, setting, script))
    return (whole - none) / (len(script) + len(steps)), len(script) + len(steps)


def _timed(work: Any) -> float:
    times: list[float] = []
    for _ in range(WALKS):
        began = time.process_time()
        work()
        times.append(1_000 * (time.process_time() - began))
    return min(times)  # what it costs when nobody else wants the core


def quantile(values: list[float], share: float) -> float:
    """Return the value that this share of them does not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


async def measure(args: argparse.Namespace, folder: Path) -> None:
    """Run the product and the callers, and print the table."""
    product = Product(folder / "data", {"HOTLINE_RTP_PORTS": "42000-42799"})
    await product.start()
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(
        target=run_callers, args=(product.sip, args.calls, args.seconds, there), name="callers"
    )
    try:
        process.start()
        limit_s = args.calls / RAMP_CALLS_A_SECOND + args.seconds + 120
        if not await asyncio.to_thread(here.poll, limit_s):
            raise TimeoutError("the callers said nothing")
        seen = await asyncio.to_thread(here.recv)
        recorded = await asyncio.to_thread(journal_of, product)
    finally:
        process.join(10)
        await product.stop()
    _print(args, seen, [one.event for one in recorded])


def _print(args: argparse.Namespace, seen: dict[str, Any], journal: list[Any]) -> None:
    keyed = [one for one in journal if isinstance(one, e.KeysPressed) and one.node_id == "id_number"]
    good = sum(one.accepted for one in keyed)
    asked = [one for one in journal if isinstance(one, e.InquiryEnded)]
    print("| | p50 ms | p99 ms | longest ms | measured |\n|---|---|---|---|---|")
    name, times = "last digit pressed → first sound of the next prompt", seen["number"]
    if times:
        print(
            f"| {name} | {quantile(times, 0.5):.0f} | {quantile(times, 0.99):.0f} | {max(times):.0f} | {len(times)} |"
        )
    took = [1_000 * one.seconds for one in asked] or [0.0]
    print(
        f"| question over HTTP, asked → answered | {quantile(took, 0.5):.0f} | {quantile(took, 0.99):.0f} | {max(took):.0f} | {len(took)} |"
    )
    lost = len(keyed) - good
    found = sum(one.outcome is e.InquiryOutcome.OK for one in asked)
    print(
        f"\n{args.calls} calls at once, {seen['calls']} calls in all, {seen['refused']} refused, {seen['silent']} heard nothing in time."
    )
    print(
        f"ID numbers keyed: {len(keyed)}, of them not whole: {lost} (18 digits each, so {18 * good} digits arrived in order)."
    )
    print(f"HTTP questions answered with a record: {found} of {len(asked)}.")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=60, help="callers at once")
    parser.add_argument("--seconds", type=float, default=60, help="measured, after all have called")
    args = parser.parse_args()
    step, steps = steps_ms()
    print(
        f"One step of the interpreter: {step:.3f} ms of CPU (mean of {steps} steps of a walk, quickest of {WALKS} walks).\n"
    )
    print(f"{args.calls} callers; load average {os.getloadavg()[0]:.1f}\n", flush=True)
    with tempfile.TemporaryDirectory() as name:
        uvloop.run(measure(args, Path(name)))


if __name__ == "__main__":
    main()
