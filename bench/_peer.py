"""What `bench.freeswitch` stands on: a node that has mod_callcenter beside our configuration, and a site as plain as the peer's queue."""

import asyncio
import shutil
from datetime import UTC, datetime
from pathlib import Path

from bench._bank import AgentBank
from bench._people import watch
from sqlalchemy import create_engine
from sqlalchemy.orm import Session as Rows

from hotline.demo.seed import phone_password
from hotline.features.users.service import make_device
from hotline.platform.people import ROOT_AUTHORITY, Agent, QueueMember, User
from tests.e2e.product import Product, Session
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
