"""Routes that keep the knowledge base in order: tree, synonyms, what is missing, figures, files, import; and answers by SMS."""

import asyncio
from datetime import timedelta
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, File, Form, Query, Response, UploadFile

from hotline.features.knowledge.api import CanRead, CanReview, CanWrite, Index, Records
from hotline.features.knowledge.asking import SYSTEM
from hotline.features.knowledge.importing import FILE_MAX, place_picture, preview, read_file
from hotline.features.knowledge.models import Attachment, Category, Synonyms
from hotline.features.knowledge.reading import view
from hotline.features.knowledge.repository import ArticleRepository, CategoryRepository, SynonymRepository
from hotline.features.knowledge.schemas import (
    AttachmentRead,
    CategoryFields,
    CategoryList,
    CategoryRead,
    Handled,
    ImportOrder,
    ImportPreview,
    Made,
    MissingList,
    MissingQuestion,
    SmsAnswer,
    SynonymGroups,
)
from hotline.features.knowledge.search_repository import UseRepository
from hotline.features.knowledge.service import ArticleService
from hotline.platform import audit
from hotline.platform.access import ReadSession, ThePlatform, WriteWork, provided, public, require
from hotline.platform.actor import Actor
from hotline.platform.errors import Conflict, Invalid, NotFound
from hotline.platform.i18n import Text
from hotline.platform.ids import new_id
from hotline.platform.permissions import Permission
from hotline.platform.uploads import UploadRefused, vet
from hotline.ports.files import FileMissing, FileStore
from hotline.ports.sms import SmsPurpose, SmsRefused, SmsRequest, SmsSender

router = APIRouter(prefix="/knowledge", tags=["knowledge"])

CanManage = Annotated[Actor, Depends(require(Permission.KNOWLEDGE_MANAGE))]
CanSendSms = Annotated[Actor, Depends(require(Permission.SMS_SEND))]
Files = Annotated[FileStore, Depends(provided(FileStore))]
Sender = Annotated[SmsSender, Depends(provided(SmsSender))]
_FOLDER = "knowledge"


class SmsNotTaken(Conflict):
    """The answer was not taken by the outbox."""

    code = "sms_refused"
    text = Text("短信没有发出：{reason}", "The message was not taken: {reason}")


class NotEmpty(Conflict):
    """Something hangs on the branch."""

    code = "not_empty"
    text = Text("分类下还有词条或下级分类，请先移走", "There are articles or branches in it")


@router.get("/categories")
async def list_categories(actor: CanRead, session: ReadSession) -> CategoryList:
    """The tree, flat."""
    categories = CategoryRepository(session, actor)
    counts = await categories.counts()
    return CategoryList(
        items=[
            CategoryRead.model_validate(row, from_attributes=True, extra="ignore").model_copy(
                update={"articles": counts.get(row.id, 0)}
            )
            for row in await categories.in_order()
        ]
    )


@router.post("/categories", status_code=201)
async def create_category(wanted: CategoryFields, actor: CanManage, work: WriteWork) -> CategoryRead:
    """Add a branch."""
    categories = CategoryRepository(work.session, actor)
    if wanted.parent_id is not None:
        await categories.require(wanted.parent_id)
    row = categories.add(Category(id=new_id(), authority_id=actor.authority_id, **wanted.model_dump()))
    return await _category_changed(work, actor, "knowledge.category_create", row)


@router.put("/categories/{category_id}")
async def update_category(
    category_id: str, wanted: CategoryFields, actor: CanManage, index: Index, work: WriteWork
) -> CategoryRead:
    """Change a branch: name, place, roles."""
    categories = CategoryRepository(work.session, actor)
    row = await categories.require_own(category_id)
    above = {one.id: one.parent_id for one in await categories.in_order()}
    if wanted.parent_id is not None and wanted.parent_id not in above:
        raise Invalid("parent_id", "没有找到上级分类")
    at = wanted.parent_id
    while at is not None:
        if at == category_id:
            raise Invalid("parent_id", "不能移到自己下面")
        at = above.get(at)
    for name, value in wanted.model_dump().items():
        setattr(row, name, value)
    work.after_commit("knowledge_tree", index.fill)  # rights may have changed for everything below
    return await _category_changed(work, actor, "knowledge.category_update", row)


