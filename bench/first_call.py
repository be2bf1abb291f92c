"""The whole product under its published load: 60 trunk calls, 30 agents (half browser, half SIP telephones), all recorded.

The product runs as people start it (`hotline serve`, demo site, a folder of its own). Citizens, SIP telephones and browser telephones
are three other processes; the browser telephones are real WebRTC peers over `/sip`, without Chromium, to leave the
processor to what is measured. Every agent's desk and one leader's live page follow their event streams. Citizens take the demo site's menu, queue,
talk, rate and call again, so that calls come and go all the time. Sound is timed by the kernel's stamps, calls by the journal.

    python -m bench.first_call --calls 60 --agents 30 --seconds 60
"""

import argparse
import asyncio
import contextlib
import multiprocessing
import os
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import httpx
import uvloop
from bench._installation import Cost, cost_of, journal_of, make_agents, pids
from bench._people import Orders, run_group, spread, watch

from hotline.core import events as e
from hotline.ports.journal import Recorded
from tests.e2e.product import PASSWORD, Product, eventually

START_LIMIT_S, END_LIMIT_S = 120.0, 180.0
RAMP_CALLS_A_SECOND = 2.0
SETTLE_S = 10.0


class Group:
    """One process of telephones."""

    def __init__(self, role: str, orders: Orders) -> None:
        here, there = multiprocessing.get_context("spawn").Pipe()
        self._line: Connection = here
        self.process: BaseProcess = multiprocessing.get_context("spawn").Process(
            target=run_group, args=(role, orders, there), name=role
        )
        self.process.start()
        there.close()

    def say(self, word: str) -> None:
        """Give an order."""
        self._line.send(word)

    async def hear(self, limit_s: float) -> Any:
        """Wait for what the process reports. Raises `TimeoutError`, `EOFError` when it died."""
        if not await asyncio.to_thread(self._line.poll, limit_s):
            raise TimeoutError(f"{self.process.name} said nothing for {limit_s:.0f} s")
        return await asyncio.to_thread(self._line.recv)


@asynccontextmanager
async def leader_watching(product: Product) -> AsyncIterator[None]:
    """A leader with the live page open."""
    async with httpx.AsyncClient(base_url=f"{product.base}/api/v1", timeout=30) as http:
        opened = await http.post("/session", json={"username": "2001", "password": PASSWORD})
        token = opened.raise_for_status().json()["token"]
    task = asyncio.create_task(watch(product.base, token, "/live/events", lambda _: None), name="leader")
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


class Run:
    """One measurement."""

    def __init__(self, args: argparse.Namespace, product: Product) -> None:
        self.args = args
        self.product = product
        self.groups: dict[str, Group] = {}
        self.costs: dict[str, dict[str, Cost]] = {}
        self.at: dict[str, float] = {}

    def look(self, moment: str) -> None:
        """Note what the product's processes have used."""
        self.costs[moment] = {name: cost_of(pid) for name, pid in pids(self.product).items()}
        self.at[moment] = time.monotonic()

    async def go(self) -> dict[str, Any]:
        """Sign in, fill up, settle, measure, empty; returns what the groups saw."""
        half = self.args.agents // 2
        on_sip, on_browser = await make_agents(self.product, half, self.args.agents - half)
        talking = {"talk_s": self.args.talk}
        self.groups["SIP"] = Group("agents", replace(on_sip, **talking))
        ports = (self.args.port, self.args.port + 400)
        self.groups["browser"] = Group("agents", replace(on_browser, ports=ports, **talking))
        ramp_s = self.args.calls / RAMP_CALLS_A_SECOND
        slots = Orders(sip=self.product.sip, http=self.product.base, slots=self.args.calls, ramp_s=ramp_s)
        self.groups["citizens"] = Group("citizens", slots)
        for group in self.groups.values():
            await group.hear(START_LIMIT_S)
        async with leader_watching(self.product):
            self.look("begin")
            self.groups["citizens"].say("go")
            await asyncio.sleep(ramp_s + SETTLE_S)
            for group in self.groups.values():
                group.say("clear")
            self.look("full")
            await asyncio.sleep(self.args.seconds)
            self.look("still full")
            return await self._empty()

    async def _empty(self) -> dict[str, Any]:
        self.groups["citizens"].say("end")
        seen = {"citizens": await self.groups["citizens"].hear(END_LIMIT_S)}
        leader = await self.product.log_in("2001")

        async def quiet() -> bool:
            return not (await leader.get("/live"))["calls"]

        with contextlib.suppress(AssertionError):  # what hangs is counted in the journal
            await eventually(quiet, "every call's end", 60.0, every_s=1.0)
        self.look("end")
        for name in ("SIP", "browser"):
            self.groups[name].say("end")
            seen[name] = await self.groups[name].hear(END_LIMIT_S)
        return seen

    def stop_groups(self) -> None:
        """End what still runs."""
        for group in self.groups.values():
            group.process.join(10)
            if group.process.is_alive():
                group.process.kill()


