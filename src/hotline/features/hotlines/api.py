"""Routes of hotlines (热线), trunks (中继) and the blacklist (黑名单)."""

from typing import Annotated

from fastapi import APIRouter, Depends

from hotline.features.hotlines.models import BlockedNumber, Hotline, Trunk
from hotline.features.hotlines.repository import BlacklistRepository, HotlineRepository, TrunkRepository
from hotline.features.hotlines.schemas import (
    Blacklist,
    BlacklistReplace,
    BlockedRead,
    HotlineCreate,
    HotlinePage,
    HotlineRead,
    HotlineUpdate,
    TrunkCreate,
    TrunkPage,
    TrunkRead,
    TrunkUpdate,
)
from hotline.features.hotlines.service import (
    BlacklistService,
    HotlineService,
    TrunkService,
    read_hotline,
    read_trunk,
)
from hotline.platform.access import ReadSession, ThePlatform, WriteWork, require
from hotline.platform.actor import Actor
from hotline.platform.permissions import Permission

router = APIRouter(tags=["hotlines"])

CanViewHotlines = Annotated[Actor, Depends(require(Permission.HOTLINES_VIEW))]
CanManageHotlines = Annotated[Actor, Depends(require(Permission.HOTLINES_MANAGE))]
CanViewTrunks = Annotated[Actor, Depends(require(Permission.TRUNKS_VIEW))]
CanManageTrunks = Annotated[Actor, Depends(require(Permission.TRUNKS_MANAGE))]


@router.get("/hotlines")
async def list_hotlines(actor: CanViewHotlines, session: ReadSession, inactive: bool = False) -> HotlinePage:
    """All hotlines in sight, by number."""
    conditions = () if inactive else (Hotline.active,)
    rows = await HotlineRepository(session, actor).all(*conditions, order_by=[Hotline.number])
    return HotlinePage(items=[read_hotline(row) for row in rows], total=len(rows))


@router.post("/hotlines", status_code=201)
async def create_hotline(
    wanted: HotlineCreate, actor: CanManageHotlines, platform: ThePlatform, work: WriteWork
) -> HotlineRead:
    """Make a hotline; it takes calls at once."""
    return await HotlineService(work, actor, platform).create(wanted)


@router.get("/hotlines/{hotline_id}")
async def get_hotline(hotline_id: str, actor: CanViewHotlines, session: ReadSession) -> HotlineRead:
    """One hotline."""
    return read_hotline(await HotlineRepository(session, actor).require(hotline_id))


@router.patch("/hotlines/{hotline_id}")
async def update_hotline(
    hotline_id: str, wanted: HotlineUpdate, actor: CanManageHotlines, platform: ThePlatform, work: WriteWork
) -> HotlineRead:
    """Change a hotline; only given fields change."""
    return await HotlineService(work, actor, platform).update(hotline_id, wanted)


@router.delete("/hotlines/{hotline_id}", status_code=204)
async def deactivate_hotline(
    hotline_id: str, actor: CanManageHotlines, platform: ThePlatform, work: WriteWork
) -> None:
    """Take a hotline out of service."""
    await HotlineService(work, actor, platform).deactivate(hotline_id)


@router.get("/trunks")
async def list_trunks(actor: CanViewTrunks, session: ReadSession, inactive: bool = False) -> TrunkPage:
    """All trunks in sight, by name."""
    conditions = () if inactive else (Trunk.active,)
    rows = await TrunkRepository(session, actor).all(*conditions, order_by=[Trunk.name])
    return TrunkPage(items=[read_trunk(row) for row in rows], total=len(rows))


@router.post("/trunks", status_code=201)
async def create_trunk(
    wanted: TrunkCreate, actor: CanManageTrunks, platform: ThePlatform, work: WriteWork
) -> TrunkRead:
    """Make a trunk; its peers may call at once."""
    return TrunkService(work, actor, platform).create(wanted)


@router.get("/trunks/{trunk_id}")
async def get_trunk(trunk_id: str, actor: CanViewTrunks, session: ReadSession) -> TrunkRead:
    """One trunk."""
    return read_trunk(await TrunkRepository(session, actor).require(trunk_id))


@router.patch("/trunks/{trunk_id}")
async def update_trunk(
    trunk_id: str, wanted: TrunkUpdate, actor: CanManageTrunks, platform: ThePlatform, work: WriteWork
) -> TrunkRead:
    """Change a trunk; only given fields change."""
    return await TrunkService(work, actor, platform).update(trunk_id, wanted)


@router.delete("/trunks/{trunk_id}", status_code=204)
async def deactivate_trunk(
    trunk_id: str, actor: CanManageTrunks, platform: ThePlatform, work: WriteWork
) -> None:
    """Take a trunk out of service; refused while a hotline calls out through it."""
    await TrunkService(work, actor, platform).deactivate(trunk_id)


@router.get("/blacklist")
async def get_blacklist(actor: CanViewHotlines, session: ReadSession) -> Blacklist:
    """All blocked callers in sight."""
    rows = await BlacklistRepository(session, actor).all(order_by=[BlockedNumber.number])
    return Blacklist(items=[BlockedRead.model_validate(row, extra="ignore") for row in rows])


@router.put("/blacklist")
async def replace_blacklist(
    wanted: BlacklistReplace, actor: CanManageHotlines, platform: ThePlatform, work: WriteWork
) -> Blacklist:
    """Set the whole list of blocked callers of one's own organisation."""
    return await BlacklistService(work, actor, platform).replace(wanted)
