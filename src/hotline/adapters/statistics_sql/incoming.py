"""A batch on its way into the store: facts as rows of numbers, what is corrected before and after them, and the codes given out."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, get_args

from hotline.adapters.statistics_sql.coding import Coding, News
from hotline.adapters.statistics_sql.tables import TABLES
from hotline.core.metrics import facts as f
from hotline.core.metrics.measures import Table
from hotline.core.metrics.query import epoch_ms
from hotline.core.metrics.settling import Settled

Rows = dict[Table, list[tuple[Any, ...]]]


@dataclass(slots=True)
class Incoming:
    """What one batch changes."""

    rows: Rows = field(default_factory=lambda: defaultdict[Table, list[tuple[Any, ...]]](list))
    withdrawn: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    """Agents, and since when their pieces of earlier batches are void."""
    late: list[f.Late] = field(default_factory=list[f.Late])
    """What is told of calls whose rows are there: it is coded as it is written, and nothing else may be coded meanwhile."""
    news: News = field(default_factory=News)


_CORRECTIONS = frozenset({f.IntervalsWithdrawn, *get_args(f.Late)})


def without_replaced(settled: list[Settled]) -> list[Settled]:
    """Of the rows of a talk only the last: most are made again within the same batch, when after-call work ends."""
    last: dict[tuple[int, str], int] = {}
    replaced: set[int] = set()
    for place, (fact, stamp) in enumerate(settled):
        if type(fact) is f.TalkFact:
            key = stamp.number, fact.talk_id
            if (before := last.get(key)) is not None:
                replaced.add(before)
            last[key] = place
    if not replaced:
        return settled
    return [one for place, one in enumerate(settled) if place not in replaced]


def coded(settled: list[Settled], coding: Coding) -> Incoming:
    """Make rows of facts. What is coded in one order must be written in it, or not at all (then the codes are read again)."""
    batch = Incoming()
    rows, row_of = batch.rows, coding.row
    for fact, stamp in without_replaced(settled):
        if type(fact) not in _CORRECTIONS:
            table, row = row_of(fact, stamp)
            rows[table].append(row)
        elif isinstance(fact, f.IntervalsWithdrawn):
            _withdraw(batch, coding, fact)
        elif isinstance(fact, f.Late):
            batch.late.append(fact)
    batch.news = coding.take_news()
    return batch


_AGENT_COLUMNS = TABLES[Table.AGENT].sql.columns.keys()
_AT, _WHO = _AGENT_COLUMNS.index("t_ms"), _AGENT_COLUMNS.index("agent")


def _withdraw(batch: Incoming, coding: Coding, fact: f.IntervalsWithdrawn) -> None:
    """Void an agent's later pieces, those of this very batch as well."""
    agent, since = coding.known(fact.agent_id), epoch_ms(fact.from_at)
    batch.rows[Table.AGENT] = [
        row for row in batch.rows[Table.AGENT] if not (row[_WHO] == agent and row[_AT] >= since)
    ]
    batch.withdrawn.append((agent, since))
