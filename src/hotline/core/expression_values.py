"""Values kept small: what a variable may hold, and what of an answer a flow may look at. Bounds the work of any expression."""

from typing import Any, cast

from hotline.core.expression import EMPTY, Kind, Value, as_text, truth

TEXT_MAX = 500
ITEMS_MAX = 100
DEPTH_MAX = 6


def bounded(value: Any, depth: int = DEPTH_MAX) -> Value:
    """Return the value with long texts and lists cut, deep parts left out, and what is not JSON as text."""
    match value:
        case None | bool() | float():
            return value
        case int():
            return value if abs(value) < 1 << 62 else float(value)
        case str():
            return value[:TEXT_MAX]
        case list() | tuple():
            items = cast("list[Any]", value)[:ITEMS_MAX]
            return [bounded(one, depth - 1) for one in items] if depth else None
        case dict():
            pairs = list(cast("dict[Any, Any]", value).items())[:ITEMS_MAX]
            return {str(k)[:TEXT_MAX]: bounded(one, depth - 1) for k, one in pairs} if depth else None
        case _:
            return str(value)[:TEXT_MAX]


def as_kind(value: Value, kind: Kind) -> Value:
    """Return the value as a variable of this kind holds it. Raises `ValueError` when it cannot be one."""
    match kind:
        case "text":
            return as_text(value)[:TEXT_MAX]
        case "int":
            return int(float(value)) if isinstance(value, str) else int(value or 0)
        case "number":
            return float(value or 0.0)
        case "flag":
            return truth(value)
        case _:
            return bounded(value)


def as_kind_or_empty(value: Value, kind: Kind) -> Value:
    """Return the value as a variable of this kind holds it; the kind's empty value when it cannot be one."""
    try:
        return as_kind(value, kind)
    except (ValueError, TypeError, OverflowError):
        return EMPTY[kind]
