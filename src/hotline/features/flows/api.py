"""Routes of flows (语音流程)."""

import json
from typing import Annotated

from fastapi import APIRouter, Depends

from hotline.features.flows.models import Flow
from hotline.features.flows.repository import FlowRepository
from hotline.features.flows.schemas import (
    FlowCheck,
    FlowCreate,
    FlowDraft,
    FlowPage,
    FlowPublish,
    FlowRead,
    FlowVersionDocument,
)
from hotline.features.flows.service import FlowService, check_flow, read_flow, read_version, summary
from hotline.platform.access import ReadSession, ThePlatform, WriteWork, require
from hotline.platform.actor import Actor
from hotline.platform.permissions import Permission

router = APIRouter(tags=["flows"])

CanViewFlows = Annotated[Actor, Depends(require(Permission.FLOWS_VIEW))]
CanManageFlows = Annotated[Actor, Depends(require(Permission.FLOWS_MANAGE))]


@router.get("/flows")
async def list_flows(actor: CanViewFlows, session: ReadSession) -> FlowPage:
    """All flows in sight, by name."""
    flows = FlowRepository(session, actor)
    published = await flows.published()
    rows = await flows.all(Flow.active, order_by=[Flow.name])
    return FlowPage(items=[summary(row, published.get(row.id)) for row in rows], total=len(rows))


@router.post("/flows", status_code=201)
async def create_flow(
    wanted: FlowCreate, actor: CanManageFlows, platform: ThePlatform, work: WriteWork
) -> FlowRead:
    """Make a flow with its first draft."""
    return await FlowService(work, actor, platform).create(wanted)


@router.get("/flows/{flow_id}")
async def get_flow(flow_id: str, actor: CanViewFlows, session: ReadSession) -> FlowRead:
    """A flow with its draft, what is published, and its versions."""
    flows = FlowRepository(session, actor)
    return await read_flow(flows, await flows.require(flow_id))


@router.get("/flows/{flow_id}/versions/{version}")
async def get_flow_version(
    flow_id: str, version: int, actor: CanViewFlows, session: ReadSession
) -> FlowVersionDocument:
    """A published version with its document."""
    flows = FlowRepository(session, actor)
    return await read_version(flows, await flows.require(flow_id), version)


@router.put("/flows/{flow_id}/draft")
async def save_flow_draft(
    flow_id: str, wanted: FlowDraft, actor: CanManageFlows, platform: ThePlatform, work: WriteWork
) -> FlowRead:
    """Set the draft; calls go on with the published version."""
    return await FlowService(work, actor, platform).save_draft(flow_id, wanted)


@router.post("/flows/{flow_id}/publish")
async def publish_flow(
    flow_id: str, wanted: FlowPublish, actor: CanManageFlows, platform: ThePlatform, work: WriteWork
) -> FlowRead:
    """Publish the draft, or an earlier version again; refused when the check finds errors."""
    return await FlowService(work, actor, platform).publish(flow_id, wanted)


@router.post("/flows/{flow_id}/check")
async def check_flow_draft(
    flow_id: str,
    actor: CanViewFlows,
    session: ReadSession,
    platform: ThePlatform,
    wanted: FlowDraft | None = None,
) -> FlowCheck:
    """Check a document, or the stored draft when none is given; nothing is changed."""
    flows = FlowRepository(session, actor)
    row = await flows.require(flow_id)
    text = json.dumps(wanted.document, ensure_ascii=False) if wanted else row.draft
    return await check_flow(platform, flows, row.id, text)


@router.delete("/flows/{flow_id}", status_code=204)
async def deactivate_flow(
    flow_id: str, actor: CanManageFlows, platform: ThePlatform, work: WriteWork
) -> None:
    """Take a flow out of use; refused while a hotline or another flow leads to it."""
    await FlowService(work, actor, platform).deactivate(flow_id)
