"""The table of queues; who serves them stands in the platform's `queue_member`."""

from typing import Any

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hotline.platform.database import ID_LENGTH, Authority, Base


class Queue(Base, Authority):
    """A queue (座席组): the fields of `core.site.Queue`."""

    __tablename__ = "queue"
    __table_args__ = (UniqueConstraint("number"),)
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    number: Mapped[str] = mapped_column(String(16))
    strategy: Mapped[str] = mapped_column(String(32))
    ring_timeout_s: Mapped[float]
    wrap_up_s: Mapped[float]
    max_wait_s: Mapped[float]
    max_length: Mapped[int]
    no_agent_overflow: Mapped[bool]
    overflow_to: Mapped[str] = mapped_column(String(16))
    overflow_queue_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    overflow_number: Mapped[str] = mapped_column(String(32), default="")
    music: Mapped[str] = mapped_column(String(64))
    message: Mapped[str | None] = mapped_column(String(64))
    message_every_s: Mapped[float]
    announce_position: Mapped[bool]
    base_priority: Mapped[int]
    missed_limit: Mapped[int]
    missed_pause_s: Mapped[float]
    survey: Mapped[bool]
    announce_wait: Mapped[bool] = mapped_column(default=False)
    announce_agent: Mapped[bool] = mapped_column(default=False)
    callback_key: Mapped[str] = mapped_column(String(1), default="")
    voicemail_key: Mapped[str] = mapped_column(String(1), default="")
    callback_prompt: Mapped[str | None] = mapped_column(String(64), default="queue_callback_offer")
    last_agent_wait_s: Mapped[float] = mapped_column(default=0.0)
    widen_after_s: Mapped[float] = mapped_column(default=0.0)
    priority_per_minute: Mapped[int] = mapped_column(default=0)
    own_survey: Mapped[dict[str, Any] | None]
    further_music: Mapped[list[Any]] = mapped_column(default=list)
    further_messages: Mapped[list[Any]] = mapped_column(default=list)
    active: Mapped[bool] = mapped_column(default=True)
