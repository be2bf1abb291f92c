"""Change prompts: add recordings, exchange them, describe them, remove those that nothing plays."""

from dataclasses import dataclass

from hotline.features.prompts.audio import StoredAudio
from hotline.features.prompts.models import Prompt
from hotline.features.prompts.repository import PromptRepository
from hotline.features.prompts.schemas import PromptRead, PromptUpdate
from hotline.platform import audit
from hotline.platform.access import Platform, mark_site_changed
from hotline.platform.actor import Actor
from hotline.platform.database import Work
from hotline.platform.errors import Taken
from hotline.platform.ids import new_id
from hotline.platform.schemas import given, put


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What is known of a new prompt besides its sound."""

    key: str
    name: str
    text: str


class PromptService:
    """Changes prompts within one unit of work."""

    def __init__(self, work: Work, actor: Actor, platform: Platform) -> None:
        self._work = work
        self._actor = actor
        self._platform = platform
        self._prompts = PromptRepository(work.session, actor)

    async def create(self, wanted: Description, audio: StoredAudio) -> PromptRead:
        """Enter a prompt whose file is stored already."""
        if await self._prompts.key_taken(wanted.key):
            raise Taken(value=wanted.key)
        row = Prompt(
            id=new_id(),
            authority_id=self._actor.authority_id,
            key=wanted.key,
            name=wanted.name or wanted.key,
            text=wanted.text,
            active=True,
        )
        self._put_audio(row, audio)
        self._prompts.add(row)
        read = PromptRead.model_validate(row)
        audit.record(self._work, self._actor, "prompts.create", _target(row), after=read.model_dump())
        mark_site_changed(self._work, self._platform)
        return read

    async def update(self, prompt_id: str, patch: PromptUpdate) -> PromptRead:
        """Change name or text."""
        row = await self._prompts.require_own(prompt_id)
        before = PromptRead.model_validate(row)
        put(row, given(patch))
        return self._changed("prompts.update", row, before)

    async def replace_audio(self, prompt_id: str, audio: StoredAudio) -> PromptRead:
        """Exchange the sound; calls that play the old one hear it to its end."""
        row = await self._prompts.require_own(prompt_id)
        before = PromptRead.model_validate(row)
        self._put_audio(row, audio)
        return self._changed("prompts.audio", row, before)

    async def deactivate(self, prompt_id: str) -> None:
        """Remove a prompt that nothing plays."""
        row = await self._prompts.require_own(prompt_id)
        await self._platform.require_unused(self._work.session, "prompt", row.key)
        before = PromptRead.model_validate(row)
        row.active = False
        self._changed("prompts.remove", row, before)

    def _put_audio(self, row: Prompt, audio: StoredAudio) -> None:
        row.path, row.sha256 = audio.path, audio.sha256
        row.size_bytes, row.duration_ms = audio.size_bytes, audio.duration_ms
        row.updated_at = self._platform.clock()

    def _changed(self, action: str, row: Prompt, before: PromptRead) -> PromptRead:
        after = PromptRead.model_validate(row)
        audit.record(
            self._work,
            self._actor,
            action,
            _target(row),
            before=before.model_dump(),
            after=after.model_dump(),
        )
        mark_site_changed(self._work, self._platform)
        return after


def _target(row: Prompt) -> audit.Target:
    return audit.Target(kind="prompt", id=row.id, name=row.key, authority_id=row.authority_id)
