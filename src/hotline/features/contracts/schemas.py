"""What the screens about contracts send and get, and the terms of a contract as they are stored."""

import itertools
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from hotline.platform.schemas import Answer, ApiModel, Id, Name, Note, Page

Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)]
ClockTime = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):(00|15|30|45)$|^24:00$")]
"""Local time at a quarter of an hour: facts are counted in quarters."""

PLACES = 4


def _plain(value: Decimal) -> Decimal:
    if not value.is_finite() or abs(value.normalize().as_tuple().exponent) > PLACES + 12:  # pyright: ignore[reportArgumentType] - finite
        raise ValueError("不是可用的数字")
    if value != round(value, PLACES):
        raise ValueError(f"最多 {PLACES} 位小数")
    return value


Number = Annotated[Decimal, Field(ge=0, le=10**12), AfterValidator(_plain)]
Money = Annotated[Decimal, Field(ge=0, le=10**12, decimal_places=2), AfterValidator(_plain)]

FigureUnit = Literal["ratio", "permille", "count", "duration", "number"]
PeriodKind = Literal["month", "quarter", "half_year", "year", "whole"]
State = Literal["draft", "submitted", "confirmed"]
ExclusionKind = Literal["force_majeure", "line_fault", "maintenance", "other"]


class Hours(ApiModel):
    """Only what began within these hours of the local day counts."""

    start: ClockTime
    end: ClockTime

    @model_validator(mode="after")
    def _in_order(self) -> "Hours":
        if self.start >= self.end:
            raise ValueError("结束时刻应晚于开始时刻")
        return self


class Capacity(ApiModel):
    """The agreed capacity of a day: agents × calls each. `reaching`: only days with at least so many requests count; `within`: only days with at most so many."""

    agents: Annotated[int, Field(ge=1, le=10_000)]
    calls_each: Annotated[int, Field(ge=1, le=10_000)]
    counts: Literal["reaching", "within"] = "reaching"

    @property
    def calls(self) -> int:
        """Calls a day."""
        return self.agents * self.calls_each


class ContractFigure(ApiModel):
    """One figure that a contract demands. Targets are in the unit as shown: per cent, per mille, seconds, or plain.

    `metric` is a key of the metric dictionary; None: the figure is declared (人工填报) for each period, with evidence.
    """

    key: Key
    name: Name
    metric: Annotated[str, Field(max_length=64)] | None = None
    variant: Annotated[str, Field(max_length=300)] = ""
    unit: FigureUnit = "ratio"
    formula: Annotated[str, Field(max_length=300)] = ""
    """Words of a declared figure's numerator and denominator."""
    target: Number
    direction: Literal["at_least", "at_most"] = "at_least"
    per: Literal["day", "period"] = "period"
    allowed_days: Annotated[int, Field(ge=0, le=366)] = 0
    days: Literal["all", "workdays"] = "all"
    hours: Hours | None = None
    capacity: Capacity | None = None

    @model_validator(mode="after")
    def _fits(self) -> "ContractFigure":
        if self.metric is None and (self.per == "day" or self.hours or self.capacity or self.variant):
            raise ValueError("人工填报的指标只能按考核期计，不能设时段、容量和口径")
        return self


class Consequence(ApiModel):
    """What follows when a figure fails. `figure` None: any figure of the contract.

    `failed`: once for a period that failed; `per_day`: for each failing day; `per_point`: for each `step` (in the unit shown) that the value is
    off the target, begun steps counted when `begun`; `repeated`: when `after` periods failed (in a row when `in_a_row`).
    """

    figure: Key | None = None
    when: Literal["failed", "per_day", "per_point", "repeated"] = "failed"
    kind: Literal["deduct", "withhold", "terminate", "warn"]
    amount: Money | None = None
    percent: Annotated[Number, Field(le=100)] | None = None
    """Of the period's fee."""
    most: Money | None = None
    step: Annotated[Number, Field(gt=0)] = Decimal(1)
    begun: bool = False
    after: Annotated[int, Field(ge=1, le=100)] = 1
    in_a_row: bool = False

    @model_validator(mode="after")
    def _fits(self) -> "Consequence":
        costs = self.kind in {"deduct", "withhold"}
        if costs and (self.amount is None) == (self.percent is None):
            raise ValueError("扣款和暂缓支付应写明金额或比例，二者取一")
        if self.when in {"per_day", "per_point"} and (self.figure is None or not costs):
            raise ValueError("按日、按点扣款应指明一项指标")
        return self


