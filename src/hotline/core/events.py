"""What happened, for the journal. Every figure, list and recovery is a fold over these and nothing else.

Each event is a frozen record with its own time (UTC) and its authority. Call events carry `call_id`, agent events `agent_id`;
the journal keeps one order over all. New fields get defaults, so that old journals stay readable.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from hotline.core.ids import (
    AgentId,
    AuthorityId,
    CallId,
    DeviceId,
    FlowId,
    HotlineId,
    LegId,
    NodeId,
    OfferId,
    QueueId,
    RecordingId,
    TalkId,
    TrunkId,
    VisitId,
)


class Direction(StrEnum):
    """Seen from the centre."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    INTERNAL = "internal"


class Disposition(StrEnum):
    """How an inbound call ended, exactly one of these (metrics.md); outbound and internal calls use the last group."""

    IVR_HANGUP = "ivr_hangup"
    SELF_SERVED = "self_served"
    AGENT_ANSWERED = "agent_answered"
    QUEUE_ABANDONED = "queue_abandoned"
    RING_ABANDONED = "ring_abandoned"
    DUTY_ANSWERED = "duty_answered"
    DUTY_ABANDONED = "duty_abandoned"
    VOICEMAIL = "voicemail"
    CALLBACK_REQUESTED = "callback_requested"
    CLOSED = "closed"
    OVERFLOW_LOST = "overflow_lost"
    REJECTED = "rejected"
    SYSTEM_LOST = "system_lost"
    # outbound and internal
    CONNECTED = "connected"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    FAILED = "failed"
    CANCELLED = "cancelled"


class VisitOutcome(StrEnum):
    """How a queue visit ended."""

    ANSWERED = "answered"
    ABANDONED_WAITING = "abandoned_waiting"
    ABANDONED_RINGING = "abandoned_ringing"
    OVERFLOWED = "overflowed"
    TRANSFERRED_OUT = "transferred_out"
    VOICEMAIL = "voicemail"
    CALLBACK = "callback"
    SYSTEM_LOST = "system_lost"


class OverflowCause(StrEnum):
    """Why a visit overflowed."""

    TIME_OUT = "time_out"
    FULL = "full"
    NO_AGENT = "no_agent"
    RULE = "rule"


class OfferOutcome(StrEnum):
    """How a ring at an agent ended."""

    ANSWERED = "answered"
    MISSED = "missed"
    CALLER_ABANDONED = "caller_abandoned"
    RECALLED = "recalled"  # taken back by us: device failed, agent forced away, lease ran out, system


class TalkEnd(StrEnum):
    """How a talk ended."""

    CALLER_HUNG_UP = "caller_hung_up"
    AGENT_HUNG_UP = "agent_hung_up"
    TRANSFERRED_BLIND = "transferred_blind"
    TRANSFERRED_CONSULTED = "transferred_consulted"
    TRANSFERRED_QUEUE = "transferred_queue"
    TO_SURVEY = "to_survey"
    LOST = "lost"


class AgentState(StrEnum):
    """What an agent does; exactly one at any time."""

    OFFLINE = "offline"
    READY = "ready"
    RINGING = "ringing"
    TALKING = "talking"
    HOLDING = "holding"
    AFTER_CALL = "after_call"
    BUSY = "busy"
    REST = "rest"
    DIALLING = "dialling"
    INTERNAL = "internal"
    MISSED = "missed"


class Party(StrEnum):
    """Who did it."""

    CITIZEN = "citizen"
    AGENT = "agent"
    SYSTEM = "system"


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


