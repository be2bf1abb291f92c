"""The index of texts in memory: meaning is measured exactly, whatever the graph of nearest vectors gives, also after removals."""

import numpy as np
import pytest

from hotline.adapters.search_memory import MemoryIndex
from hotline.adapters.search_memory.index import MEANING_FROM, MEANING_TO
from hotline.ports.text_search import IndexedText, Wanted

TEXTS = 240
_chance = np.random.default_rng(7)


def unit(vector: np.ndarray) -> np.ndarray:
    return (vector / np.linalg.norm(vector)).astype("<f4")


@pytest.mark.req("KNW-3")
async def test_every_candidate_has_its_exact_closeness_and_the_removed_have_none() -> None:
    index = MemoryIndex()
    centre = unit(_chance.normal(size=384))
    near = [unit(centre + _chance.normal(size=384) * n / 5000) for n in range(1, TEXTS + 1)]
    bodies = [unit(vector + _chance.normal(size=384) * 0.01) for vector in near]
    texts = [
        IndexedText(id=f"t{n}", title="过户", asked_vectors=(near[n].tobytes(),), body_vector=bodies[n].tobytes())
        for n in range(TEXTS)
    ]  # fmt: skip
    await index.put(texts)
    await index.remove([f"t{n}" for n in range(0, TEXTS, 3)])
    await index.put(texts[3:4])  # and one comes back
    found = await index.find(Wanted(text="过户", vector=centre.tobytes(), limit=TEXTS))
    ids = [int(match.id[1:]) for match in found]
    assert 3 in ids
    assert not [n for n in ids if n % 3 == 0 and n != 3]
    for match in found:
        n = int(match.id[1:])
        asked, body = float(near[n] @ centre), float(bodies[n] @ centre)
        closeness = max((asked + body) / 2, max(asked, body) - 0.02)
        exact = min(1.0, max(0.0, (closeness - MEANING_FROM) / (MEANING_TO - MEANING_FROM)))
        assert match.meaning == pytest.approx(exact, abs=0.02), "half precision is kept"
    assert [match.score for match in found] == sorted((match.score for match in found), reverse=True)
    await index.close()
