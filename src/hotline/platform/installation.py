"""What every installation has before anybody has logged in: the root organisation and the built-in roles, kept up to date."""

from sqlalchemy.ext.asyncio import AsyncSession

from hotline.platform.database import Database
from hotline.platform.people import ROOT_AUTHORITY, Organisation, Role
from hotline.platform.permissions import BUILT_IN_ROLES

ROOT_NAME = "本机构"


async def ensure_installation(database: Database) -> None:
    """Make the root organisation and the built-in roles, or bring the roles to this version's permissions. Repeatable."""
    async with database.writing() as work:
        if await work.session.get(Organisation, ROOT_AUTHORITY) is None:
            work.session.add(
                Organisation(id=ROOT_AUTHORITY, authority_id=ROOT_AUTHORITY, name=ROOT_NAME, active=True)
            )
        await _ensure_roles(work.session)


async def _ensure_roles(session: AsyncSession) -> None:
    for built_in in BUILT_IN_ROLES:
        row = await session.get(Role, built_in.key)
        if row is None:
            row = Role(key=built_in.key, authority_id=ROOT_AUTHORITY, built_in=True)
            session.add(row)
        row.name, row.scope = built_in.name, built_in.scope.value
        permissions = sorted(permission.value for permission in built_in.permissions)
        if row.permissions != permissions:
            row.permissions = permissions
