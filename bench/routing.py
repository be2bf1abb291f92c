"""How quickly a waiting caller's agent is rung, and what a call costs the application: core, journal and control line together.

The application's part (dispatcher, SQLite journal with synchronous=FULL, control line) runs in this process; the switch and its
people are the fake one, in another process, so that only our own CPU time is counted. Latency is measured at the switch: from
the answered caller, whose flow leads straight to a queue with ready agents, to the command that rings the agent.

    python -m bench.routing --calls 600 --rate 20 --agents 60
"""

import argparse
import asyncio
import multiprocessing
import tempfile
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

import structlog
import uvloop

from hotline.adapters.embedded.client import EmbeddedClient
from hotline.adapters.embedded.server import ControlServer
from hotline.adapters.fake_switch import FakeSwitch
from hotline.adapters.journal_sql import JOURNAL, SqlJournal
from hotline.core.events import AgentState
from hotline.core.ids import AgentId, DeviceId
from hotline.core.requests import SetState, SignIn
from hotline.core.site import AgentProfile, Membership, Site
from hotline.core.switching import LegState, Originate, SwitchCommand
from hotline.platform.database import Database
from hotline.platform.ids import new_id
from hotline.runtime.runtime import Runtime, RuntimeSettings
from hotline.runtime.steady_clock import SteadyClock
from tests.small_site import CITY, NUMBER, QUEUE, FixedSite, small_site

TALK_S = 2.0
LIMIT_S = 120.0


# ── The switch's side ────────────────────────────────────────────────────────────────────────────────────────


class TimedSwitch(FakeSwitch):
    """Notes when callers were answered and when agents were rung; both happen in the same order."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: deque[float] = deque()
        self.ring_after_s: list[float] = []

    async def execute(self, commands: Sequence[SwitchCommand]) -> None:
        arrived = time.perf_counter()
        for command in commands:
            if isinstance(command, Originate) and self._waiting:
                self.ring_after_s.append(arrived - self._waiting.popleft())
        before = {leg.leg_id for leg in self.legs() if leg.state is LegState.INCOMING}
        await super().execute(commands)
        answered = [leg for leg in self.legs() if leg.leg_id in before and leg.state is LegState.UP]
        self._waiting.extend(time.perf_counter() for _ in answered)


async def serve_switch(orders: Connection, path: Path, calls: int, rate: float, agents: int) -> None:
    """Be the voice process: register telephones, then send calls at a steady rate; each talks for a while."""
    switch = TimedSwitch()
    server = ControlServer(switch, path)
    switch.start()
    await server.start()
    for number in range(agents):
        switch.register(DeviceId(f"phone-{number}"))
    orders.send("up")
    await asyncio.to_thread(orders.recv)  # all agents are ready
    loop = asyncio.get_running_loop()
    began = loop.time()
    for number in range(calls):
        await asyncio.sleep(max(0.0, began + number / rate - loop.time()))
        leg_id = switch.call_in("13800138000", NUMBER)
        loop.call_later(TALK_S, switch.far_end_hangs_up, leg_id)
    async with asyncio.timeout(LIMIT_S):
        while switch.legs():  # noqa: ASYNC110 - the fake has no event for it
            await asyncio.sleep(0.05)
    orders.send(switch.ring_after_s)
    await asyncio.to_thread(orders.recv)
    await server.close()


def switch_process(orders: Connection, path: Path, calls: int, rate: float, agents: int) -> None:
    """Entry of the other process."""
    uvloop.run(serve_switch(orders, path, calls, rate, agents))


# ── The application's side ───────────────────────────────────────────────────────────────────────────────────


def site_with(agents: int) -> Site:
    """The small site with many agents and no after-call work."""
    return replace(
        small_site(wrap_up_s=0.001),
        agents=tuple(
            AgentProfile(
                id=AgentId(f"agent-{n}"),
                authority_id=CITY,
                number=str(n),
                name=str(n),
                queues=(Membership(queue_id=QUEUE),),
                devices=(DeviceId(f"phone-{n}"),),
            )
            for n in range(agents)
        ),
    )


async def measure(folder: Path, orders: Connection, calls: int, agents: int) -> None:
    """Run the application's part and print the table."""
    clock = SteadyClock()
    database = Database(f"sqlite+aiosqlite:///{folder / 'hotline.db'}")
    async with database.engine.begin() as connection:
        await connection.run_sync(JOURNAL.create)
    journal = SqlJournal(database.engine.execution_options(hotline_writes=True))
    await journal.open()
    line = EmbeddedClient(folder / "voice.sock", now=clock.now, version="bench")
    runtime = Runtime(
        RuntimeSettings(data=folder, version="bench", engine="fake"),
        switch=line,
        journal=journal,
        source=FixedSite(site_with(agents)),
        clock=clock,
        new_id=new_id,
    )
    await runtime.start()
    line.start()
    await runtime.adopted()
    for n in range(agents):
        agent, phone = AgentId(f"agent-{n}"), DeviceId(f"phone-{n}")
        await runtime.request(SignIn(at=clock.now(), agent_id=agent, device_id=phone))
        await runtime.request(SetState(at=clock.now(), agent_id=agent, state=AgentState.READY))
    events, commits, cpu_s = runtime.delivery.events, runtime.delivery.commits, time.process_time()
    orders.send("go")
    ring_after_s: list[float] = await asyncio.to_thread(orders.recv)
    cpu_s = time.process_time() - cpu_s
    events, commits = runtime.delivery.events - events, runtime.delivery.commits - commits
    orders.send("done")
    await runtime.close()
    await line.close()
    await journal.close()
    await database.close()
    show(calls, agents, sorted(ring_after_s), cpu_s, events, commits)


def show(calls: int, agents: int, ring_after_s: list[float], cpu_s: float, events: int, commits: int) -> None:
    """Print the table."""
    assert len(ring_after_s) == calls, f"{calls - len(ring_after_s)} callers were not offered to an agent"
    rows = (
        ("calls, agents", f"{calls}, {agents}"),
        ("caller answered → agent rung, p50", f"{1_000 * ring_after_s[len(ring_after_s) // 2]:.1f} ms"),
        ("p99", f"{1_000 * ring_after_s[int(0.99 * len(ring_after_s))]:.1f} ms"),
        ("worst", f"{1_000 * ring_after_s[-1]:.1f} ms"),
        ("application CPU a call, whole life", f"{1_000 * cpu_s / calls:.2f} ms"),
        ("journal events a call", f"{events / calls:.1f}"),
        ("events a transaction", f"{events / commits:.1f}"),
    )
    print("| routing | |\n|---|---|")
    for name, value in rows:
        print(f"| {name} | {value} |")


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=600)
    parser.add_argument("--rate", type=float, default=20.0, help="calls a second")
    parser.add_argument("--agents", type=int, default=60)
    args = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        switch = multiprocessing.get_context("spawn").Process(
            target=switch_process, args=(theirs, folder / "voice.sock", args.calls, args.rate, args.agents)
        )
        switch.start()
        ours.recv()
        uvloop.run(measure(folder, ours, args.calls, args.agents))
        switch.join(LIMIT_S)


if __name__ == "__main__":
    main()
