"""Bases of events: to whom they happen."""

from dataclasses import dataclass
from datetime import datetime

from hotline.core.ids import AgentId, AuthorityId, CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEvent:
    """Base of everything that happens to a call."""

    at: datetime
    authority_id: AuthorityId
    call_id: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentEvent:
    """Base of everything that happens to an agent."""

    at: datetime
    authority_id: AuthorityId
    agent_id: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemEvent:
    """Base of what happens to the installation."""

    at: datetime
    authority_id: AuthorityId
