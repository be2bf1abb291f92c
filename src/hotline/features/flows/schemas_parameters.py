"""What the page of global parameters sends and gets."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from hotline.platform.schemas import Answer, ApiModel, Id, Name, Note, Page

ParameterKey = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
ParameterType = Literal["text", "int", "number", "flag"]
_CLASSES: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "int": (int,),
    "number": (int, float),
    "flag": (bool,),
}


class ParameterWrite(ApiModel):
    """A parameter as a person wants it."""

    key: ParameterKey
    name: Name
    type: ParameterType
    value: Annotated[str, StringConstraints(max_length=500)] | bool | int | float
    note: Note = ""
    authority_id: Id | None = Field(default=None, description="机构；空则本机构。建好后不能改")

    @model_validator(mode="after")
    def _value_is_of_its_type(self) -> Self:
        good = isinstance(self.value, _CLASSES[self.type])
        if not good or (isinstance(self.value, bool) and self.type != "flag"):
            raise ValueError("值与类型不符")
        if self.type == "number":
            self.value = float(self.value)
        return self


class ParameterRead(Answer):
    """A parameter."""

    id: str
    authority_id: str
    key: str
    name: str
    type: str
    value: Any
    note: str
    changed_at: datetime
    changed_by: str


class ParameterPage(Page[ParameterRead]):
    """All parameters in sight."""


class ParameterChange(Answer):
    """One change of a parameter."""

    at: datetime
    by: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class ParameterHistory(Page[ParameterChange]):
    """The changes of a parameter, newest first."""


class UsedBy(Answer):
    """A flow that uses it."""

    id: str
    name: str


class ParameterUses(Page[UsedBy]):
    """The flows that use a parameter."""
