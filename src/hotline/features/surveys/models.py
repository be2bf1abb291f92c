"""The table of survey links."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from hotline.platform.database import ID_LENGTH, Authority, Base


class SurveyLink(Base, Authority):
    """The survey of one call, asked by SMS. `state`: due, sent, refused, answered; past `expires_at` nothing is taken any more.

    `number` is forgotten once the message is in the outbox; of the address only a hash is kept. `page`: the questions as they were
    when it was sent. `why`: why nothing was sent. `told`: whether the journal knows that it was, or not.
    """

    __tablename__ = "survey_link"
    call_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    state: Mapped[str] = mapped_column(String(12))
    number: Mapped[str] = mapped_column(String(32))
    hotline_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    agent_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    queue_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    due_at: Mapped[datetime]
    told: Mapped[bool]
    why: Mapped[str] = mapped_column(String(32))
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    page: Mapped[dict[str, Any] | None]
    expires_at: Mapped[datetime | None] = mapped_column()
    answered_at: Mapped[datetime | None] = mapped_column()

    __table_args__ = (Index("ix_survey_link_told", "told"),)
