"""Change hotlines, trunks and the blacklist. Every change is audited and reaches the running centre after the commit."""

from typing import Any

from hotline.features.hotlines.models import BlockedNumber, Hotline, Trunk
from hotline.features.hotlines.repository import BlacklistRepository, HotlineRepository, TrunkRepository
from hotline.features.hotlines.schemas import (
    Blacklist,
    BlacklistReplace,
    BlockedRead,
    HotlineCreate,
    HotlineFields,
    HotlineRead,
    HotlineUpdate,
    TrunkCreate,
    TrunkFields,
    TrunkRead,
    TrunkUpdate,
)
from hotline.platform import audit
from hotline.platform.access import Platform, mark_site_changed
from hotline.platform.actor import Actor
from hotline.platform.database import Work
from hotline.platform.errors import Invalid, NotFound, Taken
from hotline.platform.ids import new_id
from hotline.platform.schemas import ApiModel, changed, given, put
from hotline.platform.survey_fields import prompt_fields


def read_trunk(row: Trunk) -> TrunkRead:
    """Return a trunk without its password."""
    fields = TrunkFields.model_validate(row, extra="ignore")
    return TrunkRead(
        **fields.model_dump(),
        id=row.id,
        authority_id=row.authority_id,
        active=row.active,
        has_password=bool(row.password),
    )


def read_hotline(row: Hotline) -> HotlineRead:
    """Return a hotline."""
    return HotlineRead.model_validate(row, extra="ignore")


class HotlineService:
    """Changes hotlines within one unit of work."""

    def __init__(self, work: Work, actor: Actor, platform: Platform) -> None:
        self._work = work
        self._actor = actor
        self._platform = platform
        self._hotlines = HotlineRepository(work.session, actor)

    async def create(self, wanted: HotlineCreate) -> HotlineRead:
        """Make a hotline; it takes calls at once."""
        fields = HotlineFields.model_validate(wanted.model_dump(exclude={"authority_id"}))
        row = Hotline(
            id=new_id(),
            authority_id=wanted.authority_id or self._actor.authority_id,
            active=True,
            **fields.model_dump(mode="json"),
        )
        await self._check(fields, row.id)
        self._hotlines.add(row)
        read = read_hotline(row)
        audit.record(
            self._work, self._actor, "hotlines.create", _target("hotline", row), after=read.model_dump()
        )
        mark_site_changed(self._work, self._platform)
        return read

    async def update(self, hotline_id: str, patch: HotlineUpdate) -> HotlineRead:
        """Change the given fields."""
        row = await self._active(hotline_id)
        before = read_hotline(row)
        fields = changed(HotlineFields, row, patch)
        await self._check(fields, row.id)
        put(row, fields.model_dump(mode="json"))
        return self._changed("hotlines.update", row, before)

    async def deactivate(self, hotline_id: str) -> None:
        """Take the number out of service; history keeps it."""
        row = await self._active(hotline_id)
        before = read_hotline(row)
        row.active = False
        self._changed("hotlines.remove", row, before)

    def _changed(self, action: str, row: Hotline, before: HotlineRead) -> HotlineRead:
        after = read_hotline(row)
        _record_change(self._work, self._actor, action, _target("hotline", row), before, after)
        mark_site_changed(self._work, self._platform)
        return after

    async def _active(self, hotline_id: str) -> Hotline:
        row = await self._hotlines.require(hotline_id)
        if not row.active:
            raise NotFound(id=hotline_id)
        return row

    async def _check(self, fields: HotlineFields, hotline_id: str) -> None:
        if await self._hotlines.number_taken(fields.number, but=hotline_id):
            raise Taken(value=fields.number)
        check, session, actor = self._platform.require_reference, self._work.session, self._actor
        await check(session, actor, "flow_id", "flow", fields.flow_id)
        await check(session, actor, "hours_id", "hours", fields.hours_id)
        await check(session, actor, "outbound_trunk_id", "trunk", fields.outbound_trunk_id)
        for trunk_id in fields.further_trunk_ids:
            await check(session, actor, "further_trunk_ids", "trunk", trunk_id)
        if fields.survey is not None:
            for name, key in prompt_fields(fields.survey).items():
                await check(session, actor, f"survey.{name}", "prompt", key)


