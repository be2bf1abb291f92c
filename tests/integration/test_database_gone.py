"""PostgreSQL stops, is cut off, or is restarted under the running product: calls go on, and the journal has every event once, in order."""

import asyncio
import json
import os
import signal
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from hotline.adapters.sip_caller.conversation import Conversation
from hotline.adapters.sip_caller.phone import SipPhone
from tests import postgres
from tests.e2e.people import DeskAgent
from tests.e2e.product import Product, Refusal, eventually
from tests.integration.test_standby import connected, dispositions, said_by
from tests.peers.cut import CutRelay, go_on, stop_group
from tests.postgres import PostgresServer, PostgresUnavailableError, as_server_user

pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.timeout(300)]

HOTLINE = "01084000000"
NO_DATABASE = 5
AWAY_AT_LEAST_S = float(os.environ.get("HOTLINE_TEST_AWAY_S", "0"))
"""How long the database stays away at least; what happens meanwhile takes some seconds anyway."""


class Outage:
    """A cluster of its own, behind a relay, that can be taken away in several ways."""

    def __init__(self, server: PostgresServer, relay: CutRelay) -> None:
        self.server = server
        self.relay = relay
        self._stopped: list[int] = []
        self._data = f"{server.folder}/data"

    @property
    def url(self) -> str:
        """The database, through the relay."""
        return self.server.url("postgres").replace(str(self.server.port), str(self.relay.port))

    async def harden(self) -> None:
        """Be as durable as a site's cluster: that of the tests trades it for speed."""
        await self._control("stop", "-m", "fast")
        await self.end("restarted")

    async def begin(self, how: str) -> None:
        match how:
            case "stopped":
                pid = int(Path(self._data, "postmaster.pid").read_text().split()[0])
                self._stopped = stop_group(pid)
            case "cut":
                self.relay.cut()
            case _:
                await self._control("stop", "-m", "immediate")
                self.relay.reset()

    async def end(self, how: str) -> None:
        match how:
            case "stopped":
                go_on(self._stopped)
            case "cut":
                self.relay.mend()
            case _:
                options = f"-p {self.server.port} -k '' -h 127.0.0.1"
                await self._control("start", "-l", f"{self.server.folder}/log", "-o", options)

    async def _control(self, *words: str) -> None:
        command = [f"{self.server.programs}/pg_ctl", *words, "-D", self._data, "-w"]
        done = await asyncio.to_thread(as_server_user, command)
        assert done.returncode == 0, done.stdout

    async def journal(self) -> list[dict[str, Any]]:
        """Every event in order; the seqs have no gap."""
        query = "SELECT seq, payload FROM journal ORDER BY seq"
        text = await asyncio.to_thread(
            subprocess.run,
            [f"{self.server.programs}/psql", "-At", "-c", query, self.server.url("postgres")],
            check=True,
            capture_output=True,
            text=True,
        )
        rows = [line.partition("|") for line in text.stdout.splitlines()]
        assert [int(seq) for seq, _, _ in rows] == list(range(1, len(rows) + 1))
        return [json.loads(payload) for _, _, payload in rows]


@pytest.fixture
async def outage() -> AsyncIterator[Outage]:
    try:
        server = await asyncio.to_thread(postgres._start)
    except PostgresUnavailableError as missing:
        missing.skip_or_fail()
        raise
    relay = await CutRelay.tcp(server.port)
    outage = Outage(server, relay)
    await outage.harden()
    yield outage
    go_on(outage._stopped)
    await relay.close()
    await asyncio.to_thread(server.stop)


@pytest.fixture
async def product(tmp_path: Path, outage: Outage) -> AsyncIterator[Product]:
    product = Product(tmp_path / "data", {"HOTLINE_DATABASE": outage.url})
    await product.start()
    yield product
    await product.stop()


def spooled(product: Product) -> tuple[int, list[dict[str, Any]]]:
    """What is kept aside, and behind which seq of the journal it belongs."""
    (path,) = (product.data / "run").glob("journal-spool*.jsonl")
    head, *events = [json.loads(line) for line in path.read_text().splitlines()]
    return int(head["behind"]), events


async def database_is(product: Product, state: str) -> None:
    """Wait until health says so."""

    async def so() -> bool:
        return (await said_by(product)).get("database") == state

    await eventually(so, f"database {state}", 40)


