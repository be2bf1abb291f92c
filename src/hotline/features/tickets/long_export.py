"""The tickets of any filter as a table made in the background, newest first, each once."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any, Final, Literal

from pydantic import Field, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.core.tickets.flow import TicketState
from hotline.features.tickets.export import HEADER, ticket_cells
from hotline.features.tickets.reading import TicketReader
from hotline.features.tickets.repository import TicketFilter
from hotline.features.tickets.schemas import TicketSource
from hotline.features.tickets.schemas_types import TicketCategory
from hotline.platform.access import Platform
from hotline.platform.actor import Actor, make_cursor
from hotline.platform.errors import Invalid
from hotline.platform.exports import ExportKind, LongTable, Rows
from hotline.platform.permissions import Permission
from hotline.platform.schemas import ApiModel
from hotline.platform.tabular import local
from hotline.platform.times import moment

PIECE: Final = 500


class TicketQuestion(ApiModel):
    """The question as `GET /ticket-export` takes it."""

    words: str = Field(default="", max_length=100)
    state: list[TicketState] = Field(default_factory=list[TicketState], max_length=20)
    type_id: str | None = None
    category: TicketCategory | None = None
    source: TicketSource | None = None
    urgency: Literal["normal", "urgent"] | None = None
    department_id: str | None = None
    owner_id: str | None = None
    customer_id: str | None = None
    number: str | None = Field(default=None, max_length=32)
    light: Literal["green", "amber", "red", "waiting"] | None = None
    supervised: bool | None = None
    start: datetime | None = Field(default=None, alias="from")
    end: datetime | None = Field(default=None, alias="to")


def tickets_kind(platform: Platform) -> ExportKind:
    """The ticket list as a kind of long table."""

    async def make(session: AsyncSession, actor: Actor, question: Mapping[str, Any]) -> LongTable:
        now = platform.clock()
        wanted = filter_of(question, actor, now)
        made = f"制表时间：{local(now):%Y-%m-%d %H:%M:%S}　制表人：{actor.name}（{actor.username}）"
        return LongTable(
            title="工单",
            about=("工单", made),
            header=HEADER,
            total=await TicketReader(session, actor, now).tickets.exact_total(wanted),
            pieces=lambda: _pieces(platform, actor, wanted, now),
        )

    return ExportKind(key="tickets", permissions=frozenset({Permission.TICKETS_EXPORT}), make=make)


def filter_of(question: Mapping[str, Any], actor: Actor, now: datetime) -> TicketFilter:
    """Read a question. Raises `Invalid`."""
    try:
        given = TicketQuestion.model_validate(question)
    except ValidationError as wrong:
        raise Invalid("question", "导出的条件不完整") from wrong
    plain = given.model_dump(exclude={"words", "state", "owner_id", "start", "end"})
    return TicketFilter(
        **plain,
        words=given.words.strip(),
        states=tuple(str(one) for one in given.state),
        owner_id=actor.user_id if given.owner_id == "me" else given.owner_id,
        start=moment(given.start),
        end=moment(given.end),
        now=now,
    )


async def _pieces(
    platform: Platform, actor: Actor, wanted: TicketFilter, now: datetime
) -> AsyncIterator[Rows]:
    cursor: str | None = None
    while True:
        async with platform.database.reading() as session:
            reader = TicketReader(session, actor, now)
            found = await reader.tickets.piece(wanted, cursor, PIECE)
            rows: Rows = [ticket_cells(row) for row in await reader.rows(found)]
        if not found:
            return
        yield rows
        cursor = make_cursor(str(found[-1].seq))
