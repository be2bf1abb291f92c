"""How soon every change is at all of many live pages: a real HTTP server, hundreds of WebSocket clients, a floor that moves.

The server's process holds the real live view, streams, encoder and uvicorn as `hotline serve` runs it; only log-in is replaced (each
client is a leader of one of some authorities). The floor is simulated: at each beat a call or an agent of it changes. Clients run
in processes of their own, as real sockets, and note when each seq arrived; clocks are one machine's. A change has arrived when the
last client has it.

    python -m bench.live --clients 500 --agents 500 --rate 20 --seconds 20
"""

import argparse
import asyncio
import itertools
import multiprocessing
import os
import random
import socket
import time
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from types import SimpleNamespace
from typing import Any, cast

import orjson
import uvicorn
import uvloop
from bench._installation import cost_of
from fastapi import FastAPI
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from hotline.core.events import AgentState, Direction
from hotline.core.ids import AgentId, AuthorityId, CallId, DeviceId, QueueId, TrunkId
from hotline.features.live import api, wiring
from hotline.platform.access import Platform, current_actor, install_platform
from hotline.platform.actor import Actor
from hotline.platform.permissions import Permission
from hotline.ports.call_control import (
    AgentView,
    CallControl,
    CallView,
    LiveChange,
    LiveSnapshot,
    QueueView,
    TrunkView,
)
from hotline.runtime.live_history import LiveHistory

QUEUES = 12
SCOPES = 4
"""Authorities of the clients; the last one's clients see everything."""
JOIN_LIMIT_S = 60.0
STATES = (AgentState.READY, AgentState.RINGING, AgentState.TALKING, AgentState.AFTER_CALL, AgentState.BUSY)


# ── The server's side ────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class Floor:
    """Agents and queues that change at random; as much as the live routes ask of `CallControl`."""

    agents: list[AgentView]
    queues: list[QueueView]
    history: LiveHistory = field(default_factory=lambda: LiveHistory(1))
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def live(self, authorities: Collection[AuthorityId] | None) -> LiveSnapshot:
        """Everything; the streams leave out what is out of sight."""
        del authorities
        trunk = TrunkView(
            trunk_id=TrunkId("t"), authority_id=_authority(0), name="中继", used=30, max_calls=60
        )
        return LiveSnapshot(
            seq=self.history.seq,
            at=datetime.now(UTC),
            engine_up=True,
            agents=tuple(self.agents),
            queues=tuple(self.queues),
            calls=(),
            trunks=(trunk,),
        )

    def changes(self, after: int) -> AsyncIterator[LiveChange]:
        """As the port says."""
        return self.history.changes(after)

    def bursts(self, after: int) -> AsyncIterator[tuple[LiveChange, ...]]:
        """As the port says."""
        return self.history.bursts(after)

    def move(self) -> int:
        """Let something happen: an agent changes state, with their call and queue; return the seq."""
        now = datetime.now(UTC)
        at = random.randrange(len(self.agents))
        queue = self.queues[at % QUEUES]
        agent = _agent(at, random.choice(STATES), now)
        self.agents[at] = agent
        call = CallView(
            call_id=CallId(f"c{next(self.numbers)}"), authority_id=agent.authority_id, direction=Direction.INBOUND,
            phase="talking", since=now, started_at=now, ani="13800138000", dnis="01084000000", hotline_id=None,
            queue_id=queue.queue_id, agent_id=agent.agent_id, talk_id=None, keys=("社保",),
        )  # fmt: skip
        self.history.add(
            LiveChange(
                seq=self.history.seq + 1,
                at=now,
                engine_up=True,
                agents=(agent,),
                queues=(queue,),
                calls=(call,),
            )
        )
        return self.history.seq


def _authority(number: int) -> AuthorityId:
    return AuthorityId(f"authority-{number % SCOPES}")


def _agent(number: int, state: AgentState, now: datetime) -> AgentView:
    return AgentView(
        agent_id=AgentId(f"agent-{number}"), authority_id=_authority(number), number=str(1000 + number),
        name=f"座席{number}", state=state, reason="", since=now, until=None, next_state=None,
        device_id=DeviceId(f"{1000 + number}-web"), device_registered=True, call_id=None, queue_id=None,
        queues=(QueueId(f"queue-{number % QUEUES}"),), signed_in_at=now, talks_today=17,
    )  # fmt: skip


