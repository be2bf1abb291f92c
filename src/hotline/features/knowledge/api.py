"""Routes of the knowledge base (知识库) for people with an account: search, read, write, review, withdraw."""

import asyncio
from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query

from hotline.features.knowledge.asking import ask, judge, read_once
from hotline.features.knowledge.models import ArticleState, Category, Favourite
from hotline.features.knowledge.reading import briefs, diff, search_answer, view, whole
from hotline.features.knowledge.repository import ArticleFilter, ArticleRepository, CategoryRepository
from hotline.features.knowledge.schemas import (
    ArticleDecision,
    ArticleDiff,
    ArticleNew,
    ArticlePage,
    ArticleRead,
    ArticleSave,
    ArticleView,
    Department,
    DepartmentList,
    FeedbackFields,
    HotArticle,
    HotList,
    ReminderList,
    SearchAnswer,
    VersionList,
    VersionRead,
)
from hotline.features.knowledge.search import KnowledgeIndex
from hotline.features.knowledge.search_repository import UseRepository
from hotline.features.knowledge.service import ArticleService
from hotline.features.knowledge.use_records import UseRecords
from hotline.platform.access import Platform, ReadSession, ThePlatform, WriteWork, provided, require
from hotline.platform.actor import Actor, make_cursor
from hotline.platform.errors import DatabaseUnavailable
from hotline.platform.permissions import Permission
from hotline.platform.schemas import Limit

router = APIRouter(prefix="/knowledge", tags=["knowledge"])

CanRead = Annotated[Actor, Depends(require(Permission.KNOWLEDGE_READ))]
CanWrite = Annotated[Actor, Depends(require(Permission.KNOWLEDGE_WRITE))]
CanReview = Annotated[Actor, Depends(require(Permission.KNOWLEDGE_REVIEW))]
Index = Annotated[KnowledgeIndex, Depends(provided(KnowledgeIndex))]
Records = Annotated[UseRecords, Depends(provided(UseRecords))]
Words = Annotated[str, Query(max_length=200)]
Few = Annotated[int, Query(ge=1, le=50)]
FAVOURITES_S: Final = 0.5
"""A search waits no longer for the stars beside what it found."""


@router.get("/search")
async def search_knowledge(
    actor: CanRead,
    platform: ThePlatform,
    index: Index,
    q: Words,
    category: Words = "",
    department: Annotated[str, Query(max_length=64, description="articles of this organisation only")] = "",
    limit: Few = 10,
    channel: Annotated[str, Query(pattern=r"^(desk|page|suggest)$")] = "page",
) -> SearchAnswer:
    """Find articles by words and meaning. `channel` suggest: asked by the desk by itself, not counted."""
    if channel == "suggest":
        outcome = await index.find(
            q, actor=actor, limit=limit, category_id=category, department_id=department
        )
    else:
        outcome = await ask(
            platform,
            q,
            actor=actor,
            channel=channel,
            limit=limit,
            category_id=category,
            department_id=department,
        )
    return search_answer(index, outcome, q, await _favourites(platform, actor))


@router.get("/departments")
async def list_knowledge_departments(actor: CanRead, session: ReadSession) -> DepartmentList:
    """Organisations with articles in sight, by which a search can be narrowed."""
    rows = await ArticleRepository(session, actor).departments()
    return DepartmentList(items=[Department(id=row.id, name=row.name) for row in rows])


async def _favourites(platform: Platform, actor: Actor) -> set[str]:
    """One's favourites; none while the database is away or slow: a search does without."""
    try:
        async with asyncio.timeout(FAVOURITES_S), platform.database.reading() as session:
            return await ArticleRepository(session, actor).favourites(actor.user_id)
    except (DatabaseUnavailable, TimeoutError):
        return set()


@router.get("/view/{article_id}")
async def view_article(
    article_id: str, actor: CanRead, platform: ThePlatform, index: Index, session: ReadSession
) -> ArticleView:
    """An article as readers see it; counted as read."""
    seen = await view(ArticleRepository(session, actor), index, article_id, actor)
    read_once(platform, article_id, "desk")
    return seen


