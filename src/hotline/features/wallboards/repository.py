"""Queries of wall boards, scoped by the actor's authorities."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.features.wallboards.models import WallBoard
from hotline.platform.access import Use
from hotline.platform.actor import Repository


class WallBoardRepository(Repository[WallBoard]):
    """Wall boards."""

    model = WallBoard


async def uses_by_wall_boards(session: AsyncSession, kind: str, thing: str) -> list[Use]:
    """The wall boards that show a queue."""
    if kind != "queue":
        return []
    rows = await session.scalars(select(WallBoard).order_by(WallBoard.name))
    shown = [row for row in rows if any(thing in page["queue_ids"] for page in row.pages)]
    return [Use(kind="wall_board", id=row.id, name=row.name) for row in shown]
