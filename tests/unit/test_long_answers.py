"""Long answers are made and read in pieces, calls having their turn in between: what comes over is the same."""

import asyncio
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.adapters.statistics_sql.messages import ROWS_AT_ONCE, rows_heard, rows_told
from hotline.core.metrics.dimensions import Dimension, Grain
from hotline.core.metrics.query import Row
from hotline.features.reports.schemas import DimensionValue, ReportAnswer, ReportRow
from hotline.features.reports.telling import AT_ONCE, in_pieces

pytestmark = pytest.mark.req("STA-0")
AT = datetime(2026, 3, 1, tzinfo=UTC)


def report(name: str, rows: int) -> ReportAnswer:
    """A report of so many rows."""
    key = DimensionValue(dimension=Dimension.QUEUE, id="q", name='"rows":[]')
    made = [
        ReportRow(time=AT, label=f"{n} 时", keys=[key], values={"a": n / 3, "b": None}, texts={"a": "—"})
        for n in range(rows)
    ]
    return ReportAnswer(
        key="query", name=name, start=AT, end=AT, grain=Grain.HOUR, group_by=[Dimension.QUEUE], group_names=["座席组"], variant="", variant_words="",
        variants=[], made_at=AT, behind=0, columns=[], rows=made, totals=made[0], rows_total=rows, truncated=False,
    )  # fmt: skip


@pytest.mark.parametrize("rows", [1, AT_ONCE, AT_ONCE + 1, 3 * AT_ONCE - 1])
async def test_a_long_report_is_the_same_text(rows: int) -> None:
    answer = report('with "rows":[] in its name', rows)
    told = (await in_pieces(answer)).body
    assert json.loads(bytes(told)) == json.loads(answer.model_dump_json())
    assert bytes(told).decode() == answer.model_dump_json()


@given(st.integers(0, 3), st.lists(st.none() | st.text(), max_size=3), st.none() | st.integers(0, 9))
def test_rows_come_over_as_they_were(hundreds: int, key: list[str | None], count: int | None) -> None:
    rows = [Row(bucket=n, key=tuple(key), counts={"a": count}) for n in range(hundreds * ROWS_AT_ONCE // 2)]

    async def over() -> list[Row]:
        return await rows_heard(await rows_told(rows))

    assert asyncio.run(over()) == rows


async def test_something_else_has_its_turn_in_between() -> None:
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other(), name="other")
    await in_pieces(report("long", 5 * AT_ONCE))
    assert turns >= 5
    task.cancel()
