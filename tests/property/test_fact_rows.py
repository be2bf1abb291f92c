"""Evidence rows: counting the rows that the store gives out, by a plan's own conditions, gives the store's own figures."""

from datetime import timedelta

import pytest
from hypothesis import Phase, given, settings

from hotline.adapters.statistics_sql.store import Store
from hotline.core.metrics import facts as f
from hotline.core.metrics.dimensions import Dimension
from hotline.core.metrics.figures import FIGURES, Variant
from hotline.core.metrics.folds import Memory
from hotline.core.metrics.measures import MEASURES, Table
from hotline.core.metrics.query import Query
from hotline.features.contracts import checker
from hotline.features.contracts.plan import _measure, cell, usable
from hotline.ports.fact_rows import RowsWanted
from tests.property.test_statistics_store import START, facts, settle

HOTLINES = ("a", "b")
END = START + timedelta(days=2)
USED = sorted(
    {key for name in FIGURES if usable(name) for key in FIGURES[name].formula(Variant()).measures()}
)


def by_rows(store: Store, key: str) -> int:
    planned = _measure(MEASURES[key], Variant())
    columns = tuple(sorted({where[0] for where in planned["where"]} | ({planned["column"]} - {""})))
    total, offset = 0, 0
    while page := store.rows(
        RowsWanted(
            table=Table(planned["table"]), columns=columns, start=START, end=END, hotlines=HOTLINES, offset=offset, limit=7
        )
    ):  # fmt: skip
        for row in page:
            said = dict(zip(columns, map(cell, row.values), strict=True))
            if all(checker.holds(said, *where) for where in planned["where"]):
                total += int(said[planned["column"]]) if planned["kind"] == "sum" else 1
        offset += len(page)
    return total


@pytest.mark.req("KPI-3")
@settings(max_examples=6, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(facts=facts)
def test_counted_rows_give_the_figures(facts: list[f.Fact]) -> None:
    store = Store(None)
    try:
        store.write(settle(facts), watermark=1, low_water=1, memory=Memory())
        query = Query(measures=tuple(USED), start=START, end=END, filters={Dimension.HOTLINE: HOTLINES})
        answer = store.ask(query)
        counts = answer[0].counts if answer else {}
        assert {key: by_rows(store, key) for key in USED} == {key: counts.get(key) or 0 for key in USED}
    finally:
        store.close()
