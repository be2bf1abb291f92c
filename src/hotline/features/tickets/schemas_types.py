"""What the screens about ticket types and channels send and get."""

import re
from enum import StrEnum
from typing import Annotated, Final, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from hotline.platform.forms import FormFields
from hotline.platform.schemas import Answer, ApiModel, Id, Name, partial


class TicketCategory(StrEnum):
    """What a type of ticket is about; reports and rules go by it."""

    CONSULT = "consult"
    COMPLAINT = "complaint"
    SUGGESTION = "suggestion"
    HELP = "help"
    PRAISE = "praise"
    APPOINTMENT = "appointment"
    HAND_IN = "hand_in"
    HAND_OUT = "hand_out"
    ARREARS = "arrears"
    OTHER = "other"


Minutes = Annotated[int, Field(ge=0, le=60 * 24 * 365)]


class TicketTypeFields(ApiModel):
    """A type of ticket. Times in minutes of the calendar `hours_id` (None: round the clock); `reply_min` 0: no deadline."""

    name: Name
    category: TicketCategory = TicketCategory.CONSULT
    fields: FormFields = []  # noqa: RUF012 - pydantic copies defaults
    reply_min: Minutes = 1440
    urgent_min: Minutes = 30
    hours_id: Id | None = None
    amber_percent: Annotated[int, Field(ge=10, le=99)] = 75
    sms_reply: bool = False
    default_department_id: Id | None = None
    required_in_call: bool = False
    script: Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)] = ""
    position: Annotated[int, Field(ge=0, le=1000)] = 0


class TicketTypeCreate(TicketTypeFields):
    """A new type."""

    authority_id: Id | None = None


class TicketTypeUpdate(partial(TicketTypeFields)):
    """Changes of a type; only given fields change. Tickets that run keep their times."""


class TicketTypeRead(TicketTypeFields, Answer):
    """A type of ticket."""

    id: str
    authority_id: str
    active: bool
    hours_known: bool
    """False: its calendar is gone or has no working time, so there are no deadlines."""


class TicketTypeList(Answer):
    """Types that can be used here, in their order."""

    items: list[TicketTypeRead]


_EMAIL: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")

TicketNoticeKind = Literal["dispatched", "returned", "replied", "urged", "escalated", "supervised", "amber", "overdue", "citizen_replied", "sms_failed", "reopened", "answered", "transferred"]  # fmt: skip


class TicketChannelFields(ApiModel):
    """Where news of tickets goes: an https address, a number or an e-mail address; for all departments or one."""

    name: Name
    kind: Literal["webhook", "sms", "email"]
    to: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=255)]
    events: Annotated[list[TicketNoticeKind], Field(min_length=1, max_length=20)]
    department_id: Id | None = None

    @model_validator(mode="after")
    def _address_fits(self) -> Self:
        fits = {
            "webhook": self.to.startswith(("https://", "http://")),
            "sms": self.to.isdigit(),
            "email": bool(_EMAIL.fullmatch(self.to)),
        }[self.kind]
        if not fits:
            raise ValueError("地址与通道不符：网址以 https:// 开头，短信填号码，邮件填邮箱")
        return self


class TicketChannelCreate(TicketChannelFields):
    """A new channel; a web hook's signing secret is shown once in the answer."""


class TicketChannelRead(TicketChannelFields, Answer):
    """A channel and how it does: the newest problem, "" when all is well. `secret` only in the answer that made it."""

    id: str
    waiting: int
    problem: str
    secret: str = ""


class TicketChannelList(Answer):
    """All channels in sight."""

    items: list[TicketChannelRead]


class TicketTypeExample(Answer):
    """A type as a real site uses it."""

    site: str
    type: TicketTypeFields


class TicketTypeExamples(Answer):
    """Examples to begin with."""

    items: list[TicketTypeExample]
