"""The port of e-mail out: one message to one person, taken by the site's mail server or not."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class MailMessage:
    """A message in plain text. `key` names it: a repeated one has the same `Message-ID`, so that mail programs show it once."""

    key: str
    to: str
    subject: str
    text: str


class MailRefused(Exception):
    """The server did not take the message. `retryable`: it may later (away, busy, full); otherwise never."""

    def __init__(self, reason: str, *, retryable: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retryable = retryable


class MailSender(Protocol):
    """Hands messages to the mail server."""

    async def send(self, message: MailMessage) -> None:
        """Return when the server has taken it. Raises `MailRefused`."""
        ...
