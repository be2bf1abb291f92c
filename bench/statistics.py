"""The statistics store over two years: how fast it answers each report, how large it is, how fast it follows the journal; beside SQLite and PostgreSQL.

A day of calls is simulated, appended to a journal in SQLite and taken in by the projector (timed). The store's rows of that day are then
put down again for each of 730 days, with fresh callers and ids; of the agents' intervals about one in eight, which makes 5 million. Every
report is asked as its page opens it, for one month by day and for two years by month; for one month the same statements run in SQLite and
in PostgreSQL (a cluster of its own) over the same rows, and the answers are compared.

    python -m bench.statistics --calls 10000 --days 730
"""

import argparse
import contextlib
import gc
import os
import resource
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import uvloop
from bench._engines import Ask, postgres_peer, sqlite_peer

from hotline.adapters.journal_sql import JOURNAL, SqlJournal
from hotline.adapters.statistics_sql.ahead import Ahead
from hotline.adapters.statistics_sql.folding import BATCH, Step
from hotline.adapters.statistics_sql.gaps import refresh_all
from hotline.adapters.statistics_sql.projector import Projector
from hotline.adapters.statistics_sql.server import Service
from hotline.adapters.statistics_sql.store import Store
from hotline.adapters.statistics_sql.tables import TABLES
from hotline.core.events import Event
from hotline.core.metrics.catalogue import REPORTS, Report
from hotline.core.metrics.dimensions import Dimension, Grain
from hotline.core.metrics.figures import FIGURES, Variant
from hotline.core.metrics.folds import Memory
from hotline.core.metrics.measures import Table
from hotline.core.metrics.query import Detail, Query, bucket_start
from hotline.platform.database import Database
from hotline.simulation.plan import Plan
from hotline.simulation.world import World

DAY_MS = 86_400_000
NUMBERS = 10_000_000
"""Room between the numbers of calls of two days."""
AGENT_SHARE = 8.5
CALLERS = 4_000_000
"""Telephone numbers there are; some call far more often than others."""
DAYS_AT_ONCE = 10
REPEAT = 3
OTHERS_REPEAT = 2


@dataclass(frozen=True)
class Clocked(Ahead):
    """The helper, and when its first batch came: a rebuild of years does not feel how long it took to start."""

    seen: list[float] = field(default_factory=list[float])

    async def steps(
        self, watermark: int, low_water: int, memory: Memory, until: int
    ) -> AsyncGenerator[Step, None]:
        """The helper's own steps."""
        async with contextlib.aclosing(super().steps(watermark, low_water, memory, until)) as steps:
            async for step in steps:
                self.seen.append(time.perf_counter())
                yield step

    def events_s(self) -> float:
        """Events a second from the first batch to the last."""
        return (len(self.seen) - 1) * BATCH / (self.seen[-1] - self.seen[0]) if len(self.seen) > 1 else 0.0


HELPER = Clocked((sys.executable, "-m", "hotline", "statistics", "fold"))


