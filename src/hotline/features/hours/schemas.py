"""What the screens about opening hours send and get. Minutes count from local midnight; an end of 1440 is midnight."""

from datetime import date, datetime
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from hotline.platform.schemas import Answer, ApiModel, Id, Name, Note, Page, partial

Override = Literal["", "open", "closed"]
Why = Literal["override", "special_day", "holiday", "make_up_workday", "week"]
"""Which rule decides: by hand, the site's own day, the national calendar, or the week."""


class PeriodFields(ApiModel):
    """Open from `start_min` to `end_min`."""

    start_min: Annotated[int, Field(ge=0, le=1439)]
    end_min: Annotated[int, Field(ge=1, le=1440)]

    @model_validator(mode="after")
    def _ends_after_start(self) -> Self:
        if self.end_min <= self.start_min:
            raise ValueError("结束时间应晚于开始时间")
        return self


def _check_apart(periods: list[PeriodFields]) -> None:
    ordered = sorted(periods, key=lambda period: period.start_min)
    if any(later.start_min < earlier.end_min for earlier, later in pairwise(ordered)):
        raise ValueError("同一天的时段不能重叠")


Periods = Annotated[list[PeriodFields], Field(max_length=12)]


class SpecialDayFields(ApiModel):
    """A date with its own periods; none means closed all day."""

    day: date
    periods: Periods
    note: Note = ""


class HoursFields(ApiModel):
    """Everything that can be set on opening hours."""

    name: Name
    week: Annotated[list[Periods], Field(min_length=7, max_length=7)]
    special: Annotated[list[SpecialDayFields], Field(max_length=1000)] = []
    national_holidays: bool = True

    @model_validator(mode="after")
    def _days_make_sense(self) -> Self:
        for periods in [*self.week, *(special.periods for special in self.special)]:
            _check_apart(periods)
        days = [special.day for special in self.special]
        if len(set(days)) != len(days):
            raise ValueError("同一个日期只能出现一次")
        return self


class HoursCreate(HoursFields):
    """New opening hours."""

    authority_id: Id | None = None


class HoursUpdate(partial(HoursFields)):
    """Changes of opening hours; only given fields change."""


class HoursRead(HoursFields, Answer):
    """Opening hours, and whether they are open at this moment. `override` is "" once its time is over."""

    id: str
    authority_id: str
    override: Override
    override_until: datetime | None
    override_by: str
    override_at: datetime | None
    override_note: str
    active: bool
    open_now: bool
    why_now: Why
    note_now: str


class HoursPage(Page[HoursRead]):
    """All opening hours in sight."""


class HoursOverride(ApiModel):
    """A temporary override: "" by the calendar, open, or closed; `until` a moment, or until it is taken back (None)."""

    override: Override
    until: datetime | None = None
    note: Note = ""


class HoursPreview(Answer):
    """Whether it is open at a moment, and why; `note` names the holiday or the special day."""

    open: bool
    why: Why
    note: str
    periods: list[PeriodFields]
    """The periods of the rule that decided; none for an override."""
    calendar_known: bool
    """False: the national calendar of that year is neither published nor entered; only the week and the special days count."""


class NationalDayFields(ApiModel):
    """A day of the national calendar: a holiday, a make-up workday, or an ordinary day where the product says otherwise."""

    day: date
    kind: Literal["holiday", "workday", "ordinary"]
    name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=64)] = ""


class NationalYear(Answer):
    """The national calendar of a year. `source`: published (with the product), entered (by people), or none."""

    year: int
    source: Literal["published", "entered", "none"]
    days: list[NationalDayFields]
    """What holds: the product's days and the entered ones together."""
    entered: list[NationalDayFields]
    """What people have entered."""


class NationalCalendar(Answer):
    """Last year to the year after next; `may_edit`: whether the caller may change it."""

    years: list[NationalYear]
    may_edit: bool


class NationalYearReplace(ApiModel):
    """The entered days of a year, as a whole."""

    days: Annotated[list[NationalDayFields], Field(max_length=366)]

    @model_validator(mode="after")
    def _days_differ(self) -> Self:
        if len({day.day for day in self.days}) != len(self.days):
            raise ValueError("同一个日期只能出现一次")
        return self


class NoticeText(ApiModel):
    """The text of the State Council's notice."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=20_000)]


class NoticeRead(Answer):
    """What was read in a notice; nothing is stored. `problems` are to be looked at before it is."""

    days: list[NationalDayFields]
    problems: list[str]
