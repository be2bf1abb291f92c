"""The tables of tickets: types, tickets, every step, stays in departments, attachments, saved filters, notices."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from hotline.platform.database import ID_LENGTH, Authority, Base

SEARCH_TABLE = "ticket_fts"


class TicketType(Base, Authority):
    """A kind of ticket with its own form (`core.forms`), times and rights. `hours_id` None: the time runs round the clock."""

    __tablename__ = "ticket_type"
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    category: Mapped[str] = mapped_column(String(20))
    fields: Mapped[list[Any]]
    reply_min: Mapped[int]
    urgent_min: Mapped[int]
    hours_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    amber_percent: Mapped[int]
    sms_reply: Mapped[bool]
    default_department_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    required_in_call: Mapped[bool]
    script: Mapped[str] = mapped_column(Text())
    position: Mapped[int]
    active: Mapped[bool] = mapped_column(default=True)


class Ticket(Base, Authority):
    """A ticket. `seq` grows with each; the number is for people. What it is due by is computed anew from clock and calendar."""

    __tablename__ = "ticket"
    __table_args__ = (
        Index("ix_ticket_seq", "seq", unique=True),
        Index("ix_ticket_seq_authority_id", "seq", "authority_id"),
        Index("ix_ticket_state_seq", "state", "seq", "authority_id"),
        Index("ix_ticket_type_id_seq", "type_id", "seq", "authority_id"),
        Index("ix_ticket_owner_id_state_seq", "owner_id", "state", "seq", "authority_id"),
        Index("ix_ticket_department_id_state_seq", "department_id", "state", "seq", "authority_id"),
        Index("ix_ticket_customer_id", "customer_id"),
        Index("ix_ticket_contact", "contact"),
        Index("ix_ticket_call_id", "call_id"),
        Index(
            "ix_ticket_created_at",
            "created_at",
            "seq",
            "state",
            "type_id",
            "department_id",
            "owner_id",
            "authority_id",
        ),
        Index("ix_ticket_state_due_at", "state", "due_at", "amber_at", "seq", "authority_id"),
        Index("ix_ticket_supervised", "supervised", "state", "seq", "authority_id"),
        Index("ix_ticket_next_check_at", "next_check_at"),
    )
    authority_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    """Not indexed alone: databases would take that for lists in order, and sort a million tickets for a page of fifty."""
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    type_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    category: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(120))
    content: Mapped[str] = mapped_column(Text())
    answer: Mapped[str] = mapped_column(Text())
    values: Mapped[dict[str, Any]]
    customer_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    customer_name: Mapped[str] = mapped_column(String(100))
    contact: Mapped[str] = mapped_column(String(32))
    confidential: Mapped[bool]
    call_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    source: Mapped[str] = mapped_column(String(16))
    urgency: Mapped[str] = mapped_column(String(10))
    owner_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    department_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    round: Mapped[int] = mapped_column(default=1)
    returned: Mapped[int] = mapped_column(default=0)
    reassigned: Mapped[int] = mapped_column(default=0)
    urged: Mapped[int] = mapped_column(default=0)
    level: Mapped[int] = mapped_column(default=0)
    supervised: Mapped[bool] = mapped_column(default=False)
    consulted: Mapped[bool] = mapped_column(default=False)
    """A department was asked on the way: a consulted answer (协商回复), otherwise a direct one (直接回复)."""
    rule_minutes: Mapped[int]
    rule_hours_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    rule_amber: Mapped[int]
    clock_started_at: Mapped[datetime]
    clock_stopped_at: Mapped[datetime | None]
    pauses: Mapped[list[Any]]
    amber_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    next_check_at: Mapped[datetime | None]
    in_time: Mapped[bool | None]
    grade: Mapped[str] = mapped_column(String(16))
    concerned: Mapped[str] = mapped_column(String(100))
    verdict: Mapped[str] = mapped_column(String(10))
    measures: Mapped[str] = mapped_column(Text())
    feedback: Mapped[str] = mapped_column(String(16))
    merged_into: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(ID_LENGTH))
    updated_at: Mapped[datetime]
    updated_by: Mapped[str] = mapped_column(String(64))
    answered_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class TicketCounter(Base, Authority):
    """Counts: tickets in all (`seq`), and those of each local day, for their numbers."""

    __tablename__ = "ticket_counter"
    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)


class TicketStep(Base, Authority):
    """A step of a ticket's history, never changed."""

    __tablename__ = "ticket_step"
    __table_args__ = (Index("ix_ticket_step_ticket_id", "ticket_id", "at"),)
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    ticket_id: Mapped[str] = mapped_column(ForeignKey("ticket.id"))
    at: Mapped[datetime]
    action: Mapped[str] = mapped_column(String(20))
    side: Mapped[str] = mapped_column(String(12))
    user_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    user_name: Mapped[str] = mapped_column(String(64))
    from_state: Mapped[str] = mapped_column(String(20))
    to_state: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text())
    data: Mapped[dict[str, Any]]