def a_day(calls: int) -> list[Event]:
    """The events of a simulated day."""
    events: list[Event] = []
    World(Plan(calls=calls, agents=max(100, calls // 130), outbound_per_hour=0.3), 7, events.extend).run()
    return events


async def write_journal(events: list[Event], folder: Path) -> None:
    """Append the events to a new journal."""
    database = Database(f"sqlite+aiosqlite:///{folder / 'hotline.db'}")
    async with database.engine.begin() as connection:
        await connection.run_sync(JOURNAL.create)
    journal = SqlJournal(database.engine.execution_options(hotline_writes=True))
    await journal.open()
    for start in range(0, len(events), 2_000):
        await journal.append(events[start : start + 2_000])
    await journal.close()
    await database.close()


async def follow(last: datetime, folder: Path, store: Store, helper: Ahead | None) -> tuple[float, float]:
    """Let the projector take the journal in, alone or with a helper; return wall and CPU seconds, the helper's included.

    `last` is the day's own clock: agents' time is not cut up to today.
    """
    database = Database(f"sqlite+aiosqlite:///{folder / 'hotline.db'}")
    projector = Projector(store=store, journal=SqlJournal(database.engine))
    await projector.begin()
    gc.collect()
    gc.freeze()  # the simulated events are the bench's own
    wall, cpu = time.perf_counter(), cpu_s()
    await Service(store=store, journal=projector.journal, ahead=helper).take_in(projector, last)
    spent = time.perf_counter() - wall, cpu_s() - cpu
    await database.close()
    return spent


def cpu_s() -> float:
    """CPU seconds of this process and of the helpers that have ended."""
    helpers = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + helpers.ru_utime + helpers.ru_stime


def repeat_days(store: Store, days: int) -> None:
    """Put the store's rows down again for each of `days` days, some days at a time, each in the order of time."""
    later = "DATE '1970-01-01' + CAST(day + n AS INTEGER)"
    chance = f"(hash(no + n * {NUMBERS}) % 1000000007) / 1000000007.0"
    shifted = {
        "no": f"no + n * {NUMBERS}",
        "t_ms": f"t_ms + n * {DAY_MS}",
        "day": "day + n",
        "month": f"CAST(year({later}) * 12 + month({later}) - 1 AS INTEGER)",
        "caller": f"113000000000 + CAST({chance} * {chance} * {CALLERS} AS BIGINT)",
        "call_high": f"((t_ms + n * {DAY_MS}) << 16) | 28672 | (hash(no, n) & 4095)::BIGINT",
        "call_low": "((hash(n, no) >> 2)::BIGINT) - 9223372036854775807 - 1",
    }
    for table in TABLES.values():
        name, columns = table.sql.name, [column.name for column in table.sql.columns]
        chosen = ", ".join(f"{shifted.get(column, column)} AS {column}" for column in columns)
        some = f"WHERE hash(t_ms, agent) % 1000 < {1000 / AGENT_SHARE:.0f}" if name == Table.AGENT else ""
        store._db.execute(f"CREATE TEMP TABLE one_day AS SELECT * FROM {name} {some}")
        store._db.execute(f"DELETE FROM {name}")
        for first in range(0, days, DAYS_AT_ONCE):
            some_days = f"range({first}, {min(days, first + DAYS_AT_ONCE)}) AS later(n)"
            store._db.execute(f"INSERT INTO {name} SELECT {chosen} FROM one_day, {some_days} ORDER BY t_ms")
        store._db.execute("DROP TABLE one_day")


def query_of(report: Report, grain: Grain, start: datetime, end: datetime) -> Query:
    """The report as its page opens it."""
    measures = {key for figure in report.figures for key in FIGURES[figure].formula(Variant()).measures()}
    callers = Dimension.CALLER in report.group_by
    return Query(
        measures=tuple(sorted(measures)), start=start, end=end, grain=Grain.TOTAL if callers else grain, dimensions=report.group_by,
        order="trunk_in" if callers else "", limit=100 if callers else 0,
    )  # fmt: skip


def timed(ask: Callable[[], Any], times: int) -> tuple[Any, float, float]:
    """The answer, the best of several wall milliseconds, and the CPU milliseconds of that one."""
    best, answer = (float("inf"), 0.0), None
    for _ in range(times):
        wall, cpu = time.perf_counter(), time.process_time()
        answer = ask()
        best = min(best, (1e3 * (time.perf_counter() - wall), 1e3 * (time.process_time() - cpu)))
    return answer, *best


def compare(store: Store, others: list[Ask | None], start: datetime, month: datetime, end: datetime) -> None:
    """Print the reports' times; fails when two answers differ. `others`: SQLite and PostgreSQL, with the month's rows."""
    print(
        "| report | one month by day ms (CPU) | SQLite ms | ratio | PostgreSQL ms | ratio | two years by month ms (CPU) | first page of calls ms |"
    )
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for report in REPORTS.values():
        by_day = query_of(report, Grain.DAY, start, month)
        answer, quick, quick_cpu = timed(lambda q=by_day: store.ask(q), REPEAT)
        beside: list[str] = []
        for other in others:
            if other is None:
                beside.append("– | –")
                continue
            same, slow, _ = timed(lambda q=by_day, other=other: other(q), OTHERS_REPEAT)
            assert answer == same, f"{report.key}: two engines differ"
            beside.append(f"{slow:.0f} | {slow / quick:.1f} ×")
        all_of_it = query_of(report, Grain.MONTH, start, end)
        _, long, long_cpu = timed(lambda q=all_of_it: store.ask(q), REPEAT)
        first = tuple(FIGURES[report.figures[0]].formula(Variant()).numerator)
        page = Detail(
            query=replace(all_of_it, measures=first, dimensions=(), grain=Grain.TOTAL), limit=50, total=False
        )
        _, drill, _ = timed(lambda d=page: store.detail(d), REPEAT)
        print(
            f"| {report.number} {report.key} | {quick:.0f} ({quick_cpu:.0f}) | {' | '.join(beside)} | {long:.0f} ({long_cpu:.0f}) | {drill:.0f} |",
            flush=True,
        )


def compare_long(store: Store, other: Ask | None, start: datetime, end: datetime) -> None:
    """Print each report over the whole time, here and in PostgreSQL with all the rows, once; fails when two answers differ."""
    if other is None:
        return
    print("| report | two years by month ms (CPU) | PostgreSQL ms | ratio |")
    print("| --- | ---: | ---: | ---: |")
    for report in REPORTS.values():
        by_month = query_of(report, Grain.MONTH, start, end)
        answer, quick, quick_cpu = timed(lambda q=by_month: store.ask(q), OTHERS_REPEAT)
        same, slow, _ = timed(lambda q=by_month: other(q), 1)
        assert answer == same, f"{report.key}: two engines differ"
        print(
            f"| {report.number} {report.key} | {quick:.0f} ({quick_cpu:.0f}) | {slow:.0f} | {slow / quick:.1f} × |",
            flush=True,
        )


def projected(folder: Path, events: list[Event]) -> Store:
    """A store of one day, taken in by the projector; prints how long that took."""
    last = max(event.at for event in events)
    uvloop.run(write_journal(events, folder))
    os.environ["HOTLINE_DATA"] = str(folder)  # where the helper finds the journal
    print(
        "| projector | calls | events | calls/s | events/s | CPU per event | calls/s from its first batch on |"
        "\n| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    )
    store: Store | None = None
    for name, helper in {"one process": None, "with a helper": HELPER}.items():
        if store is not None:
            store.close()
            (folder / "statistics.duckdb").unlink()
        store = Store(folder / "statistics.duckdb")
        wall, cpu = uvloop.run(follow(last, folder, store, helper))
        calls, told = store.calls(), len(events)
        steady = (
            f"{helper.events_s() * calls / told:,.0f}" if helper is not None and helper.events_s() else "–"
        )
        print(
            f"| {name} | {calls:,} | {told:,} | {calls / wall:,.0f} | {told / wall:,.0f} | {1e6 * cpu / told:.1f} µs | {steady} |",
            flush=True,
        )
    assert store is not None
    print()
    return store


def grown(store: Store, days: int) -> None:
    """The store with as many days."""
    wall = time.perf_counter()
    repeat_days(store, days)
    print("| store | |\n| --- | ---: |")
    print(f"| rows put down | {time.perf_counter() - wall:.0f} s |\n", flush=True)


def swept(store: Store) -> None:
    """Make the gaps of all callers anew, as after a rebuild: every row is written."""
    store._db.execute("UPDATE call SET nth = 0")
    store._db.execute("CHECKPOINT")
    wall, cpu = time.perf_counter(), time.process_time()
    refresh_all(store._db)
    store._db.execute("CHECKPOINT")
    spent = time.perf_counter() - wall, time.process_time() - cpu
    print("| store | |\n| --- | ---: |")
    print(f"| gaps of all callers in one sweep, CPU | {spent[0]:.1f} s, {spent[1]:.1f} s |", flush=True)


def weigh(store: Store, path: Path) -> None:
    """Print what is in the store, and how large it is."""
    for table in TABLES.values():
        found = store._db.execute(f"SELECT count(*) FROM {table.sql.name}").fetchone()
        print(f"| rows of {table.sql.name} | {found[0] if found else 0:,} |")
    used = store._db.execute("SELECT used_blocks * block_size FROM pragma_database_size()").fetchone()
    size = used[0] if used else path.stat().st_size
    print(f"| calls, bytes a call | {store.calls():,}, {size / store.calls():.0f} |\n", flush=True)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--days", type=int, default=730)
    parser.add_argument("--calls", type=int, default=10_000, help="citizens' calls a day")
    parser.add_argument("--reports-only", action="store_true", help="no projector; needs --keep")
    parser.add_argument("--projector-only", action="store_true", help="no reports")
    parser.add_argument(
        "--long",
        action="store_true",
        help="PostgreSQL with all rows, over two years; needs 15 GB of disk and a quarter of an hour",
    )
    parser.add_argument("--keep", type=Path, help="a folder in which the store stays, and is taken up again")
    args = parser.parse_args()
    print(f"load average {os.getloadavg()[0]:.1f}\n")
    with tempfile.TemporaryDirectory() as name:
        folder = args.keep or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "statistics.duckdb"
        if args.projector_only:
            projected(Path(name), a_day(args.calls)).close()
            return
        if path.exists():
            if not args.reports_only:
                projected(Path(name), a_day(args.calls)).close()
            store = Store(path)
        else:
            store = projected(folder, a_day(args.calls))
            grown(store, args.days)
        if not args.reports_only:
            swept(store)
        weigh(store, path)
        (first, last) = store._db.execute("SELECT min(month), max(month) FROM call").fetchall()[0]
        start, end = bucket_start(Grain.MONTH, first), bucket_start(Grain.MONTH, last + 1)
        month = start + timedelta(days=31)
        border = int(start.timestamp() * 1000), int(month.timestamp() * 1000)
        if args.long:
            with postgres_peer(store, border[0], int(end.timestamp() * 1000)) as postgresql:
                compare_long(store, postgresql, start, end)
            store.close()
            return
        with sqlite_peer(store, *border) as sqlite, postgres_peer(store, *border) as postgresql:
            compare(store, [sqlite, postgresql], start, month, end)
        store.close()


if __name__ == "__main__":
    main()
