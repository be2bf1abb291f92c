"""What the pages of versions, import and templates send and get."""

from typing import Annotated, Any, Literal

from pydantic import Field

from hotline.features.flows.schemas import Document
from hotline.platform.schemas import Answer, ApiModel, Id, Name, Page

Change = Literal["added", "removed", "changed", "moved"]


class FieldChange(Answer):
    """A field that is different. None: it was not there."""

    path: str
    before: Any
    after: Any


class DifferenceOfNode(Answer):
    """A node that is different; `fields` of a changed one."""

    id: str
    kind: str
    title: str
    change: Change
    fields: list[FieldChange]


class DifferenceOfEdge(Answer):
    """A way between nodes that came or went."""

    source: Annotated[str, Field(alias="from")]
    exit: str
    to: str
    change: Literal["added", "removed"]


class FlowDifference(Answer):
    """What is different between two documents. `summary` counts nodes by change."""

    nodes: list[DifferenceOfNode]
    edges: list[DifferenceOfEdge]
    document: list[FieldChange]
    summary: dict[str, int]


class FlowImport(ApiModel):
    """A flow from a file: its text as it is, so that a broken one can be told line and column."""

    name: Name
    text: Annotated[str, Field(max_length=1_000_000)]
    authority_id: Id | None = None


class Template(Answer):
    """A flow that comes with the product. `site` says whom it was made for."""

    key: str
    name: str
    about: str
    site: str
    nodes: int


class Templates(Page[Template]):
    """All templates."""


class TemplateDocument(Template):
    """A template with its document."""

    document: Document
