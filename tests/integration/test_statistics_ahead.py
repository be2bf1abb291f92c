"""A store far behind is filled by two processes: the rows are those of one, a helper that dies costs nothing, a restart goes on."""

import contextlib
import sys
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from hotline.adapters.journal_sql import JOURNAL, SqlJournal
from hotline.adapters.statistics_sql import server
from hotline.adapters.statistics_sql.ahead import Ahead
from hotline.adapters.statistics_sql.folding import Step
from hotline.adapters.statistics_sql.frames import frame, unframed
from hotline.adapters.statistics_sql.projector import Projector
from hotline.adapters.statistics_sql.server import Service
from hotline.adapters.statistics_sql.store import Store
from hotline.core import events as e
from hotline.core.metrics.settling import Settling
from hotline.platform.database import Database
from hotline.simulation.plan import FLAT, Plan
from hotline.simulation.world import World

pytestmark = pytest.mark.req("STA-0")
SMALL_STEPS = """
import sys
from argparse import Namespace
from hotline.adapters.statistics_sql import ahead
from hotline.cli import statistics
ahead.BATCH = 150
sys.exit(statistics.run(Namespace(action="fold")))
"""
HELPER = Ahead((sys.executable, "-c", SMALL_STEPS))


@pytest.fixture(scope="module")
def told() -> list[e.Event]:
    """Half an hour with calls that are still open at its end."""
    events: list[e.Event] = []
    plan = Plan(hours=0.5, calls=60, agents=5, talk_s=60.0, wrap_up_s=15.0, curve=FLAT, max_calls=20)
    World(plan, 5, events.extend).run()
    return events


@pytest.fixture
async def journal(
    told: list[e.Event], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[SqlJournal]:
    """The journal of an installation whose settings a helper finds in its environment."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'hotline.db'}")
    monkeypatch.setenv("HOTLINE_DATA", str(tmp_path))
    monkeypatch.setattr(server, "AHEAD_FROM", 200)
    async with database.engine.begin() as connection:
        await connection.run_sync(JOURNAL.create)
    journal = SqlJournal(database.engine.execution_options(hotline_writes=True))
    await journal.open()
    await journal.append(told)
    yield journal
    await journal.close()
    await database.close()


def rows_of(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """Every row, with texts for codes: these are given out in the order of writing."""
    return {
        name: sorted(store._db.execute(f"SELECT * FROM {name}").fetchall(), key=repr)
        for name in ("call", "queue_visit", "offer", "talk", "agent_interval", "ivr_key", "sign_in", "word")
    }


async def filled(store: Store, journal: SqlJournal, helper: Ahead | None, now: datetime) -> Projector:
    """The store, brought up to the journal's end."""
    projector = Projector(store=store, journal=journal)
    await projector.begin()
    await Service(store=store, journal=journal, ahead=helper).catch_up(projector)
    while await projector.step(now):
        pass
    return projector


async def test_two_processes_write_what_one_writes(told: list[e.Event], journal: SqlJournal) -> None:
    alone, together = Store(None), Store(None)
    await filled(alone, journal, None, told[-1].at)
    projector = Projector(store=together, journal=journal)
    await projector.begin()
    await Service(store=together, journal=journal, ahead=HELPER).catch_up(projector)
    assert projector.watermark == len(told), "the helper came to the end"
    while await projector.step(told[-1].at):
        pass
    assert rows_of(together) == rows_of(alone)
    assert together.progress() == alone.progress()
    alone.close()
    together.close()


async def test_a_helper_that_dies_costs_nothing(told: list[e.Event], journal: SqlJournal) -> None:
    alone, together = Store(None), Store(None)
    await filled(alone, journal, None, told[-1].at)
    dies = Ahead(("head", "-c", "8"))
    assert (await filled(together, journal, dies, told[-1].at)).watermark == len(told)
    assert rows_of(together) == rows_of(alone)
    alone.close()
    together.close()


async def test_a_helper_goes_on_from_where_a_store_stands(told: list[e.Event], journal: SqlJournal) -> None:
    alone, together = Store(None), Store(None)
    await filled(alone, journal, None, told[-1].at)
    projector = Projector(store=together, journal=journal)
    await projector.begin()
    async with contextlib.aclosing(HELPER.steps(*together.progress(), len(told))) as steps:
        async for step in steps:  # some of it is written, then the process ends
            await projector.take(step)
            if step.watermark > 2 * len(told) // 3:
                break
    await projector.written()
    await filled(together, journal, HELPER, told[-1].at)
    assert rows_of(together) == rows_of(alone)
    alone.close()
    together.close()


def test_a_step_comes_over_as_it_was(told: list[e.Event]) -> None:
    settling = Settling()
    rows = [row for seq, event in enumerate(told, 1) for row in settling.apply(event, seq)]
    step = Step(rows, len(told), settling.low_water(len(told)), settling.fold.memory(), len(told))
    assert unframed(frame(step)) == step
