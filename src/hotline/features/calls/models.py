"""The call list's tables: one row a call, its stays in queues, its talks, its recordings. All can be made again from the journal."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from hotline.platform.database import ID_LENGTH, Authority, Base


class CallRecord(Base, Authority):
    """A call as the list shows it. Durations in milliseconds; `disposition` is empty while it runs."""

    __tablename__ = "call_record"
    __table_args__ = (
        Index("ix_call_record_started_at_id", "started_at", "id"),
        Index("ix_call_record_ani", "ani"),
        Index("ix_call_record_dnis", "dnis"),
    )
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    direction: Mapped[str] = mapped_column(String(16))
    hotline_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    ani: Mapped[str] = mapped_column(String(64))
    dnis: Mapped[str] = mapped_column(String(64))
    web: Mapped[bool] = mapped_column(default=False)
    test: Mapped[bool] = mapped_column(default=False)
    started_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    disposition: Mapped[str | None] = mapped_column(String(32))
    wait_ms: Mapped[int | None]
    talk_ms: Mapped[int] = mapped_column(default=0)
    has_recording: Mapped[bool] = mapped_column(default=False)
    survey_grade: Mapped[int | None]
    survey_label: Mapped[str | None] = mapped_column(String(64))


class CallQueue(Base, Authority):
    """A stay in a queue."""

    __tablename__ = "call_queue"
    __table_args__ = (Index("ix_call_queue_call_id", "call_id"), Index("ix_call_queue_queue_id", "queue_id"))
    visit_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    call_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    queue_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    entered_at: Mapped[datetime]


class CallTalk(Base, Authority):
    """A stretch an agent was connected."""

    __tablename__ = "call_talk"
    __table_args__ = (
        Index("ix_call_talk_call_id", "call_id"),
        Index("ix_call_talk_agent_id", "agent_id", "started_at"),
    )
    talk_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    call_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    agent_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    direction: Mapped[str] = mapped_column(String(16))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class MissedOffer(Base, Authority):
    """A ring that an agent let pass, for their own figures (漏话)."""

    __tablename__ = "missed_offer"
    __table_args__ = (Index("ix_missed_offer_agent_id", "agent_id", "at"),)
    offer_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    call_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    agent_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    at: Mapped[datetime]


class Recording(Base, Authority):
    """A recording. `path` is relative to the data folder; size and hash are known when it is whole."""

    __tablename__ = "recording"
    __table_args__ = (Index("ix_recording_call_id", "call_id"),)
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    call_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    kind: Mapped[str] = mapped_column(String(16))
    path: Mapped[str]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    size_bytes: Mapped[int | None]
    duration_ms: Mapped[int | None]
    sha256: Mapped[str | None] = mapped_column(String(64))
    error: Mapped[str] = mapped_column(String(64), default="")
