"""Questions and answers between the application and the statistics process, as JSON. Light: loads no store."""

import asyncio
from typing import Final

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
ROWS_AT_ONCE: Final = 200
"""Rows of an answer that are made into text, or read, in one go: about a millisecond, in which nothing else has its turn."""


async def rows_told(rows: list[Row]) -> bytes:
    """An answer as lines of rows."""
    lines: list[bytes] = []
    for start in range(0, len(rows), ROWS_AT_ONCE):
        lines.append(ROWS.dump_json(rows[start : start + ROWS_AT_ONCE]))
        await asyncio.sleep(0)
    return b"\n".join(lines)


async def rows_heard(content: bytes) -> list[Row]:
    """The rows again. Raises `ValueError` for anything else."""
    rows: list[Row] = []
    for line in content.split(b"\n") if content else ():
        rows.extend(ROWS.validate_json(line))
        await asyncio.sleep(0)
    return rows
