"""What a transaction asks its surroundings to do, and the timers it may ask for (RFC 3261 section 17 and table 4)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from hotline.wire.sip.message import Message, Response


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """The base values, in seconds. Tests shrink them; nothing else may."""

    t1: float = 0.5
    t2: float = 4.0
    t4: float = 5.0

    @property
    def lifetime(self) -> float:
        """64*T1: how long a transaction keeps trying."""
        return 64 * self.t1


class Timer(StrEnum):
    """The letters of RFC 3261 table 4 and RFC 6026; RESEND_OK is the 2xx retransmission of section 13.3.1.4."""

    A = "A"
    B = "B"
    CANCELLED = "cancelled"
    D = "D"
    E = "E"
    F = "F"
    G = "G"
    H = "H"
    I = "I"  # noqa: E741 - the RFC's letter
    J = "J"
    K = "K"
    L = "L"
    M = "M"
    RESEND_OK = "resend_ok"


@dataclass(frozen=True, slots=True)
class Send:
    """Put a message on the wire."""

    message: Message


@dataclass(frozen=True, slots=True)
class Deliver:
    """Hand a response up to the transaction user."""

    response: Response


@dataclass(frozen=True, slots=True)
class Start:
    """Start (or restart) a timer."""

    timer: Timer
    after_s: float


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop timers that may be running."""

    timers: tuple[Timer, ...]


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Tell the transaction user that the far end never spoke; the transaction ends."""


@dataclass(frozen=True, slots=True)
class End:
    """The transaction is over and can be forgotten."""


Action = Send | Deliver | Start | Stop | GiveUp | End
