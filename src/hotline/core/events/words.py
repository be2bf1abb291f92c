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


class InquiryOutcome(StrEnum):
    """How a question to something outside ended (数据查询)."""

    OK = "ok"
    NOT_FOUND = "not_found"
    FAILED = "failed"
    TIMEOUT = "timeout"
    BUSY = "busy"


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


class OfferKind(StrEnum):
    """What rings, and why."""

    QUEUE = "queue"
    PICK_UP = "pick_up"  # a colleague takes over what rings or waits (代答)
    DIRECT = "direct"  # one named agent: a transfer, a forwarded call
    OUTSIDE = "outside"  # a number outside: a transfer
    DUTY = "duty"  # the duty phone (值班电话)
    CALLBACK = "callback"  # the caller's kept place has come (虚拟排队)
    COLLEAGUE = "colleague"  # an internal call


class Role(StrEnum):
    """What a participant beside the citizen and the lead agent may hear and say."""

    CONSULTED = "consulted"  # talks with the lead agent while the citizen hears music (咨询)
    MEMBER = "member"  # everybody hears everybody (会议)
    MONITOR = "monitor"  # hears all, heard by nobody (监听)
    WHISPER = "whisper"  # hears all, heard by the lead agent only (密语)
    BARGE = "barge"  # a leader heard by all (强插)
    INTERCEPT = "intercept"  # a leader who takes the talk over as soon as the telephone is up (拦截)


class TargetKind(StrEnum):
    """What a call can be transferred to."""

    AGENT = "agent"
    QUEUE = "queue"
    NUMBER = "number"
    FLOW = "flow"
    SURVEY = "survey"
    LEADER = "leader"


class TalkEnd(StrEnum):
    """How a talk ended."""

    CALLER_HUNG_UP = "caller_hung_up"
    AGENT_HUNG_UP = "agent_hung_up"
    TRANSFERRED_BLIND = "transferred_blind"
    TRANSFERRED_CONSULTED = "transferred_consulted"
    TRANSFERRED_QUEUE = "transferred_queue"
    TO_SURVEY = "to_survey"
    TRANSFERRED_OUTSIDE = "transferred_outside"  # blind, to a number outside
    TRANSFERRED_FLOW = "transferred_flow"
    LEFT_CONFERENCE = "left_conference"
    INTERCEPTED = "intercepted"
    RELEASED = "released"  # ended by a leader (强拆)
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
