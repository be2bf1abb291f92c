"""What the screens about opening hours send and get. Minutes count from local midnight; an end of 1440 is midnight."""

from datetime import date
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from hotline.platform.schemas import Answer, ApiModel, Id, Name, Note, Page, partial

Override = Literal["", "open", "closed"]


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
    """Opening hours, and whether they are open at this moment."""

    id: str
    authority_id: str
    override: Override
    active: bool
    open_now: bool


class HoursPage(Page[HoursRead]):
    """All opening hours in sight."""


class HoursOverride(ApiModel):
    """A temporary override: "" by the calendar, open, or closed."""

    override: Override


class HoursPreview(Answer):
    """Whether it is open at a moment, and why: override, special_day or week; `note` names the holiday."""

    open: bool
    why: Literal["override", "special_day", "week"]
    note: str
    calendar_known: bool
    """False: the national calendar of that year is not published yet; only the table of special days counts."""
