"""Routes of prompts (语音文件)."""

from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, Query, UploadFile
from fastapi.responses import FileResponse
from sqlalchemy import ColumnElement

from hotline.features.prompts.audio import SIZE_MAX, AudioTooLong, store_upload
from hotline.features.prompts.models import Prompt
from hotline.features.prompts.repository import PromptRepository
from hotline.features.prompts.schemas import PromptPage, PromptRead, PromptText, PromptUpdate, PromptUse
from hotline.features.prompts.service import Description, PromptService
from hotline.platform.access import ReadSession, ThePlatform, WriteWork, require
from hotline.platform.actor import Actor
from hotline.platform.errors import NotFound
from hotline.platform.permissions import Permission
from hotline.platform.schemas import PromptName

router = APIRouter(tags=["prompts"])

CanViewPrompts = Annotated[Actor, Depends(require(Permission.PROMPTS_VIEW))]
CanManagePrompts = Annotated[Actor, Depends(require(Permission.PROMPTS_MANAGE))]


@router.get("/prompts")
async def list_prompts(
    actor: CanViewPrompts,
    session: ReadSession,
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
    return PromptPage(items=[PromptRead.model_validate(row) for row in rows], total=len(rows))


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
    return await PromptService(work, actor, platform).create(wanted, audio)


@router.get("/prompts/{prompt_id}")
async def get_prompt(
    prompt_id: str, actor: CanViewPrompts, session: ReadSession, platform: ThePlatform
) -> PromptRead:
    """One prompt, and what plays it."""
    row = await PromptRepository(session, actor).require(prompt_id)
    uses = await platform.uses_of(session, "prompt", row.key)
    shown = [PromptUse(kind=use.kind, id=use.id, name=use.name) for use in uses]
    return PromptRead.model_validate(row).model_copy(update={"where_used": shown})


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
    return await PromptService(work, actor, platform).replace_audio(prompt_id, audio)


@router.get("/prompts/{prompt_id}/audio", response_class=FileResponse)
async def get_prompt_audio(
    prompt_id: str, actor: CanViewPrompts, session: ReadSession, platform: ThePlatform
) -> FileResponse:
    """The recording as 8 kHz A-law WAV; range requests are answered."""
    row = await PromptRepository(session, actor).require(prompt_id)
    file = platform.settings.data / row.path
    if not file.is_file():
        raise NotFound(id=prompt_id)
    return FileResponse(file, media_type="audio/wav", headers={"Cache-Control": "private, max-age=3600"})
