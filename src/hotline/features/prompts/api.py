"""Routes of prompts (语音文件)."""

from collections import Counter
from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, Query, UploadFile
from fastapi.responses import FileResponse
from sqlalchemy import ColumnElement

from hotline.features.prompts.audio import SIZE_MAX, AudioTooLong, StoredAudio, store_copy, store_upload
from hotline.features.prompts.models import Prompt
from hotline.features.prompts.repository import PromptRepository
from hotline.features.prompts.schemas import (
    MissingPrompt,
    MissingPrompts,
    PromptPage,
    PromptRead,
    PromptSpeech,
    PromptSpoken,
    PromptText,
    PromptUpdate,
    PromptUse,
    PromptVersionRead,
    PromptVersions,
)
from hotline.features.prompts.service import Description, PromptService, Sound, read_prompt, spoken
from hotline.platform.access import Platform, ReadSession, ThePlatform, Use, WriteWork, require
from hotline.platform.actor import Actor
from hotline.platform.errors import NotFound
from hotline.platform.permissions import Permission
from hotline.platform.schemas import PromptName
from hotline.platform.speech_errors import refused_as
from hotline.ports.speech import SpeechMissing, SpokenTexts, SynthesisFailed

router = APIRouter(tags=["prompts"])

CanViewPrompts = Annotated[Actor, Depends(require(Permission.PROMPTS_VIEW))]
CanManagePrompts = Annotated[Actor, Depends(require(Permission.PROMPTS_MANAGE))]


@router.get("/prompts")
async def list_prompts(
    actor: CanViewPrompts,
    session: ReadSession,
    platform: ThePlatform,
    q: Annotated[str, Query(max_length=64)] = "",
    inactive: bool = False,
) -> PromptPage:
    """All prompts in sight, by key; `q` looks in key, name and text."""
    prompts = PromptRepository(session, actor)
    conditions: list[ColumnElement[bool]] = [] if inactive else [Prompt.active.is_(True)]
    if words := q.strip():
        found = [column.contains(words, autoescape=True) for column in (Prompt.key, Prompt.name, Prompt.text)]
        conditions.append(found[0] | found[1] | found[2])
    rows = await prompts.all(*conditions, order_by=[Prompt.key])
    mentions = await platform.mentions_of(session, actor, "prompt")
    used = Counter(key for key, _, _ in {(m.thing, m.use.kind, m.use.id) for m in mentions})
    items = [read_prompt(row).model_copy(update={"used": used[row.key]}) for row in rows]
    return PromptPage(items=items, total=len(items))


@router.get("/prompts/missing")
async def list_missing_prompts(
    actor: CanViewPrompts, session: ReadSession, platform: ThePlatform
) -> MissingPrompts:
    """What flows, queues and hotlines play although no active prompt has that key, and what of the product was removed."""
    rows = {row.key: row for row in await PromptRepository(session, actor).all()}
    uses: dict[str, dict[tuple[str, str], Use]] = {}
    for mention in await platform.mentions_of(session, actor, "prompt"):
        uses.setdefault(mention.thing, {})[mention.use.kind, mention.use.id] = mention.use
    wanted = set(uses) | {key for key, row in rows.items() if row.shipped_sha256 and not row.active}
    missing = sorted(key for key in wanted if key not in rows or not rows[key].active)
    return MissingPrompts(
        items=[
            MissingPrompt(key=key, removed=key in rows, uses=_shown(list(uses.get(key, {}).values())))
            for key in missing
        ]
    )


def _shown(uses: list[Use]) -> list[PromptUse]:
    return [PromptUse(kind=use.kind, id=use.id, name=use.name) for use in uses]


async def _speak(platform: Platform, wanted: PromptSpeech) -> StoredAudio:
    """Speak a text, or take what was spoken for listening already, and keep a copy as a prompt's file."""
    texts: SpokenTexts = platform.services[SpokenTexts]
    try:
        file = await texts.file_of(wanted.text, voice=wanted.voice, speed=wanted.speed)
    except (SpeechMissing, SynthesisFailed) as failed:
        raise refused_as(failed, platform.settings) from failed
    return await store_copy(file.path, platform.settings.data)


async def _read_upload(file: UploadFile) -> bytes:
    data = await file.read(SIZE_MAX + 1)
    if len(data) > SIZE_MAX:
        raise AudioTooLong
    return data


@router.post("/prompts", status_code=201)
async def create_prompt(
    actor: CanManagePrompts,
    platform: ThePlatform,
    work: WriteWork,
    key: Annotated[PromptName, Form()],
    file: Annotated[UploadFile, File()],
    name: Annotated[str, Form(max_length=64)] = "",
    text: Annotated[PromptText, Form()] = "",
) -> PromptRead:
    """Upload a recording (WAV, MP3, …); it is converted to telephone audio of even loudness."""
    audio = await store_upload(await _read_upload(file), platform.settings.data)
    wanted = Description(key=key, name=name.strip(), text=text)
    return await PromptService(work, actor, platform).create(wanted, Sound(audio=audio))


