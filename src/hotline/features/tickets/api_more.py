"""Routes around tickets: files, print, export, saved filters, notices."""

import asyncio
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, File, Query, Response, UploadFile

from hotline.features.tickets.api import Wanted
from hotline.features.tickets.attachments import AttachmentService
from hotline.features.tickets.dependencies import CanAct, CanExport, CanSee, context_of, sms_of
from hotline.features.tickets.document import ticket_document
from hotline.features.tickets.export import ticket_sheet
from hotline.features.tickets.models import TicketType, TicketView
from hotline.features.tickets.notice_repository import mark_read, notices_of, unread_of
from hotline.features.tickets.reading import TicketReader
from hotline.features.tickets.repository import ViewRepository
from hotline.features.tickets.schemas import (
    TicketNoticeList,
    TicketNoticeRead,
    TicketRead,
    TicketViewFields,
    TicketViewList,
    TicketViewRead,
)
from hotline.platform import audit
from hotline.platform.access import ReadSession, ThePlatform, WriteWork, provided
from hotline.platform.actor import Actor
from hotline.platform.errors import NotFound
from hotline.platform.exports import DIRECT_MOST, ExportTooLong
from hotline.platform.forms import fields_of
from hotline.platform.ids import new_id
from hotline.platform.pdf import PDF_TYPE, to_pdf
from hotline.platform.tabular import CSV_TYPE, XLSX_TYPE, to_csv, to_xlsx
from hotline.platform.uploads import ATTACHMENT_MAX
from hotline.ports.files import FileStore

router = APIRouter(tags=["tickets"])

Files = Annotated[FileStore, Depends(provided(FileStore))]
_NOTICES = 50


@router.post("/tickets/{ticket_id}/attachments", status_code=201)
async def add_ticket_attachment(
    ticket_id: str,
    actor: CanAct,
    platform: ThePlatform,
    work: WriteWork,
    files: Files,
    file: Annotated[UploadFile, File()],
) -> TicketRead:
    """Attach a file of up to 20 MB; what runs is refused, whatever it is called."""
    content = await file.read(ATTACHMENT_MAX + 1)
    context = context_of(actor, work, platform)
    row = await AttachmentService(context, files).add(ticket_id, file.filename or "", content)
    await work.session.flush()
    return await TicketReader(work.session, actor, context.now, context.sms).whole(row)


@router.get("/tickets/{ticket_id}/attachments/{attachment_id}", response_class=Response)
async def get_ticket_attachment(
    ticket_id: str, attachment_id: str, actor: CanSee, platform: ThePlatform, work: WriteWork, files: Files
) -> Response:
    """A file as a download; entered in the audit trail."""
    service = AttachmentService(context_of(actor, work, platform), files)
    found, content = await service.content(ticket_id, attachment_id)
    return Response(
        content,
        media_type="application/octet-stream",
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.name)}"},
    )


@router.delete("/tickets/{ticket_id}/attachments/{attachment_id}")
async def remove_ticket_attachment(
    ticket_id: str, attachment_id: str, actor: CanAct, platform: ThePlatform, work: WriteWork, files: Files
) -> TicketRead:
    """Take a file off a ticket: by whoever attached it, or a leader."""
    context = context_of(actor, work, platform)
    row = await AttachmentService(context, files).remove(ticket_id, attachment_id)
    await work.session.flush()
    return await TicketReader(work.session, actor, context.now, context.sms).whole(row)


@router.get("/tickets/{ticket_id}/pdf", response_class=Response)
async def print_ticket(ticket_id: str, actor: CanSee, platform: ThePlatform, work: WriteWork) -> Response:
    """A ticket as a PDF document; entered in the audit trail."""
    reader = TicketReader(work.session, actor, platform.clock(), sms_of(platform))
    row = await reader.tickets.require(ticket_id)
    kind = await work.session.get_one(TicketType, row.type_id)
    document = ticket_document(
        await reader.whole(row), fields_of(kind.fields), f"{actor.name}（{actor.username}）"
    )
    target = audit.Target(kind="ticket", id=row.id, name=row.number, authority_id=row.authority_id)
    audit.record(work, actor, "tickets.print", target)
    return Response(
        await asyncio.to_thread(to_pdf, document),
        media_type=PDF_TYPE,
        headers={"Content-Disposition": f'attachment; filename="{row.number}.pdf"'},
    )


