"""The `TextIndex` port in memory: tantivy for words (BM25), usearch for meaning (nearest vectors), and one score of both.

The score is a weighted sum of two figures from 0 to 1, fixed over questions: how much of the question's weight the words of a text
meet, and how near its vectors are. Weights were set on the tuning half of `bench/questions`, see docs/benchmarks.md.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import tantivy
from usearch.compiled import ScalarKind
from usearch.index import Index as Vectors

from hotline.adapters.search_memory import words as terms
from hotline.ports.text_search import IndexedText, Match, Wanted

DIMENSIONS: Final = 384
ASKED_VECTORS_MAX: Final = 5
WRITER_BYTES: Final = 64 * 1024 * 1024
CANDIDATES: Final = 60
NEIGHBOURS: Final = 120
EFFORT: Final = 64
"""How many neighbours a new vector is held against when it enters: half of the default, at half of the cost, and none missed in `bench.knowledge`."""
QUESTION_MAX: Final = 200
TERMS_MAX: Final = 60

WORDS_SHARE: Final = 0.3
MEANING_FROM: Final = 0.78
MEANING_TO: Final = 0.93
"""Cosines of this model: what has nothing to do with a question lies below the first, the same question above the second."""
WORDS_HALF: Final = 20.0
"""The BM25 score that counts half."""
_WEIGHTS: Final = {
    "title": 1.6,
    "asked": 1.6,
    "body": 0.8,
    "pairs": 0.5,
    "body_pairs": 0.25,
    "sounds": 0.35,
    "initials": 0.8,
}

FloatArray = npt.NDArray[np.float32]


@dataclass(slots=True)
class _Entry:
    """What is known of a text besides its terms."""

    marks: frozenset[str]
    asked: tuple[int, ...] = ()
    body: int | None = None


@dataclass(slots=True)
class _Closeness:
    """The best cosine of a text's questions and that of its body."""

    asked: float = 0.0
    body: float = 0.0
    seen: set[int] = field(default_factory=set[int])

    @property
    def both(self) -> float:
        """How near the text is: where it has questions and a body, their mean, but never far below the better one."""
        if not self.body or not self.asked:
            return max(self.asked, self.body)
        return max((self.asked + self.body) / 2, max(self.asked, self.body) - 0.02)


def _schema() -> Any:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw")
    for name in (*_WEIGHTS, "marks"):
        builder.add_text_field(name, stored=False, tokenizer_name="whitespace")
    return builder.build()


