"""What schedules of mailed reports, and what became of each sending, are sent as."""

from datetime import datetime
from email.headerregistry import Address
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from hotline.features.reports.mail_timing import Frequency, MailPeriod
from hotline.platform.schemas import Answer, ApiModel, Id

_ADDRESS_MAX = 254


def _mail_address(text: str) -> str:
    """An address of one mailbox, in ASCII (RFC 5321, 4.1.2)."""
    try:
        address = Address(addr_spec=text)
    except (ValueError, IndexError) as wrong:
        raise ValueError("不是邮箱地址") from wrong
    labels = address.domain.split(".")
    known = text.isascii() and len(labels) > 1 and all(one and one.strip("-") == one for one in labels)
    if not known or any(c.isspace() or c in '<>()[]\\",;:' for c in text):
        raise ValueError("不是邮箱地址")
    return text.lower()


Recipient = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=_ADDRESS_MAX), AfterValidator(_mail_address)
]
SendingState = Literal["queued", "sending", "sent", "failed", "uncertain"]


class ScheduleFields(ApiModel):
    """When, of which days, as what, to whom. `weekday` 1 is Monday and counts for `weekly`, `monthday` for `monthly`; `at` is Beijing time."""

    report_id: Id
    frequency: Frequency
    weekday: int = Field(default=1, ge=1, le=7)
    monthday: int = Field(default=1, ge=1, le=31)
    at: str = Field(default="08:00", pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")
    period: MailPeriod
    format: Literal["xlsx", "pdf", "csv"] = "xlsx"
    recipients: list[Recipient] = Field(min_length=1, max_length=20)
    paused: bool = False


class ScheduleView(Answer):
    """A schedule of one's own. `problem`: why it stands still, or what went wrong last."""

    id: str
    report_id: str
    report_name: str
    frequency: Frequency
    weekday: int
    monthday: int
    at: str
    period: MailPeriod
    format: Literal["xlsx", "pdf", "csv"]
    recipients: list[str]
    paused: bool
    next_at: datetime
    problem: str
    changed_at: datetime


class Schedules(Answer):
    """One's own schedules. `mail_ready`: whether a mail server is set; without one nothing is sent."""

    mail_ready: bool
    items: list[ScheduleView]


class SendingView(Answer):
    """What became of one sending to one recipient."""

    id: str
    report_name: str
    recipient: str
    due_at: datetime
    start: datetime
    end: datetime
    manual: bool
    format: str
    size_bytes: int
    state: SendingState
    attempts: int
    next_at: datetime
    problem: str
    changed_at: datetime
    repeatable: bool
