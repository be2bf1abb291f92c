"""Queries of opening hours, scoped by the actor's authorities."""

from sqlalchemy.ext.asyncio import AsyncSession

from hotline.features.hours.models import Hours
from hotline.platform.actor import Actor, Repository


class HoursRepository(Repository[Hours]):
    """Opening hours."""

    model = Hours


async def hours_are_known(session: AsyncSession, actor: Actor, hours_id: str) -> bool:
    """Whether opening hours are there, active and in sight."""
    return await HoursRepository(session, actor).first(Hours.id == hours_id, Hours.active) is not None
