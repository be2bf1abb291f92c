"""How a call is served: queue visits, offers, talks."""

from dataclasses import dataclass
from datetime import datetime

from hotline.core.events.base import CallEvent
from hotline.core.events.words import (
    Direction,
    OfferKind,
    OfferOutcome,
    OverflowCause,
    Role,
    TalkEnd,
    TargetKind,
    VisitOutcome,
)
from hotline.core.ids import AgentId, DeviceId, LegId, OfferId, QueueId, TalkId, VisitId


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueEntered(CallEvent):
    """The call waits in a queue. `priority` higher is served first; ties by `waiting_since` (None: since `at`).

    A caller who comes back after a lost talk keeps the earlier `waiting_since` and so stands at the head again; waits are counted from `at`.
    """

    visit_id: VisitId
    queue_id: QueueId
    priority: int
    position: int
    waiting_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLeft(CallEvent):
    """The visit ended."""

    visit_id: VisitId
    queue_id: QueueId
    outcome: VisitOutcome
    cause: OverflowCause | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferMade(CallEvent):
    """The call rings at an agent (or the duty phone: `agent_id` None). The agent is reserved until `lease_until`."""

    offer_id: OfferId
    leg_id: LegId
    lease_until: datetime
    visit_id: VisitId | None = None
    queue_id: QueueId | None = None
    agent_id: AgentId | None = None
    device_id: DeviceId | None = None
    duty_number: str = ""
    """The number outside that rings: the duty phone, a mobile seat, the target of a transfer."""
    kind: OfferKind = OfferKind.QUEUE


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferEnded(CallEvent):
    """The ring ended. `why` is a stable word: answered, ring_time_out, agent_rejected, unreachable, caller_hung_up, forced, lease_expired."""

    offer_id: OfferId
    outcome: OfferOutcome
    why: str
    agent_id: AgentId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkStarted(CallEvent):
    """An agent and the other party are connected. While another talk leads, this is a member's of a conference."""

    talk_id: TalkId
    agent_id: AgentId
    leg_id: LegId
    direction: Direction
    queue_id: QueueId | None = None
    visit_id: VisitId | None = None
    offer_id: OfferId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldStarted(CallEvent):
    """The agent put the citizen on hold."""

    talk_id: TalkId
    agent_id: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldEnded(CallEvent):
    """The citizen is back."""

    talk_id: TalkId
    agent_id: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkMuted(CallEvent):
    """The agent's microphone was closed at the switch, or opened again."""

    talk_id: TalkId
    agent_id: AgentId
    muted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkInterrupted(CallEvent):
    """The agent's leg broke (page reload, network); the citizen hears a notice until it is back or `until` passes."""

    talk_id: TalkId
    agent_id: AgentId
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkResumed(CallEvent):
    """The agent is back on a new leg."""

    talk_id: TalkId
    agent_id: AgentId
    leg_id: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkEnded(CallEvent):
    """The talk is over."""

    talk_id: TalkId
    agent_id: AgentId
    how: TalkEnd


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUpEnded(CallEvent):
    """The agent finished after-call work on this call's talk (by hand, by time-out, or because something else came)."""

    talk_id: TalkId
    agent_id: AgentId
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferMade(CallEvent):
    """An agent (or the system: `by` None) sends the call on. `to` is the work number, queue id, number or flow id."""

    by: AgentId | None
    kind: TargetKind
    to: str
    consulted: bool = False
    talk_id: TalkId | None = None
    to_agent_id: AgentId | None = None
    to_queue_id: QueueId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadTaken(CallEvent):
    """A member of the conference leads the call from now, because the one before left. Their talk goes on."""

    talk_id: TalkId
    agent_id: AgentId
    leg_id: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantInvited(CallEvent):
    """A further party is called into the talk. `agent_id` None: a number outside."""

    leg_id: LegId
    role: Role
    by: AgentId
    agent_id: AgentId | None = None
    device_id: DeviceId | None = None
    number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantJoined(CallEvent):
    """The party's telephone is up; it takes part in its role."""

    leg_id: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantRoleChanged(CallEvent):
    """A consulted party becomes a member, a leader goes from listening to whispering, …."""

    leg_id: LegId
    role: Role
    by: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantMuted(CallEvent):
    """A participant's microphone was closed at the switch, or opened again."""

    leg_id: LegId
    muted: bool
    by: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantLeft(CallEvent):
    """The party takes part no more.

    `why`: hung_up, dropped, no_answer, busy, rejected, failed, took_over, talk_ended, call_ended, system.
    """

    leg_id: LegId
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardStarted(CallEvent):
    """The citizen talks to a number outside without an agent: the duty phone, or the target of a transfer."""

    leg_id: LegId
    number: str
    kind: OfferKind
    offer_id: OfferId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardEnded(CallEvent):
    """The number outside is gone; the call is over, or goes on where it may."""

    leg_id: LegId
    why: str
