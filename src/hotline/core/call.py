"""One call: what is known about it, and the table of its phases (`core.call_fold` folds the events). Knows no agent, no queue, no switch.

Everything above the line in `Call` is a fold over the call's events and survives a restart; what stands below it belongs to
the moment (which prompt plays, which digits are waiting) and is made anew by `forget_the_moment`.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from hotline.core import events as e
from hotline.core.ids import (
    AgentId,
    AuthorityId,
    CallId,
    DeviceId,
    FlowId,
    HotlineId,
    InquiryId,
    LegId,
    NodeId,
    OfferId,
    PlayId,
    PromptKey,
    QueueId,
    RecordingId,
    TalkId,
    TrunkId,
    VisitId,
)
from hotline.core.topology import Topology


class Phase(StrEnum):
    """Where a call stands. IVR means "with the machine": in a flow, or between two other phases of one step."""

    IVR = "ivr"
    WAITING = "waiting"
    RINGING = "ringing"
    TALKING = "talking"
    HOLDING = "holding"
    INTERRUPTED = "interrupted"
    SURVEY = "survey"
    VOICEMAIL = "voicemail"
    DIALLING = "dialling"
    DIRECT = "direct"
    FORWARDED = "forwarded"
    CALLBACK = "callback"
    ENDED = "ended"


TRANSITIONS: dict[tuple[Phase, type[e.CallEvent]], Phase] = {
    (Phase.IVR, e.QueueEntered): Phase.WAITING,
    (Phase.IVR, e.SurveyInvited): Phase.SURVEY,
    (Phase.IVR, e.TalkStarted): Phase.TALKING,
    (Phase.IVR, e.CallEnded): Phase.ENDED,
    (Phase.IVR, e.OfferMade): Phase.DIRECT,
    (Phase.IVR, e.ForwardStarted): Phase.FORWARDED,
    (Phase.IVR, e.LeadTaken): Phase.TALKING,
    (Phase.DIRECT, e.OfferEnded): Phase.IVR,
    (Phase.FORWARDED, e.ForwardEnded): Phase.IVR,
    (Phase.WAITING, e.OfferMade): Phase.RINGING,
    (Phase.WAITING, e.QueueLeft): Phase.IVR,
    (Phase.RINGING, e.OfferEnded): Phase.WAITING,
    (Phase.TALKING, e.HoldStarted): Phase.HOLDING,
    (Phase.TALKING, e.TalkInterrupted): Phase.INTERRUPTED,
    (Phase.TALKING, e.TalkEnded): Phase.IVR,
    (Phase.HOLDING, e.HoldEnded): Phase.TALKING,
    (Phase.INTERRUPTED, e.TalkResumed): Phase.TALKING,
    (Phase.INTERRUPTED, e.TalkEnded): Phase.IVR,
    (Phase.SURVEY, e.CallEnded): Phase.ENDED,
    (Phase.VOICEMAIL, e.CallEnded): Phase.ENDED,
    (Phase.DIALLING, e.TalkStarted): Phase.TALKING,
    (Phase.DIALLING, e.CallEnded): Phase.ENDED,
    (Phase.DIALLING, e.CallbackPostponed): Phase.CALLBACK,
    (Phase.CALLBACK, e.CallbackStarted): Phase.DIALLING,
    (Phase.CALLBACK, e.CallEnded): Phase.ENDED,
}
"""The phases and what leads from one to the next. A voicemail's `RecordingStarted` leads from IVR to VOICEMAIL; the end of a
conference member's talk leads nowhere while the lead's goes on."""

_ANY_TIME = frozenset(
    {e.LegStarted, e.LegEnded, e.RecordingPaused, e.RecordingFinished,
     e.VariableSet, e.FlowTroubled, e.CallClassified, e.CallFailed, e.SurveyLinkDue, e.SurveyLinkSettled}
)  # fmt: skip
_AFTERWARDS = frozenset(
    {e.LegEnded, e.RecordingFinished, e.VoicemailLeft, e.WrapUpEnded, e.CallFailed, e.SurveyLinkSettled, e.SurveyAnswered}
)  # fmt: skip
_PARTICIPANTS = frozenset(
    {e.ParticipantInvited, e.ParticipantJoined, e.ParticipantRoleChanged, e.ParticipantMuted, e.ParticipantLeft,
     e.TalkStarted, e.TransferMade}
)  # fmt: skip
"""Who else takes part while an agent leads a talk."""
STAYS: dict[Phase, frozenset[type[e.CallEvent]]] = {
    Phase.IVR: _ANY_TIME
    | {
        e.CallAnswered,
        e.FlowEntered,
        e.NodeEntered,
        e.KeysPressed,
        e.InquiryMade,
        e.InquiryEnded,
        e.QuestionAsked,
        e.SelfServed,
        e.RecordingStarted,
        e.CallbackRequested,
        e.TransferMade,
        e.ParticipantLeft,
    },
    Phase.WAITING: _ANY_TIME | {e.KeysPressed},
    Phase.RINGING: _ANY_TIME | {e.KeysPressed},
    Phase.TALKING: _ANY_TIME | _PARTICIPANTS | {e.RecordingStarted, e.TalkMuted},
    Phase.HOLDING: _ANY_TIME | _PARTICIPANTS | {e.TalkMuted},
    Phase.INTERRUPTED: _ANY_TIME | _PARTICIPANTS,
    Phase.DIRECT: _ANY_TIME,
    Phase.FORWARDED: _ANY_TIME | {e.RecordingStarted},
    Phase.SURVEY: _ANY_TIME | {e.SurveyAnswered, e.KeysPressed},
    Phase.VOICEMAIL: _ANY_TIME | {e.KeysPressed, e.VoicemailLeft},
    Phase.CALLBACK: _ANY_TIME | {e.OfferMade, e.OfferEnded},
    Phase.DIALLING: _ANY_TIME | {e.OfferMade, e.OfferEnded, e.CallAnswered},
    # Switches repeat themselves, recordings are closed late, agents write their notes and citizens rate after the call.
    Phase.ENDED: _AFTERWARDS,
}
"""What may happen in a phase without leaving it. Anything in neither table is a bug and ends that call, loudly."""

NEXT: dict[tuple[Phase, type[e.CallEvent]], Phase] = {
    **{(phase, kind): phase for phase, kinds in STAYS.items() for kind in kinds},
    # After-call work of an earlier talk may end while the caller waits again or rates.
    **{(phase, e.WrapUpEnded): phase for phase in Phase},
    **TRANSITIONS,
}


class IllegalTransition(AssertionError):
    """A bug: this event must not happen to a call in this phase."""


@dataclass(slots=True, kw_only=True)
class Visit:
    """A stay in a queue."""

    visit_id: VisitId
    queue_id: QueueId
    priority: int
    entered_at: datetime
    waiting_since: datetime


@dataclass(slots=True, kw_only=True)
class Callback:
    """A place kept in the line of a queue for somebody who is called back when its turn comes (虚拟排队)."""

    queue_id: QueueId
    number: str
    priority: int
    entered_at: datetime
    waiting_since: datetime
    from_call_id: CallId
    tries: int = 0
    until: datetime | None = None
    """Not to be tried again before."""


@dataclass(slots=True, kw_only=True)
class Offer:
    """A ring at an agent."""

    offer_id: OfferId
    agent_id: AgentId | None
    device_id: DeviceId | None
    leg_id: LegId
    since: datetime
    lease_until: datetime
    kind: e.OfferKind = e.OfferKind.QUEUE
    number: str = ""


@dataclass(slots=True, kw_only=True)
class Talk:
    """An agent and the other party, connected."""

    talk_id: TalkId
    agent_id: AgentId
    leg_id: LegId
    started_at: datetime
    queue_id: QueueId | None
    muted: bool = False
    held: bool = False


@dataclass(slots=True, kw_only=True)
class Participant:
    """A party in the talk beside the citizen and the lead agent: consulted, in conference, or a leader who listens in."""

    leg_id: LegId
    role: e.Role
    since: datetime
    by: AgentId
    agent_id: AgentId | None = None
    device_id: DeviceId | None = None
    number: str = ""
    up: bool = False
    muted: bool = False
    talk_id: TalkId | None = None
    """The member's own talk, which counts for them as the lead's does."""
    queue_id: QueueId | None = None
    """The queue that the member's talk counts for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultEnded:
    """How the last consultation of this call ended. `why` as in `ParticipantLeft`; `agent_id` None: a number outside."""

    at: datetime
    why: str
    agent_id: AgentId | None
    number: str


