"""Real FreeSWITCH nodes that are cut off, killed, or met by another application: calls outlive what they can, and every end is told once."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hotline.adapters.freeswitch.connection import LinkTiming
from hotline.adapters.freeswitch.directory_server import DirectoryServer
from hotline.adapters.freeswitch.switch import FreeSwitchSettings, FreeSwitchSwitch
from hotline.adapters.sip_caller.conversation import Conversation
from hotline.adapters.sip_caller.phone import SipPhone
from hotline.core.ids import LegId, PlayId, RecordingId
from hotline.core.switching import (
    Answer,
    Bridge,
    Bridged,
    CommandFailed,
    EngineLost,
    EngineUnreachable,
    EngineUp,
    HangUp,
    HangUpBy,
    HangUpCause,
    Hold,
    LegAnswered,
    LegHungUp,
    LegIncoming,
    LegState,
    Play,
    PlayDone,
    RecordingDone,
    StartRecording,
    Unbridged,
    Unhold,
)
from hotline.ports.switch import SwitchUnavailable
from hotline.wire import wav
from hotline.wire.g711 import Law
from tests.contract.stages import Stage
from tests.e2e.tones import PITCHES, hear, hum, tone
from tests.peers.cut import CutRelay
from tests.peers.freeswitch import FreeSwitchNode, needs_freeswitch
from tests.peers.switch_desk import NUMBER, directory
from tests.ports import free_block, free_port

pytestmark = [needs_freeswitch, pytest.mark.req("TEL-2")]
QUICK = LinkTiming(connect=1.0, ping=0.2, silence=0.8, pause=0.05, pause_max=0.2)


class Nobody:
    """No telephone of the stage's own."""

    async def close(self) -> None:
        return


@dataclass(slots=True)
class Site:
    """Nodes behind lines that can be cut, and the application's side of them."""

    folder: Path
    nodes: list[FreeSwitchNode]
    lines: list[CutRelay]
    stage: Stage
    directory: DirectoryServer
    phones: list[SipPhone] = field(default_factory=list[SipPhone])

    async def caller(self, node: int, who: str) -> tuple[LegId, Conversation]:
        """Somebody calls in at a node, is answered and hums."""
        phone = SipPhone(self.nodes[node].trunks)
        self.phones.append(phone)
        before = len(self.stage.of(LegIncoming))
        call = phone.call(NUMBER, shown="13800138000")
        leg_id = (await self.stage.wait_incoming(before + 1)).leg_id
        await self.stage.do(Answer(leg_id=leg_id))
        await self.stage.wait(LegAnswered, leg_id=leg_id)
        await call.answered.wait()
        hum(who, call)
        return leg_id, call

    async def new_application(self) -> Stage:
        """The application is gone without a word; another one starts."""
        await self.stage.switch.close()
        await self.stage.close()
        self.stage = await _application(self.folder, self.lines, self.directory)
        return self.stage

    async def reachable(self, *, again: int = 1) -> None:
        """Wait until the engine is up for the nth time."""
        await self.stage.wait(EngineUp, again)


async def _application(folder: Path, lines: list[CutRelay], server: DirectoryServer) -> Stage:
    settings = FreeSwitchSettings(
        nodes=tuple(("127.0.0.1", line.port) for line in lines),
        password="event-socket-of-a-test",
        data=folder,
        timing=QUICK,
        gone_after_s=0.5,
        patience_s=30.0,
        audit_s=1.0,
    )
    switch = FreeSwitchSwitch(settings, now=lambda: datetime.now(UTC), directory=server)
    switch.start()
    stage = Stage(switch, Nobody())
    await stage.wait(EngineUp, len(lines))
    await stage.do(directory())
    return stage


@contextlib.asynccontextmanager
async def site(folder: Path, count: int) -> AsyncIterator[Site]:
    directory_at = f"127.0.0.1:{free_port()}"
    nodes = [
        FreeSwitchNode(
            folder / f"node{n}",
            name=f"node{n}",
            rtp=free_block(200),
            directory=directory_at,
        )
        for n in range(count)
    ]
    await asyncio.gather(*(node.start() for node in nodes))
    server = DirectoryServer(("127.0.0.1", int(directory_at.rpartition(":")[2])), nodes[0].password)
    await server.start()
    lines = [await CutRelay.tcp(node.esl_port) for node in nodes]
    (folder / "music.wav").write_bytes(wav.g711_file(Law.ALAW, tone(PITCHES["1003"], 4.0)))
    here = Site(folder, nodes, lines, await _application(folder, lines, server), server)
    for node in nodes:
        await node.api("reloadacl")
    yield here
    for phone in here.phones:
        await phone.close()
    await here.stage.switch.close()
    await here.stage.close()
    for line in lines:
        await line.close()
    await server.close()
    await asyncio.gather(*(node.stop() for node in nodes))


