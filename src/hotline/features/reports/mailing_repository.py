"""Queries of schedules, mailings and sendings: a person's own over the interface, everybody's for the one who carries them out."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, cast

from sqlalchemy import CursorResult, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.features.reports.models import OwnReport, ReportMailing, ReportSchedule, ReportSending
from hotline.platform.actor import Repository, after_cursor
from hotline.platform.errors import NotFound

HISTORY: Final = timedelta(days=400)
FILES: Final = timedelta(days=14)
"""How long a sending is told of, and its file kept for those who were not reached."""


class Schedules(Repository[ReportSchedule]):
    """Schedules of the actor."""

    model = ReportSchedule

    async def own(self) -> Sequence[tuple[ReportSchedule, str]]:
        """All of the actor's, each with the report's name."""
        chosen = (
            select(ReportSchedule, OwnReport.name)
            .join(OwnReport, OwnReport.id == ReportSchedule.report_id)
            .where(ReportSchedule.owner_id == self.actor.user_id)
            .order_by(OwnReport.name, ReportSchedule.id)
        )
        return [(row, name) for row, name in await self.session.execute(chosen)]

    async def mine(self, schedule_id: str) -> ReportSchedule:
        """One of the actor's own. Raises `NotFound`, for those of others too."""
        row = await self.require_to_change(schedule_id)
        if row.owner_id != self.actor.user_id:
            raise NotFound(id=schedule_id)
        return row


class Sendings(Repository[ReportSending]):
    """Sendings of the actor's schedules."""

    model = ReportSending

    async def page(self, cursor: str | None, limit: int) -> Sequence[tuple[ReportSending, ReportMailing]]:
        """The latest first, one more than `limit` when there are more."""
        own = select(ReportMailing.id).where(ReportMailing.owner_id == self.actor.user_id)
        chosen = self.query().where(ReportSending.mailing_id.in_(own))
        chosen = after_cursor(chosen, cursor, ReportSending.id, newest_first=True)
        rows = list(await self.session.scalars(chosen.limit(limit + 1)))
        ids = {row.mailing_id for row in rows}
        made = await self.session.scalars(select(ReportMailing).where(ReportMailing.id.in_(ids)))
        by_id = {one.id: one for one in made}
        return [(row, by_id[row.mailing_id]) for row in rows]

    async def mine(self, sending_id: str) -> tuple[ReportSending, ReportMailing]:
        """One of the actor's own, held for a change. Raises `NotFound`."""
        row = await self.require_to_change(sending_id)
        made = await self.session.get_one(ReportMailing, row.mailing_id)
        if made.owner_id != self.actor.user_id:
            raise NotFound(id=sending_id)
        return row, made


async def file_of_mailing(session: AsyncSession, mailing_id: str) -> bytes | None:
    """The file that goes with a mailing."""
    return await session.scalar(select(ReportMailing.content).where(ReportMailing.id == mailing_id))


async def report_of_schedule(session: AsyncSession, schedule: ReportSchedule) -> OwnReport | None:
    """The report, while it is there."""
    return await session.get(OwnReport, schedule.report_id)


async def due_schedules(session: AsyncSession, now: datetime) -> Sequence[ReportSchedule]:
    """What is to be made now, oldest first."""
    chosen = select(ReportSchedule).where(
        ReportSchedule.next_at <= now,
        ReportSchedule.paused.is_(False),
        (ReportSchedule.try_at.is_(None)) | (ReportSchedule.try_at <= now),
    )
    return list(await session.scalars(chosen.order_by(ReportSchedule.next_at).limit(50)))


async def move_on(session: AsyncSession, schedule_id: str, due: datetime, then: datetime) -> bool:
    """Let a schedule wait for its next time; False when somebody else has done so, or changed it."""
    chosen = (
        update(ReportSchedule)
        .where(
            ReportSchedule.id == schedule_id, ReportSchedule.next_at == due, ReportSchedule.paused.is_(False)
        )
        .values(next_at=then, try_at=None, problem="")
    )
    return await _changed(session, chosen)


async def put_off(session: AsyncSession, schedule_id: str, due: datetime, until: datetime, why: str) -> None:
    """Make it later."""
    await session.execute(
        update(ReportSchedule)
        .where(ReportSchedule.id == schedule_id, ReportSchedule.next_at == due)
        .values(try_at=until, problem=why)
    )


async def stand_still(session: AsyncSession, schedule_id: str, why: str) -> None:
    """Pause a schedule that nobody has the right to any more."""
    await session.execute(
        update(ReportSchedule).where(ReportSchedule.id == schedule_id).values(paused=True, problem=why)
    )


async def due_sendings(session: AsyncSession, now: datetime) -> Sequence[str]:
    """Ids of what is to be sent now, oldest first."""
    chosen = select(ReportSending.id).where(ReportSending.state == "queued", ReportSending.next_at <= now)
    return list(await session.scalars(chosen.order_by(ReportSending.next_at).limit(200)))


async def claim(session: AsyncSession, sending_id: str, now: datetime) -> bool:
    """Mark a sending before it is handed over; False when somebody else has it."""
    chosen = (
        update(ReportSending)
        .where(ReportSending.id == sending_id, ReportSending.state == "queued")
        .values(state="sending", attempts=ReportSending.attempts + 1, changed_at=now)
    )
    return await _changed(session, chosen)


async def left_sending(session: AsyncSession, now: datetime, why: str) -> None:
    """What an application that died had handed over: nobody knows whether it was taken."""
    await session.execute(
        update(ReportSending)
        .where(ReportSending.state == "sending")
        .values(state="uncertain", problem=why, changed_at=now)
    )


async def next_moment(session: AsyncSession) -> datetime | None:
    """When something is due next."""
    later = func.coalesce(ReportSchedule.try_at, ReportSchedule.next_at)
    moments = [
        await session.scalar(select(func.min(later)).where(ReportSchedule.paused.is_(False))),
        await session.scalar(select(func.min(ReportSending.next_at)).where(ReportSending.state == "queued")),
    ]
    return min((at for at in moments if at is not None), default=None)


async def forget_old(session: AsyncSession, now: datetime) -> None:
    """Files after two weeks, history after more than a year."""
    old = select(ReportMailing.id).where(ReportMailing.due_at < now - HISTORY)
    await session.execute(delete(ReportSending).where(ReportSending.mailing_id.in_(old)))
    await session.execute(delete(ReportMailing).where(ReportMailing.due_at < now - HISTORY))
    waits = select(ReportSending.mailing_id).where(ReportSending.state.in_(("queued", "sending")))
    await session.execute(
        update(ReportMailing)
        .where(
            ReportMailing.due_at < now - FILES,
            ReportMailing.content.is_not(None),
            ReportMailing.id.not_in(waits),
        )
        .values(content=None)
    )


async def remove_schedules_of(session: AsyncSession, report_id: str) -> None:
    """A removed report is mailed no more; what was sent stays told."""
    await session.execute(delete(ReportSchedule).where(ReportSchedule.report_id == report_id))


async def _changed(session: AsyncSession, statement: object) -> bool:
    done = cast("CursorResult[object]", await session.execute(statement))  # pyright: ignore[reportCallIssue, reportArgumentType]
    return done.rowcount == 1
