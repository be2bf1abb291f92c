"""What the index is filled from, vectors that are kept, and the records of searching."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Integer, cast, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from hotline.features.knowledge.models import (
    Article,
    ArticleVersion,
    Category,
    Feedback,
    ReadCount,
    SearchRecord,
    Vector,
)
from hotline.platform.actor import Actor, authority_in_sight
from hotline.platform.ids import new_id
from hotline.platform.local_days import local_day
from hotline.platform.times import CHINA

BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A search as it is to be recorded (`SearchRecord`)."""

    id: str
    authority_id: str
    at: datetime
    user_id: str
    channel: str
    question: str
    found: int
    answered: bool
    article_id: str
    took_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """One more reader of an article on a day."""

    article_id: str
    day: date
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Readable:
    """An article's official version with its category's rights."""

    article: Article
    version: ArticleVersion


class IndexRepository:
    """Over all authorities: the index belongs to the system."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def count(self) -> int:
        """How many articles have an official version."""
        chosen = select(func.count()).select_from(Article).where(Article.official_version > 0)
        return await self._session.scalar(chosen) or 0

    async def readable(self, after: str, ids: Sequence[str] | None = None) -> list[Readable]:
        """Articles with an official version, by id, a batch after `after`; of `ids` only where given."""
        chosen = (
            select(Article, ArticleVersion)
            .join(
                ArticleVersion,
                (ArticleVersion.article_id == Article.id)
                & (ArticleVersion.version == Article.official_version),
            )
            .where(Article.official_version > 0, Article.id > after)
            .order_by(Article.id)
            .limit(BATCH)
        )
        if ids is not None:
            chosen = chosen.where(Article.id.in_(ids))
        rows = await self._session.execute(chosen)
        return [Readable(article=row[0], version=row[1]) for row in rows]

    async def categories(self) -> dict[str, Category]:
        """The whole tree."""
        return {row.id: row for row in await self._session.scalars(select(Category))}

    async def vectors(self, article_ids: Sequence[str]) -> dict[tuple[str, str], bytes]:
        """Kept vectors by article and hash."""
        chosen = select(Vector).where(Vector.article_id.in_(article_ids))
        return {(row.article_id, row.text_hash): row.vector for row in await self._session.scalars(chosen)}

    async def keep_vectors(self, article: Article, vectors: dict[str, bytes]) -> None:
        """Keep an article's vectors in place of its older ones."""
        await self._session.execute(delete(Vector).where(Vector.article_id == article.id))
        self._session.add_all(
            Vector(
                id=new_id(),
                authority_id=article.authority_id,
                article_id=article.id,
                text_hash=text_hash,
                vector=vector,
            )
            for text_hash, vector in vectors.items()
        )


