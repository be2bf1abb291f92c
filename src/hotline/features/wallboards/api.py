"""Routes of wall boards (大屏)."""

from typing import Annotated

from fastapi import APIRouter, Depends

from hotline.features.wallboards.models import WallBoard
from hotline.features.wallboards.repository import WallBoardRepository
from hotline.features.wallboards.schemas import (
    WallBoardCreate,
    WallBoardFields,
    WallBoardPage,
    WallBoardRead,
)
from hotline.features.wallboards.service import WallBoardService, read_board
from hotline.platform.access import ReadSession, ThePlatform, WriteWork, require
from hotline.platform.actor import Actor
from hotline.platform.permissions import Permission

router = APIRouter(prefix="/wall-boards", tags=["wall boards"])

CanView = Annotated[Actor, Depends(require(Permission.WALLBOARDS_VIEW))]
CanManage = Annotated[Actor, Depends(require(Permission.WALLBOARDS_MANAGE))]


@router.get("")
async def list_wall_boards(actor: CanView, session: ReadSession) -> WallBoardPage:
    """All wall boards in sight, by name."""
    rows = await WallBoardRepository(session, actor).all(order_by=[WallBoard.name, WallBoard.id])
    return WallBoardPage(items=[read_board(row) for row in rows], total=len(rows))


@router.post("", status_code=201)
async def create_wall_board(
    wanted: WallBoardCreate, actor: CanManage, platform: ThePlatform, work: WriteWork
) -> WallBoardRead:
    """Make a wall board."""
    return await WallBoardService(work, actor, platform).create(wanted)


@router.get("/{board_id}")
async def get_wall_board(board_id: str, actor: CanView, session: ReadSession) -> WallBoardRead:
    """One wall board."""
    return read_board(await WallBoardRepository(session, actor).require(board_id))


@router.put("/{board_id}")
async def replace_wall_board(
    board_id: str, wanted: WallBoardFields, actor: CanManage, platform: ThePlatform, work: WriteWork
) -> WallBoardRead:
    """Set everything of a wall board anew."""
    return await WallBoardService(work, actor, platform).replace(board_id, wanted)


@router.delete("/{board_id}", status_code=204)
async def remove_wall_board(board_id: str, actor: CanManage, platform: ThePlatform, work: WriteWork) -> None:
    """Remove a wall board."""
    await WallBoardService(work, actor, platform).remove(board_id)
