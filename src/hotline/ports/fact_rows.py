"""The fact rows port: the very rows that figures are counted from, for evidence that others recompute. No personal data is given out."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from hotline.core.metrics.measures import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsWanted:
    """Rows of one table that belong to a period and to some hotlines. `columns` are those of the table in the store."""

    table: Table
    columns: tuple[str, ...]
    start: datetime
    end: datetime
    hotlines: tuple[str, ...]
    offset: int = 0
    limit: int = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FactRow:
    """One row: its call ("": none), the moment by which it is counted (milliseconds since 1970), the columns asked for."""

    call_id: str
    at_ms: int
    values: tuple[str | int | bool | None, ...]


class FactRows(Protocol):
    """Gives out fact rows, page by page in one order."""

    async def rows(self, wanted: RowsWanted) -> list[FactRow]:
        """Return one page; fewer rows than the limit: it was the last.

        Raises:
            StatisticsUnavailable: the store is not there just now (retryable).
        """
        ...
