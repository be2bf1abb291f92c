"""Contract customers: terms and visits become reminders, money owed and overdue, the monthly statement."""

import io
from datetime import date
from typing import Any

import httpx
import openpyxl
import pytest

from hotline.features.customers.contracts import months_later
from tests.integration.features_admin.conftest import World

CONTRACT = {
    "title": "年度检定服务", "number": "HT-2026-01", "volume": 480, "unit": "台件", "starts_on": "2026-01-01",
    "ends_on": "2026-12-10", "remind_days": 30, "visit_every_months": 1,
}  # fmt: skip


async def company(client: httpx.AsyncClient) -> str:
    body = {"kind": "organisation", "name": "某计量公司", "customer_class": "contract"}
    answer = await client.post("/customers", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def account_of(client: httpx.AsyncClient, customer_id: str) -> dict[str, Any]:
    return (await client.get(f"/customers/{customer_id}/account")).json()


@pytest.mark.req("CRM-2")
async def test_a_contract_reminds_of_its_end_and_of_visits(world: World) -> None:
    leader = await world.log_in("leader")
    customer_id = await company(leader)
    answer = await leader.post(f"/customers/{customer_id}/contracts", json=CONTRACT)
    assert answer.status_code == 204, answer.text
    account = await account_of(leader, customer_id)
    reminders = {one["kind"]: one for one in account["reminders"]}
    assert reminders["contract_end"]["due_on"] == "2026-12-10"
    assert reminders["contract_end"]["state"] == "soon"  # 20 November is within 30 days
    assert "visit" not in reminders, "the next visit would be after the end"
    due = (await leader.get("/customer-reminders")).json()["items"]
    assert [(one["customer_name"], one["kind"]) for one in due] == [("某计量公司", "contract_end")]
    contract_id = account["contracts"][0]["id"]
    change = {"ends_on": "2027-12-10"}
    assert (await leader.patch(f"/customer-contracts/{contract_id}", json=change)).status_code == 204
    account = await account_of(leader, customer_id)
    assert {(one["kind"], one["due_on"]) for one in account["reminders"]} == {
        ("contract_end", "2027-12-10"), ("visit", "2026-12-20")
    }  # fmt: skip
    wrong = await leader.patch(f"/customer-contracts/{contract_id}", json={"ends_on": "2025-01-01"})
    assert wrong.status_code == 422


@pytest.mark.req("CRM-2")
async def test_a_repeating_reminder_is_entered_anew_when_it_is_done(world: World) -> None:
    leader = await world.log_in("leader")
    customer_id = await company(leader)
    wanted = {"kind": "inspection", "title": "电子秤周期检定", "due_on": "2026-11-25", "repeat_months": 12}
    await leader.post(f"/customers/{customer_id}/reminders", json=wanted)
    (one,) = (await account_of(leader, customer_id))["reminders"]
    await leader.post(f"/customer-reminders/{one['id']}/done", json={"outcome": "已通知送检"})
    again = await leader.post(f"/customer-reminders/{one['id']}/done", json={})
    assert again.status_code == 422
    reminders = (await account_of(leader, customer_id))["reminders"]
    assert [(one["due_on"], one["state"]) for one in reminders] == [
        ("2027-11-25", "later"),
        ("2026-11-25", "done"),
    ]


@pytest.mark.req("CRM-2")
async def test_money_owed_is_overdue_after_its_day_and_payments_settle_the_oldest(world: World) -> None:
    leader = await world.log_in("leader")
    customer_id = await company(leader)
    for title, amount, on_day, due_on in (
        ("检定费", 100.10, "2026-09-01", "2026-09-30"),
        ("检定费", 200.20, "2026-11-01", "2026-12-31"),
        ("收款", -60, "2026-10-08", None),
    ):
        body = {"title": title, "amount": amount, "on_day": on_day, "due_on": due_on}
        assert (await leader.post(f"/customers/{customer_id}/charges", json=body)).status_code == 204
    account = await account_of(leader, customer_id)
    assert (account["balance"], account["overdue"]) == (240.3, 40.1)
    (row,) = (await leader.get("/customer-arrears")).json()["items"]
    assert (row["overdue"], row["oldest_due_on"]) == (40.1, "2026-09-30")
    third = {"title": "x", "amount": 0.001, "on_day": "2026-09-01"}
    assert (await leader.post(f"/customers/{customer_id}/charges", json=third)).status_code == 422
    manager = await world.log_in("manager")
    answer = await manager.get(f"/customers/{customer_id}/statement", params={"month": "2026-11"})
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert [(row[0], row[4]) for row in rows[3:]] == [
        ("上期结转", 40.1),
        ("应收", 200.2),
        ("期末结欠", 240.3),
    ]


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [("2026-01-31", 1, "2026-02-28"), ("2024-01-31", 1, "2024-02-29"), ("2026-11-30", 2, "2027-01-30")],
)
def test_months_later_is_the_same_day_or_the_last_of_the_month(day: str, months: int, later: str) -> None:
    assert months_later(date.fromisoformat(day), months) == date.fromisoformat(later)
