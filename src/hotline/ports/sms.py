"""The SMS port: send a text message once, learn what became of it, and be told of replies.

A message is identified by the caller's `key`: sending the same key again does nothing and returns the message that is there, so a
request may be repeated after any fault. With `session` the message is entered in the caller's own transaction (and is gone if that is
undone); a gateway is spoken to only after the commit, by the outbox, with retries, for as long as `expires_at` allows.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

TEXT_MAX = 700
"""Characters of one message: ten parts of 67 UCS-2 characters and some room; gateways take no more."""


class SmsPurpose(StrEnum):
    """What a message is for. A number that opted out still gets what it asked for itself (answers, codes)."""

    TICKET_REPLY = "ticket_reply"
    TICKET_NOTICE = "ticket_notice"
    KNOWLEDGE = "knowledge"
    SURVEY = "survey"
    NOTICE = "notice"
    ALARM = "alarm"
    MANUAL = "manual"
    TEST = "test"


class SmsState(StrEnum):
    """What became of a message. Final: delivered, failed, cancelled; `sent` becomes final by a report or by time."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    """Handed over, but the answer was lost (crash, line cut): not sent again by itself, a person decides or a report does."""
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsRequest:
    """A message to be sent. `key` is unique for ever (say `ticket:{id}:reply:{n}`); `reference` is what replies are routed by."""

    key: str
    to: str
    text: str
    purpose: SmsPurpose
    authority_id: str
    reference_kind: str = ""
    reference_id: str = ""
    created_by: str = ""
    not_before: datetime | None = None
    expires_at: datetime | None = None
    """Not sent after this (default: 72 h after it was entered)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsStatus:
    """A message as it stands. `problem` is a sentence in Chinese for people, empty when all is well; `resent_as` the message that repeats it."""

    id: str
    key: str
    to: str
    purpose: SmsPurpose
    state: SmsState
    attempts: int
    parts: int
    changed_at: datetime
    problem: str = ""
    resent_as: str = ""
    reference_kind: str = ""
    reference_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsReceived:
    """A message from a citizen. `reply_to` and the reference are those of the newest message we sent to that number lately, if any."""

    id: str
    sender: str
    service_number: str
    text: str
    at: datetime
    authority_id: str
    reply_to: str = ""
    reference_kind: str = ""
    reference_id: str = ""


class SmsRefused(Exception):
    """The message cannot be taken: `code` is bad_number, blocked, empty, too_long or key_conflict; `reason` says it in Chinese."""

    retryable = False

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(code)
        self.code = code
        self.reason = reason


class SmsSender(Protocol):
    """The outbox."""

    async def send(self, request: SmsRequest, *, session: Any = None) -> SmsStatus:
        """Enter a message; it leaves as soon as a gateway takes it. Raises `SmsRefused`."""
        ...

    async def status(self, key: str) -> SmsStatus | None:
        """What became of the message with this key."""
        ...

    async def about(self, reference_kind: str, reference_id: str) -> list[SmsStatus]:
        """Every message sent about one thing, oldest first."""
        ...


class SmsListener(Protocol):
    """Whoever wants to know. Put yours in `platform.listeners[SmsListener]` at wiring; all are told, in that order.

    Called inside the transaction that stores the news: `session` is its session, raising undoes it and it is told again.
    """

    async def sms_received(self, session: Any, message: SmsReceived) -> None:
        """A citizen wrote."""
        ...

    async def sms_changed(self, session: Any, status: SmsStatus) -> None:
        """A message reached a state worth telling: sent, delivered, failed or uncertain."""
        ...
