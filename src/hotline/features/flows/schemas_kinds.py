"""What the designer gets of node kinds and expressions."""

from typing import Annotated, Any, Literal

from pydantic import Field

from hotline.platform.schemas import Answer, ApiModel

VariableKind = Literal["text", "int", "number", "flag", "json"]


class TwoNames(Answer):
    """A name or an explanation in both languages."""

    zh: str
    en: str


class Group(Answer):
    """A group of node kinds in the palette."""

    key: str
    name: TwoNames


class Exit(Answer):
    """Where a way out stands in a node; `*` stands for every member."""

    path: list[str]
    name: TwoNames


class NodeKindRead(Answer):
    """A node kind. `node_schema` is JSON Schema 2020-12 with `x-` hints for the form. `asks`: it waits for the caller or for others."""

    kind: str
    group: str
    name: TwoNames
    about: TwoNames
    plug_in: bool
    asks: bool
    node_schema: dict[str, Any]
    exits: list[Exit]


class NodeKinds(Answer):
    """All node kinds, and the schema of a whole document of this format."""

    format: int
    groups: list[Group]
    items: list[NodeKindRead]
    document_schema: dict[str, Any]


class ExpressionVariable(Answer):
    """A name that every flow knows."""

    name: str
    type: str
    about: str


class ExpressionFunction(Answer):
    """A function beside those of CEL."""

    name: str
    signature: str
    about: str
    about_en: str
    example: str


class ExpressionOperator(Answer):
    """What CEL has."""

    sign: str
    about: str
    example: str


class ExpressionHelp(Answer):
    """What may stand in an expression."""

    variables: list[ExpressionVariable]
    functions: list[ExpressionFunction]
    operators: list[ExpressionOperator]


class ExpressionCheck(ApiModel):
    """An expression as somebody writes it, with the variables of the flow and what they hold."""

    expression: Annotated[str, Field(max_length=2_000)]
    type: Literal["text", "number", "flag", "any"] = "any"
    variables: Annotated[dict[str, VariableKind], Field(max_length=500, default_factory=dict)]


class ExpressionMistake(Answer):
    """What is wrong, and at which column (from 1; 0: no one place)."""

    message: str
    at: int


class ExpressionChecked(Answer):
    """Whether it is an expression, and what it yields."""

    ok: bool
    type: VariableKind | None
    error: ExpressionMistake | None
