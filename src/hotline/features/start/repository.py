"""What the first page shows of the people, asked without anybody being logged in: the demo site only."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.platform.people import ROOT_AUTHORITY, Organisation, Role, User


async def root_name(session: AsyncSession) -> str:
    """The name of the root organisation."""
    return await session.scalar(select(Organisation.name).where(Organisation.id == ROOT_AUTHORITY)) or ""


async def active_people(session: AsyncSession) -> list[tuple[User, Role]]:
    """Every active user with the role."""
    chosen = select(User, Role).join(Role, Role.key == User.role).where(User.active).order_by(User.username)
    return [(user, role) for user, role in await session.execute(chosen)]
