"""The port of e-mail out: one message to one person, taken by the site's mail server or not."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class MailFile:
    """A file that goes with a message. `media_type` as in HTTP (`text/csv; charset=utf-8`)."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class MailMessage:
    """A message in plain text. `key` names it: a repeated one has the same `Message-ID`, so that mail programs show it once."""

    key: str
    to: str
    subject: str
    text: str
    file: MailFile | None = None


class MailRefused(Exception):
    """The server did not take the message. `retryable`: it may later (away, busy, full); otherwise never.

    `uncertain`: the whole message was handed over and the answer was lost, so that it may have been taken.
    """

    def __init__(self, reason: str, *, retryable: bool, uncertain: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retryable = retryable
        self.uncertain = uncertain


class MailSender(Protocol):
    """Hands messages to the mail server."""

    async def send(self, message: MailMessage) -> None:
        """Return when the server has taken it. Raises `MailRefused`."""
        ...
