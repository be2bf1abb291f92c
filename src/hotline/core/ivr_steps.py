"""What happens when a call stands at a node: the steps of each kind, built in or added by a site.

Each step gets (floor, call, at, node) and returns where the call goes next, or None when it waits (or has left the flow).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hotline.core.call import Call
from hotline.core.events import RecordingFinished
from hotline.core.floor import Floor
from hotline.core.flow_kinds import NodeKind
from hotline.core.flow_kinds import register as register_kind
from hotline.core.ids import NodeId
from hotline.core.inquiry_messages import InquiryAnswered

Step = Callable[[Floor, Call, datetime, Any], NodeId | None]
OnDigit = Callable[[Floor, Call, datetime, Any, str], NodeId | None]
OnFile = Callable[[Floor, Call, datetime, Any, RecordingFinished], NodeId | None]
OnAnswer = Callable[[Floor, Call, datetime, Any, InquiryAnswered], NodeId | None]


def as_it_is(_floor: Floor, _call: Call, _node: Any, answer: InquiryAnswered) -> InquiryAnswered:
    """Take the answer for what its service says."""
    return answer


def stay(*_: Any) -> NodeId | None:
    """Go on waiting."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """The steps of one kind of node.

    `enter`: the call comes to the node. `prompt_over`: what it played is over. `timed_out`: the step timer went off, not as the
    guard of a prompt. `digit`: a key. `answered`: what it asked outside is answered,
    after `judge` has said what the answer amounts to. `recorded`: the file of what it recorded is closed. `rang_in_vain`: nobody took
    what it rang.
    """

    enter: Step
    prompt_over: Step = stay
    timed_out: Step | None = None
    digit: OnDigit = stay
    answered: OnAnswer = stay
    judge: Callable[[Floor, Call, Any, InquiryAnswered], InquiryAnswered] = as_it_is
    recorded: OnFile = stay
    rang_in_vain: Step | None = None


STEPS: dict[type[Any], Steps] = {}


def register(kind: NodeKind, steps: Steps) -> None:
    """Make a kind of node known with its steps (`core.flow_kinds.register`)."""
    register_kind(kind)
    STEPS[kind.node] = steps
