"""Routes of announcements of the day (公告)."""

from typing import Annotated

from fastapi import APIRouter, Depends

from hotline.features.announcements.models import Announcement
from hotline.features.announcements.repository import AnnouncementRepository
from hotline.features.announcements.schemas import (
    AnnouncementCreate,
    AnnouncementPage,
    AnnouncementRead,
    AnnouncementUpdate,
)
from hotline.features.announcements.service import AnnouncementService, read_announcement
from hotline.platform.access import ReadSession, ThePlatform, WriteWork, require
from hotline.platform.actor import Actor
from hotline.platform.permissions import Permission

router = APIRouter(tags=["announcements"])

CanView = Annotated[Actor, Depends(require(Permission.PROMPTS_VIEW))]
CanManage = Annotated[Actor, Depends(require(Permission.PROMPTS_MANAGE))]


@router.get("/announcements")
async def list_announcements(
    actor: CanView, session: ReadSession, platform: ThePlatform, inactive: bool = False
) -> AnnouncementPage:
    """All announcements in sight, the newest first, and whether callers hear them now."""
    conditions = () if inactive else (Announcement.active,)
    order = [Announcement.valid_from.desc(), Announcement.id]
    rows = await AnnouncementRepository(session, actor).all(*conditions, order_by=order)
    now = platform.clock()
    return AnnouncementPage(items=[read_announcement(row, now) for row in rows], total=len(rows))


@router.post("/announcements", status_code=201)
async def create_announcement(
    wanted: AnnouncementCreate, actor: CanManage, platform: ThePlatform, work: WriteWork
) -> AnnouncementRead:
    """Make an announcement; heard from `valid_from` on where the flow has the node 公告."""
    return await AnnouncementService(work, actor, platform).create(wanted)


@router.patch("/announcements/{announcement_id}")
async def update_announcement(
    announcement_id: str, wanted: AnnouncementUpdate, actor: CanManage, platform: ThePlatform, work: WriteWork
) -> AnnouncementRead:
    """Change an announcement; only given fields change."""
    return await AnnouncementService(work, actor, platform).update(announcement_id, wanted)


@router.delete("/announcements/{announcement_id}", status_code=204)
async def deactivate_announcement(
    announcement_id: str, actor: CanManage, platform: ThePlatform, work: WriteWork
) -> None:
    """Take an announcement back."""
    await AnnouncementService(work, actor, platform).deactivate(announcement_id)
