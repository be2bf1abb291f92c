"""Import of customers: `python -m bench.customers [--rows N]`. A CSV as people send it, through the application (upload, preview, take).

Prints how long reading (in its own process) and taking (small transactions beside the calls) took, and the longest transaction.
"""

import argparse
import asyncio
import io
import json
import os
import random
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


async def run(rows: int) -> None:
    """Import and print."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder), profile=Profile.DEMO, demo_password=PASSWORD)  # pyright: ignore[reportArgumentType]
        database = Database(settings.database_url)
        await set_up(database, settings)
        platform = Platform(settings=settings, database=database, authenticator=Authenticator(database))
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
            await imports.work_off()
            taken = time.perf_counter() - began
            seen = (await client.get(f"/customer-imports/{job}")).json()
            problems = (await client.get(f"/customer-imports/{job}/problems")).content
        await database.close()
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
    asyncio.run(run(parser.parse_args().rows))
