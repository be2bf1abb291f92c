"""What the ticket reports (16 and 17) send."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from hotline.platform.schemas import Answer


class TicketReportGroup(StrEnum):
    """By what rows are split."""

    DAY = "day"
    TYPE = "type"
    CATEGORY = "category"
    SOURCE = "source"
    DEPARTMENT = "department"
    AGENT = "agent"
    GRADE = "grade"
    CONCERNED = "concerned"


class TicketReportColumn(Answer):
    """A figure: `words` says how it is counted; durations in seconds."""

    key: str
    name: str
    unit: Literal["count", "ratio", "duration"]
    words: str


class TicketReportRow(Answer):
    """A group: None where a denominator is 0 (shown as “—”)."""

    id: str
    label: str
    values: dict[str, float | None]


class TicketReport(Answer):
    """Report 16 or 17. `totals` are counted over everything, not added from rows; empty when there is nothing."""

    key: str
    number: int
    name: str
    start: datetime
    end: datetime
    group_by: str
    columns: list[TicketReportColumn]
    rows: list[TicketReportRow]
    totals: dict[str, float | None]


class FieldSum(Answer):
    """The sum of a form field over the tickets of a type."""

    key: str
    label: str
    money: bool
    filled: int
    total: float


class FieldSums(Answer):
    """Sums of a type's fields."""

    type_id: str
    type_name: str
    items: list[FieldSum]


class MeasureTrend(Answer):
    """Complaints about a unit or person in equally long spans before and after measures were first entered.

    `after_days` may be fewer than asked for when they have not passed yet; `change` compares complaints a day (-0.5: halved), None
    without any before.
    """

    concerned: str
    measures: str
    at: datetime
    before: int
    after: int
    after_days: float
    change: float | None


class MeasureTrends(Answer):
    """What became of complaints after measures, the latest measures first."""

    days: int
    items: list[MeasureTrend]
