"""The tables of formula variants, by hotline and version, of what is excluded from counting, and of people's own reports."""

from datetime import datetime
from typing import Any

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

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
