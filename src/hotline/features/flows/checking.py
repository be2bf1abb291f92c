"""Find what is wrong with a flow before it is published: what cannot be run, references to nothing, dead ends and circles.

Pure but for the lookups it is given: whether a prompt, queue, hours, flow or data source is known, and which flows a flow walks.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass

from hotline.core.expression import Kind
from hotline.core.flow import Flow, examine, successors
from hotline.core.flow_answer import AnswerNode
from hotline.core.flow_kinds import kind_of, named_by
from hotline.core.flow_nodes import Collect, Menu, SubflowNode
from hotline.core.flow_speech import SpeakNode
from hotline.core.ids import FlowId, NodeId
from hotline.features.flows.problem_words import KIND_NAMES, message_of
from hotline.features.flows.schemas import FlowProblem

Known = Callable[[str, str], Awaitable[bool]]
"""Given (kind, id or key): whether there is such a thing."""

_WARNINGS = frozenset({"unknown_field", "unreachable", "silent_question", "speech_missing"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the check may ask about the site. `subflows`: which flows each published flow walks as sub-flows."""

    known: Known
    parameters: Mapping[str, Kind]
    subflows: Mapping[str, frozenset[str]]
    speech: bool = True
    """Whether this installation understands and speaks."""


async def check(flow_id: str, text: str, around: Surroundings) -> list[FlowProblem]:
    """Return everything that is wrong with a document, errors first."""
    flow, noted = examine(FlowId(flow_id), text, around.parameters)
    problems = [_problem(one.code, one.node_id, one.field, message_of(one.code, one.detail)) for one in noted]
    if flow is None:
        return problems
    if flow.start in flow.nodes:
        problems += _unreachable(flow)
    problems += _circles(flow)
    problems += _nagging(flow)
    problems += _silent_questions(flow)
    problems += _recursion(flow, around.subflows)
    problems += [] if around.speech else _speechless(flow)
    for node_id, named in references(flow):
        if not await around.known(named[0], named[1]):
            problems.append(
                _problem(
                    f"unknown_{named[0]}",
                    node_id,
                    named[2],
                    f"没有{KIND_NAMES.get(named[0], named[0])}“{named[1]}”",
                )
            )
    return sorted(problems, key=lambda problem: problem.severity != "error")


def references(flow: Flow) -> Iterator[tuple[NodeId, tuple[str, str, str]]]:
    """Yield (node, (kind, id or key, field)) for everything outside that a flow names."""
    for node_id, node in flow.nodes.items():
        for named in named_by(node):
            if named.thing:
                yield node_id, named


def subflows_of(flow: Flow) -> frozenset[str]:
    """Return the flows that this one walks as sub-flows."""
    return frozenset(node.flow for node in flow.nodes.values() if isinstance(node, SubflowNode))


def _after(flow: Flow, node_id: NodeId) -> tuple[NodeId, ...]:
    """Return the nodes that follow, as far as there are such nodes."""
    return tuple(one for one in successors(flow.nodes[node_id]) if one in flow.nodes)


def _unreachable(flow: Flow) -> list[FlowProblem]:
    seen: set[NodeId] = set()
    reached = [flow.start]
    while reached:
        node_id = reached.pop()
        if node_id not in seen:
            seen.add(node_id)
            reached.extend(_after(flow, node_id))
    return [
        _problem("unreachable", node_id, "", "没有任何路径到达这个节点")
        for node_id in flow.nodes
        if node_id not in seen
    ]


def _circles(flow: Flow) -> list[FlowProblem]:
    """Nodes from which a caller can be led round for ever without being asked anything."""
    silent = {
        node_id: _after(flow, node_id) for node_id, node in flow.nodes.items() if not kind_of(node).asks
    }
    return [
        _problem("endless", start, "", "从这里会无休止地循环，中间没有任何需要按键的节点")
        for start in _returning(silent)
    ]


