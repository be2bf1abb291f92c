"""The statistics process makes its store anew, is stopped in the middle, and goes on where it stood."""

import asyncio
from collections.abc import Collection
from datetime import datetime, tzinfo
from typing import Self

import pytest

from hotline.adapters.journal_sql import SqlJournal
from hotline.adapters.statistics_sql import folding, projector, server
from hotline.adapters.statistics_sql.server import Service
from hotline.ports.journal import Page
from hotline.ports.statistics import Statistics
from tests.integration.features_admin.test_history import PERIOD, History, history

__all__ = ["history"]
BATCH = 300
PAGES = 4


class Watched:
    """A journal that tells when some pages have been read, and when there is nothing more."""

    def __init__(self, journal: SqlJournal) -> None:
        self._journal = journal
        self._pages = 0
        self.under_way, self.at_the_end = asyncio.Event(), asyncio.Event()

    async def last_seq(self) -> int:
        return await self._journal.last_seq()

    async def page(self, *, after: int, limit: int, kinds: Collection[str]) -> Page:
        page = await self._journal.page(after=after, limit=limit, kinds=kinds)
        self._pages += 1
        if self._pages == PAGES:
            self.under_way.set()
        if page.read < limit:
            self.at_the_end.set()
        return page


async def follow_until(service: Service, reached: asyncio.Event) -> None:
    """Let the process follow until then, and no step further; then it is killed."""
    following = asyncio.create_task(service.follow(), name="statistics-follow")
    async with asyncio.timeout(60):
        await reached.wait()
    async with service.lock:
        following.cancel()
    await asyncio.gather(following, return_exceptions=True)


@pytest.mark.req("STA-0")
async def test_a_rebuild_that_was_interrupted_goes_on_and_says_the_same(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folding, "BATCH", BATCH)
    monkeypatch.setattr(projector, "BATCH", BATCH)
    monkeypatch.setattr(server, "BATCH", BATCH)

    class Then(datetime):
        """The clock of the history: agents' time goes on to its end only."""

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls.fromtimestamp(history.events[-1].at.timestamp(), tz)

    monkeypatch.setattr(server, "datetime", Then)
    before = await history.get("/reports/summary", **PERIOD, grain="hour")
    last = await history.journal.last_seq()
    assert last > 2 * PAGES * BATCH

    stopped = Watched(history.journal)
    service = Service(store=history.store, journal=stopped)  # pyright: ignore[reportArgumentType]
    service.rebuild_asked.set()
    await follow_until(service, stopped.under_way)
    told = await service.status()
    assert told.rebuilding is not None
    assert 0 < told.rebuilding < 1
    assert 0 < history.store.progress()[0] < last

    resumed = Watched(history.journal)
    service = Service(store=history.store, journal=resumed)  # pyright: ignore[reportArgumentType]
    await follow_until(service, resumed.at_the_end)
    assert history.store.progress()[0] == last
    history.world.platform.services[Statistics] = service
    after = await history.get("/reports/summary", **PERIOD, grain="hour")
    assert after["rows"] == before["rows"]
    assert after["totals"] == before["totals"]
