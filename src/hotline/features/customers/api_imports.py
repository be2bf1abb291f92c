"""Routes of imports of customers: upload, look, take, stop, the file of errors."""

import asyncio
from typing import Annotated, Literal, cast

from fastapi import APIRouter, Depends, File, Query, Response, UploadFile

from hotline.features.customers.importing import Imports, columns_of, wrong_rows
from hotline.features.customers.models import CustomerImport
from hotline.features.customers.schemas_imports import ImportList, ImportRead
from hotline.platform import audit
from hotline.platform.access import ReadSession, ThePlatform, WriteWork, require
from hotline.platform.actor import Actor, Repository
from hotline.platform.errors import Conflict, Invalid
from hotline.platform.i18n import Text
from hotline.platform.ids import new_id
from hotline.platform.permissions import Permission
from hotline.platform.tabular import CSV_TYPE, Sheet, to_csv
from hotline.platform.uploads import ATTACHMENT_MAX, clean_name

router = APIRouter(tags=["customers"])

CanImport = Annotated[Actor, Depends(require(Permission.CUSTOMERS_IMPORT))]
_KEPT = 20


class ImportNotReady(Conflict):
    """The import is not in a state for this."""

    code = "import_not_ready"
    text = Text("这次导入现在不能这样操作", "Not possible in the present state of the import")


class _ImportRows(Repository[CustomerImport]):
    model = CustomerImport


def _imports(platform: ThePlatform) -> Imports:
    return cast("Imports", platform.services[Imports])


TheImports = Annotated[Imports, Depends(_imports)]


def _read(row: CustomerImport) -> ImportRead:
    return ImportRead.model_validate(row)


@router.post("/customer-imports", status_code=201)
async def upload_customer_import(
    actor: CanImport,
    platform: ThePlatform,
    work: WriteWork,
    imports: TheImports,
    file: Annotated[UploadFile, File()],
    mode: Annotated[
        Literal["merge", "add"], Query(description="merge: complete known customers; add: leave them")
    ] = "merge",
) -> ImportRead:
    """Upload an XLSX or CSV file (20 MB, 100,000 rows); it is read in the background, nothing is taken yet."""
    content = await file.read(ATTACHMENT_MAX + 1)
    if not content or len(content) > ATTACHMENT_MAX:
        raise Invalid("file", "文件是空的，或超过 20 MB")
    row = CustomerImport(
        id=new_id(), authority_id=actor.authority_id, file_name=clean_name(file.filename or ""), state="reading", mode=mode,
        rows=0, wrong=0, done=0, added=0, changed=0, skipped=0, preview=[], problem="", created_at=platform.clock(),
        created_by=actor.user_id, created_name=actor.name, finished_at=None,
    )  # fmt: skip
    await asyncio.to_thread(imports.source(row.id).write_bytes, content)
    _ImportRows(work.session, actor).add(row)
    work.after_commit("customer-imports", imports.ring)
    return _read(row)


@router.get("/customer-imports")
async def list_customer_imports(actor: CanImport, session: ReadSession) -> ImportList:
    """The newest imports."""
    rows = await _ImportRows(session, actor).all(order_by=[CustomerImport.created_at.desc()])
    return ImportList(items=[_read(row).model_copy(update={"preview": []}) for row in rows[:_KEPT]])


@router.get("/customer-imports/{import_id}")
async def get_customer_import(import_id: str, actor: CanImport, session: ReadSession) -> ImportRead:
    """One import and how far it is."""
    return _read(await _ImportRows(session, actor).require(import_id))


@router.post("/customer-imports/{import_id}/start")
async def start_customer_import(
    import_id: str, actor: CanImport, work: WriteWork, imports: TheImports
) -> ImportRead:
    """Take the good rows; wrong ones are left out and can be fetched as a file."""
    row = await _ImportRows(work.session, actor).require(import_id)
    if row.state != "ready":
        raise ImportNotReady
    row.state = "running"
    target = audit.Target(kind="customer_import", id=row.id, authority_id=row.authority_id)
    audit.record(
        work,
        actor,
        "customers.import",
        target,
        after={"rows": row.rows, "wrong": row.wrong, "mode": row.mode},
    )
    work.after_commit("customer-imports", imports.ring)
    return _read(row)


@router.post("/customer-imports/{import_id}/cancel")
async def cancel_customer_import(
    import_id: str, actor: CanImport, platform: ThePlatform, work: WriteWork
) -> ImportRead:
    """Stop: what was taken stays, nothing more is taken."""
    row = await _ImportRows(work.session, actor).require(import_id)
    if row.state not in {"reading", "ready", "running"}:
        raise ImportNotReady
    row.state, row.finished_at = "cancelled", platform.clock()
    return _read(row)


@router.get("/customer-imports/{import_id}/problems", response_class=Response)
async def get_customer_import_problems(
    import_id: str, actor: CanImport, session: ReadSession, imports: TheImports
) -> Response:
    """The rows that were left out, with the reason, as CSV: mend them and import that file."""
    row = await _ImportRows(session, actor).require(import_id)
    file = imports.read(row.id)
    columns = await asyncio.to_thread(columns_of, file)
    found = await asyncio.to_thread(lambda: list(wrong_rows(file)))
    sheet = Sheet(
        title="问题行", about=(), header=("行号", "问题", *columns),
        rows=[(one["line"], "；".join(one["problems"]), *one["cells"]) for one in found],
    )  # fmt: skip
    return Response(
        await asyncio.to_thread(to_csv, sheet),
        media_type=CSV_TYPE,
        headers={"Content-Disposition": 'attachment; filename="customer-import-problems.csv"'},
    )