@router.post("/view/{article_id}/feedback", status_code=204)
async def judge_article(
    article_id: str, wanted: FeedbackFields, actor: CanRead, platform: ThePlatform
) -> None:
    """Whether it solved the matter."""
    await judge(platform, article_id, solved=wanted.solved, note=wanted.note, actor=actor, channel="desk")


@router.get("/articles")
async def list_articles(
    actor: CanRead,
    session: ReadSession,
    state: Annotated[list[ArticleState] | None, Query()] = None,
    category: Words = "",
    q: Words = "",
    mine: bool = False,
    cursor: str | None = None,
    limit: Limit = 50,
) -> ArticlePage:
    """Articles in the making and in the official base, the latest made first. Agents see others' proposals, too: nobody writes twice."""
    articles = ArticleRepository(session, actor)
    branch = _below(category, await CategoryRepository(session, actor).in_order()) if category else ()
    wanted = ArticleFilter(
        states=state or (), categories=branch, words=q.strip(), created_by=actor.user_id if mine else ""
    )
    rows = await articles.search(wanted, cursor, limit)
    following = make_cursor(rows[limit - 1].id) if len(rows) > limit else None
    return ArticlePage(items=await briefs(articles, rows[:limit]), next_cursor=following)


def _below(category_id: str, tree: list[Category]) -> list[str]:
    found = [category_id]
    for one in found:
        found += [child.id for child in tree if child.parent_id == one and child.id not in found]
    return found


@router.post("/articles", status_code=201)
async def create_article(
    wanted: ArticleNew, actor: CanWrite, platform: ThePlatform, work: WriteWork
) -> ArticleRead:
    """Put a new article into the temporary base."""
    row = await ArticleService(work, actor, platform).create(wanted)
    return await whole(ArticleRepository(work.session, actor), row)


@router.get("/articles/{article_id}")
async def get_article(article_id: str, actor: CanRead, session: ReadSession) -> ArticleRead:
    """A working copy."""
    articles = ArticleRepository(session, actor)
    return await whole(articles, await articles.require(article_id))


@router.put("/articles/{article_id}")
async def save_article(
    article_id: str, wanted: ArticleSave, actor: CanWrite, platform: ThePlatform, work: WriteWork
) -> ArticleRead:
    """Save a changed working copy. 409 `changed_meanwhile` with the other text when somebody was quicker."""
    row = await ArticleService(work, actor, platform).save(article_id, wanted)
    return await whole(ArticleRepository(work.session, actor), row)


@router.post("/articles/{article_id}/submit")
async def submit_article(
    article_id: str, actor: CanWrite, platform: ThePlatform, work: WriteWork
) -> ArticleRead:
    """Ask for a review."""
    row = await ArticleService(work, actor, platform).submit(article_id)
    return await whole(ArticleRepository(work.session, actor), row)


@router.post("/articles/{article_id}/approve")
async def approve_article(
    article_id: str, actor: CanReview, platform: ThePlatform, work: WriteWork
) -> ArticleRead:
    """Take it into the official base; it is found from now on."""
    row = await ArticleService(work, actor, platform).approve(article_id)
    return await whole(ArticleRepository(work.session, actor), row)


@router.post("/articles/{article_id}/return")
async def return_article(
    article_id: str, wanted: ArticleDecision, actor: CanReview, platform: ThePlatform, work: WriteWork
) -> ArticleRead:
    """Return it to who wrote it, with the reason."""
    row = await ArticleService(work, actor, platform).send_back(article_id, wanted.reason)
    return await whole(ArticleRepository(work.session, actor), row)


@router.post("/articles/{article_id}/withdraw")
async def withdraw_article(
    article_id: str, wanted: ArticleDecision, actor: CanReview, platform: ThePlatform, work: WriteWork
) -> ArticleRead:
    """Take it out of everybody's sight at once."""
    row = await ArticleService(work, actor, platform).withdraw(article_id, wanted.reason)
    return await whole(ArticleRepository(work.session, actor), row)


