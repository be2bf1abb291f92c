"""What other features may ask about customers (`platform.contacts`), and the customers' own entries on the timeline."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from hotline.features.customers.models import Customer
from hotline.features.customers.repository import CustomerRepository, notes_of
from hotline.platform.actor import Actor
from hotline.platform.contacts import CustomerBrief, Subject, TimelineEntry

NOTE_TITLES = {"note": "备注", "visit": "走访", "feedback": "客户反馈", "letter": "来信"}


class CustomerDirectory:
    """`platform.contacts.Customers` over the tables."""

    async def by_number(self, session: AsyncSession, actor: Actor, number: str) -> CustomerBrief | None:
        """The customer of a number; where several have it the one a call from it is served by."""
        if not number:
            return None
        customers = CustomerRepository(session, actor)
        rows = await customers.by_number(number, 1)
        return (await _briefs(customers, rows))[0] if rows else None

    async def by_ids(
        self, session: AsyncSession, actor: Actor, ids: Collection[str]
    ) -> dict[str, CustomerBrief]:
        """The customers with these ids; one that was merged away yields the one it went into."""
        customers = CustomerRepository(session, actor)
        found = {row.id: row for row in await customers.all(Customer.id.in_(set(ids)))} if ids else {}
        live: dict[str, Customer] = {}
        for customer_id, row in found.items():
            whole = await customers.resolved(customer_id) if row.merged_into else row
            live[customer_id] = whole or row
        briefs = {one.id: one for one in await _briefs(customers, list(live.values()))}
        return {customer_id: briefs[row.id] for customer_id, row in live.items()}


async def _briefs(customers: CustomerRepository, rows: Sequence[Customer]) -> list[CustomerBrief]:
    numbers = await customers.numbers_of([row.id for row in rows])
    return [
        CustomerBrief(
            id=row.id,
            authority_id=row.authority_id,
            name=row.name,
            kind=row.kind,
            customer_class=row.customer_class,
            numbers=tuple(one.number for one in numbers.get(row.id, [])),
        )
        for row in rows
    ]


async def notes(
    session: AsyncSession, actor: Actor, subject: Subject, before: datetime | None, limit: int
) -> list[TimelineEntry]:
    """Entries written by hand."""
    if not subject.customer_ids:
        return []
    rows = await notes_of(session, actor, subject.customer_ids, before, limit)
    return [
        TimelineEntry(
            at=row.at, kind=row.kind, id=row.id, title=NOTE_TITLES.get(row.kind, row.kind), text=row.text, who=row.by_name
        )
        for row in rows
    ]  # fmt: skip
