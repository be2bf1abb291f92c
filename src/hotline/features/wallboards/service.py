"""Change wall boards. Audited."""

from hotline.features.wallboards.models import WallBoard
from hotline.features.wallboards.repository import WallBoardRepository
from hotline.features.wallboards.schemas import WallBoardCreate, WallBoardFields, WallBoardRead
from hotline.platform import audit
from hotline.platform.access import Platform
from hotline.platform.actor import Actor
from hotline.platform.database import Work
from hotline.platform.ids import new_id
from hotline.platform.schemas import put


def read_board(row: WallBoard) -> WallBoardRead:
    """Return a wall board."""
    return WallBoardRead.model_validate(row, extra="ignore")


class WallBoardService:
    """Changes wall boards within one unit of work."""

    def __init__(self, work: Work, actor: Actor, platform: Platform) -> None:
        self._work = work
        self._actor = actor
        self._platform = platform
        self._boards = WallBoardRepository(work.session, actor)

    async def create(self, wanted: WallBoardCreate) -> WallBoardRead:
        """Make a wall board."""
        await self._check(wanted)
        columns = wanted.model_dump(mode="json", exclude={"authority_id"})
        row = WallBoard(id=new_id(), authority_id=wanted.authority_id or self._actor.authority_id, **columns)
        self._boards.add(row)
        made = read_board(row)
        audit.record(self._work, self._actor, "wall_boards.create", _target(row), after=made.model_dump())
        return made

    async def replace(self, board_id: str, wanted: WallBoardFields) -> WallBoardRead:
        """Set everything of a wall board anew; screens that show it follow at their next look."""
        row = await self._boards.require(board_id)
        await self._check(wanted)
        before = read_board(row)
        put(row, wanted.model_dump(mode="json"))
        after = read_board(row)
        audit.record(
            self._work,
            self._actor,
            "wall_boards.update",
            _target(row),
            before=before.model_dump(),
            after=after.model_dump(),
        )
        return after

    async def remove(self, board_id: str) -> None:
        """Remove a wall board."""
        row = await self._boards.require(board_id)
        before = read_board(row).model_dump()
        await self._work.session.delete(row)
        audit.record(self._work, self._actor, "wall_boards.remove", _target(row), before=before)

    async def _check(self, fields: WallBoardFields) -> None:
        for n, page in enumerate(fields.pages):
            for queue_id in page.queue_ids:
                await self._platform.require_reference(
                    self._work.session, self._actor, f"pages.{n}.queue_ids", "queue", queue_id
                )


def _target(row: WallBoard) -> audit.Target:
    return audit.Target(kind="wall_board", id=row.id, name=row.name, authority_id=row.authority_id)
