"""The tables of formula variants, by hotline and version, of what is excluded from counting, of people's own reports and their mailings."""

from datetime import datetime
from typing import Any

from sqlalchemy import LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, deferred, mapped_column

from hotline.platform.database import ID_LENGTH, Authority, Base

DEFAULT = ""
"""Stands where a hotline's id would: the variant of all that have none of their own."""


class MetricVariant(Base, Authority):
    """One version of a variant (口径); the latest of each hotline is in force. `text` None: as the organisation's default."""

    __tablename__ = "metric_variant"
    __table_args__ = (UniqueConstraint("authority_id", "hotline_id", "version"),)
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    hotline_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    version: Mapped[int]
    text: Mapped[str | None] = mapped_column(String(500))
    note: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(64))


class MetricExclusion(Base, Authority):
    """A period (force majeure, line fault) or a number (own telephones) that does not count."""

    __tablename__ = "metric_exclusion"
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    hotline_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    number: Mapped[str] = mapped_column(String(32))
    reason: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(64))


class OwnReport(Base, Authority):
    """A report that a person put together (自定义报表). `definition` is `schemas_own.Definition`; `roles` [] with `shared`: all roles."""

    __tablename__ = "own_report"
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    owner_id: Mapped[str] = mapped_column(String(ID_LENGTH), index=True)
    owner_name: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(64))
    about: Mapped[str] = mapped_column(String(200))
    shared: Mapped[bool]
    roles: Mapped[list[Any]]
    definition: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime]


class ReportSchedule(Base, Authority):
    """An own report that is mailed again and again, under the rights of whoever set it up. `next_at`: due next; `try_at`: not made before."""

    __tablename__ = "report_schedule"
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    report_id: Mapped[str] = mapped_column(String(ID_LENGTH), index=True)
    owner_id: Mapped[str] = mapped_column(String(ID_LENGTH), index=True)
    owner_name: Mapped[str] = mapped_column(String(64))
    frequency: Mapped[str] = mapped_column(String(16))
    weekday: Mapped[int]
    monthday: Mapped[int]
    at: Mapped[str] = mapped_column(String(5))
    period: Mapped[str] = mapped_column(String(16))
    format: Mapped[str] = mapped_column(String(8))
    recipients: Mapped[list[Any]]
    paused: Mapped[bool]
    next_at: Mapped[datetime] = mapped_column(index=True)
    try_at: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(String(200))
    changed_at: Mapped[datetime]


class ReportMailing(Base, Authority):
    """One making of a scheduled report: the file that goes to every recipient, so that a repeated sending says the same."""

    __tablename__ = "report_mailing"
    __table_args__ = (UniqueConstraint("schedule_id", "due_at"),)
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    schedule_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    owner_id: Mapped[str] = mapped_column(String(ID_LENGTH), index=True)
    report_name: Mapped[str] = mapped_column(String(64))
    due_at: Mapped[datetime]
    start: Mapped[datetime]
    end: Mapped[datetime]
    manual: Mapped[bool]
    format: Mapped[str] = mapped_column(String(8))
    text: Mapped[str] = mapped_column(String(2000))
    size_bytes: Mapped[int]
    content: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))
    """None: made in vain, or forgotten after its time."""


class ReportSending(Base, Authority):
    """A mailing to one recipient. `state`: queued, sending, sent, failed, uncertain."""

    __tablename__ = "report_sending"
    __table_args__ = (UniqueConstraint("mailing_id", "recipient"),)
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    mailing_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    recipient: Mapped[str] = mapped_column(String(254))
    state: Mapped[str] = mapped_column(String(16), index=True)
    attempts: Mapped[int]
    next_at: Mapped[datetime]
    give_up_at: Mapped[datetime]
    problem: Mapped[str] = mapped_column(String(200))
    changed_at: Mapped[datetime]