# ── Figures ──────────────────────────────────────────────────────────────────────────────────────────────────


def ring_times(journal: list[Recorded], talks: list[dict[str, Any]]) -> list[float]:
    """Milliseconds until an agent's telephone had its INVITE, since the call was queued and the agent was ready, whichever was later."""
    ani: dict[str, str] = {}
    queued: dict[str, float] = {}
    ready: dict[str, float] = {}
    due: dict[str, float] = {}
    for recorded in journal:
        match recorded.event:
            case e.CallArrived() as event:
                ani[event.call_id] = event.ani
            case e.QueueEntered() as event:
                queued[event.call_id] = event.at.timestamp()
            case e.AgentStateChanged(state=e.AgentState.READY) as event:
                ready[event.agent_id] = event.at.timestamp()
            case e.OfferMade(agent_id=str(agent_id)) as event:
                since = max(queued[event.call_id], ready.get(agent_id, 0.0))
                due.setdefault(ani[event.call_id], since)
            case _:
                pass
    first_rings: dict[str, int] = {}
    for talk in sorted(talks, key=lambda talk: talk["rung"]):
        first_rings.setdefault(talk["ani"], talk["rung"])
    return [1e3 * (rung / 1e9 - due[number]) for number, rung in first_rings.items() if number in due]


def both_ways(talks: list[dict[str, Any]], calls: list[dict[str, Any]]) -> list[float]:
    """Milliseconds from the agent's press of the button until each had heard the other."""
    heard = {call["ani"]: call["heard"] for call in calls}
    return [
        (max(talk["heard"], heard[talk["ani"]]) - talk["pressed"]) / 1e6
        for talk in talks
        if talk["pressed"] and talk["heard"] and heard.get(talk["ani"])
    ]


def count_lost(journal: list[Recorded], calls: list[dict[str, Any]]) -> dict[str, int]:
    """Calls that went wrong, by how."""
    arrived = {event.ani: event.call_id for r in journal if isinstance(event := r.event, e.CallArrived)}
    ended = {event.call_id: event for r in journal if isinstance(event := r.event, e.CallEnded)}
    refused = Counter(f"refused with {call['status']}" for call in calls if call["status"] != 200)
    return {
        **refused,
        "not in the journal": sum(call["ani"] not in arrived for call in calls if call["status"] == 200),
        "never ended": sum(call_id not in ended for call_id in arrived.values()),
        "system_lost": sum(end.disposition is e.Disposition.SYSTEM_LOST for end in ended.values()),
    }


def row(name: str, values: tuple[float, float, float, int], target: str = "") -> str:
    """A line of the table of times."""
    p50, p99, most, number = values
    return f"| {name} | {p50:.2f} | {p99:.2f} | {most:.1f} | {number} | {target} |"


