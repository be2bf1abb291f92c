"""Routes of the national calendar (法定节假日与调休): what the product knows, and what people enter beyond it."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Path

from hotline.features.hours.calendar import NationalDay, Table, days_of, published_days
from hotline.features.hours.notice import read_notice
from hotline.features.hours.repository import national_table, replace_year
from hotline.features.hours.schemas import (
    NationalCalendar,
    NationalDayFields,
    NationalYear,
    NationalYearReplace,
    NoticeRead,
    NoticeText,
)
from hotline.platform import audit
from hotline.platform.access import ReadSession, ThePlatform, WriteWork, mark_site_changed, require
from hotline.platform.actor import Actor
from hotline.platform.errors import Invalid, NotPermitted
from hotline.platform.people import ROOT_AUTHORITY
from hotline.platform.permissions import Permission
from hotline.platform.times import CHINA

router = APIRouter(tags=["hours"])

CanViewHours = Annotated[Actor, Depends(require(Permission.HOURS_VIEW))]
CanManageHours = Annotated[Actor, Depends(require(Permission.HOURS_MANAGE))]
Year = Annotated[int, Path(ge=2004, le=2100)]


@router.get("/national-calendar")
async def get_national_calendar(
    actor: CanViewHours, session: ReadSession, platform: ThePlatform
) -> NationalCalendar:
    """The national calendar from last year to the year after next."""
    table = await national_table(session)
    this_year = platform.clock().astimezone(CHINA).year
    return NationalCalendar(
        years=[_year(year, table) for year in range(this_year - 1, this_year + 3)],
        may_edit=actor.may(Permission.HOURS_MANAGE) and actor.sees(ROOT_AUTHORITY),
    )


@router.put("/national-calendar/{year}")
async def put_national_year(
    year: Year, wanted: NationalYearReplace, actor: CanManageHours, platform: ThePlatform, work: WriteWork
) -> NationalYear:
    """Replace what is entered for a year; it holds for every organisation of the installation."""
    if not actor.sees(ROOT_AUTHORITY):
        raise NotPermitted(permissions=[str(Permission.HOURS_MANAGE)])
    if any(day.day.year != year for day in wanted.days):
        raise Invalid("days", f"日期应都在 {year} 年")
    before = _entered(year, await national_table(work.session))
    await replace_year(work.session, year, {day.day.isoformat(): _national(day) for day in wanted.days})
    await work.session.flush()
    table = await national_table(work.session)
    audit.record(
        work,
        actor,
        "hours.national_calendar",
        audit.Target(kind="national_calendar", id=str(year), name=str(year), authority_id=ROOT_AUTHORITY),
        before={"days": [day.model_dump(mode="json") for day in before]},
        after={"days": [day.model_dump(mode="json") for day in _entered(year, table)]},
    )
    mark_site_changed(work, platform)
    return _year(year, table)


@router.post("/national-calendar/{year}/notice", dependencies=[Depends(require(Permission.HOURS_MANAGE))])
async def read_national_notice(year: Year, wanted: NoticeText) -> NoticeRead:
    """Read the State Council's notice as pasted, and say what does not fit; nothing is stored."""
    notice = read_notice(year, wanted.text)
    return NoticeRead(days=[_fields(day) for day in notice.days], problems=notice.problems)


def _year(year: int, table: Table) -> NationalYear:
    entered = _entered(year, table)
    source = "published" if published_days(year) is not None else "entered" if entered else "none"
    return NationalYear(
        year=year, source=source, days=[_fields(day) for day in days_of(year, table)], entered=entered
    )


def _entered(year: int, table: Table) -> list[NationalDayFields]:
    return [
        _fields(day) if day else NationalDayFields(day=date.fromisoformat(iso), kind="ordinary")
        for iso, day in sorted(table.items())
        if iso.startswith(f"{year}-")
    ]


def _fields(day: NationalDay) -> NationalDayFields:
    return NationalDayFields(
        day=date.fromisoformat(day.day), kind="workday" if day.works else "holiday", name=day.name
    )


def _national(fields: NationalDayFields) -> NationalDay | None:
    if fields.kind == "ordinary":
        return None
    works = fields.kind == "workday"
    return NationalDay(fields.day.isoformat(), works, fields.name or ("调休上班" if works else "节假日"))