class TrunkService:
    """Changes trunks within one unit of work."""

    def __init__(self, work: Work, actor: Actor, platform: Platform) -> None:
        self._work = work
        self._actor = actor
        self._platform = platform
        self._trunks = TrunkRepository(work.session, actor)

    def create(self, wanted: TrunkCreate) -> TrunkRead:
        """Make a trunk."""
        row = Trunk(
            id=new_id(),
            active=True,
            **wanted.model_dump(mode="json")
            | {"authority_id": wanted.authority_id or self._actor.authority_id},
        )
        self._trunks.add(row)
        read = read_trunk(row)
        audit.record(self._work, self._actor, "trunks.create", _target("trunk", row), after=read.model_dump())
        mark_site_changed(self._work, self._platform)
        return read

    async def update(self, trunk_id: str, patch: TrunkUpdate) -> TrunkRead:
        """Change the given fields."""
        row = await self._active(trunk_id)
        before = _logged_trunk(row)
        password = given(patch).get("password")
        fields = TrunkUpdate.model_validate(patch.model_dump(exclude_unset=True, exclude={"password"}))
        put(row, changed(TrunkFields, row, fields).model_dump(mode="json"))
        if password is not None:
            row.password = password
        return self._changed("trunks.update", row, before)

    async def deactivate(self, trunk_id: str) -> None:
        """Take a trunk out of service; refused while a hotline calls out through it."""
        row = await self._active(trunk_id)
        await self._platform.require_unused(self._work.session, "trunk", row.id)
        before = _logged_trunk(row)
        row.active = False
        self._changed("trunks.remove", row, before)

    def _changed(self, action: str, row: Trunk, before: dict[str, Any]) -> TrunkRead:
        audit.record(
            self._work, self._actor, action, _target("trunk", row), before=before, after=_logged_trunk(row)
        )
        mark_site_changed(self._work, self._platform)
        return read_trunk(row)

    async def _active(self, trunk_id: str) -> Trunk:
        row = await self._trunks.require(trunk_id)
        if not row.active:
            raise NotFound(id=trunk_id)
        return row


class BlacklistService:
    """Changes the blacklist of the actor's organisation."""

    def __init__(self, work: Work, actor: Actor, platform: Platform) -> None:
        self._work = work
        self._actor = actor
        self._platform = platform
        self._blocked = BlacklistRepository(work.session, actor)

    async def replace(self, wanted: BlacklistReplace) -> Blacklist:
        """Set the whole list."""
        own = self._actor.authority_id
        numbers = [item.number for item in wanted.items]
        if len(set(numbers)) != len(numbers):
            raise Invalid("items", "同一个号码只能出现一次")
        before = {row.number: row for row in await self._blocked.all(BlockedNumber.authority_id == own)}
        now = self._platform.clock()
        rows = [
            BlockedNumber(
                authority_id=own,
                number=item.number,
                note=item.note,
                since=before[item.number].since if item.number in before else now,
            )
            for item in wanted.items
        ]
        for row in before.values():
            self._work.session.expunge(row)
        await self._blocked.replace(own, rows)
        audit.record(
            self._work,
            self._actor,
            "blacklist.update",
            audit.Target(kind="blacklist", id=own, authority_id=own),
            before={"numbers": sorted(before)},
            after={"numbers": sorted(numbers)},
        )
        mark_site_changed(self._work, self._platform)
        return Blacklist(items=[BlockedRead.model_validate(row, extra="ignore") for row in rows])


def _record_change(
    work: Work, actor: Actor, action: str, target: audit.Target, before: ApiModel, after: ApiModel
) -> None:
    audit.record(work, actor, action, target, before=before.model_dump(), after=after.model_dump())


def _logged_trunk(row: Trunk) -> dict[str, Any]:
    return read_trunk(row).model_dump() | {
        "password": row.password
    }  # the audit shows that it changed, not what it is


def _target(kind: str, row: Hotline | Trunk) -> audit.Target:
    return audit.Target(kind=kind, id=row.id, name=row.name, authority_id=row.authority_id)
