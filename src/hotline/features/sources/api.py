"""Routes of data sources (数据源) and named queries (命名查询)."""

import time
from typing import Annotated

from fastapi import APIRouter, Depends

from hotline.core.ids import AuthorityId, CallId, InquiryId
from hotline.core.inquiry_messages import Inquire
from hotline.features.sources.models import DataSource
from hotline.features.sources.repository import QueryRepository, SourceRepository
from hotline.features.sources.schemas import (
    QueryPage,
    QueryRead,
    QueryWrite,
    SourcePage,
    SourceRead,
    SourceTried,
    SourceTry,
    SourceWrite,
)
from hotline.features.sources.service import SourceService, read_query, read_source
from hotline.platform.access import ReadSession, ThePlatform, WriteWork, provided, require
from hotline.platform.actor import Actor
from hotline.platform.permissions import Permission
from hotline.ports.inquiries import Services

router = APIRouter(tags=["sources"])

CanViewSources = Annotated[Actor, Depends(require(Permission.SOURCES_VIEW, Permission.FLOWS_VIEW))]
CanManageSources = Annotated[Actor, Depends(require(Permission.SOURCES_MANAGE))]
TheServices = Annotated[Services, Depends(provided(Services))]
TRY_LIMIT_S = 20.0


@router.get("/sources")
async def list_sources(actor: CanViewSources, session: ReadSession) -> SourcePage:
    """All data sources in sight, by name; without secrets."""
    rows = await SourceRepository(session, actor).all(DataSource.active, order_by=[DataSource.name])
    return SourcePage(items=[read_source(row) for row in rows], total=len(rows))


@router.post("/sources", status_code=201)
async def create_source(
    wanted: SourceWrite, actor: CanManageSources, platform: ThePlatform, work: WriteWork
) -> SourceRead:
    """Declare a data source."""
    return await SourceService(work, actor, platform).create(wanted)


@router.put("/sources/{source_id}")
async def change_source(
    source_id: str, wanted: SourceWrite, actor: CanManageSources, platform: ThePlatform, work: WriteWork
) -> SourceRead:
    """Set a data source; secrets that are not given stay. The next question already goes by it."""
    return await SourceService(work, actor, platform).change(source_id, wanted)


@router.delete("/sources/{source_id}", status_code=204)
async def remove_source(
    source_id: str, actor: CanManageSources, platform: ThePlatform, work: WriteWork
) -> None:
    """Take a data source out of use; refused while a flow uses it."""
    await SourceService(work, actor, platform).remove(source_id)


@router.post("/sources/{source_id}/try")
async def try_source(
    source_id: str, wanted: SourceTry, actor: CanManageSources, session: ReadSession, services: TheServices
) -> SourceTried:
    """Ask a source of HTTP once, as a flow would."""
    row = await SourceRepository(session, actor).require(source_id)
    return await _tried(services, "http", row.id, {"path": wanted.path, "timeout_s": 10.0}, row.authority_id)


@router.get("/source-queries")
async def list_source_queries(actor: CanViewSources, session: ReadSession) -> QueryPage:
    """All named queries in sight, by name."""
    rows = await QueryRepository(session, actor).with_names()
    return QueryPage(items=[read_query(row, name) for row, name in rows], total=len(rows))


@router.post("/sources/{source_id}/queries", status_code=201)
async def create_source_query(
    source_id: str, wanted: QueryWrite, actor: CanManageSources, platform: ThePlatform, work: WriteWork
) -> QueryRead:
    """Declare a named query of a database."""
    return await SourceService(work, actor, platform).create_query(source_id, wanted)


@router.put("/source-queries/{query_id}")
async def change_source_query(
    query_id: str, wanted: QueryWrite, actor: CanManageSources, platform: ThePlatform, work: WriteWork
) -> QueryRead:
    """Set a named query."""
    return await SourceService(work, actor, platform).change_query(query_id, wanted)


@router.delete("/source-queries/{query_id}", status_code=204)
async def remove_source_query(
    query_id: str, actor: CanManageSources, platform: ThePlatform, work: WriteWork
) -> None:
    """Take a named query out of use; refused while a flow uses it."""
    await SourceService(work, actor, platform).remove_query(query_id)


@router.post("/source-queries/{query_id}/try")
async def try_source_query(
    query_id: str, wanted: SourceTry, actor: CanManageSources, session: ReadSession, services: TheServices
) -> SourceTried:
    """Run a named query once, as a flow would."""
    row = await QueryRepository(session, actor).require(query_id)
    arguments = {"parameters": wanted.parameters, "timeout_s": row.timeout_s}
    return await _tried(services, "database", row.id, arguments, row.authority_id)


async def _tried(
    services: Services, service: str, name: str, arguments: dict[str, object], authority_id: str
) -> SourceTried:
    inquiry = Inquire(
        inquiry_id=InquiryId("trial"),
        call_id=CallId(""),
        authority_id=AuthorityId(authority_id),
        service=service,
        name=name,
        arguments=arguments,
        timeout_s=TRY_LIMIT_S,
    )
    began = time.monotonic()
    answer = await services[service].ask(inquiry)
    return SourceTried(
        outcome=answer.outcome.value,
        seconds=round(time.monotonic() - began, 3),
        values=answer.values,
        what=answer.what,
    )