@router.delete("/categories/{category_id}", status_code=204)
async def remove_category(category_id: str, actor: CanManage, work: WriteWork) -> None:
    """Remove an empty branch."""
    categories = CategoryRepository(work.session, actor)
    row = await categories.require_own(category_id)
    counts = await categories.counts()
    if counts.get(category_id) or await categories.has_children(category_id):
        raise NotEmpty
    await work.session.delete(row)
    await _category_changed(work, actor, "knowledge.category_remove", row)


async def _category_changed(work: WriteWork, actor: Actor, action: str, row: Category) -> CategoryRead:
    await work.session.flush()
    read = CategoryRead.model_validate(row, from_attributes=True, extra="ignore")
    target = audit.Target(kind="knowledge_category", id=row.id, name=row.name, authority_id=row.authority_id)
    audit.record(work, actor, action, target, after=read.model_dump())
    return read


@router.get("/synonyms")
async def get_synonyms(actor: CanRead, session: ReadSession) -> SynonymGroups:
    """Words that mean the same."""
    return SynonymGroups(groups=await SynonymRepository(session, actor).groups())


@router.put("/synonyms")
async def replace_synonyms(
    wanted: SynonymGroups, actor: CanManage, index: Index, work: WriteWork
) -> SynonymGroups:
    """Set the groups of one's organisation; searches use them at once."""
    repository = SynonymRepository(work.session, actor)
    groups = [list(dict.fromkeys(group)) for group in wanted.groups]
    await repository.replace(
        [Synonyms(id=new_id(), authority_id=actor.authority_id, words=group) for group in groups]
    )
    target = audit.Target(kind="knowledge_synonyms", id="", authority_id=actor.authority_id)
    audit.record(work, actor, "knowledge.synonyms", target, after={"groups": groups})
    await work.session.flush()
    index.set_synonyms(await repository.groups())
    return SynonymGroups(groups=groups)


@router.get("/missing")
async def list_missing(
    actor: CanReview,
    platform: ThePlatform,
    records: Records,
    session: ReadSession,
    days: Annotated[int, Query(ge=1, le=366)] = 30,
) -> MissingList:
    """Questions that found no answer, the most asked first."""
    await records.catch_up()
    since = platform.clock() - timedelta(days=days)
    rows = await UseRepository(session).missing(actor, since, 100)
    return MissingList(
        items=[
            MissingQuestion(question=question, times=times, last_at=last) for question, times, last in rows
        ]
    )


@router.post("/missing/handled", status_code=204)
async def mark_missing_handled(wanted: Handled, actor: CanReview, records: Records, work: WriteWork) -> None:
    """A question was dealt with in one's organisation: an article was written, or it is none of our business."""
    await records.catch_up()  # what was asked until now is dealt with, too
    await UseRepository(work.session).handle(actor, wanted.question)
    target = audit.Target(
        kind="knowledge_question", id="", name=wanted.question[:60], authority_id=actor.authority_id
    )
    audit.record(work, actor, "knowledge.missing_handled", target)


@router.post("/articles/{article_id}/attachments", status_code=201)
async def add_attachment(
    article_id: str,
    actor: CanWrite,
    platform: ThePlatform,
    files: Files,
    file: Annotated[UploadFile, File()],
    picture: bool = False,
) -> AttachmentRead:
    """Attach a file (20 MB at most, nothing that runs), or put a picture into the text. Readers have it from the next approval on."""
    content = await file.read(FILE_MAX + 1)
    vetted = await asyncio.to_thread(vet, file.filename or "", content)
    if picture and not vetted.media_type.startswith("image/"):
        raise UploadRefused(name=vetted.name, why="只能插入图片")
    stored = await files.put(content, folder=_FOLDER)
    async with platform.database.writing() as work:
        article = await ArticleService(work, actor, platform).open_for_files(article_id, picture=picture)
        row = Attachment(
            id=new_id(),
            authority_id=article.authority_id,
            article_id=article_id,
            name=vetted.name,
            media_type=vetted.media_type,
            file_key=stored.key,
            size_bytes=stored.size_bytes,
            sha256=stored.sha256,
            picture=picture,
            added_by=actor.user_id,
            added_at=platform.clock(),
            removed_at=None,
        )
        work.session.add(row)
        await work.session.flush()
        target = audit.Target(
            kind="knowledge", id=article.id, name=article.title, authority_id=article.authority_id
        )
        audit.record(work, actor, "knowledge.attach", target, after={"file": vetted.name})
        return AttachmentRead.model_validate(row)


