"""150 calls through a network that loses a fifth of all signalling both ways: whether any is stuck, or missing from the journal.

The product runs as people start it; fifteen telephones of a process of their own call through a relay that drops datagrams at random
(its own seed). The same calls without loss are measured beside it, so that what loss costs in time is seen.

    python -m bench.loss --calls 150 --share 0.2
"""

import argparse
import asyncio
import multiprocessing
import os
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import structlog
import uvloop
from bench._installation import journal_of
from bench._people import NUMBER, spread

from hotline.adapters.sip_caller.beat import Beat
from hotline.adapters.sip_caller.phone import SipPhone
from hotline.core import events as e
from tests.e2e.product import Product, eventually
from tests.peers.lossy_relay import LossyRelay

PHONES = 15
UP_S = 0.5
CALL_LIMIT_S = 90.0
QUIET_LIMIT_S = 75.0


async def call_in(sip: tuple[str, int], calls: int, share: float, first: int) -> dict[str, Any]:
    """Make the calls; return what came of them."""
    relay = LossyRelay(sip, share, seed=4475)
    beat = Beat()
    phones = [SipPhone(relay.address, beat=beat) for _ in range(PHONES)]
    numbers = iter(range(first, first + calls))
    seen: dict[str, Any] = {"up": [], "refused": 0, "stuck": 0}

    async def call_on(phone: SipPhone) -> None:
        for number in numbers:
            call = phone.call(NUMBER, shown=f"139{number:08d}")
            try:
                async with asyncio.timeout(CALL_LIMIT_S):
                    await call.answered.wait()
                    if not call.is_up:
                        seen["refused"] += 1
                        continue
                    assert call.answered_at is not None
                    seen["up"].append(1e3 * (call.answered_at - call.began_at))
                    await asyncio.sleep(UP_S)
                    call.hang_up()
                    await call.over.wait()
            except TimeoutError:
                seen["stuck"] += 1
                call.hang_up()

    async with asyncio.TaskGroup() as group:
        for index, phone in enumerate(phones):
            group.create_task(call_on(phone), name=f"telephone-{index}")
    await asyncio.sleep(10 if share else 1)  # the last BYEs are still being repeated
    for phone in phones:
        await phone.close()
    relay.close()
    return seen | {"lost": relay.lost}


def run_callers(line: Connection, sip: tuple[str, int], calls: int, share: float, first: int) -> None:
    """Entry point of the telephones' process."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    line.send(uvloop.run(call_in(sip, calls, share, first)))


async def measure(product: Product, calls: int, share: float, first: int) -> dict[str, Any]:
    """Let them call; wait until the product is quiet; hold the journal against it."""
    here, there = multiprocessing.get_context("spawn").Pipe()
    callers = multiprocessing.get_context("spawn").Process(
        target=run_callers, args=(there, product.sip, calls, share, first)
    )
    callers.start()
    seen: dict[str, Any] = await asyncio.to_thread(here.recv)
    callers.join(10)
    leader = await product.log_in("2001")

    async def quiet() -> bool:
        health = await product.healthy()
        return bool(health and not health["engine"]["calls"]) and not (await leader.get("/live"))["calls"]

    began = time.monotonic()
    try:
        await eventually(quiet, "every call's end", QUIET_LIMIT_S)
        left = 0
    except AssertionError:
        left = len((await leader.get("/live"))["calls"])
    events = [recorded.event for recorded in journal_of(product)]
    wanted = {f"139{number:08d}" for number in range(first, first + calls)}
    arrived = {event.call_id: event.ani for event in events if isinstance(event, e.CallArrived)}
    mine = {call_id for call_id, ani in arrived.items() if ani in wanted}
    ended = {event.call_id for event in events if isinstance(event, e.CallEnded)}
    return seen | {
        "left": left,
        "quiet_s": time.monotonic() - began,
        "missing": len(wanted - set(arrived.values())),
        "twice": len(mine) - len(wanted & set(arrived.values())),
        "open": len(mine - ended),
    }


def show(calls: int, share: float, without: dict[str, Any], lossy: dict[str, Any]) -> None:
    """Print the table."""
    print(f"| {calls} calls | no loss | {share:.0%} lost both ways | target |\n| --- | ---: | ---: | --- |")
    rows = (
        ("connected", lambda seen: len(seen["up"]), str(calls)),
        ("refused", lambda seen: seen["refused"], "0"),
        ("stuck at the caller", lambda seen: seen["stuck"], "0"),
        ("stuck at the product", lambda seen: seen["left"], "0"),
        ("missing from the journal", lambda seen: seen["missing"], "0"),
        ("twice in the journal", lambda seen: seen["twice"], "0"),
        ("without an end in the journal", lambda seen: seen["open"], "0"),
        ("datagrams lost", lambda seen: seen["lost"], ""),
        ("INVITE → 200, p50 ms", lambda seen: f"{spread(seen['up'])[0]:.0f}", ""),
        ("INVITE → 200, p99 ms", lambda seen: f"{spread(seen['up'])[1]:.0f}", ""),
        ("quiet after the last call, s", lambda seen: f"{seen['quiet_s']:.1f}", ""),
    )
    for name, value, target in rows:
        print(f"| {name} | {value(without)} | {value(lossy)} | {target} |")


async def run(args: argparse.Namespace, folder: Path) -> None:
    """Start the product and measure twice."""
    product = Product(folder / "data", {"HOTLINE_RTP_PORTS": f"{args.port}-{args.port + 399}"})
    await product.start()
    try:
        without = await measure(product, args.calls, 0.0, 0)
        lossy = await measure(product, args.calls, args.share, args.calls)
    finally:
        await product.stop()
    show(args.calls, args.share, without, lossy)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=150)
    parser.add_argument("--share", type=float, default=0.2, help="of all datagrams, lost each way")
    parser.add_argument("--port", type=int, default=42800, help="first of 400 UDP ports")
    args = parser.parse_args()
    print(f"load average {os.getloadavg()[0]:.1f}\n")
    with tempfile.TemporaryDirectory() as name:
        uvloop.run(run(args, Path(name)))


if __name__ == "__main__":
    main()
