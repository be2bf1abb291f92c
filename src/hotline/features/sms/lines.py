"""What an administrator fills in for each kind of gateway, checked; and the line (ports) that a stored gateway means."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints, field_validator

from hotline.features.sms.models import SmsGatewayRow
from hotline.platform.schemas import ApiModel
from hotline.platform.sealing import Sealer
from hotline.ports.sms_gateway import AnyLine, CmppLine, HttpLine, RecordingLine, SmppLine

Kind = Literal["http", "smpp", "cmpp", "recording"]
KIND_NAMES: Final[dict[str, str]] = {
    "http": "HTTP 接口",
    "smpp": "SMPP 3.4",
    "cmpp": "CMPP 2.0（中国移动）",
    "recording": "只记录不发送",
}
Host = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=253, pattern=r"^[A-Za-z0-9.:\-]+$")
]
Port = Annotated[int, Field(ge=1, le=65_535)]
Number = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,20}$")]
Path = Annotated[str, StringConstraints(max_length=100, pattern=r"^[A-Za-z0-9_.\-]*$")]
Short = Annotated[str, StringConstraints(strip_whitespace=True, max_length=64)]
Filled = Annotated[str, StringConstraints(max_length=1000)]


class SmppFields(ApiModel):
    """An SMPP 3.4 centre."""

    kind: Literal["smpp"] = "smpp"
    host: Host
    port: Port = 2775
    system_id: Annotated[str, StringConstraints(min_length=1, max_length=15, pattern=r"^[\x21-\x7e]+$")]
    source: Number
    system_type: Annotated[str, StringConstraints(max_length=12)] = ""
    source_ton: Annotated[int, Field(ge=0, le=6)] = 0
    source_npi: Annotated[int, Field(ge=0, le=18)] = 1
    tls: bool = False


class CmppFields(ApiModel):
    """A CMPP 2.0 gateway."""

    kind: Literal["cmpp"] = "cmpp"
    host: Host
    port: Port = 7890
    enterprise: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{6}$")]
    source: Number
    service: Annotated[str, StringConstraints(max_length=10, pattern=r"^[\x21-\x7e]*$")] = ""


class NotifyFields(ApiModel):
    """Where a provider's requests to us carry what. Paths into the JSON or form fields; `items` names a list, empty: one thing."""

    items: Path = ""
    report_id: Path = ""
    report_reference: Path = ""
    report_state: Path = ""
    delivered_values: Annotated[list[Short], Field(max_length=20)] = Field(
        default_factory=lambda: ["DELIVRD"]
    )
    inbound_sender: Path = ""
    inbound_text: Path = ""
    inbound_number: Path = ""
    inbound_id: Path = ""
    answer: Annotated[str, StringConstraints(max_length=200)] = "OK"
    """What the provider wants to read."""


class HttpFields(ApiModel):
    """A provider's HTTP interface."""

    kind: Literal["http"] = "http"
    url: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]
    method: Literal["POST", "GET"] = "POST"
    encoding: Literal["json", "form", "query"] = "json"
    headers: Annotated[dict[Short, Filled], Field(max_length=20)] = Field(default_factory=dict)
    fields: Annotated[dict[Short, Filled], Field(max_length=40)] = Field(default_factory=dict)
    account: Short = ""
    success_path: Path = ""
    success_value: Short = ""
    id_path: Path = ""
    error_path: Path = ""
    retry_values: Annotated[list[Short], Field(max_length=20)] = Field(default_factory=list)
    repeatable: bool = False
    notify: NotifyFields = NotifyFields()

    @field_validator("url")
    @classmethod
    def _check_url(cls, value: str) -> str:
        if not value.startswith(("https://", "http://")):
            raise ValueError("应以 https:// 或 http:// 开头")
        return value

    @field_validator("fields")
    @classmethod
    def _check_fields(cls, value: dict[str, str]) -> dict[str, str]:
        joined = "".join(value.values())
        if "{to}" not in joined or "{text}" not in joined:
            raise ValueError("参数中必须用到 {to}（号码）和 {text}（内容）")
        return value


class RecordingFields(ApiModel):
    """Nothing is sent."""

    kind: Literal["recording"] = "recording"
    reports: bool = False
    """Every message is reported delivered, to see what follows a report."""


LineFields = Annotated[SmppFields | CmppFields | HttpFields | RecordingFields, Field(discriminator="kind")]
_FIELDS: Final[Mapping[str, type[ApiModel]]] = {
    "smpp": SmppFields,
    "cmpp": CmppFields,
    "http": HttpFields,
    "recording": RecordingFields,
}


def fields_of(row: SmsGatewayRow) -> SmppFields | CmppFields | HttpFields | RecordingFields:
    """Return the checked fields of a stored gateway."""
    made: Any = _FIELDS[row.kind].model_validate(row.settings)
    return made


def line_of(row: SmsGatewayRow, sealer: Sealer) -> AnyLine:
    """Return the line that a stored gateway means, with its secret opened. Raises `SealBroken`."""
    secret = sealer.open(row.secret, f"sms_gateway:{row.id}")
    given = fields_of(row)
    match given:
        case SmppFields():
            return SmppLine(password=secret, **given.model_dump(exclude={"kind"}))
        case CmppFields():
            return CmppLine(secret=secret, **given.model_dump(exclude={"kind"}))
        case HttpFields():
            return HttpLine(secret=secret, **given.model_dump(exclude={"kind", "notify"}))
        case RecordingFields():
            return RecordingLine(reports=given.reports)
