"""Routes of the ticket reports: 16 (tickets), 17 (complaints), sums of form fields, complaints after measures; as data or as files."""

import asyncio
from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response

from hotline.features.tickets.report_extras import CallsIn, measure_trends, report_sheet
from hotline.features.tickets.reports import REPORTS, field_sums, report
from hotline.features.tickets.repository import TypeRepository
from hotline.features.tickets.schemas_reports import FieldSums, MeasureTrends, TicketReport, TicketReportGroup
from hotline.features.tickets.words import GROUP_NAMES
from hotline.platform import audit
from hotline.platform.access import ReadSession, ThePlatform, WriteWork, require
from hotline.platform.actor import Actor
from hotline.platform.errors import Invalid
from hotline.platform.pdf import PDF_TYPE, sheet_pdf
from hotline.platform.permissions import Permission
from hotline.platform.tabular import CSV_TYPE, XLSX_TYPE, to_csv, to_xlsx
from hotline.platform.times import moment

router = APIRouter(tags=["tickets"])

CanReport = Annotated[Actor, Depends(require(Permission.REPORTS_VIEW))]
Start = Annotated[datetime, Query(alias="from")]
End = Annotated[datetime, Query(alias="to")]
_YEARS_MOST = timedelta(days=366 * 3)
_MADE = {"csv": (to_csv, CSV_TYPE), "xlsx": (to_xlsx, XLSX_TYPE), "pdf": (sheet_pdf, PDF_TYPE)}


@router.get("/ticket-reports/{key}", responses={200: {"model": TicketReport}}, response_model=TicketReport)
async def get_ticket_report(
    key: Literal["tickets", "complaints"],
    actor: CanReport,
    platform: ThePlatform,
    session: ReadSession,
    work: WriteWork,
    start: Start,
    end: End,
    group_by: TicketReportGroup = TicketReportGroup.DAY,
    format: Literal["json", "csv", "xlsx", "pdf"] = "json",  # noqa: A002 - the name in the address
) -> TicketReport | Response:
    """Report 16 (tickets) or 17 (complaints) over the tickets made in a period, in the actor's sight; a file is entered in the audit trail."""
    calls = CallsIn(platform, actor)
    made = await report(session, actor, key, _period(start, end), group_by, platform.clock(), calls)
    if format == "json":
        return made
    write, media_type = _MADE[format]
    sheet = report_sheet(made, GROUP_NAMES[group_by], f"{actor.name}（{actor.username}）")
    content = await asyncio.to_thread(write, sheet)
    target = audit.Target(kind="report", id=key, name=REPORTS[key][1], authority_id=actor.authority_id)
    audit.record(work, actor, "reports.export", target, after={"format": format, "group_by": str(group_by)})
    headers = {"Content-Disposition": f'attachment; filename="{key}.{format}"'}
    return Response(content, media_type=media_type, headers=headers)


@router.get("/ticket-reports/fields/{type_id}")
async def get_ticket_field_sums(
    type_id: str, actor: CanReport, session: ReadSession, start: Start, end: End
) -> FieldSums:
    """Sums of a type's fields that are to be summed (numbers handed in, fees …)."""
    row = await TypeRepository(session, actor).require(type_id)
    sums = await field_sums(session, actor, row, *_period(start, end))
    return FieldSums(type_id=row.id, type_name=row.name, items=sums)


@router.get("/ticket-reports/complaints/measures")
async def get_measure_trends(
    actor: CanReport,
    session: ReadSession,
    platform: ThePlatform,
    start: Start,
    end: End,
    days: Annotated[int, Query(ge=1, le=366)] = 30,
) -> MeasureTrends:
    """Complaints about a unit or person before and after measures entered in the period (整改前后)."""
    return await measure_trends(session, actor, *_period(start, end), days, platform.clock())


def _period(start: datetime, end: datetime) -> tuple[datetime, datetime]:
    first, last = moment(start), moment(end)
    assert first is not None
    assert last is not None
    if last <= first or last - first > _YEARS_MOST:
        raise Invalid("to", "结束时间应晚于开始时间，且最长三年")
    return first, last
