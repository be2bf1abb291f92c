"""The tables of formula variants, by hotline and version, and of what is excluded from counting."""

from datetime import datetime

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