# ── Calls ────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class CallArrived(CallEvent):
    """An inbound call reached the switch (counts as trunk_in). `hotline_id` None: no hotline has this number."""

    hotline_id: HotlineId | None
    leg_id: LegId
    ani: str
    dnis: str
    trunk_id: TrunkId | None = None
    web: bool = False
    test: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPlaced(CallEvent):
    """An agent began an outbound or internal call. `to` is the number or colleague dialled."""

    direction: Direction
    agent_id: AgentId
    leg_id: LegId
    to: str
    shown_number: str
    hotline_id: HotlineId | None = None
    queue_id: QueueId | None = None
    trunk_id: TrunkId | None = None
    to_agent_id: AgentId | None = None
    test: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAnswered(CallEvent):
    """Inbound: the switch answered. Outbound: the called party answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnded(CallEvent):
    """The end, exactly once for each call."""

    disposition: Disposition
    by: Party
    sip_status: int = 0
    q850: int = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class LegStarted(CallEvent):
    """A leg beyond the first was made for this call."""

    leg_id: LegId
    agent_id: AgentId | None = None
    device_id: DeviceId | None = None
    number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegEnded(CallEvent):
    """A leg of this call is gone."""

    leg_id: LegId
    cause: str
    sip_status: int = 0
    q850: int = 16
    codec: str = ""
    packets_received: int = 0
    packets_lost: int = 0
    jitter_ms: float = 0.0


# ── IVR ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowEntered(CallEvent):
    """The call entered a flow; it stays on this version to its end."""

    flow_id: FlowId
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeEntered(CallEvent):
    """The call stands at a node."""

    flow_id: FlowId
    node_id: NodeId


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysPressed(CallEvent):
    """The caller's answer to a menu or a collect node. `keys` of sensitive collects are masked but for the last four.

    `accepted` False: a key the menu does not have, or digits that failed their check.
    """

    flow_id: FlowId
    node_id: NodeId
    keys: str
    accepted: bool
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableSet(CallEvent):
    """A variable of the call got a value. Secret ones are kept out of lists and exports."""

    name: str
    value: str
    secret: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfServed(CallEvent):
    """The caller got what they came for without a person; the call counts as self_served unless an agent answers later."""

    service: str


# ── Queue, offers, talks ─────────────────────────────────────────────────────────────────────────────────────


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


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferEnded(CallEvent):
    """The ring ended. `why` is a stable word: answered, ring_time_out, agent_rejected, unreachable, caller_hung_up, forced, lease_expired."""

    offer_id: OfferId
    outcome: OfferOutcome
    why: str
    agent_id: AgentId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkStarted(CallEvent):
    """An agent and the other party are connected."""

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


# ── Recording, survey, voicemail, call-back ──────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingStarted(CallEvent):
    """Recording began at the first human answer (kind `call`) or at the beep (kind `voicemail`)."""

    recording_id: RecordingId
    leg_id: LegId
    path: str
    kind: str = "call"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingPaused(CallEvent):
    """Recording writes silence (sensitive data), or speech again."""

    recording_id: RecordingId
    paused: bool
    agent_id: AgentId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingFinished(CallEvent):
    """The file is whole (`error` "") or cut short. May come after `CallEnded`."""

    recording_id: RecordingId
    path: str
    size_bytes: int
    duration_ms: int
    sha256: str
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyInvited(CallEvent):
    """The caller was asked to rate."""

    agent_id: AgentId | None
    queue_id: QueueId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyAnswered(CallEvent):
    """The caller rated. `grade` is the key's meaning (1 best); `question` counts from 1."""

    question: int
    key: str
    grade: int
    label: str
    agent_id: AgentId | None
    queue_id: QueueId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VoicemailLeft(CallEvent):
    """A message was recorded."""

    recording_id: RecordingId
    duration_ms: int
    queue_id: QueueId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackRequested(CallEvent):
    """The caller asked to be called back."""

    number: str
    queue_id: QueueId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFailed(CallEvent):
    """Something that should not happen happened to this call (a bug, an engine fault); it was ended, loudly."""

    what: str


# ── Agents ───────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSignedIn(AgentEvent):
    """签入: the agent takes part, on this device, from this address."""

    device_id: DeviceId
    address: str = ""


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


# ── System ───────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemStarted(SystemEvent):
    """The application runs."""

    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemStopped(SystemEvent):
    """The application ended in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineConnected(SystemEvent):
    """The switch engine is there."""

    engine: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineDisconnected(SystemEvent):
    """The switch engine is gone; its calls are lost."""

    engine: str
    reason: str


Event = (
    CallArrived
    | CallPlaced
    | CallAnswered
    | CallEnded
    | LegStarted
    | LegEnded
    | FlowEntered
    | NodeEntered
    | KeysPressed
    | VariableSet
    | SelfServed
    | QueueEntered
    | QueueLeft
    | OfferMade
    | OfferEnded
    | TalkStarted
    | HoldStarted
    | HoldEnded
    | TalkMuted
    | TalkInterrupted
    | TalkResumed
    | TalkEnded
    | WrapUpEnded
    | RecordingStarted
    | RecordingPaused
    | RecordingFinished
    | SurveyInvited
    | SurveyAnswered
    | VoicemailLeft
    | CallbackRequested
    | CallFailed
    | AgentSignedIn
    | AgentSignedOut
    | AgentStateChanged
    | AgentStateRequested
    | SystemStarted
    | SystemStopped
    | EngineConnected
    | EngineDisconnected
)
