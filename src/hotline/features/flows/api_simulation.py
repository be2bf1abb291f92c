"""The route of the test bench of flows (流程调试)."""

import json
from typing import Annotated

from fastapi import APIRouter, Depends

from hotline.features.flows.repository import FlowRepository
from hotline.features.flows.schemas_simulation import BenchScript, BenchWalk
from hotline.features.flows.service import read_version, to_text
from hotline.features.flows.simulating import local_to_utc, simulate, simulate_with_queries
from hotline.platform.access import ReadSession, ThePlatform, provided, require
from hotline.platform.actor import Actor
from hotline.platform.errors import NotPermitted
from hotline.platform.permissions import Permission
from hotline.ports.call_control import CallControl
from hotline.ports.inquiries import Services

router = APIRouter(tags=["flows"])

CanViewFlows = Annotated[Actor, Depends(require(Permission.FLOWS_VIEW))]
Control = Annotated[CallControl, Depends(provided(CallControl))]


@router.post("/flows/{flow_id}/simulate")
async def simulate_flow(
    flow_id: str,
    wanted: BenchScript,
    actor: CanViewFlows,
    session: ReadSession,
    platform: ThePlatform,
    control: Control,
) -> BenchWalk:
    """Walk a caller through a draft, a document or a version on a virtual clock, as far as the inputs go.

    The same inputs give the same steps: leave the last ones out to step back.
    """
    if wanted.real_queries and not actor.may(Permission.FLOWS_MANAGE):
        raise NotPermitted(permissions=[str(Permission.FLOWS_MANAGE)])
    flows = FlowRepository(session, actor)
    row = await flows.require(flow_id)
    if wanted.document is not None:
        text = to_text(wanted.document)
    elif wanted.version is not None:
        text = json.dumps((await read_version(flows, row, wanted.version)).document, ensure_ascii=False)
    else:
        text = row.draft
    site = control.site()
    at = local_to_utc(wanted.at, platform.clock(), site.offset_min)
    services = platform.services.get(Services)
    if wanted.real_queries and services is not None:
        return await simulate_with_queries(services, site, row.id, text, wanted, at)
    return simulate(site, row.id, text, wanted, at)
