"""Search over what readers may see: fills the index, keeps it in step with approvals, asks it.

At the start what the index kept is held against every official version; those that changed enter anew by their words at once, vectors
come from the database, and those that are missing are made in the background. Rights and validity are looked at in each search.
"""

import asyncio
import hashlib
import sys
import time
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final, cast

import structlog

from hotline.features.knowledge.matching import share_met
from hotline.features.knowledge.models import Category
from hotline.features.knowledge.rich_text import spoken
from hotline.features.knowledge.search_repository import BATCH, IndexRepository, Readable
from hotline.features.knowledge.tree import allowed_roles, branch
from hotline.platform.access import Platform
from hotline.platform.actor import Actor
from hotline.platform.collector import keep_for_good
from hotline.platform.errors import DatabaseUnavailable
from hotline.platform.people import ROOT_AUTHORITY
from hotline.platform.times import CHINA
from hotline.ports.text_search import Embedder, IndexedText, Match, TextIndex, Wanted

log = structlog.stdlib.get_logger(__name__)

ANSWERED: Final = 0.52
"""The score from which the best article counts as an answer: below lie nine of ten questions that no article answers (`bench.knowledge`)."""
CONFIDENT: Final = 0.62
"""… and from which it may be given without asking a person."""
SHOWN_FROM: Final = 0.18
HALF: Final = 0.5
OVERFETCH: Final = 3
DATABASE_RETRY_S: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a result shows of an article."""

    id: str
    title: str
    packed: bytes
    category_id: str
    category: str
    public: bool
    valid_from: date | None
    valid_until: date | None
    marks: frozenset[str]

    @property
    def text(self) -> str:
        """The words of the body, unpacked: every article is kept, and few of them are shown."""
        return zlib.decompress(self.packed).decode()

    def valid(self, today: date) -> bool:
        """Whether it holds on a day."""
        return (self.valid_from is None or self.valid_from <= today) and (
            self.valid_until is None or today <= self.valid_until
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a search found."""

    question: str
    found: list[tuple[Known, Match]]
    meaning: bool
    took_ms: float

    @property
    def answered(self) -> bool:
        """Whether the best one is good enough to be an answer; by words alone: whether it has half of the question's."""
        if not self.found:
            return False
        known, match = self.found[0]
        return (
            match.score >= ANSWERED
            if self.meaning
            else share_met(self.question, f"{known.title}\n{known.text}") >= HALF
        )


def marks_for(
    actor: Actor | None, category_id: str = "", department_id: str = ""
) -> tuple[frozenset[str], ...]:
    """What a reader may see, of a category and a department where they are given; None: a citizen."""
    groups: list[frozenset[str]] = [frozenset({"public"})] if actor is None else []
    if actor is not None:
        groups.append(frozenset({"r:*", f"r:{actor.role}"}))
        if actor.authorities is not None:
            groups.append(frozenset({f"a:{ROOT_AUTHORITY}", *(f"a:{one}" for one in actor.authorities)}))
    if category_id:
        groups.append(frozenset({f"c:{category_id}"}))
    if department_id:
        groups.append(frozenset({f"a:{department_id}"}))
    return tuple(groups)


