"""Calls on a customer's timeline (`platform.contacts`): calls from or to their numbers."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from hotline.core.events import Direction, Disposition
from hotline.features.calls.models import CallRecord
from hotline.features.calls.names import DISPOSITIONS
from hotline.features.calls.repository import agent_names, calls_with, last_of_calls
from hotline.platform.actor import Actor
from hotline.platform.contacts import Subject, TimelineEntry


async def calls_of(
    session: AsyncSession, actor: Actor, subject: Subject, before: datetime | None, limit: int
) -> list[TimelineEntry]:
    """The newest calls of a subject in sight, newest first."""
    if not subject.numbers:
        return []
    rows = await calls_with(session, actor, subject.numbers, before, limit)
    return await _entries(session, rows) if rows else []


async def _entries(session: AsyncSession, rows: Sequence[CallRecord]) -> list[TimelineEntry]:
    _, agents = await last_of_calls(session, [row.id for row in rows])
    names = {agent_id: f"{number} {name}" for agent_id, number, name in await agent_names(session)}
    return [
        TimelineEntry(
            at=row.started_at,
            kind="call",
            id=row.id,
            title="来电" if row.direction == Direction.INBOUND else "去电",
            text=f"评价：{row.survey_label}" if row.survey_label else "",
            state=DISPOSITIONS[Disposition(row.disposition)] if row.disposition else "进行中",
            who=names.get(agents.get(row.id, ""), ""),
            ref=f"/calls/{row.id}",
        )
        for row in rows
    ]
