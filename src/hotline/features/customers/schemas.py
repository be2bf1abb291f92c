"""What the screens about customers send and get. What is personal comes masked to those who may not see it whole (`masked`)."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from hotline.core.forms import FormField
from hotline.core.id_card import is_valid
from hotline.platform.forms import FormFields, Values
from hotline.platform.schemas import Answer, ApiModel, Id, Page, partial

NUMBERS_MAX = 12
TAGS_MAX = 20
PersonName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Number = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[0-9]{3,20}$")]
Tag = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=32)]
Short = Annotated[str, StringConstraints(strip_whitespace=True, max_length=64)]
Long = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]
Email = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=120, pattern=r"^([^@\s<>\"]+@[^@\s<>\"]+)?$")
]


class CustomerKind(StrEnum):
    """A person or an organisation."""

    PERSON = "person"
    ORGANISATION = "organisation"


class CustomerClass(StrEnum):
    """How a customer is treated (客户类别); vip, contract and care are served first, blacklist not at all."""

    ORDINARY = "ordinary"
    VIP = "vip"
    CONTRACT = "contract"
    CARE = "care"
    BLACKLIST = "blacklist"


CLASS_PRIORITY: dict[CustomerClass, int] = {
    CustomerClass.VIP: 20,
    CustomerClass.CARE: 15,
    CustomerClass.CONTRACT: 10,
}
"""Added to the queue's priority when the file itself says nothing."""


class NumberFields(ApiModel):
    """A telephone number and what it is: 手机, 家庭, 单位, and so on."""

    number: Number
    label: Annotated[str, StringConstraints(strip_whitespace=True, max_length=16)] = ""


class CustomerFields(ApiModel):
    """Everything that can be set on a customer."""

    kind: CustomerKind = CustomerKind.PERSON
    name: PersonName
    customer_class: CustomerClass = CustomerClass.ORDINARY
    priority: Annotated[int, Field(ge=-100, le=100)] | None = None
    gender: Literal["", "男", "女"] = ""
    id_number: Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, max_length=32)] = ""
    address: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""
    email: Email = ""
    position: Short = ""
    organisation_id: Id | None = None
    assistant_id: Id | None = None
    note: Long = ""
    numbers: Annotated[list[NumberFields], Field(max_length=NUMBERS_MAX)] = []
    tags: Annotated[list[Tag], Field(max_length=TAGS_MAX)] = []
    values: Values = {}

    @field_validator("numbers")
    @classmethod
    def _numbers_differ(cls, numbers: list[NumberFields]) -> list[NumberFields]:
        if len({one.number for one in numbers}) != len(numbers):
            raise ValueError("同一个号码只能出现一次")
        return numbers

    @field_validator("tags")
    @classmethod
    def _tags_once(cls, tags: list[str]) -> list[str]:
        return list(dict.fromkeys(tags))

    @model_validator(mode="after")
    def _id_number_fits(self) -> "CustomerFields":
        if self.kind is CustomerKind.PERSON and len(self.id_number) == 18 and not is_valid(self.id_number):
            raise ValueError("身份证号校验不通过")
        return self


class CustomerCreate(CustomerFields):
    """A new customer."""

    authority_id: Id | None = None


class CustomerUpdate(partial(CustomerFields)):
    """Changes of a customer; only given fields change. `base_version`: the version they were made on, to notice a colleague's."""

    base_version: int | None = None


class NumberRead(Answer):
    """A number as the actor may see it."""

    number: str
    label: str


class CustomerRead(Answer):
    """A customer. `masked`: numbers, document number, address and e-mail are shown in part only."""

    id: str
    authority_id: str
    kind: CustomerKind
    name: str
    customer_class: CustomerClass
    priority: int | None
    gender: str
    id_number: str
    address: str
    email: str
    position: str
    organisation_id: str | None
    organisation_name: str
    assistant_id: str | None
    assistant_name: str
    note: str
    numbers: list[NumberRead]
    tags: list[str]
    values: dict[str, Any]
    version: int
    active: bool
    merged_into: str | None
    created_at: datetime
    updated_at: datetime
    masked: bool


class CustomerPage(Page[CustomerRead]):
    """Customers, changed last first. `total` is exact up to 10,000; -1: more."""


class CustomerFormRead(Answer):
    """The own fields of the customer files of the actor's organisation."""

    fields: FormFields


class CustomerFormReplace(ApiModel):
    """All own fields."""

    fields: FormFields


class TagCount(Answer):
    """A tag and on how many customers it is."""

    tag: str
    count: int


class TagList(Answer):
    """Tags in use, the commonest first."""

    items: list[TagCount]


class TimelineItem(Answer):
    """One contact: see `platform.contacts.TimelineEntry`."""

    at: datetime
    kind: str
    id: str
    title: str
    text: str
    state: str
    who: str
    ref: str


class TimelinePage(Page[TimelineItem]):
    """Contacts, newest first."""


class NoteCreate(ApiModel):
    """An entry for the timeline."""

    kind: Literal["note", "visit", "feedback", "letter"] = "note"
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


class Arrears(Answer):
    """What a customer owes in yuan, and how much of it is past its day."""

    balance: float
    overdue: float


class PopReminder(Answer):
    """Something due, for the screen pop."""

    title: str
    due_on: str
    overdue: bool


class ScreenPop(Answer):
    """Who calls, as far as the files know. `others` have the same number. `customer` None: nobody known."""

    number: str
    region: str
    customer: CustomerRead | None
    others: list[CustomerRead]
    contacts: list[TimelineItem]
    reminders: list[PopReminder]
    arrears: Arrears | None
    fields: FormFields


class DuplicateGroup(Answer):
    """Customers that look like one: by `number`, `id_number` or `name_organisation`; `value` is what they share (masked)."""

    reason: Literal["number", "id_number", "name_organisation"]
    value: str
    customers: list[CustomerRead]


class DuplicateList(Answer):
    """Groups of probable duplicates, at most 100."""

    items: list[DuplicateGroup]


class MergeWanted(ApiModel):
    """Merge `gone_id` into the customer; for `take` the other's value replaces one's own, everything else is added, and fills what is empty."""

    gone_id: Id
    take: Annotated[list[Literal["name", "customer_class", "priority", "gender", "id_number", "address", "email", "position", "organisation_id", "assistant_id", "note"]], Field(max_length=20)] = []  # fmt: skip


class MergeRead(Answer):
    """A merge; it can be undone while `undone_at` is None and nothing was merged on top."""

    id: str
    kept_id: str
    gone_id: str
    gone_name: str
    at: datetime
    by_name: str
    undone_at: datetime | None


class MergeList(Answer):
    """Merges into a customer, newest first."""

    items: list[MergeRead]


def personal_keys(fields: list[FormField]) -> set[str]:
    """The own fields that hold personal data."""
    return {field.key for field in fields if field.personal}
