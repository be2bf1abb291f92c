"""Routes of opening hours (工作时段)."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends

from hotline.features.hours.models import Hours
from hotline.features.hours.repository import HoursRepository, national_table
from hotline.features.hours.schemas import (
    HoursCreate,
    HoursOverride,
    HoursPage,
    HoursPreview,
    HoursRead,
    HoursUpdate,
)
from hotline.features.hours.service import HoursService, preview, read_hours
from hotline.platform.access import ReadSession, ThePlatform, WriteWork, require
from hotline.platform.actor import Actor
from hotline.platform.permissions import Permission
from hotline.platform.times import moment

router = APIRouter(tags=["hours"])

CanViewHours = Annotated[Actor, Depends(require(Permission.HOURS_VIEW))]
CanManageHours = Annotated[Actor, Depends(require(Permission.HOURS_MANAGE))]


@router.get("/hours")
async def list_hours(
    actor: CanViewHours, session: ReadSession, platform: ThePlatform, inactive: bool = False
) -> HoursPage:
    """All opening hours in sight, and whether they are open now."""
    conditions = () if inactive else (Hours.active,)
    rows = await HoursRepository(session, actor).all(*conditions, order_by=[Hours.name])
    now, table = platform.clock(), await national_table(session)
    return HoursPage(items=[read_hours(row, now, table) for row in rows], total=len(rows))


@router.post("/hours", status_code=201)
async def create_hours(
    wanted: HoursCreate, actor: CanManageHours, platform: ThePlatform, work: WriteWork
) -> HoursRead:
    """Make opening hours."""
    return await HoursService(work, actor, platform).create(wanted)


@router.get("/hours/{hours_id}")
async def get_hours(
    hours_id: str, actor: CanViewHours, session: ReadSession, platform: ThePlatform
) -> HoursRead:
    """One set of opening hours."""
    row = await HoursRepository(session, actor).require(hours_id)
    return read_hours(row, platform.clock(), await national_table(session))


@router.patch("/hours/{hours_id}")
async def update_hours(
    hours_id: str, wanted: HoursUpdate, actor: CanManageHours, platform: ThePlatform, work: WriteWork
) -> HoursRead:
    """Change opening hours; only given fields change."""
    return await HoursService(work, actor, platform).update(hours_id, wanted)


@router.delete("/hours/{hours_id}", status_code=204)
async def deactivate_hours(
    hours_id: str, actor: CanManageHours, platform: ThePlatform, work: WriteWork
) -> None:
    """Take opening hours out of use; refused while a hotline or a flow refers to them."""
    await HoursService(work, actor, platform).deactivate(hours_id)


@router.put("/hours/{hours_id}/override")
async def override_hours(
    hours_id: str, wanted: HoursOverride, actor: CanManageHours, platform: ThePlatform, work: WriteWork
) -> HoursRead:
    """Open or close by hand at once, until a moment or until taken back, or go back to the calendar ("")."""
    return await HoursService(work, actor, platform).override(hours_id, wanted)


@router.get("/hours/{hours_id}/preview")
async def preview_hours(
    hours_id: str,
    actor: CanViewHours,
    session: ReadSession,
    platform: ThePlatform,
    at: datetime | None = None,
) -> HoursPreview:
    """Whether it is open at a moment (now when not given), and why."""
    row = await HoursRepository(session, actor).require(hours_id)
    return preview(row, moment(at) or platform.clock(), await national_table(session))
