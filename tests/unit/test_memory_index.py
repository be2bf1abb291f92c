"""The index of texts in memory: meaning is measured exactly, whatever the graph of nearest vectors gives, also after removals."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from hotline.adapters.search_memory import MemoryIndex
from hotline.adapters.search_memory.index import FORMAT, MEANING_FROM, MEANING_TO
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


def _text(n: int, title: str, stamp: str = "s") -> IndexedText:
    vector = unit(np.eye(384)[n] + 0.01)
    return IndexedText(id=f"t{n}", title=title, asked_vectors=(vector.tobytes(),), stamp=stamp)


async def _nearest(index: MemoryIndex, n: int) -> str:
    found = await index.find(Wanted(text="", vector=unit(np.eye(384)[n]).tobytes(), limit=1))
    return found[0].id


@pytest.mark.req("KNW-3")
@pytest.mark.parametrize("crashed", [False, True])
async def test_what_was_entered_is_there_at_the_next_start_also_after_a_crash(
    tmp_path: Path, crashed: bool
) -> None:
    before = MemoryIndex(tmp_path / "before")
    await before.put([_text(1, "过户"), _text(2, "社保卡")])
    await before.remove(["t2"])
    await before.put([_text(3, "公积金"), _text(1, "二手房过户", stamp="new")])
    if crashed:  # the files as they lie while the index runs, and half a row
        shutil.copytree(tmp_path / "before", tmp_path / "after")
        with (tmp_path / "after" / FORMAT / "vectors.f16").open("ab") as file:
            file.write(b"half a row")
    await before.close()
    if not crashed:
        shutil.copytree(tmp_path / "before", tmp_path / "after")
    after = MemoryIndex(tmp_path / "after")
    await after.open()
    assert dict(after.stamps()) == {"t1": "new", "t3": "s"}
    assert [match.id for match in await after.find(Wanted(text="二手房"))] == ["t1"]
    assert [await _nearest(after, n) for n in (1, 3)] == ["t1", "t3"]
    assert after.states() == {"texts": 2, "vectors": 2}
    await after.close()


@pytest.mark.req("KNW-3")
@pytest.mark.parametrize("file", ["vectors.f16", "near.graph", "words/meta.json"])
async def test_a_broken_file_costs_the_index_not_the_start(tmp_path: Path, file: str) -> None:
    before = MemoryIndex(tmp_path)
    await before.put([_text(1, "过户")])
    await before.close()
    (tmp_path / FORMAT / file).write_bytes(b"")
    after = MemoryIndex(tmp_path)
    await after.open()
    kept = file == "near.graph"  # it is made again of the rows; without the others there is nothing to go by
    assert dict(after.stamps()) == ({"t1": "s"} if kept else {})
    await after.put([_text(2, "社保卡")])
    assert [match.id for match in await after.find(Wanted(text="社保卡"))] == ["t2"]
    await after.close()
