"""The journal keeps its promises on SQLite and on PostgreSQL: order, no gaps, all or nothing, open streams."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

from hotline.adapters.journal_sql import JOURNAL, SqlJournal
from hotline.core.events import (
    AgentSignedIn,
    AgentSignedOut,
    AgentState,
    AgentStateChanged,
    CallArrived,
    CallbackQueued,
    CallEnded,
    CallPlaced,
    Direction,
    Disposition,
    Event,
    LegEnded,
    LegStarted,
    NodeEntered,
    Party,
    RecordingFinished,
    RecordingStarted,
    SystemStarted,
)
from hotline.core.ids import (
    AgentId,
    AuthorityId,
    CallId,
    DeviceId,
    FlowId,
    LegId,
    NodeId,
    QueueId,
    RecordingId,
)
from hotline.platform.database import Database
from hotline.ports.journal import JournalUnavailable, Recorded
from hotline.runtime.spool import Spool
from tests.integration.journal_writer import BATCH

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CITY = AuthorityId("city")


def arrived(call: str, at: datetime = START) -> CallArrived:
    return CallArrived(
        at=at,
        authority_id=CITY,
        call_id=CallId(call),
        hotline_id=None,
        leg_id=LegId(f"leg-{call}"),
        ani="1",
        dnis="2",
    )


def step(call: str, node: str, at: datetime = START) -> NodeEntered:
    return NodeEntered(
        at=at, authority_id=CITY, call_id=CallId(call), flow_id=FlowId("f"), node_id=NodeId(node)
    )


def ended(call: str, at: datetime = START) -> CallEnded:
    return CallEnded(
        at=at, authority_id=CITY, call_id=CallId(call), disposition=Disposition.IVR_HANGUP, by=Party.CITIZEN
    )


def leg_started(call: str) -> LegStarted:
    return LegStarted(at=START, authority_id=CITY, call_id=CallId(call), leg_id=LegId("m"))


def leg_ended(call: str) -> LegEnded:
    return LegEnded(at=START, authority_id=CITY, call_id=CallId(call), leg_id=LegId("l"), cause="bye")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def engine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    if request.param == "sqlite":
        url = f"sqlite+aiosqlite:///{tmp_path / 'journal.db'}"
    else:
        url = request.getfixturevalue("postgres_url").replace("postgresql://", "postgresql+asyncpg://")
    database = Database(url)
    async with database.engine.begin() as connection:
        await connection.run_sync(JOURNAL.create)
    yield database.engine
    await database.close()


@pytest.fixture
async def journal(engine: AsyncEngine) -> AsyncIterator[SqlJournal]:
    journal = SqlJournal(engine)
    await journal.open()
    yield journal
    await journal.close()


async def everything(journal: SqlJournal) -> list[Recorded]:
    return [recorded async for recorded in journal.read(limit=100_000)]


async def test_events_come_back_equal_and_in_order(journal: SqlJournal) -> None:
    events: list[Event] = [SystemStarted(at=START, authority_id=CITY, version="1"), arrived("a"), ended("a")]
    assert await journal.append(events) == 3
    assert await everything(journal) == [Recorded(n, e) for n, e in enumerate(events, 1)]


async def test_many_writers_share_transactions_and_leave_no_gap(
    journal: SqlJournal, engine: AsyncEngine
) -> None:
    commits = 0

    def count(_: object) -> None:
        nonlocal commits
        commits += 1

    own = journal._connection._engine  # pyright: ignore[reportAttributeAccessIssue]
    event.listen(getattr(own, "sync_engine", own), "commit", count)

    async def one_call(number: int) -> None:
        call = f"call-{number}"
        for batch in ([arrived(call), step(call, "a")], [step(call, "b")], [ended(call)]):
            await journal.append(batch)

    await asyncio.gather(*(one_call(number) for number in range(200)))
    recorded = await everything(journal)
    assert [r.seq for r in recorded] == list(range(1, 801))
    of_one = [type(r.event).__name__ for r in recorded if getattr(r.event, "call_id", "") == "call-7"]
    assert of_one == ["CallArrived", "NodeEntered", "NodeEntered", "CallEnded"]
    assert commits < 100


async def test_reading_goes_on_after_a_seq_and_stops_at_the_limit(journal: SqlJournal) -> None:
    await journal.append([step("a", str(n)) for n in range(2_500)])
    seqs = [r.seq async for r in journal.read(after=700, limit=1_500)]
    assert seqs == list(range(701, 2_201))


async def test_a_page_gives_the_kinds_asked_for_and_where_it_ends(journal: SqlJournal) -> None:
    events: list[Event] = [arrived("a"), step("a", "menu"), arrived("b"), step("b", "menu"), arrived("c")]
    await journal.append(events)
    page = await journal.page(after=0, limit=4, kinds={"CallArrived"})
    assert [seq for seq, _ in page.recorded] == [1, 3]
    assert (page.last, page.read) == (4, 4)
    page = await journal.page(after=page.last, limit=4, kinds={"CallEnded"})
    assert (page.recorded, page.last, page.read) == ([], 5, 1)
    assert (await journal.page(after=5, limit=4, kinds={"CallArrived"})).last == 5


async def test_a_call_is_read_alone(journal: SqlJournal) -> None:
    await journal.append([arrived("a"), arrived("b"), step("a", "x"), ended("b")])
    assert [r.seq for r in await journal.of_call(CallId("a"))] == [1, 3]


async def test_open_streams_are_open_calls_late_recordings_and_agents_since_their_sign_in(
    journal: SqlJournal,
) -> None:
    def state(agent: str, state: AgentState, call: str | None = None) -> AgentStateChanged:
        return AgentStateChanged(
            at=START,
            authority_id=CITY,
            agent_id=AgentId(agent),
            state=state,
            call_id=CallId(call) if call else None,
        )

    def signed_in(agent: str) -> AgentSignedIn:
        return AgentSignedIn(at=START, authority_id=CITY, agent_id=AgentId(agent), device_id=DeviceId(agent))

    def recording(call: str) -> RecordingStarted:
        return RecordingStarted(
            at=START,
            authority_id=CITY,
            call_id=CallId(call),
            recording_id=RecordingId(call),
            leg_id=LegId("l"),
            path="p",
        )

    finished = RecordingFinished(
        at=START, authority_id=CITY, call_id=CallId("whole"), recording_id=RecordingId("whole"), path="p", size_bytes=1,
        duration_ms=1, sha256="",
    )  # fmt: skip
    old = AgentSignedOut(
        at=START - timedelta(days=9), authority_id=CITY, agent_id=AgentId("gone"), why="self"
    )
    await journal.append([
        signed_in("ann"), state("ann", AgentState.BUSY), signed_in("gone"), old,  # 1-4
        arrived("before", START - timedelta(days=3)), arrived("done"), ended("done"), arrived("open"),  # 5-8
        arrived("part"), recording("part"), ended("part"),  # 9-11
        arrived("whole"), recording("whole"), ended("whole"), finished, leg_ended("whole"),  # 12-16
        signed_in("ann"), state("ann", AgentState.AFTER_CALL, "done"), step("open", "menu"),  # 17-19
        arrived("off"), ended("off"), leg_ended("off"),  # 20-22
    ])  # fmt: skip
    rows = await journal.open_streams(START - timedelta(days=1))
    assert [r.seq for r in rows] == [6, 7, 8, 9, 10, 11, 17, 18, 19]


async def test_a_call_that_ended_in_the_last_minute_is_open_while_it_has_legs(journal: SqlJournal) -> None:
    placed = CallPlaced(
        at=START, authority_id=CITY, call_id=CallId("dialled"), direction=Direction.OUTBOUND, to="1", shown_number="2",
        agent_id=AgentId("ann"), leg_id=LegId("l"),
    )  # fmt: skip
    long_ago = START - timedelta(minutes=2)
    await journal.append([
        arrived("old", long_ago), ended("old", long_ago),  # 1-2
        arrived("whole"), leg_started("whole"), leg_ended("whole"), ended("whole"), leg_ended("whole"),  # 3-7
        arrived("left"), leg_started("left"), ended("left"), leg_ended("left"),  # 8-11
        placed, ended("dialled"),  # 12-13
    ])  # fmt: skip
    rows = await journal.open_streams(START - timedelta(days=1))
    assert [r.seq for r in rows] == [8, 9, 10, 11, 12, 13]


async def test_a_kept_place_is_found_after_days_and_a_call_is_not(journal: SqlJournal) -> None:
    kept = CallbackQueued(
        at=START - timedelta(days=3), authority_id=CITY, call_id=CallId("kept"), from_call_id=CallId("asked"),
        number="1", queue_id=QueueId("q"), priority=0, waiting_since=START, hotline_id=None, shown_number="2",
    )  # fmt: skip
    await journal.append([arrived("old", START - timedelta(days=3)), kept, arrived("new")])
    rows = await journal.open_streams(START - timedelta(days=1))
    assert [r.seq for r in rows] == [2, 3]


async def test_the_place_of_a_moment_is_the_last_event_before_it(journal: SqlJournal) -> None:
    await journal.append(
        [arrived("a"), step("a", "x", START + timedelta(hours=1)), ended("a", START + timedelta(hours=2))]
    )
    assert await journal.seq_before(START + timedelta(hours=1)) == 1
    assert await journal.seq_before(START) == 0


async def test_a_faulty_projection_leaves_nothing_behind_and_the_writer_alive(engine: AsyncEngine) -> None:
    class Faulty:
        broken = True

        def apply(self, connection: Any, recorded: Any) -> None:
            if self.broken:
                raise KeyError("bug")

    projection = Faulty()
    journal = SqlJournal(engine, projections=[projection])
    await journal.open()
    with pytest.raises(JournalUnavailable):
        await journal.append([arrived("a")])
    assert await journal.last_seq() == 0
    projection.broken = False
    assert await journal.append([arrived("a")]) == 1
    await journal.close()


async def test_a_lost_answer_to_a_commit_does_not_write_twice(
    journal: SqlJournal, engine: AsyncEngine
) -> None:
    await journal.append([arrived("a")])
    journal._last_seq = 0  # as if the commit had been made and its answer lost
    assert await journal.append([arrived("a")]) == 1
    assert len(await everything(journal)) == 1


async def test_a_spool_begun_by_a_lost_answer_is_brought_in_once_and_blames_nobody(
    journal: SqlJournal, tmp_path: Path
) -> None:
    first = await journal.append([arrived("before")])
    spool = Spool(tmp_path / "spool.jsonl")
    await journal.append([arrived("a"), arrived("b")])
    journal._last_seq, journal._doubtful = first, True  # the commit was made, and its answer lost
    await spool.keep([arrived("a"), arrived("b"), arrived("c")], behind=journal.confirmed)
    with capture_logs() as said:
        assert await spool.drain(journal) == 3
    assert [getattr(one.event, "call_id", None) for one in await everything(journal)] == [
        "before",
        "a",
        "b",
        "c",
    ]
    assert [line["event"] for line in said] == []


@pytest.mark.req("OPS-5")
async def test_what_the_spool_found_in_the_journal_is_no_stranger_when_another_answer_is_lost(
    journal: SqlJournal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await journal.append([arrived("a"), arrived("b")])
    journal._last_seq, journal._doubtful = 0, True  # committed, but nobody heard of it
    spool = Spool(tmp_path / "spool.jsonl")
    await spool.keep([arrived("a"), arrived("b"), arrived("c")], behind=0)
    run, lost = journal._connection.run, iter([True])

    async def committed_without_an_answer(*args: Any, **limits: Any) -> Any:
        last = await run(*args, **limits)
        if next(lost, False):
            raise OSError("the line broke")
        return last

    monkeypatch.setattr(journal._connection, "run", committed_without_an_answer)
    with capture_logs() as logs:
        assert await spool.drain(journal) == 3
    assert [one.event.call_id for one in await everything(journal)] == ["a", "b", "c"]  # pyright: ignore[reportAttributeAccessIssue]
    assert [line for line in logs if line["event"] == "journal_has_another_writer"] == []


async def test_another_writer_does_not_lose_our_events(journal: SqlJournal, engine: AsyncEngine) -> None:
    other = SqlJournal(engine)
    await other.open()
    await other.append([arrived("theirs")])
    assert await journal.append([arrived("ours")]) == 2
    await other.close()


async def test_a_missing_table_is_a_clear_refusal(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("DROP TABLE journal"))
    with pytest.raises(JournalUnavailable, match="not_migrated"):
        await SqlJournal(engine).open()


async def test_a_closed_journal_refuses(journal: SqlJournal) -> None:
    await journal.close()
    with pytest.raises(JournalUnavailable):
        await journal.append([arrived("a")])


async def test_events_of_a_newer_version_are_passed_over(journal: SqlJournal, engine: AsyncEngine) -> None:
    await journal.append([arrived("a")])
    async with engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO journal (seq, at_us, authority_id, stream, kind, payload)"
                " VALUES (2, 0, 'city', 'system', 'MoonRose', '{\"type\": \"MoonRose\"}')"
            )
        )
    assert [r.seq for r in await everything(journal)] == [1]


@pytest.mark.req("OPS-2")
async def test_a_killed_writer_leaves_whole_batches_and_everything_it_promised(
    engine: AsyncEngine, journal: SqlJournal
) -> None:
    url = engine.url.render_as_string(hide_password=False)
    writer = subprocess.Popen(
        [sys.executable, "-m", "tests.integration.journal_writer", url, "5"],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert writer.stdout is not None
    promised: list[tuple[str, str]] = []
    for _ in range(200):  # so many appends have been answered, and more are under way
        call, number = (await asyncio.to_thread(writer.stdout.readline)).decode().split()
        promised.append((call, number))
    writer.kill()
    for line in writer.stdout.read().decode().splitlines():
        call, number = line.split()
        promised.append((call, number))
    writer.stdout.close()
    writer.wait()

    recorded = await everything(journal)
    assert [r.seq for r in recorded] == list(range(1, len(recorded) + 1))
    batches: dict[tuple[str, str], list[str]] = {}
    for entry in recorded:
        assert isinstance(entry.event, NodeEntered)
        batches.setdefault((entry.event.call_id, entry.event.flow_id), []).append(entry.event.node_id)
    assert all(places == [str(place) for place in range(BATCH)] for places in batches.values())
    assert set(promised) <= set(batches)
