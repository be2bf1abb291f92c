"""What the screens about contract customers send and get: contracts, reminders, money, statements. Amounts in yuan."""

from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from hotline.platform.schemas import Answer, ApiModel, Id, partial

Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Text500 = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]
ReminderKind = Literal["contract_end", "inspection", "visit", "payment", "other"]
Yuan = Annotated[float, Field(gt=-100_000_000, lt=100_000_000)]


class CustomerContractFields(ApiModel):
    """A contract: agreed volume a year, term, reminder before its end, a visit every so many months (0: none)."""

    number: Annotated[str, StringConstraints(strip_whitespace=True, max_length=64)] = ""
    title: Title
    volume: Annotated[int, Field(ge=0, le=100_000_000)] = 0
    unit: Annotated[str, StringConstraints(strip_whitespace=True, max_length=16)] = "件"
    starts_on: date
    ends_on: date
    remind_days: Annotated[int, Field(ge=0, le=365)] = 30
    visit_every_months: Annotated[int, Field(ge=0, le=36)] = 0
    note: Text500 = ""

    @model_validator(mode="after")
    def _term_runs_forward(self) -> Self:
        if self.ends_on < self.starts_on:
            raise ValueError("终止日期早于起始日期")
        return self


class CustomerContractUpdate(partial(CustomerContractFields)):
    """Changes of a contract; only given fields change."""


class CustomerContractRead(CustomerContractFields, Answer):
    """A contract and the business done under it so far this contract year: tickets and calls of the customer."""

    id: str
    customer_id: str
    done_this_year: int
    active: bool


class ReminderFields(ApiModel):
    """Something that falls due; `repeat_months` 0: once."""

    kind: ReminderKind = "other"
    title: Title
    due_on: date
    remind_days: Annotated[int, Field(ge=0, le=365)] = 7
    repeat_months: Annotated[int, Field(ge=0, le=120)] = 0


class ReminderDone(ApiModel):
    """What came of it."""

    outcome: Text500 = ""


class ReminderRead(Answer):
    """A reminder. `state`: later, soon (within its days), overdue, done."""

    id: str
    customer_id: str
    customer_name: str
    contract_id: str | None
    kind: str
    title: str
    due_on: date
    remind_days: int
    repeat_months: int
    state: Literal["later", "soon", "overdue", "done"]
    done_at: datetime | None
    done_by: str
    outcome: str


class CustomerReminderList(Answer):
    """Reminders, the earliest first."""

    items: list[ReminderRead]


class ChargeFields(ApiModel):
    """Money owed (positive) or paid (negative), in yuan; `due_on` only for what is owed."""

    title: Title
    amount: Yuan
    on_day: date
    due_on: date | None = None
    contract_id: Id | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if round(self.amount, 2) != self.amount or self.amount == 0:
            raise ValueError("金额最多两位小数，且不能为零")
        return self


class ChargeRead(ChargeFields, Answer):
    """An entry of the account."""

    id: str
    by_name: str


class AccountRead(Answer):
    """The contract side of a customer."""

    contracts: list[CustomerContractRead]
    reminders: list[ReminderRead]
    charges: list[ChargeRead]
    balance: float
    overdue: float


class ArrearsRow(Answer):
    """A customer who is behind with payment."""

    customer_id: str
    customer_name: str
    balance: float
    overdue: float
    oldest_due_on: date


class ArrearsList(Answer):
    """Customers behind with payment, the largest sum first."""

    items: list[ArrearsRow]
