"""Flows (语音流程): the versioned JSON document and how it is read into the nodes of `core.flow_nodes`.

    {"format": 1, "start": "welcome", "nodes": {"welcome": {"kind": "play", "prompts": ["welcome"], "next": "menu"}, …}}

Every node has `kind`, and optionally `title` (what the designer shows). Nodes name each other by their keys; prompts by prompt key;
queues, hours and flows by id (or a queue by its number); expressions are those of `core.expression`. `parse` refuses what cannot
be run; what can be run but should not be published is found by the flows feature.

| kind | fields (— optional) |
|---|---|
| play | prompts, next, interruptible — true, served — "" (name of the self-service this answers) |
| say | pieces: [{prompt: key} or {digits, number, phone, id_number, date, time, amount: expression}], next, interruptible, served |
| menu | prompts, choices: {key: {label, next}}, timeout_s — 6, retries — 2, invalid, no_input — [prompts], on_failure |
| collect | variable, prompts, min — 1, max — 32, terminator — "#", timeout_s — 10, between_s — 5, star_as — "", secret — false, check — expression, invalid, no_input, retries — 2, next, on_failure |
| set | variables: {name: expression}, next |
| condition | cases: [{when: expression, next}], otherwise |
| hours | hours — id (default: the hotline's own), open, closed |
| queue | queue, priority — 0 (expression or number), prompts — [] |
| voicemail | prompts — [], thanks — [], queue — id, max_s — 120 |
| survey | — |
| transfer | to: number of a queue or hotline (expression), outside — false (a number outside may be rung too), otherwise |
| duty | number — the hotline's duty phone, prompts — [], otherwise (nobody answers, or there is none) |
| callback | queue, prompts — [], otherwise (the caller does not want it) |
| subflow | flow, next |
| return | — (back to the flow that called; hangs up when there is none) |
| hangup | prompts — [] |
"""

import json
from typing import Any, NoReturn, cast

from hotline.core.expression import Compiled, ExpressionError, compile_expression
from hotline.core.flow_nodes import (
    CallbackNode,
    Choice,
    Collect,
    Condition,
    DutyNode,
    Flow,
    FlowError,
    HangUpNode,
    HoursNode,
    Menu,
    Node,
    Piece,
    Play,
    Prompts,
    QueueNode,
    ReturnNode,
    Say,
    SetVariables,
    SubflowNode,
    SurveyNode,
    TransferNode,
    VoicemailNode,
    successors,
)
from hotline.core.ids import FlowId, HoursId, NodeId, PromptKey
from hotline.core.numbers import dialled

FORMAT = 1
NODES_MAX = 1_000
KEYS = frozenset("0123456789*#")
PIECES = ("prompt", "digits", "number", "phone", "id_number", "date", "time", "amount")


def parse(flow_id: FlowId, version: int, text: str) -> Flow:
    """Read a flow document.

    Raises:
        FlowError: it is no flow document of format 1, a node is malformed, or a node leads nowhere.
    """
    try:
        document: Any = json.loads(text)
    except ValueError as error:
        raise FlowError(f"not JSON: {error}") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise FlowError("format must be 1")
    written: Any = document.get("nodes")
    if not isinstance(written, dict) or not 0 < len(cast("dict[str, Any]", written)) <= NODES_MAX:
        raise FlowError(f"nodes must be an object of 1 to {NODES_MAX} nodes")
    nodes = {NodeId(key): _node(key, fields) for key, fields in cast("dict[str, Any]", written).items()}
    flow = Flow(id=flow_id, version=version, start=NodeId(str(document.get("start", ""))), nodes=nodes)
    if flow.start not in nodes:
        raise FlowError("start names no node")
    for node_id, node in nodes.items():
        for successor in successors(node):
            if successor not in nodes:
                raise FlowError(f"leads to {successor!r}, which is no node", node_id)
    return flow


