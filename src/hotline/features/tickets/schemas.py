"""What the screens about tickets send and get."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from hotline.core.tickets.flow import TicketAction, TicketState
from hotline.platform.forms import Values
from hotline.platform.schemas import Answer, ApiModel, Id, Page, partial

Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Body = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20_000)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=5000)]
Contact = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^([0-9]{3,20})?$")]
Hundred = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)]


class TicketSource(StrEnum):
    """How a matter reached us."""

    PHONE = "phone"
    WEB = "web"
    WECHAT = "wechat"
    SMS = "sms"
    EMAIL = "email"
    VISIT = "visit"
    OTHER = "other"


Urgency = Literal["normal", "urgent"]
Grade = Literal["", "minor", "serious", "grave"]
Verdict = Literal["", "valid", "invalid"]
Feedback = Literal["", "satisfied", "unsatisfied", "unreachable"]


class TicketFields(ApiModel):
    """What can be written on a ticket. `grade`, `concerned`, `feedback` are for complaints."""

    title: Title
    content: Body = ""
    values: Values = {}
    customer_id: Id | None = None
    customer_name: Hundred = ""
    contact: Contact = ""
    confidential: bool = False
    urgency: Urgency = "normal"
    source: TicketSource = TicketSource.PHONE
    grade: Grade = ""
    concerned: Hundred = ""
    feedback: Feedback = ""


class TicketCreate(TicketFields):
    """A new ticket. With `answer` it is answered at once (直接回复), with `department_id` sent to a department at once; `close` closes it."""

    type_id: Id
    call_id: Id | None = None
    answer: Body = ""
    close: bool = False
    department_id: Id | None = None
    dispatch_text: Words = ""


class TicketUpdate(partial(TicketFields)):
    """Changes; only given fields change. `base`: what the editor saw in the fields they change, so that nobody's text is lost.

    A field that `base` leaves out counts as seen blank: what stands in it already is not written over.
    """

    base: dict[str, Any] | None = None


class TicketStepWanted(ApiModel):
    """A step.

    `text` says why or what; the rest belongs to single actions: `department_id` dispatch and reassign, `owner_id` transfer, `into` (ticket
    number or id) merge, `sms` answer, `close` answer and reply_citizen, the complaint's fields verify.
    """

    action: TicketAction
    text: Words = ""
    department_id: Id | None = None
    owner_id: Id | None = None
    into: Annotated[str, StringConstraints(strip_whitespace=True, max_length=64)] = ""
    sms: bool = False
    close: bool = False
    verdict: Verdict = ""
    grade: Grade = ""
    measures: Words = ""


class TicketRow(Answer):
    """A ticket in a list. `light`: green, amber, red (overdue), waiting, or none when it is done."""

    id: str
    authority_id: str
    number: str
    type_id: str
    type_name: str
    category: str
    state: TicketState
    title: str
    customer_id: str | None
    customer_name: str
    contact: str
    confidential: bool
    source: str
    urgency: Urgency
    owner_id: str | None
    owner_name: str
    department_id: str | None
    department_name: str
    round: int
    returned: int
    urged: int
    level: int
    supervised: bool
    light: Literal["green", "amber", "red", "waiting", "none"]
    due_at: datetime | None
    in_time: bool | None
    created_at: datetime
    updated_at: datetime
    version: int


class TicketPage(Page[TicketRow]):
    """Tickets, newest first. `total` is exact up to 10,000; -1: more; null on the first page: not counted (frequent words and another filter)."""


class TicketStepRead(Answer):
    """A step of the history. `sms`: what became of the message it sent (queued, sent, delivered, failed …), "" without one; `sms_problem`: why not."""

    id: str
    at: datetime
    action: str
    side: str
    user_name: str
    from_state: str
    to_state: str
    text: str
    data: dict[str, Any]
    sms: str = ""
    sms_problem: str = ""


class TicketAttachmentRead(Answer):
    """A file of a ticket."""

    id: str
    name: str
    media_type: str
    size_bytes: int
    sha256: str
    at: datetime
    by_name: str


class TicketStayRead(Answer):
    """A stay in a department."""

    department_id: str
    department_name: str
    at: datetime
    accepted_at: datetime | None
    ended_at: datetime | None
    outcome: str


class LinkedTicket(Answer):
    """Another ticket that belongs to this one."""

    id: str
    number: str
    title: str
    state: TicketState


class TicketRead(TicketRow):
    """A ticket whole. `actions`: what this person may do with it now. `masked`: the citizen's number is shown in part."""

    content: str
    answer: str
    values: dict[str, Any]
    call_id: str | None
    reassigned: int
    consulted: bool
    grade: Grade
    concerned: str
    verdict: Verdict
    measures: str
    feedback: Feedback
    amber_at: datetime | None
    created_by_name: str
    updated_by: str
    answered_at: datetime | None
    closed_at: datetime | None
    merged_into: LinkedTicket | None
    merged: list[LinkedTicket]
    steps: list[TicketStepRead]
    stays: list[TicketStayRead]
    attachments: list[TicketAttachmentRead]
    actions: list[TicketAction]
    sms_allowed: bool
    masked: bool


class TicketContactRead(Answer):
    """The citizen's number, whole."""

    contact: str


class TicketBatchWanted(ApiModel):
    """One step for many tickets."""

    ids: Annotated[list[Id], Field(min_length=1, max_length=200)]
    step: TicketStepWanted


class TicketBatchProblem(Answer):
    """A ticket the step was not taken for, and why."""

    id: str
    number: str
    message: str


class TicketBatchDone(Answer):
    """What came of a batch: each ticket for itself."""

    done: int
    problems: list[TicketBatchProblem]


class TicketViewFields(ApiModel):
    """A saved filter: the query of the list."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
    query: Annotated[dict[str, str], Field(max_length=30)]
    shared: bool = False


class TicketViewRead(TicketViewFields, Answer):
    """A saved filter."""

    id: str
    mine: bool


class TicketViewList(Answer):
    """One's own saved filters and those shared in the organisation."""

    items: list[TicketViewRead]


class TicketBoxCounts(Answer):
    """How many active tickets are where, for the tabs: at most 10,000 each."""

    mine: int
    open: int
    department: int
    replied: int
    waiting: int
    amber: int
    red: int
    supervised: int


class TicketNoticeRead(Answer):
    """Something to be known."""

    id: str
    ticket_id: str
    kind: str
    text: str
    at: datetime
    read: bool


class TicketNoticeList(Answer):
    """The newest notices, and how many are unread."""

    items: list[TicketNoticeRead]
    unread: int


class TicketDepartment(Answer):
    """A department tickets can be sent to, with how many it has now."""

    id: str
    name: str
    open: int


class TicketDepartmentList(Answer):
    """Departments below the actor's organisation."""

    items: list[TicketDepartment]


class TicketColleague(Answer):
    """A person who may have a ticket; `number` is the work number, "" without one."""

    id: str
    name: str
    number: str


class TicketColleagueList(Answer):
    """People a ticket may be handed over to: 50 at most, narrowed by words."""

    items: list[TicketColleague]
