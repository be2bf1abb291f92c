"""Whatever database, disk and engine do, commands leave in order and after their events are kept, and no event is lost or doubled.

What the engine is told that it may forget is durable, not only in memory.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hotline.core.events import Event, SystemStarted
from hotline.core.ids import AuthorityId, LegId
from hotline.core.requests import Refused
from hotline.core.switching import Ring, SwitchCommand
from hotline.ports.journal import JournalUnavailable, Recorded
from hotline.ports.switch import SwitchUnavailable
from hotline.runtime import delivery as delivery_module
from hotline.runtime.delivery import Delivery, Step
from hotline.runtime.spool import Spool, SpoolFull

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def event(number: int) -> Event:
    return SystemStarted(
        at=START + timedelta(seconds=number), authority_id=AuthorityId("city"), version=str(number)
    )


class Memory:
    """A journal in memory whose appends fail as scripted."""

    def __init__(self, failing: Sequence[bool]) -> None:
        self.events: list[Event] = []
        self._failing = list(failing)

    async def append(self, events: Sequence[Event]) -> int:
        await asyncio.sleep(0)
        if self._failing and self._failing.pop(0):
            raise JournalUnavailable("lost")
        self.events.extend(events)
        return len(self.events)

    async def read(self, *, after: int = 0, limit: int = 10_000) -> AsyncIterator[Recorded]:
        for seq, one in enumerate(self.events[after : after + limit], after + 1):
            yield Recorded(seq, one)

    @property
    def confirmed(self) -> int:
        return len(self.events)


class SmallDisk(Spool):
    """A spool that has no room, as scripted."""

    def __init__(self, path: Path, full: Sequence[bool]) -> None:
        super().__init__(path)
        self._full = list(full)

    async def keep(self, events: Sequence[Event], *, behind: int) -> None:
        if self._full and self._full.pop(0):
            raise SpoolFull("no room")
        await super().keep(events, behind=behind)


class Listening:
    """A switch that notes commands and acknowledgements, and whether their step's events were safe when they came."""

    def __init__(self, journal: Memory, spool: Path, away: Sequence[bool], *, keeps_in_memory: bool) -> None:
        self.taken: list[int] = []
        self.acknowledged = 0
        self.forgotten_too_early: list[int] = []
        self.too_early: list[int] = []
        self.keeps_in_memory = keeps_in_memory
        self._journal, self._spool, self._away = journal, spool, list(away)

    async def execute(self, commands: Sequence[SwitchCommand]) -> None:
        await asyncio.sleep(0)
        for command in commands:
            assert isinstance(command, Ring)
            number = int(command.leg_id)
            if not self._durable(number) and not self.keeps_in_memory:
                self.too_early.append(number)
        if self._away and self._away.pop(0):
            raise SwitchUnavailable
        self.taken.extend(int(command.leg_id) for command in commands if isinstance(command, Ring))

    def acknowledge(self, events: int) -> None:
        now = range(self.acknowledged, self.acknowledged + events)
        self.forgotten_too_early += [number for number in now if not self._durable(number)]
        self.acknowledged += events

    def _durable(self, number: int) -> bool:
        return f'"version":"{number}"' in self._spooled() or event(number) in self._journal.events

    def _spooled(self) -> str:
        """What waits in the spool; it is removed, by a thread, once all of it is in the journal."""
        with suppress(FileNotFoundError):
            return self._spool.read_text()
        return ""


async def deliver(
    steps: int, failing: Sequence[bool], full: Sequence[bool], away: Sequence[bool], pauses: Sequence[bool]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "spool.jsonl"
        journal = Memory(failing)
        switch = Listening(journal, path, away, keeps_in_memory=any(full))
        told: list[Event] = []
        delivery = Delivery(
            journal=journal,  # pyright: ignore[reportArgumentType]
            switch=switch,  # pyright: ignore[reportArgumentType]
            spool=SmallDisk(path, full),
            saved=told.extend,
        )
        running = asyncio.create_task(delivery.run(), name="delivery")
        loop = asyncio.get_running_loop()
        answers: list[asyncio.Future[None]] = []
        for number in range(steps):
            done: asyncio.Future[None] = loop.create_future()
            answers.append(done)
            await delivery.put(
                Step(
                    events=(event(number),),
                    commands=(Ring(leg_id=LegId(str(number))),),
                    switch_events=1,
                    done=done,
                )
            )
            if number < len(pauses) and pauses[number]:
                await asyncio.sleep(0.001)
        outcomes = await asyncio.wait_for(asyncio.gather(*answers, return_exceptions=True), 20)
        async with asyncio.timeout(20):
            while len(journal.events) < steps or switch.acknowledged < steps:  # the spool is brought in
                await asyncio.sleep(0.001)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert journal.events == [event(number) for number in range(steps)] == told
        assert switch.too_early == [] == switch.forgotten_too_early
        assert switch.taken == sorted(switch.taken)
        refused = [number for number, outcome in enumerate(outcomes) if isinstance(outcome, Refused)]
        assert sorted(switch.taken + refused) == list(range(steps))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.integers(1, 40),
    failing=st.lists(st.booleans(), max_size=12),
    full=st.lists(st.booleans(), max_size=12),
    away=st.lists(st.booleans(), max_size=6),
    pauses=st.lists(st.booleans(), max_size=40),
)
def test_events_first_commands_in_order_nothing_lost(
    monkeypatch: pytest.MonkeyPatch,
    steps: int,
    failing: list[bool],
    full: list[bool],
    away: list[bool],
    pauses: list[bool],
) -> None:
    monkeypatch.setattr(delivery_module, "DRAIN_EVERY_S", 0.002)
    asyncio.run(deliver(steps, failing, full, away, pauses))