class MemoryIndex:
    """`ports.text_search.TextIndex`."""

    def __init__(self, cache: Path | None = None) -> None:
        """`cache`: a folder of ours for the prepared dictionary."""
        if cache is not None:
            terms.keep_dictionary_in(cache)
        self._schema = _schema()
        self._words = tantivy.Index(self._schema)
        self._writer: Any = self._words.writer(WRITER_BYTES, 1)
        self._vectors = Vectors(ndim=DIMENSIONS, metric="ip", dtype="f16", expansion_add=EFFORT)
        self._entries: dict[str, _Entry] = {}
        self._owner: dict[int, tuple[str, bool]] = {}
        self._next = 0
        self._changes = ThreadPoolExecutor(max_workers=1, thread_name_prefix="search-write")
        self._reads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="search-read")

    async def put(self, texts: Sequence[IndexedText]) -> None:
        await asyncio.get_running_loop().run_in_executor(self._changes, self._put, texts)

    async def remove(self, ids: Sequence[str]) -> None:
        await asyncio.get_running_loop().run_in_executor(self._changes, self._remove, ids)

    async def find(self, wanted: Wanted) -> list[Match]:
        return await asyncio.get_running_loop().run_in_executor(self._reads, self._find, wanted)

    def states(self) -> Mapping[str, int]:
        return {"texts": len(self._entries), "vectors": len(self._owner)}

    async def close(self) -> None:
        self._changes.shutdown(wait=False, cancel_futures=True)
        self._reads.shutdown(wait=False, cancel_futures=True)

    # ── Writing, by one thread ───────────────────────────────────────────────────────────────────────────────

    def _put(self, texts: Sequence[IndexedText]) -> None:
        for text in texts:
            self._forget(text.id)
            self._writer.add_document(_document(text))
            self._entries[text.id] = self._with_vectors(text)
        self._writer.commit()
        self._words.reload()

    def _remove(self, ids: Sequence[str]) -> None:
        for text_id in ids:
            self._forget(text_id)
        self._writer.commit()
        self._words.reload()

    def _forget(self, text_id: str) -> None:
        entry = self._entries.pop(text_id, None)
        if entry is None:
            return
        self._writer.delete_documents_by_term("id", text_id)
        for key in (*entry.asked, *([] if entry.body is None else [entry.body])):
            self._owner.pop(key, None)
            self._vectors.remove(key)

    def _with_vectors(self, text: IndexedText) -> _Entry:
        entry = _Entry(marks=text.marks)
        entry.asked = tuple(
            self._add(text.id, vector, asked=True)
            for vector in text.asked_vectors[:ASKED_VECTORS_MAX]
            if vector
        )
        if text.body_vector:
            entry.body = self._add(text.id, text.body_vector, asked=False)
        return entry

    def _add(self, text_id: str, vector: bytes, *, asked: bool) -> int:
        self._next += 1
        self._owner[self._next] = (text_id, asked)
        self._vectors.add(self._next, np.frombuffer(vector, "<f4"))
        return self._next

    # ── Reading, by several ──────────────────────────────────────────────────────────────────────────────────

    def _find(self, wanted: Wanted) -> list[Match]:
        by_words = self._by_words(wanted)
        vector = np.frombuffer(wanted.vector, "<f4") if wanted.vector else None
        close = self._by_meaning(vector, wanted, by_words) if vector is not None and len(self._owner) else {}
        found = [
            _match(text_id, by_words.get(text_id, 0.0), close.get(text_id), meaning=bool(close))
            for text_id in by_words.keys() | close.keys()
        ]
        found.sort(key=lambda match: (-match.score, match.id))
        return found[: wanted.limit]

    def _by_words(self, wanted: Wanted) -> dict[str, float]:
        asked = self._question(wanted)
        if not asked:
            return {}
        occur = tantivy.Occur
        parts = [
            (occur.Must, tantivy.Query.boolean_query([(occur.Should, one) for one in asked[:TERMS_MAX]]))
        ]
        for group in wanted.marks:
            allowed = tantivy.Query.term_set_query(self._schema, "marks", sorted(group))
            parts.append((occur.Must, tantivy.Query.const_score_query(allowed, 0.0)))
        searcher = self._words.searcher()
        hits = searcher.search(tantivy.Query.boolean_query(parts), CANDIDATES).hits
        return {searcher.doc(address)["id"][0]: score for score, address in hits}

    def _question(self, wanted: Wanted) -> list[Any]:
        text = wanted.text[:QUESTION_MAX]
        asked: list[Any] = []
        exact = Counter(terms.words(text))
        for word in exact:
            asked += [self._term(name, word) for name in ("title", "asked", "body")]
        for also in wanted.also[:12]:
            for word in {*terms.words(also)} - exact.keys():
                asked += [self._term(name, word, 0.6) for name in ("title", "asked", "body")]
        for pair in dict.fromkeys(terms.pairs(text)):
            asked += [self._term("pairs", pair), self._term("body_pairs", pair)]
        typed = terms.typed_sounds(text)
        asked += [self._term("sounds", sound) for sound in dict.fromkeys([*terms.sounds(text), *typed])]
        asked += [self._term("sounds", sound, 3.0) for sound in dict.fromkeys(typed)]
        for letters in terms.latin(text):
            asked.append(self._term("initials", letters))
            if len(letters) >= 4 and letters.isalpha():
                asked.append(tantivy.Query.fuzzy_term_query(self._schema, "body", letters))
        return asked

    def _term(self, name: str, value: str, share: float = 1.0) -> Any:
        return tantivy.Query.boost_query(
            tantivy.Query.term_query(self._schema, name, value), _WEIGHTS[name] * share
        )

    def _by_meaning(self, question: FloatArray, wanted: Wanted, also: Iterable[str]) -> dict[str, _Closeness]:
        near = self._vectors.search(question, min(NEIGHBOURS, len(self._owner)))
        close: dict[str, _Closeness] = {}
        for key, distance in zip(near.keys.tolist(), near.distances.tolist(), strict=True):
            self._note(close, wanted, key, 1.0 - distance)
        missing = [key for text_id in {*close, *also} for key in self._unseen(text_id, close)]
        if missing:  # all at once: one by one took most of a search over 100,000 texts
            vectors: Any = self._vectors.get(np.array(missing, np.uint64), ScalarKind.F32)
            for key, vector in zip(missing, vectors, strict=True):
                if vector is not None:
                    self._note(close, wanted, key, float(np.dot(vector, question)))
        return close

    def _unseen(self, text_id: str, close: Mapping[str, _Closeness]) -> Iterable[int]:
        """Vectors of a text that are not among the nearest."""
        entry = self._entries.get(text_id)
        if entry is None:
            return
        seen = close[text_id].seen if text_id in close else frozenset[int]()
        yield from (key for key in entry.asked if key not in seen)
        if entry.body is not None and entry.body not in seen:
            yield entry.body

    def _note(self, close: dict[str, _Closeness], wanted: Wanted, key: int, cosine: float) -> None:
        text_id, asked = self._owner.get(key, ("", False))
        entry = self._entries.get(text_id)
        if entry is None or not all(entry.marks & group for group in wanted.marks):
            return
        one = close.setdefault(text_id, _Closeness())
        one.seen.add(key)
        if asked:
            one.asked = max(one.asked, cosine)
        else:
            one.body = cosine


def _match(text_id: str, words: float, close: _Closeness | None, *, meaning: bool) -> Match:
    by_words = words / (words + WORDS_HALF)
    if not meaning:
        return Match(id=text_id, score=round(by_words, 4), words=by_words, meaning=0.0)
    near = close.both if close is not None else 0.0
    by_meaning = min(1.0, max(0.0, (near - MEANING_FROM) / (MEANING_TO - MEANING_FROM)))
    score = WORDS_SHARE * by_words + (1 - WORDS_SHARE) * by_meaning
    return Match(id=text_id, score=round(score, 4), words=by_words, meaning=by_meaning)


def _document(text: IndexedText) -> Any:
    head = "\n".join((text.title, *text.asked))
    return tantivy.Document(
        id=text.id,
        title=" ".join(terms.words(text.title)),
        asked=" ".join(terms.words("\n".join(text.asked))),
        body=" ".join(terms.words(text.body)),
        pairs=" ".join(terms.pairs(head)),
        body_pairs=" ".join(terms.pairs(text.body)),
        sounds=" ".join(terms.sounds(head)),
        initials=" ".join([*terms.initials(text.title), *terms.latin(head)]),
        marks=" ".join(sorted(text.marks)),
    )
