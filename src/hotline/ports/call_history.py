"""The call-history port: what the desk wants to know of calls that are over."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from hotline.core.events import Direction, Disposition
from hotline.core.ids import AgentId, AuthorityId, CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierCall:
    """An earlier call of the same number."""

    call_id: CallId
    at: datetime
    direction: Direction
    disposition: Disposition | None
    hotline_name: str
    queue_name: str
    agent_name: str
    talk_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentToday:
    """An agent's own figures since local midnight. `missed` counts offers that rang out."""

    answered: int
    missed: int
    outbound: int
    talk_s: int


class CallHistory(Protocol):
    """Looks back over calls."""

    async def earlier(
        self, number: str, *, authorities: Collection[AuthorityId] | None, but: CallId, limit: int = 10
    ) -> list[EarlierCall]:
        """Return the newest calls from or to a number, newest first, without the call `but`."""
        ...

    async def today_of(self, agent_id: AgentId, since: datetime) -> AgentToday:
        """Count an agent's calls begun at or after `since`."""
        ...
