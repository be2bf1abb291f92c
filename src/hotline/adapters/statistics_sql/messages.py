"""Questions and answers between the application and the statistics process, as JSON. Light: loads no store."""

from pydantic import TypeAdapter

from hotline.core.metrics.query import CountedPage, Detail, Query, Row
from hotline.ports.statistics import StatisticsStatus

QUERY = TypeAdapter(Query)
ROWS = TypeAdapter(list[Row])
STATUS = TypeAdapter(StatisticsStatus)
DETAIL = TypeAdapter(Detail)
PAGE = TypeAdapter(CountedPage)
