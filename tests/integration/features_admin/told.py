"""A told history goes into the journal as the running product brings its events in: a refusal is tried again, in the same order."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from hotline.adapters.journal_sql import SqlJournal
from hotline.core.events import Event
from hotline.ports.journal import JournalUnavailable, Projection
from tests.integration.features_admin.conftest import World

PATIENCE_S = 60.0
"""A machine that is busy with everything else may make a database wait for seconds."""


@asynccontextmanager
async def open_journal(world: World, *projections: Projection) -> AsyncIterator[SqlJournal]:
    """The journal of this world, closed in the end whatever happens."""
    journal = SqlJournal(
        world.database.engine.execution_options(hotline_writes=True), projections=projections
    )
    await journal.open()
    try:
        yield journal
    finally:
        await journal.close()


async def tell(journal: SqlJournal, events: Sequence[Event]) -> None:
    """Append, again and again while the database does not answer in time (`ports/journal.py`)."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                await journal.append(events)
            except JournalUnavailable:
                continue
            return
