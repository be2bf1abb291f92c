"""Routes of the audit trail: look through it, and prove that nobody altered it."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from hotline.features.audit.repository import AuditFilter, AuditRepository
from hotline.features.audit.schemas import AuditIntegrity, AuditPage, AuditRead
from hotline.platform.access import ReadSession, require
from hotline.platform.actor import Actor, make_cursor
from hotline.platform.audit import verify
from hotline.platform.permissions import Permission
from hotline.platform.schemas import Limit
from hotline.platform.times import moment

router = APIRouter(tags=["audit"])

CanViewAudit = Annotated[Actor, Depends(require(Permission.AUDIT_VIEW))]
CanManageSettings = Annotated[Actor, Depends(require(Permission.SETTINGS_MANAGE))]


@router.get("/audit")
async def list_audit(
    actor: CanViewAudit,
    session: ReadSession,
    since: Annotated[datetime | None, Query(alias="from")] = None,
    until: Annotated[datetime | None, Query(alias="to")] = None,
    user: str = "",
    action: str = "",
    target: str = "",
    cursor: str | None = None,
    limit: Limit = 100,
) -> AuditPage:
    """The trail, newest first. `action` may be a whole one (`queues.update`) or a family (`queues`)."""
    wanted = AuditFilter(since=moment(since), until=moment(until), user=user, action=action, target=target)
    rows = await AuditRepository(session, actor).search(wanted, cursor, limit)
    following = make_cursor(str(rows[limit - 1].seq)) if len(rows) > limit else None
    return AuditPage(items=[AuditRead.model_validate(row) for row in rows[:limit]], next_cursor=following)


@router.get("/audit/integrity")
async def check_audit_integrity(actor: CanManageSettings, session: ReadSession) -> AuditIntegrity:
    """Recompute the whole chain of hashes, over all authorities."""
    found = await verify(session)
    return AuditIntegrity(intact=found.broken_at is None, entries=found.entries, broken_at=found.broken_at)