@router.delete("/articles/{article_id}/attachments/{attachment_id}", status_code=204)
async def remove_attachment(
    article_id: str, attachment_id: str, actor: CanWrite, platform: ThePlatform, work: WriteWork
) -> None:
    """Take a file away; one that readers have, a reviewer only."""
    await ArticleService(work, actor, platform).detach(article_id, attachment_id)


@router.get("/articles/{article_id}/attachments/{attachment_id}", response_class=Response)
async def download_attachment(
    article_id: str, attachment_id: str, actor: CanRead, session: ReadSession, files: Files
) -> Response:
    """A file, as a download."""
    articles = ArticleRepository(session, actor)
    await articles.require(article_id)
    row = await articles.attachment(attachment_id)
    if row.article_id != article_id:
        raise NotFound(id=attachment_id)
    return await file_answer(files, row, inline=False)


@router.get(
    "/pictures/{picture_id}",
    response_class=Response,
    dependencies=[
        public("pictures inside articles: browsers send no log-in for them; ids cannot be guessed")
    ],
)
async def get_picture(picture_id: str, session: ReadSession, files: Files) -> Response:
    """A picture of an article."""
    row = await ArticleRepository(session, SYSTEM).attachment(picture_id)
    if not row.picture:
        raise NotFound(id=picture_id)
    return await file_answer(files, row, inline=True)


async def file_answer(files: FileStore, row: Attachment, *, inline: bool) -> Response:
    """A stored file as an answer. Raises `NotFound`."""
    try:
        content = await files.get(row.file_key)
    except FileMissing as missing:
        raise NotFound(id=row.id) from missing
    how = "inline" if inline else "attachment"
    headers = {
        "Content-Disposition": f"{how}; filename*=UTF-8''{quote(row.name)}",
        "Cache-Control": "private, max-age=86400",
    }
    return Response(content, media_type=row.media_type, headers=headers)


@router.post("/import/preview")
async def preview_import(actor: CanReview, file: Annotated[UploadFile, File()]) -> ImportPreview:
    """What a Word, Excel or HTML file would make; nothing is made yet."""
    _ = actor
    content = await file.read(FILE_MAX + 1)
    return await asyncio.to_thread(preview, file.filename or "", content)


@router.post("/import", status_code=201)
async def import_articles(
    wanted: ImportOrder, actor: CanReview, platform: ThePlatform, work: WriteWork
) -> Made:
    """Make the articles in the temporary base; titles that are there already are left out."""
    return Made(made=len(await ArticleService(work, actor, platform).import_all(wanted)))


@router.post("/import/file", status_code=201)
async def import_file(
    actor: CanReview,
    platform: ThePlatform,
    files: Files,
    category_id: Annotated[str, Form(min_length=1, max_length=64)],
    file: Annotated[UploadFile, File()],
) -> Made:
    """Make what the preview of this file showed, with the pictures of a Word file; titles that are there already are left out."""
    name, content = file.filename or "", await file.read(FILE_MAX + 1)
    found, pictures = await asyncio.to_thread(read_file, name, content)
    if not found.items:
        return Made(made=0)
    order = ImportOrder(category_id=category_id, items=found.items, file_name=name[:60])
    stored = {one.id: await files.put(one.content, folder=_FOLDER) for one in pictures}
    async with platform.database.writing() as work:
        made = await ArticleService(work, actor, platform).import_all(order)
        work.session.add_all(
            row
            for article in made
            for one in pictures
            if (row := place_picture(article, one, stored[one.id], actor.user_id)) is not None
        )
    return Made(made=len(made))


@router.post("/view/{article_id}/sms", status_code=201)
async def send_article_by_sms(
    article_id: str, wanted: SmsAnswer, actor: CanSendSms, index: Index, sender: Sender, work: WriteWork
) -> Made:
    """Send an answer to a citizen; the article it came from stands with the message."""
    await view(ArticleRepository(work.session, actor), index, article_id, actor)
    request = SmsRequest(
        key=f"knowledge:{actor.user_id}:{wanted.request_id}",
        to=wanted.to,
        text=wanted.text,
        purpose=SmsPurpose.KNOWLEDGE,
        authority_id=actor.authority_id,
        reference_kind="knowledge",
        reference_id=article_id,
        created_by=actor.user_id,
    )
    try:
        await sender.send(request, session=work.session)
    except SmsRefused as refused:
        raise SmsNotTaken(reason=refused.reason, why=refused.code) from refused
    return Made(made=1)
