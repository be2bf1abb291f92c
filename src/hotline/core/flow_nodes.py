"""The nodes of a flow as the interpreter walks them, typed and complete. How they are written is `core.flow`'s matter."""

from dataclasses import dataclass

from hotline.core.expression import Compiled
from hotline.core.ids import FlowId, HoursId, NodeId, PromptKey


class FlowError(ValueError):
    """The document cannot be run. `node_id` says where ("" for the document itself)."""

    def __init__(self, what: str, node_id: str = "") -> None:
        super().__init__(f"{node_id}: {what}" if node_id else what)
        self.what = what
        self.node_id = node_id


Prompts = tuple[PromptKey, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """Play prompts and go on; a key stops them and is kept for the next question."""

    prompts: Prompts
    next: NodeId
    interruptible: bool
    served: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of a spoken sentence: a prompt, or a value and how to say it."""

    kind: str
    prompt: PromptKey | None = None
    value: Compiled | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Speak a sentence made of prompts and values."""

    pieces: tuple[Piece, ...]
    next: NodeId
    interruptible: bool
    served: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a key of a menu means."""

    label: str
    next: NodeId


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """Ask for one key."""

    prompts: Prompts
    choices: dict[str, Choice]
    timeout_s: float
    retries: int
    invalid: Prompts
    no_input: Prompts
    on_failure: NodeId


@dataclass(frozen=True, slots=True, kw_only=True)
class Collect:
    """Ask for several keys. `star_as` is what the star key writes (X in identity numbers)."""

    variable: str
    prompts: Prompts
    min: int
    max: int
    terminator: str
    timeout_s: float
    between_s: float
    star_as: str
    secret: bool
    check: Compiled | None
    invalid: Prompts
    no_input: Prompts
    retries: int
    next: NodeId
    on_failure: NodeId


@dataclass(frozen=True, slots=True, kw_only=True)
class SetVariables:
    """Give variables new values, in the order written."""

    values: tuple[tuple[str, Compiled], ...]
    next: NodeId


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Go where the first true case leads."""

    cases: tuple[tuple[Compiled, NodeId], ...]
    otherwise: NodeId


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursNode:
    """Branch on opening hours; None: those of the hotline."""

    hours_id: HoursId | None
    open: NodeId
    closed: NodeId


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueNode:
    """Wait for an agent of a queue (its id or number)."""

    queue: str
    priority: Compiled
    prompts: Prompts


@dataclass(frozen=True, slots=True, kw_only=True)
class VoicemailNode:
    """Leave a message."""

    prompts: Prompts
    thanks: Prompts
    queue: str
    max_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyNode:
    """Ask for a rating if an agent served this call, then hang up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferNode:
    """Go to the queue or hotline with this number; with `outside`, also to a number outside, which is rung through the trunk."""

    to: Compiled
    otherwise: NodeId
    outside: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyNode:
    """Ring the duty phone: this number, or the hotline's. Nobody answers: `otherwise`."""

    number: str
    prompts: Prompts
    otherwise: NodeId


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackNode:
    """Offer to be called back by an agent of the queue, with a place kept in its line. The caller declines: `otherwise`."""

    queue: str
    prompts: Prompts
    otherwise: NodeId


@dataclass(frozen=True, slots=True, kw_only=True)
class SubflowNode:
    """Walk another flow and come back to `next`."""

    flow_id: FlowId
    next: NodeId


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnNode:
    """Back to the flow that called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUpNode:
    """Last words, then the end."""

    prompts: Prompts


Node = (
    Play
    | Say
    | Menu
    | Collect
    | SetVariables
    | Condition
    | HoursNode
    | QueueNode
    | VoicemailNode
    | SurveyNode
    | TransferNode
    | DutyNode
    | CallbackNode
    | SubflowNode
    | ReturnNode
    | HangUpNode
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A flow that can be walked."""

    id: FlowId
    version: int
    start: NodeId
    nodes: dict[NodeId, Node]


def successors(node: Node) -> tuple[NodeId, ...]:
    """Return the nodes that may come next within the flow, in the order written."""
    match node:
        case Play() | Say() | SetVariables() | SubflowNode():
            return (node.next,)
        case Menu():
            return (*(choice.next for choice in node.choices.values()), node.on_failure)
        case Collect():
            return (node.next, node.on_failure)
        case Condition():
            return (*(target for _, target in node.cases), node.otherwise)
        case HoursNode():
            return (node.open, node.closed)
        case TransferNode() | DutyNode() | CallbackNode():
            return (node.otherwise,)
        case QueueNode() | VoicemailNode() | SurveyNode() | ReturnNode() | HangUpNode():
            return ()
