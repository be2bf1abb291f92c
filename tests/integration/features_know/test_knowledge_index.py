"""The index between two starts: what did not change is taken up, what did is entered anew, and a new question is found by its meaning."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from hotline.adapters.search_memory import MemoryIndex
from hotline.features.knowledge.search import KnowledgeIndex
from hotline.platform.access import Platform
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