class TicketStay(Base, Authority):
    """A ticket's stay in a department: until when, and how it ended (reply, reply_citizen, return, reassign, merge)."""

    __tablename__ = "ticket_stay"
    __table_args__ = (
        Index("ix_ticket_stay_ticket_id", "ticket_id"),
        Index("ix_ticket_stay_department_id", "department_id", "at"),
    )
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    ticket_id: Mapped[str] = mapped_column(ForeignKey("ticket.id"))
    department_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(String(20))


class TicketAttachment(Base, Authority):
    """A file of a ticket; `key` finds it in the file store."""

    __tablename__ = "ticket_attachment"
    __table_args__ = (Index("ix_ticket_attachment_ticket_id", "ticket_id"),)
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    ticket_id: Mapped[str] = mapped_column(ForeignKey("ticket.id"))
    name: Mapped[str] = mapped_column(String(160))
    media_type: Mapped[str] = mapped_column(String(120))
    size_bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    key: Mapped[str] = mapped_column(String(160))
    at: Mapped[datetime]
    by_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    by_name: Mapped[str] = mapped_column(String(64))
    removed_at: Mapped[datetime | None]


class TicketView(Base, Authority):
    """A saved filter: of one person, or `shared` with the organisation."""

    __tablename__ = "ticket_view"
    __table_args__ = (Index("ix_ticket_view_user_id", "user_id"),)
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    name: Mapped[str] = mapped_column(String(64))
    query: Mapped[dict[str, Any]]
    shared: Mapped[bool]


class TicketNotice(Base, Authority):
    """Something to be known: `audience` is user:<id>, department:<id> or leaders:<organisation>."""

    __tablename__ = "ticket_notice"
    __table_args__ = (Index("ix_ticket_notice_audience", "audience", "at"),)
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    audience: Mapped[str] = mapped_column(String(80))
    ticket_id: Mapped[str] = mapped_column(ForeignKey("ticket.id"))
    kind: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(String(300))
    at: Mapped[datetime]


class TicketNoticeRead(Base, Authority):
    """Who has read a notice."""

    __tablename__ = "ticket_notice_read"
    notice_id: Mapped[str] = mapped_column(ForeignKey("ticket_notice.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)


class TicketChannel(Base, Authority):
    """Where news of tickets goes beside the desk: a web hook or a number for SMS; `events` are kinds of notices.

    `secret` signs what a web hook gets; it lies sealed and is never given out.
    """

    __tablename__ = "ticket_channel"
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(12))
    to: Mapped[str] = mapped_column(String(255))
    secret: Mapped[str] = mapped_column(String(400))
    events: Mapped[list[Any]]
    department_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    active: Mapped[bool] = mapped_column(default=True)


class TicketDelivery(Base, Authority):
    """News on their way through a channel: repeated until taken, or given up after a day."""

    __tablename__ = "ticket_delivery"
    __table_args__ = (Index("ix_ticket_delivery_state_next_at", "state", "next_at"),)
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    channel_id: Mapped[str] = mapped_column(ForeignKey("ticket_channel.id"))
    ticket_id: Mapped[str] = mapped_column(ForeignKey("ticket.id"))
    body: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(12))
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]
    created_at: Mapped[datetime]
    problem: Mapped[str]
