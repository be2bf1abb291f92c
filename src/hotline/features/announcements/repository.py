"""Queries of announcements, scoped by the actor's authorities, and who uses prompts and hotlines through them."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.features.announcements.models import Announcement
from hotline.platform.access import Mention, Use
from hotline.platform.actor import Repository


class AnnouncementRepository(Repository[Announcement]):
    """Announcements."""

    model = Announcement


async def _in_use(session: AsyncSession) -> list[Announcement]:
    return list(await session.scalars(select(Announcement).where(Announcement.active)))


async def uses_by_announcements(session: AsyncSession, kind: str, thing: str) -> list[Use]:
    """Announcements that use a prompt or a hotline."""
    return [
        Use(kind="announcement", id=row.id, name=f"公告“{row.name}”")
        for row in await _in_use(session)
        if (kind == "prompt" and row.prompt == thing) or (kind == "hotline" and thing in row.hotlines)
    ]


async def mentions_by_announcements(session: AsyncSession, kind: str) -> list[Mention]:
    """Every prompt that an announcement plays."""
    if kind != "prompt":
        return []
    return [
        Mention(
            thing=row.prompt,
            use=Use(kind="announcement", id=row.id, name=row.name),
            authority_id=row.authority_id,
        )
        for row in await _in_use(session)
    ]
