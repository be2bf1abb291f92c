"""What changed between two documents of a flow: nodes, their fields, and the ways between them."""

from collections.abc import Iterator
from typing import Any, cast

from hotline.core import flow_kinds
from hotline.features.flows.schemas_versions import (
    DifferenceOfEdge,
    DifferenceOfNode,
    FieldChange,
    FlowDifference,
)

Document = dict[str, Any]
_ABSENT = object()
_SIDE = frozenset({"nodes", "layout", "format"})


def difference(before: Document, after: Document) -> FlowDifference:
    """Return what is different; positions alone are `moved`."""
    old, new = _nodes(before), _nodes(after)
    nodes = [
        change
        for node_id in [*old, *(one for one in new if one not in old)]
        if (change := _node(node_id, old, new, before, after)) is not None
    ]
    edges = [*_edges(old, new, "removed"), *_edges(new, old, "added")]
    fields = list(_changes({k: v for k, v in before.items() if k not in _SIDE}, _rest(after)))
    return FlowDifference(
        nodes=nodes,
        edges=edges,
        document=fields,
        summary={
            kind: sum(one.change == kind for one in nodes)
            for kind in ("added", "removed", "changed", "moved")
        },
    )


def _rest(document: Document) -> Document:
    return {key: value for key, value in document.items() if key not in _SIDE}


def _nodes(document: Document) -> dict[str, Document]:
    nodes = document.get("nodes")
    return (
        {key: one for key, one in cast("Document", nodes).items() if isinstance(one, dict)}
        if isinstance(nodes, dict)
        else {}
    )


def _node(
    node_id: str, old: dict[str, Document], new: dict[str, Document], before: Document, after: Document
) -> DifferenceOfNode | None:
    node = new.get(node_id) or old[node_id]
    kind, title = str(node.get("kind", "")), str(node.get("title", ""))
    if node_id not in old or node_id not in new:
        change = "added" if node_id in new else "removed"
        return DifferenceOfNode(id=node_id, kind=kind, title=title, change=change, fields=[])
    fields = list(_changes(old[node_id], new[node_id]))
    if fields:
        return DifferenceOfNode(id=node_id, kind=kind, title=title, change="changed", fields=fields)
    if _place(before, node_id) != _place(after, node_id):
        return DifferenceOfNode(id=node_id, kind=kind, title=title, change="moved", fields=[])
    return None


def _place(document: Document, node_id: str) -> Any:
    layout = document.get("layout")
    return cast("Document", layout).get(node_id) if isinstance(layout, dict) else None


def _changes(before: Any, after: Any, path: str = "") -> Iterator[FieldChange]:
    if isinstance(before, dict) and isinstance(after, dict):
        left, right = cast("Document", before), cast("Document", after)
        for key in [*left, *(one for one in right if one not in left)]:
            yield from _changes(
                left.get(key, _ABSENT), right.get(key, _ABSENT), f"{path}.{key}" if path else key
            )
    elif before is _ABSENT or after is _ABSENT or before != after:
        yield FieldChange(
            path=path,
            before=None if before is _ABSENT else before,
            after=None if after is _ABSENT else after,
        )


def _edges(one: dict[str, Document], other: dict[str, Document], change: str) -> Iterator[DifferenceOfEdge]:
    others = {node_id: set(_exits(node)) for node_id, node in other.items()}
    for node_id, node in one.items():
        for path, target in _exits(node):
            if (path, target) not in others.get(node_id, set()):
                yield DifferenceOfEdge.model_validate(
                    {"from": node_id, "exit": path, "to": target, "change": change}
                )


def _exits(node: Document) -> Iterator[tuple[str, str]]:
    """Yield the ways out of a node as written, whatever its kind: where its registered kind says they stand."""
    kind = flow_kinds.KINDS.get(str(node.get("kind", "")))
    for path, _ in kind.exit_paths() if kind is not None else ():
        yield from _at(node, path, "")


def _at(value: Any, path: tuple[str, ...], place: str) -> Iterator[tuple[str, str]]:
    if not path:
        if isinstance(value, str) and value:
            yield place, value
        return
    head, *tail = path
    if head == "*":
        members: Any = (
            enumerate(value) if isinstance(value, list) else value.items() if isinstance(value, dict) else ()
        )
        for key, one in members:
            yield from _at(one, tuple(tail), f"{place}.{key}")
    elif isinstance(value, dict):
        yield from _at(cast("Document", value).get(head), tuple(tail), f"{place}.{head}" if place else head)
