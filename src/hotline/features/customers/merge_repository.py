"""Queries of merges: rows that go over from one customer to another."""

from collections.abc import Collection

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.features.customers.models import (
    Customer,
    CustomerCharge,
    CustomerContract,
    CustomerMerge,
    CustomerNote,
    CustomerReminder,
)
from hotline.platform.actor import Repository

_FOLLOW = (CustomerNote, CustomerContract, CustomerReminder, CustomerCharge)
"""Rows that go over to the kept customer; each says whose it is by `customer_id`."""


class MergeRepository(Repository[CustomerMerge]):
    """Merges."""

    model = CustomerMerge


async def followers_of(session: AsyncSession, customer_id: str) -> dict[str, list[str]]:
    """Ids of the rows that belong to a customer, by table."""
    return {
        model.__tablename__: list(
            await session.scalars(select(model.id).where(model.customer_id == customer_id))
        )
        for model in _FOLLOW
    }


async def hand_over(session: AsyncSession, rows: dict[str, list[str]], customer_id: str) -> None:
    """Let these rows belong to a customer."""
    for model in _FOLLOW:
        ids = rows.get(model.__tablename__, [])
        if ids:
            await session.execute(update(model).where(model.id.in_(ids)).values(customer_id=customer_id))


async def contacts_of(session: AsyncSession, organisation_id: str) -> list[str]:
    """People of an organisation."""
    return list(await session.scalars(select(Customer.id).where(Customer.organisation_id == organisation_id)))


async def move_contacts(session: AsyncSession, ids: Collection[str], organisation_id: str) -> None:
    """Let these people belong to an organisation."""
    if ids:
        await session.execute(
            update(Customer).where(Customer.id.in_(ids)).values(organisation_id=organisation_id)
        )
