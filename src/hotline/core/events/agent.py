"""What happens to agents."""

from dataclasses import dataclass
from datetime import datetime

from hotline.core.events.base import AgentEvent
from hotline.core.events.words import AgentState
from hotline.core.ids import AgentId, CallId, DeviceId, QueueId, TalkId


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSignedIn(AgentEvent):
    """签入: the agent takes part, on this device, from this address."""

    device_id: DeviceId
    address: str = ""
    queues: tuple[QueueId, ...] = ()
    """What the agent is a member of just then: their time counts for these queues."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSignedOut(AgentEvent):
    """签出. `why`: self, forced, missed_calls, device_lost, session_ended, system."""

    why: str
    by: AgentId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentStateChanged(AgentEvent):
    """The agent is in a new state from now. `until` is set while a timer will end it (after-call work, missed).

    `talk_id` is the talk that after-call work belongs to.
    """

    state: AgentState
    reason: str = ""
    queue_id: QueueId | None = None
    call_id: CallId | None = None
    until: datetime | None = None
    by: AgentId | None = None
    talk_id: TalkId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentStateRequested(AgentEvent):
    """The agent (or a leader) chose a state while a call runs; it takes effect when the call and its after-call work are over."""

    state: AgentState
    reason: str = ""
    by: AgentId | None = None
