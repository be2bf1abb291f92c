"""An article's way: temporary base, review, official base, and out again. Every step is checked, audited, and keeps what was there.

Two people who edit at once: the second one to save is told what the first one wrote, and keeps their own text on screen.
"""

from collections.abc import Sequence
from typing import Any

from hotline.features.knowledge.models import Article, ArticleState, ArticleVersion
from hotline.features.knowledge.repository import ArticleRepository, CategoryRepository
from hotline.features.knowledge.rich_text import harmless, plain_text
from hotline.features.knowledge.schemas import ArticleFields, ArticleNew, ArticleSave, ImportOrder
from hotline.features.knowledge.search import KnowledgeIndex
from hotline.platform import audit
from hotline.platform.access import Platform
from hotline.platform.actor import Actor
from hotline.platform.database import Work
from hotline.platform.errors import Conflict, Invalid, NotFound, NotPermitted
from hotline.platform.i18n import Text
from hotline.platform.ids import new_id
from hotline.platform.permissions import Permission

_EDITABLE = (ArticleState.TEMPORARY, ArticleState.RETURNED, ArticleState.OFFICIAL, ArticleState.WITHDRAWN)


class ChangedMeanwhile(Conflict):
    """Somebody else saved it since; `details.article` is what stands there now."""

    code = "changed_meanwhile"
    text = Text(
        "“{title}”已被他人修改，您的内容还在编辑框里，请对照后再保存",
        "“{title}” was changed by somebody else; your text is still in the editor",
    )


class WrongState(Conflict):
    """The article is not where this step begins."""

    code = "article_state"
    text = Text("词条当前状态不能这样操作，请刷新后再试", "Not possible in the article's present state")


class OwnReview(NotPermitted):
    """Who wrote it does not approve it."""

    code = "own_review"
    text = Text("不能审核自己提交的词条，请由其他人审核", "You cannot approve what you wrote yourself")


