"""A call's journal as sentences a leader reads (通话轨迹)."""

from collections.abc import Callable
from typing import Any

from hotline.core import events as e
from hotline.core.numbers import presented
from hotline.features.calls import story_parties as parties
from hotline.features.calls.names import DISPOSITIONS, Names
from hotline.features.calls.story_parties import agent as _agent
from hotline.platform.masking import WITHHELD

_OUTCOMES = {
    e.VisitOutcome.ANSWERED: "被座席接听",
    e.VisitOutcome.ABANDONED_WAITING: "等待时挂断",
    e.VisitOutcome.ABANDONED_RINGING: "座席振铃时挂断",
    e.VisitOutcome.OVERFLOWED: "溢出",
    e.VisitOutcome.TRANSFERRED_OUT: "转出",
    e.VisitOutcome.VOICEMAIL: "转语音留言",
    e.VisitOutcome.CALLBACK: "预约回拨",
    e.VisitOutcome.SYSTEM_LOST: "系统中断",
}
_CAUSES = {
    e.OverflowCause.TIME_OUT: "等待超时",
    e.OverflowCause.FULL: "队列已满",
    e.OverflowCause.NO_AGENT: "无座席",
    e.OverflowCause.RULE: "按规则",
}
_OFFER_ENDS = {
    e.OfferOutcome.ANSWERED: "已接听",
    e.OfferOutcome.MISSED: "未应答",
    e.OfferOutcome.CALLER_ABANDONED: "来电人挂断",
    e.OfferOutcome.RECALLED: "收回",
}
_TALK_ENDS = {
    e.TalkEnd.CALLER_HUNG_UP: "来电人挂断",
    e.TalkEnd.AGENT_HUNG_UP: "座席挂断",
    e.TalkEnd.TRANSFERRED_BLIND: "直接转接",
    e.TalkEnd.TRANSFERRED_CONSULTED: "协商转接",
    e.TalkEnd.TRANSFERRED_QUEUE: "转入队列",
    e.TalkEnd.TO_SURVEY: "转满意度评价",
    e.TalkEnd.TRANSFERRED_OUTSIDE: "转到外线",
    e.TalkEnd.TRANSFERRED_FLOW: "转到语音菜单",
    e.TalkEnd.LEFT_CONFERENCE: "离开会议",
    e.TalkEnd.INTERCEPTED: "被班长拦截",
    e.TalkEnd.RELEASED: "被班长强拆",
    e.TalkEnd.LOST: "连接中断",
}
_PARTIES = {e.Party.CITIZEN: "来电人", e.Party.AGENT: "座席", e.Party.SYSTEM: "系统"}


def sentence(event: e.CallEvent, names: Names) -> str:
    """Return what happened, in one Chinese sentence."""
    tell = _SENTENCES.get(type(event))
    return tell(event, names) if tell else type(event).__name__


def _arrived(event: e.CallArrived, _: Names) -> str:
    return f"{'网页通话' if event.web else presented(event.ani) or WITHHELD} 呼入 {event.dnis}"


_SERVICES = {
    "http": "外部接口",
    "database": "数据库",
    "speech.say": "合成语音",
    "speech.ready": "语音环境",
    "speech.listen": "等来电人说完",
    "knowledge.answer": "知识库",
}
_RECORDINGS = {"voicemail": "开始留言录音", "question": "开始录下来电人的问题"}
_INQUIRIES = {
    e.InquiryOutcome.OK: "查询有结果",
    e.InquiryOutcome.NOT_FOUND: "查询没有记录",
    e.InquiryOutcome.FAILED: "查询失败",
    e.InquiryOutcome.TIMEOUT: "查询超时",
    e.InquiryOutcome.BUSY: "查询太忙",
}


def _inquiry_ended(event: e.InquiryEnded, _: Names) -> str:
    what = f"：{event.what}" if event.what else ""
    return f"{_INQUIRIES[event.outcome]}（{event.seconds:.1f} 秒）{what}"


def _asked(event: e.QuestionAsked, _: Names) -> str:
    read = f"播报文章“{event.title}”" if event.article_id else "没有找到答案"
    return f"来电人问“{event.question}”，{read}"


def _keys(event: e.KeysPressed, _: Names) -> str:
    chosen = f"（{event.label}）" if event.label else ""
    return f"按键 {event.keys}{chosen}" + ("" if event.accepted else "，无效")


def _left(event: e.QueueLeft, names: Names) -> str:
    cause = f"（{_CAUSES[event.cause]}）" if event.cause else ""
    return f"离开队列“{names.queue(event.queue_id).name}”：{_OUTCOMES[event.outcome]}{cause}"


def _finished(event: e.RecordingFinished, _: Names) -> str:
    length = f"{event.duration_ms / 1000:.1f} 秒"
    return f"录音完成，{length}" if not event.error else f"录音不完整（{event.error}），保留 {length}"


