"""The route of the knowledge part of report 19, as data or as a file."""

import asyncio
from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response

from hotline.features.knowledge.api import Records
from hotline.features.knowledge.figures import figures, figures_sheet
from hotline.features.knowledge.schemas_figures import KnowledgeFigures
from hotline.platform import audit
from hotline.platform.access import ReadSession, WriteWork, require
from hotline.platform.actor import Actor
from hotline.platform.errors import Invalid
from hotline.platform.pdf import PDF_TYPE, sheet_pdf
from hotline.platform.permissions import Permission
from hotline.platform.tabular import CSV_TYPE, XLSX_TYPE, to_csv, to_xlsx
from hotline.platform.times import moment

router = APIRouter(prefix="/knowledge", tags=["knowledge"])

_MADE = {"csv": (to_csv, CSV_TYPE), "xlsx": (to_xlsx, XLSX_TYPE), "pdf": (sheet_pdf, PDF_TYPE)}
_YEARS_MOST = timedelta(days=366 * 3)


@router.get("/figures", responses={200: {"model": KnowledgeFigures}}, response_model=KnowledgeFigures)
async def get_knowledge_figures(
    actor: Annotated[Actor, Depends(require(Permission.REPORTS_VIEW))],
    records: Records,
    session: ReadSession,
    work: WriteWork,
    since: Annotated[datetime, Query(alias="from")],
    until: Annotated[datetime, Query(alias="to")],
    format: Literal["json", "csv", "xlsx", "pdf"] = "json",  # noqa: A002 - the name in the address
) -> KnowledgeFigures | Response:
    """Searches, answers, nothing found, readings and opinions in a span (the knowledge part of report 19), in the actor's sight."""
    begin, end = moment(since), moment(until)
    assert begin is not None, "given"
    assert end is not None, "given"
    if end <= begin or end - begin > _YEARS_MOST:
        raise Invalid("to", "结束时间应晚于开始时间，且最长三年")
    await records.catch_up()
    made = await figures(session, actor, begin, end)
    if format == "json":
        return made
    write, media_type = _MADE[format]
    sheet = figures_sheet(made, begin, end, f"{actor.name}（{actor.username}）")
    content = await asyncio.to_thread(write, sheet)
    target = audit.Target(kind="report", id="knowledge", name="知识库使用", authority_id=actor.authority_id)
    audit.record(work, actor, "reports.export", target, after={"format": format})
    headers = {"Content-Disposition": f'attachment; filename="knowledge.{format}"'}
    return Response(content, media_type=media_type, headers=headers)
