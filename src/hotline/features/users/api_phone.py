"""Routes of an agent's own telephone settings: call forwarding, and the mobile number that an administrator has set."""

from typing import Annotated

from fastapi import APIRouter, Depends

from hotline.features.users.phone_settings import PhoneSettingsService, settings_of
from hotline.features.users.repository import AgentRepository
from hotline.features.users.schemas import PhoneSettings, PhoneSettingsUpdate
from hotline.platform.access import ReadSession, ThePlatform, WriteWork, provided, require
from hotline.platform.actor import Actor
from hotline.platform.permissions import Permission
from hotline.ports.call_control import CallControl

router = APIRouter(tags=["users"])

CanUseDesk = Annotated[Actor, Depends(require(Permission.DESK_USE))]
Control = Annotated[CallControl, Depends(provided(CallControl))]


@router.get("/agents/me/phone-settings")
async def get_phone_settings(actor: CanUseDesk, session: ReadSession) -> PhoneSettings:
    """One's own telephone settings."""
    return settings_of(await AgentRepository(session, actor).require(actor.user_id))


@router.put("/agents/me/phone-settings")
async def set_phone_settings(
    wanted: PhoneSettingsUpdate, actor: CanUseDesk, control: Control, platform: ThePlatform, work: WriteWork
) -> PhoneSettings:
    """Forward one's own calls (not those of queues), or stop that."""
    return await PhoneSettingsService(work, actor, platform, control.site()).set_forwarding(wanted.forwarding)
