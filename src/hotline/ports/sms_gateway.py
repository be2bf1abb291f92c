"""The SMS gateway port: one line to a carrier or provider. Adapters speak HTTP, SMPP 3.4 and CMPP 2.0; rates and retries are not theirs."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message to hand over. `reference` is ours and stays the same when it is handed over again; `parts_done` are not sent again."""

    reference: str
    to: str
    text: str
    parts_done: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class PartTaken:
    """The gateway took part `part` (from 1) of `parts` under its own id (empty when it gives none)."""

    part: int
    parts: int
    gateway_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryReport:
    """What the carrier says of one part. `code` is its own word (DELIVRD, UNDELIV, …)."""

    gateway_id: str
    reference: str
    delivered: bool
    final: bool
    code: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A message from a citizen, its parts joined. `unique` is the same when the gateway delivers it again."""

    sender: str
    service_number: str
    text: str
    at: datetime
    unique: str


GatewayNews = DeliveryReport | Incoming


class NotTaken(Exception):
    """The gateway refused, or was not reached: nothing was sent. Retry when `retryable`; `throttled` asks for a slower pace."""

    def __init__(self, code: str, reason: str, *, retryable: bool, throttled: bool = False) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason
        self.retryable = retryable
        self.throttled = throttled


class AnswerLost(Exception):
    """The message left, but no answer came: it may or may not have been taken."""


class SmsGateway(Protocol):
    """One line. Safe for several tasks at once; connects by itself when needed."""

    @property
    def repeatable(self) -> bool:
        """Whether handing over the same `reference` again cannot send it twice (the gateway compares them)."""
        ...

    def submit(self, message: Outgoing) -> AsyncIterator[PartTaken]:
        """Hand over the parts that are not done, yielding each as it is taken. Raises `NotTaken` or `AnswerLost` for the next one."""
        ...

    def news(self) -> AsyncIterator[Sequence[GatewayNews]]:
        """Yield reports and citizens' messages for ever; what was yielded counts as received when the next is asked for."""
        ...

    async def close(self) -> None:
        """Let go of the line. May be called twice."""
        ...