async def work_without_database(first: Conversation, agent: DeskAgent, citizen: SipPhone) -> None:
    """A talk is ended on screen, its caller leaves the survey; a new one passes menu and queue, is answered, and hangs up."""
    desk = await agent.session.get("/agents/me")
    await agent.session.post(f"/calls/{desk['call']['call_id']}/actions/hangup")
    await agent.in_state("after_call")
    first.hang_up()
    await first.over.wait()
    call = citizen.call(HOTLINE, shown="13900139000")
    async with asyncio.timeout(30):
        await call.answered.wait()
    call.audio.press("1")
    await agent.session.post("/agents/me/wrap-up/finish")
    rung = await agent.ringing()
    rung.answer()
    await agent.in_state("talking")
    call.hang_up()
    await agent.in_state("after_call")
    await call.over.wait()


@pytest.mark.req("OPS-2")
@pytest.mark.parametrize("how", ["stopped", "cut", "restarted"])
async def test_calls_go_on_without_the_database_and_every_event_is_there_once_afterwards(
    product: Product, outage: Outage, how: str
) -> None:
    citizen, other = SipPhone(product.sip), SipPhone(product.sip)
    agent = await DeskAgent.sign_in(product, "1001")
    call, _ = await connected(citizen, agent)
    began = asyncio.get_running_loop().time()
    await outage.begin(how)
    await database_is(product, "unavailable")
    with pytest.raises(Refusal) as refused:
        await agent.session.post("/session", username="2001", password="x")
    assert (refused.value.status, refused.value.code) == (503, "database_unavailable")
    await work_without_database(call, agent, other)
    await asyncio.sleep(max(0.0, AWAY_AT_LEAST_S - (asyncio.get_running_loop().time() - began)))
    behind, kept = spooled(product)
    assert {"TalkEnded", "CallEnded", "CallArrived", "OfferMade"} <= {event["type"] for event in kept}
    await outage.end(how)
    await database_is(product, "ok")
    journal = await outage.journal()
    assert journal[behind : behind + len(kept)] == kept
    assert [event["at"] for event in journal] == sorted(event["at"] for event in journal)
    assert dispositions(journal) == ["agent_answered", "agent_answered"]
    assert len((await (await product.log_in("2001")).get("/calls"))["items"]) == 2
    for phone in (citizen, other):
        await phone.close()
    await agent.close()


@pytest.mark.req("OPS-2")
async def test_an_application_killed_with_events_kept_aside_brings_them_in_once(
    product: Product, outage: Outage
) -> None:
    citizen, other = SipPhone(product.sip), SipPhone(product.sip)
    agent = await DeskAgent.sign_in(product, "1001")
    call, _ = await connected(citizen, agent)
    await outage.begin("stopped")
    await database_is(product, "unavailable")
    await work_without_database(call, agent, other)
    product.kill()
    behind, kept = spooled(product)
    with pytest.raises(
        AssertionError, match="数据库不可用"
    ):  # not without the database, and nothing is lost by trying
        await product.start()
    assert product.process is not None
    assert product.process.poll() == NO_DATABASE
    assert spooled(product) == (behind, kept)
    await outage.end("stopped")
    await product.start()

    async def whole() -> list[dict[str, Any]] | None:
        journal = await outage.journal()
        return journal if sum(event["type"] == "CallEnded" for event in journal) >= 2 else None

    journal = await eventually(whole, "the end of both calls")
    assert journal[behind : behind + len(kept)] == kept
    assert dispositions(journal) == ["agent_answered", "agent_answered"]
    assert not list((product.data / "run").glob("journal-spool*.jsonl"))
    for phone in (citizen, other):
        await phone.close()
    await agent.close()


@pytest.mark.req("OPS-2")
async def test_a_database_that_is_gone_for_a_moment_again_and_again_loses_nothing(
    product: Product, outage: Outage
) -> None:
    phones = [SipPhone(product.sip) for _ in range(4)]
    for round_ in range(6):
        calls = [phone.call(HOTLINE, shown=f"1390000{round_}{n:03d}") for n, phone in enumerate(phones)]
        outage.relay.reset()  # in the middle of whatever is being written
        async with asyncio.timeout(30):
            for call in calls:
                await call.answered.wait()
        outage.relay.reset()
        for call in calls:
            call.hang_up()
            await call.over.wait()
    await database_is(product, "ok")

    async def whole() -> bool:
        journal = await outage.journal()
        return sum(event["type"] == "CallEnded" for event in journal) >= 24

    await eventually(whole, "every call's end")
    assert dispositions(await outage.journal()) == ["ivr_hangup"] * 24
    for phone in phones:
        await phone.close()


@pytest.fixture(autouse=True)
def nobody_is_left_stopped(outage: Outage) -> Any:
    """Whatever a test did, no process stays stopped."""
    yield
    for pid in outage._stopped:
        try:
            os.kill(pid, signal.SIGCONT)
        except ProcessLookupError:
            continue