@router.get("/ticket-export", response_class=Response)
async def export_tickets(
    actor: CanExport,
    platform: ThePlatform,
    work: WriteWork,
    wanted: Wanted,
    reason: Annotated[str, Query(min_length=2, max_length=200, description="why the list leaves the system")],
    format: Literal["csv", "xlsx"] = "xlsx",  # noqa: A002 - the name in the address
) -> Response:
    """The filtered list as a file (20,000 tickets at most, more as a job); the reason is kept in the audit trail."""
    reader = TicketReader(work.session, actor, platform.clock())
    found = await reader.tickets.page(wanted, None, DIRECT_MOST + 1)
    if len(found) > DIRECT_MOST:
        raise ExportTooLong(count=await reader.tickets.exact_total(wanted), most=DIRECT_MOST)
    rows = await reader.rows(found)
    sheet = ticket_sheet(
        rows, (f"工单，共 {len(rows)} 张，导出人 {actor.name}（{actor.username}），事由：{reason}",)
    )
    content = await asyncio.to_thread(to_csv if format == "csv" else to_xlsx, sheet)
    target = audit.Target(kind="tickets", id="", authority_id=actor.authority_id)
    audit.record(
        work, actor, "tickets.export", target, after={"count": len(rows), "format": format, "reason": reason}
    )
    return Response(
        content,
        media_type=CSV_TYPE if format == "csv" else XLSX_TYPE,
        headers={"Content-Disposition": f'attachment; filename="tickets.{format}"'},
    )


def _read_view(row: TicketView, actor: Actor) -> TicketViewRead:
    return TicketViewRead(
        id=row.id, name=row.name, query=row.query, shared=row.shared, mine=row.user_id == actor.user_id
    )


@router.get("/ticket-views")
async def list_ticket_views(actor: CanSee, session: ReadSession) -> TicketViewList:
    """One's own saved filters and those shared in the organisation."""
    rows = await ViewRepository(session, actor).visible()
    return TicketViewList(items=[_read_view(row, actor) for row in rows])


@router.post("/ticket-views", status_code=201)
async def create_ticket_view(wanted: TicketViewFields, actor: CanSee, work: WriteWork) -> TicketViewRead:
    """Save a filter."""
    views = ViewRepository(work.session, actor)
    row = TicketView(
        id=new_id(), authority_id=actor.authority_id, user_id=actor.user_id, **wanted.model_dump()
    )
    views.add(row)
    return _read_view(row, actor)


@router.delete("/ticket-views/{view_id}", status_code=204)
async def remove_ticket_view(view_id: str, actor: CanSee, work: WriteWork) -> None:
    """Forget a saved filter of one's own."""
    row = await ViewRepository(work.session, actor).require(view_id)
    if row.user_id != actor.user_id:
        raise NotFound(id=view_id)
    await work.session.delete(row)


@router.get("/ticket-notices")
async def list_ticket_notices(actor: CanSee, session: ReadSession) -> TicketNoticeList:
    """The newest notices for this person, and how many are unread."""
    found = await notices_of(session, actor, _NOTICES)
    unread = await unread_of(session, actor)
    return TicketNoticeList(
        items=[
            TicketNoticeRead(
                id=row.id, ticket_id=row.ticket_id, kind=row.kind, text=row.text, at=row.at, read=read
            )
            for row, read in found
        ],
        unread=len(unread),
    )


@router.post("/ticket-notices/read", status_code=204)
async def read_ticket_notices(actor: CanSee, work: WriteWork) -> None:
    """Note that all notices were read."""
    await mark_read(work.session, actor, await unread_of(work.session, actor))
