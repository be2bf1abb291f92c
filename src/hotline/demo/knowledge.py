"""The demo site's knowledge base, made through the real service: proposed by an agent, approved by a leader; a few still on their way.

The vectors of its texts come with it (`articles/vectors.npz`, made by `scripts/embed_demo_articles.py`), so that a first start takes seconds.
"""

import hashlib
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Final

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.core.ids import AuthorityId
from hotline.demo.articles_file import DemoArticle, demo_articles
from hotline.demo.knowledge_use import add_use
from hotline.demo.people import PEOPLE
from hotline.features.knowledge.models import Article, Category, Synonyms, Vector
from hotline.features.knowledge.rich_text import harmless, plain_text
from hotline.features.knowledge.schemas import ArticleNew
from hotline.features.knowledge.service import ArticleService
from hotline.platform.access import Platform
from hotline.platform.actor import Actor
from hotline.platform.database import Work
from hotline.platform.ids import new_id
from hotline.platform.people import ROOT_AUTHORITY
from hotline.platform.permissions import BUILT_IN_ROLES
from hotline.platform.times import CHINA

VECTORS: Final = Path(__file__).parent / "articles" / "vectors.npz"
_WRITER, _REVIEWER = "1001", "2001"
_WAITING: Final = {
    "ds-rental-register": "review",
    "ds-property-fee": "temporary",
    "ds-home-service": "returned",
}
"""Articles that have not come into the official base: something to do for whoever tries it."""
_INTERNAL: Final = {"re-sealed", "ss-unpaid-company"}
_SYNONYMS: Final = (
    ["房本", "房产证", "不动产权证书", "房照", "权属证书"],
    ["过户", "转移登记", "更名"],
    ["解押", "抵押注销", "注销抵押"],
    ["社保卡", "社会保障卡", "医保卡"],
    ["五险", "社保", "社会保险"],
    ["新农合", "居民医保", "城乡居民医保"],
    ["检定", "校准", "年检"],
    ["公积金", "住房公积金"],
)


def texts_of_demo(article: DemoArticle) -> list[str]:
    """What of an article has vectors; the same as `features.knowledge.search.texts_of`."""
    return [article.title, *article.similar[:4], f"{article.title}\n{plain_text(harmless(article.html))}"]


async def add_knowledge(work: Work, platform: Platform) -> None:
    """Make the tree and its articles, unless there is a tree already."""
    session = work.session
    if await session.get(Category, "demo-1") is not None:
        return
    articles = demo_articles()
    branches = await _tree(session, articles)
    session.add_all(
        Synonyms(id=new_id(), authority_id=ROOT_AUTHORITY, words=list(group)) for group in _SYNONYMS
    )
    kept = np.load(VECTORS) if VECTORS.is_file() else {}
    writer = ArticleService(work, _actor(_WRITER), platform)
    reviewer = ArticleService(work, _actor(_REVIEWER), platform)
    for n, article in enumerate(articles):
        row = await _make(writer, reviewer, article, branches, n, platform)
        session.add_all(_vectors(row, article, kept))
    await session.flush()
    await add_use(session, platform.clock())


async def _make(
    writer: ArticleService,
    reviewer: ArticleService,
    article: DemoArticle,
    branches: dict[str, str],
    n: int,
    platform: Platform,
) -> Article:
    today = platform.clock().astimezone(CHINA).date()
    row = await writer.create(
        ArticleNew(
            category_id=branches[article.category],
            title=article.title,
            html=article.html,
            similar=article.similar,
            public=article.key not in _INTERNAL,
            review_on=today + timedelta(days=20 + 13 * (n % 20)),
            source="demo",
        )
    )
    way = _WAITING.get(article.key, "official")
    if way != "temporary":
        await writer.submit(row.id)
    if way == "official":
        await reviewer.approve(row.id)
    if way == "returned":
        await reviewer.send_back(row.id, "请补充申请材料清单和办理窗口地址")
    return row


def _vectors(row: Article, article: DemoArticle, kept: object) -> Iterable[Vector]:
    for text in dict.fromkeys(texts_of_demo(article)):
        name = hash_of(text)
        if name in kept:  # pyright: ignore[reportOperatorIssue] - numpy's archive or an empty mapping
            vector: np.ndarray = kept[name]  # pyright: ignore[reportIndexIssue]
            yield Vector(
                id=new_id(),
                authority_id=row.authority_id,
                article_id=row.id,
                text_hash=name,
                vector=vector.astype("<f4").tobytes(),
            )


def hash_of(text: str) -> str:
    """The name under which a text's vector is kept (as `KnowledgeIndex` names it)."""
    return hashlib.sha256(f"multilingual-e5-small-q4\x1f{text}".encode()).hexdigest()


async def _tree(session: AsyncSession, articles: list[DemoArticle]) -> dict[str, str]:
    """The tree by path; every branch of the paths."""
    made: dict[str, str] = {}
    for article in articles:
        parts = article.category.split("/")
        for depth in range(1, len(parts) + 1):
            path = "/".join(parts[:depth])
            if path in made:
                continue
            made[path] = f"demo-{len(made) + 1}"
            session.add(
                Category(
                    id=made[path],
                    authority_id=ROOT_AUTHORITY,
                    parent_id=made.get("/".join(parts[: depth - 1])),
                    name=parts[depth - 1],
                    position=len(made),
                    roles=[],
                )
            )
            await session.flush()
    return made


def _actor(username: str) -> Actor:
    person = next(one for one in PEOPLE if one.username == username)
    role = next(one for one in BUILT_IN_ROLES if one.key == person.role)
    return Actor(
        user_id=person.user_id,
        username=person.username,
        name=person.name,
        role=role.key,
        role_name=role.name,
        permissions=frozenset(role.permissions),
        authority_id=AuthorityId(ROOT_AUTHORITY),
        authority_name="",
        authorities=None,
        address="local",
    )
