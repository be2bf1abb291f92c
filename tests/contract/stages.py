"""The switches under the contract (the fake, the embedded engine here and over its control line, a real FreeSWITCH), each with telephones that a test can act for: a citizen who calls in, and device 1001."""

import asyncio
import atexit
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, TypeVar

import pytest

from hotline.adapters.embedded.client import EmbeddedClient
from hotline.adapters.embedded.engine import EmbeddedSwitch
from hotline.adapters.embedded.server import ControlServer
from hotline.adapters.fake_switch import FakeSwitch, ScriptedPhone
from hotline.adapters.freeswitch.directory_server import DirectoryServer
from hotline.adapters.freeswitch.switch import FreeSwitchSettings, FreeSwitchSwitch
from hotline.adapters.sip_caller.conversation import Conversation
from hotline.adapters.sip_caller.phone import RegistrationFailed, SipPhone
from hotline.core.ids import DeviceId, LegId
from hotline.core.switching import EngineUp, LegIncoming, SwitchCommand, SwitchEvent
from hotline.ports.switch import Switch
from hotline.wire import wav
from hotline.wire.g711 import Law
from tests.peers.freeswitch import FREESWITCH, FreeSwitchNode
from tests.peers.switch_desk import NUMBER, directory, settings
from tests.ports import free_block, free_port

WAIT_S = 30.0
PHONE = DeviceId("1001")
E = TypeVar("E")


class People(Protocol):
    """Acts for the far ends."""

    async def call_in(self) -> None: ...
    async def citizen_hangs_up(self) -> None: ...
    async def citizen_presses(self, digit: str) -> None: ...
    async def register(self, phone: ScriptedPhone) -> None: ...
    async def phone_hangs_up(self) -> None: ...
    async def close(self) -> None: ...


class Stage:
    """A switch, its people, and every event it reported."""

    def __init__(self, switch: Switch, people: People) -> None:
        self.switch = switch
        self.people = people
        self.events: list[SwitchEvent] = []
        self._news = asyncio.Condition()
        self._task = asyncio.create_task(self._listen(), name="stage")

    async def _listen(self) -> None:
        async for event in self.switch.events():
            async with self._news:
                self.events.append(event)
                self._news.notify_all()

    async def do(self, *commands: SwitchCommand) -> None:
        await self.switch.execute(commands)

    def of(self, kind: type[E], **fields: object) -> list[E]:
        """The events of a kind with these fields so far."""
        return [
            event
            for event in self.events
            if isinstance(event, kind)
            and all(getattr(event, name) == value for name, value in fields.items())
        ]

    async def wait(self, kind: type[E], count: int = 1, **fields: object) -> E:
        """Wait for the `count`-th event of a kind with these fields."""
        found: Callable[[], bool] = lambda: len(self.of(kind, **fields)) >= count  # noqa: E731
        async with asyncio.timeout(WAIT_S), self._news:
            await self._news.wait_for(found)
        return self.of(kind, **fields)[count - 1]

    async def call_in(self) -> LegId:
        """A citizen calls; return the leg."""
        before = len(self.of(LegIncoming))
        await self.people.call_in()
        return (await self.wait(LegIncoming, before + 1)).leg_id

    async def wait_incoming(self, count: int) -> LegIncoming:
        """Wait for the `count`-th call from outside."""
        return await self.wait(LegIncoming, count)

    async def settled(self) -> None:
        """Wait until the switch has said what it has to say about everything before."""
        await self.switch.snapshot()
        for _ in range(10):
            await asyncio.sleep(0.01)

    async def close(self) -> None:
        await self.people.close()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


class FakePeople:
    """Drives the fake."""

    def __init__(self, switch: FakeSwitch) -> None:
        self._switch = switch
        self._leg: LegId | None = None

    async def call_in(self) -> None:
        self._leg = self._switch.call_in("13800138000", NUMBER)

    async def citizen_hangs_up(self) -> None:
        assert self._leg is not None
        self._switch.far_end_hangs_up(self._leg)

    async def citizen_presses(self, digit: str) -> None:
        assert self._leg is not None
        self._switch.press(self._leg, digit)

    async def register(self, phone: ScriptedPhone) -> None:
        self._switch.register(PHONE, phone)

    async def phone_hangs_up(self) -> None:
        for leg in self._switch.legs():
            if leg.device_id == PHONE:
                self._switch.far_end_hangs_up(leg.leg_id)

    async def close(self) -> None:
        return


