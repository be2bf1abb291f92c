"""The table of export jobs."""

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from hotline.platform.database import ID_LENGTH, Authority, Base


class ExportJob(Base, Authority):
    """A long export of one person. `state`: queued, running, done, failed, cancelled, expired. `question` as the kind's feature reads it."""

    __tablename__ = "export_job"
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    owner_id: Mapped[str] = mapped_column(String(ID_LENGTH), index=True)
    kind: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(64))
    question: Mapped[dict[str, Any]]
    format: Mapped[str] = mapped_column(String(8))
    reason: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(16), index=True)
    rows_done: Mapped[int]
    rows_total: Mapped[int]
    size_bytes: Mapped[int]
    problem: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
