"""The application of the administration tests, for short messages and knowledge; search is real, the model is a small stand-in."""

import hashlib
import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from hotline.adapters.files_local import LocalFiles
from hotline.adapters.search_memory import MemoryIndex
from hotline.adapters.search_memory import words as terms
from hotline.features.knowledge.search import KnowledgeIndex
from hotline.ports.files import FileStore
from hotline.ports.text_search import Embedder, TextIndex
from tests.integration.features_admin.conftest import (
    World,
    application,
    database,
    database_url,
    migrated_postgres,
    migrated_sqlite,
    world,
)

__all__ = ["application", "database", "database_url", "migrated_postgres", "migrated_sqlite", "world"]


class PairEmbedder:
    """A model that knows pairs of characters only: texts with the same pairs are near each other."""

    name = "pairs"

    def __init__(self, *, there: bool = True) -> None:
        self.name = "pairs" if there else ""

    def _vector(self, text: str) -> bytes:
        made = np.zeros(384, "<f4")
        for pair in terms.pairs(text):
            made[int(hashlib.sha256(pair.encode()).hexdigest()[:6], 16) % 384] += 1
        return (made / (np.linalg.norm(made) or 1.0)).astype("<f4").tobytes()

    async def of_question(self, text: str) -> bytes:
        return self._vector(text) if self.name else b""

    async def of_texts(self, texts: Sequence[str]) -> list[bytes]:
        return [self._vector(text) if self.name else b"" for text in texts]

    async def close(self) -> None:
        return None


@pytest.fixture(scope="session", autouse=True)
def dictionary() -> None:
    """One folder for the prepared dictionary of this run."""
    folder = Path(tempfile.mkdtemp(prefix="hotline-words-"))
    terms.keep_dictionary_in(folder)


@pytest.fixture
async def knowledge(world: World) -> AsyncIterator[World]:
    """The application with search by words."""
    index = MemoryIndex()
    services = world.platform.services
    services[TextIndex] = index
    services[Embedder] = PairEmbedder(there=False)
    services[FileStore] = LocalFiles(world.data / "files")
    services[KnowledgeIndex].ready = True
    yield world
    await index.close()
    shutil.rmtree(world.data / "files", ignore_errors=True)
