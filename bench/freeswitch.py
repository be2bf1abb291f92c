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
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
import uvloop
from bench._installation import cost_of
from bench._light import Call, Load, run_side
from bench._peer import THEIR_QUEUE, THEIRS, Node, make_agents, make_site, register, run_pages, staff
from bench._stages import (
    Stages,
    created_legs,
    events_of,
    offers_of,
    show_repeated,
    show_stages,
    spread,
    stages_of,
)

from tests.e2e.product import Product
from tests.peers.freeswitch import FREESWITCH
from tests.ports import free_port

HOTLINE = "01084000000"
TARGET_MS = 30.0
PORTS = (29_000, 31_999)
SETTLE_S = 3.0
_SPAWN = multiprocessing.get_context("spawn")


@dataclass(slots=True, kw_only=True)
class Result:
    """What one side did under the load. `rung` and `entered` are by caller; `cpu_s` by process."""

    name: str
    calls: list[Call]
    rung: dict[str, list[Call]]
    entered: dict[str, float]
    cpu_s: dict[str, float]
    seconds: float
    stages: Stages
    lost: int
    """Agents' telephones that FreeSWITCH no longer has at the end."""
    offers: dict[str, list[str]]
    """By caller: what became of its offers; where nobody asks, nothing."""


def tell(what: str) -> None:
    """Say on the other output how far it is."""
    print(f"{time.strftime('%T')} {what}", file=sys.stderr, flush=True)


# ── The two sides ────────────────────────────────────────────────────────────────────────────────────────────


class Helper:
    """A process of the load that answers when it is told."""

    def __init__(self, entry: Callable[..., None], *args: object) -> None:
        self._line, theirs = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=entry, args=(*args, theirs), daemon=True)
        self._process.start()

    async def ready(self) -> None:
        """Wait until it is."""
        assert await asyncio.to_thread(self._line.recv) == "ready"

    async def done(self) -> Any:
        """Tell it to go on (to end, for who only waits) and return what it has to say."""
        self._line.send("go")
        answer = await asyncio.to_thread(self._line.recv)
        await asyncio.to_thread(self._process.join)
        return answer


async def telephones(port: int, args: argparse.Namespace) -> Helper:
    """The agents' telephones. They answer FreeSWITCH's questions whether they are there (OPTIONS), so they run before it asks."""
    agents = Helper(run_side, "agents", Load(port=port, talk_s=args.talk, media=args.media))
    await agents.ready()
    return agents


async def load(
    node: Node, agents: Helper, number: str, first: int, args: argparse.Namespace, pids: dict[str, int]
) -> tuple[list[Call], dict[str, list[Call]], dict[str, float], float]:
    """Let callers call and agents answer. Returns the callers' calls, the agents' by caller, CPU by process, how long it took."""
    order = Load(
        port=0, server=node.trunks, number=number, first=first, rate=args.rate, seconds=args.seconds, media=args.media
    )  # fmt: skip
    citizens = Helper(run_side, "callers", order)
    await citizens.ready()
    before = {name: cost_of(pid) for name, pid in pids.items()}
    began = time.monotonic()
    calls, caller_packets, callers_cpu = await citizens.done()
    tell("load over")
    seconds = time.monotonic() - began
    cpu_s = {name: cost_of(pid).cpu_s - before[name].cpu_s for name, pid in pids.items()}
    answered, agent_packets, agents_cpu = await agents.done()
    cpu_s |= {"load": callers_cpu + agents_cpu, "packets": caller_packets + agent_packets}
    rung: dict[str, list[Call]] = {}
    for call in answered:
        rung.setdefault(call.caller, []).append(call)
    return calls, rung, cpu_s, seconds


async def registered(node: Node) -> int:
    """How many telephones FreeSWITCH has."""
    return int((await node.api("show registrations count")).split()[0])


async def ours(product: Product, node: Node, args: argparse.Namespace) -> Result:
    """The load on our queue."""
    admin = await product.log_in("admin")
    numbers = make_agents(product, args.agents)
    await make_site(admin)
    tell("agents made")
    port = free_port()
    agents = await telephones(port, args)
    await register(node.agents, port, numbers)
    tokens = await staff(product, numbers)
    tell("agents signed in")
    leader = await product.log_in("2001")
    pages = [
        (leader.token, "/live/events"),
        *((token, "/agents/me/events") for token in tokens[: args.desks]),
    ]
    desks = Helper(run_pages, product.base, pages)
    await desks.ready()
    tell("pages open")
    await asyncio.sleep(SETTLE_S)
    assert product.process is not None
    pids = {
        "FreeSWITCH": node.pid,
        "application": product.process.pid,
        "statistics": product.pid_of("statistics"),
    }
    async with created_legs(node, wanted=args.stages) as created:
        calls, rung, cpu_s, seconds = await load(node, agents, HOTLINE, 10_000_000, args, pids)
    lost = args.agents - await registered(node)
    await asyncio.sleep(2.0)  # the journal's last commit
    cpu_s["messages to pages"], _ = await desks.done()
    stages = stages_of(product, created)
    entered = {caller: one["entered"] for caller, one in stages.items() if "entered" in one}
    return Result(
        name="Hotline on FreeSWITCH", calls=calls, rung=rung, entered=entered, cpu_s=cpu_s, seconds=seconds,
        stages=stages if args.stages else {}, offers=offers_of(product), lost=lost,
    )  # fmt: skip


