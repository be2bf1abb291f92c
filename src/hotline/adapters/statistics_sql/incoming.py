"""A batch on its way into the store: facts as rows of numbers, what is corrected before and after them, and the codes given out."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

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


def coded(settled: Iterable[Settled], coding: Coding) -> Incoming:
    """Make rows of facts. What is coded in one order must be written in it, or not at all (then the codes are read again)."""
    batch = Incoming()
    for fact, stamp in settled:
        if isinstance(fact, f.IntervalsWithdrawn):
            _withdraw(batch, coding, fact)
        elif isinstance(fact, f.Late):
            batch.late.append(fact)
        else:
            table, row = coding.row(fact, stamp)
            batch.rows[table].append(row)
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