def _queue(number: int) -> QueueView:
    return QueueView(
        queue_id=QueueId(f"queue-{number}"), authority_id=_authority(number), name=f"业务{number}", waiting=3,
        longest_wait_since=datetime.now(UTC), ringing=1, talking=5, ready=2, signed_in=8,
    )  # fmt: skip


class EverOpen:
    """Sessions that do not end."""

    async def until_over(self, actor: Actor, *, look_every_s: float) -> None:
        """Wait for ever."""
        del actor, look_every_s
        await asyncio.Event().wait()


def application(floor: Floor) -> FastAPI:
    """The live routes over a simulated floor, with people who need not log in."""
    app = FastAPI()
    platform = Platform(
        settings=cast("Any", SimpleNamespace()),
        database=cast("Any", None),
        authenticator=cast("Any", EverOpen()),
    )
    platform.services[CallControl] = floor
    install_platform(app, platform)
    wiring.wire(platform)
    people = itertools.count()

    def somebody() -> Actor:
        number = next(people)
        everything = number % SCOPES == SCOPES - 1
        return Actor(
            user_id=f"u{number}", username=f"u{number}", name="", role="leader", role_name="",
            permissions=frozenset({Permission.LIVE_VIEW, Permission.CALLS_READ}), authority_id=_authority(number),
            authority_name="", authorities=None if everything else frozenset({_authority(number)}),
        )  # fmt: skip

    app.dependency_overrides[current_actor] = somebody
    app.include_router(api.router)
    return app


async def serve(line: Connection, agents: int, rate: float, seconds: float) -> None:
    """Serve, and move the floor at a random but mean rate once all clients are there."""
    now = datetime.now(UTC)
    floor = Floor(
        [_agent(n, AgentState.READY, now) for n in range(agents)], [_queue(n) for n in range(QUEUES)]
    )
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        listener.setblocking(False)
        server = uvicorn.Server(
            uvicorn.Config(
                application(floor),
                loop="none",
                ws="websockets-sansio",
                ws_per_message_deflate=False,
                log_config=None,
                log_level="critical",
                lifespan="off",
            )
        )
        serving = asyncio.create_task(server.serve(sockets=[listener]), name="http")
        line.send(listener.getsockname()[1])
        await asyncio.to_thread(line.recv)  # all clients have their snapshot
        began, cpu_s = time.monotonic(), time.process_time()
        made: dict[int, float] = {}
        while time.monotonic() - began < seconds:
            await asyncio.sleep(random.expovariate(rate))
            made[floor.move()] = time.time()
        cpu_s = time.process_time() - cpu_s
        await asyncio.sleep(1.0)
        line.send((made, cpu_s / seconds, cost_of(os.getpid()).peak_mib))
        await asyncio.to_thread(line.recv)
        server.should_exit = True
        server.force_exit = True
        await serving


def server_process(line: Connection, agents: int, rate: float, seconds: float) -> None:
    """Entry of the server's process."""
    uvloop.run(serve(line, agents, rate, seconds))


# ── The clients' side ────────────────────────────────────────────────────────────────────────────────────────


async def follow(port: int, path: str, joined: asyncio.Event, arrived: dict[int, list[float]]) -> None:
    """One live page: note when each seq arrives; a gap fails the benchmark."""
    protocols = [Subprotocol("hotline"), Subprotocol("bearer.bench")]
    url = f"ws://127.0.0.1:{port}{path}"
    async with connect(url, subprotocols=protocols, compression=None, max_size=None) as websocket:
        seq = orjson.loads(await websocket.recv())["live"]["seq"]
        joined.set()
        async for message in websocket:
            now = time.time()
            body = orjson.loads(message)
            for change in body["changes"] if body["type"] == "changes" else [body["change"]]:
                assert change["seq"] == seq + 1, "a gap"
                seq = change["seq"]
                arrived.setdefault(seq, []).append(now)