@pytest.fixture
async def one(tmp_path: Path) -> AsyncIterator[Site]:
    async with site(tmp_path, 1) as here:
        yield here


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[Site]:
    async with site(tmp_path, 2) as here:
        yield here


async def test_a_cut_line_ends_no_call_and_what_happened_meanwhile_is_told(one: Site) -> None:
    stage = one.stage
    citizen, citizen_call = await one.caller(0, "citizen")
    agent, agent_call = await one.caller(0, "1001")
    other, other_call = await one.caller(0, "1002")
    await stage.do(Bridge(leg_id=citizen, peer_id=agent))
    await stage.wait(Bridged)
    talk = {"citizen": citizen_call, "1001": agent_call}
    await hear(talk, {"citizen": "1001", "1001": "citizen"})

    one.lines[0].cut()
    await stage.wait(EngineUnreachable)
    with pytest.raises(SwitchUnavailable):
        await stage.do(HangUp(leg_id=citizen))
    await hear(talk, {"citizen": "1001", "1001": "citizen"})  # the talk goes on without us
    other_call.hang_up()
    newcomer = SipPhone(one.nodes[0].trunks)
    one.phones.append(newcomer)
    newcomer.call(NUMBER, shown="13900139000")
    await _channels(one.nodes[0], 3)
    one.lines[0].mend()
    one.lines[0].reset()

    await one.reachable(again=2)
    assert (await stage.wait(LegHungUp, leg_id=other)).by is HangUpBy.REMOTE
    came = await stage.wait_incoming(4)
    assert came.ani == "13900139000"
    kinds = [type(event) for event in stage.events]
    assert kinds.index(LegHungUp) < len(kinds) - 1 - kinds[::-1].index(EngineUp), "told before EngineUp"
    views = {view.leg_id: view for view in (await stage.switch.snapshot()).legs}
    assert (views[citizen].peer_id, views[agent].peer_id) == (agent, citizen)
    assert views[came.leg_id].state is LegState.INCOMING
    await stage.do(HangUp(leg_id=citizen), HangUp(leg_id=agent), HangUp(leg_id=came.leg_id))
    for leg_id in (citizen, agent, came.leg_id):
        await stage.wait(LegHungUp, leg_id=leg_id)
    assert not stage.of(EngineLost)
    assert len(stage.of(LegHungUp)) == 4


async def test_a_recording_ordered_while_the_line_is_cut_begins_when_it_is_back(one: Site) -> None:
    stage = one.stage
    citizen, citizen_call = await one.caller(0, "citizen")
    one.lines[0].cut()
    await stage.do(
        StartRecording(recording_id=RecordingId("cut"), leg_id=citizen, path="recordings/line.wav")
    )
    await stage.wait(EngineUnreachable)
    one.lines[0].reset()
    one.lines[0].mend()
    await one.reachable(again=2)
    await _recorded(one.nodes[0], citizen)
    await hear({"citizen": citizen_call}, {"citizen": ""})
    citizen_call.hang_up()
    done = await stage.wait(RecordingDone, recording_id=RecordingId("cut"))
    assert (done.error, done.duration_ms > 200) == ("", True)
    assert len(stage.of(RecordingDone)) == 1


async def _recorded(node: FreeSwitchNode, leg_id: LegId) -> None:
    async with asyncio.timeout(15):
        while "session_record" not in await node.api(f"uuid_buglist {leg_id}"):
            await asyncio.sleep(0.05)


async def _channels(node: FreeSwitchNode, count: int) -> None:
    async with asyncio.timeout(10):
        while not (await node.api("show channels count")).strip().startswith(f"{count} total"):
            await asyncio.sleep(0.02)


