"""A database that has fallen silent keeps nobody who wants to end."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.pool import Pool, QueuePool

from hotline.platform.database import Database
from tests.peers.cut import CutRelay
from tests.postgres import PostgresServer

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(60)]

IDLE = 4
NOT_ITS_TURN_S = 9.0
"""Less than one question's limit: whoever waited for the server, be it once, is late."""


@pytest.fixture
async def relay(postgres_server: PostgresServer) -> AsyncIterator[CutRelay]:
    relay = await CutRelay.tcp(postgres_server.port)
    yield relay
    await relay.close()


@pytest.fixture
async def database(relay: CutRelay, postgres_server: PostgresServer, postgres_url: str) -> Database:
    """With some connections made and idle."""
    url = postgres_url.replace("postgresql://", "postgresql+asyncpg://")
    database = Database(url.replace(str(postgres_server.port), str(relay.port)))
    met = asyncio.Barrier(IDLE)

    async def look() -> None:
        async with database.reading() as session:
            await session.execute(text("SELECT 1"))
            await met.wait()

    await asyncio.gather(*(look() for _ in range(IDLE)))
    return database


def held_by(pool: Pool) -> int:
    """How many connections a pool keeps or has lent."""
    assert isinstance(pool, QueuePool)
    return pool.checkedin() + pool.checkedout()


@pytest.mark.req("OPS-2")
async def test_connections_to_a_silent_database_are_closed_without_it(
    database: Database, relay: CutRelay
) -> None:
    relay.cut()
    assert held_by(database.engine.pool) == IDLE
    before = database.engine.pool
    async with asyncio.timeout(NOT_ITS_TURN_S):
        await database.close()
    assert held_by(before) == 0


@pytest.mark.req("OPS-2")
async def test_who_is_told_to_end_does_not_wait_for_a_silent_database(
    database: Database, relay: CutRelay
) -> None:
    asked = asyncio.Event()

    async def look() -> None:
        async with database.reading() as session:
            asked.set()
            await session.execute(text("SELECT 1"))

    relay.cut()
    looking = asyncio.create_task(look(), name="look")
    await asked.wait()
    looking.cancel()
    database.cut()
    async with asyncio.timeout(NOT_ITS_TURN_S):
        await asyncio.gather(looking, return_exceptions=True)
        await database.close()
    assert looking.cancelled()


async def test_a_question_is_answered_by_its_own_connection_without_helpers_for_good(
    database: Database,
) -> None:
    for _ in range(2):  # the second time after the pool has had it back
        async with database.reading() as session:
            wanted = "SELECT current_setting('max_parallel_workers_per_gather'), current_setting('jit')"
            assert (await session.execute(text(wanted))).one() == ("0", "off")
    await database.close()
