"""Routes of customers (客户): list, file, timeline, screen pop, duplicates and merges, own fields, export."""

import asyncio
from datetime import datetime
from typing import Annotated, Literal, cast

from fastapi import APIRouter, Depends, Query, Response

from hotline.features.customers import merging
from hotline.features.customers.export import customer_sheet
from hotline.features.customers.pop import screen_pop, timeline_page
from hotline.features.customers.reading import CustomerReader
from hotline.features.customers.repository import CustomerFilter
from hotline.features.customers.schemas import (
    CustomerClass,
    CustomerCreate,
    CustomerFormRead,
    CustomerFormReplace,
    CustomerKind,
    CustomerPage,
    CustomerRead,
    CustomerUpdate,
    DuplicateList,
    MergeList,
    MergeWanted,
    NoteCreate,
    ScreenPop,
    TagCount,
    TagList,
    TimelinePage,
)
from hotline.features.customers.service import CustomerService, form_of
from hotline.platform import audit
from hotline.platform.access import Platform, ReadSession, ThePlatform, WriteWork, require
from hotline.platform.actor import Actor, make_cursor
from hotline.platform.exports import DIRECT_MOST, ExportTooLong
from hotline.platform.permissions import Permission
from hotline.platform.schemas import Limit
from hotline.platform.sealing import Sealer
from hotline.platform.tabular import CSV_TYPE, XLSX_TYPE, to_csv, to_xlsx
from hotline.platform.times import moment

router = APIRouter(tags=["customers"])

CanView = Annotated[Actor, Depends(require(Permission.CUSTOMERS_VIEW))]
CanManage = Annotated[Actor, Depends(require(Permission.CUSTOMERS_MANAGE))]
CanMerge = Annotated[Actor, Depends(require(Permission.CUSTOMERS_MERGE))]
CanDesign = Annotated[Actor, Depends(require(Permission.CUSTOMERS_DESIGN))]
CanExport = Annotated[Actor, Depends(require(Permission.CUSTOMERS_EXPORT))]


def _sealer(platform: ThePlatform) -> Sealer:
    return sealer(platform)


def sealer(platform: Platform) -> Sealer:
    """The installation's sealer (see `wiring`)."""
    return cast("Sealer", platform.services[Sealer])


TheSealer = Annotated[Sealer, Depends(_sealer)]


def customer_filter(
    sealed: TheSealer,
    search: Annotated[str, Query(max_length=64)] = "",
    kind: CustomerKind | None = None,
    customer_class: CustomerClass | None = None,
    tag: Annotated[str | None, Query(max_length=32)] = None,
    organisation_id: str | None = None,
    assistant_id: str | None = None,
) -> CustomerFilter:
    """Read the filters from the query string."""
    words = search.strip()
    return CustomerFilter(
        search=words, id_digest=sealed.digest(words.upper()), kind=kind, customer_class=customer_class, tag=tag,
        organisation_id=organisation_id, assistant_id=assistant_id,
    )  # fmt: skip


Wanted = Annotated[CustomerFilter, Depends(customer_filter)]


@router.get("/customers")
async def list_customers(
    actor: CanView,
    session: ReadSession,
    sealed: TheSealer,
    wanted: Wanted,
    cursor: str | None = None,
    limit: Limit = 50,
) -> CustomerPage:
    """Customers in sight, changed last first."""
    reader = CustomerReader(session, actor, sealed)
    found = await reader.customers.page(wanted, cursor, limit + 1)
    shown = found[:limit]
    last = shown[-1] if shown else None
    more = len(found) > limit
    return CustomerPage(
        items=await reader.read(shown),
        next_cursor=make_cursor(last.updated_at.isoformat(), last.id) if more and last else None,
        total=await reader.customers.total(wanted) if cursor is None else None,
    )


@router.post("/customers", status_code=201)
async def create_customer(
    wanted: CustomerCreate, actor: CanManage, platform: ThePlatform, work: WriteWork, sealed: TheSealer
) -> CustomerRead:
    """Make a customer."""
    service = CustomerService(work, actor, platform, sealed)
    return await service.read(await service.create(wanted))


@router.get("/customers/{customer_id}")
async def get_customer(
    customer_id: str, actor: CanView, session: ReadSession, sealed: TheSealer
) -> CustomerRead:
    """One customer; for one that was merged away, the one it went into."""
    reader = CustomerReader(session, actor, sealed)
    row = await reader.customers.resolved(customer_id)
    return await reader.one(row or await reader.customers.require(customer_id))


@router.patch("/customers/{customer_id}")
async def update_customer(
    customer_id: str,
    wanted: CustomerUpdate,
    actor: CanManage,
    platform: ThePlatform,
    work: WriteWork,
    sealed: TheSealer,
) -> CustomerRead:
    """Change a customer; only given fields change."""
    service = CustomerService(work, actor, platform, sealed)
    return await service.read(await service.update(customer_id, wanted))


@router.delete("/customers/{customer_id}", status_code=204)
async def deactivate_customer(
    customer_id: str, actor: CanMerge, platform: ThePlatform, work: WriteWork, sealed: TheSealer
) -> None:
    """Take a customer out of use."""
    await CustomerService(work, actor, platform, sealed).deactivate(customer_id)


