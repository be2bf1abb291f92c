"""What the screens about imports of customers send and get."""

from datetime import datetime
from typing import Any, Literal

from hotline.platform.schemas import Answer


class ImportRead(Answer):
    """An import and how far it is. `preview`: first good rows (`fields`) and first wrong ones (`problems`), with their lines."""

    id: str
    file_name: str
    state: Literal["reading", "ready", "running", "done", "cancelled", "failed"]
    mode: Literal["merge", "add"]
    rows: int
    wrong: int
    done: int
    added: int
    changed: int
    skipped: int
    preview: list[dict[str, Any]]
    problem: str
    created_at: datetime
    created_name: str
    finished_at: datetime | None


class ImportList(Answer):
    """The newest imports."""

    items: list[ImportRead]
