"""Change types of tickets and the channels that news of tickets goes through."""

import secrets
from typing import Any, cast

from hotline.features.tickets.models import TicketChannel, TicketType
from hotline.features.tickets.repository import ChannelRepository, TypeRepository, organisation_is_known
from hotline.features.tickets.schemas_types import (
    TicketChannelCreate,
    TicketChannelFields,
    TicketChannelRead,
    TicketTypeCreate,
    TicketTypeFields,
    TicketTypeRead,
    TicketTypeUpdate,
)
from hotline.features.tickets.timing import Calendars
from hotline.platform import audit
from hotline.platform.access import Platform
from hotline.platform.actor import Actor
from hotline.platform.database import Work
from hotline.platform.errors import Invalid, NotFound
from hotline.platform.forms import FormFieldSchema, require_design
from hotline.platform.ids import new_id
from hotline.platform.schemas import changed, put
from hotline.platform.sealing import Sealer


def read_type(row: TicketType, calendars: Calendars) -> TicketTypeRead:
    """Return a type as screens show it."""
    fields = TicketTypeFields.model_validate(row, extra="ignore")
    hours = calendars.get(row.hours_id or "")
    known = row.hours_id is None or (hours is not None and any(hours.week))
    return TicketTypeRead(
        **fields.model_dump(), id=row.id, authority_id=row.authority_id, active=row.active, hours_known=known
    )


class TypeService:
    """Changes types within one unit of work."""

    def __init__(self, work: Work, actor: Actor, platform: Platform, calendars: Calendars) -> None:
        self._work = work
        self._actor = actor
        self._platform = platform
        self._calendars = calendars
        self._types = TypeRepository(work.session, actor)

    async def create(self, wanted: TicketTypeCreate) -> TicketTypeRead:
        """Make a type."""
        fields = TicketTypeFields.model_validate(wanted.model_dump(exclude={"authority_id"}))
        row = TicketType(
            id=new_id(), authority_id=wanted.authority_id or self._actor.authority_id, active=True,
            **await self._columns(fields),
        )  # fmt: skip
        self._types.add(row)
        return self._changed("ticket_types.create", row, None)

    async def update(self, type_id: str, patch: TicketTypeUpdate) -> TicketTypeRead:
        """Change the given fields; tickets that run keep their times, their values stay."""
        row = await self._active(type_id)
        before = _logged(row)
        put(row, await self._columns(changed(TicketTypeFields, row, patch)))
        return self._changed("ticket_types.update", row, before)

    async def deactivate(self, type_id: str) -> None:
        """Take a type out of use; its tickets go on."""
        row = await self._active(type_id)
        before = _logged(row)
        row.active = False
        self._changed("ticket_types.remove", row, before)

    async def _columns(self, fields: TicketTypeFields) -> dict[str, Any]:
        stored = require_design([FormFieldSchema.model_validate(one) for one in fields.fields])
        session = self._work.session
        if fields.hours_id is not None:
            await self._platform.require_reference(session, self._actor, "hours_id", "hours", fields.hours_id)
        department = fields.default_department_id
        if department is not None and not await organisation_is_known(session, department):
            raise Invalid("default_department_id", "没有找到这个部门")
        return fields.model_dump(mode="json") | {"fields": stored}

    async def _active(self, type_id: str) -> TicketType:
        row = await self._types.require(type_id)
        if not row.active:
            raise NotFound(id=type_id)
        return row

    def _changed(self, action: str, row: TicketType, before: dict[str, Any] | None) -> TicketTypeRead:
        target = audit.Target(kind="ticket_type", id=row.id, name=row.name, authority_id=row.authority_id)
        audit.record(self._work, self._actor, action, target, before=before, after=_logged(row))
        return read_type(row, self._calendars)


def _logged(row: TicketType) -> dict[str, Any]:
    fields = TicketTypeFields.model_validate(row, extra="ignore")
    return fields.model_dump(mode="json") | {"active": row.active}


class ChannelService:
    """Changes channels within one unit of work."""

    def __init__(self, work: Work, actor: Actor, platform: Platform) -> None:
        self._work = work
        self._actor = actor
        self._sealer = cast("Sealer", platform.services[Sealer])
        self._channels = ChannelRepository(work.session, actor)

    async def create(self, wanted: TicketChannelCreate) -> TicketChannelRead:
        """Make a channel. A web hook's secret is in this answer and never again."""
        department = wanted.department_id
        if department is not None and not await organisation_is_known(self._work.session, department):
            raise Invalid("department_id", "没有找到这个部门")
        made = secrets.token_urlsafe(32) if wanted.kind == "webhook" else ""
        row = TicketChannel(
            id=new_id(), authority_id=self._actor.authority_id, secret="", active=True, **wanted.model_dump(mode="json")
        )  # fmt: skip
        row.secret = self._sealer.seal(made, row.id)
        self._channels.add(row)
        self._log("ticket_channels.create", row)
        return _read_channel(row, 0, "").model_copy(update={"secret": made})

    async def remove(self, channel_id: str) -> None:
        """Take a channel out of use; what waits for it is given up."""
        row = await self._channels.require(channel_id)
        row.active = False
        self._log("ticket_channels.remove", row)

    async def all(self) -> list[TicketChannelRead]:
        """Active channels in sight, with what waits and the newest problem."""
        rows = await self._channels.all(TicketChannel.active, order_by=[TicketChannel.name])
        states = await self._channels.states([row.id for row in rows])
        return [_read_channel(row, *states.get(row.id, (0, ""))) for row in rows]

    def _log(self, action: str, row: TicketChannel) -> None:
        target = audit.Target(kind="ticket_channel", id=row.id, name=row.name, authority_id=row.authority_id)
        audit.record(self._work, self._actor, action, target, after={"kind": row.kind, "to": row.to})


def _read_channel(row: TicketChannel, waiting: int, problem: str) -> TicketChannelRead:
    fields = TicketChannelFields.model_validate(row, extra="ignore")
    return TicketChannelRead(**fields.model_dump(), id=row.id, waiting=waiting, problem=problem)