_Tell = Callable[[Any, Names], str]
_SENTENCES: dict[type, _Tell] = {
    e.CallArrived: _arrived,
    e.CallPlaced: lambda v, n: f"{_agent(n, v.agent_id)} 呼叫 {v.to}",
    e.CallAnswered: lambda _v, _n: "已应答",
    e.CallEnded: lambda v, _n: f"通话结束：{DISPOSITIONS[v.disposition]}（{_PARTIES[v.by]}）",
    e.LegStarted: lambda v, n: f"接通一路：{_agent(n, v.agent_id) if v.agent_id else v.number}",
    e.LegEnded: lambda v, _n: f"一路结束：{v.cause}",
    e.FlowEntered: lambda v, _n: f"进入流程，版本 {v.version}",
    e.NodeEntered: lambda v, _n: f"流程节点 {v.node_id}",
    e.KeysPressed: _keys,
    e.VariableSet: lambda v, _n: f"变量 {v.name} = {'••••' if v.secret else v.value}",
    e.InquiryMade: lambda v, _n: f"查询{_SERVICES.get(v.service, v.service)}",
    e.InquiryEnded: _inquiry_ended,
    e.FlowTroubled: lambda v, _n: f"流程节点 {v.node_id} 的表达式没有结果：{v.what}",
    e.CallClassified: lambda v, _n: f"业务类型：{v.business_type}",
    e.QuestionAsked: _asked,
    e.SelfServed: lambda v, _n: f"自助完成：{v.service}",
    e.QueueEntered: lambda v, n: f"进入队列“{n.queue(v.queue_id).name}”，第 {v.position} 位",
    e.QueueLeft: _left,
    e.OfferMade: parties.offered,
    e.OfferEnded: lambda v, n: f"振铃结束：{_agent(n, v.agent_id)}，{_OFFER_ENDS[v.outcome]}",
    e.TalkStarted: lambda v, n: f"与 {_agent(n, v.agent_id)} 通话",
    e.TransferMade: parties.transferred,
    e.LeadTaken: lambda v, n: f"由 {_agent(n, v.agent_id)} 主持通话",
    e.ParticipantInvited: parties.invited,
    e.ParticipantJoined: lambda _v, _n: "受邀方已接听",
    e.ParticipantRoleChanged: parties.role_changed,
    e.ParticipantMuted: lambda v, _n: "一方被静音" if v.muted else "一方取消静音",
    e.ParticipantLeft: parties.left,
    e.ForwardStarted: parties.forwarded,
    e.ForwardEnded: lambda _v, _n: "外线通话结束",
    e.HoldStarted: lambda _v, _n: "保持",
    e.HoldEnded: lambda _v, _n: "取回",
    e.TalkMuted: lambda v, _n: "座席静音" if v.muted else "座席取消静音",
    e.TalkInterrupted: lambda v, n: f"{_agent(n, v.agent_id)} 的连接中断，等待恢复",
    e.TalkResumed: lambda v, n: f"{_agent(n, v.agent_id)} 已恢复通话",
    e.TalkEnded: lambda v, n: f"与 {_agent(n, v.agent_id)} 的通话结束：{_TALK_ENDS[v.how]}",
    e.WrapUpEnded: lambda v, n: f"{_agent(n, v.agent_id)} 话后处理 {v.seconds:.0f} 秒",
    e.RecordingStarted: lambda v, _n: _RECORDINGS.get(v.kind, "开始录音"),
    e.RecordingPaused: lambda v, _n: "暂停录音" if v.paused else "恢复录音",
    e.RecordingFinished: _finished,
    e.SurveyInvited: lambda _v, _n: "邀请评价",
    e.SurveyAnswered: lambda v, _n: f"评价：{v.label}（{'短信链接' if v.link else f'按键 {v.key}'}）",
    e.SurveyLinkDue: lambda _v, _n: "将以短信邀请评价",
    e.SurveyLinkSettled: lambda v, _n: (
        "评价短信已交发件箱" if v.sent else f"没有发送评价短信：{parties.link_problem(v.why)}"
    ),
    e.VoicemailLeft: lambda v, _n: f"留言 {v.duration_ms / 1000:.0f} 秒",
    e.CallbackRequested: lambda v, _n: f"预约回拨 {v.number}",
    e.CallbackQueued: lambda v, n: f"为 {v.number} 在队列“{n.queue(v.queue_id).name}”保留排队位置",
    e.CallbackStarted: lambda v, n: f"{_agent(n, v.agent_id)} 开始回拨",
    e.CallbackPostponed: lambda _v, _n: "回拨未接通，稍后再试",
    e.CallFailed: lambda _v, _n: "系统故障，通话已结束",
}
