"""Routes of a flow's versions (difference, export) and of flows from files."""

import json
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Response

from hotline.core.flow_upgrade import upgraded
from hotline.features.flows.difference import difference
from hotline.features.flows.models import Flow
from hotline.features.flows.repository import FlowRepository
from hotline.features.flows.schemas import FlowRead
from hotline.features.flows.schemas_versions import FlowDifference, FlowImport
from hotline.features.flows.service import FlowService, read_version
from hotline.platform.access import ReadSession, ThePlatform, WriteWork, require
from hotline.platform.actor import Actor
from hotline.platform.errors import Invalid
from hotline.platform.permissions import Permission

router = APIRouter(tags=["flows"])

CanViewFlows = Annotated[Actor, Depends(require(Permission.FLOWS_VIEW))]
CanManageFlows = Annotated[Actor, Depends(require(Permission.FLOWS_MANAGE))]
Side = Annotated[str, Query(pattern=r"^(draft|[0-9]{1,6})$", description="draft 或版本号")]


@router.get("/flows/{flow_id}/diff")
async def compare_flow_versions(
    flow_id: str,
    actor: CanViewFlows,
    session: ReadSession,
    before: Annotated[Side, Query(alias="from")],
    after: Annotated[Side, Query(alias="to")] = "draft",
) -> FlowDifference:
    """What is different between two versions, or a version and the draft."""
    flows = FlowRepository(session, actor)
    row = await flows.require(flow_id)
    return difference(await _side(flows, row, before), await _side(flows, row, after))


@router.get("/flows/{flow_id}/export", response_class=Response)
async def export_flow(
    flow_id: str, actor: CanViewFlows, session: ReadSession, version: Side = "draft"
) -> Response:
    """A version, or the draft, as a file that can be imported here or elsewhere."""
    flows = FlowRepository(session, actor)
    row = await flows.require(flow_id)
    document = await _side(flows, row, version)
    name = f"{row.name}-{'草稿' if version == 'draft' else version}.json"
    return Response(
        json.dumps(document, ensure_ascii=False, indent=2),
        media_type="application/json",
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"},
    )


@router.post("/flows/import", status_code=201)
async def import_flow(
    wanted: FlowImport, actor: CanManageFlows, platform: ThePlatform, work: WriteWork
) -> FlowRead:
    """Make a flow of a file's text; a file that is no flow is refused with line and column.

    What the site lacks (prompts, queues) is found by the check of the draft.
    """
    return await FlowService(work, actor, platform).import_text(wanted)


async def _side(flows: FlowRepository, row: Flow, which: str) -> dict[str, Any]:
    if which == "draft":
        return upgraded(json.loads(row.draft))
    if not which.isdigit():
        raise Invalid("version", "没有这个版本")
    return (await read_version(flows, row, int(which))).document
