"""Routes of the knowledge base for citizens: no account, public articles only, limited per address."""

from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Query, Response
from starlette.requests import HTTPConnection

from hotline.features.knowledge.api import Index, Records
from hotline.features.knowledge.api_manage import Files, file_answer
from hotline.features.knowledge.asking import SYSTEM, ask, judge, read_once
from hotline.features.knowledge.reading import search_answer, view
from hotline.features.knowledge.repository import ArticleRepository
from hotline.features.knowledge.schemas import (
    ArticleView,
    FeedbackFields,
    HotArticle,
    HotList,
    SearchAnswer,
)
from hotline.features.knowledge.search_repository import UseRepository
from hotline.platform.access import Platform, ReadSession, ThePlatform, address_of, public
from hotline.platform.errors import NotFound
from hotline.platform.visitors import Visitors

router = APIRouter(prefix="/public/knowledge", tags=["public"])

REQUESTS_MAX: Final = 120
_OPEN: Final = public("citizens have no account; public articles only, limited per address")


class _Visitors(Visitors):
    """Those of the knowledge base."""


def _visitors(platform: Platform) -> _Visitors:
    """The visitors of this application (one process may hold several, as tests do)."""
    known: _Visitors = platform.services.setdefault(_Visitors, _Visitors(REQUESTS_MAX))
    return known


@router.get("/search", dependencies=[_OPEN])
async def search_public_knowledge(
    connection: HTTPConnection,
    platform: ThePlatform,
    index: Index,
    q: Annotated[str, Query(min_length=1, max_length=100)],
    limit: Annotated[int, Query(ge=1, le=20)] = 10,
) -> SearchAnswer:
    """Find public articles."""
    _visitors(platform).admit(address_of(connection), platform.clock())
    outcome = await ask(platform, q, actor=None, channel="web", limit=limit)
    return search_answer(index, outcome, q)


@router.get("/hot", dependencies=[_OPEN])
async def list_public_hot_articles(
    connection: HTTPConnection, platform: ThePlatform, index: Index, records: Records, session: ReadSession
) -> HotList:
    """The public articles that are read most."""
    _visitors(platform).admit(address_of(connection), platform.clock())
    await records.catch_up()
    rows = await UseRepository(session).hot(index.today() - timedelta(days=29), 100)
    found = [
        HotArticle(id=key, title=known.title, reads=n)
        for key, n in rows
        if (known := index.known(key)) is not None and known.public and known.valid(index.today())
    ]
    return HotList(items=found[:12])


@router.get("/articles/{article_id}", dependencies=[_OPEN])
async def view_public_article(
    article_id: str, connection: HTTPConnection, platform: ThePlatform, index: Index, session: ReadSession
) -> ArticleView:
    """A public article; counted as read."""
    _visitors(platform).admit(address_of(connection), platform.clock())
    seen = await view(ArticleRepository(session, SYSTEM), index, article_id, None)
    read_once(platform, article_id, "web")
    return seen


@router.post("/articles/{article_id}/feedback", status_code=204, dependencies=[_OPEN])
async def judge_public_article(
    article_id: str, wanted: FeedbackFields, connection: HTTPConnection, platform: ThePlatform
) -> None:
    """Whether it solved the matter."""
    _visitors(platform).admit(address_of(connection), platform.clock())
    await judge(platform, article_id, solved=wanted.solved, note=wanted.note, actor=None, channel="web")


@router.get(
    "/articles/{article_id}/attachments/{attachment_id}", response_class=Response, dependencies=[_OPEN]
)
async def download_public_attachment(
    article_id: str,
    attachment_id: str,
    connection: HTTPConnection,
    platform: ThePlatform,
    index: Index,
    session: ReadSession,
    files: Files,
) -> Response:
    """A file of a public article."""
    _visitors(platform).admit(address_of(connection), platform.clock())
    articles = ArticleRepository(session, SYSTEM)
    await view(articles, index, article_id, None)
    row = await articles.attachment(attachment_id)
    if row not in await articles.published_files(await articles.require(article_id)):
        raise NotFound(id=attachment_id)
    return await file_answer(files, row, inline=False)
