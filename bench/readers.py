"""Do people who read reports delay calls? Routing alone, then beside a hundred readers of the statistics process; same machine, same run.

The statistics process is the product's own, over a store that `bench.statistics --keep FOLDER` left; each reader opens another report,
over another month (one in ten over everything there is), and reads it for some seconds. No answer is asked for twice, so none is
remembered. Routing is `bench.routing`, whose tables are printed.

    python -m bench.readers --keep FOLDER --readers 100
"""

import argparse
import asyncio
import multiprocessing
import os
import random
import tempfile
import time
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import structlog
import uvloop
from bench.routing import LIMIT_S, measure, switch_process
from bench.statistics import query_of

from hotline.adapters.statistics_sql.client import StatisticsClient
from hotline.adapters.statistics_sql.server import serve
from hotline.adapters.statistics_sql.store import Store
from hotline.cli.statistics import NICE
from hotline.core.metrics.catalogue import REPORTS
from hotline.core.metrics.dimensions import Grain
from hotline.core.metrics.query import bucket_start
from hotline.ports.journal import Page
from hotline.ports.statistics import StatisticsUnavailable


class Still:
    """A journal in which nothing happens any more."""

    def __init__(self, last: int) -> None:
        self._last = last

    async def last_seq(self) -> int:
        return self._last

    async def page(self, *, after: int, limit: int, kinds: Collection[str]) -> Page:  # noqa: ARG002 - the port's
        return Page([], after, 0)


def statistics_process(path: Path, address: Path, last: int) -> None:
    """Entry of the statistics process, as `hotline statistics serve` runs it."""
    os.nice(NICE)
    uvloop.run(serve(partial(Store, path), Still(last), address))  # pyright: ignore[reportArgumentType]


async def read(address: Path, readers: int, think_s: float, period: tuple[datetime, datetime]) -> None:
    """Be the readers until cancelled; print how long their answers took."""
    client = StatisticsClient(address)
    took_ms: list[float] = []
    chance = random.Random(1)
    start, end = period
    days = (end - start).days - 31

    async def person() -> None:
        await asyncio.sleep(chance.random() * think_s)
        while True:
            report = chance.choice([*REPORTS.values()])
            first = start + timedelta(days=chance.randrange(days), minutes=chance.randrange(1440))
            wide = chance.random() < 0.1
            asked = query_of(report, Grain.MONTH if wide else Grain.DAY, start if wide else first, end if wide else first + timedelta(days=31))  # fmt: skip
            began = time.perf_counter()
            await client.ask(asked)
            took_ms.append(1e3 * (time.perf_counter() - began))
            await asyncio.sleep(think_s)

    try:
        async with asyncio.TaskGroup() as people:
            for _ in range(readers):
                people.create_task(person())
    except* StatisticsUnavailable:
        print("a reader got no answer")
    finally:
        took_ms.sort()
        print(f"\n| reports read | p50 | p99 |\n| ---: | ---: | ---: |\n| {len(took_ms)} | {took_ms[len(took_ms) // 2]:.0f} ms | {took_ms[int(len(took_ms) * 0.99)]:.0f} ms |")  # fmt: skip
        await client.close()


def readers_process(address: Path, readers: int, think_s: float, period: tuple[datetime, datetime], seconds: float) -> None:  # fmt: skip
    """Entry of the readers' process."""

    async def for_a_while() -> None:
        try:
            async with asyncio.timeout(seconds):
                await read(address, readers, think_s, period)
        except TimeoutError:
            pass

    uvloop.run(for_a_while())


def route(calls: int, rate: float, agents: int) -> None:
    """One run of `bench.routing`."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        switch = context.Process(
            target=switch_process, args=(theirs, folder / "voice.sock", calls, rate, agents)
        )
        switch.start()
        ours.recv()
        uvloop.run(measure(folder, ours, calls, agents))
        switch.join(LIMIT_S)


async def wait_for(address: Path) -> None:
    """Until the statistics process answers."""
    client = StatisticsClient(address)
    while True:
        try:
            await client.status()
        except StatisticsUnavailable:
            await asyncio.sleep(0.2)
        else:
            break
    await client.close()


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--keep", type=Path, help="the folder of `bench.statistics --keep`")
    parser.add_argument("--readers", type=int, default=100)
    parser.add_argument("--think", type=float, default=10.0, help="seconds for which a report is read")
    parser.add_argument("--calls", type=int, default=600)
    args = parser.parse_args()
    if args.keep is None:
        print("needs --keep FOLDER, a store that `python -m bench.statistics --keep FOLDER` left")
        return
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    path = args.keep / "statistics.duckdb"
    store = Store(path)
    watermark = store.progress()[0]
    first, last = store._db.execute("SELECT min(month), max(month) FROM call").fetchall()[0]
    store.close()
    period = bucket_start(Grain.MONTH, first), bucket_start(Grain.MONTH, last + 1)
    print(f"load average {os.getloadavg()[0]:.1f}\n\nNobody reads:\n", flush=True)
    route(args.calls, 20.0, 60)
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as name:
        address = Path(name) / "statistics.sock"
        statistics = context.Process(target=statistics_process, args=(path, address, watermark))
        statistics.start()
        uvloop.run(wait_for(address))
        seconds = args.calls / 20.0 + 15.0
        readers = context.Process(target=readers_process, args=(address, args.readers, args.think, period, seconds))  # fmt: skip
        readers.start()
        print(f"\n{args.readers} people read, each another report every {args.think:.0f} s:\n", flush=True)
        time.sleep(5.0)
        route(args.calls, 20.0, 60)
        readers.join(60)
        statistics.terminate()
        statistics.join(30)
    print(f"\nload average {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