async def theirs(node: Node, args: argparse.Namespace) -> Result:
    """The same load on mod_callcenter."""
    port = free_port()
    assert "+OK" in await node.api("load mod_callcenter")
    for place in range(args.agents):
        name = f"a{place}"
        for order in (
            f"agent add {name} callback",
            f"agent set contact {name} sofia/trunks/sip:{5000 + place}@127.0.0.1:{port}",
            f"agent set wrap_up_time {name} 1",
            f"agent set max_no_answer {name} 0",
            f"agent set status {name} Available",
            f"tier add {THEIR_QUEUE} {name} 1 1",
        ):
            answer = await node.api(f"callcenter_config {order}")
            assert answer.startswith("+OK"), f"{order}: {answer}"
    await asyncio.sleep(SETTLE_S)
    async with queue_entries(node) as entered:
        calls, rung, cpu_s, seconds = await load(
            node, await telephones(port, args), THEIRS, 20_000_000, args, {"FreeSWITCH": node.pid}
        )
    return Result(
        name="mod_callcenter",
        calls=calls,
        rung=rung,
        entered=entered,
        cpu_s=cpu_s,
        seconds=seconds,
        stages={},
        offers={},
        lost=0,
    )


@asynccontextmanager
async def queue_entries(node: Node) -> AsyncIterator[dict[str, float]]:
    """Fill a table with when each caller entered mod_callcenter's queue, as it says itself."""
    entered: dict[str, float] = {}

    def take(event: dict[str, str]) -> None:
        if event.get("CC-Action") == "member-queue-start":
            caller = event.get("CC-Member-CID-Number", "")
            entered.setdefault(caller, int(event["Event-Date-Timestamp"]) / 1e6)

    async with events_of(node, "CUSTOM callcenter::info", take):
        yield entered


# ── The table ────────────────────────────────────────────────────────────────────────────────────────────────


def column(result: Result) -> list[str]:
    """One side's figures, in the order of `ROWS`."""
    first = {caller: min(one.began for one in rung) for caller, rung in result.rung.items()}
    served = sum(any(one.up for one in result.rung.get(call.caller, ())) for call in result.calls)
    entry = [at - result.entered[caller] for caller, at in first.items() if caller in result.entered]
    dialled = [first[call.caller] - call.began for call in result.calls if call.caller in first]
    answered = [call.up - call.began for call in result.calls if call.up]
    shares = {name: seconds / result.seconds for name, seconds in result.cpu_s.items()}
    own = "application" in shares
    return [
        f"{len(result.calls)}, {served}",
        spread(entry),
        spread(dialled),
        spread(answered),
        str(len(result.calls) - served),
        str(sum(len(rung) > 1 for rung in result.rung.values())),
        str(result.lost) if own else "–",
        f"{shares['FreeSWITCH']:.2f} core",
        f"{shares['application']:.2f} + {shares['statistics']:.2f} core" if own else "–",
        f"{1_000 * result.cpu_s['application'] / len(result.calls):.1f} ms" if own else "–",
        f"{shares['load']:.2f} core",
        f"{result.cpu_s['packets']:,.0f}",
    ]


ROWS = (
    ("calls, answered by an agent", ""),
    ("queue entry → agent's INVITE, p50 / p99 / max ms", f"p99 ≤ {TARGET_MS:.0f}"),
    ("caller's INVITE → agent's INVITE, p50 / p99 / max ms", ""),
    ("caller's INVITE → answer, p50 / p99 / max ms", ""),
    ("calls lost", "0"),
    ("calls offered twice", "0"),
    ("agents' telephones signed off by FreeSWITCH", "0"),
    ("FreeSWITCH", ""),
    ("application + statistics", "application ≤ 1"),
    ("application, a call", ""),
    ("telephones of the load", ""),
    ("audio packets sent into FreeSWITCH", ""),
)


def show(args: argparse.Namespace, results: list[Result]) -> None:
    """Print the table."""
    kind = "with audio" if args.media else "signalling only"
    print(
        f"{args.rate:.0f} calls a second for {args.seconds:.0f} s, {args.agents} agents, {args.desks} desks and a live page open, talks of {args.talk:.0f} s, {kind}, FreeSWITCH at -{args.priority}; ",
        end="",
    )
    print(f"load average at the end {os.getloadavg()[0]:.1f}\n")
    print("| | " + " | ".join(result.name for result in results) + " | target |")
    print("| --- |" + " ---: |" * len(results) + " --- |")
    columns = [column(result) for result in results]
    for place, (name, target) in enumerate(ROWS):
        print(f"| {name} | " + " | ".join(one[place] for one in columns) + f" | {target} |")
    if results[0].stages:
        show_stages(results[0].calls, results[0].rung, results[0].stages)
    show_repeated(results[0].rung, results[0].offers)


async def measure(folder: Path, args: argparse.Namespace) -> None:
    """Run both sides on one FreeSWITCH."""
    directory = f"127.0.0.1:{free_port()}"
    node = Node(
        folder / "node",
        directory=directory,
        rtp=PORTS,
        settings={"HOTLINE_FS_LEGS_PER_SECOND": "400"},
        priority=f"-{args.priority}",
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
    tell("FreeSWITCH runs")
    try:
        await product.start()
        tell("product runs")
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
    parser.add_argument(
        "--stages", action="store_true", help="where our time goes; costs FreeSWITCH further events"
    )
    parser.add_argument(
        "--priority",
        choices=("rp", "np"),
        default="rp",
        help="FreeSWITCH's: real-time as delivered, or normal",
    )
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
