"""After a crash of the application, the engine or the database, calls go on or are closed, and the journal is whole."""

from collections.abc import AsyncIterator, Sequence
from functools import partial
from pathlib import Path

import pytest

from hotline.core.events import AgentState, CallEnded, Disposition, Event, RecordingFinished, SystemStarted
from hotline.core.ids import CallId
from hotline.core.switching import EngineLost
from hotline.ports.journal import JournalUnavailable, Recorded
from hotline.runtime.figures import FiguresToday
from hotline.runtime.recovery import Ahead
from hotline.runtime.spool import Spool
from tests.integration.runtime_world import World, another_life, written_in
from tests.small_site import AGENTS, PHONES


@pytest.mark.req("OPS-2")
async def test_a_talk_goes_on_while_the_application_dies_and_starts_again(tmp_path: Path) -> None:
    first = World(tmp_path)
    await first.start()
    await first.up()
    await first.sign_in()
    citizen = first.call_in()
    await first.talking()
    before = first.switch.legs()
    await first.die()
    async with another_life(first) as second:
        assert [leg.leg_id for leg in second.switch.legs()] == [leg.leg_id for leg in before]
        assert second.phase() == "talking"
        assert second.state(AGENTS[0]) is AgentState.TALKING
        second.switch.far_end_hangs_up(citizen)
        await second.until(lambda: second.phase() == "wrap_up")
    ended = [event for event in await written_in(tmp_path) if isinstance(event, CallEnded)]
    assert [event.disposition for event in ended] == [Disposition.AGENT_ANSWERED]


@pytest.mark.req("OPS-2")
async def test_a_caller_who_waits_keeps_the_place_over_a_restart(tmp_path: Path) -> None:
    first = World(tmp_path)
    await first.start()
    await first.up()
    first.call_in()
    await first.until(lambda: first.phase() == "waiting")
    since = first.runtime.live(None).queues[0].longest_wait_since
    await first.runtime.close()
    await first.die()
    async with another_life(first) as second:
        assert second.phase() == "waiting"
        assert second.runtime.live(None).queues[0].longest_wait_since == since
        await second.sign_in()
        await second.talking()


async def test_a_caller_who_left_meanwhile_is_closed(tmp_path: Path) -> None:
    first = World(tmp_path)
    await first.start()
    await first.up()
    citizen = first.call_in()
    await first.until(lambda: first.phase() == "waiting")
    await first.runtime.close()
    await first.die()
    first.switch.far_end_hangs_up(citizen)
    async with another_life(first) as second:
        await second.until(lambda: second.phase() == "none")
    kinds = [type(event).__name__ for event in await written_in(tmp_path)]
    assert kinds.count("CallEnded") == 1


