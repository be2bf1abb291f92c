"""The command by which a flow asks something outside, and the input by which it hears of the answer. Knows no call, no floor."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hotline.core.events import InquiryOutcome
from hotline.core.ids import AuthorityId, CallId, InquiryId


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquire:
    """Have a question answered by a service (`ports.inquiries`); `InquiryAnswered` follows, at the latest after `timeout_s`."""

    inquiry_id: InquiryId
    call_id: CallId
    authority_id: AuthorityId
    service: str
    name: str
    arguments: dict[str, Any] = field(repr=False)
    timeout_s: float
    answer_wanted: bool = True
    """False: it is told something; nobody waits for what it answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryAnswered:
    """The answer: what JSON has, kept small (`core.expression_values`). `what`: why it failed, without personal data."""

    at: datetime
    call_id: CallId
    inquiry_id: InquiryId
    outcome: InquiryOutcome
    values: dict[str, Any] = field(default_factory=dict[str, Any], repr=False)
    what: str = ""