async def test_a_killed_node_ends_only_its_calls(two: Site) -> None:
    stage = two.stage
    here, _ = await two.caller(0, "citizen")
    there, there_call = await two.caller(1, "1001")
    music = Play(leg_id=there, play_id=PlayId("m"), sounds=("music.wav",), repeat=0)
    await stage.do(music, Play(leg_id=here, play_id=PlayId("h"), sounds=("music.wav",), repeat=0))
    await stage.do(StartRecording(recording_id=RecordingId("r"), leg_id=here, path="recordings/cut.wav"))
    await hear({"1001": there_call}, {"1001": "1003"})
    two.nodes[0].kill()
    ended = await stage.wait(LegHungUp, leg_id=here)
    assert (ended.by, ended.cause) == (HangUpBy.FAULT, HangUpCause.ENGINE_FAULT)
    await stage.wait(PlayDone, play_id=PlayId("h"))
    done = await stage.wait(RecordingDone, recording_id=RecordingId("r"))
    assert (two.folder / done.path).stat().st_size == done.size_bytes
    await hear({"1001": there_call}, {"1001": "1003"})
    assert not stage.of(EngineLost) and not stage.of(EngineUnreachable)
    assert [view.leg_id for view in (await stage.switch.snapshot()).legs] == [there]

    two.nodes[1].kill()
    await stage.wait(LegHungUp, leg_id=there)
    await stage.wait(EngineLost)
    with pytest.raises(SwitchUnavailable):
        await stage.switch.snapshot()
    await two.nodes[0].start()
    await stage.wait(EngineUp, 3)
    await two.caller(0, "citizen")


async def test_legs_of_two_nodes_cannot_be_bridged_and_say_so(two: Site) -> None:
    here, _ = await two.caller(0, "citizen")
    there, _ = await two.caller(1, "1001")
    await two.stage.do(Bridge(leg_id=here, peer_id=there))
    assert (await two.stage.wait(CommandFailed, leg_id=here)).code == "no_such_leg"


async def test_another_application_takes_over_talks_holds_and_recordings(one: Site) -> None:
    citizen, citizen_call = await one.caller(0, "citizen")
    agent, agent_call = await one.caller(0, "1001")
    held, held_call = await one.caller(0, "1002")
    keeper, keeper_call = await one.caller(0, "outside")
    recording = RecordingId("kept")
    await one.stage.do(
        Bridge(leg_id=citizen, peer_id=agent),
        StartRecording(recording_id=recording, leg_id=citizen, path="recordings/kept.wav"),
        Bridge(leg_id=held, peer_id=keeper),
        Hold(leg_id=held, music=("music.wav",)),
    )
    people = {"citizen": citizen_call, "1001": agent_call, "1002": held_call, "outside": keeper_call}
    matrix = {"citizen": "1001", "1001": "citizen", "1002": "1003", "outside": ""}
    await hear(people, matrix)

    stage = await one.new_application()
    await hear(people, matrix)
    views = {view.leg_id: view for view in (await stage.switch.snapshot()).legs}
    assert set(views) == {citizen, agent, held, keeper}
    assert all(view.state is LegState.UP for view in views.values())
    assert (views[citizen].peer_id, views[citizen].recording_id) == (agent, recording)
    assert (views[held].peer_id, views[held].held) == (keeper, True)
    assert not stage.of(LegIncoming)
    await stage.do(Unhold(leg_id=held))
    await hear(people, {"citizen": "1001", "1001": "citizen", "1002": "outside", "outside": "1002"})
    await stage.do(Hold(leg_id=citizen, music=("music.wav",)))
    await hear(people, {"citizen": "1003", "1001": "", "1002": "outside", "outside": "1002"})
    citizen_call.hang_up()
    done = await stage.wait(RecordingDone, recording_id=recording)
    assert done.error == "" and done.duration_ms > 1000
    assert (one.folder / done.path).stat().st_size == done.size_bytes


async def test_a_recording_that_ended_while_no_application_was_there_is_finished(one: Site) -> None:
    citizen, citizen_call = await one.caller(0, "citizen")
    await one.stage.do(
        StartRecording(recording_id=RecordingId("alone"), leg_id=citizen, path="recordings/alone.wav")
    )
    await hear({"citizen": citizen_call}, {"citizen": ""})
    await one.stage.switch.close()
    await one.stage.close()
    citizen_call.hang_up()
    await _channels(one.nodes[0], 0)
    one.stage = await _application(one.folder, one.lines, one.directory)
    done = await one.stage.wait(RecordingDone, recording_id=RecordingId("alone"))
    assert (done.leg_id, done.path) == (citizen, "recordings/alone.wav")


async def test_a_call_that_came_while_no_application_was_there_is_taken(one: Site) -> None:
    await one.stage.switch.close()
    await one.stage.close()
    phone = SipPhone(one.nodes[0].trunks)
    one.phones.append(phone)
    call = phone.call(NUMBER, shown="13700137000")
    await _channels(one.nodes[0], 1)
    one.stage = await _application(one.folder, one.lines, one.directory)
    leg_id = (await one.stage.wait_incoming(1)).leg_id
    await one.stage.do(Answer(leg_id=leg_id))
    await call.answered.wait()
    assert not one.stage.of(Unbridged)
