"""The lease: one holder at a time, a deposed one cannot write, an outage of the database deposes nobody."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from hotline.adapters.journal_sql import JOURNAL, SqlJournal
from hotline.adapters.lease_sql import LEASE, SqlLease
from hotline.adapters.lease_sql import lease as lease_module
from hotline.core.events import Event, SystemStarted
from hotline.core.ids import AuthorityId
from hotline.platform.database import Database
from hotline.ports.lease import Deposed, Holder

pytestmark = pytest.mark.postgres


class Clock:
    """A monotonic clock that goes when told."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[Database]:
    database = Database(postgres_url.replace("postgresql://", "postgresql+asyncpg://"))
    async with database.engine.begin() as connection:
        await connection.run_sync(JOURNAL.create)
        await connection.run_sync(LEASE.create)
    yield database
    await database.close()


@pytest.fixture
async def leases(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[SqlLease, SqlLease, Clock]]:
    monkeypatch.setattr(lease_module, "LOOK_S", 0.01)
    monkeypatch.setattr(lease_module, "BEAT_S", 0.01)
    clock = Clock()
    made = [
        SqlLease(
            database.url,
            owner=name,
            address=f"http://{name}",
            authority_id="city",
            now=clock,
            wall=long_ago,
        )
        for name in ("one", "two")
    ]
    yield made[0], made[1], clock
    for lease in made:
        await lease.close()


def long_ago() -> float:
    """A calendar before all tokens: they count from 1."""
    return 0.0


def unheard(_: Holder) -> None:
    """Who else holds it does not matter here."""


def started(version: str = "1") -> Event:
    return SystemStarted(at=datetime.now(UTC), authority_id=AuthorityId("city"), version=version)


async def told(lease: SqlLease) -> tuple[asyncio.Task[int], asyncio.Queue[Holder]]:
    """Begin to wait for the lease; return once we were told who holds it."""
    heard: asyncio.Queue[Holder] = asyncio.Queue()
    waiting = asyncio.create_task(lease.acquire(heard.put_nowait), name="waiting")
    await heard.put(await heard.get())
    return waiting, heard


async def test_the_second_waits_and_takes_over_when_the_first_stands_still(
    leases: tuple[SqlLease, SqlLease, Clock],
) -> None:
    first, second, clock = leases
    assert await first.acquire(unheard) == 1
    waiting, heard = await told(second)
    assert (await heard.get()).url == "http://one"
    clock.at = lease_module.TTL_S - 0.1
    await heard.get()
    assert not waiting.done()
    clock.at = lease_module.TTL_S + 0.1
    assert await waiting == 2


async def test_a_beat_keeps_it(leases: tuple[SqlLease, SqlLease, Clock]) -> None:
    first, second, clock = leases
    await first.acquire(unheard)
    waiting, heard = await told(second)
    keeping = asyncio.create_task(first.keep(), name="keep")
    for _ in range(30):
        clock.at += 0.5
        while not heard.empty():
            heard.get_nowait()
        await heard.get()
        await heard.get()
    assert not waiting.done()
    for task in (keeping, waiting):
        task.cancel()
    await asyncio.gather(keeping, waiting, return_exceptions=True)


async def test_released_or_our_own_it_is_taken_at_once(
    leases: tuple[SqlLease, SqlLease, Clock], database: Database
) -> None:
    first, second, clock = leases
    await first.acquire(unheard)
    again = SqlLease(database.url, owner="one", address="", authority_id="city", now=clock, wall=long_ago)
    assert await again.acquire(unheard) == 2
    await first.release()  # deposed: nobody's to give back
    waiting, _ = await told(second)
    assert not waiting.done()
    await again.release()
    assert await waiting == 3
    await again.close()


async def test_a_lease_of_a_database_made_anew_is_newer_than_what_engines_remember(
    leases: tuple[SqlLease, SqlLease, Clock], database: Database
) -> None:
    wall = float(lease_module.TOKENS_SINCE_S + 1_000)
    tokens = list[int]()
    for later in (0, 0, 5, -700):  # the last with a clock set back
        lease = SqlLease(
            database.url, owner="one", address="", authority_id="city", wall=lambda at=wall + later: at
        )
        tokens.append(await lease.acquire(unheard))
        await lease.close()
    assert tokens == [1_000, 1_001, 1_005, 1_006]
    async with database.engine.begin() as connection:
        await connection.execute(LEASE.delete())
    made_anew = SqlLease(database.url, owner="one", address="", authority_id="city", wall=lambda: wall + 60)
    assert await made_anew.acquire(unheard) == 1_060
    await made_anew.close()


async def test_a_deposed_holder_learns_it_by_its_beat_and_by_the_fence(
    leases: tuple[SqlLease, SqlLease, Clock], database: Database
) -> None:
    first, second, _ = leases
    await first.acquire(unheard)
    journal = SqlJournal(database.engine, fence=first.fence)
    await journal.open()
    await journal.append([started("first")])
    await first.release()
    await second.acquire(unheard)
    with pytest.raises(Deposed):
        await journal.append([started("late")])
    assert await journal.last_seq() == 1
    await first.keep()  # returns
    await journal.close()


async def test_nobody_takes_over_while_a_transaction_of_the_holder_is_open(
    leases: tuple[SqlLease, SqlLease, Clock], database: Database
) -> None:
    first, _, clock = leases
    await first.acquire(unheard)
    again = SqlLease(database.url, owner="one", address="", authority_id="city", now=clock, wall=long_ago)
    async with database.engine.connect() as connection, connection.begin():
        await connection.run_sync(first.fence)
        waiting = asyncio.create_task(again.acquire(unheard), name="waiting")
        await until_blocked(database.engine)
        assert not waiting.done()
    assert await waiting == 2
    await again.close()


async def until_blocked(engine: AsyncEngine) -> None:
    """Wait until somebody waits for the lease's row."""
    async with asyncio.timeout(20), engine.connect() as connection:
        watching = await connection.execution_options(isolation_level="AUTOCOMMIT")
        query = text(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%lease%'"
        )
        while not (await watching.execute(query)).scalar():
            await asyncio.sleep(0.01)


async def test_after_an_outage_the_holder_comes_first(
    leases: tuple[SqlLease, SqlLease, Clock], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, clock = leases
    await first.acquire(unheard)
    waiting, heard = await told(second)

    async def away(*_: object, **__: object) -> None:
        lost.set()
        raise ConnectionResetError

    lost = asyncio.Event()
    writer = second._writer
    real = writer.run
    monkeypatch.setattr(writer, "run", away)
    await lost.wait()
    clock.at += 100
    monkeypatch.setattr(writer, "run", real)
    while not heard.empty():
        heard.get_nowait()
    await heard.get()
    assert not waiting.done()  # though the beat stood still for long: it has to be seen standing still
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)


async def test_beats_and_other_notes_at_the_same_time_do_not_disturb_each_other(
    leases: tuple[SqlLease, SqlLease, Clock],
) -> None:
    first, _, _ = leases
    await first.acquire(unheard)
    keeping = asyncio.create_task(first.keep(), name="keep")
    await asyncio.gather(*(first.spools_are_in() for _ in range(20)))
    assert not keeping.done()
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
