"""Documents of earlier formats as documents of the newest one, meaning the same. Published versions stay as they were written."""

import copy
from typing import Any, cast

from hotline.core import flow_kinds
from hotline.core import flow_nodes as _built_in  # registers the built-in kinds
from hotline.core.expression import ExpressionError, Wanted
from hotline.core.expression_upgrade import to_cel
from hotline.core.flow import FIRST_FORMAT, FORMAT
from hotline.core.flow_field_lists import SPOKEN, AssignmentsField, CasesField, PiecesField
from hotline.core.flow_fields import ExpressionField

_ = _built_in


def upgraded(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document in the newest format; one that is no document of the first format comes back as it is.

    An expression that is none stays as written, so that the check shows it.
    """
    if document.get("format") != FIRST_FORMAT or not isinstance(document.get("nodes"), dict):
        return document
    made = copy.deepcopy(document)
    made["format"] = FORMAT
    for node in cast("dict[str, Any]", made["nodes"]).values():
        if isinstance(node, dict):
            _upgrade_node(cast("dict[str, Any]", node))
    return made


def _upgrade_node(node: dict[str, Any]) -> None:
    kind = flow_kinds.KINDS.get(str(node.get("kind", "")))
    for name, field in kind.fields().items() if kind is not None else ():
        value: Any = node.get(name)
        match field:
            case ExpressionField() if value not in {None, ""}:
                node[name] = _as_cel(value, field.wanted)
            case CasesField() if isinstance(value, list):
                _members(cast("list[Any]", value), ("when",), "flag")
            case PiecesField() if isinstance(value, list):
                _members(cast("list[Any]", value), SPOKEN[1:], "any")
            case AssignmentsField() if isinstance(value, dict):
                node[name] = {key: _as_cel(one, "text") for key, one in cast("dict[str, Any]", value).items()}
            case _:
                pass


def _members(values: list[Any], names: tuple[str, ...], wanted: Wanted) -> None:
    for one in values:
        if isinstance(one, dict):
            fields = cast("dict[str, Any]", one)
            for name in names:
                if name in fields:
                    fields[name] = _as_cel(fields[name], wanted)


def _as_cel(source: Any, wanted: Wanted) -> Any:
    if not isinstance(source, str):
        return source
    try:
        return to_cel(source, wanted)
    except ExpressionError:
        return source