def show(run: Run, seen: dict[str, Any], journal: list[Recorded]) -> None:
    """Print the tables."""
    calls = seen["citizens"]["calls"]
    talks = {name: seen[name]["talks"] for name in ("SIP", "browser")}
    everyone = talks["SIP"] + talks["browser"]
    tallies = {name: seen[name]["tally"] for name in ("citizens", "SIP", "browser")}
    first = [(call["first"] - call["invited"]) / 1e6 for call in calls if call.get("first")]
    print("| milliseconds | p50 | p99 | max | n | target |\n| --- | ---: | ---: | ---: | ---: | --- |")
    print(row("INVITE → first prompt packet", spread(first), "p99 ≤ 200"))
    rings = ring_times(journal, everyone)
    print(row("queued and an agent ready → INVITE at the telephone", spread(rings), "p99 ≤ 50"))
    for name in ("SIP", "browser"):
        values = spread(both_ways(talks[name], calls))
        print(row(f"answer → audio both ways, {name} agents", values, "p99 ≤ 150"))
    print(row("|Δt − 20| at citizens, prompts and music", tallies["citizens"]["paced"], "p99 ≤ 5"))
    print(row("|Δt − 20| at citizens, relayed", tallies["citizens"]["relayed"], "p99 ≤ 5"))
    print(row("|Δt − 20| at SIP agents, relayed", tallies["SIP"]["relayed"], "p99 ≤ 5"))
    print(row("|Δt − 20| at citizens where sources change", tallies["citizens"]["turned"]))
    print(row("delay through the switch, to citizens", tallies["citizens"]["delays"]))
    print(row("delay through the switch, to SIP agents", tallies["SIP"]["delays"]))
    print(row("delay through the switch, to browsers (read in Python)", tallies["browser"]["delays"]))
    for name, tally in tallies.items():
        print(row(f"own sending of the telephones, {name}", tally["own"]))
    _show_whole(run, calls, everyone, tallies, journal)


def _show_whole(
    run: Run,
    calls: list[dict[str, Any]],
    talks: list[dict[str, Any]],
    tallies: dict[str, Any],
    journal: list[Recorded],
) -> None:
    wall = run.at["still full"] - run.at["full"]
    begin, full, still, end = (run.costs[moment] for moment in ("begin", "full", "still full", "end"))
    cores = {name: (still[name].cpu_s - full[name].cpu_s) / wall for name in full}
    per_call = 1e3 * (end["application"].cpu_s - begin["application"].cpu_s) / max(1, len(calls))
    lost = {how: number for how, number in count_lost(journal, calls).items() if number}
    talked = sum(1 for talk in talks if talk["pressed"])
    print("\n| whole run | | target |\n| --- | ---: | --- |")
    print(f"| calls, talks | {len(calls)}, {talked} | |")
    print(f"| calls lost or stuck | {lost or 'none'} | none |")
    print(f"| voice process | {cores['voice']:.2f} core | ≤ 0.5 |")
    print(f"| application, per call over its whole life | {per_call:.1f} ms | ≤ 15 |")
    print(f"| application | {cores['application']:.2f} core | |")
    print(f"| statistics process | {cores['statistics']:.2f} core | |")
    gaps = sum(tally["gaps"] for tally in tallies.values())
    print(
        f"| packets heard, sequence gaps | {sum(t['packets'] for t in tallies.values())}, {gaps} | no gap |"
    )
    events = sum(1 for recorded in journal if isinstance(recorded.event, e.CallEvent))
    print(f"| journal events a call | {events / max(1, len(calls)):.1f} | |")
    memory = ", ".join(f"{name} {cost.peak_mib:.0f}" for name, cost in end.items())
    print(f"| peak memory, MiB | {memory} | |")
    print(f"| load average at the end | {os.getloadavg()[0]:.1f} | |")


async def measure(args: argparse.Namespace, folder: Path) -> None:
    """Start the product, run, print."""
    product = Product(folder / "data", {"HOTLINE_RTP_PORTS": f"{args.port + 400}-{args.port + 1199}"})
    await product.start()
    run = Run(args, product)
    try:
        seen = await run.go()
        journal = journal_of(product)
    finally:
        await product.stop()
        run.stop_groups()
    show(run, seen, journal)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=60, help="citizens at once")
    parser.add_argument("--agents", type=int, default=30, help="half browser, half SIP telephones")
    parser.add_argument("--seconds", type=float, default=60, help="measured, after everybody talks")
    parser.add_argument("--talk", type=float, default=20, metavar="S", help="mean length of a talk")
    parser.add_argument("--port", type=int, default=40000, help="first of 1200 UDP ports")
    args = parser.parse_args()
    print(f"{args.calls} citizens, {args.agents} agents; load average {os.getloadavg()[0]:.1f}\n", flush=True)
    with tempfile.TemporaryDirectory() as name:
        uvloop.run(measure(args, Path(name)))


if __name__ == "__main__":
    main()
