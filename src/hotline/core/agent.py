"""One agent: what the journal says about them. Knows no call but by its id, and no queue."""

from dataclasses import dataclass, field
from datetime import datetime

from hotline.core import events as e
from hotline.core.events import AgentState
from hotline.core.ids import AgentId, AuthorityId, CallId, DeviceId, QueueId, TalkId
from hotline.core.site import AgentProfile

IN_CALL = frozenset(
    {AgentState.RINGING, AgentState.TALKING, AgentState.HOLDING, AgentState.DIALLING, AgentState.INTERNAL}
)
"""States that a call ends, not the agent's wish."""
AT_WORK = IN_CALL | {AgentState.READY, AgentState.AFTER_CALL}
"""States of an agent who serves callers, one after another."""


@dataclass(slots=True, kw_only=True)
class Agent:
    """An agent who has signed in at least once, with what they do now."""

    agent_id: AgentId
    authority_id: AuthorityId
    profile: AgentProfile
    since: datetime
    state: AgentState = AgentState.OFFLINE
    reason: str = ""
    until: datetime | None = None
    call_id: CallId | None = None
    queue_id: QueueId | None = None
    talk_id: TalkId | None = None
    """The talk that after-call work belongs to."""
    device_id: DeviceId | None = None
    address: str = ""
    signed_in_at: datetime | None = None
    next_state: AgentState | None = None
    next_reason: str = ""
    idle_since: datetime | None = None
    """Since when the agent waits for a call, for the strategy of longest idle; being rung in vain does not begin it anew."""
    missed_in_a_row: int = 0
    talks: int = 0
    """Talks since signing in, for the strategy of fewest calls."""
    turn: int = 0
    """Number of the last offer, for round robin."""

    # ── of the moment ──
    ready_keys: dict[QueueId, tuple["ReadyKey", int]] = field(
        default_factory=dict[QueueId, tuple["ReadyKey", int]]
    )
    """Where the agent stands in the lines of ready agents, and the skill level there; empty when no call may be offered."""
    lost_device: bool = False
    """A timer runs that signs the agent out unless the device registers again."""

    @property
    def signed_in(self) -> bool:
        """Whether the agent takes part."""
        return self.state is not AgentState.OFFLINE


ReadyKey = tuple[float, float, AgentId]
"""Place in a line of ready agents: by strategy, then by idle time, then by id."""


def evolve(agent: Agent, event: e.AgentEvent) -> None:
    """Bring the agent up to date with something that happened to them."""
    if isinstance(event, e.AgentStateChanged):
        _state_changed(agent, event)
    elif isinstance(event, e.AgentStateRequested):
        agent.next_state = event.state
        agent.next_reason = event.reason
    elif isinstance(event, e.AgentSignedIn):
        agent.device_id = event.device_id
        agent.address = event.address
        agent.signed_in_at = event.at
        agent.idle_since = None
        agent.next_state = None
        agent.missed_in_a_row = agent.talks = 0
    elif isinstance(event, e.AgentSignedOut):
        agent.signed_in_at = None
        agent.device_id = None
        agent.next_state = None


def _state_changed(agent: Agent, event: e.AgentStateChanged) -> None:
    rung_in_vain = agent.state is AgentState.RINGING
    agent.state = event.state
    agent.reason = event.reason
    agent.since = event.at
    agent.until = event.until
    agent.call_id = event.call_id
    agent.queue_id = event.queue_id
    agent.talk_id = event.talk_id
    if event.state is AgentState.READY:
        if agent.idle_since is None or not rung_in_vain:
            agent.idle_since = event.at
        agent.next_state = None
    elif event.state in {AgentState.BUSY, AgentState.REST, AgentState.OFFLINE}:
        agent.next_state = None


def hears(agent: Agent, event: e.OfferMade | e.OfferEnded | e.TalkStarted) -> None:
    """Count what a call's event means for the agent in it."""
    if isinstance(event, e.TalkStarted):
        agent.talks += 1
        agent.missed_in_a_row = 0
    elif isinstance(event, e.OfferEnded):
        if event.outcome is e.OfferOutcome.MISSED:
            agent.missed_in_a_row += 1
        elif event.outcome is e.OfferOutcome.ANSWERED:
            agent.missed_in_a_row = 0