class _Fields:
    """Typed access to the fields of one node as written."""

    def __init__(self, node_id: str, fields: dict[str, Any]) -> None:
        self._id = node_id
        self._fields = fields

    def refuse(self, what: str) -> NoReturn:
        raise FlowError(what, self._id)

    def text(self, name: str, default: str | None = None) -> str:
        value = self._fields.get(name, default)
        if not isinstance(value, str) or (default is None and not value):
            self.refuse(f"{name} must be text")
        return value

    def node(self, name: str) -> NodeId:
        return NodeId(self.text(name))

    def flag(self, name: str, default: bool) -> bool:
        value = self._fields.get(name, default)
        if not isinstance(value, bool):
            self.refuse(f"{name} must be true or false")
        return value

    def number(self, name: str, default: float, low: float, high: float) -> float:
        value = self._fields.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            self.refuse(f"{name} must be a number from {low:g} to {high:g}")
        return value

    def prompts(self, name: str) -> Prompts:
        value: Any = self._fields.get(name, [])
        if not isinstance(value, list):
            self.refuse(f"{name} must be a list of prompt keys")
        keys = cast("list[Any]", value)
        if not all(isinstance(key, str) for key in keys):
            self.refuse(f"{name} must be a list of prompt keys")
        return tuple(PromptKey(key) for key in keys)

    def expression(self, name: str, default: str | None = None) -> Compiled:
        value = self._fields.get(name, default)
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str):
            self.refuse(f"{name} must be an expression")
        try:
            return compile_expression(value)
        except ExpressionError as error:
            raise FlowError(f"{name}: {error}", self._id) from error

    def object(self, name: str) -> "dict[str, _Fields]":
        value: Any = self._fields.get(name)
        if not isinstance(value, dict) or not value:
            self.refuse(f"{name} must be an object")
        return {key: _Fields(self._id, inner) for key, inner in _objects(self, cast("dict[str, Any]", value))}

    def names(self, name: str) -> "list[tuple[str, _Fields]]":
        """Return the members of an object as one-field records, so that each value can be read as an expression."""
        value: Any = self._fields.get(name)
        if not isinstance(value, dict) or not value:
            self.refuse(f"{name} must be an object")
        return [
            (key, _Fields(self._id, {"value": inner})) for key, inner in cast("dict[str, Any]", value).items()
        ]

    def list(self, name: str) -> "list[_Fields]":
        value: Any = self._fields.get(name)
        if not isinstance(value, list):
            self.refuse(f"{name} must be a list")
        return [
            _Fields(self._id, inner) for _, inner in _objects(self, dict(enumerate(cast("list[Any]", value))))
        ]

    def has(self, name: str) -> bool:
        value = self._fields.get(name)
        return value is not None and value != ""


def _objects(fields: _Fields, members: dict[Any, Any]) -> list[tuple[Any, dict[str, Any]]]:
    for inner in members.values():
        if not isinstance(inner, dict):
            fields.refuse("a member must be an object")
    return list(members.items())


def _node(node_id: str, written: Any) -> Node:
    if not isinstance(written, dict):
        raise FlowError("a node must be an object", node_id)
    fields = _Fields(node_id, cast("dict[str, Any]", written))
    kind = fields.text("kind")
    read = _READERS.get(kind)
    if read is None:
        fields.refuse(f"unknown kind {kind!r}")
    return read(fields)


def _play(f: _Fields) -> Play:
    return Play(
        prompts=f.prompts("prompts"),
        next=f.node("next"),
        interruptible=f.flag("interruptible", default=True),
        served=f.text("served", ""),
    )


def _say(f: _Fields) -> Say:
    return Say(
        pieces=tuple(_piece(piece) for piece in f.list("pieces")),
        next=f.node("next"),
        interruptible=f.flag("interruptible", default=True),
        served=f.text("served", ""),
    )


def _piece(f: _Fields) -> Piece:
    kind = next((kind for kind in PIECES if f.has(kind)), None)
    if kind is None:
        f.refuse(f"a piece must have one of {', '.join(PIECES)}")
    if kind == "prompt":
        return Piece(kind=kind, prompt=PromptKey(f.text(kind)))
    return Piece(kind=kind, value=f.expression(kind))