async def test_a_lost_engine_closes_its_calls_and_the_next_call_works(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.sign_in()
        world.call_in()
        await world.talking()
        world.switch.crash()
        await world.until(lambda: world.phase() != "talking")
        assert not world.runtime.engine().up
        world.switch.start()
        world.switch.register(PHONES[0])
        await world.until(lambda: world.runtime.registered(PHONES[0]))
        await world.until(lambda: world.state(AGENTS[0]) is not AgentState.TALKING)
        world.call_in()
        await world.sign_in_again(AGENTS[0])
        await world.talking()
        ended = [event for event in await world.written() if isinstance(event, CallEnded)]
        assert [event.disposition for event in ended] == [Disposition.SYSTEM_LOST]


async def test_a_clean_stop_closes_what_was_reported_before_it(tmp_path: Path) -> None:
    world = World(tmp_path)
    await world.start()
    await world.up()
    world.call_in()
    await world.until(lambda: world.phase() == "waiting")
    await world.runtime.report(EngineLost(at=world.clock.now(), engine="fake", reason="stopped"))
    await world.stop()
    kinds = [type(event).__name__ for event in await written_in(tmp_path)]
    assert kinds[-1] == "SystemStopped"
    assert kinds.count("CallEnded") == 1


class FlakyJournal:
    """A journal whose database can be taken away."""

    def __init__(self, world: World) -> None:
        self._journal = world.journal
        self.away = False
        self.asked_in_vain = 0

    async def of_call(self, call_id: str) -> list[Recorded]:
        if self.away:
            self.asked_in_vain += 1
            raise JournalUnavailable("lost")
        return await self._journal.of_call(CallId(call_id))

    async def append(self, events: Sequence[Event]) -> int:
        if self.away:
            raise JournalUnavailable("lost")
        return await self._journal.append(events)

    def read(self, *, after: int = 0, limit: int = 10_000) -> AsyncIterator[Recorded]:
        return self._journal.read(after=after, limit=limit)

    def __getattr__(self, name: str) -> object:
        return getattr(self._journal, name)


async def test_calls_go_on_without_the_database_and_their_events_arrive_later_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hotline.runtime.delivery.DRAIN_EVERY_S", 0.02)
    world = World(tmp_path)
    journal = FlakyJournal(world)
    await world.start(journal)  # pyright: ignore[reportArgumentType]
    await world.up()
    await world.sign_in()
    journal.away = True
    citizen = world.call_in()
    await world.talking()
    assert world.runtime.delivery.spooled > 0
    assert not world.runtime.delivery.journal_up
    journal.away = False
    await world.until(lambda: world.runtime.delivery.journal_up)
    world.switch.far_end_hangs_up(citizen)
    await world.until(lambda: world.phase() == "wrap_up")
    await world.stop()
    events = await written_in(tmp_path)
    assert [event.at for event in events] == sorted(event.at for event in events)
    kinds = [type(event).__name__ for event in events]
    assert kinds.index("CallArrived") < kinds.index("TalkStarted") < kinds.index("CallEnded")
    assert len(set(events)) == len(events)


@pytest.mark.req("OPS-2")
async def test_recordings_that_are_lost_while_the_database_is_away_are_closed_when_it_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hotline.runtime.delivery.DRAIN_EVERY_S", 0.02)
    world = World(tmp_path)
    journal = FlakyJournal(world)
    await world.start(journal)  # pyright: ignore[reportArgumentType]
    await world.up()
    await world.sign_in()
    world.call_in()
    await world.talking()
    journal.away = True
    world.switch.crash()
    world.switch.start()
    await world.until(lambda: journal.asked_in_vain >= 2)
    assert not world.runtime.failed.done()
    journal.away = False
    await world.until(lambda: not world.runtime._centre.floor.recordings)
    await world.stop()
    finished = [one for one in await written_in(tmp_path) if isinstance(one, RecordingFinished)]
    assert [one.error for one in finished] == ["lost"]


async def test_a_spool_left_behind_is_brought_in_once_before_anything_else(tmp_path: Path) -> None:
    first = World(tmp_path)
    await first.start()
    await first.up()
    citizen = first.call_in()
    await first.until(lambda: first.phase() == "waiting")
    await first.runtime.close()
    await first.die()
    left = CallEnded(
        at=first.clock.now(),
        authority_id=first.site.site.authority_id,
        call_id=CallId((await _first_call(tmp_path)).call_id),
        disposition=Disposition.QUEUE_ABANDONED,
        by="citizen",  # pyright: ignore[reportArgumentType]
    )
    written = await written_in(tmp_path)
    last = written[-1]  # brought in by a drain that was cut short
    await Spool(tmp_path / "run" / "journal-spool.jsonl").keep([last, left], behind=len(written) - 1)
    del citizen
    async with another_life(first):
        events = await written_in(tmp_path)
        assert events[: len(written) + 1] == [*written, left]
        assert isinstance(events[len(written) + 1], SystemStarted)


async def _first_call(folder: Path) -> CallEnded:
    return next(event for event in await written_in(folder) if hasattr(event, "call_id"))  # pyright: ignore[reportReturnType]


async def test_kept_events_survive_a_torn_last_line(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool.jsonl")
    started = SystemStarted(at=World(tmp_path).clock.now(), authority_id="city", version="1")  # pyright: ignore[reportArgumentType]
    await spool.keep([started, started], behind=0)
    with (tmp_path / "spool.jsonl").open("ab") as file:
        file.write(b'{"type": "SystemSta')
    again = Spool(tmp_path / "spool.jsonl")
    assert len(again) == 2
    await again.keep([started], behind=99)  # not glued to the torn line
    assert len(Spool(tmp_path / "spool.jsonl")) == 3


async def test_who_read_along_has_counted_what_a_fresh_start_counts(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        midnight = partial(FiguresToday, 480)
        ahead = Ahead(midnight)
        await world.sign_in()
        citizen = world.call_in()
        await world.talking()
        first = await ahead.advance(world.journal, world.clock.now())
        world.switch.far_end_hangs_up(citizen)
        await world.until(lambda: world.phase() == "wrap_up")
        world.call_in()
        await world.until(lambda: len(world.runtime.live(None).calls) == 2)
        await world.runtime.close()  # nothing more is written
        second = await ahead.advance(world.journal, world.clock.now())
        fresh = Ahead(midnight)
        assert await fresh.advance(world.journal, world.clock.now()) == first + second
        assert first > 0 and second > 0
        for figures in (ahead.figures, fresh.figures):
            assert figures.talks_of(AGENTS[0], world.clock.now()) == 1
