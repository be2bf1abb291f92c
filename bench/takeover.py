"""How long a hotline is without an application when the active one dies, stops or hands over: two applications, one PostgreSQL, one engine.

Each time a talk runs and another caller waits when it happens. Timed from the fault: until the second application says that it is active;
until both running calls stand on its live page (adopted); until a new call is answered. Then the talk must still be up at both ends, and the
journal must have each call once, with one end.

    python -m bench.takeover --engine freeswitch --times 3
"""

import argparse
import asyncio
import os
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import structlog
import uvloop
from bench._people import NUMBER

from hotline.adapters.sip_caller.conversation import Conversation
from hotline.adapters.sip_caller.phone import SipPhone
from tests.e2e.people import DeskAgent
from tests.e2e.product import Product, Session, eventually
from tests.integration.test_standby import Pair, another_citizen, connected, dispositions, events, moved
from tests.peers.freeswitch import FREESWITCH, FreeSwitchNode
from tests.ports import free_block, free_port
from tests.postgres import PostgresServer, shared_server, stop_shared_server

FAULTS = {"killed": signal.SIGKILL, "stopped": signal.SIGSTOP, "told to hand over": signal.SIGHUP}
TARGET_MS = 5_000
LIMIT_S = 30.0
LOOK_S = 0.02


async def active(product: Product, began: float) -> float:
    """Milliseconds from `began` until the product says that it is well and active."""
    async with asyncio.timeout(LIMIT_S):
        while True:
            if await product.healthy():
                return 1e3 * (time.monotonic() - began)
            await asyncio.sleep(LOOK_S)


async def adopted(leader: Session, began: float) -> float:
    """Milliseconds from `began` until both calls stand on the live page."""
    async with asyncio.timeout(LIMIT_S):
        while True:
            with suppress(AssertionError, httpx.TransportError):  # it stands by
                if len((await leader.get("/live"))["calls"]) >= 2:
                    return 1e3 * (time.monotonic() - began)
            await asyncio.sleep(LOOK_S)


async def up(call: Conversation, began: float) -> float:
    """Milliseconds from `began` until the call is answered."""
    async with asyncio.timeout(LIMIT_S):
        await call.answered.wait()
    return 1e3 * (time.monotonic() - began)


async def one(
    folder: Path, server: PostgresServer, node: FreeSwitchNode | None, fault: str
) -> tuple[float, float, float]:
    """Start everything, let it happen, time it, look at the end."""
    database = server.create_database()
    pair = Pair(folder / f"data-{database}", server.url(database), server.url(database), node)
    await pair.start()
    citizen, agent = SipPhone(pair.first.sip), await DeskAgent.sign_in(pair.first, "1001")
    try:
        call, rung = await connected(citizen, agent)
        async with another_citizen(pair) as second, another_citizen(pair) as third:
            waits = second.call(NUMBER, shown="13900139000")
            await waits.answered.wait()
            leader = moved(await pair.first.log_in("2001"), pair.second)
            process = pair.first.process
            assert process is not None
            began = time.monotonic()
            os.kill(process.pid, FAULTS[fault])
            comes = third.call(NUMBER, shown="13700137000")
            times = await asyncio.gather(active(pair.second, began), adopted(leader, began), up(comes, began))
            assert call.is_up and rung.is_up and waits.is_up, "a call of the first did not go on"
            os.kill(process.pid, signal.SIGCONT)
            agent.session = moved(agent.session, pair.second)
            for conversation in (waits, comes, call):
                conversation.hang_up()
                await conversation.over.wait()

            async def whole() -> bool:
                ends = [event for event in await events(pair, server) if event["type"] == "CallEnded"]
                return len(ends) == 3

            await eventually(whole, "three ends in the journal", LIMIT_S)
            assert dispositions(await events(pair, server))[0] == "agent_answered"
    finally:
        await citizen.close()
        await agent.close()
        await pair.stop()
    return times


@asynccontextmanager
async def engine(folder: Path, name: str) -> AsyncIterator[FreeSwitchNode | None]:
    """A FreeSWITCH, or nothing for the embedded engine."""
    if name == "embedded":
        yield None
        return
    node = FreeSwitchNode(
        folder / "node", directory=f"127.0.0.1:{free_port()}", rtp=free_block(300), priority="-rp"
    )
    await node.start()
    try:
        yield node
    finally:
        await node.stop()


async def measure(name: str, times: int, faults: Sequence[str]) -> None:
    """Print the table of one engine."""
    with tempfile.TemporaryDirectory() as there:
        folder = Path(there)
        server = shared_server(folder)
        try:
            for fault in faults:
                async with engine(folder / fault, name) as node:
                    found = [await one(folder, server, node, fault) for _ in range(times)]
                columns = " | ".join(
                    ", ".join(f"{value:,.0f}" for value in sorted(values))
                    for values in zip(*found, strict=True)
                )
                print(f"| {name}, application {fault} | {times} | {columns} | ≤ {TARGET_MS} |", flush=True)
        finally:
            stop_shared_server(folder)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--engine", choices=("embedded", "freeswitch", "both"), default="both")
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--faults", nargs="+", choices=tuple(FAULTS), default=tuple(FAULTS), metavar="FAULT")
    args = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    engines = ("embedded", "freeswitch") if args.engine == "both" else (args.engine,)
    print(
        "| milliseconds from the fault | times | second is active | running calls adopted | new call answered | target |"
    )
    print("| --- | ---: | ---: | ---: | ---: | --- |")
    for name in engines:
        if name == "freeswitch" and FREESWITCH is None:
            print("no FreeSWITCH on this machine: not measured there (HOTLINE_TEST_FREESWITCH names one)")
            continue
        uvloop.run(measure(name, args.times, args.faults))
    print(f"\nLoad average at the end: {os.getloadavg()[0]:.1f}.")


if __name__ == "__main__":
    main()
