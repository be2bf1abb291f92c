"""Queries of export jobs: a person's own over the interface, everybody's for the one who makes them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.features.exports.models import ExportJob
from hotline.platform.actor import Repository
from hotline.platform.errors import NotFound

OPEN = ("queued", "running")
OVER = ("done", "failed", "cancelled", "expired")


class Jobs(Repository[ExportJob]):
    """Jobs of the actor."""

    model = ExportJob

    async def own(self, limit: int) -> Sequence[ExportJob]:
        """The latest first."""
        chosen = self.query().where(ExportJob.owner_id == self.actor.user_id)
        return list(await self.session.scalars(chosen.order_by(ExportJob.id.desc()).limit(limit)))

    async def under_way(self) -> int:
        """How many of the actor's are not over."""
        return await self.count(ExportJob.owner_id == self.actor.user_id, ExportJob.state.in_(OPEN))

    async def mine(self, job_id: str) -> ExportJob:
        """One of the actor's own. Raises `NotFound`, for those of others too."""
        row = await self.require(job_id)
        if row.owner_id != self.actor.user_id:
            raise NotFound(id=job_id)
        return row


async def next_job(session: AsyncSession) -> ExportJob | None:
    """The one that waits longest."""
    chosen = select(ExportJob).where(ExportJob.state == "queued").order_by(ExportJob.id).limit(1)
    return await session.scalar(chosen)


async def change(session: AsyncSession, job_id: str, states: Sequence[str], **values: Any) -> bool:
    """Change a job that is in one of these states; False when it is not."""
    chosen = update(ExportJob).where(ExportJob.id == job_id, ExportJob.state.in_(states)).values(**values)
    return cast("CursorResult[object]", await session.execute(chosen)).rowcount == 1


async def left_running(session: AsyncSession, now: datetime, why: str) -> None:
    """What an application that ended had begun."""
    await session.execute(
        update(ExportJob)
        .where(ExportJob.state == "running")
        .values(state="failed", problem=why, changed_at=now)
    )


async def past_their_time(session: AsyncSession, now: datetime) -> Sequence[ExportJob]:
    """Jobs whose file is to go."""
    chosen = select(ExportJob).where(ExportJob.state == "done", ExportJob.expires_at <= now)
    return list(await session.scalars(chosen))


async def forget_before(session: AsyncSession, at: datetime) -> None:
    """Jobs that were over long ago."""
    await session.execute(
        delete(ExportJob).where(
            ExportJob.created_at < at, ExportJob.state.in_(("failed", "cancelled", "expired"))
        )
    )