class KnowledgeIndex:
    """Run `run` in the background; `changed` after each commit that changed what readers see."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._known: dict[str, Known] = {}
        self._synonyms: list[list[str]] = []
        self._waiting: dict[str, Readable] = {}
        self._more = asyncio.Event()
        self.total = 0
        self.ready = False

    @property
    def _index(self) -> TextIndex:
        return cast("TextIndex", self._platform.services[TextIndex])

    @property
    def embedder(self) -> Embedder:
        """The model."""
        return cast("Embedder", self._platform.services[Embedder])

    def known(self, article_id: str) -> Known | None:
        """An article that can be found."""
        return self._known.get(article_id)

    def may_read(self, article_id: str, marks: tuple[frozenset[str], ...]) -> bool:
        """Whether a reader with these marks may see an article."""
        known = self._known.get(article_id)
        return known is not None and all(known.marks & group for group in marks)

    def today(self) -> date:
        """The local day."""
        return self._platform.clock().astimezone(CHINA).date()

    def set_synonyms(self, groups: Iterable[Sequence[str]]) -> None:
        """Words that mean the same."""
        self._synonyms = [list(group) for group in groups]

    async def run(self) -> None:
        """Fill the index, then make vectors as they are missing, for ever."""
        while not self.ready:
            try:
                await self.fill()
            except DatabaseUnavailable:
                await asyncio.sleep(DATABASE_RETRY_S)
        while True:
            await self.embed_next()

    async def fill(self) -> None:
        """Take in every official version, and forget what is none any more."""
        await self._index.open()
        stamps = dict(self._index.stamps())
        after = ""
        while True:
            async with self._platform.database.reading() as session:
                repository = IndexRepository(session)
                self.total = await repository.count()
                batch = await repository.readable(after)
                tree = await repository.categories()
                new = [one for one in batch if stamps.get(one.article.id) != self._stamp(one, tree)]
                kept = await repository.vectors([one.article.id for one in new])
            self._known.update((one.article.id, _known(one, tree)) for one in batch)
            await self._take_in(new, tree, kept)
            if len(batch) < BATCH:
                break
            after = batch[-1].article.id
        if gone := [article_id for article_id in stamps if article_id not in self._known]:
            await self._index.remove(gone)
        self.ready = True
        if len(self._known) >= BATCH:
            await self.embedder.of_question(
                "热线"
            )  # loads the model (0.4 s), which the first who asks need not wait for
        keep_for_good()
        await self._index.keep()
        log.info("knowledge_indexed", **self._index.states())

    async def changed(self, article_ids: Sequence[str]) -> None:
        """Look at these articles anew: found, or found no more, when this returns."""
        async with self._platform.database.reading() as session:
            repository = IndexRepository(session)
            batch = await repository.readable("", article_ids)
            tree = await repository.categories()
            kept = await repository.vectors(article_ids)
        there = {one.article.id for one in batch}
        gone = [article_id for article_id in article_ids if article_id not in there]
        for article_id in gone:
            self._known.pop(article_id, None)
        if gone:
            await self._index.remove(gone)
        await self._take_in(batch, tree, kept)

    async def _take_in(
        self, batch: Sequence[Readable], tree: Mapping[str, Category], kept: Mapping[tuple[str, str], bytes]
    ) -> None:
        texts: list[IndexedText] = []
        for one in batch:
            self._known[one.article.id] = _known(one, tree)
            vectors = [kept.get((one.article.id, self._hash(text)), b"") for text in texts_of(one)]
            whole = all(vectors) or not self.embedder.name
            texts.append(_indexed(one, tree, vectors, self._stamp(one, tree) if whole else ""))
            if not whole:
                self._wait_for_vectors(one)
        if texts:
            await self._index.put(texts)

    async def embed_next(self) -> None:
        """Make the vectors of the next article that lacks them, keep them, and let it be found by meaning."""
        while not self._waiting:
            self._more.clear()
            await self._more.wait()
        one = self._waiting.pop(next(iter(self._waiting)))
        texts = texts_of(one)
        try:
            vectors = await self.embedder.of_texts(texts)
            async with self._platform.database.writing() as work:
                hashes = [self._hash(text) for text in texts]
                repository = IndexRepository(work.session)
                await repository.keep_vectors(one.article, dict(zip(hashes, vectors, strict=True)))
                tree = await repository.categories()
        except DatabaseUnavailable:
            self._wait_for_vectors(one)
            await asyncio.sleep(DATABASE_RETRY_S)
            return
        known = self._known.get(one.article.id)
        if known is not None and known.title == one.version.title and known.text == one.version.text:
            await self._index.put([_indexed(one, tree, vectors, self._stamp(one, tree))])
        if not self._waiting:
            await self._index.keep()

    def _wait_for_vectors(self, one: Readable) -> None:
        """One entry for each article: bounded by their number."""
        self._waiting[one.article.id] = one
        self._more.set()

    def pending(self) -> int:
        """How many articles wait for their vectors."""
        return len(self._waiting)

    def found_by(self) -> int:
        """How many articles can be found now; `total` is how many there were when the index was filled."""
        return len(self._known)

    def _stamp(self, one: Readable, tree: Mapping[str, Category]) -> str:
        """What the index holds of an article, shortened."""
        made_of = (self.embedder.name, *texts_of(one), *one.version.similar, *sorted(_marks(one, tree)))
        return hashlib.sha256("\x1f".join(map(str, made_of)).encode()).hexdigest()[:24]

    def _hash(self, text: str) -> str:
        return hashlib.sha256(f"{self.embedder.name}\x1f{text}".encode()).hexdigest()

    # ── Asking ───────────────────────────────────────────────────────────────────────────────────────────────

    async def find(
        self,
        question: str,
        *,
        actor: Actor | None,
        limit: int,
        category_id: str = "",
        department_id: str = "",
        meaning: bool = True,
    ) -> Outcome:
        """Return the best readable articles."""
        began = time.perf_counter()
        text = " ".join(question.split())[:200]
        asked = meaning and bool(text) and bool(self.embedder.name)
        wanted = Wanted(
            text=text,
            also=tuple(self._also(text)),
            marks=marks_for(actor, category_id, department_id),
            limit=limit * OVERFETCH,
        )
        vector = self.embedder.of_question(text) if asked else None
        matches = await self._index.find(wanted, vector) if text else []
        today = self.today()
        found = [
            (known, match)
            for match in matches
            if (match.score >= SHOWN_FROM or not asked)
            and (known := self._known.get(match.id)) is not None
            and known.valid(today)
        ]
        took_ms = (time.perf_counter() - began) * 1000
        return Outcome(question=text, found=found[:limit], meaning=asked, took_ms=round(took_ms, 1))

    def _also(self, text: str) -> Iterable[str]:
        lowered = text.lower()
        for group in self._synonyms:
            if any(word.lower() in lowered for word in group):
                yield from (word for word in group if word.lower() not in lowered)


def texts_of(one: Readable) -> list[str]:
    """What of an article gets vectors: its title, up to four questions, and title with body."""
    version = one.version
    asked = [version.title, *[str(text) for text in version.similar][:4]]
    return [*asked, f"{version.title}\n{version.text}"]


def _indexed(
    one: Readable, tree: Mapping[str, Category], vectors: Sequence[bytes], stamp: str
) -> IndexedText:
    version = one.version
    return IndexedText(
        id=one.article.id,
        title=version.title,
        asked=tuple(str(text) for text in version.similar),
        body=version.text,
        marks=frozenset(_marks(one, tree)),
        asked_vectors=tuple(vectors[:-1]),
        body_vector=vectors[-1] if vectors else b"",
        stamp=stamp,
    )


def _marks(one: Readable, tree: Mapping[str, Category]) -> Iterable[str]:
    above = branch(one.version.category_id, tree)
    yield f"a:{one.article.authority_id}"
    yield from (f"c:{category.id}" for category in above)
    roles = allowed_roles(above)
    yield from ["r:*"] if roles is None else (f"r:{role}" for role in roles)
    if one.version.public and roles is None:
        yield "public"


def _known(one: Readable, tree: Mapping[str, Category]) -> Known:
    version = one.version
    return Known(
        id=one.article.id,
        title=version.title,
        packed=zlib.compress(version.text.encode()),
        category_id=version.category_id,
        category=sys.intern(" / ".join(category.name for category in branch(version.category_id, tree))),
        public=version.public,
        valid_from=version.valid_from,
        valid_until=version.valid_until,
        marks=_same(frozenset(_marks(one, tree))),
    )


@lru_cache(maxsize=1024)
def _same(marks: frozenset[str]) -> frozenset[str]:
    """One object for all articles of a branch."""
    return marks


def short_answer(known: Known) -> str:
    """What can be said or sent of an article."""
    return spoken(known.text)
