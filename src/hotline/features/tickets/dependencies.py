"""What routes of tickets ask for: rights, one change, one reader."""

from typing import Annotated, cast

from fastapi import Depends

from hotline.features.tickets.context import TicketContext
from hotline.features.tickets.following import TicketFollower
from hotline.features.tickets.reading import TicketReader
from hotline.features.tickets.service import TicketService
from hotline.platform.access import Platform, ReadSession, ThePlatform, WriteWork, require
from hotline.platform.actor import Actor
from hotline.platform.permissions import Permission
from hotline.ports.sms import SmsSender

CanSee = Annotated[Actor, Depends(require(Permission.TICKETS_VIEW, Permission.TICKETS_DEPARTMENT))]
CanAct = Annotated[Actor, Depends(require(Permission.TICKETS_HANDLE, Permission.TICKETS_DEPARTMENT))]
CanHandle = Annotated[Actor, Depends(require(Permission.TICKETS_HANDLE))]
CanExport = Annotated[Actor, Depends(require(Permission.TICKETS_EXPORT))]
CanDesign = Annotated[Actor, Depends(require(Permission.TICKETS_DESIGN))]


def sms_of(platform: Platform) -> SmsSender | None:
    """The outbox, where there is one."""
    return cast("SmsSender | None", platform.services.get(SmsSender))


def _reader(actor: CanSee, session: ReadSession, platform: ThePlatform) -> TicketReader:
    return TicketReader(session, actor, platform.clock(), sms_of(platform))


def context_of(actor: Actor, work: WriteWork, platform: Platform) -> TicketContext:
    """One change; whoever follows tickets is rung after its commit."""
    follower = cast("TicketFollower", platform.services[TicketFollower])
    work.after_commit("tickets", follower.ring)
    return TicketContext(work=work, actor=actor, platform=platform, now=platform.clock())


def _acting(actor: CanAct, work: WriteWork, platform: ThePlatform) -> TicketService:
    return TicketService(context_of(actor, work, platform))


def _handling(actor: CanHandle, work: WriteWork, platform: ThePlatform) -> TicketService:
    return TicketService(context_of(actor, work, platform))


TheReader = Annotated[TicketReader, Depends(_reader)]
Acting = Annotated[TicketService, Depends(_acting)]
Handling = Annotated[TicketService, Depends(_handling)]
