"""Who acts: a logged-in person, or the system itself; and the base of repositories, which cannot be used without one.

An actor sees the rows of `authorities` only (None: of all). Every query of a repository starts from `query()`, which holds
to that; a row of another authority looks like a row that does not exist.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from sqlalchemy import ColumnElement, ColumnExpressionArgument, Select, false, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from hotline.core.ids import AgentId, AuthorityId
from hotline.platform.database import Base
from hotline.platform.errors import Invalid, NotFound
from hotline.platform.permissions import Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A person with a session, as far as rights are concerned."""

    user_id: str
    username: str
    name: str
    role: str
    role_name: str
    permissions: frozenset[str]
    authority_id: AuthorityId
    authority_name: str
    authorities: frozenset[AuthorityId] | None
    session_id: str = ""
    address: str = ""
    agent_number: str | None = None
    must_change_password: bool = False

    @property
    def agent_id(self) -> AgentId:
        """The actor as an agent; ask only where `desk.use` is required."""
        return AgentId(self.user_id)

    def may(self, permission: Permission) -> bool:
        """Whether the actor has a right."""
        return permission in self.permissions

    def sees(self, authority_id: str) -> bool:
        """Whether rows of this authority are in sight."""
        return self.authorities is None or authority_id in self.authorities


def system_actor(purpose: str, authority_id: str = "") -> Actor:
    """The system acting by itself, with all rights: start-up, commands of the operator, jobs. `purpose` stands in the audit."""
    return Actor(
        user_id="",
        username=purpose,
        name=purpose,
        role="system",
        role_name="",
        permissions=frozenset(Permission),
        authority_id=AuthorityId(authority_id),
        authority_name="",
        authorities=None,
        address="local",
    )


Row = TypeVar("Row", bound=Base)


class Repository(Generic[Row]):
    """Queries of one table, scoped by the actor's authorities. Subclasses name `model` (which has `id` and `authority_id`)."""

    model: ClassVar[type[Any]]

    def __init__(self, session: AsyncSession, actor: Actor) -> None:
        self.session = session
        self.actor = actor

    def in_sight(self) -> ColumnElement[bool] | None:
        """The condition that a row is in the actor's sight; None: every row is."""
        return authority_in_sight(self.model.authority_id, self.actor)

    def query(self) -> Select[Row]:
        """Every row in sight; where each query of a repository begins."""
        condition = self.in_sight()
        chosen = select(self.model)
        return chosen if condition is None else chosen.where(condition)

    async def get(self, row_id: str) -> Row | None:
        """The row, if it is there and in sight."""
        return await self.session.scalar(self.query().where(self.model.id == row_id))

    async def require(self, row_id: str) -> Row:
        """The row. Raises `NotFound` when it is not there or not in sight."""
        row = await self.get(row_id)
        if row is None:
            raise NotFound(id=row_id)
        return row

    async def require_to_change(self, row_id: str) -> Row:
        """The row, held until the change ends: of two who change it at once, the second sees what the first did. Raises `NotFound`."""
        row = await self.require(row_id)
        await self.session.refresh(row, with_for_update=True)
        return row

    async def first(self, *conditions: ColumnExpressionArgument[bool]) -> Row | None:
        """Any one row that meets the conditions."""
        return await self.session.scalar(self.query().where(*conditions).limit(1))

    async def all(
        self, *conditions: ColumnExpressionArgument[bool], order_by: Sequence[Any] = ()
    ) -> list[Row]:
        """All rows that meet the conditions; for tables that people fill by hand."""
        chosen = self.query().where(*conditions).order_by(*order_by)
        return list(await self.session.scalars(chosen))

    async def count(self, *conditions: ColumnExpressionArgument[bool]) -> int:
        """How many rows meet the conditions."""
        chosen = self.query().where(*conditions).subquery()
        return await self.session.scalar(select(func.count()).select_from(chosen)) or 0

    def add(self, row: Row) -> Row:
        """Enter a new row. Raises `NotFound` when its authority is out of sight."""
        if not self.actor.sees(row.authority_id):  # pyright: ignore[reportAttributeAccessIssue] - see `model`
            raise NotFound(id=row.authority_id)  # pyright: ignore[reportAttributeAccessIssue]
        self.session.add(row)
        return row


def authority_in_sight(column: Any, actor: Actor) -> ColumnElement[bool] | None:
    """The condition that `column` (an authority id) is in the actor's sight; None: no condition needed."""
    if actor.authorities is None:
        return None
    return column.in_(sorted(actor.authorities)) if actor.authorities else false()


def after_cursor(
    chosen: Select[Any], cursor: str | None, *columns: InstrumentedAttribute[Any], newest_first: bool = False
) -> Select[Any]:
    """Order `chosen` by `columns` (the last one unique) and continue after `cursor`."""
    if cursor:
        place = tuple_(*columns)
        values = read_cursor(cursor, len(columns))
        chosen = chosen.where(place < tuple_(*values) if newest_first else place > tuple_(*values))
    return chosen.order_by(*(column.desc() if newest_first else column.asc() for column in columns))


def make_cursor(*values: str) -> str:
    """Return an opaque cursor that stands after the row with these values."""
    return base64.urlsafe_b64encode("\x1f".join(values).encode()).decode().rstrip("=")


def read_cursor(cursor: str, count: int) -> list[str]:
    """Return the values of `make_cursor`. Raises `Invalid` for one that we did not make."""
    try:
        values = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().split("\x1f")
    except (binascii.Error, ValueError) as broken:
        raise Invalid("cursor", "游标无效") from broken
    if len(values) != count:
        raise Invalid("cursor", "游标无效")
    return values