@router.post("/prompts/spoken", status_code=201)
async def create_spoken_prompt(
    wanted: PromptSpoken, actor: CanManagePrompts, platform: ThePlatform, work: WriteWork
) -> PromptRead:
    """Make a prompt of a text; a long one takes as long as it takes to speak it, unless it was listened to before."""
    sound = spoken(await _speak(platform, wanted), wanted)
    described = Description(key=wanted.key, name=wanted.name, text=wanted.text)
    return await PromptService(work, actor, platform).create(described, sound)


@router.get("/prompts/{prompt_id}")
async def get_prompt(
    prompt_id: str, actor: CanViewPrompts, session: ReadSession, platform: ThePlatform
) -> PromptRead:
    """One prompt, and what plays it."""
    row = await PromptRepository(session, actor).require(prompt_id)
    uses = _shown(await platform.uses_of(session, "prompt", row.key))
    return read_prompt(row).model_copy(update={"where_used": uses, "used": len(uses)})


@router.patch("/prompts/{prompt_id}")
async def update_prompt(
    prompt_id: str, wanted: PromptUpdate, actor: CanManagePrompts, platform: ThePlatform, work: WriteWork
) -> PromptRead:
    """Change name or text; only given fields change."""
    return await PromptService(work, actor, platform).update(prompt_id, wanted)


@router.delete("/prompts/{prompt_id}", status_code=204)
async def deactivate_prompt(
    prompt_id: str, actor: CanManagePrompts, platform: ThePlatform, work: WriteWork
) -> None:
    """Remove a prompt; refused while a flow, queue or hotline plays it."""
    await PromptService(work, actor, platform).deactivate(prompt_id)


@router.put("/prompts/{prompt_id}/audio")
async def replace_prompt_audio(
    prompt_id: str,
    actor: CanManagePrompts,
    platform: ThePlatform,
    work: WriteWork,
    file: Annotated[UploadFile, File()],
) -> PromptRead:
    """Exchange the recording of a prompt."""
    audio = await store_upload(await _read_upload(file), platform.settings.data)
    return await PromptService(work, actor, platform).replace(prompt_id, Sound(audio=audio))


@router.put("/prompts/{prompt_id}/speech")
async def speak_prompt(
    prompt_id: str, wanted: PromptSpeech, actor: CanManagePrompts, platform: ThePlatform, work: WriteWork
) -> PromptRead:
    """Exchange the sound of a prompt for a spoken text."""
    await PromptRepository(work.session, actor).require_own(prompt_id)
    sound = spoken(await _speak(platform, wanted), wanted)
    return await PromptService(work, actor, platform).replace(prompt_id, sound, wanted.text)


@router.get("/prompts/{prompt_id}/versions")
async def list_prompt_versions(prompt_id: str, actor: CanViewPrompts, session: ReadSession) -> PromptVersions:
    """What a prompt was before, the newest first."""
    prompts = PromptRepository(session, actor)
    versions = await prompts.versions(await prompts.require(prompt_id))
    return PromptVersions(items=[PromptVersionRead.model_validate(row) for row in versions])


@router.get("/prompts/{prompt_id}/versions/{version}/audio", response_class=FileResponse)
async def get_prompt_version_audio(
    prompt_id: str, version: int, actor: CanViewPrompts, session: ReadSession, platform: ThePlatform
) -> FileResponse:
    """The sound of an earlier version."""
    prompts = PromptRepository(session, actor)
    old = await prompts.version_of(await prompts.require(prompt_id), version)
    return _audio(platform, old.path, prompt_id)


@router.post("/prompts/{prompt_id}/versions/{version}/restore")
async def restore_prompt_version(
    prompt_id: str, version: int, actor: CanManagePrompts, platform: ThePlatform, work: WriteWork
) -> PromptRead:
    """Bring an earlier version back; what is there now can be brought back in its turn."""
    return await PromptService(work, actor, platform).restore(prompt_id, version)


@router.get("/prompts/{prompt_id}/audio", response_class=FileResponse)
async def get_prompt_audio(
    prompt_id: str, actor: CanViewPrompts, session: ReadSession, platform: ThePlatform
) -> FileResponse:
    """The recording as 8 kHz A-law WAV; range requests are answered."""
    row = await PromptRepository(session, actor).require(prompt_id)
    return _audio(platform, row.path, prompt_id)


def _audio(platform: Platform, path: str, prompt_id: str) -> FileResponse:
    file = platform.settings.data / path
    if not file.is_file():
        raise NotFound(id=prompt_id)
    return FileResponse(file, media_type="audio/wav", headers={"Cache-Control": "private, no-cache"})
