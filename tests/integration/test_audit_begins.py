"""Two people act at the same moment on an installation whose audit trail is still empty: both entries are in one chain."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from hotline.core.ids import AuthorityId
from hotline.platform import audit
from hotline.platform.actor import system_actor
from hotline.platform.database import Database
from hotline.tables import metadata


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[Database]:
    database = Database(postgres_url.replace("postgresql://", "postgresql+asyncpg://"))
    async with database.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    yield database
    await database.close()


@pytest.mark.postgres
@pytest.mark.req("ADM-3")
async def test_first_entries_at_the_same_time_make_one_chain(database: Database) -> None:
    async def act(number: int) -> None:
        async with database.writing() as work:
            target = audit.Target(kind="user", id=str(number), authority_id=AuthorityId("root"))
            audit.record(work, system_actor("test"), "session.open", target)

    await asyncio.gather(*(act(number) for number in range(6)))
    async with database.reading() as session:
        assert await audit.verify(session) == audit.Integrity(entries=6, broken_at=None)
