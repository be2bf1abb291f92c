"""Articles as screens show them."""

import difflib
from collections.abc import Iterable, Sequence
from typing import Final

from hotline.features.knowledge.matching import pieces
from hotline.features.knowledge.models import Article
from hotline.features.knowledge.repository import ArticleRepository
from hotline.features.knowledge.rich_text import plain_text
from hotline.features.knowledge.schemas import (
    ArticleBrief,
    ArticleDiff,
    ArticleLink,
    ArticleRead,
    ArticleView,
    AttachmentRead,
    DiffPiece,
    Hit,
    Piece,
    SearchAnswer,
)
from hotline.features.knowledge.search import KnowledgeIndex, Outcome, marks_for, short_answer
from hotline.platform.actor import Actor
from hotline.platform.errors import NotFound

_CHARACTERS_MAX: Final = 20_000


async def briefs(articles: ArticleRepository, rows: Sequence[Article]) -> list[ArticleBrief]:
    """Rows of a list, with the names of who changed them."""
    names = await articles.people({row.updated_by for row in rows})
    return [
        ArticleBrief.model_validate(row).model_copy(update={"updated_by_name": names.get(row.updated_by, "")})
        for row in rows
    ]


async def whole(articles: ArticleRepository, row: Article) -> ArticleRead:
    """A working copy with everything around it."""
    names = await articles.people({row.updated_by})
    related = await articles.by_ids([str(one) for one in row.related])
    read = ArticleRead.model_validate(row)
    return read.model_copy(
        update={
            "updated_by_name": names.get(row.updated_by, ""),
            "related_titles": {key: one.title for key, one in related.items()},
            "favourite": row.id in await articles.favourites(articles.actor.user_id),
            "attachments": [AttachmentRead.model_validate(one) for one in await articles.attachments(row.id)],
        }
    )


async def view(
    articles: ArticleRepository, index: KnowledgeIndex, article_id: str, actor: Actor | None
) -> ArticleView:
    """What a reader sees. Raises `NotFound` where they may not, or where it does not hold today."""
    known = index.known(article_id)
    row = await articles.get(article_id)
    if known is None or row is None or not row.official_version or not known.valid(index.today()):
        raise NotFound(id=article_id)
    if not index.may_read(article_id, marks_for(actor)):
        raise NotFound(id=article_id)
    version = await articles.version(row.id, row.official_version)
    others = [index.known(str(one)) for one in row.related if index.may_read(str(one), marks_for(actor))]
    favourites = await articles.favourites(actor.user_id) if actor is not None else set[str]()
    return ArticleView(
        id=row.id,
        version=version.version,
        title=version.title,
        html=version.html,
        category=known.category,
        similar=[str(one) for one in version.similar],
        approved_at=version.approved_at,
        valid_until=version.valid_until,
        public=version.public,
        favourite=row.id in favourites,
        short=short_answer(known),
        related=[
            ArticleLink(id=other.id, title=other.title)
            for other in others
            if other is not None and other.valid(index.today())
        ],
        attachments=[AttachmentRead.model_validate(one) for one in await articles.published_files(row)],
    )


def search_answer(
    index: KnowledgeIndex, outcome: Outcome, question: str, favourites: Iterable[str] = ()
) -> SearchAnswer:
    """What was found, with the pieces that meet the question."""
    liked = set(favourites)
    return SearchAnswer(
        items=[
            Hit(
                id=known.id,
                title=[Piece(text=text, hit=hit) for text, hit in pieces(known.title, question, whole=True)],
                snippet=[Piece(text=text, hit=hit) for text, hit in pieces(known.text, question)],
                category=known.category,
                score=match.score,
                public=known.public,
                favourite=known.id in liked,
            )
            for known, match in outcome.found
        ],
        answered=outcome.answered,
        meaning=outcome.meaning,
        took_ms=outcome.took_ms,
        ready=index.ready,
        indexed=index.found_by(),
        total=max(index.total, index.found_by()),
    )


def diff(before: tuple[str, str], after: tuple[str, str]) -> ArticleDiff:
    """What changed between two (title, html)."""
    return ArticleDiff(
        title=_pieces(before[0], after[0]), body=_pieces(plain_text(before[1]), plain_text(after[1]))
    )


def _pieces(before: str, after: str) -> list[DiffPiece]:
    if max(len(before), len(after)) > _CHARACTERS_MAX:
        return _joined(difflib.ndiff(before.splitlines(), after.splitlines()))
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    found: list[DiffPiece] = []
    for kind, start, end, new_start, new_end in matcher.get_opcodes():
        if kind == "equal":
            found.append(DiffPiece(kind="same", text=before[start:end]))
            continue
        if end > start:
            found.append(DiffPiece(kind="removed", text=before[start:end]))
        if new_end > new_start:
            found.append(DiffPiece(kind="added", text=after[new_start:new_end]))
    return found


def _joined(lines: Iterable[str]) -> list[DiffPiece]:
    kinds = {"  ": "same", "- ": "removed", "+ ": "added"}
    return [DiffPiece(kind=kinds[line[:2]], text=f"{line[2:]}\n") for line in lines if line[:2] in kinds]
