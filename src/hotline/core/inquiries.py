"""Questions that a flow asks something outside: a data source, a synthesiser, a recogniser.

The core asks by a command, after its events are durable; the runtime has the question answered and tells the centre, which
goes on at the node that asked. A question always ends: the core keeps a deadline of its own. What is asked with, and what comes
back, stays out of the journal but for the variables that the flow keeps.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hotline.core import events as e
from hotline.core.call import Call
from hotline.core.events import InquiryOutcome
from hotline.core.floor import Floor, later
from hotline.core.ids import InquiryId
from hotline.core.inquiry_messages import Inquire, InquiryAnswered

DEADLINE_GRACE_S = 2.0
"""So much later than the answer was due the core gives it up by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a node asks. `name` says of what (a source, a named query) and stands in the journal; `arguments` do not."""

    service: str
    name: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])
    timeout_s: float = 5.0


def ask(floor: Floor, call: Call, at: datetime, question: Question) -> None:
    """Ask; the node's step `answered` is called with what comes back."""
    assert call.flow_id is not None and call.node_id is not None
    inquiry_id = InquiryId(floor.id())
    call.answer = None
    floor.emit(
        e.InquiryMade(
            at=at,
            authority_id=call.authority_id,
            call_id=call.call_id,
            inquiry_id=inquiry_id,
            flow_id=call.flow_id,
            node_id=call.node_id,
            service=question.service,
            name=question.name,
        )
    )
    floor.inquire(
        Inquire(
            inquiry_id=inquiry_id,
            call_id=call.call_id,
            authority_id=call.authority_id,
            service=question.service,
            name=question.name,
            arguments=dict(question.arguments),
            timeout_s=question.timeout_s,
        )
    )
    floor.set_timer("inquiry", call.call_id, later(at, question.timeout_s + DEADLINE_GRACE_S))


def over(floor: Floor, call: Call, answer: InquiryAnswered) -> None:
    """Write down how the question ended."""
    assert call.inquiry_id is not None and call.asked_at is not None and call.node_id is not None
    floor.cancel_timer("inquiry", call.call_id)
    floor.emit(
        e.InquiryEnded(
            at=answer.at,
            authority_id=call.authority_id,
            call_id=call.call_id,
            inquiry_id=call.inquiry_id,
            node_id=call.node_id,
            outcome=answer.outcome,
            seconds=(answer.at - call.asked_at).total_seconds(),
            what=answer.what,
        )
    )


def no_more(floor: Floor, call: Call, at: datetime) -> None:
    """What was asked is no longer of interest; nothing happens where nothing was."""
    call.answer = None
    if call.inquiry_id is not None:
        asked = call.inquiry_id
        over(
            floor,
            call,
            InquiryAnswered(at=at, call_id=call.call_id, inquiry_id=asked, outcome=InquiryOutcome.OK),
        )


def overdue(call: Call, at: datetime) -> InquiryAnswered:
    """Return the answer that nobody gave."""
    assert call.inquiry_id is not None
    return InquiryAnswered(
        at=at, call_id=call.call_id, inquiry_id=call.inquiry_id, outcome=InquiryOutcome.TIMEOUT
    )
