"""What the screens about hotlines, trunks and blocked callers send and get."""

import ipaddress
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from hotline.platform.schemas import LEFT_OUT, Answer, ApiModel, Id, Name, Note, Page, partial
from hotline.platform.settings import split_address
from hotline.platform.survey_fields import SurveyFields

ServiceNumber = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^\+?[0-9]{2,20}$")]
CallerNumber = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[0-9]{2,20}$")]
DutyNumber = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^([0-9]{3,20})?$")]
Prefix = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^\+?[0-9]{0,20}$")]


class HotlineFields(ApiModel):
    """Everything that can be set on a hotline."""

    number: ServiceNumber
    name: Name
    flow_id: Id
    hours_id: Id | None = None
    survey: SurveyFields | None = None
    outbound_trunk_id: Id | None = None
    recording: bool = True
    region: Note = ""
    web_calls: bool = False
    duty_number: DutyNumber = ""
    further_trunk_ids: Annotated[list[Id], Field(max_length=16)] = []

    @model_validator(mode="after")
    def _trunks_differ(self) -> Self:
        if self.further_trunk_ids and self.outbound_trunk_id is None:
            raise ValueError("请先选择外呼中继，再选择备用中继")
        if len({self.outbound_trunk_id, *self.further_trunk_ids}) != len(self.further_trunk_ids) + 1:
            raise ValueError("同一条中继只能选择一次")
        return self


class HotlineCreate(HotlineFields):
    """A new hotline."""

    authority_id: Id | None = None


class HotlineUpdate(partial(HotlineFields)):
    """Changes of a hotline; only given fields change."""


class HotlineRead(HotlineFields, Answer):
    """A hotline."""

    id: str
    authority_id: str
    active: bool


class HotlinePage(Page[HotlineRead]):
    """All hotlines in sight."""


def _network(value: str) -> str:
    try:
        return str(ipaddress.ip_network(value.strip(), strict=False))
    except ValueError as wrong:
        raise ValueError("应为 IP 地址或网段，例如 192.0.2.10 或 192.0.2.0/24") from wrong


def _address(value: str) -> str:
    if value:
        split_address(value)
    return value


class NumberRuleFields(ApiModel):
    """Numbers that begin with `prefix`: drop the first `strip` digits, put `prepend` before. The longest prefix wins."""

    prefix: Prefix
    strip: Annotated[int, Field(ge=0, le=20)] = 0
    prepend: Prefix = ""


def _prefixes_differ(rules: list[NumberRuleFields]) -> list[NumberRuleFields]:
    if len({rule.prefix for rule in rules}) != len(rules):
        raise ValueError("每个号码前缀只能有一条规则")
    return rules


NumberRules = Annotated[list[NumberRuleFields], Field(max_length=200), AfterValidator(_prefixes_differ)]


class TrunkFields(ApiModel):
    """Everything that can be set on a trunk but its password."""

    name: Name
    peers: Annotated[list[Annotated[str, AfterValidator(_network)]], Field(min_length=1, max_length=64)]
    gateway: Annotated[str, AfterValidator(_address)] = ""
    max_calls: Annotated[int, Field(ge=1, le=1000)] = 30
    codecs: Annotated[list[Literal["PCMA", "PCMU"]], Field(min_length=1, max_length=2)] = ["PCMA", "PCMU"]
    transport: Literal["udp", "tcp"] = "udp"
    numbers: Annotated[list[ServiceNumber], Field(max_length=200)] = []
    username: Annotated[str, StringConstraints(max_length=64)] = ""
    inbound_rules: NumberRules = []
    outbound_rules: NumberRules = []
    max_outbound: Annotated[int, Field(ge=0, le=1000)] = 0

    @model_validator(mode="after")
    def _outbound_fits(self) -> Self:
        if self.max_outbound > self.max_calls:
            raise ValueError("外呼通道数不能多于中继的通道总数")
        return self


def _said_in_a_log_in(value: str) -> str:
    """Digest parts its values by colons (RFC 7616 section 3.4.2), and FreeSWITCH cannot say one even in a password."""
    if ":" in value or not value.isprintable():
        raise ValueError("不能含英文冒号、换行等控制字符")
    return value


TrunkUser = Annotated[str, StringConstraints(max_length=64), AfterValidator(_said_in_a_log_in)]
TrunkPassword = Annotated[str, StringConstraints(max_length=64), AfterValidator(_said_in_a_log_in)]


class TrunkCreate(TrunkFields):
    """A new trunk."""

    authority_id: Id | None = None
    username: TrunkUser = ""
    password: TrunkPassword = ""


class TrunkUpdate(partial(TrunkFields)):
    """Changes of a trunk; only given fields change."""

    username: TrunkUser = LEFT_OUT
    password: TrunkPassword = LEFT_OUT


class TrunkRead(TrunkFields, Answer):
    """A trunk; of its password only whether there is one."""

    id: str
    authority_id: str
    active: bool
    has_password: bool


class TrunkPage(Page[TrunkRead]):
    """All trunks in sight."""


class BlockedFields(ApiModel):
    """A blocked caller and why."""

    number: CallerNumber
    note: Note = ""


class BlockedRead(BlockedFields, Answer):
    """A blocked caller."""

    since: datetime


class Blacklist(Answer):
    """All blocked callers in sight."""

    items: list[BlockedRead]


class BlacklistReplace(ApiModel):
    """The whole new list of the actor's organisation."""

    items: Annotated[list[BlockedFields], Field(max_length=10_000)]
