"""Agents left signed in for months come into the store some at a time, and amount to what one go would have written."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hotline.adapters.journal_sql import JOURNAL, SqlJournal
from hotline.adapters.statistics_sql import folding, projector
from hotline.adapters.statistics_sql.projector import BATCH, Projector
from hotline.adapters.statistics_sql.store import Store
from hotline.core import events as e
from hotline.core.ids import AgentId, AuthorityId
from hotline.platform.database import Database

pytestmark = pytest.mark.req("STA-0")
BEGAN = datetime(2027, 1, 1, 0, 7, tzinfo=UTC)
DAYS = 3
AGENTS = 4
QUARTERS = DAYS * 96 * AGENTS


def changed(agent: int, at: datetime, state: e.AgentState) -> e.AgentStateChanged:
    return e.AgentStateChanged(
        at=at, authority_id=AuthorityId("a"), agent_id=AgentId(f"agent{agent}"), state=state
    )


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[SqlJournal]:
    """Agents became ready and nothing more was heard of them."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'hotline.db'}")
    async with database.engine.begin() as connection:
        await connection.run_sync(JOURNAL.create)
    journal = SqlJournal(database.engine.execution_options(hotline_writes=True))
    await journal.open()
    await journal.append([changed(n, BEGAN, e.AgentState.READY) for n in range(AGENTS)])
    yield journal
    await journal.close()
    await database.close()


def spent(store: Store) -> list[tuple[object, ...]]:
    """The store's rows of agents' time, with texts for codes."""
    asked = "SELECT w.text, t_ms, day, slot, duration_ms, class FROM agent_interval JOIN word w ON w.code = agent ORDER BY ALL"
    return store._db.execute(asked).fetchall()


async def test_no_pass_writes_more_than_its_share(
    journal: SqlJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = BEGAN + timedelta(days=DAYS)
    whole = Store(None)
    following = Projector(store=whole, journal=journal)
    await following.begin()
    assert await following.step(now) == AGENTS, "few enough for one go"
    assert len(spent(whole)) == QUARTERS

    monkeypatch.setattr(projector, "CUT_MOST", 100)
    store, passes = Store(None), [0]
    while True:  # a new process each time: what was written is remembered
        following = Projector(store=store, journal=journal)
        await following.begin()
        taken = await following.step(now)
        passes.append(len(spent(store)))  # it is there, not on its way: the watermark says so
        assert passes[-1] - passes[-2] <= 100
        if taken < BATCH:
            break
    assert len(passes) - 1 == QUARTERS // 100 + 1
    assert spent(store) == spent(whole)
    await journal.append([changed(n, now, e.AgentState.OFFLINE) for n in range(AGENTS)])
    assert await following.step(now) == AGENTS
    assert sum(int(str(row[4])) for row in spent(store)) == AGENTS * DAYS * 86_400_000
    whole.close()
    store.close()


async def test_long_states_that_end_in_one_batch_are_written_in_several(
    journal: SqlJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = BEGAN + timedelta(days=DAYS)
    await journal.append([changed(n, now, e.AgentState.OFFLINE) for n in range(AGENTS)])
    whole, store = Store(None), Store(None)
    following = Projector(store=whole, journal=journal)
    await following.begin()
    assert await following.step(now) == 2 * AGENTS

    monkeypatch.setattr(folding, "ROWS_MOST", 200)
    following = Projector(store=store, journal=journal)
    await following.begin()
    took = [await following.step(now) for _ in range(AGENTS + 1)]
    assert took == [BATCH] * AGENTS + [0]
    assert spent(store) == spent(whole)
    assert store.progress() == whole.progress()
    whole.close()
    store.close()
