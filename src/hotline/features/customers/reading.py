"""Customers as an actor may see them: whole, or masked for those without `personal.view`."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from hotline.features.customers.models import Customer, CustomerNumber
from hotline.features.customers.repository import CustomerFormRepository, CustomerRepository, user_names
from hotline.features.customers.schemas import (
    CustomerClass,
    CustomerKind,
    CustomerRead,
    NumberRead,
    personal_keys,
)
from hotline.platform.actor import Actor
from hotline.platform.forms import fields_of
from hotline.platform.masking import masked, masked_text
from hotline.platform.permissions import Permission
from hotline.platform.sealing import Sealer


class CustomerReader:
    """Reads customers for one actor."""

    def __init__(self, session: AsyncSession, actor: Actor, sealer: Sealer) -> None:
        self.customers = CustomerRepository(session, actor)
        self._session = session
        self._actor = actor
        self._sealer = sealer
        self._whole = actor.may(Permission.PERSONAL_VIEW)

    async def read(self, rows: Sequence[Customer]) -> list[CustomerRead]:
        """Return customers with numbers, tags and names of others."""
        ids = [row.id for row in rows]
        numbers = await self.customers.numbers_of(ids)
        tags = await self.customers.tags_of(ids)
        organisations = await self.customers.names_of({r.organisation_id for r in rows if r.organisation_id})
        people = await user_names(self._session, {r.assistant_id for r in rows if r.assistant_id})
        hidden = set[str]() if self._whole else await self._personal_fields(rows)
        return [
            self._read(row, numbers.get(row.id, []), hidden).model_copy(
                update={
                    "tags": tags.get(row.id, []),
                    "organisation_name": organisations.get(row.organisation_id or "", ""),
                    "assistant_name": people.get(row.assistant_id or "", ""),
                }
            )
            for row in rows
        ]

    async def one(self, row: Customer) -> CustomerRead:
        """Return one customer."""
        return (await self.read([row]))[0]

    def whole(self, row: Customer) -> dict[str, str]:
        """The sealed values of a customer, opened."""
        return {
            "id_number": self._sealer.open(row.id_number, row.id),
            "address": self._sealer.open(row.address, f"{row.id} address"),
        }

    async def _personal_fields(self, rows: Sequence[Customer]) -> set[str]:
        forms = CustomerFormRepository(self._session, self._actor)
        found = set[str]()
        for authority_id in {row.authority_id for row in rows}:
            form = await forms.of(authority_id)
            found |= personal_keys(fields_of(form.fields)) if form else set()
        return found

    def _read(self, row: Customer, numbers: list[CustomerNumber], hidden: set[str]) -> CustomerRead:
        opened = self.whole(row)
        shown = [NumberRead(number=one.number, label=one.label) for one in numbers]
        values: dict[str, Any] = dict(row.values)
        if not self._whole:
            opened = {key: masked_text(value) for key, value in opened.items()}
            shown = [NumberRead(number=masked(one.number), label=one.label) for one in numbers]
            values = {k: masked_text(str(v)) if k in hidden else v for k, v in values.items()}
        return CustomerRead(
            id=row.id,
            authority_id=row.authority_id,
            kind=CustomerKind(row.kind),
            name=row.name,
            customer_class=CustomerClass(row.customer_class),
            priority=row.priority,
            gender=row.gender,
            email=row.email if self._whole else masked_text(row.email),
            position=row.position,
            organisation_id=row.organisation_id,
            organisation_name="",
            assistant_id=row.assistant_id,
            assistant_name="",
            note=row.note,
            numbers=shown,
            tags=[],
            values=values,
            version=row.version,
            active=row.active,
            merged_into=row.merged_into,
            created_at=row.created_at,
            updated_at=row.updated_at,
            masked=not self._whole,
            **opened,
        )


def seal_into(row: Customer, sealer: Sealer, *, id_number: str | None, address: str | None) -> None:
    """Put document number and address into a row, sealed; None leaves a value as it is."""
    if id_number is not None:
        row.id_number = sealer.seal(id_number, row.id)
        row.id_digest = sealer.digest(id_number.upper())
    if address is not None:
        row.address = sealer.seal(address, f"{row.id} address")
