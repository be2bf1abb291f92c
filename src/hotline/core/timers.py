"""Timers as values: the core asks for them and hears of them; the shell (or a virtual clock) keeps them."""

from dataclasses import dataclass
from datetime import datetime

from hotline.core.ids import TimerId


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Report `TimerFired` at `at`. A timer of the same id is replaced; a time in the past fires at once."""

    timer_id: TimerId
    at: datetime


@dataclass(frozen=True, slots=True)
class CancelTimer:
    """Forget a timer; one that is not there is no mistake."""

    timer_id: TimerId


@dataclass(frozen=True, slots=True)
class TimerFired:
    """A timer went off. One that was cancelled or replaced meanwhile is ignored by the core."""

    timer_id: TimerId
    at: datetime
