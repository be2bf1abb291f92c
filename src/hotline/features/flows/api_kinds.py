"""Routes that tell the designer of node kinds and expressions. Before those of flows, whose ids they would look like."""

from typing import Annotated

from fastapi import APIRouter, Depends

from hotline.features.flows.describing import checked_expression, expression_help, node_kinds
from hotline.features.flows.parameters_repository import parameter_kinds
from hotline.features.flows.schemas_kinds import (
    ExpressionCheck,
    ExpressionChecked,
    ExpressionHelp,
    NodeKinds,
)
from hotline.features.flows.schemas_versions import TemplateDocument, Templates
from hotline.features.flows.templates import template, templates
from hotline.platform.access import ReadSession, require
from hotline.platform.actor import Actor
from hotline.platform.errors import NotFound
from hotline.platform.permissions import Permission

router = APIRouter(tags=["flows"])

CanViewFlows = Annotated[Actor, Depends(require(Permission.FLOWS_VIEW))]


@router.get("/flow-node-types")
async def list_node_types(_: CanViewFlows) -> NodeKinds:
    """Every node kind with the schema of its form, built in and plug-ins."""
    return node_kinds()


@router.get("/flow-expressions")
async def get_expression_help(actor: CanViewFlows, session: ReadSession) -> ExpressionHelp:
    """What may stand in an expression, for completion and help."""
    return expression_help(await parameter_kinds(session, actor))


@router.post("/flow-expressions/check")
async def check_expression(
    wanted: ExpressionCheck, actor: CanViewFlows, session: ReadSession
) -> ExpressionChecked:
    """Check one expression while it is written."""
    return checked_expression(wanted, await parameter_kinds(session, actor))


@router.get("/flow-templates")
async def list_flow_templates(_: CanViewFlows) -> Templates:
    """The flows that come with the product."""
    found = templates()
    return Templates(items=found, total=len(found))


@router.get("/flow-templates/{key}")
async def get_flow_template(key: str, _: CanViewFlows) -> TemplateDocument:
    """One of them with its document; make a flow of it with `POST /flows`."""
    found = template(key)
    if found is None:
        raise NotFound(id=key)
    return found
