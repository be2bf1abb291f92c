"""Queries of prompts. The root organisation's prompts are the common set: everybody sees them, only its people change them."""

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.features.prompts.models import Prompt, PromptVersion
from hotline.platform.actor import Actor, Repository
from hotline.platform.errors import NotFound
from hotline.platform.people import ROOT_AUTHORITY


class PromptRepository(Repository[Prompt]):
    """Prompts."""

    model = Prompt

    def in_sight(self) -> ColumnElement[bool] | None:
        own = super().in_sight()
        return None if own is None else own | (Prompt.authority_id == ROOT_AUTHORITY)

    async def require_own(self, prompt_id: str) -> Prompt:
        """An active prompt that the actor may change. Raises `NotFound` for common ones too, unless they are the actor's."""
        row = await self.require(prompt_id)
        if not row.active or not self.actor.sees(row.authority_id):
            raise NotFound(id=prompt_id)
        return row

    async def key_taken(self, key: str) -> bool:
        """Whether any prompt of the installation, even a removed one, has this key: flows name prompts by it."""
        return await self.session.scalar(select(exists().where(Prompt.key == key))) or False

    async def removed_own(self, key: str) -> Prompt | None:
        """The removed prompt of this key that the actor may take up again."""
        row = await self.first(Prompt.key == key, Prompt.active.is_(False))
        return row if row is not None and self.actor.sees(row.authority_id) else None

    async def versions(self, row: Prompt) -> list[PromptVersion]:
        """The earlier versions of a prompt that is in sight, the newest first."""
        chosen = select(PromptVersion).where(PromptVersion.prompt_id == row.id)
        return list(await self.session.scalars(chosen.order_by(PromptVersion.version.desc())))

    async def version_of(self, row: Prompt, version: int) -> PromptVersion:
        """One earlier version. Raises `NotFound`."""
        found = await self.session.get(PromptVersion, (row.id, version))
        if found is None:
            raise NotFound(id=row.id, version=version)
        return found


async def prompt_is_known(session: AsyncSession, actor: Actor, key: str) -> bool:
    """Whether a prompt is there, active and in sight."""
    return await PromptRepository(session, actor).first(Prompt.key == key, Prompt.active) is not None