def _menu(f: _Fields) -> Menu:
    choices: dict[str, Choice] = {}
    for key, choice in f.object("choices").items():
        if key not in KEYS:
            f.refuse(f"{key!r} is no key of a telephone")
        choices[key] = Choice(label=choice.text("label", ""), next=choice.node("next"))
    return Menu(
        prompts=f.prompts("prompts"),
        choices=choices,
        timeout_s=f.number("timeout_s", 6.0, 1.0, 60.0),
        retries=int(f.number("retries", 2, 0, 10)),
        invalid=f.prompts("invalid"),
        no_input=f.prompts("no_input"),
        on_failure=f.node("on_failure"),
    )


def _collect(f: _Fields) -> Collect:
    low = int(f.number("min", 1, 0, 64))
    return Collect(
        variable=f.text("variable"),
        prompts=f.prompts("prompts"),
        min=low,
        max=int(f.number("max", 32, max(1, low), 64)),
        terminator=f.text("terminator", "#"),
        timeout_s=f.number("timeout_s", 10.0, 1.0, 60.0),
        between_s=f.number("between_s", 5.0, 1.0, 30.0),
        star_as=f.text("star_as", ""),
        secret=f.flag("secret", default=False),
        check=f.expression("check") if f.has("check") else None,
        invalid=f.prompts("invalid"),
        no_input=f.prompts("no_input"),
        retries=int(f.number("retries", 2, 0, 10)),
        next=f.node("next"),
        on_failure=f.node("on_failure"),
    )


def _set(f: _Fields) -> SetVariables:
    values = tuple((name, value.expression("value")) for name, value in f.names("variables"))
    return SetVariables(values=values, next=f.node("next"))


def _condition(f: _Fields) -> Condition:
    cases = tuple((case.expression("when"), case.node("next")) for case in f.list("cases"))
    return Condition(cases=cases, otherwise=f.node("otherwise"))


def _hours(f: _Fields) -> HoursNode:
    hours = f.text("hours", "") if f.has("hours") else ""
    return HoursNode(hours_id=HoursId(hours) if hours else None, open=f.node("open"), closed=f.node("closed"))


def _queue(f: _Fields) -> QueueNode:
    return QueueNode(
        queue=f.text("queue"), priority=f.expression("priority", "0"), prompts=f.prompts("prompts")
    )


def _voicemail(f: _Fields) -> VoicemailNode:
    return VoicemailNode(
        prompts=f.prompts("prompts"),
        thanks=f.prompts("thanks"),
        queue=f.text("queue", ""),
        max_s=f.number("max_s", 120.0, 5.0, 600.0),
    )


def _transfer(f: _Fields) -> TransferNode:
    return TransferNode(
        to=f.expression("to"), otherwise=f.node("otherwise"), outside=f.flag("outside", default=False)
    )


def _duty(f: _Fields) -> DutyNode:
    number = f.text("number", "")
    if number and not dialled(number):
        f.refuse("number must be a telephone number")
    return DutyNode(number=dialled(number), prompts=f.prompts("prompts"), otherwise=f.node("otherwise"))


_READERS = {
    "play": _play,
    "say": _say,
    "menu": _menu,
    "collect": _collect,
    "set": _set,
    "condition": _condition,
    "hours": _hours,
    "queue": _queue,
    "voicemail": _voicemail,
    "survey": lambda _: SurveyNode(),
    "transfer": _transfer,
    "duty": _duty,
    "callback": lambda f: CallbackNode(
        queue=f.text("queue"), prompts=f.prompts("prompts"), otherwise=f.node("otherwise")
    ),
    "subflow": lambda f: SubflowNode(flow_id=FlowId(f.text("flow")), next=f.node("next")),
    "return": lambda _: ReturnNode(),
    "hangup": lambda f: HangUpNode(prompts=f.prompts("prompts")),
}
