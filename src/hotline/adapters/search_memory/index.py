"""The `TextIndex` port: tantivy for words (BM25), usearch for meaning (nearest vectors), and one score of both.

The score is a weighted sum of two figures from 0 to 1, fixed over questions: how much of the question's weight the words of a text
meet, and how near its vectors are. Weights were set on the tuning half of `bench/questions`, see docs/benchmarks.md. With a folder the
index is there again at the next start; a folder that cannot be read is thrown away, for everything in it can be made again.
"""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import structlog

from hotline.adapters.search_memory import words as terms
from hotline.adapters.search_memory.vectors import FloatArray, Vectors
from hotline.adapters.search_memory.word_index import Entry, WordIndex
from hotline.ports.text_search import IndexedText, Match, Wanted

log = structlog.stdlib.get_logger(__name__)

FORMAT: Final = "search-1"
"""The folder's name: another when terms or files are made otherwise, so that an older index is not taken for a new one."""
ASKED_VECTORS_MAX: Final = 5
NEIGHBOURS: Final = 120
WASTE_MOST: Final = 20_000
"""Rows no longer wanted that are left lying at least; when they are also more than half, the index is made anew at the next start."""
KEEP_AFTER: Final = 2_000
"""Changed vectors after which the graph is written down again; those since the last time are entered anew at a start, 0.2 ms each."""

WORDS_SHARE: Final = 0.3
MEANING_FROM: Final = 0.78
MEANING_TO: Final = 0.93
"""Cosines of this model: what has nothing to do with a question lies below the first, the same question above the second."""
WORDS_HALF: Final = 20.0
"""The BM25 score that counts half."""


@dataclass(slots=True)
class _Closeness:
    """The best cosine of a text's questions and that of its body."""

    asked: float = 0.0
    body: float = 0.0

    @property
    def both(self) -> float:
        """How near the text is: where it has questions and a body, their mean, but never far below the better one."""
        if not self.body or not self.asked:
            return max(self.asked, self.body)
        return max((self.asked + self.body) / 2, max(self.asked, self.body) - 0.02)


