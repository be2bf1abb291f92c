"""Lists of tickets with a million behind them, and the data of the screen pop: `python -m bench.tickets [--tickets N] [--customers N] [--data FOLDER] [--database URL]`.

Both through the application itself (HTTP to the ASGI interface, log-in and rights included), on SQLite in a temporary folder (in FOLDER, kept
and used again, when one is given: the machine may come to rest between filling and measuring); ticket texts are made of a few hundred everyday phrases, so that words are as frequent as in life. With `--database` an empty PostgreSQL database is
filled (one that has tickets is taken as it is) and asked instead. Prints p50 and p99 by question.
"""

import argparse
import asyncio
import csv
import io
import json
import os
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from hotline.core.site import Site
from hotline.features.tickets.models import SEARCH_TABLE, Ticket
from hotline.http_app import create_app
from hotline.platform.access import Platform
from hotline.platform.auth import Authenticator
from hotline.platform.collector import keep_for_good
from hotline.platform.database import Database
from hotline.platform.fulltext import tokens, vector
from hotline.platform.settings import Profile, Settings
from hotline.ports.call_control import CallControl
from hotline.setup import set_up

PASSWORD = "bench-Bench-1"
START = datetime(2025, 1, 1, tzinfo=UTC)
THINGS = "社保卡 医保报销 养老转移 不动产登记 房产证 公积金 居住证 水费 噪声 停车位 路灯 垃圾清运 供暖 电子秤检定 燃气 公交线路".split()
ASKS = "怎么办理 多久能办好 收费太高 没有人管 需要什么材料 窗口排队太久 网上查不到 信息填错了 要求退费 想预约上门".split()
PLACES = [
    f"{area}{street}"
    for area in ("东城", "西城", "朝阳", "海淀", "通州")
    for street in ("一号路", "和平里", "双井", "学院路")
]
STATES = (("closed", 90), ("answered", 4), ("open", 2), ("assigned", 1), ("working", 2), ("replied", 1))
TURNS = 60


def rows(count: int, types: list[str], columns: list[str]) -> Iterator[tuple[Any, ...]]:
    """Tickets over two years, newest last."""
    chance = random.Random(7)
    states, weights = [s for s, _ in STATES], [w for _, w in STATES]
    for seq in range(1_000, 1_000 + count):
        at = START + timedelta(seconds=63 * seq)
        state = chance.choices(states, weights)[0]
        due = (at + timedelta(days=2)).strftime("%Y-%m-%d %H:%M:%S.%f")
        when = at.strftime("%Y-%m-%d %H:%M:%S.%f")
        active = state not in {"closed", "answered"}
        title = f"{chance.choice(THINGS)}{chance.choice(ASKS)}"
        blank = dict.fromkeys(columns)
        yield tuple((blank | {
            "id": f"bench-{seq}", "seq": seq, "number": f"B{seq:09}", "type_id": chance.choice(types), "category": "consult",
            "state": state, "title": title, "content": f"{chance.choice(PLACES)}市民来电：{title}，{chance.choice(ASKS)}。", "answer": "",
            "values": "{}", "customer_name": "市民", "contact": f"139{chance.randrange(10**8):08}", "confidential": 0,
            "source": "phone", "urgency": "normal", "owner_id": f"user-{chance.randrange(1001, 1013)}",
            "department_id": chance.choice(("social-office", "realestate-office", None)), "round": 1, "returned": 0, "reassigned": 0,
            "urged": 0, "level": 0, "supervised": 0, "consulted": 0, "rule_minutes": 1440, "rule_amber": 75,
            "clock_started_at": when, "pauses": "[]", "due_at": due, "amber_at": due, "in_time": None if active else 1, "grade": "",
            "concerned": "", "verdict": "", "measures": "", "feedback": "", "created_at": when, "created_by": "user-1001",
            "updated_at": when, "updated_by": "", "version": 1, "authority_id": "root",
        }).values())  # fmt: skip


