"""What the audit screen gets."""

from datetime import datetime
from typing import Any

from hotline.platform.schemas import Answer, Page


class AuditRead(Answer):
    """One entry of the trail."""

    seq: int
    at: datetime
    user_id: str
    user_name: str
    address: str
    action: str
    target_kind: str
    target_id: str
    target_name: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class AuditPage(Page[AuditRead]):
    """A piece of the trail, newest first."""


class AuditIntegrity(Answer):
    """Whether the chain of hashes holds; `broken_at` is the first entry that was altered or is missing."""

    intact: bool
    entries: int
    broken_at: int | None
