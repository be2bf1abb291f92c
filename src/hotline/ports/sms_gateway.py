"""The SMS gateway port: one line to a carrier or provider. Adapters speak HTTP, SMPP 3.4 and CMPP 2.0; rates and retries are not theirs."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True, kw_only=True)
class SmppLine:
    """How an SMPP 3.4 centre is reached. `source` is the number citizens see; its type (TON, NPI) as the carrier says."""

    host: str
    port: int
    system_id: str
    password: str
    source: str
    system_type: str = ""
    source_ton: int = 0
    source_npi: int = 1
    tls: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CmppLine:
    """How a CMPP 2.0 gateway is reached: `enterprise` is the SP_Id, `service` the Service_Id, `source` the access number."""

    host: str
    port: int
    enterprise: str
    secret: str
    source: str
    service: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpLine:
    """How a provider's HTTP interface is asked, and how its answers are read.

    Templates name `{to} {text} {reference} {secret} {account}`; paths into JSON are written `data.0.id`.
    """

    url: str
    method: str = "POST"
    encoding: str = "json"
    """`json`, `form` or `query`."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    fields: Mapping[str, str] = field(default_factory=dict[str, str])
    account: str = ""
    secret: str = ""
    success_path: str = ""
    success_value: str = ""
    id_path: str = ""
    error_path: str = ""
    retry_values: Sequence[str] = ()
    """Values of `success_path` that mean: try again later."""
    repeatable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingLine:
    """A line that takes everything and sends nothing: the demo site. `reports`: every part is reported delivered."""

    reports: bool = False


AnyLine = SmppLine | CmppLine | HttpLine | RecordingLine


class SmsGatewayMaker(Protocol):
    """Makes the gateway for a line (the composition root knows the adapters)."""

    def __call__(self, line: AnyLine) -> SmsGateway:
        """Return a gateway that is not connected yet."""
        ...
