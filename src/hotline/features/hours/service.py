"""Change opening hours, override them, and say whether they are open at a moment."""

from datetime import datetime, timedelta

from hotline.core import site
from hotline.core.opening_hours import Opening, opening_at, overridden_at
from hotline.features.hours.calendar import Table, days_of, is_known, special_days
from hotline.features.hours.models import Hours
from hotline.features.hours.repository import HoursRepository, national_table
from hotline.features.hours.schemas import (
    HoursCreate,
    HoursFields,
    HoursOverride,
    HoursPreview,
    HoursRead,
    HoursUpdate,
    Override,
    PeriodFields,
    Why,
)
from hotline.platform import audit
from hotline.platform.access import Platform, mark_site_changed
from hotline.platform.actor import Actor
from hotline.platform.database import Work
from hotline.platform.errors import Invalid, NotFound
from hotline.platform.ids import new_id
from hotline.platform.schemas import changed, put
from hotline.platform.times import moment

OFFSET_MIN = 480
"""Local time of the site, minutes ahead of UTC (`core.site.Site.offset_min`)."""


def to_core(row: Hours, now: datetime, table: Table) -> site.Hours:
    """Return the core's picture of opening hours, with the national calendar of this year and the next filled in."""
    fields = HoursFields.model_validate(row, extra="ignore")
    week = tuple(
        tuple(site.Period(start_min=p.start_min, end_min=p.end_min) for p in periods)
        for periods in fields.week
    )
    own = tuple(
        site.SpecialDay(
            day=special.day.isoformat(),
            periods=tuple(site.Period(start_min=p.start_min, end_min=p.end_min) for p in special.periods),
            note=special.note,
        )
        for special in fields.special
    )
    year = (now + timedelta(minutes=OFFSET_MIN)).year
    years = (year, year + 1) if row.national_holidays else ()
    return site.Hours(
        id=site.HoursId(row.id),
        authority_id=site.AuthorityId(row.authority_id),
        name=row.name,
        week=week,
        special=special_days(week, own, (day for year in years for day in days_of(year, table))),
        override=row.override,
        override_until=row.override_until,
    )


def read_hours(row: Hours, now: datetime, table: Table) -> HoursRead:
    """Return opening hours as screens show them."""
    fields = HoursFields.model_validate(row, extra="ignore")
    hours = to_core(row, now, table)
    opening = opening_at(hours, now, OFFSET_MIN)
    overridden = overridden_at(hours, now)
    return HoursRead(
        **fields.model_dump(),
        id=row.id,
        authority_id=row.authority_id,
        override=_override(row.override) if overridden else "",
        override_until=row.override_until if overridden else None,
        override_by=row.override_by if overridden else "",
        override_at=row.override_at if overridden else None,
        override_note=row.override_note if overridden else "",
        active=row.active,
        open_now=opening.open,
        why_now=_why(opening),
        note_now=opening.note,
    )


def preview(row: Hours, at: datetime, table: Table) -> HoursPreview:
    """Say whether it is open at `at`, and why."""
    found = opening_at(to_core(row, at, table), at, OFFSET_MIN)
    known = not row.national_holidays or is_known((at + timedelta(minutes=OFFSET_MIN)).year, table)
    return HoursPreview(
        open=found.open,
        why=_why(found),
        note=found.note,
        periods=[PeriodFields(start_min=p.start_min, end_min=p.end_min) for p in found.periods],
        calendar_known=known,
    )


def _why(opening: Opening) -> Why:
    match opening.why:
        case "override" | "special_day" | "holiday" | "make_up_workday" | "week":
            return opening.why
        case _:
            raise AssertionError(opening.why)


def _override(value: str) -> Override:
    match value:
        case "open" | "closed":
            return value
        case _:
            return ""


class HoursService:
    """Changes opening hours within one unit of work."""

    def __init__(self, work: Work, actor: Actor, platform: Platform) -> None:
        self._work = work
        self._actor = actor
        self._platform = platform
        self._hours = HoursRepository(work.session, actor)

    async def create(self, wanted: HoursCreate) -> HoursRead:
        """Make opening hours."""
        fields = HoursFields.model_validate(wanted.model_dump(exclude={"authority_id"}))
        row = Hours(
            id=new_id(),
            authority_id=wanted.authority_id or self._actor.authority_id,
            override="",
            override_by="",
            override_note="",
            active=True,
            **fields.model_dump(mode="json"),
        )
        self._hours.add(row)
        read = read_hours(row, self._platform.clock(), await national_table(self._work.session))
        audit.record(
            self._work, self._actor, "hours.create", _target(row), after=read.model_dump(mode="json")
        )
        mark_site_changed(self._work, self._platform)
        return read

    async def update(self, hours_id: str, patch: HoursUpdate) -> HoursRead:
        """Change the given fields."""
        row = await self._active(hours_id)
        before = _logged(row)
        put(row, changed(HoursFields, row, patch).model_dump(mode="json"))
        return await self._changed("hours.update", row, before)

    async def override(self, hours_id: str, wanted: HoursOverride) -> HoursRead:
        """Open or close by hand until a moment, or until it is taken back ("")."""
        row = await self._active(hours_id)
        now, until = self._platform.clock(), moment(wanted.until) if wanted.override else None
        if until is not None and until <= now:
            raise Invalid("until", "结束时间应晚于现在")
        before = _logged(row)
        row.override, row.override_until = wanted.override, until
        row.override_by = self._actor.name if wanted.override else ""
        row.override_at = now if wanted.override else None
        row.override_note = wanted.note if wanted.override else ""
        return await self._changed("hours.override", row, before)

    async def deactivate(self, hours_id: str) -> None:
        """Take out of use; refused while a hotline or a flow refers to them."""
        row = await self._active(hours_id)
        await self._platform.require_unused(self._work.session, "hours", row.id)
        before = _logged(row)
        row.active = False
        await self._changed("hours.remove", row, before)

    async def _changed(self, action: str, row: Hours, before: dict[str, object]) -> HoursRead:
        audit.record(self._work, self._actor, action, _target(row), before=before, after=_logged(row))
        mark_site_changed(self._work, self._platform)
        return read_hours(row, self._platform.clock(), await national_table(self._work.session))

    async def _active(self, hours_id: str) -> Hours:
        row = await self._hours.require(hours_id)
        if not row.active:
            raise NotFound(id=hours_id)
        return row


def _logged(row: Hours) -> dict[str, object]:
    fields = HoursFields.model_validate(row, extra="ignore")
    until = row.override_until.isoformat() if row.override_until else None
    return fields.model_dump(mode="json") | {
        "override": row.override,
        "override_until": until,
        "override_note": row.override_note,
        "active": row.active,
    }


def _target(row: Hours) -> audit.Target:
    return audit.Target(kind="hours", id=row.id, name=row.name, authority_id=row.authority_id)
