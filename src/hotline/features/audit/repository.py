"""Queries of the audit trail, scoped by the actor's authorities."""

from dataclasses import dataclass
from datetime import datetime

from hotline.platform.actor import Repository, read_cursor
from hotline.platform.audit import AuditEntry
from hotline.platform.errors import Invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """What to look for. `action` is a whole action or the part before its dot."""

    since: datetime | None
    until: datetime | None
    user: str
    action: str
    target: str


class AuditRepository(Repository[AuditEntry]):
    """Entries."""

    model = AuditEntry

    async def search(self, wanted: AuditFilter, cursor: str | None, limit: int) -> list[AuditEntry]:
        """Entries, newest first, one more than `limit` when there are more."""
        chosen = self.query()
        if wanted.since is not None:
            chosen = chosen.where(AuditEntry.at >= wanted.since)
        if wanted.until is not None:
            chosen = chosen.where(AuditEntry.at < wanted.until)
        if wanted.user:
            chosen = chosen.where(AuditEntry.user_id == wanted.user)
        if wanted.action:
            whole, family = (
                AuditEntry.action == wanted.action,
                AuditEntry.action.startswith(f"{wanted.action}.", autoescape=True),
            )
            chosen = chosen.where(whole | family)
        if wanted.target:
            chosen = chosen.where(AuditEntry.target_id == wanted.target)
        if cursor:
            chosen = chosen.where(AuditEntry.seq < _seq(cursor))
        return list(await self.session.scalars(chosen.order_by(AuditEntry.seq.desc()).limit(limit + 1)))


def _seq(cursor: str) -> int:
    value = read_cursor(cursor, 1)[0]
    if not value.isdigit():
        raise Invalid("cursor", "游标无效")
    return int(value)
