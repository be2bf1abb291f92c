"""What the screens of short messages send and get."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from hotline.features.sms.lines import Kind, LineFields
from hotline.platform.schemas import LEFT_OUT, Answer, ApiModel, Name, Note, Page, Partial
from hotline.ports.sms import TEXT_MAX

SmsText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=TEXT_MAX)]
SmsNumber = Annotated[str, StringConstraints(strip_whitespace=True, min_length=5, max_length=32)]
Secret = Annotated[str, StringConstraints(max_length=200)]
Rate = Annotated[float, Field(gt=0, le=500)]
Position = Annotated[int, Field(ge=0, le=999)]


class SmsPartRead(Answer):
    """A part that a gateway took."""

    part: int
    gateway_message_id: str
    taken_at: datetime
    state: str
    code: str
    reported_at: datetime | None


class SmsMessageRead(Answer):
    """A message in the outbox. `taken` is filled when one message is read."""

    id: str
    authority_id: str
    recipient: str
    text: str
    purpose: str
    reference_kind: str
    reference_id: str
    created_by: str
    created_at: datetime
    expires_at: datetime
    state: str
    due_at: datetime
    changed_at: datetime
    attempts: int
    parts: int
    gateway_id: str
    gateway_name: str = ""
    code: str
    problem: str
    resent_as: str
    taken: list[SmsPartRead] = []


class SmsMessagePage(Page[SmsMessageRead]):
    """Messages, newest first."""


class SmsSend(ApiModel):
    """A message that a person writes. `request_id`: the same one again sends nothing again."""

    to: SmsNumber
    text: SmsText
    request_id: Annotated[str, StringConstraints(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9\-]+$")]


class SmsCounts(Answer):
    """How many messages stand in each state, and what ails the gateways."""

    states: dict[str, int]
    unseen_received: int
    gateways: int
    problems: list[str]


class SmsInboundRead(Answer):
    """A citizen's message."""

    id: str
    sender: str
    service_number: str
    text: str
    at: datetime
    reply_to: str
    reference_kind: str
    reference_id: str
    opt_out: bool
    seen: bool


class SmsInboundPage(Page[SmsInboundRead]):
    """Citizens' messages, newest first."""


class SmsBlockedFields(ApiModel):
    """A number that is not to be written to."""

    number: SmsNumber
    note: Note = ""


class SmsBlockedRead(Answer):
    """A number that is not written to."""

    number: str
    kind: str
    note: str
    since: datetime


class SmsBlockedList(Answer):
    """Numbers that are not written to."""

    items: list[SmsBlockedRead]


class SmsGatewayFields(ApiModel):
    """A gateway as an administrator fills it in. `secret` is the password, key or token; never shown again."""

    name: Name
    line: LineFields
    secret: Secret = ""
    per_second: Rate = 10
    position: Position = 10
    active: bool = True


class SmsGatewayUpdate(Partial):
    """Changes of a gateway; only given fields change. An empty secret is left as it is."""

    name: Name = LEFT_OUT
    line: LineFields = LEFT_OUT
    secret: Secret = LEFT_OUT
    per_second: Rate = LEFT_OUT
    position: Position = LEFT_OUT
    active: bool = LEFT_OUT


class SmsGatewayRead(Answer):
    """A gateway. `connected` is None where there is no lasting line; `problem` says why it rests."""

    id: str
    name: str
    kind: Kind
    line: dict[str, Any]
    has_secret: bool
    per_second: float
    position: int
    active: bool
    connected: bool | None
    problem: str


class SmsGatewayList(Answer):
    """Gateways in the order they are tried."""

    items: list[SmsGatewayRead]


class SmsNotifyAddress(Answer):
    """Where a provider sends reports and messages to; shown once."""

    path: str


class SmsTest(ApiModel):
    """A test message over one gateway."""

    to: SmsNumber
    text: SmsText = "这是一条测试短信。"


class SmsTestResult(Answer):
    """What the gateway said, now."""

    taken: bool
    problem: str
    gateway_ids: list[str]
