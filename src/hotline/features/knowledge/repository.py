"""Queries of the knowledge base: categories, articles in the making, what was approved. The root's articles are everybody's to read."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, ColumnExpressionArgument, delete, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from hotline.features.knowledge.models import (
    Article,
    ArticleState,
    ArticleVersion,
    Attachment,
    Category,
    Favourite,
    Synonyms,
)
from hotline.features.knowledge.tree import closed_to
from hotline.platform.actor import Repository, after_cursor
from hotline.platform.errors import NotFound
from hotline.platform.people import ROOT_AUTHORITY, Organisation, User
from hotline.platform.permissions import Permission

SOON = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleFilter:
    """Which articles a list shows."""

    states: Sequence[str] = ()
    categories: Collection[str] = ()
    words: str = ""
    created_by: str = ""
    public: bool | None = None


def with_root(
    own: ColumnElement[bool] | None, column: InstrumentedAttribute[str]
) -> ColumnElement[bool] | None:
    """What is in sight, and what belongs to the root."""
    return None if own is None else own | (column == ROOT_AUTHORITY)


class CategoryRepository(Repository[Category]):
    """Branches of the tree."""

    model = Category

    def in_sight(self) -> ColumnElement[bool] | None:
        return with_root(super().in_sight(), Category.authority_id)

    async def in_order(self) -> list[Category]:
        """All in sight."""
        return await self.all(order_by=[Category.position, Category.name])

    async def require_own(self, category_id: str) -> Category:
        """One the actor may change. Raises `NotFound`."""
        row = await self.require(category_id)
        if not self.actor.sees(row.authority_id):
            raise NotFound(id=category_id)
        return row

    async def counts(self) -> dict[str, int]:
        """How many articles there are right in each branch."""
        rows = await self.session.execute(
            select(Article.category_id, func.count())
            .where(Article.state != ArticleState.WITHDRAWN)
            .group_by(Article.category_id)
        )
        return {row[0]: row[1] for row in rows}

    async def has_children(self, category_id: str) -> bool:
        """Whether anything hangs on a branch."""
        return await self.first(Category.parent_id == category_id) is not None


class ArticleRepository(Repository[Article]):
    """Articles, as far as their categories are open to the actor's role. Who manages the base sees all, who wrote one sees that one."""

    model = Article
    _closed: set[str] | None = None

    def in_sight(self) -> ColumnElement[bool] | None:
        return with_root(super().in_sight(), Article.authority_id)

    async def closed(self) -> set[str]:
        """Ids of the categories that the actor may not read."""
        if self._closed is None:
            self._closed = set()
            if not self.actor.may(Permission.KNOWLEDGE_MANAGE):
                rows = await self.session.scalars(select(Category))
                self._closed = closed_to(self.actor.role, {row.id: row for row in rows})
        return self._closed

    async def departments(self) -> list[Organisation]:
        """Those whose approved articles are in sight, by name."""
        seen = self.in_sight()
        owners = select(Article.authority_id).where(
            Article.official_version > 0, *(() if seen is None else (seen,))
        )
        chosen = select(Organisation).where(Organisation.id.in_(owners)).order_by(Organisation.name)
        return list(await self.session.scalars(chosen))

    async def get(self, row_id: str) -> Article | None:
        row = await super().get(row_id)
        return None if row is None or await self._hidden(row) else row

    async def all(
        self, *conditions: ColumnExpressionArgument[bool], order_by: Sequence[Any] = ()
    ) -> list[Article]:
        rows = await super().all(*conditions, order_by=order_by)
        return [row for row in rows if not await self._hidden(row)]

    async def _hidden(self, row: Article) -> bool:
        return row.created_by != self.actor.user_id and row.category_id in await self.closed()

    async def require_own(self, article_id: str) -> Article:
        """One the actor may change, held until the change ends. Raises `NotFound`."""
        row = await self.require_to_change(article_id)
        if not self.actor.sees(row.authority_id):
            raise NotFound(id=article_id)
        return row

    async def search(self, wanted: ArticleFilter, cursor: str | None, limit: int) -> list[Article]:
        """The latest made first, one more than `limit` when there are more."""
        chosen = self.query()
        if closed := await self.closed():
            own = Article.created_by == self.actor.user_id
            chosen = chosen.where(own | Article.category_id.not_in(closed))
        if wanted.states:
            chosen = chosen.where(Article.state.in_(wanted.states))
        if wanted.categories:
            chosen = chosen.where(Article.category_id.in_(wanted.categories))
        if wanted.words:
            chosen = chosen.where(Article.title.contains(wanted.words, autoescape=True))
        if wanted.created_by:
            chosen = chosen.where(Article.created_by == wanted.created_by)
        if wanted.public is not None:
            chosen = chosen.where(Article.public == wanted.public)
        chosen = after_cursor(chosen, cursor, Article.id, newest_first=True)
        return list(await self.session.scalars(chosen.limit(limit + 1)))

    async def to_look_at(self, today: date) -> list[Article]:
        """Readable ones that end within 30 days, have ended, or are due for another look."""
        soon = today + SOON
        return await self.all(
            Article.official_version > 0,
            or_(Article.valid_until <= soon, Article.review_on <= today),
            order_by=[Article.valid_until, Article.review_on],
        )

    async def by_ids(self, ids: Collection[str]) -> dict[str, Article]:
        """Those with these ids that are in sight."""
        return {row.id: row for row in await self.all(Article.id.in_(ids))} if ids else {}

    async def named(self, category_id: str, title: str) -> Article | None:
        """One with this title in this category."""
        return await self.first(Article.category_id == category_id, Article.title == title)

    async def version(self, article_id: str, version: int) -> ArticleVersion:
        """One version. Raises `NotFound`."""
        row = await self.session.get(ArticleVersion, (article_id, version))
        if row is None:
            raise NotFound(id=f"{article_id}/{version}")
        return row

    async def versions(self, article_id: str) -> list[ArticleVersion]:
        """Every version, newest first."""
        chosen = (
            select(ArticleVersion)
            .where(ArticleVersion.article_id == article_id)
            .order_by(ArticleVersion.version.desc())
        )
        return list(await self.session.scalars(chosen))

    async def attachments(self, article_id: str, *, pictures: bool = False) -> list[Attachment]:
        """Files of an article's working copy."""
        rows = await self._all_files(article_id, pictures=pictures)
        return [row for row in rows if row.removed_at is None]

    async def _all_files(self, article_id: str, *, pictures: bool) -> list[Attachment]:
        chosen = (
            select(Attachment)
            .where(Attachment.article_id == article_id, Attachment.picture.is_(pictures))
            .order_by(Attachment.added_at, Attachment.id)
        )
        return list(await self.session.scalars(chosen))

    async def set_files(self, article_id: str, ids: Collection[str], now: datetime) -> None:
        """Give the working copy these files of the article, whether they were taken away or not, and no others."""
        for row in await self._all_files(article_id, pictures=False):
            row.removed_at = None if row.id in ids else row.removed_at or now

    async def published_files(self, article: Article) -> list[Attachment]:
        """Files of an article that readers have: those of its official version, without what was taken away since."""
        if not article.official_version:
            return []
        official = await self.version(article.id, article.official_version)
        return [one for one in await self.attachments(article.id) if one.id in official.files]

    async def attachment(self, attachment_id: str) -> Attachment:
        """One file that is there. Raises `NotFound`."""
        row = await self.session.get(Attachment, attachment_id)
        if row is None or row.removed_at is not None:
            raise NotFound(id=attachment_id)
        return row

    async def favourites(self, user_id: str) -> set[str]:
        """Ids of a person's favourites."""
        chosen = select(Favourite.article_id).where(Favourite.user_id == user_id)
        return set(await self.session.scalars(chosen))

    async def favourite(self, user_id: str, article_id: str) -> Favourite | None:
        """One favourite."""
        return await self.session.get(Favourite, (user_id, article_id))

    async def people(self, ids: Collection[str]) -> dict[str, str]:
        """Names of people."""
        rows = await self.session.execute(select(User.id, User.name).where(User.id.in_(ids)))
        return {row[0]: row[1] for row in rows}


class SynonymRepository(Repository[Synonyms]):
    """Groups of words."""

    model = Synonyms

    def in_sight(self) -> ColumnElement[bool] | None:
        return with_root(super().in_sight(), Synonyms.authority_id)

    async def groups(self) -> list[list[str]]:
        """All groups in sight."""
        return [[str(word) for word in row.words] for row in await self.all(order_by=[Synonyms.id])]

    async def replace(self, rows: Sequence[Synonyms]) -> None:
        """Set the actor's own groups."""
        await self.session.execute(delete(Synonyms).where(Synonyms.authority_id == self.actor.authority_id))
        self.session.add_all(rows)
