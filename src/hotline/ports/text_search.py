"""The ports of search: an index of texts that joins exact words and meaning, and the model that gives meaning.

The index is disposable: it can be made anew from the database at any time. What it kept from an earlier start says by its stamps what is still right.
"""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedText:
    """A text to be found: by its title, the ways people ask for it, and its body. `marks` are what filters look at (`c:housing`).

    `stamp` says what it was made of, for `TextIndex.stamps`.
    """

    id: str
    title: str
    asked: tuple[str, ...] = ()
    body: str = ""
    marks: frozenset[str] = frozenset()
    asked_vectors: tuple[bytes, ...] = ()
    body_vector: bytes = b""
    stamp: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is looked for. `also` are other words for it (synonyms). Each group of `marks` must be met by one mark at least."""

    text: str
    also: tuple[str, ...] = ()
    marks: tuple[frozenset[str], ...] = ()
    vector: bytes = b""
    limit: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A text that was found. `score` is 0..1 and comparable over questions; `words` and `meaning` are its parts."""

    id: str
    score: float
    words: float
    meaning: float


class TextIndex(Protocol):
    """Finds texts. Safe for many tasks at once; none of it blocks the event loop."""

    async def open(self) -> None:
        """Take up what an earlier start left; nothing is found before."""
        ...

    async def put(self, texts: Sequence[IndexedText]) -> None:
        """Enter texts, in place of those with the same ids; found from when this returns."""
        ...

    async def remove(self, ids: Sequence[str]) -> None:
        """Forget texts."""
        ...

    async def keep(self) -> None:
        """Write down what the next start can take up, where much has changed; `close` does too."""
        ...

    async def find(self, wanted: Wanted, meaning: Awaitable[bytes] | None = None) -> list[Match]:
        """Return the best matches, best first. `meaning` is awaited while words are looked for, in place of `wanted.vector`."""
        ...

    def stamps(self) -> Mapping[str, str]:
        """The stamps of the texts that are there, by id."""
        ...

    def states(self) -> Mapping[str, int]:
        """How many texts and vectors there are."""
        ...

    async def close(self) -> None:
        """Release everything."""
        ...


class Embedder(Protocol):
    """Turns texts into vectors that are near each other when the texts mean the same."""

    @property
    def name(self) -> str:
        """The model, for vectors that are kept; "" when there is none and nothing can be embedded."""
        ...

    async def of_question(self, text: str) -> bytes:
        """The vector of a question (float32, little-endian, length 1); empty without a model."""
        ...

    async def of_texts(self, texts: Sequence[str]) -> list[bytes]:
        """The vectors of texts; may take long, and does not keep questions waiting."""
        ...

    async def close(self) -> None:
        """Release the model."""
        ...
