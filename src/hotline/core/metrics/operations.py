"""What agents do by hand, and what leaders do to them (操作记录): one row for each act, with a stable word."""

from hotline.core import events as e
from hotline.core.ids import AgentId
from hotline.core.metrics.facts import OperationFact

OPERATIONS: dict[str, str] = {
    "state": "改变状态",
    "hold": "保持",
    "retrieve": "取回",
    "mute": "静音",
    "unmute": "取消静音",
    "transfer": "转移",
    "consult": "咨询",
    "conference": "会议邀请",
    "monitor": "监听",
    "whisper": "密语",
    "barge": "强插",
    "intercept": "拦截",
    "call_out": "外呼",
    "pause_recording": "暂停录音",
    "resume_recording": "恢复录音",
    "classify": "业务分类",
}
"""The acts and their Chinese names."""

CHOSEN: frozenset[e.AgentState] = frozenset({e.AgentState.BUSY, e.AgentState.REST})
"""States that nobody gets into but by choosing them."""
_ROLES = {
    e.Role.CONSULTED: "consult",
    e.Role.MEMBER: "conference",
    e.Role.MONITOR: "monitor",
    e.Role.WHISPER: "whisper",
    e.Role.BARGE: "barge",
    e.Role.INTERCEPT: "intercept",
}


ACTS: frozenset[type] = frozenset(
    {
        e.AgentStateChanged, e.HoldStarted, e.HoldEnded, e.TalkMuted, e.TransferMade, e.ParticipantInvited, e.CallPlaced,
        e.RecordingPaused, e.CallClassified,
    }
)  # fmt: skip
"""The events that may tell of one."""


def operation_of(event: e.CallEvent | e.AgentEvent) -> OperationFact | None:
    """Return the act that this event tells of; None for everything that happens by itself."""
    match event:
        case e.AgentStateChanged(agent_id=agent_id, state=state, reason=reason, by=by):
            if state not in CHOSEN and by is None:
                return None
            return _row(event, agent_id, "state", f"{state.value} {reason}".strip(), by)
        case e.HoldStarted(agent_id=agent_id):
            return _row(event, agent_id, "hold")
        case e.HoldEnded(agent_id=agent_id):
            return _row(event, agent_id, "retrieve")
        case e.TalkMuted(agent_id=agent_id, muted=muted):
            return _row(event, agent_id, "mute" if muted else "unmute")
        case e.TransferMade(by=agent_id, kind=kind, to=to) if agent_id is not None:
            return _row(event, agent_id, "transfer", f"{kind.value} {to}")
        case e.ParticipantInvited(by=agent_id, role=role):
            return _row(event, agent_id, _ROLES[role], event.agent_id or event.number)
        case e.CallPlaced(agent_id=agent_id, to=to):
            return _row(event, agent_id, "call_out", to)
        case e.RecordingPaused(agent_id=agent_id, paused=paused) if agent_id is not None:
            return _row(event, agent_id, "pause_recording" if paused else "resume_recording")
        case e.CallClassified(by=agent_id, business_type=name) if agent_id is not None:
            return _row(event, agent_id, "classify", name)
        case _:
            return None


def _row(
    event: e.CallEvent | e.AgentEvent,
    agent_id: AgentId,
    what: str,
    detail: str = "",
    by: AgentId | None = None,
) -> OperationFact:
    return OperationFact(
        agent_id=agent_id,
        authority_id=event.authority_id,
        at=event.at,
        what=what,
        detail=detail,
        call_id=event.call_id if isinstance(event, e.CallEvent) else None,
        by=by,
    )