def fill(file: Path, count: int, customers: int) -> None:
    """Put tickets and customers straight into the file."""
    base = sqlite3.connect(file)
    base.execute("PRAGMA synchronous=OFF")
    columns = [column.key for column in Ticket.__table__.columns]
    types = [row[0] for row in base.execute("SELECT id FROM ticket_type")]
    marks = ",".join("?" * len(columns))
    names = ",".join(f'"{name}"' for name in columns)
    title, content = columns.index("title"), columns.index("content")
    batch: list[tuple[Any, ...]] = []

    def write() -> None:
        base.executemany(f"INSERT INTO ticket ({names}) VALUES ({marks})", batch)
        texts = [
            (row[columns.index("seq")], " ".join(tokens(f"{row[title]}\n{row[content]}"))) for row in batch
        ]
        base.executemany(f"INSERT INTO {SEARCH_TABLE} (rowid, body) VALUES (?, ?)", texts)
        base.commit()
        batch.clear()

    for row in rows(count, types, columns):
        batch.append(row)
        if len(batch) == 20_000:
            write()
    write()
    _customers(base, customers)
    base.commit()
    base.close()


def _customers(base: sqlite3.Connection, count: int) -> None:
    when = START.strftime("%Y-%m-%d %H:%M:%S.%f")
    base.executemany(
        "INSERT INTO customer (id, kind, name, customer_class, gender, id_number, id_digest, address, email, position, note,"
        ' "values", version, active, created_at, created_by, updated_at, authority_id)'
        " VALUES (?, 'person', ?, 'ordinary', '', '', '', '', '', '', '', '{}', 1, 1, ?, '', ?, 'root')",
        ((f"c{n}", f"市民{n}", when, when) for n in range(count)),
    )
    base.executemany(
        "INSERT INTO customer_number (customer_id, number, label, position, authority_id) VALUES (?, ?, '', 0, 'root')",
        ((f"c{n}", f"139{n:08}") for n in range(count)),
    )


async def fill_postgres(url: str, count: int, customers: int) -> None:
    """Put tickets and customers straight into a PostgreSQL database that has its tables, unless there are many already."""
    base = await asyncpg.connect(url)
    if await base.fetchval("SELECT count(*) FROM ticket") > 1_000:
        await base.close()
        return
    columns = [column.key for column in Ticket.__table__.columns]
    types = [row[0] for row in await base.fetch("SELECT id FROM ticket_type")]
    seq, title, content = columns.index("seq"), columns.index("title"), columns.index("content")

    async def copy(table: str, names: Sequence[str], lines: list[tuple[Any, ...]]) -> None:
        text = io.StringIO()
        csv.writer(text).writerows(lines)
        source = io.BytesIO(text.getvalue().encode())
        await base.copy_to_table(table, source=source, columns=list(names), format="csv", null="\\N")

    batch: list[tuple[Any, ...]] = []

    async def write() -> None:
        await copy("ticket", columns, [tuple("\\N" if v is None else v for v in row) for row in batch])
        await copy(
            SEARCH_TABLE,
            ["seq", "body"],
            [(row[seq], vector(tokens(f"{row[title]}\n{row[content]}"))) for row in batch],
        )
        batch.clear()

    for row in rows(count, types, columns):
        batch.append(row)
        if len(batch) == 20_000:
            await write()
    await write()
    when = START.strftime("%Y-%m-%d %H:%M:%S.%f")
    names = (
        "id kind name customer_class gender id_number id_digest address email position note values version active"
        " created_at created_by updated_at authority_id"
    ).split()
    blank = dict.fromkeys(names, "") | {
        "kind": "person", "customer_class": "ordinary", "values": "{}", "version": 1, "active": 1, "created_at": when,
        "updated_at": when, "authority_id": "root",
    }  # fmt: skip
    people = [tuple((blank | {"id": f"c{n}", "name": f"市民{n}"}).values()) for n in range(customers)]
    await copy("customer", names, people)
    owned = ["customer_id", "number", "label", "position", "authority_id"]
    await copy("customer_number", owned, [(f"c{n}", f"139{n:08}", "", 0, "root") for n in range(customers)])
    await base.execute("VACUUM ANALYZE")
    await base.close()


class _Centre:
    def site(self) -> Site:
        return Site(authority_id="root")  # pyright: ignore[reportArgumentType]


