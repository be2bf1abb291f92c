"""The call list of any length as a table made in the background, newest first, no call told twice."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, cast

from pydantic import Field, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.core.events import Direction, Disposition
from hotline.features.calls.export import HEADER, cells
from hotline.features.calls.repository import CallFilter
from hotline.features.calls.service import CallList
from hotline.platform.access import Platform
from hotline.platform.actor import Actor, make_cursor
from hotline.platform.errors import Invalid
from hotline.platform.exports import ExportKind, LongTable, Rows
from hotline.platform.permissions import Permission
from hotline.platform.schemas import ApiModel
from hotline.platform.tabular import local
from hotline.platform.times import moment
from hotline.ports.call_control import CallControl
from hotline.ports.journal import Journal

PIECE: Final = 1_000


class CallQuestion(ApiModel):
    """The question as `GET /calls/export` takes it."""

    start: datetime | None = Field(default=None, alias="from")
    end: datetime | None = Field(default=None, alias="to")
    number: str | None = Field(default=None, max_length=32, pattern=r"^[0-9+*#]*$")
    agent: str | None = None
    queue: str | None = None
    hotline: str | None = None
    direction: Direction | None = None
    disposition: Disposition | None = None
    has_recording: bool | None = None
    test: bool | None = None


def calls_kind(platform: Platform) -> ExportKind:
    """The call list as a kind of long table."""

    async def make(session: AsyncSession, actor: Actor, question: Mapping[str, Any]) -> LongTable:
        wanted = _wanted(question, platform.clock())
        made = (
            f"制表时间：{local(platform.clock()):%Y-%m-%d %H:%M:%S}　制表人：{actor.name}（{actor.username}）"
        )
        return LongTable(
            title="通话记录",
            about=("通话记录", made),
            header=HEADER,
            total=await _calls(platform, session, actor).calls.total(wanted),
            pieces=lambda: _pieces(platform, actor, wanted),
        )

    return ExportKind(key="calls", permissions=frozenset({Permission.CALLS_READ}), make=make)


def _wanted(question: Mapping[str, Any], now: datetime) -> CallFilter:
    try:
        given = CallQuestion.model_validate(question)
    except ValidationError as wrong:
        raise Invalid("question", "导出的条件不完整") from wrong
    wanted = CallFilter(**given.model_dump())
    end = moment(wanted.end)  # what begins while the file is made belongs to the next one
    return replace(wanted, start=moment(wanted.start), end=now if end is None else min(end, now))


def _calls(platform: Platform, session: AsyncSession, actor: Actor) -> CallList:
    control = cast("CallControl", platform.services[CallControl])
    return CallList(session, actor, control.site(), cast("Journal", platform.services[Journal]))


async def _pieces(platform: Platform, actor: Actor, wanted: CallFilter) -> AsyncIterator[Rows]:
    cursor: str | None = None
    while True:
        async with platform.database.reading() as session:
            calls = _calls(platform, session, actor)
            records = await calls.calls.page(wanted, cursor, PIECE)
            rows: Rows = [cells(row) for row in await calls.rows(records)]
        if not records:
            return
        yield rows
        cursor = make_cursor(records[-1].started_at.isoformat(), records[-1].id)
