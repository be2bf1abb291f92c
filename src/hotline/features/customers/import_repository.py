"""Take rows of an import into the customer files, a few hundred at a time: known customers are completed, the others added."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.features.customers.models import Customer, CustomerImport, CustomerNumber, CustomerTag
from hotline.features.customers.reading import seal_into
from hotline.features.customers.schemas import CustomerClass, CustomerKind
from hotline.platform.ids import new_id
from hotline.platform.sealing import Sealer

_PLAIN = ("gender", "email", "position", "note")


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

    async def take(self, session: AsyncSession, rows: Sequence[dict[str, Any]], now: datetime) -> Outcome:
        """Take some rows within one transaction."""
        outcome = Outcome()
        known = await self._known(session, rows)
        organisations = await self._organisations(session, rows, now, outcome)
        new_rows: list[dict[str, Any]] = []
        numbers: list[dict[str, Any]] = []
        tags: list[dict[str, Any]] = []
        for fields in rows:
            outcome.special |= fields["customer_class"] != CustomerClass.ORDINARY
            there = next((known[key] for key in self._keys(fields) if key in known), None)
            organisation_id = organisations.get(fields["organisation"])
            if there is not None:
                if self._mode == "add":
                    outcome.skipped += 1
                else:
                    await self._complete(session, there, fields, organisation_id, now)
                    outcome.changed += 1
                continue
            row = self._new(fields, organisation_id, now)
            for key in self._keys(fields):
                known[key] = row
            new_rows.append(_columns(row))
            numbers += self._numbers(row.id, fields)
            tags += [
                {"customer_id": row.id, "authority_id": self._authority_id, "tag": t} for t in fields["tags"]
            ]
            outcome.added += 1
        for table, values in ((Customer, new_rows), (CustomerNumber, numbers), (CustomerTag, tags)):
            if values:
                await session.execute(insert(table), values)
        return outcome

    def _keys(self, fields: dict[str, Any]) -> list[str]:
        """By what a customer is recognised: document number; else name with a number."""
        digest = self._sealer.digest(fields["id_number"].upper())
        name = fields["name"].replace(" ", "")
        return [*([digest] if digest else []), *(f"{name} {one['number']}" for one in fields["numbers"])]

    async def _known(self, session: AsyncSession, rows: Sequence[dict[str, Any]]) -> dict[str, Customer]:
        digests = {self._sealer.digest(row["id_number"].upper()) for row in rows if row["id_number"]}
        numbers = {one["number"] for row in rows for one in row["numbers"]}
        here = Customer.authority_id == self._authority_id, Customer.active
        found: dict[str, Customer] = {}
        by_number = (
            select(Customer, CustomerNumber.number)
            .join(CustomerNumber, CustomerNumber.customer_id == Customer.id)
            .where(*here, CustomerNumber.number.in_(numbers))
        )
        for row, number in await session.execute(by_number):
            found[f"{row.name.replace(' ', '')} {number}"] = row
        if digests:
            for row in await session.scalars(select(Customer).where(*here, Customer.id_digest.in_(digests))):
                found[row.id_digest] = row
        return found

    async def _organisations(
        self, session: AsyncSession, rows: Sequence[dict[str, Any]], now: datetime, outcome: Outcome
    ) -> dict[str, str]:
        """Organisations by name; those not known yet are made."""
        names = {row["organisation"] for row in rows if row["organisation"]}
        if not names:
            return {}
        chosen = select(Customer.name, Customer.id).where(
            Customer.authority_id == self._authority_id, Customer.active,
            Customer.kind == CustomerKind.ORGANISATION.value, Customer.name.in_(names),
        )  # fmt: skip
        found = {row.name: row.id for row in await session.execute(chosen)}
        for name in sorted(names - found.keys()):
            blank = dict.fromkeys((*_PLAIN, "id_number", "address"), "")
            fields = blank | {
                "name": name,
                "kind": "organisation",
                "customer_class": "ordinary",
                "values": {},
            }
            row = self._new(fields, None, now)
            session.add(row)
            found[name] = row.id
            outcome.added += 1
        await session.flush()
        return found

    def _new(self, fields: dict[str, Any], organisation_id: str | None, now: datetime) -> Customer:
        person = fields["kind"] == CustomerKind.PERSON
        row = Customer(
            id=new_id(), authority_id=self._authority_id, kind=fields["kind"], name=fields["name"],
            customer_class=fields["customer_class"], priority=None, organisation_id=organisation_id if person else None,
            assistant_id=None, values=fields["values"], id_number="", id_digest="", address="", version=1, active=True,
            merged_into=None, created_at=now, created_by=self._user_id, updated_at=now, **{k: fields[k] for k in _PLAIN},
        )  # fmt: skip
        seal_into(row, self._sealer, id_number=fields["id_number"], address=fields["address"])
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
        if row not in session:
            return  # added by an earlier row of the same file
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


def _columns(row: Customer) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in Customer.__table__.columns}


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
