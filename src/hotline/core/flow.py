"""Flows (语音流程): the versioned JSON document and how it is read into nodes.

    {"format": 2, "start": "welcome", "nodes": {"welcome": {"kind": "play", "prompts": ["welcome"], "next": "menu"}, …},
     "layout": {"welcome": [40, 80]}, "variables": {"vip": {"type": "flag"}}}

Every node has `kind`, and optionally `title` and `note` (what the designer shows); its fields are those of its kind
(`core.flow_nodes`, docs/flows.md). Nodes name each other by their keys; prompts by prompt key; queues, hours and flows by id (or a
queue by its number). `layout` is the designer's. `variables` declares what a calling flow hands over. Expressions are CEL
(`core.cel`); in documents of format 1 they are of the first language.

`parse` is for running: it refuses what cannot be run. `examine` is for people: it notes everything that is wrong with the writing;
what can be run but should not be published is found by the flows feature.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

from hotline.core import flow_kinds
from hotline.core import flow_nodes as _built_in  # registers the built-in kinds
from hotline.core import flow_queries as _queries
from hotline.core.cel import PARAMETER, RESERVED, Cel
from hotline.core.expression import EMPTY, KINDS, Kind, Language, Value
from hotline.core.expression_v1 import FirstLanguage
from hotline.core.flow_fields import Problem, Reading
from hotline.core.flow_kinds import exits, successors
from hotline.core.ids import FlowId, NodeId

__all__ = ["Flow", "FlowError", "examine", "parse", "successors"]

FIRST_FORMAT, FORMAT = 1, 2
NODES_MAX = 1_000
SYSTEM_VARIABLES: dict[str, Kind] = {
    "ani": "text",
    "dnis": "text",
    "today": "text",
    "now": "text",
    "weekday": "int",
    "opening": "text",
}
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,31}", re.ASCII)
_HARMLESS = frozenset({"unknown_field"})
_ = _built_in, _queries


class FlowError(ValueError):
    """The document cannot be run. `node_id` says where ("" for the document itself)."""

    def __init__(self, problem: Problem) -> None:
        where = f"{problem.node_id}.{problem.field}".strip(".")
        what = " ".join((problem.code, *(f"{key}={value}" for key, value in problem.detail.items())))
        super().__init__(f"{where}: {what}" if where else what)
        self.problem = problem
        self.what = what
        self.node_id = problem.node_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A flow that can be walked. `kinds` says what its variables hold, `defaults` what they hold at first."""

    id: FlowId
    version: int
    start: NodeId
    nodes: dict[NodeId, Any]
    kinds: dict[str, Kind]
    defaults: dict[str, Value]
    format: int = FORMAT


class Examined(NamedTuple):
    """What was read, and what is wrong with it. `flow` None: there is nothing that could be looked at further."""

    flow: Flow | None
    problems: tuple[Problem, ...]


def parse(flow_id: FlowId, version: int, text: str, parameters: Mapping[str, Kind] | None = None) -> Flow:
    """Read a flow document to run it. `parameters` are the global parameters there are, without `param.`.

    Raises:
        FlowError: it is no flow document, a node is malformed, or a node leads nowhere.
    """
    flow, problems = _read(flow_id, version, text, parameters or {}, lenient=True)
    fatal = next((problem for problem in problems if problem.code not in _HARMLESS), None)
    if flow is None or fatal is not None:
        raise FlowError(fatal or Problem("not_a_flow"))
    return flow


def examine(flow_id: FlowId, text: str, parameters: Mapping[str, Kind] | None = None) -> Examined:
    """Read a flow document to judge it: every problem of its writing is noted, unknown names of variables among them."""
    return _read(flow_id, 0, text, parameters or {}, lenient=False)


def _read(
    flow_id: FlowId, version: int, text: str, parameters: Mapping[str, Kind], *, lenient: bool
) -> Examined:
    document, problems = _document(text)
    if document is None:
        return Examined(None, tuple(problems))
    written = cast("dict[str, Any]", document["nodes"])
    declared = _declared(document, problems)
    language, kinds = _language(document, declared, parameters, lenient=lenient)
    if document["format"] != FIRST_FORMAT:
        problems += _names(written)
    nodes: dict[NodeId, Any] = {}
    for key, fields in written.items():
        reading = Reading(key, language)
        node = flow_kinds.read_node(fields, reading)
        problems += reading.problems
        if node is not None:
            nodes[NodeId(key)] = node
    flow = Flow(
        id=flow_id,
        version=version,
        start=NodeId(str(document.get("start", ""))),
        nodes=nodes,
        kinds=kinds,
        defaults={name: default for name, (_, default) in declared.items()},
        format=document["format"],
    )
    problems += _loose_ends(flow, written)
    return Examined(flow, tuple(problems))


