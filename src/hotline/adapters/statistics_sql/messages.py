"""Questions and answers between the application and the statistics process, as JSON. Light: loads no store."""

from pydantic import TypeAdapter

from hotline.core.metrics.query import CountedPage, Detail, Query, Row
from hotline.ports.fact_rows import FactRow, RowsWanted
from hotline.ports.statistics import StatisticsStatus

QUERY = TypeAdapter(Query)
ROWS = TypeAdapter(list[Row])
STATUS = TypeAdapter(StatisticsStatus)
DETAIL = TypeAdapter(Detail)
PAGE = TypeAdapter(CountedPage)
WANTED = TypeAdapter(RowsWanted)
FACTS = TypeAdapter(list[FactRow])
