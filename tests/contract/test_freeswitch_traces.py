"""The port's promises on what a real FreeSWITCH said, replayed everywhere: as it was, cut at any byte, doubled, disordered, with losses."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hotline.adapters.freeswitch.connection import LinkTiming
from hotline.adapters.freeswitch.switch import FreeSwitchSettings, FreeSwitchSwitch
from hotline.core.switching import (
    Bridged,
    CommandFailed,
    EngineUp,
    LegAnswered,
    LegHungUp,
    LegIncoming,
    PlayDone,
    RecordingDone,
    SwitchEvent,
    Unbridged,
)
from hotline.wire import wav
from hotline.wire.g711 import Law
from tests.contract.stages import Stage
from tests.peers.cut import CutRelay
from tests.peers.fake_freeswitch import FakeFreeSwitch, Trouble
from tests.peers.freeswitch_scenarios import STORIES, Teller
from tests.peers.freeswitch_traces import PASSWORD, load
from tests.peers.switch_desk import directory

pytestmark = pytest.mark.req("TEL-2")
LEGS = {"talk": 2, "refusals": 4, "room": 3}
STORY_S = 45.0
"""Some disorder is only made good when the telephone has rung its 20 seconds."""
PLAYS = {"talk": 5, "refusals": 1, "room": 1}


class Nobody:
    """The trace tells what the far ends did."""

    async def call_in(self) -> None: ...
    async def caller_hangs_up(self, number: int = 0) -> None: ...
    async def caller_presses(self, digit: str) -> None: ...
    async def register(self, answers: str) -> None: ...
    async def phone_answers(self) -> None: ...
    async def phone_hangs_up(self) -> None: ...
    async def close(self) -> None: ...


@asynccontextmanager
async def replayed(
    story: str, folder: Path, trouble: Trouble | None = None
) -> AsyncIterator[tuple[Stage, FakeFreeSwitch]]:
    """An application before a FreeSWITCH that is a trace."""
    for name, seconds in (("long", 20.0), ("short", 0.2)):
        (folder / f"{name}.wav").write_bytes(wav.g711_file(Law.ALAW, b"\xd5" * int(seconds * 8000)))
    node = FakeFreeSwitch(load(story), str(folder), trouble)
    await node.start()
    settings = FreeSwitchSettings(
        nodes=(("127.0.0.1", node.port),),
        password=PASSWORD,
        data=folder,
        timing=LinkTiming(pause=0.05),
        audit_s=0.5,
    )
    switch = FreeSwitchSwitch(settings, now=lambda: datetime.now(UTC))
    switch.start()
    stage = Stage(switch, Nobody())
    try:
        await stage.wait(EngineUp)
        await stage.do(directory())
        await stage.settled()
        yield stage, node
    finally:
        await switch.close()
        await node.close()
        await stage.close()


def check(story: str, events: list[SwitchEvent]) -> None:
    """What the port promises of every leg, play and recording."""
    ends = Counter(event.leg_id for event in events if isinstance(event, LegHungUp))
    assert len(ends) == LEGS[story]
    assert set(ends.values()) == {1}, "every leg ends once"
    plays = Counter(event.play_id for event in events if isinstance(event, PlayDone))
    assert len(plays) == PLAYS[story]
    assert set(plays.values()) == {1}, "every play is done once"
    for kind in (LegAnswered, LegIncoming):
        told = Counter(event.leg_id for event in events if isinstance(event, kind))
        assert set(told.values()) <= {1}, f"{kind.__name__} once"
    together = [event for event in events if isinstance(event, Bridged)]
    apart = [event for event in events if isinstance(event, Unbridged)]
    assert len(together) == len(apart) == {"talk": 1, "refusals": 0, "room": 2}[story], "hold is no parting"
    recordings = [event for event in events if isinstance(event, RecordingDone)]
    assert len(recordings) == (story == "talk")
    for leg_id in ends:
        of_leg = [
            event
            for event in events
            if getattr(event, "leg_id", None) == leg_id
            and not isinstance(event, RecordingDone | CommandFailed)
        ]
        assert isinstance(of_leg[-1], LegHungUp), "nothing comes after the end"
        answered = [at for at, event in enumerate(of_leg) if isinstance(event, LegAnswered)]
        bridged = [at for at, event in enumerate(of_leg) if isinstance(event, Bridged)]
        assert not answered or all(at > answered[0] for at in bridged)
        assert not isinstance(of_leg[0], LegHungUp) or story == "refusals"


async def tell(story: str, stage: Stage, node: FakeFreeSwitch) -> None:
    """Tell the story. It fails at the first order whose like the trace does not have, and whatever else holds it up, after `STORY_S`."""
    telling = asyncio.create_task(STORIES[story](Teller(stage, Nobody())), name="story")
    surprised = asyncio.create_task(node.surprised.wait(), name="surprised")
    try:
        async with asyncio.timeout(STORY_S):
            await asyncio.wait((telling, surprised), return_when=asyncio.FIRST_COMPLETED)
        assert not node.surprised.is_set(), f"not ordered when the trace was taken: {node.unexpected}"
        await telling
    finally:
        for task in (telling, surprised):
            task.cancel()
        await asyncio.gather(telling, surprised, return_exceptions=True)
    await stage.settled()


@pytest.mark.parametrize("story", list(STORIES))
async def test_a_trace_is_told_again_as_it_was(story: str, tmp_path: Path) -> None:
    async with replayed(story, tmp_path) as (stage, node):
        await tell(story, stage, node)
        check(story, stage.events)
        assert not stage.of(CommandFailed)
        assert node.unexpected == [], "the adapter orders what it ordered when the trace was taken"


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("story", list(STORIES))
async def test_doubled_disordered_and_cut_events_change_nothing(
    story: str, seed: int, tmp_path: Path
) -> None:
    trouble = Trouble(seed=seed, doubled=0.5, disordered=0.3, pieces=True)
    async with replayed(story, tmp_path, trouble) as (stage, node):
        await tell(story, stage, node)
        check(story, stage.events)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("story", list(STORIES))
async def test_events_that_never_come_are_made_good(story: str, seed: int, tmp_path: Path) -> None:
    trouble = Trouble(seed=seed, dropped=0.3, doubled=0.2, pieces=True)
    async with replayed(story, tmp_path, trouble) as (stage, node):
        await tell(story, stage, node)
        check(story, stage.events)


async def test_no_node_is_told_of_before_the_others_were_counted(tmp_path: Path) -> None:
    """Else the application would take the calls of a node that answers later for ended ones."""
    nodes = [FakeFreeSwitch(load("talk"), str(tmp_path)) for _ in range(2)]
    for node in nodes:
        await node.start()
    line = await CutRelay.tcp(nodes[1].port)
    line.cut()
    settings = FreeSwitchSettings(
        nodes=(("127.0.0.1", nodes[0].port), ("127.0.0.1", line.port)),
        password=PASSWORD,
        data=tmp_path,
        timing=LinkTiming(pause=0.05),
    )
    switch = FreeSwitchSwitch(settings, now=lambda: datetime.now(UTC))
    told: list[bool] = []

    async def listen() -> None:
        async for event in switch.events():
            told.extend([all(site.stocked for site in switch._sites)] if isinstance(event, EngineUp) else [])

    listening = asyncio.create_task(listen(), name="listening")
    switch.start()
    try:
        await eventually_stocked(switch)
        line.mend()
        async with asyncio.timeout(10):
            while len(told) < len(nodes):
                await asyncio.sleep(0.01)
        assert told == [True, True]
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await switch.close()
        await line.close()
        for node in nodes:
            await node.close()


async def eventually_stocked(switch: FreeSwitchSwitch) -> None:
    """Wait until the first node was counted, and what follows from that had its turn."""
    async with asyncio.timeout(10):
        while not switch._sites[0].stocked:
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