class MemoryIndex:
    """`ports.text_search.TextIndex`. One thread writes, two read."""

    def __init__(self, data: Path | None = None) -> None:
        """`data`: a folder of ours for the index and the prepared dictionary; None: nothing outlives this."""
        self._folder = None if data is None else data / FORMAT
        if data is not None:
            terms.keep_dictionary_in(data)
        self._words: WordIndex | None = None
        self._vectors: Vectors | None = None
        self._entries: dict[str, Entry] = {}
        self._owner: dict[int, str] = {}
        self._unkept = 0
        self._changes = ThreadPoolExecutor(max_workers=1, thread_name_prefix="search-write")
        self._reads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="search-read")

    async def open(self) -> None:
        await self._write(self._open)

    async def put(self, texts: Sequence[IndexedText]) -> None:
        await self._write(self._put, texts)

    async def remove(self, ids: Sequence[str]) -> None:
        await self._write(self._remove, ids)

    async def keep(self) -> None:
        await self._write(self._keep, KEEP_AFTER)

    async def find(self, wanted: Wanted, meaning: Awaitable[bytes] | None = None) -> list[Match]:
        loop = asyncio.get_running_loop()
        by_words = loop.run_in_executor(self._reads, self._by_words, wanted)
        try:
            vector = wanted.vector if meaning is None else await meaning
        finally:
            words = await by_words
        return await loop.run_in_executor(self._reads, self._join, wanted, words, vector)

    def stamps(self) -> Mapping[str, str]:
        return {text_id: entry.stamp for text_id, entry in self._entries.items()}

    def states(self) -> Mapping[str, int]:
        return {"texts": len(self._entries), "vectors": len(self._owner)}

    async def close(self) -> None:
        await self._write(self._close)
        self._changes.shutdown(wait=False, cancel_futures=True)
        self._reads.shutdown(wait=False, cancel_futures=True)

    async def _write(self, act: Callable[..., None], *given: object) -> None:
        await asyncio.get_running_loop().run_in_executor(self._changes, act, *given)

    # ── Writing, by one thread ───────────────────────────────────────────────────────────────────────────────

    def _open(self) -> None:
        if self._words is not None:
            return
        terms.words("热线")  # the dictionary takes a second, which nobody's question should
        try:
            self._take_up()
        except Exception as broken:  # noqa: BLE001 - whatever is wrong with the files, they can be made again
            log.warning("search_index_made_anew", why=type(broken).__name__)
            self._begin_anew()

    def _take_up(self) -> None:
        if self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            (self._folder / "words").mkdir(exist_ok=True)
        vectors = Vectors(self._folder)
        try:
            self._words = self._checked(vectors)
        except Exception:
            vectors.close()
            raise
        self._vectors = vectors

    def _checked(self, vectors: Vectors) -> WordIndex:
        """The words that are there, and vectors that fit them."""
        words = WordIndex(None if self._folder is None else self._folder / "words")
        for text_id, entry in words.entries():
            self._entries[text_id] = entry
            self._owner.update(dict.fromkeys(entry.rows, text_id))
        wasted = vectors.rows - len(self._owner)
        if wasted < 0 or (self._owner and max(self._owner) >= vectors.rows):
            raise ValueError("rows are missing")
        if wasted > max(WASTE_MOST, len(self._owner)):
            raise ValueError("mostly waste")
        vectors.settle(self._owner.keys())
        return words

    def _begin_anew(self) -> None:
        self._entries.clear()
        self._owner.clear()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        try:
            self._take_up()
        except Exception as broken:  # noqa: BLE001 - a disk that takes nothing: search goes on in memory
            log.warning("search_index_in_memory", why=type(broken).__name__)
            self._words, self._vectors = WordIndex(), Vectors()

    def _opened(self) -> tuple[WordIndex, Vectors]:
        self._open()
        assert self._words is not None
        assert self._vectors is not None
        return self._words, self._vectors

    def _put(self, texts: Sequence[IndexedText]) -> None:
        words, vectors = self._opened()
        rows = iter(vectors.add(given) if (given := [v for text in texts for v in _vectors_of(text)]) else ())
        gone: list[int] = []
        for text in texts:
            before = self._entries.get(text.id)
            entry = Entry(marks=text.marks, stamp=text.stamp)
            entry.asked = tuple(next(rows) for vector in text.asked_vectors[:ASKED_VECTORS_MAX] if vector)
            entry.body = next(rows) if text.body_vector else None
            words.put(text, entry, known=before is not None)
            self._owner.update(dict.fromkeys(entry.rows, text.id))
            self._entries[text.id] = entry
            gone += before.rows if before is not None else ()
            self._unkept += len(entry.rows)
        self._settle(gone)

    def _remove(self, ids: Sequence[str]) -> None:
        words, _ = self._opened()
        gone: list[int] = []
        for text_id in ids:
            entry = self._entries.pop(text_id, None)
            if entry is not None:
                words.remove(text_id)
                gone += entry.rows
        self._settle(gone)

    def _settle(self, gone: Sequence[int]) -> None:
        """Rows are durable before the words that name them are."""
        words, vectors = self._opened()
        vectors.sync()
        words.commit()
        for row in gone:
            self._owner.pop(row, None)
        vectors.remove(gone)
        self._unkept += len(gone)

    def _keep(self, after: int = 1) -> None:
        if self._vectors is not None and self._unkept >= after:
            self._vectors.keep()
            self._unkept = 0

    def _close(self) -> None:
        self._keep()
        if self._vectors is not None:
            self._vectors.close()
        self._words = self._vectors = None  # the folder is free for another

    # ── Reading, by several ──────────────────────────────────────────────────────────────────────────────────

    def _by_words(self, wanted: Wanted) -> dict[str, float]:
        words = self._words
        return words.find(wanted) if words is not None else {}

    def _join(self, wanted: Wanted, by_words: Mapping[str, float], given: bytes) -> list[Match]:
        close = self._by_meaning(np.frombuffer(given, "<f4"), wanted, by_words) if given else {}
        found = [
            _match(text_id, by_words.get(text_id, 0.0), close.get(text_id), meaning=bool(close))
            for text_id in by_words.keys() | close.keys()
        ]
        found.sort(key=lambda match: (-match.score, match.id))
        return found[: wanted.limit]

    def _by_meaning(self, question: FloatArray, wanted: Wanted, also: Iterable[str]) -> dict[str, _Closeness]:
        vectors = self._vectors
        if vectors is None:
            return {}
        near = {self._owner.get(row, "") for row in vectors.nearest(question, NEIGHBOURS)}
        seen = [
            (text_id, entry)
            for text_id in near.union(also)
            if (entry := self._entries.get(text_id)) is not None
            and all(entry.marks & group for group in wanted.marks)
        ]
        rows = [row for _, entry in seen for row in entry.rows]
        if not rows:
            return {}
        cosines = dict(zip(rows, vectors.cosines(question, rows).tolist(), strict=True))
        return {
            text_id: _Closeness(
                asked=max((cosines[row] for row in entry.asked), default=0.0),
                body=0.0 if entry.body is None else cosines[entry.body],
            )
            for text_id, entry in seen
            if entry.rows
        }


def _vectors_of(text: IndexedText) -> Iterable[bytes]:
    """Those that enter, in the order of an entry's rows."""
    yield from (vector for vector in text.asked_vectors[:ASKED_VECTORS_MAX] if vector)
    if text.body_vector:
        yield text.body_vector


def _match(text_id: str, words: float, close: _Closeness | None, *, meaning: bool) -> Match:
    by_words = words / (words + WORDS_HALF)
    if not meaning:
        return Match(id=text_id, score=round(by_words, 4), words=by_words, meaning=0.0)
    near = close.both if close is not None else 0.0
    by_meaning = min(1.0, max(0.0, (near - MEANING_FROM) / (MEANING_TO - MEANING_FROM)))
    score = WORDS_SHARE * by_words + (1 - WORDS_SHARE) * by_meaning
    return Match(id=text_id, score=round(score, 4), words=by_words, meaning=by_meaning)
