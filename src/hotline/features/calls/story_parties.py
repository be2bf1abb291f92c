"""Sentences of the call's story about several people: transfers, participants, leaders, numbers outside."""

from hotline.core import events as e
from hotline.features.calls.names import Names

ROLES = {
    e.Role.CONSULTED: "咨询",
    e.Role.MEMBER: "会议",
    e.Role.MONITOR: "监听",
    e.Role.WHISPER: "密语",
    e.Role.BARGE: "强插",
    e.Role.INTERCEPT: "拦截",
}
_OFFER_KINDS = {
    e.OfferKind.QUEUE: "振铃",
    e.OfferKind.PICK_UP: "代答",
    e.OfferKind.DIRECT: "直接振铃",
    e.OfferKind.OUTSIDE: "外线振铃",
    e.OfferKind.DUTY: "值班电话振铃",
    e.OfferKind.CALLBACK: "回拨振铃",
    e.OfferKind.COLLEAGUE: "内部呼叫振铃",
}
_LEFT = {
    "hung_up": "挂断",
    "dropped": "被移出",
    "no_answer": "无人接听",
    "busy": "忙",
    "rejected": "拒接",
    "failed": "未能接通或连接中断",
    "took_over": "接手通话",
    "talk_ended": "通话已结束",
    "call_ended": "通话已结束",
    "system": "系统",
}


def agent(names: Names, agent_id: str | None) -> str:
    """Return an agent's name and number, or what stands for a telephone outside."""
    if agent_id is None:
        return "外线电话"
    found = names.agent(agent_id)
    return f"{found.name}（{found.number}）"


def offered(event: e.OfferMade, names: Names) -> str:
    """What rings, and why."""
    whom = agent(names, event.agent_id) if event.agent_id is not None else event.duty_number
    return f"{_OFFER_KINDS[event.kind]}：{whom}"


def transferred(event: e.TransferMade, names: Names) -> str:
    """Who sent the call on, how, and where to."""
    who = agent(names, event.by) if event.by is not None else "系统"
    match event.kind:
        case e.TargetKind.AGENT | e.TargetKind.LEADER:
            leader = "班长 " if event.kind is e.TargetKind.LEADER else ""
            where = f"给{leader} {agent(names, event.to_agent_id)}"
        case e.TargetKind.QUEUE:
            where = f"到队列“{names.queue(event.to_queue_id or event.to).name}”"
        case e.TargetKind.NUMBER:
            where = f"到外线 {event.to}"
        case e.TargetKind.FLOW:
            where = "到语音菜单"
        case e.TargetKind.SURVEY:
            where = "到满意度评价"
    return f"{who} {'协商转接' if event.consulted else '转接'}{where}"


def invited(event: e.ParticipantInvited, names: Names) -> str:
    """Who is called in as what, by whom."""
    whom = agent(names, event.agent_id) if event.agent_id is not None else event.number
    if event.agent_id == event.by:
        return f"{whom} 开始{ROLES[event.role]}"
    return f"{agent(names, event.by)} 邀请 {whom} 参与{ROLES[event.role]}"


def role_changed(event: e.ParticipantRoleChanged, names: Names) -> str:
    """Who does what from now."""
    return f"转为{ROLES[event.role]}（{agent(names, event.by)}）"


def left(event: e.ParticipantLeft, _: Names) -> str:
    """Why a party is gone."""
    return f"一方离开：{_LEFT.get(event.why, event.why)}"


def forwarded(event: e.ForwardStarted, _: Names) -> str:
    """Whom the citizen talks to outside."""
    return f"与{'值班电话' if event.kind is e.OfferKind.DUTY else '外线'} {event.number} 通话"


_LINK_PROBLEMS = {
    "withheld": "来电没有显示号码",
    "not_mobile": "不是能接收短信的手机号码",
    "bad_number": "不是能接收短信的手机号码",
    "blocked": "号码在短信黑名单里，或已退订短信",
    "no_address": "没有设置公开网址（HOTLINE_PUBLIC_URL）",
    "no_survey": "评价设置已停用",
    "no_sms": "没有启用短信",
    "too_long": "短信太长",
}


def link_problem(why: str) -> str:
    """Why the survey's SMS was not sent."""
    return _LINK_PROBLEMS.get(why, why)