def _nagging(flow: Flow) -> list[FlowProblem]:
    """Questions to which a caller who never presses a key comes back for ever."""
    silent: dict[NodeId, tuple[NodeId, ...]] = {}
    for node_id, node in flow.nodes.items():
        if isinstance(node, Menu | Collect):
            silent[node_id] = (node.on_failure,) if node.on_failure in flow.nodes else ()
        elif not kind_of(node).asks:
            silent[node_id] = _after(flow, node_id)
    asked = {node_id for node_id, node in flow.nodes.items() if isinstance(node, Menu | Collect)}
    found: list[FlowProblem] = []
    for start in _returning(silent):
        circle = _reached(start, silent) & asked
        if circle:
            found.append(
                _problem(
                    "no_timeout_way",
                    start if start in asked else min(circle),
                    "on_failure",
                    "来电人一直不按键时会在这里无休止地循环，请给“多次失败后”另接出路",
                )
            )
    return found


def _reached(start: NodeId, following: Mapping[NodeId, tuple[NodeId, ...]]) -> set[NodeId]:
    seen: set[NodeId] = set()
    waiting = [start]
    while waiting:
        here = waiting.pop()
        if here not in seen:
            seen.add(here)
            waiting.extend(following.get(here, ()))
    return seen


def _silent_questions(flow: Flow) -> list[FlowProblem]:
    return [
        _problem("silent_question", node_id, "prompts", "没有提示音，来电人不知道要按什么")
        for node_id, node in flow.nodes.items()
        if isinstance(node, Menu | Collect) and not node.prompts and not _spoken_before(flow, node_id)
    ]


def _speechless(flow: Flow) -> list[FlowProblem]:
    """Nodes that need speech where there is none: callers go on by the way that is meant for it."""
    ways = {AnswerNode: "来电人会直接走“语音环境不可用”出口", SpeakNode: "来电人只会听到备用语音"}
    return [
        _problem("speech_missing", node_id, "", f"本机还没有安装语音环境（make speech），{ways[type(node)]}")
        for node_id, node in flow.nodes.items()
        if isinstance(node, AnswerNode | SpeakNode)
    ]


def _spoken_before(flow: Flow, node_id: NodeId) -> bool:
    """Whether every way to the question comes from a node that speaks."""
    before = [other for other, node in flow.nodes.items() if node_id in successors(node) and other != node_id]
    return bool(before) and all(kind_of(flow.nodes[other]).group == "speak" for other in before)


def _recursion(flow: Flow, subflows: Mapping[str, frozenset[str]]) -> list[FlowProblem]:
    walked = {**subflows, flow.id: subflows_of(flow)}
    found: list[FlowProblem] = []
    for node_id, node in flow.nodes.items():
        if isinstance(node, SubflowNode):
            following = {FlowId(key): tuple(FlowId(one) for one in value) for key, value in walked.items()}
            seen: set[str] = set()
            waiting = [node.flow]
            while waiting:
                here = waiting.pop()
                if here not in seen:
                    seen.add(here)
                    waiting.extend(following.get(here, ()))
            if flow.id in seen:
                found.append(
                    _problem("subflow_recursion", node_id, "flow", "子流程又会走回本流程，来电会越走越深")
                )
    return found


def _returning(following: Mapping[NodeId, tuple[NodeId, ...]]) -> list[NodeId]:
    """Return one node of each circle."""
    settled: set[NodeId] = set()
    return [start for start in following if start not in settled and _returns(start, following, settled)]


def _returns(start: NodeId, following: Mapping[NodeId, tuple[NodeId, ...]], settled: set[NodeId]) -> bool:
    path: set[NodeId] = {start}
    stack: list[tuple[NodeId, Iterator[NodeId]]] = [(start, iter(following[start]))]
    found = False
    while stack:
        here, after = stack[-1]
        advanced = False
        for one in after:
            if one in path:
                found = True
            elif one in following and one not in settled:
                path.add(one)
                stack.append((one, iter(following[one])))
                advanced = True
                break
        if not advanced:
            stack.pop()
            path.discard(here)
            settled.add(here)
    return found


def _problem(code: str, node_id: str, field: str, message: str) -> FlowProblem:
    return FlowProblem.model_validate(
        {
            "severity": "warning" if code in _WARNINGS else "error",
            "code": code,
            "node_id": node_id,
            "field": field,
            "message": message,
        }
    )
