"""Take rows of an import into the customer files, a few hundred at a time: known customers are completed, the others added."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.features.customers.models import Customer, CustomerImport, CustomerNumber, CustomerTag
from hotline.features.customers.reading import seal_into
from hotline.features.customers.schemas import CustomerClass, CustomerKind
from hotline.platform.ids import new_id
from hotline.platform.sealing import Sealer

_PLAIN = ("gender", "email", "position", "note")
_BLANK = {"priority": None, "assistant_id": None, "version": 1, "active": True, "merged_into": None}
_UNIT = dict.fromkeys((*_PLAIN, "id_number", "address"), "") | {
    "kind": CustomerKind.ORGANISATION.value,
    "customer_class": CustomerClass.ORDINARY.value,
    "values": dict[str, Any](),
}
"""An organisation of which nothing but the name is known."""


@dataclass(slots=True)
class Outcome:
    """What came of some rows. `special`: some of them are treated specially by routing."""

    added: int = 0
    changed: int = 0
    skipped: int = 0
    special: bool = False


class RowTaker:
    """Takes rows for one organisation. Mode `merge` completes customers who are known, `add` leaves them as they are."""

    def __init__(self, authority_id: str, mode: str, user_id: str, sealer: Sealer) -> None:
        self._authority_id = authority_id
        self._mode = mode
        self._user_id = user_id
        self._sealer = sealer
        self._units: dict[str, str] = {}

    async def take(self, session: AsyncSession, rows: Sequence[dict[str, Any]], now: datetime) -> Outcome:
        """Take some rows within one transaction: what is known is looked up for all of them at once, what is new enters at once."""
        outcome = Outcome()
        known: dict[str, Customer | None] = dict(await self._known(session, rows))
        units = await self._units_of(session, rows)
        customers: list[dict[str, Any]] = []
        numbers: list[dict[str, Any]] = []
        tags: list[dict[str, Any]] = []
        for name in dict.fromkeys(row["organisation"] for row in rows if row["organisation"]):
            if name not in units:
                customers.append(self._new(_UNIT | {"name": name}, None, now))
                units[name] = customers[-1]["id"]
                outcome.added += 1
        for fields in rows:
            outcome.special |= fields["customer_class"] != CustomerClass.ORDINARY
            keys = self._keys(fields)
            key = next((key for key in keys if key in known), None)
            unit_id = units.get(fields["organisation"])
            if key is None:
                row = self._new(fields, unit_id, now)
                known.update(dict.fromkeys(keys))
                customers.append(row)
                numbers += self._numbers(row["id"], fields)
                tags += [
                    {"customer_id": row["id"], "authority_id": self._authority_id, "tag": tag}
                    for tag in fields["tags"]
                ]
                outcome.added += 1
            elif self._mode == "add":
                outcome.skipped += 1
            else:
                outcome.changed += 1
                if (there := known[key]) is not None:  # otherwise added by an earlier row of the same file
                    await self._complete(session, there, fields, unit_id, now)
        for table, values in ((Customer, customers), (CustomerNumber, numbers), (CustomerTag, tags)):
            if values:
                await session.execute(insert(cast("Table", table.__table__)), values)
        self._units |= units
        return outcome

    def _keys(self, fields: dict[str, Any]) -> list[str]:
        """By what a customer is recognised: document number; else name with a number."""
        digest = self._sealer.digest(fields["id_number"].upper())
        name = fields["name"].replace(" ", "")
        return [*([digest] if digest else []), *(f"{name} {one['number']}" for one in fields["numbers"])]

    async def _known(self, session: AsyncSession, rows: Sequence[dict[str, Any]]) -> dict[str, Customer]:
        digests = {self._sealer.digest(row["id_number"].upper()) for row in rows if row["id_number"]}
        numbers = {one["number"] for row in rows for one in row["numbers"]}
        found: dict[str, Customer] = {}
        by_number = (
            select(Customer, CustomerNumber.number)
            .join(CustomerNumber, CustomerNumber.customer_id == Customer.id)
            .where(Customer.active, CustomerNumber.number.in_(numbers))
        )
        for row, number in await session.execute(by_number):
            if (
                row.authority_id == self._authority_id
            ):  # not in the question: databases would go through all of an organisation
                found[f"{row.name.replace(' ', '')} {number}"] = row
        if digests:
            chosen = select(Customer).where(Customer.active, Customer.id_digest.in_(digests))
            for row in await session.scalars(chosen):
                if row.authority_id == self._authority_id:
                    found[row.id_digest] = row
        return found

    async def _units_of(self, session: AsyncSession, rows: Sequence[dict[str, Any]]) -> dict[str, str]:
        """Known organisations by name; those of earlier rows are remembered."""
        names = {row["organisation"] for row in rows if row["organisation"]}
        found = {name: self._units[name] for name in names & self._units.keys()}
        if new := names - found.keys():
            chosen = select(Customer.name, Customer.id, Customer.authority_id).where(
                Customer.name.in_(new), Customer.active, Customer.kind == CustomerKind.ORGANISATION.value
            )
            for row in await session.execute(chosen):
                if row.authority_id == self._authority_id:
                    found[row.name] = row.id
        return found

    def _new(self, fields: dict[str, Any], organisation_id: str | None, now: datetime) -> dict[str, Any]:
        person = fields["kind"] == CustomerKind.PERSON
        row = _BLANK | {key: fields[key] for key in ("kind", "name", "customer_class", "values", *_PLAIN)}
        row |= {
            "id": new_id(), "authority_id": self._authority_id, "organisation_id": organisation_id if person else None,
            "created_at": now, "created_by": self._user_id, "updated_at": now,
        }  # fmt: skip
        row["id_number"] = self._sealer.seal(fields["id_number"], row["id"])
        row["id_digest"] = self._sealer.digest(fields["id_number"].upper())
        row["address"] = self._sealer.seal(fields["address"], f"{row['id']} address")
        return row

    def _numbers(self, customer_id: str, fields: dict[str, Any]) -> list[dict[str, Any]]:
        return [
            {"customer_id": customer_id, "authority_id": self._authority_id, "number": one["number"], "label": "", "position": n}
            for n, one in enumerate(fields["numbers"])
        ]  # fmt: skip

    async def _complete(
        self,
        session: AsyncSession,
        row: Customer,
        fields: dict[str, Any],
        organisation_id: str | None,
        now: datetime,
    ) -> None:
        """Put in what the file says; what it leaves empty stays."""
        for key in _PLAIN:
            if fields[key]:
                setattr(row, key, fields[key])
        if fields["customer_class"] != CustomerClass.ORDINARY:
            row.customer_class = fields["customer_class"]
        row.values = row.values | fields["values"]
        if organisation_id and row.kind == CustomerKind.PERSON:
            row.organisation_id = organisation_id
        seal_into(row, self._sealer, id_number=fields["id_number"] or None, address=fields["address"] or None)
        row.updated_at, row.version = now, row.version + 1
        chosen = select(CustomerNumber.number).where(CustomerNumber.customer_id == row.id)
        there = set(await session.scalars(chosen))
        session.add_all(
            CustomerNumber(**values | {"position": len(there) + values["position"]})
            for values in self._numbers(row.id, fields)
            if values["number"] not in there
        )
        tagged = set(await session.scalars(select(CustomerTag.tag).where(CustomerTag.customer_id == row.id)))
        session.add_all(
            CustomerTag(customer_id=row.id, authority_id=self._authority_id, tag=tag)
            for tag in fields["tags"]
            if tag not in tagged
        )


async def next_import(session: AsyncSession) -> tuple[str, str] | None:
    """Id and state of the oldest import that waits for work."""
    chosen = (
        select(CustomerImport.id, CustomerImport.state)
        .where(CustomerImport.state.in_(["reading", "running"]))
        .order_by(CustomerImport.created_at)
        .limit(1)
    )
    found = (await session.execute(chosen)).first()
    return (found.id, found.state) if found else None
