"""Our queue and mod_callcenter on one real FreeSWITCH, under the same load, one after the other in one run.

The FreeSWITCH is a stock one with the configuration that we deliver (`deploy/freeswitch/conf`); mod_callcenter is loaded into it with as
many agents. Callers and agents are the same for both (signalling only unless `--media`): callers come at an even rate, agents answer after
0.3 to 0.8 s, talk, and hang up. From the caller's entry into the queue (our journal; mod_callcenter's own event) to the INVITE at an
agent's telephone, and from the caller's INVITE to the agent's as both see it from outside.

Prints a line and ends well where there is no FreeSWITCH.

    python -m bench.freeswitch --agents 500 --rate 20 --seconds 60
"""

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import structlog
import uvloop
from bench._bank import AgentBank, Seen, callers
from bench._installation import Cost, cost_of, journal_of
from bench._peer import THEIR_QUEUE, THEIRS, Node, make_agents, make_site, staff
from bench._people import watch

from hotline.core import events as e
from tests.e2e.product import Product
from tests.peers.freeswitch import FREESWITCH
from tests.ports import free_port

HOTLINE = "01084000000"
TARGET_MS = 30.0
PORTS = (29_000, 31_999)


@dataclass(slots=True, kw_only=True)
class Result:
    """What one side did under the load."""

    name: str
    seen: list[Seen]
    entered: dict[str, float]
    cpu_s: dict[str, float]
    seconds: float
    strangers: int


# ── The two sides ────────────────────────────────────────────────────────────────────────────────────────────


async def ours(product: Product, node: Node, args: argparse.Namespace) -> Result:
    """The load on our queue."""
    admin = await product.log_in("admin")
    numbers = make_agents(product, args.agents)
    await make_site(admin)
    seen: dict[str, Seen] = {}
    bank = AgentBank(node.agents, seen, args.talk, media=args.media)
    pages = await staff(product, bank, numbers, args.desks)
    leader = await product.log_in("2001")
    pages.append(asyncio.create_task(watch(product.base, leader.token, "/live/events", lambda _: None)))
    assert product.process is not None
    watched = {
        "FreeSWITCH": node.pid,
        "application": product.process.pid,
        "statistics": product.pid_of("statistics"),
    }
    before = {name: cost_of(pid) for name, pid in watched.items()}
    began = time.monotonic()
    await callers(
        node.trunks, HOTLINE, seen, first=10_000_000, rate=args.rate, seconds=args.seconds, media=args.media
    )
    await bank.done()
    seconds = time.monotonic() - began
    cpu_s = _spent(watched, before)
    await asyncio.sleep(2.0)  # the journal's last commit
    entered = _entered(product)
    for page in pages:
        page.cancel()
    await asyncio.gather(*pages, return_exceptions=True)
    await bank.close()
    return Result(
        name="Hotline on FreeSWITCH", seen=list(seen.values()), entered=entered, cpu_s=cpu_s, seconds=seconds,
        strangers=bank.strangers,
    )  # fmt: skip


def _spent(watched: dict[str, int], before: dict[str, Cost]) -> dict[str, float]:
    return {name: cost_of(pid).cpu_s - before[name].cpu_s for name, pid in watched.items()}


def _entered(product: Product) -> dict[str, float]:
    callers_of: dict[str, str] = {}
    entered: dict[str, float] = {}
    for recorded in journal_of(product):
        match recorded.event:
            case e.CallArrived(call_id=call_id, ani=ani):
                callers_of[call_id] = ani
            case e.QueueEntered(call_id=call_id, at=at) if call_id in callers_of:
                entered.setdefault(callers_of[call_id], at.timestamp())
            case _:
                pass
    return entered


async def theirs(node: Node, args: argparse.Namespace) -> Result:
    """The same load on mod_callcenter."""
    seen: dict[str, Seen] = {}
    bank = AgentBank(node.agents, seen, args.talk, media=args.media)
    host, port = bank.stack.udp.local.rsplit(":", 1)
    assert "+OK" in await node.api("load mod_callcenter")
    for place in range(args.agents):
        name = f"a{place}"
        for order in (
            f"agent add {name} callback",
            f"agent set contact {name} sofia/trunks/sip:{5000 + place}@{host}:{port}",
            f"agent set wrap_up_time {name} 1",
            f"agent set max_no_answer {name} 0",
            f"agent set status {name} Available",
            f"tier add {THEIR_QUEUE} {name} 1 1",
        ):
            answer = await node.api(f"callcenter_config {order}")
            assert answer.startswith("+OK"), f"{order}: {answer}"
    watched = {"FreeSWITCH": node.pid}
    before = {name: cost_of(pid) for name, pid in watched.items()}
    began = time.monotonic()
    async with queue_entries(node) as entered:
        await callers(
            node.trunks,
            THEIRS,
            seen,
            first=20_000_000,
            rate=args.rate,
            seconds=args.seconds,
            media=args.media,
        )
        await bank.done()
        seconds = time.monotonic() - began
        cpu_s = _spent(watched, before)
    await bank.close()
    return Result(
        name="mod_callcenter", seen=list(seen.values()), entered=entered, cpu_s=cpu_s, seconds=seconds,
        strangers=bank.strangers,
    )  # fmt: skip


