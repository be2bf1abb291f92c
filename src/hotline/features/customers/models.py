"""The tables of customers: the file, its numbers and tags, own fields, contracts and what follows from them, merges, imports."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from hotline.platform.database import ID_LENGTH, Authority, Base


class Customer(Base, Authority):
    """A person or an organisation. `id_number` and `address` lie sealed (`platform.sealing`), bound to the row's id.

    `merged_into` names the customer this one was merged into; such a row is inactive and keeps its id for history.
    """

    __tablename__ = "customer"
    __table_args__ = (
        Index("ix_customer_updated_at_id", "updated_at", "id"),
        Index("ix_customer_customer_class", "customer_class"),
        Index("ix_customer_name", "name"),
        Index("ix_customer_id_digest", "id_digest"),
        Index("ix_customer_organisation_id", "organisation_id"),
        Index("ix_customer_merged_into", "merged_into"),
    )
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(100))
    customer_class: Mapped[str] = mapped_column(String(16))
    priority: Mapped[int | None]
    gender: Mapped[str] = mapped_column(String(8))
    id_number: Mapped[str] = mapped_column(String(400))
    id_digest: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(Text())
    email: Mapped[str] = mapped_column(String(120))
    position: Mapped[str] = mapped_column(String(64))
    organisation_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    assistant_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    note: Mapped[str] = mapped_column(String(2000))
    values: Mapped[dict[str, Any]]
    version: Mapped[int] = mapped_column(default=1)
    active: Mapped[bool] = mapped_column(default=True)
    merged_into: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(ID_LENGTH))
    updated_at: Mapped[datetime]


class CustomerNumber(Base, Authority):
    """A telephone number of a customer; families and offices share numbers, so two customers may have one."""

    __tablename__ = "customer_number"
    __table_args__ = (Index("ix_customer_number_number", "number"),)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customer.id"), primary_key=True)
    number: Mapped[str] = mapped_column(String(32), primary_key=True)
    label: Mapped[str] = mapped_column(String(16))
    position: Mapped[int]


class CustomerTag(Base, Authority):
    """A tag on a customer."""

    __tablename__ = "customer_tag"
    __table_args__ = (Index("ix_customer_tag_tag", "tag"),)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customer.id"), primary_key=True)
    tag: Mapped[str] = mapped_column(String(32), primary_key=True)


class CustomerForm(Base, Authority):
    """The own fields of an organisation's customer files (`core.forms`); one row for each organisation that has any."""

    __tablename__ = "customer_form"
    authority_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    fields: Mapped[list[Any]]


class CustomerNote(Base, Authority):
    """An entry written by hand on a customer's timeline: a note, a visit, feedback, a letter."""

    __tablename__ = "customer_note"
    __table_args__ = (Index("ix_customer_note_customer_id", "customer_id", "at"),)
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customer.id"))
    kind: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(String(2000))
    at: Mapped[datetime]
    by_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    by_name: Mapped[str] = mapped_column(String(64))


class CustomerContract(Base, Authority):
    """A contract with a customer: agreed volume (pieces a year and their unit), term, visit plan."""

    __tablename__ = "customer_contract"
    __table_args__ = (Index("ix_customer_contract_customer_id", "customer_id"),)
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customer.id"))
    number: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(100))
    volume: Mapped[int]
    unit: Mapped[str] = mapped_column(String(16))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    remind_days: Mapped[int]
    visit_every_months: Mapped[int]
    note: Mapped[str] = mapped_column(String(500))
    active: Mapped[bool] = mapped_column(default=True)


class CustomerReminder(Base, Authority):
    """Something that falls due for a customer: an inspection (周期检定), a visit, the end of a contract, anything else.

    One that repeats makes its successor when it is done.
    """

    __tablename__ = "customer_reminder"
    __table_args__ = (
        Index("ix_customer_reminder_customer_id", "customer_id"),
        Index("ix_customer_reminder_due_on", "due_on"),
    )
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customer.id"))
    contract_id: Mapped[str | None] = mapped_column(ForeignKey("customer_contract.id"))
    kind: Mapped[str] = mapped_column(String(16))
    title: Mapped[str] = mapped_column(String(100))
    due_on: Mapped[date]
    remind_days: Mapped[int]
    repeat_months: Mapped[int]
    done_at: Mapped[datetime | None]
    done_by: Mapped[str] = mapped_column(String(64))
    outcome: Mapped[str] = mapped_column(String(500))


class CustomerCharge(Base, Authority):
    """Money: what a customer owes (positive) or has paid (negative), in cents (分)."""

    __tablename__ = "customer_charge"
    __table_args__ = (Index("ix_customer_charge_customer_id", "customer_id", "on_day"),)
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customer.id"))
    contract_id: Mapped[str | None] = mapped_column(ForeignKey("customer_contract.id"))
    title: Mapped[str] = mapped_column(String(100))
    cents: Mapped[int] = mapped_column(BigInteger)
    on_day: Mapped[date]
    due_on: Mapped[date | None]
    by_name: Mapped[str] = mapped_column(String(64))


class CustomerMerge(Base, Authority):
    """A merge of two customers and all that is needed to undo it."""

    __tablename__ = "customer_merge"
    __table_args__ = (Index("ix_customer_merge_kept_id", "kept_id"),)
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    kept_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    gone_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    at: Mapped[datetime]
    by_name: Mapped[str] = mapped_column(String(64))
    undo: Mapped[dict[str, Any]]
    undone_at: Mapped[datetime | None]


class CustomerImport(Base, Authority):
    """An import from a file: `state` is reading, ready, running, done, cancelled or failed. Counts are of rows."""

    __tablename__ = "customer_import"
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    file_name: Mapped[str] = mapped_column(String(120))
    state: Mapped[str] = mapped_column(String(16))
    mode: Mapped[str] = mapped_column(String(16))
    rows: Mapped[int] = mapped_column(default=0)
    wrong: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    added: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[int] = mapped_column(default=0)
    preview: Mapped[list[Any]]
    problem: Mapped[str]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(ID_LENGTH))
    created_name: Mapped[str] = mapped_column(String(64))
    finished_at: Mapped[datetime | None]
