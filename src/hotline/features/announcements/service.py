"""Change announcements of the day, and say which are heard when."""

from datetime import datetime

from hotline.core import site
from hotline.core.ids import HotlineId, PromptKey
from hotline.features.announcements.models import Announcement
from hotline.features.announcements.repository import AnnouncementRepository
from hotline.features.announcements.schemas import (
    AnnouncementCreate,
    AnnouncementFields,
    AnnouncementRead,
    AnnouncementUpdate,
    State,
)
from hotline.platform import audit
from hotline.platform.access import Platform, mark_site_changed
from hotline.platform.actor import Actor
from hotline.platform.database import Work
from hotline.platform.errors import NotFound
from hotline.platform.ids import new_id
from hotline.platform.schemas import changed, put


def to_core(row: Announcement) -> site.Announcement:
    """Return the core's picture of an announcement."""
    return site.Announcement(
        prompt=PromptKey(row.prompt),
        hotlines=frozenset(HotlineId(one) for one in row.hotlines),
        valid_from=row.valid_from,
        valid_until=row.valid_until,
    )


def read_announcement(row: Announcement, now: datetime) -> AnnouncementRead:
    """Return an announcement as screens show it."""
    fields = AnnouncementFields.model_validate(row, extra="ignore")
    return AnnouncementRead(
        **fields.model_dump(),
        id=row.id,
        authority_id=row.authority_id,
        active=row.active,
        state=_state(row, now),
    )


def _state(row: Announcement, now: datetime) -> State:
    if now < row.valid_from:
        return "coming"
    return "in_force" if row.valid_until is None or now < row.valid_until else "over"


class AnnouncementService:
    """Changes announcements within one unit of work."""

    def __init__(self, work: Work, actor: Actor, platform: Platform) -> None:
        self._work = work
        self._actor = actor
        self._platform = platform
        self._rows = AnnouncementRepository(work.session, actor)

    async def create(self, wanted: AnnouncementCreate) -> AnnouncementRead:
        """Make one."""
        fields = AnnouncementFields.model_validate(wanted.model_dump(exclude={"authority_id"}))
        await self._check(fields)
        row = Announcement(
            id=new_id(),
            authority_id=wanted.authority_id or self._actor.authority_id,
            active=True,
            **fields.model_dump(),
        )
        self._rows.add(row)
        return await self._changed("announcement.create", row, {})

    async def update(self, announcement_id: str, patch: AnnouncementUpdate) -> AnnouncementRead:
        """Change the given fields."""
        row = await self._active(announcement_id)
        before = _logged(row)
        fields = changed(AnnouncementFields, row, patch)
        await self._check(fields)
        put(row, fields.model_dump())
        return await self._changed("announcement.update", row, before)

    async def deactivate(self, announcement_id: str) -> None:
        """Take it back: nobody hears it any more."""
        row = await self._active(announcement_id)
        before = _logged(row)
        row.active = False
        await self._changed("announcement.remove", row, before)

    async def _check(self, fields: AnnouncementFields) -> None:
        session, require = self._work.session, self._platform.require_reference
        await require(session, self._actor, "prompt", "prompt", fields.prompt)
        for hotline_id in fields.hotlines:
            await require(session, self._actor, "hotlines", "hotline", hotline_id)

    async def _changed(self, action: str, row: Announcement, before: dict[str, object]) -> AnnouncementRead:
        audit.record(self._work, self._actor, action, _target(row), before=before, after=_logged(row))
        mark_site_changed(self._work, self._platform)
        return read_announcement(row, self._platform.clock())

    async def _active(self, announcement_id: str) -> Announcement:
        row = await self._rows.require(announcement_id)
        if not row.active:
            raise NotFound(id=announcement_id)
        return row


def _logged(row: Announcement) -> dict[str, object]:
    fields = AnnouncementFields.model_validate(row, extra="ignore")
    return {**fields.model_dump(mode="json"), "active": row.active}


def _target(row: Announcement) -> audit.Target:
    return audit.Target(kind="announcement", id=row.id, name=row.name, authority_id=row.authority_id)
