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
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote

import structlog
import uvloop
from bench._bank import AgentBank, Seen, callers
from bench._installation import Cost, cost_of, journal_of
from bench._people import watch
from sqlalchemy import create_engine
from sqlalchemy.orm import Session as Rows

from hotline.core import events as e
from hotline.demo.seed import phone_password
from hotline.features.users.service import make_device
from hotline.platform.people import ROOT_AUTHORITY, Agent, QueueMember, User
from tests.e2e.product import Product, Session, free_port
from tests.peers.freeswitch import CONFIGURATION, FREESWITCH, FreeSwitchNode

HOTLINE = "01084000000"
THEIRS = "01084009999"
QUEUE = "operator"
THEIR_QUEUE = "bench@hotline"
TARGET_MS = 30.0
PORTS = (47_000, 48_999)
LOG_IN_AT_ONCE = 8

_CALLCENTER = f"""<configuration name="callcenter.conf" description="The peer">
  <queues><queue name="{THEIR_QUEUE}">
    <param name="strategy" value="longest-idle-agent"/>
    <param name="moh-sound" value="{{music}}"/>
    <param name="time-base-score" value="queue"/>
    <param name="max-wait-time" value="0"/>
    <param name="tier-rules-apply" value="false"/>
    <param name="abandoned-resume-allowed" value="false"/>
  </queue></queues>
  <agents/><tiers/>
</configuration>
"""
_EXTENSION = f"""    <extension name="peer">
      <condition field="destination_number" expression="^{THEIRS}$">
        <action application="answer"/>
        <action application="callcenter" data="{THEIR_QUEUE}"/>
        <action application="hangup"/>
      </condition>
    </extension>
"""


class Node(FreeSwitchNode):
    """A node whose configuration is ours with the peer added."""

    def _folders(self) -> list[str]:
        words = super()._folders()
        words[words.index("-conf") + 1] = str(self.folder / "conf")
        return words

    def add_peer(self, music: Path) -> None:
        """Copy our configuration and put the peer beside it."""
        conf = self.folder / "conf"
        shutil.copytree(CONFIGURATION, conf)
        (conf / "autoload" / "callcenter.conf.xml").write_text(_CALLCENTER.replace("{music}", str(music)))
        dialplan = conf / "dialplan" / "hotline.xml"
        begin = '<context name="hotline-trunk">\n'
        text = dialplan.read_text(encoding="utf-8")
        assert begin in text, "the delivered dialplan has changed"
        dialplan.write_text(text.replace(begin, begin + _EXTENSION, 1), encoding="utf-8")


@dataclass(slots=True, kw_only=True)
class Result:
    """What one side did under the load."""

    name: str
    seen: list[Seen]
    entered: dict[str, float]
    cpu_s: dict[str, float]
    seconds: float
    strangers: int


# ── Preparing ────────────────────────────────────────────────────────────────────────────────────────────────


def make_agents(product: Product, count: int) -> list[str]:
    """Write so many agents into the database; they share the demo people's password."""
    engine = create_engine(f"sqlite:///{product.data / 'hotline.db'}", connect_args={"timeout": 30})
    numbers = [str(6000 + place) for place in range(count)]
    with Rows(engine) as rows, rows.begin():
        model = rows.get_one(User, "user-1001")
        for number in numbers:
            user_id = f"user-{number}"
            rows.add(
                User(
                    id=user_id, authority_id=ROOT_AUTHORITY, username=number, name=number, role="agent",
                    password_hash=model.password_hash, must_change_password=False, active=True,
                    failed_attempts=0, created_at=datetime.now(UTC),
                )
            )  # fmt: skip
        rows.flush()
        agents = [Agent(id=f"user-{n}", authority_id=ROOT_AUTHORITY, number=n, active=True) for n in numbers]
        rows.add_all(agents)
        rows.flush()
        for agent in agents:
            rows.add(make_device(agent, phone_password(agent.number)))
            rows.add(QueueMember(queue_id=QUEUE, agent_id=agent.id, authority_id=ROOT_AUTHORITY))
    engine.dispose()
    return numbers


async def make_site(admin: Session) -> None:
    """Let the hotline lead straight into the queue, and the queue be as plain as the peer's."""
    flow = {"format": 1, "start": "queue", "nodes": {"queue": {"kind": "queue", "queue": QUEUE}}}
    made = await admin.post("/flows", name="压力测试", document=flow)
    await admin.post(f"/flows/{made['id']}/publish")
    hotline = (await admin.get("/hotlines"))["items"][0]
    await admin._send("PATCH", f"/hotlines/{hotline['id']}", json={"flow_id": made["id"], "recording": False})
    plain = {"wrap_up_s": 1, "survey": False, "announce_position": False, "message": None}
    await admin._send("PATCH", f"/queues/{QUEUE}", json=plain)
    trunk = (await admin.get("/trunks"))["items"][0]
    await admin._send("PATCH", f"/trunks/{trunk['id']}", json={"max_calls": 1000})


async def staff(
    product: Product, bank: AgentBank, numbers: list[str], desks: int
) -> list[asyncio.Task[None]]:
    """Register and sign in everybody, a few at once; the first `desks` of them have their page open. Returns the pages."""
    door = asyncio.Semaphore(LOG_IN_AT_ONCE)
    pages: list[asyncio.Task[None]] = []
    for number in numbers:
        await bank.register_as(number, phone_password(number))

    async def one(number: str) -> None:
        async with door:
            session = await product.log_in(number)
            await session.post("/agents/me/sign-in", device="desk")
            await session.put("/agents/me/state", state="ready")
            if len(pages) < desks:
                page = watch(product.base, session.token, "/agents/me/events", lambda _: None)
                pages.append(asyncio.create_task(page, name=f"desk-{number}"))

    async with asyncio.TaskGroup() as group:
        for number in numbers:
            group.create_task(one(number))
    return pages


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