async def measure(what: str, ask: Callable[[int], Awaitable[Any]]) -> str:
    """One line of the table: warm, one after the other."""
    for turn in range(3):
        await ask(turn)
    took: list[float] = []
    for turn in range(TURNS):
        started = time.perf_counter()
        await ask(turn)
        took.append((time.perf_counter() - started) * 1000)
    took.sort()
    return f"| {what} | {statistics.median(took):.1f} | {took[int(TURNS * 0.99)]:.1f} |"


async def questions(client: httpx.AsyncClient, customers: int) -> None:
    """Ask what people ask."""

    def tickets(**query: Any) -> Callable[[int], Awaitable[Any]]:
        async def ask(_turn: int) -> None:
            answer = await client.get("/tickets", params=query)
            assert answer.status_code == 200, answer.text

        return ask

    async def pop(turn: int) -> None:
        number = f"139{(turn * 7919) % customers:08}"
        answer = await client.get("/screen-pop", params={"number": number})
        assert answer.json()["customer"], number

    async def unknown(turn: int) -> None:
        assert (await client.get("/screen-pop", params={"number": f"138{turn:08}"})).status_code == 200

    async def boxes(_turn: int) -> None:
        assert (await client.get("/ticket-boxes")).status_code == 200

    month = {"from": "2026-10-01T00:00:00Z", "to": "2026-11-01T00:00:00Z"}
    asked: tuple[tuple[str, Callable[[int], Awaitable[Any]]], ...] = (
        ("list, newest first", tickets()),
        ("to do (open, replied)", tickets(state=["open", "replied"])),
        ("one's own active", tickets(owner_id="me", state=["open", "assigned", "working", "replied"])),
        ("of a department, working", tickets(department_id="social-office", state=["working"])),
        ("overdue, most urgent first", tickets(light="red")),
        ("a month, closed", tickets(state=["closed"], **month)),
        ("words: 社保卡 (frequent)", tickets(words="社保卡")),
        ("words: 社保卡 退费 学院路", tickets(words="社保卡 退费 学院路")),
        ("words: 医保 and working", tickets(words="医保", state=["working"])),
        ("a citizen's number", tickets(number="13900000001")),
        ("counts of the tabs", boxes),
        ("screen pop, known", pop),
        ("screen pop, unknown", unknown),
    )
    for what, ask in asked:
        print(await measure(what, ask), flush=True)


async def prepare(data: Path, settings: Settings, count: int, customers: int) -> None:
    """Make the site with its tickets and customers, unless it is there."""
    if settings.database_url.startswith("postgresql"):
        database = Database(settings.database_url)
        await set_up(database, settings)
        await database.close()
        await fill_postgres(settings.database_url.replace("+asyncpg", ""), count, customers)
        print(f"{count:,} tickets, {customers:,} customers, PostgreSQL\n")
        return
    file = data / "hotline.db"
    if not file.exists():
        database = Database(settings.database_url)
        await set_up(database, settings)
        await database.close()
        started = time.perf_counter()
        await asyncio.to_thread(fill, file, count, customers)
        print(f"filled in {time.perf_counter() - started:.0f} s")
    print(f"{count:,} tickets, {customers:,} customers, {file.stat().st_size / 2**20:.0f} MiB\n")


async def run(data: Path, count: int, customers: int, url: str) -> None:
    """Make everything and print the table."""
    settings = Settings(data=data, profile=Profile.DEMO, demo_password=PASSWORD, database=url)  # pyright: ignore[reportArgumentType]
    await prepare(data, settings, count, customers)
    database = Database(settings.database_url)
    platform = Platform(settings=settings, database=database, authenticator=Authenticator(database))
    app = create_app(platform)
    platform.services[CallControl] = _Centre()
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://hotline/api/v1") as client:
        answer = await client.post("/session", content=json.dumps({"username": "1001", "password": PASSWORD}),
                                   headers={"content-type": "application/json"})  # fmt: skip
        client.headers["authorization"] = f"Bearer {answer.json()['token']}"
        keep_for_good()  # as the application does when it is up
        print("| question (50 rows, with total) | p50 ms | p99 ms |\n|---|---|---|")
        await questions(client, customers)
    print(f"\nload of the machine: {os.getloadavg()[0]:.1f}")
    await database.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=1_000_000)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--database", default="")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(wanted.data or Path(folder), wanted.tickets, wanted.customers, wanted.database))
