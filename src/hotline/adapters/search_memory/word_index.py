"""The words of texts in tantivy (BM25), and beside each text its entry: stamp, marks, rows of its vectors. One commit changes both.

In a folder it is there again at the next start; without one it lives in memory.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import tantivy

from hotline.adapters.search_memory import words as terms
from hotline.ports.text_search import IndexedText, Wanted

WRITER_BYTES: Final = 64 * 1024 * 1024
CANDIDATES: Final = 60
QUESTION_MAX: Final = 200
TERMS_MAX: Final = 60
_AT_ONCE: Final = 1000
_WEIGHTS: Final = {
    "title": 1.6,
    "asked": 1.6,
    "body": 0.8,
    "pairs": 0.5,
    "body_pairs": 0.25,
    "sounds": 0.35,
    "initials": 0.8,
}


@dataclass(slots=True)
class Entry:
    """What is known of a text besides its terms."""

    marks: frozenset[str]
    stamp: str = ""
    asked: tuple[int, ...] = ()
    body: int | None = None

    @property
    def rows(self) -> tuple[int, ...]:
        """The rows of all its vectors."""
        return self.asked if self.body is None else (*self.asked, self.body)


def _schema() -> Any:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw")
    builder.add_bytes_field("entry", stored=True, indexed=False)
    for name in (*_WEIGHTS, "marks"):
        builder.add_text_field(name, stored=False, tokenizer_name="whitespace")
    return builder.build()


class WordIndex:
    """Written by one thread, read by several."""

    def __init__(self, folder: Path | None = None) -> None:
        self._schema = _schema()
        self._index = tantivy.Index(self._schema, path=None if folder is None else str(folder))
        self._writer: Any = self._index.writer(WRITER_BYTES, 1)

    def entries(self) -> Iterator[tuple[str, Entry]]:
        """Every text that is there."""
        self._index.reload()
        searcher = self._index.searcher()
        for start in range(0, searcher.num_docs, _AT_ONCE):
            hits = searcher.search(tantivy.Query.all_query(), _AT_ONCE, offset=start, count=False).hits
            for _, address in hits:
                document = searcher.doc(address)
                yield document["id"][0], _read(bytes(document["entry"][0]))

    def put(self, text: IndexedText, entry: Entry, *, known: bool) -> None:
        """Enter a text, in place of an earlier one when it is `known`; found after `commit`."""
        if known:
            self.remove(text.id)
        self._writer.add_document(_document(text, entry))

    def remove(self, text_id: str) -> None:
        """Forget a text, after `commit`."""
        self._writer.delete_documents_by_term("id", text_id)

    def commit(self) -> None:
        """Make the changes durable and let them be found."""
        self._writer.commit()
        self._index.reload()

    def find(self, wanted: Wanted) -> dict[str, float]:
        """The best texts by words: id and score."""
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
        searcher = self._index.searcher()
        hits = searcher.search(tantivy.Query.boolean_query(parts), CANDIDATES, count=False).hits
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


def _document(text: IndexedText, entry: Entry) -> Any:
    head = "\n".join((text.title, *text.asked))
    document = tantivy.Document(
        id=text.id,
        title=_joined(terms.words(text.title)),
        asked=_joined(terms.words("\n".join(text.asked))),
        body=_joined(terms.words(text.body)),
        pairs=_joined(terms.pairs(head)),
        body_pairs=_joined(terms.pairs(text.body)),
        sounds=_joined(terms.sounds(head)),
        initials=_joined([*terms.initials(text.title), *terms.latin(head)]),
        marks=_joined(sorted(text.marks)),
    )
    document.add_bytes("entry", _written(entry))
    return document


def _joined(found: Iterable[str]) -> str:
    return " ".join(found)


def _written(entry: Entry) -> bytes:
    kept: Sequence[Any] = (entry.stamp, sorted(entry.marks), entry.asked, entry.body)
    return json.dumps(kept, separators=(",", ":")).encode()


def _read(kept: bytes) -> Entry:
    stamp, marks, asked, body = json.loads(kept)
    return Entry(stamp=stamp, marks=frozenset(marks), asked=tuple(asked), body=body)
