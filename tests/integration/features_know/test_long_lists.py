"""Customers and tickets taken out: a list too long for one answer is never cut, it is a job with every row once."""

import csv
import io
from typing import Any, cast

import httpx
import pytest

from hotline.features.customers import api as customers_api
from hotline.features.customers import long_export as long_customers
from hotline.features.exports.runner import ExportRunner
from hotline.features.tickets import api_more as tickets_api
from hotline.features.tickets import long_export as long_tickets
from tests.integration.features_admin.conftest import World
from tests.integration.features_admin.ticket_desk import ticket_desk


def below(content: bytes, top: int) -> list[list[str]]:
    """The rows of a CSV file below `top` lines."""
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))[top:]


async def job_of(world: World, client: httpx.AsyncClient, what: str, **question: Any) -> dict[str, Any]:
    """Ask for a list as a job, have it made, return how it went."""
    asked = {"kind": what, "name": what, "format": "csv", "reason": "年度盘点", "question": question}
    made = await client.post("/export-jobs", json=asked)
    assert made.status_code == 201, made.text
    await cast("ExportRunner", world.platform.services[ExportRunner]).work_off()
    jobs = (await client.get("/export-jobs")).json()
    return next(one for one in jobs if one["id"] == made.json()["id"])


async def refused(client: httpx.AsyncClient, path: str, **query: str) -> str:
    """What a direct export of too many says."""
    answer = await client.get(path, params={"reason": "核对", **query})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "export_too_long")
    return str(answer.json()["error"]["message"])


@pytest.mark.req("CRM-1", "STA-20")
async def test_a_customer_list_of_any_length_is_taken_out_whole(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = await world.log_in("manager")
    for n in range(8):
        made = {
            "name": f"市民{n}",
            "numbers": [{"number": f"1380013800{n}"}],
            "tags": ["老城"] if n % 2 else [],
        }
        assert (await manager.post("/customers", json=made)).status_code == 201
    asked = {"reason": "核对", "format": "csv"}
    whole = below((await manager.get("/customer-export", params=asked)).content, 1)
    monkeypatch.setattr(customers_api, "DIRECT_MOST", 7)
    assert "8" in await refused(manager, "/customer-export")
    monkeypatch.setattr(long_customers, "PIECE", 3)
    job = await job_of(world, manager, "customers")
    assert (job["state"], job["rows_done"], job["rows_total"]) == ("done", 8, 8)
    content = (await manager.get(f"/export-jobs/{job['id']}/file")).content
    assert sorted(below(content, 1)) == sorted(whole)
    assert len(whole) == 8
    tagged = await job_of(world, manager, "customers", tag="老城")
    names = [row[0] for row in below((await manager.get(f"/export-jobs/{tagged['id']}/file")).content, 1)]
    assert names == ["市民1", "市民3", "市民5", "市民7"]
    assert (await job_of(world, manager, "customers", kind="=1+1"))["state"] == "failed"


@pytest.mark.req("TKT-3", "STA-20")
async def test_a_ticket_list_of_any_length_is_taken_out_whole(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = await ticket_desk(world)
    agent, leader = await world.log_in("agent"), await world.log_in("leader")
    for n in range(8):
        await desk.make(agent, "urgent" if n % 2 else "consult", title=f"事项{n}")
    asked = {"reason": "核对", "format": "csv"}
    whole = below((await leader.get("/ticket-export", params=asked)).content, 2)
    monkeypatch.setattr(tickets_api, "DIRECT_MOST", 7)
    assert "8" in await refused(leader, "/ticket-export")
    monkeypatch.setattr(long_tickets, "PIECE", 3)
    job = await job_of(world, leader, "tickets")
    assert (job["state"], job["rows_done"], job["rows_total"]) == ("done", 8, 8)
    assert below((await leader.get(f"/export-jobs/{job['id']}/file")).content, 3) == whole
    assert len(whole) == 8
    world.clock.forward(hours=1)
    narrowed = {
        "state": ["open"],
        "light": "red",
        "type_id": desk.types["urgent"],
        "from": "2026-11-01T00:00:00",
    }
    overdue = await job_of(world, leader, "tickets", **narrowed)
    titles = [row[4] for row in below((await leader.get(f"/export-jobs/{overdue['id']}/file")).content, 3)]
    assert titles == ["事项7", "事项5", "事项3", "事项1"]
    assert (await job_of(world, leader, "tickets", state=["nowhere"]))["state"] == "failed"


@pytest.mark.req("CRM-1", "ADM-1")
async def test_a_long_list_needs_the_right_of_the_list(world: World) -> None:
    await ticket_desk(world)
    asked = {"name": "x", "format": "csv", "reason": "好奇", "question": {}}
    for role, kind, status in (
        ("leader", "customers", 403),
        ("leader", "tickets", 201),
        ("manager", "customers", 201),
        ("agent", "tickets", 403),
        ("client", "tickets", 403),
    ):
        answer = await (await world.log_in(role)).post("/export-jobs", json=asked | {"kind": kind})
        assert answer.status_code == status, (role, kind)
    root = await world.log_in("manager")
    await root.post("/customers", json={"name": "中心的", "numbers": [{"number": "13800138000"}]})
    stranger = await world.log_in("manager-a")
    job = await job_of(world, stranger, "customers")
    assert (job["state"], job["rows_done"]) == ("done", 0), "customers of others are out of sight"
