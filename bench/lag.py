"""How long after a call's end its rows are in the statistics store, with so many calls a second on one SQLite journal.

The statistics process is the product's own, at its priority, following a journal that this process appends to: the events of simulated
calls in their order, so paced that a given number of calls end each second. A call's lag runs from the moment at which the append of its
`CallEnded` was durable until the process says that its store stands behind it (asked every 20 ms). The counts are compared at the end.

    python -m bench.lag --rate 20 --seconds 60
"""

import argparse
import asyncio
import multiprocessing
import os
import tempfile
import time
from collections import deque
from functools import partial
from pathlib import Path

import uvloop
from bench._people import spread
from bench.readers import wait_for
from bench.statistics import a_day

from hotline.adapters.journal_sql import JOURNAL, SqlJournal
from hotline.adapters.statistics_sql.client import StatisticsClient
from hotline.adapters.statistics_sql.server import serve
from hotline.adapters.statistics_sql.store import Store
from hotline.cli.statistics import NICE
from hotline.core.events import CallEnded, Event
from hotline.platform.database import Database

ASK_EVERY_S = 0.02
PROMISED_MS = 5_000


def statistics_process(folder: Path, address: Path) -> None:
    """Entry of the statistics process, as `hotline statistics serve` runs it."""
    os.nice(NICE)

    async def follow() -> None:
        database = Database(f"sqlite+aiosqlite:///{folder / 'hotline.db'}")
        await serve(partial(Store, folder / "statistics.duckdb"), SqlJournal(database.engine), address)
        await database.close()

    uvloop.run(follow())


def portions(events: list[Event], calls: int) -> list[list[Event]]:
    """The events, cut after each of so many calls' ends."""
    cut: list[list[Event]] = [[]]
    for event in events:
        cut[-1].append(event)
        if isinstance(event, CallEnded):
            if len(cut) == calls:
                break
            cut.append([])
    return cut


async def measure(folder: Path, told: list[list[Event]], rate: float) -> None:
    """Append, look, print."""
    database = Database(f"sqlite+aiosqlite:///{folder / 'hotline.db'}")
    async with database.engine.begin() as connection:
        await connection.run_sync(JOURNAL.create)
    journal = SqlJournal(database.engine.execution_options(hotline_writes=True))
    await journal.open()
    address = folder / "statistics.sock"
    process = multiprocessing.get_context("spawn").Process(target=statistics_process, args=(folder, address))
    process.start()
    await wait_for(address)
    client = StatisticsClient(address)
    waiting: deque[tuple[int, float]] = deque()
    lags: list[float] = []

    async def look() -> None:
        while len(lags) < len(told):
            stands = (await client.status()).watermark
            while waiting and waiting[0][0] <= stands:
                lags.append(1e3 * (time.perf_counter() - waiting.popleft()[1]))
            await asyncio.sleep(ASK_EVERY_S)

    async with asyncio.timeout(len(told) / rate + 60), asyncio.TaskGroup() as group:
        group.create_task(look(), name="look")
        began = time.perf_counter()
        for n, portion in enumerate(told):
            await asyncio.sleep(max(0.0, began + n / rate - time.perf_counter()))
            waiting.append((await journal.append(portion), time.perf_counter()))
        spent = time.perf_counter() - began
    counted = (await client.status()).calls
    await client.close()
    process.terminate()
    process.join(30)
    await journal.close()
    await database.close()
    p50, p99, most, _ = spread(lags)
    print("| calls/s | calls | events | end → in the store p50 ms | p99 ms | max ms | promised ms |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    print(f"| {len(told) / spent:.1f} | {counted} | {sum(map(len, told))} | {p50:.0f} | {p99:.0f} | {most:.0f} | {PROMISED_MS} |")  # fmt: skip
    assert counted == len(told), "every call that ended is counted"


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rate", type=float, default=20.0, help="calls that end each second")
    parser.add_argument("--seconds", type=float, default=60.0)
    args = parser.parse_args()
    calls = int(args.rate * args.seconds)
    told = portions(a_day(calls), calls)
    print(f"load average {os.getloadavg()[0]:.1f}\n")
    with tempfile.TemporaryDirectory() as name:
        uvloop.run(measure(Path(name), told, args.rate))
    print(f"\nload average {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
