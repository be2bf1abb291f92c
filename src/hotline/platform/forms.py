"""Designed forms at the HTTP border: their fields as schemas, their problems in words."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from hotline.core.forms import (
    FIELDS_MAX,
    FieldKind,
    FieldProblem,
    FormField,
    Value,
    checked,
    design_problems,
)
from hotline.platform.errors import HotlineError, Invalid
from hotline.platform.i18n import Text
from hotline.platform.schemas import ApiModel

FieldKey = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=32)]
Option = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
Values = Annotated[dict[str, Any], Field(max_length=FIELDS_MAX)]

_WORDS = {
    "unknown": "表单里没有这一项",
    "required": "必填",
    "not_text": "应为文字",
    "too_long": "最多 {bound} 个字符",
    "not_a_number": "应为数字",
    "two_decimals": "金额最多两位小数",
    "too_small": "不能小于 {bound}",
    "too_large": "不能大于 {bound}",
    "not_a_date": "不是正确的日期",
    "not_a_time": "不是正确的时间",
    "not_a_clock": "应为 09:30 这样的时间",
    "not_a_phone": "不是正确的电话号码",
    "not_a_choice": "不是可选的值",
    "not_yes_no": "应为是或否",
    "not_an_id_card": "身份证号校验不通过",
}
_DESIGN_WORDS = {
    "key_twice": "“{label}”的标识重复",
    "label_twice": "字段名称“{label}”重复",
    "no_options": "“{label}”至少要有一个选项",
    "option_twice": "“{label}”的选项重复",
    "bounds_crossed": "“{label}”的最小值大于最大值",
    "shown_after": "“{label}”的显示条件应引用排在它前面的字段",
    "cannot_sum": "“{label}”不是数字，不能合计",
}


class FormFieldSchema(ApiModel):
    """A field of a designed form; see `core.forms.FormField`."""

    key: FieldKey
    label: Label
    kind: FieldKind = FieldKind.TEXT
    required: bool = False
    required_to_close: bool = False
    options: Annotated[tuple[Option, ...], Field(max_length=100)] = ()
    minimum: float | None = None
    maximum: float | None = None
    max_length: Annotated[int, Field(ge=0, le=4000)] = 0
    personal: bool = False
    summed: bool = False
    shown_when: tuple[FieldKey, Option] | None = None

    def to_core(self) -> FormField:
        """The field as the core knows it."""
        return FormField(**self.model_dump())


FormFields = Annotated[list[FormFieldSchema], Field(max_length=FIELDS_MAX)]


class FormIncomplete(HotlineError):
    """A designed form has missing or wrong values. `details["fields"]` lists field and message."""

    code, status = "form_incomplete", 422
    text = Text("表单还有没填好的内容：{labels}", "The form is not complete: {labels}")


def fields_of(stored: Sequence[Mapping[str, Any]]) -> list[FormField]:
    """Read fields as they lie in the database."""
    return [FormFieldSchema.model_validate(one).to_core() for one in stored]


def require_design(fields: Sequence[FormFieldSchema]) -> list[dict[str, Any]]:
    """Return a design as it is stored. Raises `Invalid` naming the first thing wrong with it."""
    wrong = design_problems([field.to_core() for field in fields])
    if wrong:
        code, _, label = wrong[0].partition(":")
        raise Invalid("fields", _DESIGN_WORDS[code].format(label=label))
    return [field.model_dump(mode="json") for field in fields]


def require_values(
    fields: Sequence[FormField], values: Mapping[str, Value], *, closing: bool = False
) -> dict[str, Value]:
    """Return clean values. Raises `FormIncomplete` naming every field that is wrong."""
    kept, problems = checked(fields, values, closing=closing)
    if problems:
        raise FormIncomplete(
            labels="、".join(problem.label for problem in problems[:5]),
            fields=[
                {"field": f"values.{problem.key}", "message": problem_words(problem)} for problem in problems
            ],
        )
    return kept


def problem_words(problem: FieldProblem) -> str:
    """A problem in words."""
    return _WORDS[problem.code].format(bound=problem.bound)
