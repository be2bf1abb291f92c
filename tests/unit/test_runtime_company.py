"""What nobody waits for shares a commit with what comes next; what somebody waits for is written at once, and everything in order."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hotline.core.events import Event, SystemStarted
from hotline.core.ids import AuthorityId, LegId
from hotline.core.switching import HangUp, Ring, SwitchCommand
from hotline.runtime import delivery as delivery_module
from hotline.runtime.delivery import Delivery, Step
from hotline.runtime.spool import Spool

HANG_UP = HangUp(leg_id=LegId("leg"))
RING = Ring(leg_id=LegId("leg"))


def event(name: str) -> Event:
    return SystemStarted(at=datetime(2026, 3, 2, tzinfo=UTC), authority_id=AuthorityId("city"), version=name)


class Commits:
    """A journal that notes what was written together."""

    confirmed = 0

    def __init__(self) -> None:
        self.made: list[list[str]] = []
        self.news = asyncio.Event()

    async def append(self, events: Sequence[Event]) -> int:
        self.made.append([one.version for one in events if isinstance(one, SystemStarted)])
        self.news.set()
        return 0


class Engine:
    """A switch that notes what it is told."""

    def __init__(self) -> None:
        self.told: list[SwitchCommand] = []

    async def execute(self, commands: Sequence[SwitchCommand]) -> None:
        self.told.extend(commands)


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[tuple[Delivery, Commits, Engine]]:
    journal, engine = Commits(), Engine()
    delivery = Delivery(
        journal=journal,  # pyright: ignore[reportArgumentType]
        switch=engine,  # pyright: ignore[reportArgumentType]
        spool=Spool(folder / "spool.jsonl"),
        saved=lambda _: None,
    )
    task = asyncio.create_task(delivery.run(), name="delivery")
    yield delivery, journal, engine
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.req("TEL-2")
async def test_what_nobody_waits_for_is_written_with_what_comes_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery_module, "COMPANY_S", 60.0)
    async with running(tmp_path) as (delivery, journal, engine):
        await delivery.put(Step(events=(event("leg over"),), switch_events=1))
        await asyncio.sleep(0.01)
        await delivery.put(Step(events=(event("call over"),), commands=(HANG_UP,)))
        await asyncio.sleep(0.01)
        assert journal.made == []
        await delivery.put(Step(events=(event("offer"),), commands=(RING,)))
        await delivery.flush()
        assert journal.made == [["leg over", "call over", "offer"]]
        assert engine.told == [HANG_UP, RING]


@pytest.mark.req("TEL-2")
async def test_what_nobody_waits_for_is_written_soon_without_company(tmp_path: Path) -> None:
    async with running(tmp_path) as (delivery, journal, engine):
        await delivery.put(Step(events=(event("leg over"),), commands=(HANG_UP,)))
        await asyncio.wait_for(journal.news.wait(), 5)
        assert journal.made == [["leg over"]]
        await delivery.flush()
        assert engine.told == [HANG_UP]


@pytest.mark.req("TEL-2")
@pytest.mark.parametrize("waits", ["person", "engine", "flow"])
async def test_what_somebody_waits_for_waits_for_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waits: str
) -> None:
    monkeypatch.setattr(delivery_module, "COMPANY_S", 60.0)
    async with running(tmp_path) as (delivery, journal, _):
        step = Step(events=(event(waits),))
        match waits:
            case "person":
                step.done = asyncio.get_running_loop().create_future()
            case "engine":
                step.commands = (HANG_UP, RING)
            case _:
                step.inquiries = (object(),)  # type: ignore[assignment]
        await delivery.put(step)
        await asyncio.wait_for(journal.news.wait(), 30)
        assert journal.made == [[waits]]
