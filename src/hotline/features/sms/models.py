"""Tables of short messages. Nothing is removed by the program: the outbox is also the proof of what was sent."""

import re
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hotline.platform.database import ID_LENGTH, Authority, Base
from hotline.ports.sms import SmsPurpose

_SURVEY_ADDRESS: Final = re.compile(r"(/s/)[A-Za-z0-9_\-]+")


class SmsGatewayRow(Base, Authority):
    """A line to a provider. `secret` is sealed; `settings` holds everything else of its kind. Lower `position` is tried first."""

    __tablename__ = "sms_gateway"
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(16))
    settings: Mapped[dict[str, Any]]
    secret: Mapped[str] = mapped_column(Text)
    notify_token: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the token by which a provider's requests to us are known; "" where none was made."""
    per_second: Mapped[float]
    position: Mapped[int]
    active: Mapped[bool] = mapped_column(default=True)


class SmsMessage(Base, Authority):
    """A message to a citizen. `key` is the caller's own and unique; `due_at` is when the next try may be made (queued only)."""

    __tablename__ = "sms_message"
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    key: Mapped[str] = mapped_column(String(128), unique=True)
    recipient: Mapped[str] = mapped_column(String(32), index=True)
    text: Mapped[str] = mapped_column(Text)
    purpose: Mapped[str] = mapped_column(String(24))
    reference_kind: Mapped[str] = mapped_column(String(24))
    reference_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    created_by: Mapped[str] = mapped_column(String(ID_LENGTH))
    created_at: Mapped[datetime] = mapped_column(index=True)
    expires_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(16))
    due_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    parts: Mapped[int]
    gateway_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    code: Mapped[str] = mapped_column(String(48))
    problem: Mapped[str] = mapped_column(String(255))
    resent_as: Mapped[str] = mapped_column(String(ID_LENGTH))
    """The message that a person sent in place of this one."""
    __table_args__ = (
        Index("ix_sms_message_state_due_at", "state", "due_at"),
        Index("ix_sms_message_reference", "reference_kind", "reference_id"),
    )

    @property
    def shown_text(self) -> str:
        """The text as colleagues read it: the address of a survey is the citizen's alone."""
        return _SURVEY_ADDRESS.sub(r"\1…", self.text) if self.purpose == SmsPurpose.SURVEY else self.text


class SmsPart(Base, Authority):
    """A part that a gateway took. `state` follows its delivery report."""

    __tablename__ = "sms_part"
    message_id: Mapped[str] = mapped_column(ForeignKey("sms_message.id"), primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True)
    gateway_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    gateway_message_id: Mapped[str] = mapped_column(String(64))
    taken_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(16))
    code: Mapped[str] = mapped_column(String(48))
    reported_at: Mapped[datetime | None]
    __table_args__ = (Index("ix_sms_part_gateway_message_id", "gateway_message_id", "gateway_id"),)


class SmsEarlyReport(Base, Authority):
    """A delivery report that came before its part was entered; taken in with it."""

    __tablename__ = "sms_early_report"
    gateway_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    gateway_message_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    delivered: Mapped[bool]
    code: Mapped[str] = mapped_column(String(48))
    at: Mapped[datetime]


class SmsInbound(Base, Authority):
    """A message from a citizen. `unique_key` keeps what a gateway delivers twice from being entered twice."""

    __tablename__ = "sms_inbound"
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    gateway_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    unique_key: Mapped[str] = mapped_column(String(128))
    sender: Mapped[str] = mapped_column(String(32), index=True)
    service_number: Mapped[str] = mapped_column(String(32))
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(index=True)
    reply_to: Mapped[str] = mapped_column(String(ID_LENGTH))
    reference_kind: Mapped[str] = mapped_column(String(24))
    reference_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    opt_out: Mapped[bool] = mapped_column(default=False)
    seen: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (UniqueConstraint("gateway_id", "unique_key"),)


class SmsBlocked(Base, Authority):
    """A number that is not written to. `kind`: `blocked` by a person (nothing at all), or `opt_out` (only answers it asked for)."""

    __tablename__ = "sms_blocked"
    authority_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    number: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    note: Mapped[str] = mapped_column(String(200))
    since: Mapped[datetime]
