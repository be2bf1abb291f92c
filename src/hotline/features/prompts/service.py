"""Change prompts: add recordings or spoken texts, exchange them and take that back, describe them, remove those that nothing plays."""

from dataclasses import dataclass

from hotline.features.prompts.audio import StoredAudio
from hotline.features.prompts.models import Prompt, PromptVersion
from hotline.features.prompts.repository import PromptRepository
from hotline.features.prompts.schemas import PromptRead, PromptSpeech, PromptUpdate, Source
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """A file in the data folder, and how it came about."""

    audio: StoredAudio
    source: Source = "recorded"
    voice: str = ""
    speed: float = 1.0


def spoken(audio: StoredAudio, wanted: PromptSpeech) -> Sound:
    """A sound that the synthesiser made."""
    return Sound(audio=audio, source="spoken", voice=wanted.voice, speed=wanted.speed)


class PromptService:
    """Changes prompts within one unit of work."""

    def __init__(self, work: Work, actor: Actor, platform: Platform) -> None:
        self._work = work
        self._actor = actor
        self._platform = platform
        self._prompts = PromptRepository(work.session, actor)

    async def create(self, wanted: Description, sound: Sound) -> PromptRead:
        """Enter a prompt whose file is stored already. A key that was removed comes back with its history."""
        removed = await self._prompts.removed_own(wanted.key)
        if removed is None and await self._prompts.key_taken(wanted.key):
            raise Taken(value=wanted.key)
        if removed is not None:
            self._remember(removed)
            row = removed
        else:
            row = Prompt(id=new_id(), authority_id=self._actor.authority_id, key=wanted.key, version=1)
        row.name, row.text, row.active = wanted.name or wanted.key, wanted.text, True
        self._put_sound(row, sound)
        self._prompts.add(row)
        read = read_prompt(row)
        audit.record(self._work, self._actor, "prompts.create", _target(row), after=read.model_dump())
        mark_site_changed(self._work, self._platform)
        return read

    async def update(self, prompt_id: str, patch: PromptUpdate) -> PromptRead:
        """Change name or text."""
        row = await self._prompts.require_own(prompt_id)
        before = read_prompt(row)
        put(row, given(patch))
        return self._changed("prompts.update", row, before)

    async def replace(self, prompt_id: str, sound: Sound, text: str | None = None) -> PromptRead:
        """Exchange the sound (and the text it says); calls that play the old one hear it to its end."""
        row = await self._prompts.require_own(prompt_id)
        before = read_prompt(row)
        self._remember(row)
        self._put_sound(row, sound)
        row.text = row.text if text is None else text
        return self._changed("prompts.audio", row, before)

    async def restore(self, prompt_id: str, version: int) -> PromptRead:
        """Bring an earlier version back; what is there now becomes an earlier one in its turn."""
        row = await self._prompts.require_own(prompt_id)
        old = await self._prompts.version_of(row, version)
        before = read_prompt(row)
        self._remember(row)
        audio = StoredAudio(
            path=old.path, sha256=old.sha256, size_bytes=old.size_bytes, duration_ms=old.duration_ms,
            lufs=old.lufs, lufs_before=old.lufs_before,
        )  # fmt: skip
        source: Source = "spoken" if old.source == "spoken" else "recorded"
        self._put_sound(row, Sound(audio=audio, source=source, voice=old.voice, speed=old.speed))
        row.text = old.text
        return self._changed("prompts.restore", row, before)

    async def deactivate(self, prompt_id: str) -> None:
        """Remove a prompt that nothing plays."""
        row = await self._prompts.require_own(prompt_id)
        await self._platform.require_unused(self._work.session, "prompt", row.key)
        before = read_prompt(row)
        row.active = False
        self._changed("prompts.remove", row, before)

    def _remember(self, row: Prompt) -> None:
        self._prompts.session.add(
            PromptVersion(
                prompt_id=row.id,
                version=row.version,
                authority_id=row.authority_id,
                text=row.text,
                path=row.path,
                sha256=row.sha256,
                size_bytes=row.size_bytes,
                duration_ms=row.duration_ms,
                source=row.source,
                voice=row.voice,
                speed=row.speed,
                lufs=row.lufs,
                lufs_before=row.lufs_before,
                replaced_at=self._platform.clock(),
                replaced_by=self._actor.name,
            )
        )
        row.version += 1

    def _put_sound(self, row: Prompt, sound: Sound) -> None:
        audio = sound.audio
        row.path, row.sha256 = audio.path, audio.sha256
        row.size_bytes, row.duration_ms = audio.size_bytes, audio.duration_ms
        row.lufs, row.lufs_before = audio.lufs, audio.lufs_before
        row.source, row.voice, row.speed = sound.source, sound.voice, sound.speed
        row.updated_at = self._platform.clock()

    def _changed(self, action: str, row: Prompt, before: PromptRead) -> PromptRead:
        after = read_prompt(row)
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


def read_prompt(row: Prompt) -> PromptRead:
    """Return a prompt as screens show it, without its uses."""
    shipped = row.shipped_sha256 is not None and row.shipped_sha256 == row.sha256
    return PromptRead.model_validate(row).model_copy(update={"shipped": shipped})


def _target(row: Prompt) -> audit.Target:
    return audit.Target(kind="prompt", id=row.id, name=row.key, authority_id=row.authority_id)
