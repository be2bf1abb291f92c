"""Routes of ticket types (form designer) and of the channels that news of tickets goes through."""

from typing import Annotated

from fastapi import APIRouter, Depends

from hotline.features.tickets.context import calendars_of
from hotline.features.tickets.dependencies import CanDesign, CanSee
from hotline.features.tickets.examples import EXAMPLES
from hotline.features.tickets.repository import TypeRepository
from hotline.features.tickets.schemas_types import (
    TicketChannelCreate,
    TicketChannelList,
    TicketChannelRead,
    TicketTypeCreate,
    TicketTypeExample,
    TicketTypeExamples,
    TicketTypeList,
    TicketTypeRead,
    TicketTypeUpdate,
)
from hotline.features.tickets.types import ChannelService, TypeService, read_type
from hotline.platform.access import ReadSession, ThePlatform, WriteWork

router = APIRouter(tags=["tickets"])


def _types(actor: CanDesign, work: WriteWork, platform: ThePlatform) -> TypeService:
    return TypeService(work, actor, platform, calendars_of(platform))


def _channels(actor: CanDesign, work: WriteWork, platform: ThePlatform) -> ChannelService:
    return ChannelService(work, actor, platform)


Types = Annotated[TypeService, Depends(_types)]
Channels = Annotated[ChannelService, Depends(_channels)]


@router.get("/ticket-types")
async def list_ticket_types(actor: CanSee, session: ReadSession, platform: ThePlatform) -> TicketTypeList:
    """Types that can be used here: one's own organisation's and those of the organisations above."""
    calendars = calendars_of(platform)
    rows = await TypeRepository(session, actor).usable()
    return TicketTypeList(items=[read_type(row, calendars) for row in rows])


@router.post("/ticket-types", status_code=201)
async def create_ticket_type(wanted: TicketTypeCreate, types: Types) -> TicketTypeRead:
    """Make a type with its form."""
    return await types.create(wanted)


@router.patch("/ticket-types/{type_id}")
async def update_ticket_type(type_id: str, wanted: TicketTypeUpdate, types: Types) -> TicketTypeRead:
    """Change a type; only given fields change, tickets that run keep their times."""
    return await types.update(type_id, wanted)


@router.delete("/ticket-types/{type_id}", status_code=204)
async def deactivate_ticket_type(type_id: str, types: Types) -> None:
    """Take a type out of use; its tickets go on."""
    await types.deactivate(type_id)


@router.get("/ticket-type-examples")
async def list_ticket_type_examples(actor: CanDesign) -> TicketTypeExamples:
    """Types of real sites to begin with; nothing is made until one is created from them."""
    return TicketTypeExamples(items=[TicketTypeExample(site=site, type=fields) for site, fields in EXAMPLES])


@router.get("/ticket-channels")
async def list_ticket_channels(channels: Channels) -> TicketChannelList:
    """Where news of tickets goes, and how it does."""
    return TicketChannelList(items=await channels.all())


@router.post("/ticket-channels", status_code=201)
async def create_ticket_channel(wanted: TicketChannelCreate, channels: Channels) -> TicketChannelRead:
    """Make a channel; a web hook's signing secret is in this answer and never again."""
    return await channels.create(wanted)


@router.delete("/ticket-channels/{channel_id}", status_code=204)
async def remove_ticket_channel(channel_id: str, channels: Channels) -> None:
    """Take a channel out of use."""
    await channels.remove(channel_id)
