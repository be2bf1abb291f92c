"""The statements that count are one text for every engine: other engines, given the store's rows, give the store's answers.

SQLite here; ClickHouse, with a writer of its own, in `test_clickhouse_store.py`.
"""

import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Select
from sqlalchemy.schema import CreateTable

from hotline.adapters.statistics_sql.answers import rows_of
from hotline.adapters.statistics_sql.compile import questions
from hotline.adapters.statistics_sql.dialects import SQLITE, literal_sql
from hotline.adapters.statistics_sql.store import Store
from hotline.adapters.statistics_sql.tables import TABLES, TEAM
from hotline.core.metrics.catalogue import REPORTS
from hotline.core.metrics.dimensions import Grain
from hotline.core.metrics.figures import FIGURES
from hotline.core.metrics.query import Query
from tests.simulation.test_oracle import END, START, VARIANTS, stored

Run = Callable[[Select[Any]], list[tuple[Any, ...]]]
_ALL = (TEAM, *(one for spec in TABLES.values() for one in (spec.sql, spec.class_sql)))


def _rows(store: Store, name: str) -> list[tuple[Any, ...]]:
    return store._db.execute(f"SELECT * FROM {name}").fetchall()


def on_sqlite(store: Store) -> Iterator[Run]:
    """The store's rows in SQLite."""
    database = sqlite3.connect(":memory:")
    for sql in _ALL:
        database.execute(str(CreateTable(sql).compile(dialect=SQLITE)))
        marks = ", ".join("?" for _ in sql.columns)
        database.executemany(f"INSERT INTO {sql.name} VALUES ({marks})", _rows(store, sql.name))
    yield lambda statement: database.execute(literal_sql(statement, SQLITE)).fetchall()
    database.close()


@pytest.fixture
def run() -> Iterator[Run]:
    yield from on_sqlite(stored()[0])


@pytest.mark.req("STA-0")
def test_other_engines_count_what_the_store_counts(run: Run) -> None:
    store = stored()[0]
    counted = 0
    for report in REPORTS.values():
        for variant in VARIANTS[1:2]:
            keys = {key for figure in report.figures for key in FIGURES[figure].formula(variant).measures()}
            for grain, by in ((Grain.TOTAL, report.group_by), (Grain.DAY, ())):
                query = Query(
                    measures=tuple(sorted(keys)),
                    start=START,
                    end=END,
                    grain=grain,
                    dimensions=by,
                    variant=variant,
                )
                asked = questions(query, store.coding)
                found = rows_of(query, store.coding, ((one.measures, run(one.statement)) for one in asked))
                assert found == store.ask(query), (report.key, grain)
                counted += len(found)
    assert counted > 50