class ArticleService:
    """Changes articles within one unit of work."""

    def __init__(self, work: Work, actor: Actor, platform: Platform) -> None:
        self._work = work
        self._actor = actor
        self._platform = platform
        self._articles = ArticleRepository(work.session, actor)
        self._categories = CategoryRepository(work.session, actor)

    async def create(self, wanted: ArticleNew) -> Article:
        """Put a new article into the temporary base."""
        await self._check_category(wanted.category_id)
        row = self._new(wanted, wanted.source)
        await self._work.session.flush()
        self._record("knowledge.create", row, after={"title": row.title})
        return row

    def _new(self, wanted: ArticleFields, source: str) -> Article:
        now = self._platform.clock()
        row = Article(
            id=new_id(),
            authority_id=self._actor.authority_id,
            state=ArticleState.TEMPORARY,
            reason="",
            revision=1,
            official_version=0,
            source=source,
            created_by=self._actor.user_id,
            created_at=now,
            updated_by=self._actor.user_id,
            updated_at=now,
            reads=0,
            solved=0,
            unsolved=0,
            **_columns(wanted),
        )
        return self._articles.add(row)

    async def save(self, article_id: str, wanted: ArticleSave) -> Article:
        """Save a changed working copy; what readers see stays until it is approved."""
        row = await self._articles.require_own(article_id)
        if row.state not in _EDITABLE:
            raise WrongState
        if not self._may_edit(row):
            raise NotPermitted
        if row.revision != wanted.revision:
            raise ChangedMeanwhile(
                title=row.title,
                article={
                    "title": row.title,
                    "html": row.html,
                    "revision": row.revision,
                    "similar": row.similar,
                },
            )
        await self._check_category(wanted.category_id)
        before = _facts(row)
        for name, value in _columns(wanted).items():
            setattr(row, name, value)
        row.state = ArticleState.TEMPORARY
        self._touch(row)
        self._record("knowledge.save", row, before=before, after=_facts(row))
        return row

    async def open_for_files(self, article_id: str, *, picture: bool) -> Article:
        """An article that the actor may attach a file to. A new file is a change: readers have it once it is approved.

        A picture becomes one with the text that shows it. The revision stays: whoever has the text open goes on writing.
        """
        row = await self._articles.require_own(article_id)
        if row.state not in _EDITABLE:
            raise WrongState
        if not self._may_edit(row):
            raise NotPermitted
        if row.state == ArticleState.OFFICIAL and not picture:
            row.state = ArticleState.TEMPORARY
        return row

    async def detach(self, article_id: str, attachment_id: str) -> None:
        """Take a file away: reviewers any, who wrote the article those that readers do not have yet."""
        row = await self._articles.require_own(article_id)
        file = await self._articles.attachment(attachment_id)
        if file.article_id != article_id:
            raise NotFound(id=attachment_id)
        published = file in await self._articles.published_files(row)
        if not self._may_edit(row) or (published and not self._actor.may(Permission.KNOWLEDGE_REVIEW)):
            raise NotPermitted
        file.removed_at = self._platform.clock()
        self._record("knowledge.detach", row, before={"file": file.name})

    async def submit(self, article_id: str) -> Article:
        """Ask for a review."""
        row = await self._articles.require_own(article_id)
        if row.state not in (ArticleState.TEMPORARY, ArticleState.RETURNED) or not self._may_edit(row):
            raise WrongState
        if not plain_text(row.html):
            raise Invalid("html", "正文还没有内容")
        row.state, row.reason = ArticleState.REVIEW, ""
        self._touch(row)
        self._record("knowledge.submit", row)
        return row

    async def approve(self, article_id: str, note: str = "") -> Article:
        """Take an article into the official base as its next version; it is found from now on."""
        row = await self._articles.require_own(article_id)
        if row.state != ArticleState.REVIEW:
            raise WrongState
        if row.updated_by == self._actor.user_id and not self._actor.may(Permission.KNOWLEDGE_MANAGE):
            raise OwnReview
        await self._publish(row, note)
        self._record("knowledge.approve", row, after={"version": row.official_version, "note": note})
        return row

    async def _publish(self, row: Article, note: str) -> None:
        versions = await self._articles.versions(row.id)
        files = await self._articles.attachments(row.id)
        number = (versions[0].version if versions else 0) + 1
        self._work.session.add(
            ArticleVersion(
                article_id=row.id,
                version=number,
                authority_id=row.authority_id,
                title=row.title,
                html=row.html,
                text=plain_text(row.html),
                similar=row.similar,
                category_id=row.category_id,
                public=row.public,
                valid_from=row.valid_from,
                valid_until=row.valid_until,
                written_by=row.updated_by,
                approved_by=self._actor.user_id,
                approved_at=self._platform.clock(),
                note=note,
                files=[one.id for one in files],
            )
        )
        row.state, row.official_version, row.reason = ArticleState.OFFICIAL, number, ""
        row.revision += 1
        await self._work.session.flush()
        self._index_after(row.id)

    async def send_back(self, article_id: str, reason: str) -> Article:
        """Return an article to who wrote it, with the reason."""
        row = await self._articles.require_own(article_id)
        if row.state != ArticleState.REVIEW:
            raise WrongState
        row.state, row.reason = ArticleState.RETURNED, reason
        row.revision += 1
        self._record("knowledge.return", row, after={"reason": reason})
        return row

    async def withdraw(self, article_id: str, reason: str) -> Article:
        """Take an article out of everybody's sight at once."""
        row = await self._articles.require_own(article_id)
        if row.state == ArticleState.WITHDRAWN:
            raise WrongState
        row.state, row.official_version, row.reason = ArticleState.WITHDRAWN, 0, reason
        row.revision += 1
        self._index_after(row.id)
        self._record("knowledge.withdraw", row, after={"reason": reason})
        return row

    async def roll_back(self, article_id: str, version: int) -> Article:
        """Make an older version the official one again, as a new version, with the files that it had and no others."""
        row = await self._articles.require_own(article_id)
        if row.state == ArticleState.REVIEW:
            raise WrongState
        old = await self._articles.version(article_id, version)
        row.title, row.html, row.similar = old.title, old.html, old.similar
        row.category_id, row.public = old.category_id, old.public
        row.valid_from, row.valid_until = old.valid_from, old.valid_until
        await self._articles.set_files(row.id, {str(one) for one in old.files}, self._platform.clock())
        self._touch(row)
        await self._publish(row, f"恢复到第 {version} 版")
        self._record("knowledge.roll_back", row, after={"to": version, "version": row.official_version})
        return row

    async def import_all(self, order: ImportOrder) -> list[Article]:
        """Make articles of an import in the temporary base; those with a title that is there already are left out."""
        await self._check_category(order.category_id)
        made: list[Article] = []
        seen: set[str] = set()
        for item in order.items:
            if item.title in seen or await self._articles.named(order.category_id, item.title) is not None:
                continue
            seen.add(item.title)
            fields = ArticleFields(
                category_id=order.category_id, title=item.title, html=item.html, similar=item.similar
            )
            made.append(self._new(fields, f"import:{order.file_name}"[:64]))
        await self._work.session.flush()
        target = audit.Target(
            kind="knowledge_category", id=order.category_id, authority_id=self._actor.authority_id
        )
        audit.record(
            self._work,
            self._actor,
            "knowledge.import",
            target,
            after={"made": len(made), "file": order.file_name},
        )
        return made

    def _may_edit(self, row: Article) -> bool:
        return row.created_by == self._actor.user_id or self._actor.may(Permission.KNOWLEDGE_REVIEW)

    async def _check_category(self, category_id: str) -> None:
        if await self._categories.get(category_id) is None:
            raise Invalid("category_id", "没有这个分类")

    def _touch(self, row: Article) -> None:
        row.revision += 1
        row.updated_by, row.updated_at = self._actor.user_id, self._platform.clock()

    def _index_after(self, article_id: str) -> None:
        index: KnowledgeIndex = self._platform.services[KnowledgeIndex]

        async def take_in() -> None:
            await index.changed([article_id])

        self._work.after_commit(f"knowledge:{article_id}", take_in)

    def _record(
        self,
        action: str,
        row: Article,
        *,
        before: dict[str, Any] | None = None,
        after: dict[str, Any] | None = None,
    ) -> None:
        target = audit.Target(kind="knowledge", id=row.id, name=row.title, authority_id=row.authority_id)
        audit.record(self._work, self._actor, action, target, before=before, after=after)


def _columns(wanted: ArticleFields) -> dict[str, Any]:
    values = wanted.model_dump(exclude={"revision", "source"})
    values["html"] = harmless(wanted.html)
    values["similar"] = _distinct(wanted.similar)
    return values


def _distinct(items: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(items))


def _facts(row: Article) -> dict[str, Any]:
    return {
        "title": row.title,
        "text": plain_text(row.html)[:2000],
        "similar": row.similar,
        "category_id": row.category_id,
        "public": row.public,
        "valid_until": row.valid_until,
    }
