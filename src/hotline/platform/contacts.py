"""How features speak of citizens without knowing each other's tables: find a customer by number, and tell a customer's story.

`customers` implements `Customers`; every feature that has contacts with citizens adds a source of timeline entries
(`platform.services[Timeline].sources.append(…)` in its wiring).
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, cast

from sqlalchemy.ext.asyncio import AsyncSession

from hotline.platform.access import Platform
from hotline.platform.actor import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerBrief:
    """As much of a customer as others need: class is ordinary, vip, contract, care or blacklist."""

    id: str
    authority_id: str
    name: str
    kind: str
    customer_class: str
    numbers: tuple[str, ...] = ()


class Customers(Protocol):
    """Looks customers up, within the actor's sight."""

    async def by_number(self, session: AsyncSession, actor: Actor, number: str) -> CustomerBrief | None:
        """The customer of a number: the one changed last where several have it."""
        ...

    async def by_ids(
        self, session: AsyncSession, actor: Actor, ids: Collection[str]
    ) -> dict[str, CustomerBrief]:
        """The customers with these ids; one that was merged away yields the one it went into."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whose story is told: ids (of merged customers too) and numbers."""

    customer_ids: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """One contact: `kind` is call, ticket, message, chat, note …; `ref` opens it (a path of the web application, "" where none)."""

    at: datetime
    kind: str
    id: str
    title: str
    text: str = ""
    state: str = ""
    who: str = ""
    ref: str = ""


TimelineSource = Callable[
    [AsyncSession, Actor, Subject, datetime | None, int], Awaitable[Sequence[TimelineEntry]]
]
"""Given (session, actor, subject, before, limit): the newest entries before that moment, newest first, in the actor's sight."""


@dataclass(slots=True)
class Timeline:
    """The sources of entries, over all features."""

    sources: list[TimelineSource] = field(default_factory=list[TimelineSource])

    async def entries(
        self, session: AsyncSession, actor: Actor, subject: Subject, before: datetime | None, limit: int
    ) -> list[TimelineEntry]:
        """The newest entries of all sources together."""
        found = [
            entry for source in self.sources for entry in await source(session, actor, subject, before, limit)
        ]
        return sorted(found, key=lambda entry: (entry.at, entry.id), reverse=True)[:limit]


def timeline_of(platform: Platform) -> Timeline:
    """The platform's timeline, made at first need, so that the order of wirings does not matter."""
    return cast("Timeline", platform.services.setdefault(Timeline, Timeline()))
