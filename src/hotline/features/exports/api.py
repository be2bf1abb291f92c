"""Routes of long exports: asked for with a reason, watched, cancelled, fetched until their time is over. Each person has their own."""

import asyncio
from typing import Annotated, cast
from urllib.parse import quote

from fastapi import APIRouter, Depends
from fastapi.responses import FileResponse

from hotline.features.exports.models import ExportJob
from hotline.features.exports.repository import OPEN, OVER, Jobs, change
from hotline.features.exports.runner import ExportRunner, file_name, folder_of
from hotline.features.exports.schemas import ExportRequest, ExportView
from hotline.platform import audit
from hotline.platform.access import ReadSession, ThePlatform, WriteWork, require
from hotline.platform.actor import Actor
from hotline.platform.errors import Conflict, Invalid, NotPermitted
from hotline.platform.exports import export_kind
from hotline.platform.i18n import Text
from hotline.platform.ids import new_id
from hotline.platform.permissions import Permission
from hotline.platform.tabular import CSV_TYPE, XLSX_TYPE

router = APIRouter(prefix="/export-jobs", tags=["exports"])

CanExport = Annotated[
    Actor,
    Depends(
        require(
            Permission.REPORTS_EXPORT,
            Permission.CALLS_READ,
            Permission.CUSTOMERS_EXPORT,
            Permission.TICKETS_EXPORT,
        )
    ),
]
OPEN_MOST = 3
LISTED_MOST = 100


class TooManyExports(Conflict):
    """They are made one after the other."""

    code = "exports_full"
    text = Text(
        "您已有 3 个导出任务在进行，请等它们完成或取消", "Three exports are under way; wait or cancel one"
    )


class ExportNotThere(Conflict):
    """It is not made yet, failed, or its time is over."""

    code = "export_not_there"
    text = Text("文件还没有做好，或已过保存期", "The file is not ready, or its time is over")


class ExportOver(Conflict):
    """Nothing is left to cancel."""

    code = "export_over"
    text = Text("这个任务已经结束", "This export is over")


@router.get("")
async def list_export_jobs(actor: CanExport, session: ReadSession) -> list[ExportView]:
    """Return one's own exports, latest first, the last 100."""
    return [ExportView.model_validate(row) for row in await Jobs(session, actor).own(LISTED_MOST)]


@router.post("", status_code=201)
async def create_export_job(
    wanted: ExportRequest, actor: CanExport, platform: ThePlatform, work: WriteWork
) -> ExportView:
    """Make a long table in the background."""
    kind = export_kind(platform, wanted.kind)
    if kind is None:
        raise Invalid("kind", f"没有“{wanted.kind}”这样的导出")
    if not kind.open_to(actor):
        raise NotPermitted(permissions=sorted(map(str, kind.permissions)))
    jobs = Jobs(work.session, actor)
    if await jobs.under_way() >= OPEN_MOST:
        raise TooManyExports
    now = platform.clock()
    job = jobs.add(
        ExportJob(
            id=new_id(), authority_id=actor.authority_id, owner_id=actor.user_id, state="queued", rows_done=0, rows_total=0,
            size_bytes=0, problem="", created_at=now, changed_at=now, expires_at=None, **wanted.model_dump(mode="json"),
        )
    )  # fmt: skip
    told = {"kind": job.kind, "format": job.format, "reason": job.reason, "question": job.question}
    audit.record(work, actor, "exports.create", _target(job), after=told)
    work.after_commit("exports", cast("ExportRunner", platform.services[ExportRunner]).ring)
    return ExportView.model_validate(job)


@router.post("/{job_id}/cancel", status_code=204)
async def cancel_export_job(job_id: str, actor: CanExport, platform: ThePlatform, work: WriteWork) -> None:
    """Stop making it; nothing of it stays."""
    job = await Jobs(work.session, actor).mine(job_id)
    if not await change(work.session, job.id, OPEN, state="cancelled", changed_at=platform.clock()):
        raise ExportOver
    audit.record(work, actor, "exports.cancel", _target(job))


@router.post("/{job_id}/again", status_code=201)
async def repeat_export_job(
    job_id: str, actor: CanExport, platform: ThePlatform, work: WriteWork
) -> ExportView:
    """Make once more what was cancelled, failed or is past its time: the same question, for the same reason."""
    job = await Jobs(work.session, actor).mine(job_id)
    if job.state not in OVER:
        raise Conflict
    wanted = ExportRequest.model_validate({key: getattr(job, key) for key in ExportRequest.model_fields})
    return await create_export_job(wanted, actor, platform, work)


@router.delete("/{job_id}", status_code=204)
async def remove_export_job(job_id: str, actor: CanExport, platform: ThePlatform, work: WriteWork) -> None:
    """Take a job that is over from the list, with its file."""
    job = await Jobs(work.session, actor).mine(job_id)
    if job.state not in OVER:
        raise Conflict
    audit.record(work, actor, "exports.remove", _target(job))
    await work.session.delete(job)
    path = folder_of(platform) / file_name(job)
    await asyncio.to_thread(path.unlink, missing_ok=True)


@router.get("/{job_id}/file", response_class=FileResponse)
async def download_export(
    job_id: str, actor: CanExport, platform: ThePlatform, work: WriteWork
) -> FileResponse:
    """Return the file."""
    job = await Jobs(work.session, actor).mine(job_id)
    path = folder_of(platform) / file_name(job)
    if job.state != "done" or not await asyncio.to_thread(path.is_file):
        raise ExportNotThere
    audit.record(work, actor, "exports.download", _target(job), after={"rows": job.rows_done})
    return FileResponse(
        path,
        media_type=CSV_TYPE if job.format == "csv" else XLSX_TYPE,
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(f'{job.name}.{job.format}', safe='')}",
            "Cache-Control": "private, no-store",
        },
    )


def _target(job: ExportJob) -> audit.Target:
    return audit.Target(kind="export_job", id=job.id, name=job.name, authority_id=job.authority_id)
