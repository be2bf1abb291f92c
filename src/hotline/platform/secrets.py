"""Secrets that an installation makes for itself at the first need and keeps in its database; they are never shown."""

import secrets

from sqlalchemy import select

from hotline.platform.database import Database
from hotline.platform.people import ROOT_AUTHORITY, InstallationSecret


async def secret_named(database: Database, name: str) -> str:
    """Return the secret, making it the first time."""
    async with database.reading() as session:
        found = await session.scalar(select(InstallationSecret.value).where(InstallationSecret.name == name))
    if found is not None:
        return found
    async with database.writing() as work:
        again = await work.session.get(InstallationSecret, name)
        if again is not None:
            return again.value
        made = InstallationSecret(name=name, value=secrets.token_urlsafe(32), authority_id=ROOT_AUTHORITY)
        work.session.add(made)
        return made.value