@router.get("/customers/{customer_id}/timeline")
async def get_customer_timeline(
    customer_id: str,
    actor: CanView,
    session: ReadSession,
    platform: ThePlatform,
    before: datetime | None = None,
    limit: Limit = 50,
) -> TimelinePage:
    """Every contact in every channel, newest first; `before` continues."""
    return await timeline_page(platform, session, actor, customer_id, moment(before), limit)


@router.post("/customers/{customer_id}/notes", status_code=204)
async def add_customer_note(
    customer_id: str,
    wanted: NoteCreate,
    actor: CanManage,
    platform: ThePlatform,
    work: WriteWork,
    sealed: TheSealer,
) -> None:
    """Write an entry on the timeline: a note, a visit, feedback, a letter."""
    await CustomerService(work, actor, platform, sealed).note(customer_id, wanted)


@router.get("/screen-pop")
async def get_screen_pop(
    actor: CanView,
    session: ReadSession,
    platform: ThePlatform,
    sealed: TheSealer,
    number: Annotated[str, Query(max_length=32, pattern=r"^[0-9+*#]*$")] = "",
) -> ScreenPop:
    """Who calls from a number, as far as the files know ("" for a withheld one)."""
    return await screen_pop(platform, session, actor, sealed, number)


@router.get("/customer-tags")
async def list_customer_tags(actor: CanView, session: ReadSession, sealed: TheSealer) -> TagList:
    """Tags in use, the commonest first."""
    counts = await CustomerReader(session, actor, sealed).customers.tag_counts()
    return TagList(items=[TagCount(tag=tag, count=count) for tag, count in counts])


@router.get("/customer-fields")
async def get_customer_fields(actor: CanView, session: ReadSession) -> CustomerFormRead:
    """The own fields of the customer files of the actor's organisation."""
    return await form_of(session, actor, actor.authority_id)


@router.put("/customer-fields")
async def replace_customer_fields(
    wanted: CustomerFormReplace, actor: CanDesign, platform: ThePlatform, work: WriteWork, sealed: TheSealer
) -> CustomerFormRead:
    """Set the own fields of the customer files."""
    return await CustomerService(work, actor, platform, sealed).replace_form(wanted)


@router.get("/customer-duplicates")
async def list_customer_duplicates(actor: CanMerge, session: ReadSession, sealed: TheSealer) -> DuplicateList:
    """Customers who are probably one."""
    return await merging.duplicates(session, actor, sealed)


@router.post("/customers/{customer_id}/merge")
async def merge_customer(
    customer_id: str,
    wanted: MergeWanted,
    actor: CanMerge,
    platform: ThePlatform,
    work: WriteWork,
    sealed: TheSealer,
) -> CustomerRead:
    """Merge another customer into this one. It can be undone."""
    row = await merging.MergeService(work, actor, platform, sealed).merge(customer_id, wanted)
    return await CustomerService(work, actor, platform, sealed).read(row)


@router.get("/customers/{customer_id}/merges")
async def list_customer_merges(
    customer_id: str, actor: CanMerge, platform: ThePlatform, work: WriteWork, sealed: TheSealer
) -> MergeList:
    """Merges into this customer, newest first."""
    return await merging.MergeService(work, actor, platform, sealed).merges_of(customer_id)


@router.post("/customer-merges/{merge_id}/undo")
async def undo_customer_merge(
    merge_id: str, actor: CanMerge, platform: ThePlatform, work: WriteWork, sealed: TheSealer
) -> CustomerRead:
    """Take a merge back."""
    row = await merging.MergeService(work, actor, platform, sealed).undo(merge_id)
    return await CustomerService(work, actor, platform, sealed).read(row)


@router.get("/customer-export", response_class=Response)
async def export_customers(
    actor: CanExport,
    work: WriteWork,
    sealed: TheSealer,
    wanted: Wanted,
    reason: Annotated[str, Query(min_length=2, max_length=200, description="why the list leaves the system")],
    format: Literal["csv", "xlsx"] = "xlsx",  # noqa: A002 - the name in the address
) -> Response:
    """The filtered customers as a file that can be imported again (20,000 at most, more as a job); the reason is kept in the audit trail."""
    reader = CustomerReader(work.session, actor, sealed)
    form = await form_of(work.session, actor, actor.authority_id)
    rows = await reader.customers.page(wanted, None, DIRECT_MOST + 1)
    if len(rows) > DIRECT_MOST:
        raise ExportTooLong(count=await reader.customers.exact_total(wanted), most=DIRECT_MOST)
    read = [one for at in range(0, len(rows), 500) for one in await reader.read(rows[at : at + 500])]
    sheet = customer_sheet(read, form.fields)
    content = await asyncio.to_thread(to_csv if format == "csv" else to_xlsx, sheet)
    target = audit.Target(kind="customers", id="", authority_id=actor.authority_id)
    audit.record(
        work,
        actor,
        "customers.export",
        target,
        after={"count": len(read), "format": format, "reason": reason},
    )
    return Response(
        content,
        media_type=CSV_TYPE if format == "csv" else XLSX_TYPE,
        headers={"Content-Disposition": f'attachment; filename="customers.{format}"'},
    )
