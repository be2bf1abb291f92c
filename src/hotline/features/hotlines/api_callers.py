"""Routes of known callers (重要来电) and of rules for calls out (防盗打)."""

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, File, Query, Response, UploadFile

from hotline.features.hotlines.caller_file import FILE_MAX, caller_sheet
from hotline.features.hotlines.callers import KnownCallerService, read_caller
from hotline.features.hotlines.models import KnownCallerRow, OutboundRuleRow
from hotline.features.hotlines.outbound import OutboundRuleService, read_rule, try_number
from hotline.features.hotlines.repository import KnownCallerRepository, OutboundRuleRepository
from hotline.features.hotlines.schemas_callers import (
    ImportResult,
    KnownCallers,
    KnownCallersReplace,
    OutboundRules,
    OutboundRulesReplace,
    OutboundTried,
    OutboundTry,
)
from hotline.platform import audit
from hotline.platform.access import ReadSession, ThePlatform, WriteWork, provided, require
from hotline.platform.actor import Actor
from hotline.platform.errors import Invalid
from hotline.platform.permissions import Permission
from hotline.platform.tabular import CSV_TYPE, XLSX_TYPE, to_csv, to_xlsx
from hotline.ports.call_control import CallControl

router = APIRouter(tags=["hotlines"])

CanViewHotlines = Annotated[Actor, Depends(require(Permission.HOTLINES_VIEW))]
CanManageHotlines = Annotated[Actor, Depends(require(Permission.HOTLINES_MANAGE))]
CanManageTrunks = Annotated[Actor, Depends(require(Permission.TRUNKS_MANAGE))]
Control = Annotated[CallControl, Depends(provided(CallControl))]


@router.get("/known-callers")
async def get_known_callers(actor: CanViewHotlines, session: ReadSession) -> KnownCallers:
    """All known callers in sight, by number."""
    rows = await KnownCallerRepository(session, actor).all(order_by=[KnownCallerRow.number])
    return KnownCallers(items=[read_caller(row) for row in rows])


@router.put("/known-callers")
async def replace_known_callers(
    wanted: KnownCallersReplace, actor: CanManageHotlines, platform: ThePlatform, work: WriteWork
) -> KnownCallers:
    """Set the whole list of known callers of one's own organisation."""
    return await KnownCallerService(work, actor, platform).replace(wanted.items)


@router.post("/known-callers/import")
async def import_known_callers(
    actor: CanManageHotlines,
    platform: ThePlatform,
    work: WriteWork,
    file: Annotated[UploadFile, File()],
    apply: Annotated[bool, Query(description="false: only say what would change")] = False,
    mode: Literal["merge", "replace"] = "merge",
) -> ImportResult:
    """Read an XLSX or CSV file with the columns 号码 类别 优先级 名称 备注: first to look, then to take it."""
    content = await file.read(FILE_MAX + 1)
    if len(content) > FILE_MAX:
        raise Invalid("file", "文件过大")
    return await KnownCallerService(work, actor, platform).take_file(
        content, apply=apply, replace=mode == "replace"
    )


@router.get("/known-callers/export", response_class=Response)
async def export_known_callers(
    actor: CanManageHotlines,
    work: WriteWork,
    format: Literal["csv", "xlsx"] = "xlsx",  # noqa: A002 - the name in the address
) -> Response:
    """The list of one's own organisation as a file that can be imported again."""
    own = KnownCallerRow.authority_id == actor.authority_id
    rows = await KnownCallerRepository(work.session, actor).all(own, order_by=[KnownCallerRow.number])
    sheet = caller_sheet(read_caller(row) for row in rows)
    content = await asyncio.to_thread(to_csv if format == "csv" else to_xlsx, sheet)
    target = audit.Target(kind="known_callers", id=actor.authority_id, authority_id=actor.authority_id)
    audit.record(work, actor, "known_callers.export", target, after={"count": len(rows), "format": format})
    return Response(
        content,
        media_type=CSV_TYPE if format == "csv" else XLSX_TYPE,
        headers={"Content-Disposition": f'attachment; filename="known-callers.{format}"'},
    )


@router.get("/outbound-rules")
async def get_outbound_rules(actor: CanManageTrunks, session: ReadSession) -> OutboundRules:
    """All rules for calls out, by prefix."""
    rows = await OutboundRuleRepository(session, actor).all(order_by=[OutboundRuleRow.prefix])
    return OutboundRules(items=[read_rule(row) for row in rows])


@router.put("/outbound-rules")
async def replace_outbound_rules(
    wanted: OutboundRulesReplace, actor: CanManageTrunks, platform: ThePlatform, work: WriteWork
) -> OutboundRules:
    """Set all rules for calls out; they hold for the next call."""
    return await OutboundRuleService(work, actor, platform).replace(wanted.items)


@router.post("/outbound-rules/try")
async def try_outbound_rules(
    wanted: OutboundTry,
    actor: CanManageTrunks,
    session: ReadSession,
    control: Control,
    platform: ThePlatform,
) -> OutboundTried:
    """Say what would happen if an agent dialled a number now; nothing is dialled."""
    rules = wanted.rules
    if rules is None:
        rules = [read_rule(row) for row in await OutboundRuleRepository(session, actor).all()]
    return try_number(control.site(), actor, wanted, rules, platform.clock())
