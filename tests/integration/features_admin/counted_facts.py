"""A statistics store of facts in memory, counted in plain Python, and a month of calls to put in."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hotline.core.events import Direction, Disposition, Party
from hotline.core.ids import AuthorityId, CallId, HotlineId
from hotline.core.metrics import facts as f
from hotline.core.metrics.evaluate import TABLE_OF_FACT, column, counted_at, evaluate
from hotline.core.metrics.query import CountedPage, Detail, Query, Row, epoch_ms
from hotline.ports.fact_rows import FactRow, RowsWanted
from hotline.ports.statistics import StatisticsStatus

HOTLINE = "h1"
NOVEMBER = datetime(2026, 10, 31, 16, 0, tzinfo=UTC)


@dataclass(slots=True)
class CountedFacts:
    """Implements `Statistics` and `FactRows` over `facts`."""

    facts: list[f.Fact] = field(default_factory=list[f.Fact])
    behind: int = 0

    async def ask(self, query: Query) -> list[Row]:
        return evaluate(query, self.facts)

    async def detail(self, detail: Detail) -> CountedPage:
        return CountedPage(rows=(), total=0 if detail.total else None)

    async def status(self) -> StatisticsStatus:
        return StatisticsStatus(watermark=1, behind=self.behind, projected_at=None, rebuilding=None, calls=0)

    async def rebuild(self) -> None:
        """Nothing to drop."""

    async def rows(self, wanted: RowsWanted) -> list[FactRow]:
        found = [
            FactRow(
                call_id=str(getattr(fact, "call_id", "")),
                at_ms=epoch_ms(counted_at(fact)),
                values=tuple(column(fact, name) for name in wanted.columns),
            )
            for fact in self.facts
            if TABLE_OF_FACT[type(fact)] is wanted.table
            and wanted.start <= counted_at(fact) < wanted.end
            and getattr(fact, "hotline_id", None) in wanted.hotlines
        ]
        found.sort(key=lambda row: (row.at_ms, row.call_id))
        return found[wanted.offset : wanted.offset + wanted.limit]


def call(
    number: int, at: datetime, *, answered: bool, hotline: str = HOTLINE, test: bool = False
) -> f.CallFact:
    """A call in that asked for an agent."""
    return f.CallFact(
        call_id=CallId(f"c{number:06}"), authority_id=AuthorityId("root"), hotline_id=HotlineId(hotline), direction=Direction.INBOUND,
        ani="13800138000", dnis="01084000000", trunk_id=None, web=False, test=test, started_at=at, answered_at=at,
        ended_at=at + timedelta(seconds=60),
        disposition=Disposition.AGENT_ANSWERED if answered else Disposition.QUEUE_ABANDONED, ended_by=Party.CITIZEN,
        agent_requested=True, agent_answered=answered, agent_id=None, queue_id=None, talk_ms=45_000 if answered else 0,
        survey_invited=answered, sip_status=200, q850=16,
    )  # fmt: skip


def a_month(requests: Sequence[int], missed: Sequence[int], start: datetime = NOVEMBER) -> list[f.Fact]:
    """Calls of days in a row: so many requests, so many of them not answered, at odd moments; with some that must not count."""
    chance = random.Random(7)
    made: list[f.Fact] = []
    for day, (many, unanswered) in enumerate(zip(requests, missed, strict=True)):
        for n in range(many):
            at = start + timedelta(days=day, milliseconds=chance.randrange(86_400_000))
            made.append(call(len(made), at, answered=n >= unanswered))
        noon = start + timedelta(days=day, hours=12)
        made.append(call(len(made), noon, answered=False, test=True))
        made.append(call(len(made), noon, answered=False, hotline="h2"))
    return made
