"""Bases of what crosses the HTTP border: strict inputs, partial changes, pages, and the small types that recur."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Generic, TypeVar

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, create_model
from pydantic.fields import FieldInfo

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Id = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Digits = Annotated[str, StringConstraints(pattern=r"^[0-9]{2,16}$")]
PromptName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
LIMIT_MAX = 500
Limit = Annotated[int, Field(ge=1, le=LIMIT_MAX)]


class ApiModel(BaseModel):
    """Base of every schema: read from rows, unknown fields refused."""

    model_config: ClassVar[ConfigDict] = ConfigDict(from_attributes=True, extra="forbid")


class Answer(BaseModel):
    """Base of schemas that only go out."""

    model_config: ClassVar[ConfigDict] = ConfigDict(from_attributes=True)


Item = TypeVar("Item")


class Page(Answer, Generic[Item]):
    """A piece of a list. `next_cursor` None: nothing follows. `total` is given where counting is cheap."""

    items: list[Item]
    next_cursor: str | None = None
    total: int | None = None


def _without_defaults(schema: dict[str, Any]) -> None:
    for field in schema.get("properties", {}).values():
        field.pop("default", None)


LEFT_OUT: Any = None
"""The default of fields of PATCH bodies: not validated, never read (see `given`)."""


class Partial(ApiModel):
    """Base of PATCH bodies: defaults mean "leave as it is", so the interface description does not show them."""

    model_config: ClassVar[ConfigDict] = ConfigDict(json_schema_extra=_without_defaults)


def partial(model: type[ApiModel]) -> type[ApiModel]:
    """Return `model` with every field optional, for PATCH: fields that are left out keep their value, null stays refused."""
    fields: dict[str, Any] = {}
    for name, info in model.model_fields.items():
        optional = FieldInfo.merge_field_infos(info, default=None)
        optional.default_factory = None
        fields[name] = (optional.annotation, optional)
    return create_model(f"Partial{model.__name__}", __base__=Partial, **fields)


Whole = TypeVar("Whole", bound=ApiModel)


def changed(whole: type[Whole], row: Any, patch: ApiModel) -> Whole:
    """Return `row` as `whole` with the given fields of `patch` put in, validated together.

    Raises:
        RequestValidationError: they do not fit together; rendered like a body that is wrong by itself.
    """
    now = whole.model_validate(row, extra="ignore").model_dump()
    try:
        return whole.model_validate(now | given(patch))
    except ValidationError as wrong:  # fields that are right alone, but not together with what stays
        raise RequestValidationError(
            [
                dict(problem) | {"loc": ("body", *problem["loc"])}
                for problem in wrong.errors(include_url=False)
            ]
        ) from wrong


def given(patch: ApiModel) -> dict[str, Any]:
    """The fields that the caller gave."""
    return patch.model_dump(exclude_unset=True)


def put(row: Any, values: Mapping[str, Any]) -> None:
    """Set attributes of `row`."""
    for name, value in values.items():
        setattr(row, name, value)
