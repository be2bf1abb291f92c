"""Customers in bulk: import with preview, errors, cancellation and resumption; export by right and reason; hostile files."""

import asyncio
import io
import sys
import zipfile
from pathlib import Path
from typing import Any, cast

import httpx
import openpyxl
import pytest
from sqlalchemy import select

from hotline.features.customers import importing, read_file
from hotline.features.customers.importing import Imports
from hotline.features.customers.models import Customer, CustomerImport
from tests.integration.features_admin.conftest import World

HEADER = "姓名/名称,类型,客户类别,电话,所属单位,标签\n"
ROWS = HEADER + (
    "张三,个人,VIP,13800138000、01066001234,,\n李四,,皇帝,13900000001,,\n,,,13900000002,,\n王五,个人,普通,13900000003,某公司,甲；乙\n张三,个人,VIP,13800138000、01066001234,,\n"
)


async def upload(client: httpx.AsyncClient, content: bytes, **query: str) -> dict[str, Any]:
    answer = await client.post("/customer-imports", params=query, files={"file": ("客户.csv", content)})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def read_here(source: Path, target: Path, form: list[dict[str, Any]]) -> None:
    """What the process of its own does, without the second it takes to start."""
    await asyncio.to_thread(read_file.main, source, target, form)


async def work_off(world: World, *, apart: bool = False) -> None:
    imports = cast("Imports", world.platform.services[Imports])
    await (imports if apart else Imports(world.platform, read_here)).work_off()


async def state_of(client: httpx.AsyncClient, import_id: str) -> dict[str, Any]:
    return (await client.get(f"/customer-imports/{import_id}")).json()


@pytest.mark.req("CRM-1")
async def test_an_import_is_looked_at_then_taken_and_its_errors_come_back(world: World) -> None:
    manager = await world.log_in("manager")
    job = await upload(manager, ROWS.encode("gb18030"))
    await work_off(world)
    seen = await state_of(manager, job["id"])
    assert (seen["state"], seen["rows"], seen["wrong"], seen["done"]) == ("ready", 5, 3, 0)
    assert (await manager.get("/customers")).json()["items"] == []
    assert (await manager.post(f"/customer-imports/{job['id']}/start")).status_code == 200
    await work_off(world)
    seen = await state_of(manager, job["id"])
    assert (seen["state"], seen["done"], seen["added"]) == ("done", 2, 3)  # two people and the company
    people = (await manager.get("/customers", params={"kind": "person"})).json()["items"]
    assert {(one["name"], one["organisation_name"], *one["tags"]) for one in people} == {
        ("张三", ""), ("王五", "某公司", "乙", "甲")
    }  # fmt: skip
    problems = (await manager.get(f"/customer-imports/{job['id']}/problems")).text
    assert "客户类别：应为" in problems
    assert "李四" in problems
    assert "与第 2 行完全相同" in problems
    again = await upload(manager, problems.encode())
    await work_off(world)
    assert (await state_of(manager, again["id"]))["state"] == "ready", (
        "what came back is a file that can be imported"
    )
    assert world.reconfigured == 1, "a VIP is routed at once"


@pytest.mark.req("CRM-1")
async def test_known_customers_are_completed_or_left_by_choice(world: World) -> None:
    manager = await world.log_in("manager")
    body = {"name": "张三", "note": "旧", "numbers": [{"number": "13800138000"}]}
    await manager.post("/customers", json=body)
    content = "姓名,电话,备注,邮箱\n张三,13800138000、13800138001,新,z@example.com\n".encode()
    for mode, note in (("add", "旧"), ("merge", "新")):
        job = await upload(manager, content, mode=mode)
        await work_off(world)
        await manager.post(f"/customer-imports/{job['id']}/start")
        await work_off(world)
        (customer,) = (await manager.get("/customers")).json()["items"]
        assert customer["note"] == note
    assert [one["number"] for one in customer["numbers"]] == ["13800138000", "13800138001"]


