"""What happened, for the journal. Every figure, list and recovery is a fold over these and nothing else.

Each event is a frozen record with its own time (UTC) and its authority. Call events carry `call_id`, agent events `agent_id`;
the journal keeps one order over all. New fields get defaults, so that old journals stay readable.
"""

from hotline.core.events.agent import AgentSignedIn, AgentSignedOut, AgentStateChanged, AgentStateRequested
from hotline.core.events.base import AgentEvent, CallEvent, SystemEvent
from hotline.core.events.call import (
    CallAnswered,
    CallArrived,
    CallbackPostponed,
    CallbackQueued,
    CallbackRequested,
    CallbackStarted,
    CallClassified,
    CallEnded,
    CallFailed,
    CallPlaced,
    FlowEntered,
    FlowTroubled,
    InquiryEnded,
    InquiryMade,
    KeysPressed,
    LegEnded,
    LegStarted,
    NodeEntered,
    QuestionAsked,
    RecordingFinished,
    RecordingPaused,
    RecordingStarted,
    SelfServed,
    SurveyAnswered,
    SurveyInvited,
    SurveyLinkDue,
    SurveyLinkSettled,
    VariableSet,
    VoicemailLeft,
)
from hotline.core.events.service import (
    ForwardEnded,
    ForwardStarted,
    HoldEnded,
    HoldStarted,
    LeadTaken,
    OfferEnded,
    OfferMade,
    ParticipantInvited,
    ParticipantJoined,
    ParticipantLeft,
    ParticipantMuted,
    ParticipantRoleChanged,
    QueueEntered,
    QueueLeft,
    TalkEnded,
    TalkInterrupted,
    TalkMuted,
    TalkResumed,
    TalkStarted,
    TransferMade,
    WrapUpEnded,
)
from hotline.core.events.system import EngineConnected, EngineDisconnected, SystemStarted, SystemStopped
from hotline.core.events.words import (
    AgentState,
    Direction,
    Disposition,
    InquiryOutcome,
    OfferKind,
    OfferOutcome,
    OverflowCause,
    Party,
    Role,
    TalkEnd,
    TargetKind,
    VisitOutcome,
)

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
    | InquiryMade
    | QuestionAsked
    | InquiryEnded
    | FlowTroubled
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
    | TransferMade
    | LeadTaken
    | ParticipantInvited
    | ParticipantJoined
    | ParticipantRoleChanged
    | ParticipantMuted
    | ParticipantLeft
    | ForwardStarted
    | ForwardEnded
    | RecordingStarted
    | RecordingPaused
    | RecordingFinished
    | SurveyInvited
    | SurveyLinkDue
    | SurveyLinkSettled
    | SurveyAnswered
    | VoicemailLeft
    | CallbackRequested
    | CallbackQueued
    | CallbackStarted
    | CallbackPostponed
    | CallFailed
    | CallClassified
    | AgentSignedIn
    | AgentSignedOut
    | AgentStateChanged
    | AgentStateRequested
    | SystemStarted
    | SystemStopped
    | EngineConnected
    | EngineDisconnected
)
"""Every event of the journal."""

__all__ = [
    "AgentEvent",
    "AgentSignedIn",
    "AgentSignedOut",
    "AgentState",
    "AgentStateChanged",
    "AgentStateRequested",
    "CallAnswered",
    "CallArrived",
    "CallClassified",
    "CallEnded",
    "CallEvent",
    "CallFailed",
    "CallPlaced",
    "CallbackPostponed",
    "CallbackQueued",
    "CallbackRequested",
    "CallbackStarted",
    "Direction",
    "Disposition",
    "EngineConnected",
    "EngineDisconnected",
    "Event",
    "FlowEntered",
    "FlowTroubled",
    "ForwardEnded",
    "ForwardStarted",
    "HoldEnded",
    "HoldStarted",
    "InquiryEnded",
    "InquiryMade",
    "QuestionAsked",
    "InquiryOutcome",
    "KeysPressed",
    "LeadTaken",
    "LegEnded",
    "LegStarted",
    "NodeEntered",
    "OfferEnded",
    "OfferKind",
    "OfferMade",
    "OfferOutcome",
    "OverflowCause",
    "ParticipantInvited",
    "ParticipantJoined",
    "ParticipantLeft",
    "ParticipantMuted",
    "ParticipantRoleChanged",
    "Party",
    "QueueEntered",
    "QueueLeft",
    "RecordingFinished",
    "RecordingPaused",
    "RecordingStarted",
    "Role",
    "SelfServed",
    "SurveyAnswered",
    "SurveyInvited",
    "SurveyLinkDue",
    "SurveyLinkSettled",
    "SystemEvent",
    "SystemStarted",
    "SystemStopped",
    "TalkEnd",
    "TalkEnded",
    "TalkInterrupted",
    "TalkMuted",
    "TalkResumed",
    "TalkStarted",
    "TargetKind",
    "TransferMade",
    "VariableSet",
    "VisitOutcome",
    "VoicemailLeft",
    "WrapUpEnded",
]