class Terms(ApiModel):
    """What a contract demands: figures and consequences."""

    figures: Annotated[list[ContractFigure], Field(max_length=60)] = []
    consequences: Annotated[list[Consequence], Field(max_length=100)] = []

    @model_validator(mode="after")
    def _fits(self) -> "Terms":
        keys = [figure.key for figure in self.figures]
        if len(set(keys)) != len(keys):
            raise ValueError("指标的代号不能重复")
        daily = {figure.key for figure in self.figures if figure.per == "day"}
        for rule in self.consequences:
            if rule.figure is not None and rule.figure not in keys:
                raise ValueError(f"后果引用了不存在的指标“{rule.figure}”")
            if rule.when == "per_day" and rule.figure not in daily:
                raise ValueError("按日扣款只能用于按日考核的指标")
        return self


class ContractFields(ApiModel):
    """Everything that can be set on a contract."""

    name: Name
    number: Annotated[str, StringConstraints(strip_whitespace=True, max_length=64)] = ""
    client: Name
    """The authority that accepts and pays (甲方)."""
    contractor: Name
    hotline_ids: Annotated[list[Id], Field(min_length=1, max_length=100)]
    starts_on: date
    ends_on: date
    period: PeriodKind = "month"
    period_fee: Money = Decimal(0)
    active: bool = True
    terms: Terms = Terms()

    @model_validator(mode="after")
    def _in_order(self) -> "ContractFields":
        if not 2000 <= self.starts_on.year <= self.ends_on.year < 2200 or self.ends_on < self.starts_on:
            raise ValueError("合同的起止日期不正确")
        return self


class ContractCreate(ContractFields):
    """A new contract."""

    authority_id: Id | None = None


class PeriodRead(Answer):
    """One period of a contract and how its acceptance stands."""

    first: date
    last: date
    label: str
    acceptance_id: str | None = None
    state: State | None = None
    passed: bool | None = None


class ContractRead(ContractFields, Answer):
    """A contract."""

    id: str
    authority_id: str
    changed_at: datetime
    hotline_names: list[str] = []
    periods: list[PeriodRead] = []


class ContractPage(Page[ContractRead]):
    """All contracts in sight."""


class UsableFigure(Answer):
    """A figure of the dictionary that a contract can use."""

    key: str
    name: str
    unit: FigureUnit
    family: str
    words: str
    rolling: bool
    """Whether it is about continuous 24 hours of a whole period, which neither days nor hours nor a capacity can cut."""


class ExclusionFields(ApiModel):
    """A period that does not count, with its reason and what proves it."""

    kind: ExclusionKind
    starts_at: datetime
    ends_at: datetime
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=300)]
    evidence: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=1000)]


class ExclusionRead(ExclusionFields, Answer):
    """An excluded period."""

    id: str
    created_at: datetime
    created_by: str


class Declared(ApiModel):
    """The counted numbers of a declared figure for one period. Without denominator the numerator is the value."""

    figure: Key
    numerator: Number
    denominator: Number | None = None
    evidence: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=1000)]


class AcceptanceCreate(ApiModel):
    """Begin the acceptance of one of the contract's periods."""

    first: date


class DeclaredFields(ApiModel):
    """The declared figures of a draft, all of them."""

    declared: Annotated[list[Declared], Field(max_length=60)]
    note: Text = ""

    @model_validator(mode="after")
    def _once(self) -> "DeclaredFields":
        keys = sorted(one.figure for one in self.declared)
        if any(a == b for a, b in itertools.pairwise(keys)):
            raise ValueError("同一指标只能填报一次")
        return self


class Decision(ApiModel):
    """A word with a decision; a return needs one."""

    note: Note = ""


class AcceptanceRead(Answer):
    """The acceptance of a period. `plan` and `result` are the documents of the evidence package (docs/contracts.md); live while a draft."""

    id: str
    contract_id: str
    contract_name: str
    first: date
    last: date
    label: str
    state: State
    note: str
    declared: list[Declared]
    made_at: datetime
    made_by: str
    submitted_at: datetime | None
    submitted_by: str
    decided_at: datetime | None
    decided_by: str
    decision_note: str
    package_sha256: str
    package_bytes: int
    over: bool
    """Whether the period has ended: only then it can be submitted."""
    behind: int
    """Events that the statistics have not counted yet; with any, nothing can be submitted."""
    plan: dict[str, Any]
    result: dict[str, Any]
    words: dict[str, list[str]]
    """Sentences for people: by figure key what it means, under `consequences` each rule."""
