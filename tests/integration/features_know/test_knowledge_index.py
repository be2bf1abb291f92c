"""The index between two starts: what did not change is taken up, what did is entered anew, and a new question is found by its meaning."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import select, update
from structlog.testing import capture_logs

from hotline.adapters.search_memory import MemoryIndex
from hotline.features.knowledge import use_records
from hotline.features.knowledge.models import Article, SearchRecord
from hotline.features.knowledge.search import KnowledgeIndex
from hotline.features.knowledge.use_records import UseRecords
from hotline.platform.access import Platform
from hotline.ports.knowledge import KnowledgeSearch
from hotline.ports.text_search import Embedder, IndexedText, TextIndex
from tests.integration.features_admin.conftest import World
from tests.integration.features_know.conftest import PairEmbedder
from tests.integration.features_know.test_knowledge import body, branch, found, published


class Watched(MemoryIndex):
    """An index that tells what is entered."""

    def __init__(self, data: Path) -> None:
        super().__init__(data)
        self.entered: list[str] = []

    async def put(self, texts: Sequence[IndexedText]) -> None:
        self.entered += [text.title for text in texts]
        await super().put(texts)


async def started(platform: Platform, data: Path) -> Watched:
    """Start the search as the application does; a fresh `KnowledgeIndex` over what lies in `data`."""
    index = Watched(data)
    platform.services[TextIndex] = index
    knowledge = KnowledgeIndex(platform)
    platform.services[KnowledgeIndex] = knowledge
    await knowledge.fill()
    while knowledge.pending():
        await knowledge.embed_next()
    return index


@pytest.mark.req("KNW-3")
async def test_a_start_enters_only_what_changed_since_the_last(knowledge: World, tmp_path: Path) -> None:
    platform = knowledge.platform
    platform.services[Embedder] = PairEmbedder()
    category = await branch(knowledge)
    changing = await published(knowledge, category)
    await published(knowledge, category, title="社保卡丢失补办", similar=[])
    first = await started(platform, tmp_path)
    assert set(first.entered) == {"二手房过户怎么办理", "社保卡丢失补办"}
    await first.close()

    same = await started(platform, tmp_path)
    assert same.entered == []
    agent, leader = await knowledge.log_in("agent"), await knowledge.log_in("leader")
    assert "社保卡丢失补办" in await found(agent, "社保卡丢失补办")
    await same.close()

    platform.services[TextIndex] = MemoryIndex()  # the change is made while another index is asked
    path = f"/knowledge/articles/{changing}"
    revision = (await agent.get(path)).json()["revision"]
    await agent.put(path, json=body(category, title="存量房过户怎么办理", revision=revision))
    await agent.post(f"{path}/submit")
    await leader.post(f"{path}/approve")
    await platform.services[TextIndex].close()

    changed = await started(platform, tmp_path)
    assert set(changed.entered) == {"存量房过户怎么办理"}
    assert (await found(agent, "存量房过户怎么办理"))[:1] == ["存量房过户怎么办理"]
    answer = (await agent.get("/knowledge/search", params={"q": "过户"})).json()
    assert (answer["ready"], answer["indexed"], answer["total"], answer["meaning"]) == (True, 2, 2, True)
    await changed.close()


@pytest.mark.req("KNW-3", "OPS-2")
async def test_a_database_that_is_away_at_the_start_is_waited_for(
    knowledge: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hotline.features.knowledge.wiring.DATABASE_RETRY_S", 0.01)
    platform = knowledge.platform
    index = platform.services[KnowledgeIndex]
    index.ready, platform.database.away = False, True
    running = asyncio.create_task(platform.background["knowledge"](), name="knowledge")
    await asyncio.sleep(0.05)
    assert not running.done()
    platform.database.away = False
    async with asyncio.timeout(10):
        while not index.ready:
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@pytest.mark.req("KNW-3", "KNW-4", "OPS-2")
async def test_a_search_is_answered_first_and_recorded_afterwards_in_its_order(knowledge: World) -> None:
    platform = knowledge.platform
    article = await published(knowledge, await branch(knowledge))
    agent, leader, citizen = (
        await knowledge.log_in("agent"),
        await knowledge.log_in("leader"),
        knowledge.client(),
    )
    records: UseRecords = platform.services[UseRecords]

    async def kept() -> list[tuple[str, str]]:
        async with platform.database.reading() as session:
            rows = await session.scalars(select(SearchRecord).order_by(SearchRecord.id))
            return [(row.channel, row.question) for row in rows]

    async def search_everywhere() -> None:
        assert (await found(agent, "二手房过户"))[:1] == ["二手房过户怎么办理"]
        assert await found(citizen, "过户 一", "/public/knowledge/search") == ["二手房过户怎么办理"]
        telephone: KnowledgeSearch = platform.services[KnowledgeSearch]
        assert [one.article_id for one in await telephone.search("过户 二")] == [article]

    async with platform.database.writing() as work:  # somebody else holds the database for writing
        await work.session.execute(update(Article).values(reads=0))
        await search_everywhere()
        assert (await agent.get(f"/knowledge/view/{article}")).status_code == 200
    await leader.get("/knowledge/missing")
    platform.database.away = True
    await search_everywhere()
    with capture_logs() as told:
        assert not await records.catch_up()
    assert [(one["event"], one["records"]) for one in told] == [("knowledge_use_waits", 3)]
    platform.database.away = False
    assert len(await kept()) == 3, "entered before the leader looked, and nothing since"
    await records.catch_up()
    await records.catch_up()
    asked = [("page", "二手房过户"), ("web", "过户 一"), ("ivr", "过户 二")]
    assert await kept() == asked * 2
    assert [one["reads"] for one in (await agent.get("/knowledge/hot")).json()["items"]] == [1]


async def test_what_is_left_at_the_end_is_entered_and_a_full_queue_takes_no_more(
    knowledge: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(use_records, "WAITING_MAX", 2)
    await published(knowledge, await branch(knowledge))
    agent, leader = await knowledge.log_in("agent"), await knowledge.log_in("leader")
    assert (await agent.get("/knowledge/hot")).status_code == 200  # who is asking is known from now on
    running = asyncio.create_task(knowledge.platform.background["knowledge-use"](), name="knowledge-use")
    async with knowledge.platform.database.writing() as work:
        await work.session.execute(update(Article).values(reads=0))
        knowledge.platform.database.away = True
        for word in ("一", "二", "三"):
            await found(agent, f"过户 {word}")
    knowledge.platform.database.away = False
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    span = {"from": "2026-11-01", "to": "2026-12-01"}
    assert (await leader.get("/knowledge/figures", params=span)).json()["searches"] == 2
