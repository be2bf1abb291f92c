"""Import of customers: `python -m bench.customers [--rows N] [--killed]`. A CSV as people send it, through the application (upload, preview, take).

Prints how long reading (in its own process) and taking (small transactions beside the calls) took. With `--killed` the process that takes is
killed (SIGKILL) at a third and at two thirds and goes on where it was: every customer must be there once.
"""

import argparse
import asyncio
import io
import json
import os
import random
import sqlite3
import sys
import tempfile
import time
from pathlib import Path
from typing import cast

import httpx

from hotline.features.customers.importing import Imports
from hotline.http_app import create_app
from hotline.platform.access import Platform
from hotline.platform.auth import Authenticator
from hotline.platform.database import Database
from hotline.platform.settings import Profile, Settings
from hotline.setup import set_up

PASSWORD = "bench-Bench-1"
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许"
WRONG_SHARE = 0.01


def file_of(rows: int) -> bytes:
    """People with numbers, some with a unit and tags; one in a hundred with a class that there is not."""
    chance = random.Random(7)
    out = io.StringIO("")
    out.write("姓名,类型,客户类别,电话,所属单位,标签,备注\n")
    for n in range(rows):
        group = "皇帝" if chance.random() < WRONG_SHARE else chance.choice(("普通", "普通", "普通", "VIP"))
        unit = f"第{chance.randrange(500)}公司" if chance.random() < 0.2 else ""
        out.write(f"{chance.choice(SURNAMES)}{n},个人,{group},139{n:08},{unit},热心市民,第 {n} 行\n")
    return out.getvalue().encode("gb18030")


def opened(folder: str) -> tuple[Settings, Platform]:
    """An installation in a folder."""
    settings = Settings(data=Path(folder), profile=Profile.DEMO, demo_password=PASSWORD)  # pyright: ignore[reportArgumentType]
    database = Database(settings.database_url)
    return settings, Platform(settings=settings, database=database, authenticator=Authenticator(database))


async def take(folder: str) -> None:
    """Work off what waits in an installation that is there."""
    _, platform = opened(folder)
    create_app(platform)
    await cast("Imports", platform.services[Imports]).work_off()
    await platform.database.close()


async def kill_at(folder: str, rows: int) -> int:
    """Let another process take, and kill it when it has come this far; return how far it came."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "bench.customers", "--take", folder)
    base = sqlite3.connect(f"file:{folder}/hotline.db?mode=ro", uri=True)
    while (done := base.execute("SELECT max(done) FROM customer_import").fetchone()[0]) < rows:
        assert process.returncode is None, "it ended by itself"
        await asyncio.sleep(0.05)
    process.kill()
    await process.wait()
    base.close()
    return done


def there(folder: str) -> tuple[int, int]:
    """How many of the file's customers there are, and how many different numbers they have."""
    base = sqlite3.connect(f"file:{folder}/hotline.db?mode=ro", uri=True)
    chosen = "SELECT count(*), count(DISTINCT number) FROM customer_number WHERE number LIKE '139________'"
    found = base.execute(chosen + " AND substr(number, 4, 2) < '10'").fetchone()
    base.close()
    return found


async def run(rows: int, *, killed: bool) -> None:
    """Import and print."""
    with tempfile.TemporaryDirectory() as folder:
        settings, platform = opened(folder)
        database = platform.database
        await set_up(database, settings)
        app = create_app(platform)
        imports = cast("Imports", platform.services[Imports])
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://hotline/api/v1") as client:
            log_in = json.dumps({"username": "4001", "password": PASSWORD})
            answer = await client.post(
                "/session", content=log_in, headers={"content-type": "application/json"}
            )
            client.headers["authorization"] = f"Bearer {answer.json()['token']}"
            content = file_of(rows)
            job = (await client.post("/customer-imports", files={"file": ("客户.csv", content)})).json()["id"]
            began = time.perf_counter()
            await imports.work_off()
            read = time.perf_counter() - began
            await client.post(f"/customer-imports/{job}/start")
            began = time.perf_counter()
            if killed:
                reached = [await kill_at(folder, rows * part // 3) for part in (1, 2)]
                print(f"killed at {reached[0]:,} and {reached[1]:,} rows")
            await imports.work_off()
            taken = time.perf_counter() - began
            seen = (await client.get(f"/customer-imports/{job}")).json()
            problems = (await client.get(f"/customer-imports/{job}/problems")).content
        await database.close()
        customers, numbers = there(folder)
    print(f"customers with a number of the file: {customers:,}, different numbers: {numbers:,}")
    print(
        f"{rows:,} rows, {len(content) / 2**20:.1f} MiB: {seen['state']}, {seen['added']:,} added, {seen['wrong']:,} wrong"
    )
    print(
        f"read and checked in {read:.0f} s, taken in {taken:.0f} s ({seen['done'] / taken:.0f} rows a second)"
    )
    print(
        f"file of errors: {len(problems.decode().splitlines()):,} lines; load of the machine: {os.getloadavg()[0]:.1f}"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--killed", action="store_true")
    parser.add_argument("--take", metavar="FOLDER", help="used by --killed")
    wanted = parser.parse_args()
    asyncio.run(take(wanted.take) if wanted.take else run(wanted.rows, killed=wanted.killed))
