"""Queries of opening hours, scoped by the actor's authorities, and of the national calendar, which holds for all."""

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.features.hours.calendar import NationalDay, Table
from hotline.features.hours.models import Hours, NationalDayRow
from hotline.platform.actor import Actor, Repository
from hotline.platform.people import ROOT_AUTHORITY


class HoursRepository(Repository[Hours]):
    """Opening hours."""

    model = Hours


async def hours_are_known(session: AsyncSession, actor: Actor, hours_id: str) -> bool:
    """Whether opening hours are there, active and in sight."""
    return await HoursRepository(session, actor).first(Hours.id == hours_id, Hours.active) is not None


async def national_table(session: AsyncSession) -> Table:
    """What people have entered of the national calendar. Not scoped: one country has one calendar."""
    rows = await session.scalars(select(NationalDayRow).order_by(NationalDayRow.day))
    return {
        row.day: None if row.kind == "ordinary" else NationalDay(row.day, row.kind == "workday", row.name)
        for row in rows
    }


async def replace_year(session: AsyncSession, year: int, days: dict[str, NationalDay | None]) -> None:
    """Make the entered days of `year` be exactly these."""
    await session.execute(delete(NationalDayRow).where(NationalDayRow.day.like(f"{year}-%")))
    for iso, day in sorted(days.items()):
        kind = "ordinary" if day is None else "workday" if day.works else "holiday"
        session.add(
            NationalDayRow(day=iso, authority_id=ROOT_AUTHORITY, kind=kind, name=day.name if day else "")
        )
