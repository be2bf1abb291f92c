"""One chaos run: start, load, break, mend, wait until it is quiet, account."""

import asyncio
import contextlib
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson

from hotline.adapters.sip_caller.beat import Beat
from hotline.core import codec
from hotline.core import events as e
from tests import postgres
from tests.chaos.accounts import Account, account
from tests.chaos.engines import Engine, engine_with
from tests.chaos.faults import Faults
from tests.chaos.people import Agent, Citizens
from tests.e2e.product import Product, Refusal, Session, eventually
from tests.integration.test_database_gone import Outage
from tests.peers.cut import CutRelay
from tests.simulation.checker import IN_CALL

AGENTS = ("1001", "1002", "1003", "1004", "1005", "1006")
LEADER = "2001"
QUIET_LIMIT_S = 150.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long, how many calls a second, how often something breaks, and by which dice."""

    seconds: float
    rate: float
    pause_s: tuple[float, float]
    seed: int
    faults: tuple[str, ...] = ()
    """These, in order, instead of any at random."""
    nodes: int = 0
    """So many nodes of FreeSWITCH instead of the embedded engine."""


async def run(
    plan: Plan, folder: Path, settings: dict[str, str] | None = None
) -> tuple[Account, Faults, list[Agent]]:
    """Run; the product has ended when this returns."""
    outage = await _database()
    try:
        async with engine_with(folder, {**(settings or {}), "HOTLINE_DATABASE": outage.url}, plan.nodes) as (
            product,
            engine,
        ):
            return await _run(plan, product, engine, outage)
    finally:
        await outage.relay.close()
        await asyncio.to_thread(outage.server.stop)


async def _run(
    plan: Plan, product: Product, engine: Engine, outage: Outage
) -> tuple[Account, Faults, list[Agent]]:
    chance = random.Random(plan.seed)
    beat = Beat()
    agents = [
        Agent(
            product,
            number,
            engine.telephones[at % len(engine.telephones)],
            beat,
            random.Random(chance.random()),
        )
        for at, number in enumerate((*AGENTS, LEADER))
    ]
    faults = Faults(product, engine, outage, agents, chance)
    citizens = Citizens(engine.doors, beat, random.Random(chance.random()))
    working = [
        asyncio.create_task(agent.work(list(AGENTS)), name=f"agent-{agent.number}") for agent in agents
    ]
    try:
        await _load(plan, citizens, faults)
        await faults.mend()
        live = await _quiet(product, agents, working)
        written = await outage.journal()
        (product.data / "journal.json").write_bytes(orjson.dumps(written))
    finally:
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)
        await citizens.close()
        await product.stop()
    journal: list[e.Event] = [codec.decode(values) for values in written]
    return account(journal, citizens.calls, live, product.data), faults, agents


async def _database() -> Outage:
    server = await asyncio.to_thread(postgres._start)
    outage = Outage(server, await CutRelay.tcp(server.port))
    await outage.harden()
    return outage


async def _load(plan: Plan, citizens: Citizens, faults: Faults) -> None:
    """Calls and faults side by side; a fault that was begun is brought to its end."""
    breaking = asyncio.create_task(_break(plan, faults), name="faults")
    everything_broken = breaking.done if plan.faults else lambda: True
    calling = asyncio.create_task(
        citizens.call_for(plan.seconds, plan.rate, everything_broken), name="citizens"
    )
    await calling
    if not breaking.done():
        breaking.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await breaking


async def _break(plan: Plan, faults: Faults) -> None:
    if not plan.faults:
        await faults.go_on(pause_s=plan.pause_s)
    for fault in plan.faults:
        await asyncio.sleep(plan.pause_s[0])
        await faults.cause(fault)


async def _sign_out(leader: Session, live: dict[str, Any]) -> None:
    """Send home whoever has no call: else a kept place may ring at somebody in the very moment of the account."""
    for agent in live["agents"]:
        if agent["state"] not in {"offline", *IN_CALL}:
            with contextlib.suppress(Refusal):  # it rings just now: the next look sees to it
                await leader.put(f"/agents/{agent['agent_id']}/state", state="offline")


async def _quiet(
    product: Product, agents: list[Agent], working: "list[asyncio.Task[None]]"
) -> dict[str, Any]:
    """Wait until no call runs and everything is written; sign everybody out; return the live page."""
    await eventually(product.healthy, "everything to be well again", QUIET_LIMIT_S, every_s=0.5)
    for agent in agents:
        agent.closing = True
    await asyncio.gather(*working, return_exceptions=True)
    leader = await product.log_in(LEADER)

    async def quiet() -> bool:
        try:
            live = await leader.get("/live")
            await _sign_out(leader, live)
        except (AssertionError, httpx.HTTPError):
            return False
        at_work = [agent for agent in live["agents"] if agent["state"] != "offline"]
        running = [call for call in live["calls"] if call["phase"] not in {"wrap_up", "callback"}]
        return not at_work and not running

    with contextlib.suppress(AssertionError):  # what is left is counted
        await eventually(quiet, "every call's end", QUIET_LIMIT_S, every_s=0.5)
    live: dict[str, Any] = orjson.loads(orjson.dumps(await leader.get("/live")))
    for agent in agents:
        await agent.close()
    await asyncio.sleep(6.0)  # recordings are looked for on disk after a grace
    return live
