"""Two applications over one PostgreSQL and one engine: the active one is killed, stopped, or cut off; the other goes on with its calls."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from hotline.adapters.sip_caller.conversation import Conversation
from hotline.adapters.sip_caller.phone import SipPhone
from tests.e2e.freeswitch_product import settings_for
from tests.e2e.people import DeskAgent
from tests.e2e.product import NO_TLS, Product, Session, eventually
from tests.peers.cut import CutRelay
from tests.peers.freeswitch import FreeSwitchNode, needs_freeswitch
from tests.ports import free_block, free_port
from tests.postgres import PostgresServer

pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.timeout(300)]

ENGINES = ["embedded", pytest.param("freeswitch", marks=needs_freeswitch)]
HOTLINE = "01084000000"
DEPOSED = 6


class Pair:
    """One installation with two applications: `first` is active, `second` stands by."""

    def __init__(self, data: Path, url: str, first_url: str, node: FreeSwitchNode | None = None) -> None:
        """Over the embedded engine, or over a FreeSWITCH `node`."""
        engine = settings_for([node], node.directory) if node else {}
        doors = {"sip_port": node.trunk_port, "phone_port": node.agent_port} if node else {}
        self.first = Product(data, {"HOTLINE_DATABASE": first_url, **engine}, **doors)
        ports = {"HOTLINE_RTP_PORTS": self.first.environment["HOTLINE_RTP_PORTS"]}
        self.second = Product(
            data, {"HOTLINE_DATABASE": url, **engine, **ports}, **{"sip_port": self.first.sip_port, **doors}
        )
        self.url = url

    async def start(self) -> None:
        await self.first.start()
        await self.start_standby(self.second)

    async def start_standby(self, product: Product) -> None:
        """Start an application that must stand by, and wait until it says so."""
        self.spawn(product)

        async def stands_by() -> bool:
            return (await said_by(product)).get("status") == "standby"

        await eventually(stands_by, "standing by", 60)

    def spawn(self, product: Product) -> None:
        """Start an application without waiting."""
        product.data.mkdir(parents=True, exist_ok=True)
        with (product.data / f"serve-{product.http_port}.log").open("ab") as log:
            product.process = subprocess.Popen(
                [sys.executable, "-m", "hotline", "serve"],
                env=product.environment,
                stdout=log,
                stderr=log,
                cwd=product.data,
            )

    async def taken_over(self) -> None:
        """Wait until the second application is active and well."""

        async def active() -> bool:
            return (await said_by(self.second)).get("status") == "ok"

        await eventually(active, "take-over", 30)

    async def stop(self) -> None:
        for product in (self.first, self.second):
            if product.process is not None and product.process.poll() is None:
                product.process.send_signal(signal.SIGCONT)
        await self.first.stop()
        await self.second.stop()


async def said_by(product: Product) -> dict[str, Any]:
    """What its health says, whatever the status."""
    try:
        async with httpx.AsyncClient(timeout=2, verify=NO_TLS) as http:
            return (await http.get(f"{product.base}/api/v1/health")).json()
    except httpx.TransportError:
        return {}


@pytest.fixture
async def relay(postgres_server: PostgresServer) -> AsyncIterator[CutRelay]:
    relay = await CutRelay.tcp(postgres_server.port)
    yield relay
    await relay.close()


@pytest.fixture
async def node(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[FreeSwitchNode | None]:
    """The FreeSWITCH of the installation, for tests that ask for one (indirectly); None is the embedded engine."""
    if getattr(request, "param", "embedded") == "embedded":
        yield None
        return
    node = FreeSwitchNode(
        tmp_path / "node", name="node", directory=f"127.0.0.1:{free_port()}", rtp=free_block(300)
    )
    await node.start()
    yield node
    await node.stop()


@pytest.fixture
async def pair(
    tmp_path: Path,
    postgres_url: str,
    relay: CutRelay,
    postgres_server: PostgresServer,
    node: FreeSwitchNode | None,
) -> AsyncIterator[Pair]:
    first_url = postgres_url.replace(str(postgres_server.port), str(relay.port))
    pair = Pair(tmp_path / "data", postgres_url, first_url, node)
    await pair.start()
    yield pair
    relay.mend()
    await pair.stop()


@pytest.fixture
async def people(pair: Pair) -> AsyncIterator[tuple[SipPhone, DeskAgent]]:
    citizen = SipPhone(pair.first.sip)
    agent = await DeskAgent.sign_in(pair.first, "1001")
    yield citizen, agent
    await citizen.close()
    await agent.close()


@asynccontextmanager
async def another_citizen(pair: Pair) -> AsyncIterator[SipPhone]:
    """One more telephone, put away in the end."""
    phone = SipPhone(pair.first.sip)
    try:
        yield phone
    finally:
        await phone.close()


async def connected(citizen: SipPhone, agent: DeskAgent) -> tuple[Conversation, Conversation]:
    """A talk: the citizen's call and the agent's."""
    call = citizen.call(HOTLINE, shown="13800138000")
    async with asyncio.timeout(20):
        await call.answered.wait()
    call.audio.press("1")
    rung = await agent.ringing()
    rung.answer()
    await agent.in_state("talking")
    return call, rung


def moved(session: Session, to: Product) -> Session:
    """The same log-in at another application."""
    http = httpx.AsyncClient(base_url=f"{to.base}/api/v1", timeout=15, headers=dict(session._http.headers))
    to._clients.append(http)
    return Session(http)


async def events(pair: Pair, server: PostgresServer) -> list[dict[str, Any]]:
    """The whole journal in order; its seqs have no gap."""
    text = await asyncio.to_thread(
        subprocess.run,
        [f"{server.programs}/psql", "-At", "-c", "SELECT seq, payload FROM journal ORDER BY seq", pair.url],
        check=True,
        capture_output=True,
        text=True,
    )
    rows = [line.partition("|") for line in text.stdout.splitlines()]
    assert [int(seq) for seq, _, _ in rows] == list(range(1, len(rows) + 1))
    return [json.loads(payload) for _, _, payload in rows]


def dispositions(journal: list[dict[str, Any]]) -> list[str]:
    """How each call ended, in order of their arrival; every call that arrived has ended once."""
    arrived = [event["call_id"] for event in journal if event["type"] == "CallArrived"]
    ended = {event["call_id"]: event["disposition"] for event in journal if event["type"] == "CallEnded"}
    assert len([event for event in journal if event["type"] == "CallEnded"]) == len(arrived) == len(ended)
    assert len({event["leg_id"] for event in journal if event["type"] == "CallArrived"}) == len(arrived)
    return [ended[call_id] for call_id in arrived]


async def finish(pair: Pair, call: Conversation, agent: DeskAgent) -> None:
    """End the talk at the application that is active now, with the log-in made at the other."""
    agent.session = moved(agent.session, pair.second)
    await agent.in_state("talking")
    assert not call.over.is_set()
    desk = await agent.session.get("/agents/me")
    await agent.session.post(f"/calls/{desk['call']['call_id']}/actions/hangup")
    await agent.in_state("after_call")
    call.hang_up()
    await call.over.wait()


@pytest.mark.req("OPS-5", "OPS-2")
@pytest.mark.parametrize("node", ENGINES, indirect=True)
async def test_a_killed_active_application_is_replaced_and_its_talk_goes_on(
    pair: Pair, people: tuple[SipPhone, DeskAgent], postgres_server: PostgresServer
) -> None:
    call, _ = await connected(*people)
    pair.first.kill()
    await pair.taken_over()
    await finish(pair, call, people[1])
    waiting = people[0].call(HOTLINE, shown="13900139000")
    async with asyncio.timeout(20):
        await waiting.answered.wait()
    waiting.hang_up()
    await waiting.over.wait()
    # The one that was killed stands by when it comes back.
    await pair.start_standby(pair.first)
    await pair.second.stop()
    await eventually(pair.first.healthy, "the way back", 30)
    assert dispositions(await events(pair, postgres_server)) == ["agent_answered", "ivr_hangup"]


@pytest.mark.req("OPS-2")
@pytest.mark.parametrize("node", ENGINES, indirect=True)
async def test_a_stopped_active_application_ends_when_it_wakes_and_writes_nothing(
    pair: Pair, people: tuple[SipPhone, DeskAgent], postgres_server: PostgresServer
) -> None:
    call, _ = await connected(*people)
    process = pair.first.process
    assert process is not None
    os.kill(process.pid, signal.SIGSTOP)
    await pair.taken_over()
    os.kill(process.pid, signal.SIGCONT)
    assert await asyncio.to_thread(process.wait, 30) == DEPOSED
    await finish(pair, call, people[1])

    async def whole() -> bool:
        return dispositions_or_none(await events(pair, postgres_server)) == ["agent_answered"]

    await eventually(whole, "one call, answered")


@pytest.mark.req("OPS-2")
@pytest.mark.parametrize("node", ENGINES, indirect=True)
async def test_an_active_application_cut_off_the_database_hands_over_with_what_it_kept_aside(
    pair: Pair, people: tuple[SipPhone, DeskAgent], postgres_server: PostgresServer, relay: CutRelay
) -> None:
    call, _ = await connected(*people)
    process = pair.first.process
    assert process is not None
    relay.cut()
    async with another_citizen(pair) as other:
        new = other.call(HOTLINE, shown="13900139000")  # arrives at the one that is cut off
        await pair.taken_over()
        assert await asyncio.to_thread(process.wait, 30) == DEPOSED
        async with asyncio.timeout(20):
            await new.answered.wait()
        new.hang_up()
        await finish(pair, call, people[1])

    async def whole() -> bool:
        return dispositions_or_none(await events(pair, postgres_server)) == ["agent_answered", "ivr_hangup"]

    await eventually(whole, "both calls, once")


def dispositions_or_none(journal: list[dict[str, Any]]) -> list[str] | None:
    """As `dispositions`, None while a call runs."""
    ended = [event for event in journal if event["type"] == "CallEnded"]
    arrived = [event for event in journal if event["type"] == "CallArrived"]
    return dispositions(journal) if len(ended) >= len(arrived) else None


@pytest.mark.req("OPS-2")
async def test_the_one_that_stands_by_says_so_and_does_nothing(pair: Pair) -> None:
    async with httpx.AsyncClient(base_url=pair.second.base) as http:
        health = await http.get("/api/v1/health")
        assert (health.status_code, health.json()["active"]) == (503, pair.first.base)
        assert (await http.get("/api/v1/health/active")).status_code == 503
        refused = await http.post("/api/v1/session", json={"username": "2001", "password": "x"})
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "standby")
        page = await http.get("/")
        assert page.status_code == 503 and "备用" in page.text
    async with httpx.AsyncClient(base_url=pair.first.base) as http:
        assert (await http.get("/api/v1/health/active")).status_code == 204
    third = Product(pair.first.data, {"HOTLINE_DATABASE": pair.url})
    pair.spawn(third)
    assert third.process is not None
    assert await asyncio.to_thread(third.process.wait, 60) == 4  # a data folder has room for two