class UseRepository:
    """Searches, readings and opinions."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def record(self, row: Feedback) -> None:
        """Enter an opinion."""
        self._session.add(row)

    async def enter(self, records: Sequence[Asked | Read]) -> None:
        """Enter searches and readings in their order; a search that is there already (its commit was not confirmed) is not entered again."""
        asked = [one for one in records if isinstance(one, Asked)]
        chosen = select(SearchRecord.id).where(SearchRecord.id.in_([one.id for one in asked]))
        there = set(await self._session.scalars(chosen))
        self._session.add_all(
            SearchRecord(**asdict(one), handled=False) for one in asked if one.id not in there
        )
        for one in records:
            if isinstance(one, Read):
                await self._count_reading(one)

    async def _count_reading(self, read: Read) -> None:
        counted = update(Article).where(Article.id == read.article_id).values(reads=Article.reads + 1)
        authority_id = await self._session.scalar(counted.returning(Article.authority_id))
        if authority_id is None:
            return  # gone since
        key = (read.article_id, read.day, read.channel)
        found = await self._session.get(ReadCount, key, with_for_update=True)
        if found is None:
            found = ReadCount(**asdict(read), count=0, authority_id=authority_id)
            self._session.add(found)
        found.count += 1

    async def hot(self, since: date, limit: int) -> list[tuple[str, int]]:
        """The most read articles since a day: (id, times)."""
        total = func.sum(ReadCount.count)
        rows = await self._session.execute(
            select(ReadCount.article_id, total)
            .join(Article, Article.id == ReadCount.article_id)
            .where(ReadCount.day >= since, Article.official_version > 0)
            .group_by(ReadCount.article_id)
            .order_by(total.desc(), ReadCount.article_id)
            .limit(limit)
        )
        return [(row[0], int(row[1])) for row in rows]

    async def missing(self, actor: Actor, since: datetime, limit: int) -> list[tuple[str, int, datetime]]:
        """Questions that found no answer and that nobody dealt with: (question, times, last asked)."""
        times = func.count()
        chosen = (
            select(SearchRecord.question, times, func.max(SearchRecord.at).label("last"))
            .where(
                SearchRecord.answered.is_(False), SearchRecord.handled.is_(False), SearchRecord.at >= since
            )
            .group_by(SearchRecord.question)
            .order_by(times.desc(), SearchRecord.question)
            .limit(limit)
        )
        rows = await self._session.execute(chosen.where(*_seen(SearchRecord.authority_id, actor)))
        return [(row[0], row[1], row[2]) for row in rows]

    async def asked_in_vain(
        self, actor: Actor, since: datetime, until: datetime, limit: int
    ) -> list[tuple[str, int]]:
        """Questions of a span that found no answer, whether dealt with since or not: (question, times)."""
        times = func.count()
        chosen = (
            select(SearchRecord.question, times)
            .where(SearchRecord.answered.is_(False), SearchRecord.at >= since, SearchRecord.at < until)
            .group_by(SearchRecord.question)
            .order_by(times.desc(), SearchRecord.question)
            .limit(limit)
        )
        rows = await self._session.execute(chosen.where(*_seen(SearchRecord.authority_id, actor)))
        return [(row[0], int(row[1])) for row in rows]

    async def handle(self, actor: Actor, question: str) -> None:
        """A missing question was dealt with, where the actor is responsible; elsewhere it stays on the list."""
        chosen = update(SearchRecord).where(SearchRecord.question == question).values(handled=True)
        condition = authority_in_sight(SearchRecord.authority_id, actor)
        await self._session.execute(chosen if condition is None else chosen.where(condition))

    async def figures(
        self, actor: Actor, since: datetime, until: datetime
    ) -> list[tuple[str, int, int, int]]:
        """Searches in a span by channel: (channel, searches, answered, nothing found)."""
        chosen = (
            select(
                SearchRecord.channel,
                func.count(),
                func.sum(cast(SearchRecord.answered, Integer)),
                func.sum(cast(SearchRecord.found == 0, Integer)),
            )
            .where(SearchRecord.at >= since, SearchRecord.at < until)
            .group_by(SearchRecord.channel)
        )
        rows = await self._session.execute(chosen.where(*_seen(SearchRecord.authority_id, actor)))
        return [(row[0], row[1], int(row[2] or 0), int(row[3] or 0)) for row in rows]

    async def by_day(self, actor: Actor, since: datetime, until: datetime) -> dict[date, Counter[str]]:
        """Counts of each local day of a span: searches, answered, nothing_found, reads (of whole days), solved, unsolved."""
        dialect = self._session.get_bind().dialect.name
        days: dict[date, Counter[str]] = {}
        day = local_day(dialect, SearchRecord.at)
        searches = select(
            day,
            func.count(),
            func.sum(cast(SearchRecord.answered, Integer)),
            func.sum(cast(SearchRecord.found == 0, Integer)),
        ).where(SearchRecord.at >= since, SearchRecord.at < until, *_seen(SearchRecord.authority_id, actor))
        for row in await self._session.execute(searches.group_by(day)):
            days.setdefault(date.fromisoformat(row[0]), Counter()).update(
                searches=row[1], answered=int(row[2]), nothing_found=int(row[3])
            )
        reads = select(ReadCount.day, func.sum(ReadCount.count)).where(
            ReadCount.day >= since.astimezone(CHINA).date(),
            ReadCount.day <= (until - timedelta(seconds=1)).astimezone(CHINA).date(),
            *_seen(ReadCount.authority_id, actor),
        )
        for row in await self._session.execute(reads.group_by(ReadCount.day)):
            days.setdefault(row[0], Counter()).update(reads=int(row[1]))
        day = local_day(dialect, Feedback.at)
        opinions = select(day, Feedback.solved, func.count()).where(
            Feedback.at >= since, Feedback.at < until, *_seen(Feedback.authority_id, actor)
        )
        for row in await self._session.execute(opinions.group_by(day, Feedback.solved)):
            key = "solved" if row[1] else "unsolved"
            days.setdefault(date.fromisoformat(row[0]), Counter())[key] += int(row[2])
        return days

    async def readings(self, actor: Actor, since: date, until: date) -> int:
        """Readings of articles in sight in a span of days (both included)."""
        chosen = select(func.sum(ReadCount.count)).where(ReadCount.day >= since, ReadCount.day <= until)
        return int(await self._session.scalar(chosen.where(*_seen(ReadCount.authority_id, actor))) or 0)

    async def most_read(
        self, actor: Actor, since: date, until: date, limit: int
    ) -> list[tuple[str, str, int, int, int]]:
        """The most read articles in sight of a span of days: (id, title, times, solved, not solved; opinions of all times)."""
        total = func.sum(ReadCount.count)
        chosen = (
            select(Article.id, Article.title, total, Article.solved, Article.unsolved)
            .join(ReadCount, ReadCount.article_id == Article.id)
            .where(ReadCount.day >= since, ReadCount.day <= until)
            .group_by(Article.id, Article.title, Article.solved, Article.unsolved)
            .order_by(total.desc(), Article.id)
            .limit(limit)
        )
        rows = await self._session.execute(chosen.where(*_seen(ReadCount.authority_id, actor)))
        return [(row[0], row[1], int(row[2]), row[3], row[4]) for row in rows]

    async def opinions(self, actor: Actor, since: datetime, until: datetime) -> tuple[int, int]:
        """(solved, not solved) in a span, of articles in sight."""
        chosen = (
            select(Feedback.solved, func.count())
            .where(Feedback.at >= since, Feedback.at < until)
            .group_by(Feedback.solved)
        )
        rows = await self._session.execute(chosen.where(*_seen(Feedback.authority_id, actor)))
        found = {bool(row[0]): int(row[1]) for row in rows}
        return found.get(True, 0), found.get(False, 0)

    async def readable_count(self, actor: Actor) -> int:
        """How many official articles there are in sight."""
        chosen = select(func.count()).where(Article.official_version > 0)
        return await self._session.scalar(chosen.where(*_seen(Article.authority_id, actor))) or 0


def _seen(column: InstrumentedAttribute[str], actor: Actor) -> list[ColumnElement[bool]]:
    """Conditions that something belongs to organisations in the actor's sight."""
    condition = authority_in_sight(column, actor)
    return [] if condition is None else [condition]
