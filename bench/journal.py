"""How fast the journal takes events, and how long a writer waits for its commit, with group commit and without.

Many writers append one event each and wait until it is durable, as the calls of a busy hour do. Without group commit (a batch of one)
the same code makes a transaction for every event; the ratio is taken in the same run. SQLite has synchronous=FULL, PostgreSQL fsync
and synchronous_commit, as in production; PostgreSQL is left out, visibly, where no server is installed.

    python -m bench.journal --events 20000 --writers 200
"""

import argparse
import asyncio
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import uvloop
from bench._people import spread

from hotline.adapters.journal_sql import JOURNAL, SqlJournal, journal
from hotline.core.events import KeysPressed
from hotline.core.ids import AuthorityId, CallId, FlowId, NodeId
from hotline.platform.database import Database
from tests import postgres

GROUP = journal.BATCH_LIMIT


def an_event(number: int) -> KeysPressed:
    """An event of ordinary size."""
    return KeysPressed(
        at=datetime.now(UTC),
        authority_id=AuthorityId("root"),
        call_id=CallId(f"01a2041b-48fe-70e9-84d1-{number:012d}"),
        flow_id=FlowId("demo"),
        node_id=NodeId("menu"),
        keys="1",
        accepted=True,
        label="不动产登记",
    )


async def append_all(url: str, events: int, writers: int) -> tuple[float, list[float]]:
    """Append so many events by so many writers; return the wall seconds and each append's milliseconds."""
    database = Database(url)
    async with database.engine.begin() as connection:
        await connection.run_sync(JOURNAL.drop, checkfirst=True)
        await connection.run_sync(JOURNAL.create)
    book = SqlJournal(database.engine.execution_options(hotline_writes=True))
    await book.open()
    waits: list[float] = []
    numbers = iter(range(events))

    async def write() -> None:
        for number in numbers:
            began = time.perf_counter()
            await book.append([an_event(number)])
            waits.append(1e3 * (time.perf_counter() - began))

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(writers):
            group.create_task(write(), name=f"writer-{number}")
    wall_s = time.perf_counter() - began
    assert await book.last_seq() == events
    await book.close()
    await database.close()
    return wall_s, waits


async def measure(name: str, url: str, args: argparse.Namespace) -> None:
    """Print the lines of one database."""
    single_events = max(args.writers, args.events // 20)
    rates: list[float] = []
    for how, batch, events in (
        ("group commit", GROUP, args.events),
        ("a commit per event", 1, single_events),
    ):
        journal.BATCH_LIMIT = batch
        wall_s, waits = await append_all(url, events, args.writers)
        rates.append(events / wall_s)
        p50, p99, most, _ = spread(waits)
        print(f"| {name}, {how} | {rates[-1]:,.0f} | {p50:.1f} | {p99:.1f} | {most:.1f} |", flush=True)
    wall_s, waits = await append_all(url, max(200, single_events // 4), 1)
    p50, p99, most, _ = spread(waits)
    print(f"| {name}, one writer alone | {len(waits) / wall_s:,.0f} | {p50:.1f} | {p99:.1f} | {most:.1f} |")
    print(f"| {name}: group commit ÷ commit per event | {rates[0] / rates[1]:.1f} × | | | |", flush=True)


@contextmanager
def durable_postgres() -> Iterator[str]:
    """A private cluster that writes through to the disk, as in production; yields the URL of its database.

    Raises:
        PostgresUnavailableError: there is no server to start.
    """
    programs = postgres.server_programs()
    folder = Path(tempfile.mkdtemp(prefix="hotline-bench-postgres-"))
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    data = str(folder / "data")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    made = postgres.as_server_user(
        [f"{programs}/initdb", "-D", data, "-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C"]
    )
    options = f"-p {port} -k '' -h 127.0.0.1"
    start = [f"{programs}/pg_ctl", "start", "-D", data, "-w", "-l", f"{folder}/log", "-o", options]
    started = postgres.as_server_user(start) if made.returncode == 0 else made
    try:
        if started.returncode:
            raise postgres.PostgresUnavailableError(started.stdout[-400:])
        yield f"postgresql+asyncpg://postgres@127.0.0.1:{port}/postgres"
    finally:
        postgres.as_server_user([f"{programs}/pg_ctl", "stop", "-D", data, "-m", "immediate", "-w"])
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--writers", type=int, default=200)
    args = parser.parse_args()
    print(f"{args.writers} writers, each waits for its commit; load average {os.getloadavg()[0]:.1f}\n")
    print("| journal | events/s | wait p50 ms | p99 ms | max ms |\n| --- | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as name:
        uvloop.run(measure("SQLite", f"sqlite+aiosqlite:///{name}/hotline.db", args))
    try:
        with durable_postgres() as url:
            uvloop.run(measure("PostgreSQL", url, args))
    except postgres.PostgresUnavailableError as why:
        print(f"| PostgreSQL: not measured, {why} | | | | |")


if __name__ == "__main__":
    main()
