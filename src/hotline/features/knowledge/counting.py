"""The figures of the knowledge part of report 19 as others put them into reports of their own: by day and longer, split by nothing."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from hotline.core.metrics.dimensions import Grain
from hotline.core.metrics.query import LOCAL_OFFSET, bucket_of
from hotline.features.knowledge.search_repository import UseRepository
from hotline.platform.actor import Actor
from hotline.platform.errors import Invalid
from hotline.platform.own_reports import Exact, OwnItem, OwnLine, OwnQuestion, OwnTerm, Side

_COUNTS: Final = {
    "searches": "检索次数",
    "answered": "有答案次数",
    "nothing_found": "未找到次数",
    "reads": "阅读次数",
    "solved": "已解决",
    "unsolved": "未解决",
}
_RATES: Final = {
    "answered_rate": (("answered",), ("searches",)),
    "solved_rate": (("solved",), ("solved", "unsolved")),
}
_ARTICLES: Final = "articles"
"""A state of the moment: told for the whole period only."""


class KnowledgeCounting:
    """Counts the use of the knowledge base (`platform.own_reports.OwnCounting`)."""

    async def lines(self, session: AsyncSession, actor: Actor, question: OwnQuestion) -> list[OwnLine]:
        """Return the intervals in which the knowledge base was used. Raises `Invalid` for less than days: readings are kept by day."""
        if question.grain in {Grain.HOUR, Grain.QUARTER}:
            raise Invalid("grain", "知识库的阅读次数按天记录，请选择“天”或更大的粒度")
        use = UseRepository(session)
        sums: dict[int, Counter[str]] = {}
        for day, counts in (await use.by_day(actor, question.start, question.end)).items():
            midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) - LOCAL_OFFSET
            sums.setdefault(bucket_of(question.grain, midnight), Counter()).update(counts)
        if question.grain is Grain.TOTAL:
            articles = await use.readable_count(actor)
            return [OwnLine(bucket=0, key=(), values=_values(sums.get(0, Counter())) | {_ARTICLES: articles})]
        return [OwnLine(bucket=bucket, key=(), values=_values(sums[bucket])) for bucket in sorted(sums)]

    def nothing(self) -> Mapping[str, Exact]:
        """Return the figures of an interval without use."""
        return _values(Counter())

    async def names(
        self, session: AsyncSession, dimension: str, values: Collection[str]
    ) -> Mapping[str, str]:
        """Return nothing: the figures are split by no dimension."""
        del session, dimension, values
        return {}

    async def terms(
        self, session: AsyncSession, actor: Actor, figure: str, question: OwnQuestion
    ) -> list[OwnTerm]:
        """Return the counts of a figure over the whole period."""
        (line,) = await self.lines(session, actor, replace(question, grain=Grain.TOTAL))
        over, under = _RATES.get(figure, ((figure,), ()))
        sides: list[tuple[Side, tuple[str, ...]]] = [("numerator", over), ("denominator", under)]
        return [
            OwnTerm(
                key=key,
                words=_COUNTS.get(key, "现在的正式词条数"),
                side=side,
                count=int(line.values[key] or 0),
                listed=False,
            )
            for side, keys in sides
            for key in keys
        ]

    async def items(
        self,
        session: AsyncSession,
        actor: Actor,
        figure: str,
        question: OwnQuestion,
        *,
        side: Side,
        offset: int,
        limit: int,
    ) -> tuple[list[OwnItem], int]:
        """Return nothing: searches are kept as counts, and what was typed may be personal."""
        del session, actor, figure, question, side, offset, limit
        return [], 0


def _values(counts: Mapping[str, int]) -> dict[str, Exact]:
    plain: dict[str, Exact] = {key: counts.get(key, 0) for key in _COUNTS}
    rates = {
        key: _share(sum(counts.get(one, 0) for one in over), sum(counts.get(one, 0) for one in under))
        for key, (over, under) in _RATES.items()
    }
    return plain | rates | {_ARTICLES: None}


def _share(part: int, whole: int) -> Exact:
    return Fraction(part, whole) if whole else None
