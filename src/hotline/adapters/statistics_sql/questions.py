"""How a store answers questions: the same statements, whichever engine runs them."""

from abc import ABC, abstractmethod
from typing import Any

from sqlalchemy import Select

from hotline.adapters.statistics_sql.answers import rows_of
from hotline.adapters.statistics_sql.coding import Coding
from hotline.adapters.statistics_sql.detail import counted_page
from hotline.adapters.statistics_sql.distinct_callers import planned
from hotline.adapters.statistics_sql.rows import fact_rows
from hotline.adapters.statistics_sql.top_callers import most_frequent
from hotline.adapters.statistics_sql.versions import Versions
from hotline.core.metrics.query import CountedPage, Detail, Query, Row
from hotline.ports.fact_rows import FactRow, RowsWanted


class Questions(ABC):
    """The asking half of `fact_store.FactStore`; a store says how it runs a statement, and notes what has changed."""

    def __init__(self) -> None:
        self.coding = Coding()
        self._versions = Versions()

    @abstractmethod
    def run(self, statement: Select[Any]) -> list[tuple[Any, ...]]:
        """Run a SELECT; several threads may."""

    def ask(self, query: Query) -> list[Row]:
        """Answer a query (see `ports.statistics`)."""
        query = most_frequent(query, self.coding, self.run)
        asked = planned(query, self.coding, self.run)
        return rows_of(query, self.coding, ((one.measures, self.run(one.statement)) for one in asked))

    def detail(self, detail: Detail) -> CountedPage:
        """Return rows that were counted, latest first."""
        return counted_page(detail, self.coding, self.run)

    def rows(self, wanted: RowsWanted) -> list[FactRow]:
        """Return a page of fact rows."""
        return fact_rows(wanted, self.coding, self.run)

    def version(self, query: Query) -> int:
        """A number that changes when an answer to this question may have changed."""
        return self._versions.of_query(query)
