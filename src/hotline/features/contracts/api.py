"""Routes of contracts (合同) and of the periods that do not count for them."""

from typing import Annotated

from fastapi import APIRouter, Depends

from hotline.features.contracts.models import Contract
from hotline.features.contracts.repository import (
    AcceptanceRepository,
    ContractRepository,
    ExclusionRepository,
)
from hotline.features.contracts.schemas import (
    ContractCreate,
    ContractFields,
    ContractPage,
    ContractRead,
    ExclusionFields,
    ExclusionRead,
    UsableFigure,
)
from hotline.features.contracts.service import ContractService, read_contract, usable_figures
from hotline.platform.access import ReadSession, ThePlatform, WriteWork, provided, require
from hotline.platform.actor import Actor
from hotline.platform.permissions import Permission
from hotline.ports.call_control import CallControl

router = APIRouter(prefix="/contracts", tags=["contracts"])

CanView = Annotated[Actor, Depends(require(Permission.CONTRACTS_VIEW))]
CanManage = Annotated[Actor, Depends(require(Permission.CONTRACTS_MANAGE))]
Control = Annotated[CallControl, Depends(provided(CallControl))]


@router.get("")
async def list_contracts(actor: CanView, session: ReadSession, control: Control) -> ContractPage:
    """All contracts in sight with their periods, those that run first."""
    rows = await ContractRepository(session, actor).all(
        order_by=[Contract.active.desc(), Contract.name, Contract.id]
    )
    acceptances = await AcceptanceRepository(session, actor).of([row.id for row in rows])
    site = control.site()
    return ContractPage(items=[read_contract(row, acceptances, site) for row in rows], total=len(rows))


@router.get("/figures")
async def list_contract_figures(_actor: CanView) -> list[UsableFigure]:
    """The figures of the dictionary that a contract can use."""
    return usable_figures()


@router.post("", status_code=201)
async def create_contract(
    wanted: ContractCreate, actor: CanManage, platform: ThePlatform, work: WriteWork, control: Control
) -> ContractRead:
    """Make a contract."""
    row = await ContractService(work, actor, platform).create(wanted)
    return read_contract(row, [], control.site())


@router.get("/{contract_id}")
async def get_contract(
    contract_id: str, actor: CanView, session: ReadSession, control: Control
) -> ContractRead:
    """One contract."""
    row = await ContractRepository(session, actor).require(contract_id)
    return read_contract(row, await AcceptanceRepository(session, actor).of([row.id]), control.site())


@router.put("/{contract_id}")
async def replace_contract(
    contract_id: str,
    wanted: ContractFields,
    actor: CanManage,
    platform: ThePlatform,
    work: WriteWork,
    control: Control,
) -> ContractRead:
    """Set everything of a contract anew."""
    row = await ContractService(work, actor, platform).replace(contract_id, wanted)
    return read_contract(row, await AcceptanceRepository(work.session, actor).of([row.id]), control.site())


@router.delete("/{contract_id}", status_code=204)
async def remove_contract(contract_id: str, actor: CanManage, platform: ThePlatform, work: WriteWork) -> None:
    """Remove a contract nothing was submitted for."""
    await ContractService(work, actor, platform).remove(contract_id)


@router.get("/{contract_id}/exclusions")
async def list_contract_exclusions(
    contract_id: str, actor: CanView, session: ReadSession
) -> list[ExclusionRead]:
    """The periods that do not count, in order."""
    await ContractRepository(session, actor).require(contract_id)
    rows = await ExclusionRepository(session, actor).of(contract_id)
    return [ExclusionRead.model_validate(row) for row in rows]


@router.post("/{contract_id}/exclusions", status_code=201)
async def create_contract_exclusion(
    contract_id: str, wanted: ExclusionFields, actor: CanManage, platform: ThePlatform, work: WriteWork
) -> ExclusionRead:
    """Enter a period that does not count."""
    row = await ContractService(work, actor, platform).exclude(contract_id, wanted)
    return ExclusionRead.model_validate(row)


@router.delete("/{contract_id}/exclusions/{exclusion_id}", status_code=204)
async def remove_contract_exclusion(
    contract_id: str, exclusion_id: str, actor: CanManage, platform: ThePlatform, work: WriteWork
) -> None:
    """Take an excluded period back."""
    await ContractService(work, actor, platform).include(contract_id, exclusion_id)
