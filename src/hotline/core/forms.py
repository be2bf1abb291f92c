"""Forms that an administrator designs without code (表单设计): fields, and what is wrong with the values given to them.

Used for tickets of a type and for a customer's own fields. Values are JSON primitives; knows no screen and no words: problems are
stable codes, said in words by `platform.forms`.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final, assert_never

from hotline.core.id_card import is_valid as is_valid_id_card

FIELDS_MAX: Final = 60
TEXT_MAX: Final = 200
LONG_TEXT_MAX: Final = 4000
_PHONE: Final = re.compile(r"\+?[0-9][0-9 -]{2,19}")
_CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")

Value = str | int | float | bool | list[str] | None


class FieldKind(StrEnum):
    """What a field holds."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    NUMBER = "number"
    MONEY = "money"  # yuan, at most two decimals
    DATE = "date"  # ISO date
    DATE_TIME = "date_time"  # ISO date and time, local
    CLOCK = "clock"  # hh:mm
    CHOICE = "choice"
    CHOICES = "choices"
    YES_NO = "yes_no"
    PHONE = "phone"
    ID_CARD = "id_card"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One field. `required` must be filled to save, `required_to_close` at the latest when the ticket is answered or the after-call work ends.

    `shown_when` names another field and the value it must have; hidden fields keep nothing. `summed` fields are added up in reports.
    """

    key: str
    label: str
    kind: FieldKind = FieldKind.TEXT
    required: bool = False
    required_to_close: bool = False
    options: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    max_length: int = 0
    personal: bool = False
    summed: bool = False
    shown_when: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldProblem:
    """What is wrong with one value: the field, a stable code, and the bound that was broken ("" where none)."""

    key: str
    label: str
    code: str
    bound: str = ""


def checked(
    fields: Sequence[FormField], values: Mapping[str, Value], *, closing: bool = False
) -> tuple[dict[str, Value], list[FieldProblem]]:
    """Return the values that belong to shown fields, cleaned, and every problem. Unknown keys are problems too."""
    kept: dict[str, Value] = {}
    problems: list[FieldProblem] = []
    known = {field.key for field in fields}
    problems += [FieldProblem(key=key, label=key, code="unknown") for key in values if key not in known]
    for field in fields:
        if not is_shown(field, values):
            continue
        value = _stripped(values.get(field.key))
        if is_empty(value):
            if field.required or (closing and field.required_to_close):
                problems.append(FieldProblem(key=field.key, label=field.label, code="required"))
            continue
        wrong = _problem(field, value)
        if wrong is None:
            kept[field.key] = value
        else:
            problems.append(FieldProblem(key=field.key, label=field.label, code=wrong[0], bound=wrong[1]))
    return kept, problems


def is_shown(field: FormField, values: Mapping[str, Value]) -> bool:
    """Whether a field is asked for, given the others."""
    if field.shown_when is None:
        return True
    other, wanted = field.shown_when
    value = values.get(other)
    return wanted in value if isinstance(value, list) else _text_of(value) == wanted


def is_empty(value: Value) -> bool:
    """Whether nothing was entered. A `False` is an answer."""
    return value is None or value == "" or value == []


def _text_of(value: Value) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "是" if value else "否"
        case list():
            return "、".join(value)
        case _:
            return str(value)


def shown_text(value: Value) -> str:
    """A value as people read it; "" for none."""
    return _text_of(value)


def _stripped(value: Value) -> Value:
    return value.strip() if isinstance(value, str) else value


_Wrong = tuple[str, str] | None


def _problem(field: FormField, value: Value) -> _Wrong:
    match field.kind:
        case FieldKind.TEXT:
            return _text(value, field.max_length or TEXT_MAX)
        case FieldKind.LONG_TEXT:
            return _text(value, field.max_length or LONG_TEXT_MAX)
        case FieldKind.NUMBER | FieldKind.MONEY:
            return _number(field, value)
        case FieldKind.DATE:
            return _moment(value, whole_day=True)
        case FieldKind.DATE_TIME:
            return _moment(value, whole_day=False)
        case FieldKind.CLOCK:
            return _pattern(value, _CLOCK, "not_a_clock")
        case FieldKind.PHONE:
            return _pattern(value, _PHONE, "not_a_phone")
        case FieldKind.CHOICE:
            return None if isinstance(value, str) and value in field.options else ("not_a_choice", "")
        case FieldKind.CHOICES:
            fits = isinstance(value, list) and set(value) <= set(field.options)
            return None if fits else ("not_a_choice", "")
        case FieldKind.YES_NO:
            return None if isinstance(value, bool) else ("not_yes_no", "")
        case FieldKind.ID_CARD:
            fits = isinstance(value, str) and is_valid_id_card(value.upper())
            return None if fits else ("not_an_id_card", "")
        case _:
            assert_never(field.kind)


def _text(value: Value, most: int) -> _Wrong:
    if not isinstance(value, str):
        return "not_text", ""
    return ("too_long", str(most)) if len(value) > most else None


def _pattern(value: Value, pattern: re.Pattern[str], code: str) -> _Wrong:
    return None if isinstance(value, str) and pattern.fullmatch(value) else (code, "")


def _number(field: FormField, value: Value) -> _Wrong:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return "not_a_number", ""
    if field.kind is FieldKind.MONEY and round(value, 2) != value:
        return "two_decimals", ""
    if field.minimum is not None and value < field.minimum:
        return "too_small", f"{field.minimum:g}"
    if field.maximum is not None and value > field.maximum:
        return "too_large", f"{field.maximum:g}"
    return None


def _moment(value: Value, *, whole_day: bool) -> _Wrong:
    code = "not_a_date" if whole_day else "not_a_time"
    if not isinstance(value, str):
        return code, ""
    try:
        if whole_day:
            date.fromisoformat(value)
        else:
            datetime.fromisoformat(value)
    except ValueError:
        return code, ""
    return None


def design_problems(fields: Sequence[FormField]) -> list[str]:
    """Return what is wrong with a design, as stable codes with the label: `code:label`."""
    keys = [field.key for field in fields]
    labels = [field.label for field in fields]
    found = [f"key_twice:{field.label}" for field in fields if keys.count(field.key) > 1]
    found += [f"label_twice:{label}" for label in dict.fromkeys(labels) if labels.count(label) > 1]
    for place, field in enumerate(fields):
        chooses = field.kind in {FieldKind.CHOICE, FieldKind.CHOICES}
        if chooses and not field.options:
            found.append(f"no_options:{field.label}")
        if len(set(field.options)) != len(field.options):
            found.append(f"option_twice:{field.label}")
        if field.minimum is not None and field.maximum is not None and field.minimum > field.maximum:
            found.append(f"bounds_crossed:{field.label}")
        if field.shown_when is not None and field.shown_when[0] not in keys[:place]:
            found.append(f"shown_after:{field.label}")
        if field.summed and field.kind not in {FieldKind.NUMBER, FieldKind.MONEY}:
            found.append(f"cannot_sum:{field.label}")
    return found
