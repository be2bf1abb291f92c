"""The statistics store: how fast it follows the journal, and how fast it answers, against SQLite and plain Python on the same rows.

A day of 10,000 calls is simulated, appended to a journal in SQLite and taken in by the projector. The store then gets that day thirty
times over, moved by a day each (300,000 calls), and the same rows go into SQLite. Reports 1, 6 and 8 are asked for the whole month by
day and queue; every answer of DuckDB is compared with SQLite's, and for the first day with that of plain Python.

    python -m bench.statistics --days 30
"""

import argparse
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import uvloop
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateTable

from hotline.adapters.journal_sql import JOURNAL, SqlJournal
from hotline.adapters.statistics_sql.compile import selects
from hotline.adapters.statistics_sql.projector import Projector
from hotline.adapters.statistics_sql.store import Store
from hotline.adapters.statistics_sql.tables import TABLES
from hotline.core.events import Event
from hotline.core.metrics.catalogue import SUMMARY, TRACKING, WAITING, Dimension, Grain, Report
from hotline.core.metrics.evaluate import evaluate, latest
from hotline.core.metrics.facts import Fact
from hotline.core.metrics.figures import FIGURES, Variant
from hotline.core.metrics.folds import FactFold
from hotline.core.metrics.query import Query
from hotline.platform.database import Database
from hotline.simulation.plan import Plan
from hotline.simulation.world import World

DAY_MS = 86_400_000
REPEAT = 5
_SQLITE = sqlite.dialect(paramstyle="named")


def a_day(calls: int) -> list[Event]:
    """The events of a simulated day."""
    events: list[Event] = []
    World(Plan(calls=calls), 7, events.extend).run()
    return events


async def follow(events: list[Event], folder: Path, store: Store) -> tuple[float, float]:
    """Append the events to a journal and let the projector take them in; return its wall and CPU seconds."""
    database = Database(f"sqlite+aiosqlite:///{folder / 'hotline.db'}")
    async with database.engine.begin() as connection:
        await connection.run_sync(JOURNAL.create)
    journal = SqlJournal(database.engine.execution_options(hotline_writes=True))
    await journal.open()
    for start in range(0, len(events), 2_000):
        await journal.append(events[start : start + 2_000])
    projector = Projector(store=store, journal=journal)
    await projector.begin()
    wall, cpu = time.perf_counter(), time.process_time()
    last = max(event.at for event in events)  # the day's own clock: agents' time is not cut up to today
    while await projector.step(last):
        pass
    spent = time.perf_counter() - wall, time.process_time() - cpu
    await journal.close()
    await database.close()
    return spent


def repeat_days(store: Store, days: int) -> int:
    """Copy the store's rows to the days that follow; return how many rows there are then."""
    rows = 0
    for table in TABLES.values():
        name, columns = table.sql.name, [column.name for column in table.sql.columns]
        shifted = {
            "t_ms": f"t_ms + n * {DAY_MS}",
            "left_ms": f"left_ms + n * {DAY_MS}",
            "day": "day + n",
            "month": "CAST(year(DATE '1970-01-01' + CAST(day + n AS INTEGER)) * 12"
            " + month(DATE '1970-01-01' + CAST(day + n AS INTEGER)) - 1 AS INTEGER)",
        }
        chosen = ", ".join(shifted.get(column, column) for column in columns)
        store._db.execute(f"INSERT INTO {name} SELECT {chosen} FROM {name}, range(1, {days}) AS later(n)")
        rows += store._db.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0]
    return rows


def copy_to_sqlite(store: Store, path: Path) -> sqlite3.Connection:
    """The same rows in SQLite, with an index on time."""
    database = sqlite3.connect(path)
    for table in TABLES.values():
        name = table.sql.name
        database.execute(str(CreateTable(table.sql).compile(dialect=_SQLITE)))
        marks = ", ".join("?" for _ in table.sql.columns)
        rows = store._db.execute(f"SELECT * FROM {name}")
        while batch := rows.fetchmany(50_000):
            database.executemany(f"INSERT INTO {name} VALUES ({marks})", batch)
        database.execute(f"CREATE INDEX {name}_time ON {name} (t_ms)")
    database.commit()
    return database


