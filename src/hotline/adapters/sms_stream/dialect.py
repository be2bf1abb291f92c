"""What SMPP and CMPP have in common, in our words: a log-in, numbered requests with answers, news that are acknowledged, signs of life."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from hotline.wire.sms_text import Fragment, Part


@dataclass(frozen=True, slots=True)
class Answer:
    """The other side answered our request `sequence`: taken under `gateway_id` when `code` is empty."""

    sequence: int
    gateway_id: str = ""
    code: str = ""
    reason: str = ""
    retryable: bool = False
    throttled: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a part. `reply` acknowledges it."""

    gateway_id: str
    word: str
    final: bool
    reply: bytes


@dataclass(frozen=True, slots=True)
class FromCitizen:
    """A short message. `unique` is the other side's id for it, or empty."""

    sender: str
    service_number: str
    fragment: Fragment
    unique: str
    reply: bytes


@dataclass(frozen=True, slots=True)
class Question:
    """Anything else that wants an answer at once (signs of life); `ends`: the other side says goodbye."""

    reply: bytes
    ends: bool = False


Frame = Answer | Report | FromCitizen | Question


class BadStream(Exception):
    """The other side does not speak the protocol: close the connection."""


class Dialect(Protocol):
    """One protocol over one connection; made anew for each connection."""

    def feed(self, data: bytes) -> list[Frame]:
        """Return what these bytes say. Raises `BadStream`."""
        ...

    def log_in(self, sequence: int, now: datetime) -> bytes:
        """The log-in request."""
        ...

    def submit(self, sequence: int, to: str, part: Part) -> bytes:
        """A short message."""
        ...

    def sign_of_life(self, sequence: int) -> bytes:
        """Ask whether the other side is there."""
        ...

    def goodbye(self, sequence: int) -> bytes:
        """Log out."""
        ...
