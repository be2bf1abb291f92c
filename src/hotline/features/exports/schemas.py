"""What export jobs are sent as."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from hotline.platform.schemas import Answer, ApiModel, Name

JobState = Literal["queued", "running", "done", "failed", "cancelled", "expired"]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)]


class ExportRequest(ApiModel):
    """What to make: the kind of table, the question as the direct export takes it (its query parameters), and why."""

    kind: str = Field(max_length=32)
    name: Name
    question: dict[str, Any] = Field(max_length=40)
    format: Literal["csv", "xlsx"]
    reason: Reason


class ExportView(Answer):
    """A job of one's own. `rows_total` 0 while it has not begun; the file is there until `expires_at`."""

    id: str
    kind: str
    name: str
    format: Literal["csv", "xlsx"]
    reason: str
    state: JobState
    rows_done: int
    rows_total: int
    size_bytes: int
    problem: str
    created_at: datetime
    changed_at: datetime
    expires_at: datetime | None
