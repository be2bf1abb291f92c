"""Queries of customers, scoped by the actor's authorities."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, case, delete, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.features.customers.models import (
    Customer,
    CustomerForm,
    CustomerNote,
    CustomerNumber,
    CustomerTag,
)
from hotline.features.customers.schemas import CLASS_PRIORITY, CustomerClass
from hotline.platform.actor import Actor, Repository, after_cursor, authority_in_sight
from hotline.platform.people import Organisation, User

COUNT_MOST = 10_000
HAVING_MOST = 1_000
"""Customers of one number that are looked at."""
_MERGES_DEEP = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerFilter:
    """What a list is narrowed to; None and "" are no filter. `search`: name, number, e-mail or a whole document number."""

    search: str = ""
    id_digest: str = ""
    kind: str | None = None
    customer_class: str | None = None
    tag: str | None = None
    organisation_id: str | None = None
    assistant_id: str | None = None


class CustomerRepository(Repository[Customer]):
    """Customers with their numbers and tags."""

    model = Customer

    def filtered(self, wanted: CustomerFilter) -> Select[Customer]:
        """The active customers of a filter."""
        chosen = self.query().where(Customer.active)
        for column, value in (
            (Customer.kind, wanted.kind),
            (Customer.customer_class, wanted.customer_class),
            (Customer.organisation_id, wanted.organisation_id),
            (Customer.assistant_id, wanted.assistant_id),
        ):
            if value:
                chosen = chosen.where(column == value)
        if wanted.tag:
            tagged = exists().where(CustomerTag.customer_id == Customer.id, CustomerTag.tag == wanted.tag)
            chosen = chosen.where(tagged)
        if wanted.search:
            chosen = chosen.where(_matches(wanted))
        return chosen

    async def page(self, wanted: CustomerFilter, cursor: str | None, limit: int) -> list[Customer]:
        """One page, changed last first."""
        chosen = after_cursor(
            self.filtered(wanted), cursor, Customer.updated_at, Customer.id, newest_first=True
        )
        return list(await self.session.scalars(chosen.limit(limit)))

    async def piece(
        self, wanted: CustomerFilter, until: datetime, after_id: str, limit: int
    ) -> list[Customer]:
        """The next customers made before a moment, in an order that no change of a customer disturbs."""
        chosen = self.filtered(wanted).where(Customer.created_at <= until, Customer.id > after_id)
        return list(await self.session.scalars(chosen.order_by(Customer.id).limit(limit)))

    async def exact_total(self, wanted: CustomerFilter) -> int:
        """How many, however many."""
        ids = self.filtered(wanted).with_only_columns(Customer.id).subquery()
        return await self.session.scalar(select(func.count()).select_from(ids)) or 0

    async def total(self, wanted: CustomerFilter) -> int:
        """How many; -1 when more than `COUNT_MOST`."""
        some = self.filtered(wanted).with_only_columns(Customer.id).limit(COUNT_MOST + 1).subquery()
        count = await self.session.scalar(select(func.count()).select_from(some)) or 0
        return -1 if count > COUNT_MOST else count

    async def by_number(self, number: str, limit: int = 6) -> list[Customer]:
        """The active customers of a number: those of a class of their own, by whom a call is served first; then by the last change.

        First who has it, then these customers: in one question SQLite would go through all customers of an organisation, or of all times.
        """
        having = select(CustomerNumber.customer_id).where(CustomerNumber.number == number)
        ids = list(await self.session.scalars(having.limit(HAVING_MOST)))
        if not ids:
            return []
        changed = func.coalesce(Customer.updated_at, Customer.created_at)
        ordinary = Customer.customer_class == CustomerClass.ORDINARY.value
        order = (case((ordinary, 1), else_=0), changed.desc())
        chosen = self.query().where(Customer.id.in_(ids), Customer.active).order_by(*order)
        return list(await self.session.scalars(chosen.limit(limit)))

    async def numbers_of(self, ids: Collection[str]) -> dict[str, list[CustomerNumber]]:
        """Numbers by customer, in their order."""
        found: dict[str, list[CustomerNumber]] = {}
        if not ids:
            return found
        chosen = (
            select(CustomerNumber)
            .where(CustomerNumber.customer_id.in_(ids))
            .order_by(CustomerNumber.customer_id, CustomerNumber.position)
        )
        for row in await self.session.scalars(chosen):
            found.setdefault(row.customer_id, []).append(row)
        return found

    async def tags_of(self, ids: Collection[str]) -> dict[str, list[str]]:
        """Tags by customer."""
        found: dict[str, list[str]] = {}
        if not ids:
            return found
        chosen = select(CustomerTag).where(CustomerTag.customer_id.in_(ids)).order_by(CustomerTag.tag)
        for row in await self.session.scalars(chosen):
            found.setdefault(row.customer_id, []).append(row.tag)
        return found

    async def names_of(self, ids: Collection[str]) -> dict[str, str]:
        """Names by customer id."""
        chosen = select(Customer.id, Customer.name).where(Customer.id.in_(ids))
        return {row.id: row.name for row in await self.session.execute(chosen)} if ids else {}

    async def replace_numbers(self, row: Customer, numbers: Sequence[tuple[str, str]]) -> None:
        """Make the numbers of a customer be exactly these (number, label)."""
        await self.session.execute(delete(CustomerNumber).where(CustomerNumber.customer_id == row.id))
        self.session.add_all(
            CustomerNumber(
                customer_id=row.id, authority_id=row.authority_id, number=number, label=label, position=place
            )
            for place, (number, label) in enumerate(numbers)
        )

    async def replace_tags(self, row: Customer, tags: Collection[str]) -> None:
        """Make the tags of a customer be exactly these."""
        await self.session.execute(delete(CustomerTag).where(CustomerTag.customer_id == row.id))
        self.session.add_all(
            CustomerTag(customer_id=row.id, authority_id=row.authority_id, tag=tag) for tag in tags
        )

    async def tag_counts(self) -> list[tuple[str, int]]:
        """Tags in sight with their counts, the commonest first."""
        chosen = (
            select(CustomerTag.tag, func.count())
            .join(Customer, Customer.id == CustomerTag.customer_id)
            .where(Customer.active)
            .group_by(CustomerTag.tag)
            .order_by(func.count().desc(), CustomerTag.tag)
            .limit(200)
        )
        condition = self.in_sight()
        chosen = chosen if condition is None else chosen.where(condition)
        return [(tag, count) for tag, count in await self.session.execute(chosen)]

    async def with_merged(self, customer_id: str) -> list[str]:
        """The id, and those of every customer merged into it, directly or on the way."""
        found = [customer_id]
        layer = [customer_id]
        for _ in range(_MERGES_DEEP):
            chosen = select(Customer.id).where(Customer.merged_into.in_(layer))
            layer = list(await self.session.scalars(chosen))
            if not layer:
                break
            found += layer
        return found

    async def resolved(self, customer_id: str) -> Customer | None:
        """The customer, or the one it was merged into."""
        row = await self.get(customer_id)
        for _ in range(_MERGES_DEEP):
            if row is None or row.merged_into is None:
                break
            row = await self.get(row.merged_into)
        return row

    async def sharing_numbers(self, limit: int) -> list[tuple[str, list[str]]]:
        """Numbers that several active customers in sight have, with their ids."""
        chosen = (
            select(CustomerNumber.number)
            .join(Customer, Customer.id == CustomerNumber.customer_id)
            .where(Customer.active)
            .group_by(CustomerNumber.number)
            .having(func.count() > 1)
            .order_by(CustomerNumber.number)
            .limit(limit)
        )
        condition = self.in_sight()
        chosen = chosen if condition is None else chosen.where(condition)
        return [
            (number, [row.id for row in await self.by_number(number, 20)])
            for number in await self.session.scalars(chosen)
        ]

    async def sharing(
        self, column: ColumnElement[str], limit: int, *, kind: str = ""
    ) -> list[list[Customer]]:
        """Groups of active customers in sight that have the same non-empty value in a column."""
        base = self.query().where(Customer.active, column != "")
        if kind:
            base = base.where(Customer.kind == kind)
        values = (
            base.with_only_columns(column)
            .group_by(column)
            .having(func.count() > 1)
            .order_by(column)
            .limit(limit)
        )
        return [
            await self.all(Customer.active, column == value, order_by=[Customer.created_at])
            for value in await self.session.scalars(values)
        ]


def _matches(wanted: CustomerFilter) -> ColumnElement[bool]:
    words = wanted.search
    found: list[ColumnElement[bool]] = [
        Customer.name.contains(words, autoescape=True),
        Customer.email.contains(words, autoescape=True),
    ]
    if wanted.id_digest:
        found.append(Customer.id_digest == wanted.id_digest)
    digits = words.replace(" ", "").replace("-", "")
    if digits.isdigit() and len(digits) >= 3:
        found.append(
            exists().where(
                CustomerNumber.customer_id == Customer.id,
                CustomerNumber.number.contains(digits, autoescape=True),
            )
        )
    return or_(*found)


class CustomerFormRepository(Repository[CustomerForm]):
    """Own fields of customer files."""

    model = CustomerForm

    async def of(self, authority_id: str) -> CustomerForm | None:
        """The form of an organisation, else that of the nearest organisation above it."""
        wanted: str | None = authority_id
        for _ in range(_MERGES_DEEP):
            if wanted is None:
                return None
            found = await self.session.get(CustomerForm, wanted)
            if found is not None:
                return found
            wanted = await self.session.scalar(
                select(Organisation.parent_id).where(Organisation.id == wanted)
            )
        return None


async def special_customers(session: AsyncSession, actor: Actor) -> list[tuple[Customer, str]]:
    """Active customers who are not treated like everybody, each with each of their numbers: for the running centre."""
    classes = [*CLASS_PRIORITY, CustomerClass.BLACKLIST]
    chosen = (
        select(Customer, CustomerNumber.number)
        .join(CustomerNumber, CustomerNumber.customer_id == Customer.id)
        .where(Customer.active, Customer.customer_class.in_([str(one) for one in classes]))
        .order_by(Customer.id, CustomerNumber.position)
    )
    condition = authority_in_sight(Customer.authority_id, actor)
    chosen = chosen if condition is None else chosen.where(condition)
    return [(row, number) for row, number in await session.execute(chosen)]


async def user_names(session: AsyncSession, ids: Collection[str]) -> dict[str, str]:
    """Names of people by user id."""
    chosen = select(User.id, User.name).where(User.id.in_(ids))
    return {row.id: row.name for row in await session.execute(chosen)} if ids else {}


async def notes_of(
    session: AsyncSession, actor: Actor, customer_ids: Collection[str], before: datetime | None, limit: int
) -> list[CustomerNote]:
    """The newest entries written by hand, newest first."""
    chosen = select(CustomerNote).where(CustomerNote.customer_id.in_(customer_ids))
    condition = authority_in_sight(CustomerNote.authority_id, actor)
    chosen = chosen if condition is None else chosen.where(condition)
    if before is not None:
        chosen = chosen.where(CustomerNote.at < before)
    return list(await session.scalars(chosen.order_by(CustomerNote.at.desc()).limit(limit)))
