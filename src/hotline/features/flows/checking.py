"""Find what is wrong with a flow before it is published: what cannot be run, references to nothing, dead ends and circles.

Pure but for the lookups it is given: whether a prompt, queue, hours or flow is known.
"""

from collections.abc import Awaitable, Callable, Iterator

from hotline.core.flow import (
    CallbackNode,
    Collect,
    DutyNode,
    Flow,
    FlowError,
    HangUpNode,
    HoursNode,
    Menu,
    Node,
    Play,
    QueueNode,
    Say,
    SubflowNode,
    VoicemailNode,
    parse,
    successors,
)
from hotline.core.ids import FlowId, NodeId
from hotline.features.flows.schemas import FlowProblem

Known = Callable[[str, str], Awaitable[bool]]
"""Given (kind, id or key): whether there is such a thing."""

_KIND_NAMES = {"prompt": "语音文件", "queue": "座席组", "hours": "工作时段", "flow": "流程"}
_ASKING = (Menu, Collect, QueueNode, VoicemailNode, CallbackNode)


async def check(flow_id: str, text: str, known: Known) -> list[FlowProblem]:
    """Return everything that is wrong with a document, errors first."""
    try:
        flow = parse(FlowId(flow_id), 0, text)
    except FlowError as error:
        return [_problem("error", "malformed", error.node_id, f"文档有误：{error.what}")]
    problems = [*_unreachable(flow), *_circles(flow)]
    for node_id, kind, thing in references(flow):
        if not await known(kind, thing):
            problems.append(
                _problem("error", f"unknown_{kind}", node_id, f"没有{_KIND_NAMES[kind]}“{thing}”")
            )
    return sorted(problems, key=lambda problem: problem.severity != "error")


def references(flow: Flow) -> Iterator[tuple[NodeId, str, str]]:
    """Yield (node, kind, id or key) for everything outside that a flow names."""
    for node_id, node in flow.nodes.items():
        for kind, thing in _named_by(node):
            if thing:
                yield node_id, kind, thing


def _named_by(node: Node) -> Iterator[tuple[str, str]]:
    match node:
        case Say():
            yield from (("prompt", piece.prompt or "") for piece in node.pieces)
        case Menu() | Collect():
            yield from (("prompt", key) for key in (*node.prompts, *node.invalid, *node.no_input))
        case VoicemailNode():
            yield from (("prompt", key) for key in (*node.prompts, *node.thanks))
            yield "queue", node.queue
        case QueueNode() | CallbackNode():
            yield from (("prompt", key) for key in node.prompts)
            yield "queue", node.queue
        case Play() | HangUpNode() | DutyNode():
            yield from (("prompt", key) for key in node.prompts)
        case HoursNode():
            yield "hours", node.hours_id or ""
        case SubflowNode():
            yield "flow", node.flow_id
        case _:
            pass


def _unreachable(flow: Flow) -> list[FlowProblem]:
    seen: set[NodeId] = set()
    reached = [flow.start]
    while reached:
        node_id = reached.pop()
        if node_id not in seen:
            seen.add(node_id)
            reached.extend(successors(flow.nodes[node_id]))
    return [
        _problem("warning", "unreachable", node_id, "没有任何路径到达这个节点")
        for node_id in flow.nodes
        if node_id not in seen
    ]


def _circles(flow: Flow) -> list[FlowProblem]:
    """Nodes from which a caller can be led round for ever without being asked anything."""
    silent: dict[NodeId, Node] = {
        node_id: node for node_id, node in flow.nodes.items() if not isinstance(node, _ASKING)
    }
    settled: set[NodeId] = set()
    return [
        _problem("error", "endless", start, "从这里会无休止地循环，中间没有任何需要按键的节点")
        for start in silent
        if start not in settled and _returns(start, silent, settled)
    ]


def _returns(start: NodeId, silent: dict[NodeId, Node], settled: set[NodeId]) -> bool:
    path: set[NodeId] = set()
    stack: list[tuple[NodeId, Iterator[NodeId]]] = [(start, iter(successors(silent[start])))]
    path.add(start)
    while stack:
        here, following = stack[-1]
        advanced = False
        for after in following:
            if after in path:
                return True
            if after in silent and after not in settled:
                path.add(after)
                stack.append((after, iter(successors(silent[after]))))
                advanced = True
                break
        if not advanced:
            stack.pop()
            path.discard(here)
            settled.add(here)
    return False


def _problem(severity: str, code: str, node_id: str, message: str) -> FlowProblem:
    return FlowProblem.model_validate(
        {"severity": severity, "code": code, "node_id": node_id, "message": message}
    )
