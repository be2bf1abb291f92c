"""What `bench.freeswitch` stands on: a node that has mod_callcenter beside our configuration, and a site as plain as the peer's queue."""

import asyncio
import os
import shutil
import time
from dataclasses import replace
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

import uvloop
from argon2 import PasswordHasher
from bench._people import watch
from sqlalchemy import create_engine
from sqlalchemy.orm import Session as Rows

from hotline.adapters.sip_caller.phone import SipPhone
from hotline.demo.seed import DEMO_ID, phone_password
from hotline.features.users.service import make_device
from hotline.platform.people import ROOT_AUTHORITY, Agent, QueueMember, User
from hotline.wire.sip.message import Request, Response
from tests.e2e.product import PASSWORD, Product, Session
from tests.peers.freeswitch import CONFIGURATION, FreeSwitchNode

THEIRS = "01084009999"
QUEUE = "operator"
THEIR_QUEUE = "bench@hotline"
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


def make_agents(product: Product, count: int) -> list[str]:
    """Write so many agents into the database; they have the demo people's password, hashed cheaply: logging in is not measured."""
    cheap = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)
    engine = create_engine(f"sqlite:///{product.data / 'hotline.db'}", connect_args={"timeout": 30})
    numbers = [str(70_000 + place) for place in range(count)]
    with Rows(engine) as rows, rows.begin():
        for number in numbers:
            user_id = f"user-{number}"
            rows.add(
                User(
                    id=user_id, authority_id=ROOT_AUTHORITY, username=number, name=number, role="agent",
                    password_hash=cheap, must_change_password=False, active=True,
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
    await admin._send("PATCH", f"/trunks/{DEMO_ID}", json={"max_calls": 1000})


class Registrar(SipPhone):
    """Registers telephones that are somewhere else: at `port` of this machine."""

    def __init__(self, server: tuple[str, int], port: int) -> None:
        super().__init__(server)
        self._there = port

    async def _ask(self, request: Request) -> Response | None:
        contact = f"<sip:{self.username}@127.0.0.1:{self._there}>"
        headers = tuple((name, contact if name == "contact" else value) for name, value in request.headers)
        return await super()._ask(replace(request, headers=headers))


async def register(agents: tuple[str, int], port: int, numbers: list[str]) -> None:
    """Register everybody's telephone, one after the other, at one address, where they answer already."""
    phones = Registrar(agents, port)
    for number in numbers:
        phones.username, phones.password = number, phone_password(number)
        await phones.register(expires_s=3600)
    await phones.close()


async def staff(product: Product, numbers: list[str]) -> list[str]:
    """Sign in everybody, a few at once. Returns their session tokens."""
    door = asyncio.Semaphore(LOG_IN_AT_ONCE)

    async def one(number: str) -> str:
        async with door:
            session = await product.log_in(number)
            await session.post("/agents/me/sign-in", device="desk")
            await session.put("/agents/me/state", state="ready")
            return session.token

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(number)) for number in numbers]
    return [task.result() for task in tasks]


def run_pages(base: str, pages: list[tuple[str, str]], line: Connection) -> None:
    """Entry point of a process that has pages open: (token, path of the stream) each. Tells `ready`, and CPU seconds and messages at the end."""
    os.nice(10)
    uvloop.run(_pages(base, pages, line))


async def _pages(base: str, pages: list[tuple[str, str]], line: Connection) -> None:
    heard = 0

    def hear(_: str | bytes) -> None:
        nonlocal heard
        heard += 1

    tasks = [asyncio.create_task(watch(base, token, path, hear), name=path) for token, path in pages]
    line.send("ready")
    await asyncio.to_thread(line.recv)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    line.send((heard, time.process_time()))