class SipPeople:
    """Real telephones with sound over loopback."""

    def __init__(self, port: int, phone_port: int | None = None) -> None:
        self._server = ("127.0.0.1", port)
        self._citizen = self.another_phone()
        telephones = ("127.0.0.1", phone_port or port)
        self._phone = SipPhone(telephones, username="1001", password="demo-1001")
        self._call: Conversation | None = None
        self.rung: list[Conversation] = []
        self._registered = False

    def another_phone(self) -> SipPhone:
        """A telephone outside; whoever asks for it closes it."""
        return SipPhone(self._server)

    async def call_in(self) -> None:
        self._call = self._citizen.call(NUMBER, shown="13800138000")

    async def citizen_hangs_up(self) -> None:
        assert self._call is not None
        self._call.hang_up()

    async def citizen_presses(self, digit: str) -> None:
        assert self._call is not None
        await self._call.answered.wait()
        self._call.audio.press(digit)

    async def register(self, phone: ScriptedPhone) -> None:
        def on_call(call: Conversation) -> None:
            self.rung.append(call)
            match phone:
                case ScriptedPhone.IS_BUSY:
                    call.reject(486)
                case ScriptedPhone.RINGS:
                    call.ring()
                case ScriptedPhone.ANSWERS:
                    call.ring()
                    call.answer()
                case ScriptedPhone.IS_DEAD:
                    pass

        self._phone.on_call = on_call
        await self._phone.register()
        self._registered = True

    async def phone_hangs_up(self) -> None:
        for call in self.rung:
            call.hang_up()

    async def close(self) -> None:
        for call in (*self.rung, *([self._call] if self._call is not None else [])):
            call.hang_up()
        if self._registered:
            self._registered = False
            with suppress(RegistrationFailed):
                await self._phone.register(expires_s=0)
        await self._citizen.close()
        await self._phone.close()


@asynccontextmanager
async def fake_stage(folder: Path) -> AsyncIterator[Stage]:
    """The fake."""
    del folder
    switch = FakeSwitch()
    switch.start()
    stage = Stage(switch, FakePeople(switch))
    await stage.do(directory())
    yield stage
    await stage.close()


@asynccontextmanager
async def embedded_stage(folder: Path) -> AsyncIterator[Stage]:
    """The engine in this process, with real telephones."""
    engine = await _engine(folder)
    stage = Stage(engine, SipPeople(engine.port))
    await stage.do(directory())
    yield stage
    await stage.people.close()
    await engine.close()
    await stage.close()


@asynccontextmanager
async def embedded_over_ipc_stage(folder: Path) -> AsyncIterator[Stage]:
    """The engine behind the control line, with real telephones."""
    engine = await _engine(folder)
    server = ControlServer(engine, folder / "voice.sock")
    await server.start()
    client = EmbeddedClient(folder / "voice.sock", now=lambda: datetime.now(UTC), version="1")
    client.start()
    stage = Stage(client, SipPeople(engine.port))
    async with asyncio.timeout(WAIT_S):
        while not client.up:
            await asyncio.sleep(0.01)
    await stage.do(directory())
    yield stage
    await stage.people.close()
    await client.close()
    await server.close()
    await engine.close()
    await stage.close()


@asynccontextmanager
async def freeswitch_stage(folder: Path, esl_port: int = 0) -> AsyncIterator[Stage]:
    """A real FreeSWITCH with the configuration that we deliver. One process serves all tests of a worker; each begins with no call."""
    if FREESWITCH is None:
        pytest.skip("no FreeSWITCH on this machine (HOTLINE_TEST_FREESWITCH names one)")
    node = await running_node()
    _make_sounds(folder)
    host, _, port = node.directory.rpartition(":")
    directory_server = DirectoryServer((host, int(port)), node.password)
    await directory_server.start()
    settings = FreeSwitchSettings(
        nodes=(("127.0.0.1", esl_port or node.esl_port),), password=node.password, data=folder
    )
    switch = FreeSwitchSwitch(settings, now=lambda: datetime.now(UTC), directory=directory_server)
    switch.start()
    stage = Stage(switch, SipPeople(node.trunk_port, node.agent_port))
    await stage.wait(EngineUp)
    await stage.do(directory())
    await node.api("xml_flush_cache")
    await node.api("reloadacl")
    yield stage
    await stage.people.close()
    await node.api("hupall")
    async with asyncio.timeout(WAIT_S):
        while (await node.api("show channels count")).strip() != "0 total.":
            await asyncio.sleep(0.02)
    await switch.close()
    await directory_server.close()
    await stage.close()


_NODE: list[FreeSwitchNode] = []


async def running_node() -> FreeSwitchNode:
    """Start this worker's FreeSWITCH, or return it."""
    if not _NODE:
        worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw") or 0)
        folder = Path(tempfile.mkdtemp(prefix="hotline-freeswitch-"))
        node = FreeSwitchNode(
            folder, rtp=free_block(400), directory=f"127.0.0.1:{free_port()}", name=f"node-{worker}"
        )
        await node.start()
        atexit.register(node.kill)
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        _NODE.append(node)
    return _NODE[0]


def _make_sounds(folder: Path) -> None:
    for name, seconds in (("long", 20.0), ("short", 0.2)):
        audio = b"\xd5" * int(seconds * 8_000)
        (folder / f"{name}.wav").write_bytes(wav.header(Law.ALAW, 1, len(audio)) + audio)


async def _engine(folder: Path) -> EmbeddedSwitch:
    _make_sounds(folder)
    engine = EmbeddedSwitch(settings(folder))
    await engine.start()
    return engine


STAGES = {
    "fake": fake_stage,
    "embedded": embedded_stage,
    "embedded_over_ipc": embedded_over_ipc_stage,
    "freeswitch": freeswitch_stage,
}