def ask_sqlite(database: sqlite3.Connection, query: Query) -> dict[Any, int]:
    """SQLite's answer: (interval, key, measure) → count, without zeros."""
    found: dict[Any, int] = {}
    width = len(query.dimensions)
    for keys, statement in selects(query):
        compiled = statement.compile(dialect=_SQLITE, compile_kwargs={"render_postcompile": True})
        text = str(compiled).replace(" // ", " / ")  # whole numbers: SQLite's division is that of DuckDB's //
        for bucket, *values in database.execute(text, compiled.params):
            for key, value in zip(keys, values[width:], strict=True):
                if value:
                    found[int(bucket), tuple(values[:width]), key] = int(value)
    return found


def flat(rows: list[Any]) -> dict[Any, int]:
    """A store's rows in the same form."""
    return {(row.bucket, row.key, key): n for row in rows for key, n in row.counts.items() if n}


def query_of(report: Report, start: datetime, end: datetime) -> Query:
    """The report by day and queue, as the page asks for it."""
    measures = {key for figure in report.figures for key in FIGURES[figure].formula(Variant()).measures()}
    return Query(
        measures=tuple(sorted(measures)), start=start, end=end, grain=Grain.DAY, dimensions=(Dimension.QUEUE,)
    )


def timed(ask: Callable[[], Any], times: int) -> tuple[Any, float, float]:
    """The answer, and the best of several wall and CPU milliseconds."""
    best_wall = best_cpu = float("inf")
    answer: Any = None
    for _ in range(times):
        wall, cpu = time.perf_counter(), time.process_time()
        answer = ask()
        best_wall = min(best_wall, 1e3 * (time.perf_counter() - wall))
        best_cpu = min(best_cpu, 1e3 * (time.process_time() - cpu))
    return answer, best_wall, best_cpu


def compare(store: Store, database: sqlite3.Connection, day: list[Fact], start: datetime, days: int) -> None:
    """Print the reports' times; fails when two answers differ."""
    print(
        "| report, by day and queue | DuckDB ms (CPU) | SQLite ms | ratio | Python, one day ms | DuckDB, one day ms |"
    )
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for report in (SUMMARY, TRACKING, WAITING):
        month = query_of(report, start, start + timedelta(days=days))
        one_day = replace(month, end=start + timedelta(days=1))
        answer, wall, cpu = timed(lambda q=month: store.ask(q), REPEAT)
        other, slow, _ = timed(lambda q=month: ask_sqlite(database, q), 1)
        assert flat(answer) == other, f"{report.key}: DuckDB and SQLite differ"
        ours, quick, _ = timed(lambda q=one_day: store.ask(q), REPEAT)
        plain, python, _ = timed(lambda q=one_day: evaluate(q, day), 1)
        assert flat(ours) == flat(plain), f"{report.key}: DuckDB and plain Python differ"
        print(
            f"| {report.number} {report.name_en} | {wall:.0f} ({cpu:.0f}) | {slow:.0f} | {slow / wall:.0f} × "
            f"| {python:.0f} | {quick:.0f} |",
            flush=True,
        )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--calls", type=int, default=10_000, help="a day")
    args = parser.parse_args()
    print(f"load average {os.getloadavg()[0]:.1f}\n")
    events = a_day(args.calls)
    start = min(event.at for event in events).replace(hour=16, minute=0, second=0, microsecond=0)
    if start > min(event.at for event in events):
        start -= timedelta(days=1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = Store(folder / "statistics.duckdb")
        wall_s, cpu_s = uvloop.run(follow(events, folder, store))
        print("| projector | |\n| --- | ---: |")
        print(f"| events, calls | {len(events):,}, {store.calls():,} |")
        print(f"| events/s | {len(events) / wall_s:,.0f} |")
        print(f"| CPU per event | {1e6 * cpu_s / len(events):.0f} µs |")
        fold = FactFold()
        facts = latest([fact for event in events for fact in fold.apply(event)])
        rows = repeat_days(store, args.days)
        database = copy_to_sqlite(store, folder / "peer.db")
        print(f"| rows, calls in the store | {rows:,}, {store.calls():,} |\n")
        compare(store, database, facts, start, args.days)
        database.close()
        store.close()


if __name__ == "__main__":
    main()