@asynccontextmanager
async def queue_entries(node: Node) -> AsyncIterator[dict[str, float]]:
    """Fill a table with when each caller entered mod_callcenter's queue, as it says itself."""
    entered: dict[str, float] = {}
    reader, writer = await asyncio.open_connection(*node.esl.split(":"))
    for order in (f"auth {node.password}", "event plain CUSTOM callcenter::info"):
        writer.write(f"{order}\n\n".encode())

    async def listen() -> None:
        while True:
            head = _fields(await reader.readuntil(b"\n\n"))
            body = await reader.readexactly(int(head.get("Content-Length", "0")))
            event = _fields(body)
            if event.get("CC-Action") == "member-queue-start":
                caller = event.get("CC-Member-CID-Number", "")
                entered.setdefault(caller, int(event["Event-Date-Timestamp"]) / 1e6)

    task = asyncio.create_task(listen(), name="callcenter-events")
    try:
        yield entered
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        writer.close()


def _fields(text: bytes) -> dict[str, str]:
    pairs = (line.split(": ", 1) for line in text.decode().splitlines() if ": " in line)
    return {name: unquote(value) for name, value in pairs}


# ── The table ────────────────────────────────────────────────────────────────────────────────────────────────


def spread(values: list[float]) -> str:
    """Median, 99th percentile, greatest, in milliseconds."""
    ranked = sorted(1_000 * value for value in values) or [float("nan")]
    p50, p99 = (ranked[int(share * (len(ranked) - 1))] for share in (0.5, 0.99))
    return f"{p50:.1f} / {p99:.1f} / {ranked[-1]:.0f}"


def column(result: Result) -> list[str]:
    """One side's figures, in the order of `ROWS`."""
    rung = [one for one in result.seen if one.rung]
    twice = sum(1 for one in result.seen if len(one.rung) > 1)
    served = sum(1 for one in result.seen if one.answered)
    answered_twice = sum(1 for one in rung if len(one.rung) > 1 and one.rung[1] > one.answered > 0)
    packets, gaps = sum(one.packets for one in result.seen), sum(one.gaps for one in result.seen)
    entry = [one.rung[0] - result.entered[one.caller] for one in rung if one.caller in result.entered]
    shares = {name: seconds / result.seconds for name, seconds in result.cpu_s.items()}
    return [
        f"{len(result.seen)}, {served}",
        spread(entry),
        spread([one.rung[0] - one.invited for one in rung]),
        str(len(result.seen) - served),
        f"{twice} ({answered_twice} while answered)",
        f"{shares['FreeSWITCH']:.2f} core",
        f"{shares['application']:.2f} + {shares['statistics']:.2f} core" if "application" in shares else "–",
        f"{1_000 * result.cpu_s['application'] / len(result.seen):.1f} ms"
        if "application" in shares
        else "–",
        f"{gaps} of {packets}" if packets else "–",
    ]


ROWS = (
    ("calls, answered by an agent", ""),
    ("queue entry → agent's INVITE, p50 / p99 / max ms", f"p99 ≤ {TARGET_MS:.0f}"),
    ("caller's INVITE → agent's INVITE, p50 / p99 / max ms", ""),
    ("calls lost", "0"),
    ("calls offered twice", "0"),
    ("FreeSWITCH", ""),
    ("application + statistics", "application ≤ 1"),
    ("application, a call", ""),
    ("packets missing at either end", ""),
)


def show(args: argparse.Namespace, results: list[Result]) -> None:
    """Print the table."""
    kind = "with media" if args.media else "signalling only"
    print(
        f"{args.rate:.0f} calls a second for {args.seconds:.0f} s, {args.agents} agents, {args.desks} desks and a live page open, talks of {args.talk:.0f} s, {kind}; ",
        end="",
    )
    print(f"load average at the end {os.getloadavg()[0]:.1f}\n")
    print("| | " + " | ".join(result.name for result in results) + " | target |")
    print("| --- |" + " ---: |" * len(results) + " --- |")
    columns = [column(result) for result in results]
    for place, (name, target) in enumerate(ROWS):
        print(f"| {name} | " + " | ".join(one[place] for one in columns) + f" | {target} |")


async def measure(folder: Path, args: argparse.Namespace) -> None:
    """Run both sides on one FreeSWITCH."""
    directory = f"127.0.0.1:{free_port()}"
    node = Node(
        folder / "node", directory=directory, rtp=PORTS, settings={"HOTLINE_FS_LEGS_PER_SECOND": "400"}
    )
    product = Product(
        folder / "data",
        sip_port=node.trunk_port,
        phone_port=node.agent_port,
        settings={
            "HOTLINE_ENGINE": "freeswitch",
            "HOTLINE_FREESWITCH": node.esl,
            "HOTLINE_FREESWITCH_PASSWORD": node.password,
            "HOTLINE_FREESWITCH_WS": f"127.0.0.1:{node.ws_port}",
            "HOTLINE_FREESWITCH_PHONES": f"127.0.0.1:{node.agent_port}",
            "HOTLINE_FREESWITCH_DIRECTORY": directory,
        },
    )
    music = Path(__file__).parents[1] / "src" / "hotline" / "demo" / "prompts" / "music.wav"
    node.add_peer(music)
    await node.start()
    try:
        await product.start()
        results = [await ours(product, node, args)]
        await product.stop()
        if not args.alone:
            results.append(await theirs(node, args))
        show(args, results)
    finally:
        await product.stop()
        await node.stop()


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--agents", type=int, default=500)
    parser.add_argument("--rate", type=float, default=20.0, help="calls a second")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--talk", type=float, default=5.0, help="seconds, on average")
    parser.add_argument("--desks", type=int, default=500, help="so many agents have their page open")
    parser.add_argument("--media", action="store_true", help="both ends send and read audio")
    parser.add_argument("--alone", action="store_true", help="our side only")
    args = parser.parse_args()
    if FREESWITCH is None:
        print("no FreeSWITCH on this machine: not measured (HOTLINE_TEST_FREESWITCH names one)")
        return
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    with tempfile.TemporaryDirectory() as name:
        uvloop.run(measure(Path(name), args))


if __name__ == "__main__":
    main()
