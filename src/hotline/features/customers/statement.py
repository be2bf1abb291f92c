"""The monthly statement of a customer (月度对账单): contacts and money of the month, what was carried over, what is owed."""

from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from hotline.features.customers.contracts import months_later
from hotline.features.customers.contracts_repository import charges_until
from hotline.features.customers.repository import CustomerRepository
from hotline.platform.access import Platform
from hotline.platform.actor import Actor
from hotline.platform.contacts import Subject, timeline_of
from hotline.platform.tabular import Cell, Sheet
from hotline.platform.times import CHINA

_CONTACTS_MOST = 5000
_KINDS = {"call": "通话", "ticket": "工单", "message": "短信", "chat": "在线会话"}


async def statement(
    platform: Platform, session: AsyncSession, actor: Actor, customer_id: str, month: str
) -> Sheet:
    """Return the statement of a local month (2026-11) as a table. Raises `NotFound`."""
    customers = CustomerRepository(session, actor)
    row = await customers.require(customer_id)
    first = date.fromisoformat(f"{month}-01")
    after = months_later(first, 1)
    ids = await customers.with_merged(row.id)
    numbers = (await customers.numbers_of([row.id])).get(row.id, [])
    subject = Subject(customer_ids=tuple(ids), numbers=tuple(one.number for one in numbers))
    until = datetime(after.year, after.month, 1, tzinfo=CHINA)
    since = datetime(first.year, first.month, 1, tzinfo=CHINA)
    found = await timeline_of(platform).entries(session, actor, subject, until, _CONTACTS_MOST)
    contacts = [entry for entry in found if entry.at >= since]
    charges = await charges_until(session, row.id, after)
    before = sum(one.cents for one in charges if one.on_day < first) / 100
    lines: list[list[Cell]] = [["上期结转", month, "", None, before]]
    lines += [
        [_KINDS.get(entry.kind, "其他联系"), entry.at, entry.title, entry.state, None]
        for entry in reversed(contacts)
    ]
    lines += [
        ["应收" if one.cents > 0 else "收款", one.on_day.isoformat(), one.title, None, one.cents / 100]
        for one in charges
        if one.on_day >= first
    ]
    owed = sum(one.cents for one in charges) / 100
    lines.append(["期末结欠", (after - timedelta(days=1)).isoformat(), "", None, owed])
    counts = "，".join(
        f"{name} {sum(entry.kind == kind for entry in contacts)} 次"
        for kind, name in _KINDS.items()
        if any(entry.kind == kind for entry in contacts)
    )
    return Sheet(
        title=f"{month} 对账单",
        about=(f"{row.name}  {month} 月度对账单", f"业务往来：{counts or '无'}"),
        header=("类别", "时间", "内容", "状态", "金额（元）"),
        rows=lines,
    )
