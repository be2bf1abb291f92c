"""What answers the questions of flows (`core.inquiries`): services by name, such as `http`, `database`, `speech.say`.

A service does the work of one question and may raise or run late: whoever calls it holds the deadline and the number of questions
at once, and makes of anything a checked outcome.
"""

from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Any, Protocol

from hotline.core.events import InquiryOutcome
from hotline.core.inquiry_messages import Inquire


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a service answers. `values` is what JSON has. `what`: why it failed, in a few words without personal data."""

    outcome: InquiryOutcome
    values: dict[str, Any] = field(default_factory=dict[str, Any], repr=False)
    what: str = ""


class Service(Protocol):
    """One service that flows may ask."""

    def ask(self, inquiry: Inquire) -> Awaitable[Answer]:
        """Answer a question. Cancelled when its time is over."""
        ...


class Services(dict[str, Service]):
    """All services by name. Filled by the composition root and by features' wiring."""
