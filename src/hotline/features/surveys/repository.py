"""Queries of survey links. Citizens have no account: whoever has the address may read its page, and nothing else."""

from typing import Final

from hotline.features.surveys.models import SurveyLink
from hotline.platform.actor import Repository, system_actor

SYSTEM: Final = system_actor("survey")
BATCH: Final = 100


class LinkRepository(Repository[SurveyLink]):
    """Links."""

    model = SurveyLink

    async def unsettled(self) -> list[SurveyLink]:
        """Those that are to be sent, or of which the journal has not been told; oldest first."""
        chosen = self.query().where(SurveyLink.told.is_(False)).order_by(SurveyLink.due_at).limit(BATCH)
        return list(await self.session.scalars(chosen))

    async def of_token(self, token_hash: str) -> SurveyLink | None:
        """The link with this address."""
        return await self.session.scalar(self.query().where(SurveyLink.token_hash == token_hash))