async def watch(line: Connection, port: int, path: str, clients: int) -> None:
    """Be many live pages."""
    arrived: dict[int, list[float]] = {}
    joined = [asyncio.Event() for _ in range(clients)]
    following = [
        asyncio.create_task(follow(port, path, event, arrived), name=f"client-{n}")
        for n, event in enumerate(joined)
    ]
    async with asyncio.timeout(JOIN_LIMIT_S):
        await asyncio.gather(*(event.wait() for event in joined))
    line.send("joined")
    await asyncio.to_thread(line.recv)
    lost = sum(task.done() for task in following)
    line.send(({seq: (len(times), times) for seq, times in arrived.items()}, lost))
    for task in following:
        task.cancel()
    await asyncio.gather(*following, return_exceptions=True)


def clients_process(line: Connection, port: int, path: str, clients: int) -> None:
    """Entry of a clients' process."""
    uvloop.run(watch(line, port, path, clients))


# ── The table ────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Outcome:
    """Milliseconds from a change to each client, and to the last one; what the server used."""

    each_ms: list[float]
    last_ms: list[float]
    changes: int
    missing: int
    cpu: float
    peak_mib: float


def measure(path: str, args: argparse.Namespace) -> Outcome:
    """Run server and clients once."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    server = context.Process(target=server_process, args=(theirs, args.agents, args.rate, args.seconds))
    server.start()
    port = ours.recv()
    groups: list[tuple[Any, Connection]] = []
    for _ in range(args.processes):
        near, far = context.Pipe()
        group = context.Process(
            target=clients_process, args=(far, port, path, args.clients // args.processes)
        )
        group.start()
        groups.append((group, near))
    for _, near in groups:
        assert near.recv() == "joined"
    ours.send("go")
    made, cpu, peak_mib = ours.recv()
    arrived: dict[int, list[float]] = {}
    lost = 0
    for _, near in groups:
        near.send("report")
        seen, gone = near.recv()
        lost += gone
        for seq, (_, times) in seen.items():
            arrived.setdefault(seq, []).extend(times)
    for group, _ in groups:
        group.join(10)
    ours.send("end")  # after its clients, as a server ends without noise
    server.join(10)
    assert not lost, f"{lost} clients lost their stream"
    each = sorted(1000 * (at - made[seq]) for seq, times in arrived.items() for at in times)
    last = sorted(1000 * (max(times) - made[seq]) for seq, times in arrived.items())
    missing = len(made) * (args.clients // args.processes) * args.processes - len(each)
    return Outcome(each, last, len(made), missing, cpu, peak_mib)


def at_share(values: list[float], share: float) -> float:
    """The value below which this share lies."""
    return values[min(len(values) - 1, int(share * len(values)))]


def main() -> None:
    """Measure both ways of the stream and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clients", type=int, default=500)
    parser.add_argument("--processes", type=int, default=2, help="the clients' processes")
    parser.add_argument("--agents", type=int, default=500)
    parser.add_argument("--rate", type=float, default=20.0, help="changes a second")
    parser.add_argument("--seconds", type=float, default=20.0)
    args = parser.parse_args()
    print(
        f"{args.clients} clients, {args.agents} agents, {args.rate:.0f} changes a second at random, {SCOPES} sights\n"
    )
    print(
        "| milliseconds, change → client | p50 | p99 | at all of them, p99 | worst | changes | missing | server | peak | target |"
    )
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |")
    for name, path in (
        ("in bursts (as the pages ask)", "/live/events?burst=true"),
        ("one by one", "/live/events"),
    ):
        o = measure(path, args)
        good = at_share(o.last_ms, 0.99) <= 300 and not o.missing
        print(
            f"| {name} | {at_share(o.each_ms, 0.5):.1f} | {at_share(o.each_ms, 0.99):.1f} | {at_share(o.last_ms, 0.99):.1f} "
            f"| {o.last_ms[-1]:.1f} | {o.changes} | {o.missing} | {o.cpu:.2f} core | {o.peak_mib:.0f} MiB "
            f"| p99 ≤ 300{'' if good else ': **missed**'} |",
            flush=True,
        )
    print(f"\nLoad average at the end: {os.getloadavg()[0]:.1f}.")


if __name__ == "__main__":
    main()
