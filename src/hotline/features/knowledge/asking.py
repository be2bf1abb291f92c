"""Search with its record: what desks, citizens and telephones ask, how well it was answered, and what people thought of it."""

import re
from collections.abc import Sequence
from typing import Final

from hotline.features.knowledge.models import Article, Feedback
from hotline.features.knowledge.repository import ArticleRepository
from hotline.features.knowledge.search import CONFIDENT, KnowledgeIndex, Outcome, marks_for, short_answer
from hotline.features.knowledge.search_repository import Asked, Read, UseRepository
from hotline.features.knowledge.use_records import UseRecords
from hotline.platform.access import Platform
from hotline.platform.actor import Actor, system_actor
from hotline.platform.errors import NotFound
from hotline.platform.ids import new_id
from hotline.platform.people import ROOT_AUTHORITY
from hotline.ports.knowledge import Found

SYSTEM: Final = system_actor("knowledge", ROOT_AUTHORITY)
_LONG_NUMBER: Final = re.compile(r"\d{5,}[xX]?")


def without_numbers(question: str) -> str:
    """A question as it is kept: telephone and identity numbers are nobody's business later."""
    return _LONG_NUMBER.sub("…", " ".join(question.split()))[:200]


async def ask(
    platform: Platform,
    question: str,
    *,
    actor: Actor | None,
    channel: str,
    limit: int,
    category_id: str = "",
    department_id: str = "",
) -> Outcome:
    """Search; the record is entered after the answer (`UseRecords`)."""
    index: KnowledgeIndex = platform.services[KnowledgeIndex]
    outcome = await index.find(
        question, actor=actor, limit=limit, category_id=category_id, department_id=department_id
    )
    kept = without_numbers(question)
    if kept and index.ready:
        records: UseRecords = platform.services[UseRecords]
        records.add(
            Asked(
                id=new_id(),
                authority_id=actor.authority_id if actor is not None else ROOT_AUTHORITY,
                at=platform.clock(),
                user_id=actor.user_id if actor is not None else "",
                channel=channel,
                question=kept,
                found=len(outcome.found),
                answered=outcome.answered,
                article_id=outcome.found[0][0].id if outcome.found else "",
                took_ms=outcome.took_ms,
            )
        )
    return outcome


async def judge(
    platform: Platform, article_id: str, *, solved: bool, note: str, actor: Actor | None, channel: str
) -> None:
    """Keep whether an article solved it. Raises `NotFound` for one that cannot be read."""
    index: KnowledgeIndex = platform.services[KnowledgeIndex]
    known = index.known(article_id)
    if known is None or (actor is None and not known.public):
        raise NotFound(id=article_id)
    if not index.may_read(article_id, marks_for(actor)):
        raise NotFound(id=article_id)
    async with platform.database.writing() as work:
        article = await ArticleRepository(work.session, SYSTEM).require(article_id)
        _count(article, solved=solved)
        UseRepository(work.session).record(
            Feedback(
                id=new_id(),
                authority_id=article.authority_id,
                article_id=article_id,
                at=platform.clock(),
                user_id=actor.user_id if actor is not None else "",
                channel=channel,
                solved=solved,
                note=note,
            )
        )


def _count(article: Article, *, solved: bool) -> None:
    if solved:
        article.solved += 1
    else:
        article.unsolved += 1


def read_once(platform: Platform, article_id: str, channel: str) -> None:
    """One more reader of an article, entered after the answer."""
    index: KnowledgeIndex = platform.services[KnowledgeIndex]
    records: UseRecords = platform.services[UseRecords]
    records.add(Read(article_id=article_id, day=index.today(), channel=channel))


class PublicKnowledge:
    """The `KnowledgeSearch` port: what citizens may know, for telephone and robot."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def search(self, question: str, *, limit: int = 3, channel: str = "ivr") -> Sequence[Found]:
        outcome = await ask(self._platform, question, actor=None, channel=channel, limit=limit)
        return [
            Found(
                article_id=known.id,
                title=known.title,
                answer=short_answer(known),
                score=match.score,
                confident=outcome.meaning and match.score >= CONFIDENT,
                category=known.category,
            )
            for known, match in outcome.found
        ]

    async def solved(self, article_id: str, *, solved: bool, channel: str = "ivr") -> None:
        await judge(self._platform, article_id, solved=solved, note="", actor=None, channel=channel)