@dataclass(slots=True, kw_only=True)
class Forwarding:
    """The number outside that the citizen talks to."""

    leg_id: LegId
    number: str
    kind: e.OfferKind
    since: datetime


@dataclass(slots=True, kw_only=True)
class Recording:
    """A recording that runs."""

    recording_id: RecordingId
    leg_id: LegId
    path: str
    kind: str
    started_at: datetime
    paused: bool = False


@dataclass(slots=True, kw_only=True)
class Call:
    """A call that runs, or has ended and still has a leg or an agent in after-call work."""

    call_id: CallId
    authority_id: AuthorityId
    direction: e.Direction
    phase: Phase
    since: datetime
    started_at: datetime
    ani: str
    dnis: str
    hotline_id: HotlineId | None
    trunk_id: TrunkId | None
    web: bool
    test: bool
    outside_leg: LegId | None
    """The citizen's leg (inbound), the called party's (outbound), the colleague's (internal)."""
    legs: dict[LegId, AgentId | None]
    answered_at: datetime | None = None
    flow_id: FlowId | None = None
    flow_version: int = 0
    node_id: NodeId | None = None
    callers: list[tuple[FlowId, int, NodeId]] = field(default_factory=list[tuple[FlowId, int, NodeId]])
    """Flows that entered this one as a sub-flow, outermost first, each with the node to return to."""
    variables: dict[str, Any] = field(default_factory=dict[str, Any])
    confidential: set[str] = field(default_factory=set[str])  # variables that are
    inquiry_id: InquiryId | None = None
    """The question outside that a node of the flow waits for."""
    asked_at: datetime | None = None
    failures: dict[NodeId, int] = field(default_factory=dict[NodeId, int])
    """How many questions of a node came to nothing in this call."""
    keys: list[str] = field(default_factory=list[str])
    questions: list[e.QuestionAsked] = field(default_factory=list[e.QuestionAsked])
    served: bool = False
    visit: Visit | None = None
    callback: Callback | None = None
    callback_requested: bool = False
    visits: int = 0
    last_outcome: e.VisitOutcome | None = None
    first_waiting_since: datetime | None = None
    offer: Offer | None = None
    talk: Talk | None = None
    participants: dict[LegId, Participant] = field(default_factory=dict[LegId, Participant])
    consult_ended: ConsultEnded | None = None
    forwarding: Forwarding | None = None
    forwards: int = 0
    """How often the citizen was connected with a number outside."""
    duty_answered: bool = False
    duty_rang: bool = False
    """The duty phone rang in vain, and no queue was entered since."""
    transfer: e.TransferMade | None = None
    """The transfer that is on its way: nobody has the caller yet."""
    talks: int = 0
    messages_heard: int = 0
    """How many messages of its queue a waiting caller was told; not journalled: after a restart the first comes again."""
    answered_questions: int = 0  # of the survey
    last_agent_id: AgentId | None = None
    last_queue_id: QueueId | None = None
    priority: int = 0  # of the last visit
    recording: Recording | None = None
    recordings: int = 0
    message_since: datetime | None = None
    """When the recording of a voicemail began."""
    placed_by: AgentId | None = None
    agent_leg: LegId | None = None
    """The leg of the agent who placed this call."""
    placed_queue_id: QueueId | None = None
    to_agent_id: AgentId | None = None
    shown_number: str = ""
    disposition: e.Disposition | None = None
    ended_at: datetime | None = None

    # ── of the moment ──
    play_id: PlayId | None = None
    digits: str = ""
    """Keys pressed and not yet used (type-ahead)."""
    tries: int = 0
    prompting: bool = False
    """A question is still being played; the clock for its answer has not begun."""
    steps: int = 0
    closing: tuple[e.Disposition | None, e.Party] | None = None
    """The last words play; when they are over, the call ends so."""
    reattach_leg: LegId | None = None
    audio: Topology | None = None
    """What the switch was last asked for (`core.audio`); None: nobody knows."""
    answered_legs: set[LegId] = field(default_factory=set[LegId])
    wrapping: set[AgentId] = field(default_factory=set[AgentId])
    """Agents in after-call work on a talk of this call."""
    phone_holds: bool = False
    """The agent's telephone itself holds (re-INVITE), and so sends no audio."""
    bridge_failures: int = 0
    rang: bool = False
    """Whether an agent's telephone rang when the caller gave up."""
    line_key: tuple[float, datetime, int, CallId] | None = None
    """Where it stands in the line of its queue; None while it does not wait."""
    line_queue_id: QueueId | None = None
    """Whose line that is."""
    asks_for: AgentId | None = None
    """The agent who served this caller last and is waited for a while."""
    rung: set[AgentId] = field(default_factory=set[AgentId])
    """Colleagues whom this internal call rang in vain or rings now."""
    confirming: set[LegId] = field(default_factory=set[LegId])
    """Telephones outside that were picked up and asked to press 1."""
    confirmed: set[LegId] = field(default_factory=set[LegId])
    collected: str = ""
    message_until: datetime | None = None
    """When the caller finished their message; None while it is recorded."""
    voicemail_thanks: tuple[PromptKey, ...] = ()
    voicemail_max_s: float = 120.0
    broken: bool = False
    """Its events made no sense when folded: it is ended when the engine is there."""
    answer: Any = None
    """The answer to the question outside, while what is said meanwhile still plays."""
    keyed: str = ""
    """The number the caller keys in to be called back on."""
    stage: str = ""
    """What a phase is at inside itself: voicemail `instruct`, `record`, `thank`; survey `ask`, `thank`; dialling `device`, `number`."""

    def forget_the_moment(self) -> None:
        """After a restart: what plays and what was typed ahead is unknown."""
        self.play_id = None
        self.answer = None
        self.digits = ""
        self.tries = 0
        self.prompting = False
        self.closing = None
        self.reattach_leg = None
        self.audio = None
        self.stage = ""
        self.collected = ""
        self.keyed = ""
        self.asks_for = None
        self.confirming.clear()
        self.confirmed.clear()

    @property
    def place(self) -> "Visit | Callback | None":
        """The stay in a queue by which the call stands in its line: a visit, or a place kept for a call back."""
        return self.visit or self.callback

    @property
    def rings_from_line(self) -> bool:
        """Whether an agent's telephone rings for it out of the line of a queue."""
        return self.phase is Phase.RINGING or (self.phase is Phase.CALLBACK and self.offer is not None)

    def return_to_caller(self) -> None:
        """Leave a sub-flow: stand again in the flow that called it."""
        self.flow_id, self.flow_version, self.node_id = self.callers.pop()

    def enter(self, phase: Phase, at: datetime) -> None:
        """Stand in `phase` from now, unless it stands there already."""
        if phase is not self.phase:
            self.phase = phase
            self.since = at
