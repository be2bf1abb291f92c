"""Routes of global parameters of flows (全局参数)."""

from typing import Annotated

from fastapi import APIRouter, Depends

from hotline.features.flows.models import Parameter
from hotline.features.flows.parameters import ParameterService, read_parameter
from hotline.features.flows.parameters_repository import ParameterRepository, uses_of_parameter
from hotline.features.flows.schemas_parameters import (
    ParameterChange,
    ParameterHistory,
    ParameterPage,
    ParameterRead,
    ParameterUses,
    ParameterWrite,
    UsedBy,
)
from hotline.platform.access import ReadSession, ThePlatform, WriteWork, require
from hotline.platform.actor import Actor
from hotline.platform.permissions import Permission

router = APIRouter(tags=["flows"])

CanViewFlows = Annotated[Actor, Depends(require(Permission.FLOWS_VIEW))]
CanManageFlows = Annotated[Actor, Depends(require(Permission.FLOWS_MANAGE))]


@router.get("/parameters")
async def list_parameters(actor: CanViewFlows, session: ReadSession) -> ParameterPage:
    """All global parameters in sight, by key."""
    rows = await ParameterRepository(session, actor).all(order_by=[Parameter.key, Parameter.authority_id])
    return ParameterPage(items=[read_parameter(row) for row in rows], total=len(rows))


@router.post("/parameters", status_code=201)
async def create_parameter(
    wanted: ParameterWrite, actor: CanManageFlows, platform: ThePlatform, work: WriteWork
) -> ParameterRead:
    """Enter a global parameter; flows may use it at once."""
    return await ParameterService(work, actor, platform).create(wanted)


@router.put("/parameters/{parameter_id}")
async def change_parameter(
    parameter_id: str, wanted: ParameterWrite, actor: CanManageFlows, platform: ThePlatform, work: WriteWork
) -> ParameterRead:
    """Set a parameter; calls that run use the new value from their next step on."""
    return await ParameterService(work, actor, platform).change(parameter_id, wanted)


@router.delete("/parameters/{parameter_id}", status_code=204)
async def remove_parameter(
    parameter_id: str, actor: CanManageFlows, platform: ThePlatform, work: WriteWork
) -> None:
    """Remove a parameter; refused while a flow uses it."""
    await ParameterService(work, actor, platform).remove(parameter_id)


@router.get("/parameters/{parameter_id}/uses")
async def list_parameter_uses(parameter_id: str, actor: CanViewFlows, session: ReadSession) -> ParameterUses:
    """The flows that use a parameter."""
    row = await ParameterRepository(session, actor).require(parameter_id)
    uses = await uses_of_parameter(session, row.key)
    return ParameterUses(items=[UsedBy(id=use.id, name=use.name) for use in uses], total=len(uses))


@router.get("/parameters/{parameter_id}/history")
async def list_parameter_changes(
    parameter_id: str, actor: CanViewFlows, session: ReadSession
) -> ParameterHistory:
    """Who changed a parameter when, newest first."""
    parameters = ParameterRepository(session, actor)
    entries = await parameters.changes(await parameters.require(parameter_id))
    return ParameterHistory(
        items=[
            ParameterChange(at=one.at, by=one.user_name, before=one.before, after=one.after)
            for one in entries
        ]
    )
