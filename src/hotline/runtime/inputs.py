"""What may lie in the dispatcher's inbox, and how an input gets the time it is handled at."""

import asyncio
import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from hotline.core.events import Event
from hotline.core.ids import CallId
from hotline.core.inquiry_messages import InquiryAnswered
from hotline.core.requests import AnyRequest
from hotline.core.site import Site
from hotline.core.switching import Provision, SwitchEvent


@dataclass(frozen=True, slots=True)
class Asked:
    """A person's request and where its outcome goes."""

    request: AnyRequest
    outcome: asyncio.Future[CallId | None]


@dataclass(frozen=True, slots=True)
class Reported:
    """Something the switch reported, or that we found out in its place (`found`: it waits for no acknowledgement)."""

    event: SwitchEvent
    found: bool = False


@dataclass(frozen=True, slots=True)
class Answered:
    """What a flow asked outside is answered."""

    answer: InquiryAnswered


@dataclass(frozen=True, slots=True)
class Reconfigured:
    """The site's new picture."""

    site: Site
    provision: Provision
    done: asyncio.Future[None]


@dataclass(frozen=True, slots=True)
class Woken:
    """A timer may be due."""


@dataclass(frozen=True, slots=True)
class Settle:
    """Everything put in before is handled when `done` is; then `note` is written down with the time it is given."""

    done: asyncio.Future[None]
    note: Callable[[datetime], Event]


Message = TypeVar("Message", bound=AnyRequest | SwitchEvent | InquiryAnswered)

Input = Asked | Reported | Answered | Reconfigured | Settle | Woken


def stamped(message: Message, at: datetime) -> Message:
    """Return the message with `at` as its time."""
    return dataclasses.replace(message, at=at)