def _document(text: str) -> tuple[dict[str, Any] | None, list[Problem]]:
    try:
        document: Any = json.loads(text)
    except json.JSONDecodeError as error:
        detail = {"line": str(error.lineno), "column": str(error.colno), "what": error.msg}
        return None, [Problem("not_json", detail=detail)]
    except RecursionError:
        return None, [Problem("not_a_flow")]
    if not isinstance(document, dict):
        return None, [Problem("not_a_flow")]
    fields = cast("dict[str, Any]", document)
    if fields.get("format") not in {FIRST_FORMAT, FORMAT} or isinstance(fields.get("format"), bool):
        return None, [Problem("unknown_format", field="format", detail={"format": str(fields.get("format"))})]
    nodes: Any = fields.get("nodes")
    if not isinstance(nodes, dict) or not nodes:
        return None, [Problem("no_nodes", field="nodes")]
    if len(cast("dict[str, Any]", nodes)) > NODES_MAX:
        return None, [Problem("too_many_nodes", field="nodes", detail={"most": str(NODES_MAX)})]
    return fields, []


def _declared(document: dict[str, Any], problems: list[Problem]) -> dict[str, tuple[Kind, Value]]:
    written: Any = document.get("variables", {})
    found: dict[str, tuple[Kind, Value]] = {}
    if not isinstance(written, dict):
        problems.append(Problem("bad_variables", field="variables"))
        return found
    for name, one in cast("dict[str, Any]", written).items():
        kind: Any = cast("dict[str, Any]", one).get("type", "text") if isinstance(one, dict) else None
        if kind not in KINDS or not good_name(name):
            problems.append(Problem("bad_variable", field=f"variables.{name}", detail={"name": name}))
            continue
        found[name] = kind, cast("dict[str, Any]", one).get("default", EMPTY[kind])
    return found


def good_name(name: str) -> bool:
    """Whether a variable may be called so."""
    return bool(_VARIABLE.fullmatch(name)) and name not in RESERVED and name not in SYSTEM_VARIABLES


def _names(written: dict[str, Any]) -> list[Problem]:
    """Find variables that may not be called so."""
    problems: list[Problem] = []
    for key, fields in written.items():
        for name, _kind in flow_kinds.assigned_by(fields, FirstLanguage()):
            if name and not good_name(name):
                problems.append(Problem("bad_variable", key, "", {"name": name}))
    return problems


def _language(
    document: dict[str, Any],
    declared: Mapping[str, tuple[Kind, Value]],
    parameters: Mapping[str, Kind],
    *,
    lenient: bool,
) -> tuple[Language, dict[str, Kind]]:
    """Return the language, and what each variable holds: what all its assignments agree on."""
    known: dict[str, Kind] = {name: kind for name, (kind, _) in declared.items()}
    written = cast("dict[str, Any]", document["nodes"])
    if document["format"] == FIRST_FORMAT:
        first = FirstLanguage()
        return first, {**_assigned(written, first), **known}
    fixed: dict[str, Kind] = {
        **SYSTEM_VARIABLES,
        **{PARAMETER + key: kind for key, kind in parameters.items()},
        "answer": "json",
        **known,
    }
    # What a variable holds may depend on another one: first as if nothing were known, then with what was found.
    guess: dict[str, Kind] = dict.fromkeys(_assigned(written, FirstLanguage()), "json")
    for _pass in range(2):
        language = Cel({**guess, **fixed}, lenient=lenient)
        guess = _assigned(written, language)
    return Cel({**guess, **fixed}, lenient=lenient), {**guess, **known}


def _assigned(written: dict[str, Any], language: Language) -> dict[str, Kind]:
    found: dict[str, Kind] = {}
    for fields in written.values():
        for name, kind in flow_kinds.assigned_by(fields, language):
            if good_name(name) or isinstance(language, FirstLanguage):
                found[name] = kind if found.get(name, kind) == kind else "json"
    return found


def _loose_ends(flow: Flow, written: dict[str, Any]) -> list[Problem]:
    problems: list[Problem] = []
    if flow.start not in written:
        problems.append(Problem("no_start", field="start", detail={"start": flow.start}))
    for node_id, node in flow.nodes.items():
        for path, target in exits(node):
            if target not in written:
                problems.append(Problem("dangling_exit", node_id, ".".join(path), {"to": target}))
    return problems
