"""How the demo site's knowledge was used in its first weeks: readings by day, searches with and without an answer, opinions, favourites.

Entered with the articles, once. Deterministic: the same figures on every site of the same day.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.features.knowledge.models import Article, Favourite, Feedback, ReadCount, SearchRecord
from hotline.platform.ids import new_id
from hotline.platform.times import CHINA

DAYS: Final = 14
_READ_MOST: Final = 24
_CHANNELS: Final = ("desk", "page", "web")
_USERS: Final = ("1001", "1002", "1003", "1005", "2001")
_IN_VAIN: Final = (
    ("公积金贷款最多能贷多少", 4),
    ("出生证明丢了在哪里补", 3),
    ("积分落户什么时候申报", 3),
    ("外地车进城通行证怎么办", 2),
    ("老年人乘车卡年审", 2),
    ("宠物狗登记在哪里办", 1),
)
"""Questions that no article answers, with how often they were asked."""
_OPINIONS: Final = ((True, ""), (True, ""), (False, "没有写办理窗口的上班时间"), (True, "讲得很清楚"))


async def add_use(session: AsyncSession, now: datetime) -> None:
    """Enter two weeks of use of the official articles."""
    chosen = select(Article).where(Article.official_version > 0).order_by(Article.title)
    articles = list(await session.scalars(chosen))
    read = articles[:: max(1, len(articles) // _READ_MOST)][:_READ_MOST]
    for place, article in enumerate(read):
        _readings(session, article, place, now)
        _searches(session, article, place, now)
    for place, article in enumerate(read[:9]):
        _opinion(session, article, place, now)
    for place, article in enumerate(read[2:11:3]):
        session.add(
            Favourite(
                user_id="user-1001",
                article_id=article.id,
                added_at=now - timedelta(days=place + 1),
                authority_id=article.authority_id,
            )
        )
    _in_vain(session, articles[0].authority_id, now)


def _readings(session: AsyncSession, article: Article, place: int, now: datetime) -> None:
    today = now.astimezone(CHINA).date()
    for back in range(1, DAYS + 1):
        for nth, channel in enumerate(_CHANNELS):
            count = (_READ_MOST - place) * (3 - nth) // 12 + (place * 7 + back * 5 + nth * 3) % 4
            day = today - timedelta(days=back)
            if count and day.weekday() < 5:
                article.reads += count
                session.add(
                    ReadCount(
                        article_id=article.id,
                        day=day,
                        channel=channel,
                        count=count,
                        authority_id=article.authority_id,
                    )
                )


def _searches(session: AsyncSession, article: Article, place: int, now: datetime) -> None:
    for nth in range(1 + (_READ_MOST - place) // 6):
        at = now - timedelta(days=1 + (place + nth * 3) % DAYS, minutes=17 * place + nth)
        session.add(_search(article.title, article.authority_id, at, article_id=article.id, nth=place + nth))


def _in_vain(session: AsyncSession, authority_id: str, now: datetime) -> None:
    for place, (question, times) in enumerate(_IN_VAIN):
        for nth in range(times):
            at = now - timedelta(days=1 + place + 2 * nth, minutes=31 * place)
            session.add(_search(question, authority_id, at, article_id="", nth=place + nth))


def _search(question: str, authority_id: str, at: datetime, *, article_id: str, nth: int) -> SearchRecord:
    return SearchRecord(
        id=new_id(),
        authority_id=authority_id,
        at=at,
        user_id=f"user-{_USERS[nth % len(_USERS)]}",
        channel=_CHANNELS[nth % len(_CHANNELS)],
        question=question,
        found=1 + nth % 5 if article_id else 0,
        answered=bool(article_id),
        article_id=article_id,
        took_ms=float(18 + nth % 17),
        handled=False,
    )


def _opinion(session: AsyncSession, article: Article, place: int, now: datetime) -> None:
    solved, note = _OPINIONS[place % len(_OPINIONS)]
    article.solved += solved
    article.unsolved += not solved
    session.add(
        Feedback(
            id=new_id(),
            authority_id=article.authority_id,
            article_id=article.id,
            at=now - timedelta(days=1 + place, hours=place),
            user_id=f"user-{_USERS[place % len(_USERS)]}",
            channel="desk",
            solved=solved,
            note=note,
        )
    )