@pytest.mark.req("CRM-1")
async def test_an_import_goes_on_where_it_was_and_stops_when_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "CHUNK", 2)
    manager = await world.log_in("manager")
    job = await upload(
        manager, ("姓名,电话\n" + "".join(f"客户{n},1390000{n:04}\n" for n in range(10))).encode()
    )
    await work_off(world)
    await manager.post(f"/customer-imports/{job['id']}/start")
    async with world.database.writing() as work:  # as if the application had stopped after four rows
        row = await work.session.get_one(CustomerImport, job["id"])
        row.done = 4
    await work_off(world)
    assert (await state_of(manager, job["id"]))["added"] == 6
    second = await upload(manager, "姓名\n甲\n".encode())
    await work_off(world)
    await manager.post(f"/customer-imports/{second['id']}/start")
    await manager.post(f"/customer-imports/{second['id']}/cancel")
    await work_off(world)
    assert (await state_of(manager, second["id"]))["state"] == "cancelled"
    assert (await manager.get("/customers", params={"search": "甲"})).json()["items"] == []


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", "<row/>" * 1_000_000)
        member = packed.infolist()[0]
        member.file_size = 1024 * 1024 * 1024  # what the directory announces
    return out.getvalue()


@pytest.mark.req("CRM-1")
async def test_hostile_and_wrong_files_end_as_a_plain_sentence(world: World) -> None:
    manager = await world.log_in("manager")
    files = {
        "解压后过大": bomb(),
        "不是正确的 XLSX": b"PK\x03\x04 not a workbook",
        "第一行应为列名": "电话\n1\n".encode(),
    }
    jobs = {why: await upload(manager, content) for why, content in files.items()}
    await work_off(world, apart=True)
    for why, job in jobs.items():
        seen = await state_of(manager, job["id"])
        assert seen["state"] == "failed"
        assert why in seen["problem"]
        assert (await manager.post(f"/customer-imports/{job['id']}/start")).status_code == 409


@pytest.mark.req("CRM-1", "ADM-4")
async def test_an_export_needs_right_and_reason_and_can_be_imported_again(world: World) -> None:
    manager, agent = await world.log_in("manager"), await world.log_in("agent")
    await manager.post("/customers", json={"name": "=1+1", "numbers": [{"number": "13800138000"}]})
    assert (await agent.get("/customer-export", params={"reason": "好奇"})).status_code == 403
    assert (await manager.get("/customer-export")).status_code == 422
    answer = await manager.get("/customer-export", params={"reason": "年度盘点"})
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[1][0] == "=1+1"
    assert sheet["A2"].data_type == "s", "text, not a formula"
    trail = (await (await world.log_in("admin")).get("/audit", params={"action": "customers.export"})).text
    assert "年度盘点" in trail
    job = await upload(manager, answer.content)
    await work_off(world)
    assert (await state_of(manager, job["id"]))["wrong"] == 0


TAKER = """
import asyncio, sys
from pathlib import Path
from hotline.features.customers import importing, wiring
from hotline.platform.access import Platform
from hotline.platform.auth import Authenticator
from hotline.platform.database import Database
from hotline.platform.settings import Settings
importing.CHUNK, importing._PAUSE_S = 50, 0.1
database = Database(sys.argv[2])
settings = Settings(data=Path(sys.argv[1]))
platform = Platform(settings=settings, database=database, authenticator=Authenticator(database))
wiring.wire(platform)
asyncio.run(platform.services[importing.Imports].work_off())
"""


@pytest.mark.req("CRM-1")
async def test_an_import_whose_process_is_killed_takes_every_row_once(
    world: World, database_url: str
) -> None:
    manager = await world.log_in("manager")
    names = [f"客户{n}" for n in range(600)]
    lines = "".join(f"{name},1390000{n:04}\n" for n, name in enumerate(names))
    job = await upload(manager, f"姓名,电话\n{lines}".encode())
    await work_off(world)
    await manager.post(f"/customer-imports/{job['id']}/start")
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", TAKER, str(world.data), database_url)
    async with asyncio.timeout(60):
        while (await state_of(manager, job["id"]))["done"] < 200:
            assert process.returncode is None
            await asyncio.sleep(0.02)
    process.kill()
    await process.wait()

    assert (await state_of(manager, job["id"]))["done"] < len(names)
    await work_off(world)

    assert (await state_of(manager, job["id"]))["added"] == len(names)
    async with world.database.reading() as session:
        there = list(await session.scalars(select(Customer.name)))
    assert sorted(there) == sorted(names)
