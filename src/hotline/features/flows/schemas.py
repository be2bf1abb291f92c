"""What the flow screens send and get. A document is that of `core.flow`: {"format": 2, "start", "nodes"}."""

from datetime import datetime
from typing import Any, Literal

from hotline.platform.schemas import LEFT_OUT, Answer, ApiModel, Id, Name, Note, Page, Partial

Document = dict[str, Any]


class FlowCreate(ApiModel):
    """A new flow with its first draft."""

    name: Name
    document: Document
    authority_id: Id | None = None


class FlowDraft(Partial):
    """The draft as a person wants it; the name only when it changes. `revision`: the one it was made from; left out, it wins."""

    document: Document
    name: Name = LEFT_OUT
    revision: int = LEFT_OUT


class FlowPublish(ApiModel):
    """Publish the draft, or an earlier version again (roll back). `revision`: the draft that was looked at; null: any."""

    note: Note = ""
    version: int | None = None
    revision: int | None = None


class FlowSummary(Answer):
    """A flow in a list. `changed`: the draft differs from what is published."""

    id: str
    authority_id: str
    name: str
    published_version: int
    updated_at: datetime
    changed: bool


class FlowPage(Page[FlowSummary]):
    """All flows in sight."""


class FlowVersionRead(Answer):
    """A published version, without its document."""

    version: int
    published_at: datetime
    published_by: str
    note: str


class FlowRead(FlowSummary):
    """A flow with its draft and what is published now. `revision` grows with every change; `edited_by` made the last one."""

    revision: int
    edited_by: str
    draft: Document
    published: Document | None
    versions: list[FlowVersionRead]


class FlowVersionDocument(FlowVersionRead):
    """A published version with its document."""

    document: Document


class FlowProblem(Answer):
    """Something the check found. Errors keep a draft from being published; warnings do not. `node_id` "": the whole document."""

    severity: Literal["error", "warning"]
    code: str
    node_id: str
    field: str = ""
    """Path of the field within the node, such as `choices.1.next`."""
    message: str


class FlowCheck(Answer):
    """The outcome of a check."""

    publishable: bool
    problems: list[FlowProblem]
