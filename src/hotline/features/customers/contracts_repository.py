"""Queries of the contract side of customers: contracts, reminders, money."""

from collections.abc import Collection
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.features.customers.models import CustomerCharge, CustomerContract, CustomerReminder
from hotline.platform.actor import Repository, authority_in_sight

_DUE_MOST = 50


class ContractRepository(Repository[CustomerContract]):
    """Contracts."""

    model = CustomerContract


class ReminderRepository(Repository[CustomerReminder]):
    """What falls due."""

    model = CustomerReminder


class ChargeRepository(Repository[CustomerCharge]):
    """Money owed and paid."""

    model = CustomerCharge

    async def owing(self) -> list[str]:
        """Customers in sight whose balance is above zero."""
        chosen = (
            select(CustomerCharge.customer_id)
            .group_by(CustomerCharge.customer_id)
            .having(func.sum(CustomerCharge.cents) > 0)
        )
        condition = authority_in_sight(CustomerCharge.authority_id, self.actor)
        return list(await self.session.scalars(chosen if condition is None else chosen.where(condition)))


async def due_reminders(
    session: AsyncSession, customer_ids: Collection[str], today: date
) -> list[CustomerReminder]:
    """Open reminders of these customers whose time of warning has come, the earliest first."""
    chosen = (
        select(CustomerReminder)
        .where(CustomerReminder.customer_id.in_(customer_ids), CustomerReminder.done_at.is_(None))
        .order_by(CustomerReminder.due_on)
        .limit(_DUE_MOST)
    )
    rows = await session.scalars(chosen)
    return [row for row in rows if row.due_on - timedelta(days=row.remind_days) <= today]


async def money_of(session: AsyncSession, customer_id: str) -> list[tuple[int, date | None]]:
    """Cents and due day of every entry of a customer's account."""
    chosen = select(CustomerCharge.cents, CustomerCharge.due_on)
    rows = await session.execute(chosen.where(CustomerCharge.customer_id == customer_id))
    return [(cents, due_on) for cents, due_on in rows]


async def charges_until(session: AsyncSession, customer_id: str, after: date) -> list[CustomerCharge]:
    """Entries of the account before a day, oldest first."""
    chosen = select(CustomerCharge).where(
        CustomerCharge.customer_id == customer_id, CustomerCharge.on_day < after
    )
    return list(await session.scalars(chosen.order_by(CustomerCharge.on_day, CustomerCharge.id)))
