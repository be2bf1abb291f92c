"""The words of events: directions, dispositions, outcomes, states."""

from enum import StrEnum


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
