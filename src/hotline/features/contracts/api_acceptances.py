"""Routes of acceptances (考核验收): drafts, submission with evidence, confirmation by the authority."""

import asyncio
from typing import Annotated, ClassVar
from urllib.parse import quote

from fastapi import APIRouter, Depends, Response
from fastapi.responses import FileResponse

from hotline.features.contracts.acceptances import (
    AcceptanceService,
    Standing,
    prepare,
    read_acceptance,
    standing,
)
from hotline.features.contracts.models import Acceptance
from hotline.features.contracts.printing import acceptance_pdf
from hotline.features.contracts.repository import AcceptanceRepository, ContractRepository
from hotline.features.contracts.schemas import (
    AcceptanceCreate,
    AcceptanceRead,
    Decision,
    DeclaredFields,
)
from hotline.platform import audit
from hotline.platform.access import Platform, ReadSession, ThePlatform, WriteWork, provided, require
from hotline.platform.actor import Actor
from hotline.platform.errors import HotlineError, NotFound
from hotline.platform.i18n import Text
from hotline.platform.pdf import PDF_TYPE
from hotline.platform.permissions import Permission
from hotline.ports.fact_rows import FactRows
from hotline.ports.statistics import Statistics, StatisticsUnavailable

router = APIRouter(prefix="/acceptances", tags=["contracts"])

CanView = Annotated[Actor, Depends(require(Permission.CONTRACTS_VIEW))]
CanManage = Annotated[Actor, Depends(require(Permission.CONTRACTS_MANAGE))]
CanConfirm = Annotated[Actor, Depends(require(Permission.CONTRACTS_CONFIRM))]
TheStatistics = Annotated[Statistics, Depends(provided(Statistics))]


class FiguresAway(HotlineError):
    """The statistics process does not answer just now."""

    code, status = "statistics_unavailable", 503
    text: ClassVar[Text] = Text(
        "统计服务正在启动或重建，请稍后再试", "Statistics are starting; please try again"
    )


async def _standing(session: ReadSession, actor: Actor, statistics: Statistics, row: Acceptance) -> Standing:
    try:
        return await standing(session, actor, statistics, row)
    except StatisticsUnavailable as away:
        raise FiguresAway from away


async def _read(
    session: ReadSession, actor: Actor, statistics: Statistics, row: Acceptance, platform: Platform
) -> AcceptanceRead:
    contract = await ContractRepository(session, actor).require(row.contract_id)
    return read_acceptance(row, contract, await _standing(session, actor, statistics, row), platform.clock())


@router.post("/of/{contract_id}", status_code=201)
async def begin_acceptance(
    contract_id: str, wanted: AcceptanceCreate, actor: CanManage, platform: ThePlatform, work: WriteWork
) -> dict[str, str]:
    """Begin the acceptance of a period; answers its id."""
    row = await AcceptanceService(work, actor, platform).begin(contract_id, wanted.first)
    return {"id": row.id}


@router.get("/{acceptance_id}")
async def get_acceptance(
    acceptance_id: str, actor: CanView, session: ReadSession, statistics: TheStatistics, platform: ThePlatform
) -> AcceptanceRead:
    """An acceptance: live while a draft, as it was submitted afterwards."""
    row = await AcceptanceRepository(session, actor).require(acceptance_id)
    return await _read(session, actor, statistics, row, platform)


@router.put("/{acceptance_id}/declared", status_code=204)
async def declare_figures(
    acceptance_id: str, wanted: DeclaredFields, actor: CanManage, platform: ThePlatform, work: WriteWork
) -> None:
    """Set the declared figures of a draft."""
    await AcceptanceService(work, actor, platform).declare(acceptance_id, wanted)


@router.post("/{acceptance_id}/submit", status_code=204)
async def submit_acceptance(
    acceptance_id: str,
    actor: CanManage,
    session: ReadSession,
    statistics: TheStatistics,
    platform: ThePlatform,
) -> None:
    """Freeze the figures, make the evidence and hand both to the authority."""
    row = await AcceptanceRepository(session, actor).require(acceptance_id)
    stands = await _standing(session, actor, statistics, row)
    rows: FactRows | None = platform.services.get(FactRows)
    if rows is None:  # a statistics store that gives out no rows
        raise FiguresAway
    try:
        package = await prepare(rows, platform, row, stands)
    except StatisticsUnavailable as away:
        raise FiguresAway from away
    async with platform.database.writing() as work:
        await AcceptanceService(work, actor, platform).submit(acceptance_id, stands, package)


@router.post("/{acceptance_id}/confirm", status_code=204)
async def confirm_acceptance(
    acceptance_id: str, wanted: Decision, actor: CanConfirm, platform: ThePlatform, work: WriteWork
) -> None:
    """Confirm what was submitted: from now on nothing of it changes."""
    await AcceptanceService(work, actor, platform).decide(acceptance_id, wanted.note, confirm=True)


@router.post("/{acceptance_id}/return", status_code=204)
async def return_acceptance(
    acceptance_id: str, wanted: Decision, actor: CanConfirm, platform: ThePlatform, work: WriteWork
) -> None:
    """Return what was submitted for correction."""
    await AcceptanceService(work, actor, platform).decide(acceptance_id, wanted.note, confirm=False)


@router.delete("/{acceptance_id}", status_code=204)
async def remove_acceptance(
    acceptance_id: str, actor: CanManage, platform: ThePlatform, work: WriteWork
) -> None:
    """Remove a draft."""
    await AcceptanceService(work, actor, platform).remove(acceptance_id)


@router.get("/{acceptance_id}/report.pdf", response_class=Response)
async def print_acceptance(
    acceptance_id: str, actor: CanView, session: ReadSession, statistics: TheStatistics, platform: ThePlatform
) -> Response:
    """The acceptance report as PDF, to print and sign."""
    row = await AcceptanceRepository(session, actor).require(acceptance_id)
    read = await _read(session, actor, statistics, row, platform)
    maker = f"{actor.name}（{actor.username}）"
    content = await asyncio.to_thread(acceptance_pdf, read, platform.clock(), maker)
    name = quote(f"{read.contract_name}-{read.label}-考核验收报告.pdf")
    return Response(
        content,
        media_type=PDF_TYPE,
        headers={"Content-Disposition": f"attachment; filename=acceptance.pdf; filename*=UTF-8''{name}"},
    )


@router.get("/{acceptance_id}/evidence", response_class=FileResponse)
async def get_evidence(
    acceptance_id: str, actor: CanView, platform: ThePlatform, work: WriteWork
) -> FileResponse:
    """The evidence package of a submitted acceptance. Audited."""
    row = await AcceptanceRepository(work.session, actor).require(acceptance_id)
    file = platform.settings.data.absolute() / row.package_path
    if not row.package_path or not await asyncio.to_thread(file.is_file):
        raise NotFound(id=acceptance_id)
    target = audit.Target(kind="acceptance", id=row.id, name=row.label, authority_id=row.authority_id)
    audit.record(work, actor, "acceptances.download", target, after={"package_sha256": row.package_sha256})
    return FileResponse(file, media_type="application/zip", filename=f"考核证据包-{row.label}.zip")