@router.get("/articles/{article_id}/versions")
async def list_article_versions(article_id: str, actor: CanRead, session: ReadSession) -> VersionList:
    """What was approved, newest first."""
    articles = ArticleRepository(session, actor)
    await articles.require(article_id)
    rows = await articles.versions(article_id)
    names = await articles.people({person for row in rows for person in (row.written_by, row.approved_by)})
    return VersionList(
        items=[
            VersionRead(
                version=row.version,
                title=row.title,
                written_by_name=names.get(row.written_by, ""),
                approved_by_name=names.get(row.approved_by, ""),
                approved_at=row.approved_at,
                note=row.note,
            )
            for row in rows
        ]
    )


@router.get("/articles/{article_id}/diff")
async def diff_article(
    article_id: str,
    actor: CanRead,
    session: ReadSession,
    before: Annotated[int, Query(alias="from", ge=1)],
    after: Annotated[int, Query(alias="to", ge=0)] = 0,
) -> ArticleDiff:
    """What changed from a version to another; `to` 0 is the working copy."""
    articles = ArticleRepository(session, actor)
    row = await articles.require(article_id)
    old = await articles.version(article_id, before)
    new = await articles.version(article_id, after) if after else row
    return diff((old.title, old.html), (new.title, new.html))


@router.post("/articles/{article_id}/versions/{version}/restore")
async def restore_article_version(
    article_id: str, version: int, actor: CanReview, platform: ThePlatform, work: WriteWork
) -> ArticleRead:
    """Make an older version the official one again, as a new version."""
    row = await ArticleService(work, actor, platform).roll_back(article_id, version)
    return await whole(ArticleRepository(work.session, actor), row)


@router.put("/articles/{article_id}/favourite", status_code=204)
async def add_favourite(article_id: str, actor: CanRead, platform: ThePlatform, work: WriteWork) -> None:
    """Keep an article among one's favourites."""
    articles = ArticleRepository(work.session, actor)
    row = await articles.require(article_id)
    if await articles.favourite(actor.user_id, article_id) is None:
        work.session.add(
            Favourite(
                user_id=actor.user_id,
                article_id=article_id,
                authority_id=row.authority_id,
                added_at=platform.clock(),
            )
        )


@router.delete("/articles/{article_id}/favourite", status_code=204)
async def remove_favourite(article_id: str, actor: CanRead, work: WriteWork) -> None:
    """Remove it from them."""
    found = await ArticleRepository(work.session, actor).favourite(actor.user_id, article_id)
    if found is not None:
        await work.session.delete(found)


@router.get("/favourites")
async def list_favourites(actor: CanRead, session: ReadSession) -> ArticlePage:
    """One's favourites that can be read."""
    articles = ArticleRepository(session, actor)
    rows = await articles.by_ids(await articles.favourites(actor.user_id))
    return ArticlePage(items=await briefs(articles, [row for row in rows.values() if row.official_version]))


@router.get("/hot")
async def list_hot_articles(
    actor: CanRead,
    index: Index,
    records: Records,
    session: ReadSession,
    days: Annotated[int, Query(ge=1, le=366)] = 30,
) -> HotList:
    """The most read articles of these days."""
    _ = actor
    await records.catch_up()
    rows = await UseRepository(session).hot(index.today() - timedelta(days=days - 1), 20)
    found = [HotArticle(id=key, title=known.title, reads=n) for key, n in rows if (known := index.known(key))]
    return HotList(items=found)


@router.get("/reminders")
async def list_reminders(actor: CanRead, index: Index, session: ReadSession) -> ReminderList:
    """Articles that end within 30 days, have ended, or are due for another look."""
    articles = ArticleRepository(session, actor)
    return ReminderList(items=await briefs(articles, await articles.to_look_at(index.today())))
