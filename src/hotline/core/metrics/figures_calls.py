"""The dictionary, part one: calls in, how they ended, calls out, callers."""

from hotline.core.metrics.formula import ROLLING, WHOLE, Figure, Formula, Terms, Unit, figure, plain, ratio
from hotline.core.metrics.measures import DISPOSITIONS, STAGES
from hotline.core.metrics.variant import Variant


def _answer_base(variant: Variant) -> str:
    return "trunk_in" if variant.answer_base == "trunk" else "agent_requests"


def _unanswered_terms(variant: Variant) -> Terms:
    if variant.unanswered == "request":
        return {"agent_requests": 1, "agent_answered": -1}
    return {"trunk_in": 1, "agent_answered": -1, "ended_self_served": -1, "ended_closed": -1}


DISPOSITION_NAMES = dict(
    zip(
        DISPOSITIONS,
        (
            "语音菜单挂断量",
            "自助完成量",
            "呼入座席接听量",
            "排队放弃量",
            "座席振铃放弃量",
            "值班电话接听量",
            "值班电话放弃量",
            "留言量",
            "预约回拨量",
            "非服务时间来电量",
            "溢出未接量",
            "拦截量",
            "系统中断量",
        ),
        strict=True,
    )
)
_STAGE_NAMES = dict(zip(STAGES, ("语音菜单", "座席组排队", "座席振铃", "值班电话振铃"), strict=True))


def _stage(variant: Variant, name: str) -> str:
    """Which calls a stage counts: under `request` only those that asked for a person."""
    return f"requested_{name}" if variant.unanswered == "request" else f"ended_{name}"


def _elsewhere(variant: Variant) -> Formula:
    terms = dict(_unanswered_terms(variant))
    for name in STAGES:
        terms[_stage(variant, name)] = -1
    return Formula(terms)


def _stages() -> list[Figure]:
    return [
        *(
            figure(f"unanswered_{name}", f"未接听·{_STAGE_NAMES[name]}", f"Unanswered: {name.replace('_', ' ')}", Unit.COUNT, "unanswered",
                   f"在{_STAGE_NAMES[name]}时结束而未被人工接听的呼入通话数", lambda v, n=name: Formula({_stage(v, n): 1}))
            for name in STAGES
        ),
        figure("unanswered_elsewhere", "未接听·其他", "Unanswered elsewhere", Unit.COUNT, "unanswered",
               "人工未接听量中不属于以上四处的：留言、预约回拨、溢出、值班接听、拦截、系统中断", _elsewhere),
    ]  # fmt: skip


def _inbound() -> list[Figure]:
    c, r = Unit.COUNT, Unit.RATIO
    f = "inbound"
    return [
        figure("trunk_in", "中继呼入总量", "Trunk calls in", c, f, "到达交换机的呼入通话数", plain("trunk_in")),
        figure("agent_requests", "人工请求量", "Agent requests", c, f, "至少一次进入排队或直接请求座席的通话数", plain("agent_requests")),
        figure("agent_answered", "人工接听量", "Answered by agents", c, f, "座席接听的呼入通话数", plain("agent_answered")),
        figure(
            "agent_answer_rate", "人工接听率", "Agent answer rate", r, f, "人工接听量 ÷ 人工请求量（口径“接听率分母”为中继呼入总量时：÷ 中继呼入总量）",
            lambda v: Formula({"agent_answered": 1}, {_answer_base(v): 1}),
        ),
        figure(
            "agent_unanswered", "人工未接听量", "Unanswered by agents", c, f,
            "中继呼入总量 − 人工接听量 − 自助完成量 − 非服务时间来电量（口径“未接听量”选另一种时：人工请求量 − 人工接听量）",
            lambda v: Formula(_unanswered_terms(v)),
        ),
        figure(
            "agent_unanswered_rate", "人工未接听率", "Agent unanswered rate", r, f, "人工未接听量 ÷ 人工接听率的分母",
            lambda v: Formula(_unanswered_terms(v), {_answer_base(v): 1}),
        ),
        *(
            figure(f"ended_{d}", DISPOSITION_NAMES[d], d.replace("_", " "), c, "disposition", f"以“{DISPOSITION_NAMES[d].removesuffix('量')}”结束的呼入通话数", plain(f"ended_{d}"))
            for d in DISPOSITIONS
        ),
    ]  # fmt: skip


def _callers() -> list[Figure]:
    c, r, d = Unit.COUNT, Unit.RATIO, Unit.DURATION
    f = "callers"
    return [
        figure("trunk_in_share", "占比", "Share", r, f, "本行中继呼入总量 ÷ 同一时段全部中继呼入总量", ratio({"trunk_in": 1}, {f"{WHOLE}trunk_in": 1})),
        figure("inbound_talk", "呼入通话总时长", "Talk time in", d, f, "呼入通话中座席通话与保持时长之和", plain("inbound_talk_ms")),
        figure("inbound_talk_avg", "平均通话时长", "Average talk in", d, f, "呼入通话总时长 ÷ 人工接听量", ratio({"inbound_talk_ms": 1}, {"agent_answered": 1})),
        figure("connect_rate", "接通率", "Connect rate", r, f, "系统应答且未被拦截、未因系统中断的呼入 ÷ 中继呼入总量", ratio({"connected": 1}, {"trunk_in": 1})),
        figure(
            "rolling_24h_connect_rate", "连续24小时接通率", "Connect rate of any 24 h", r, f,
            "时段内任意连续 24 小时（按 15 分钟移动）接通率的最低值；时段不足 24 小时时为“—”",
            ratio({f"{ROLLING}connected": 1}, {f"{ROLLING}trunk_in": 1}),
        ),
        figure("connected", "接通量", "Connected", c, f, "系统应答且未被拦截、未因系统中断的呼入通话数", plain("connected")),
        figure("callers", "来电人数", "Callers", c, f, "显示了号码的不同来电号码数", plain("callers")),
        figure("first_call_connect_rate", "一次接通率", "First-call connect rate", r, f, "每天每个来电号码的第一次来电中接通的 ÷ 每天的来电号码数", ratio({"caller_days_connected": 1}, {"caller_days": 1})),
        figure("repeats", "重复来电量", "Repeats", c, f, "同一号码在口径“重复来电分钟”内再次呼入的通话数", plain("repeats")),
        figure("repeat_rate", "重复来电率", "Repeat rate", r, f, "重复来电量 ÷ 人工接听量", ratio({"repeats": 1}, {"agent_answered": 1})),
        figure("first_contact_resolution", "首次解决率", "First contact resolution", r, f, "人工接听且同一号码同一业务前后口径“首次解决天数”内没有来电的 ÷ 人工接听量", ratio({"solved_at_once": 1}, {"agent_answered": 1})),
        figure("voicemails", "留言数", "Voicemails", c, "voicemail", "录下留言的呼入通话数", plain("voicemails")),
        figure("voicemail_time", "留言总时长", "Voicemail time", d, "voicemail", "留言时长之和", plain("voicemail_ms")),
        figure("voicemail_avg", "平均留言时长", "Average voicemail", d, "voicemail", "留言总时长 ÷ 留言数", ratio({"voicemail_ms": 1}, {"voicemails": 1})),
        figure("voicemail_longest", "最长留言时长", "Longest voicemail", d, "voicemail", "最长一条留言的时长", plain("voicemail_max_ms")),
    ]  # fmt: skip


def _outbound() -> list[Figure]:
    c, r, d = Unit.COUNT, Unit.RATIO, Unit.DURATION
    f = "outbound"
    return [
        figure("outbound_calls", "呼出总量", "Calls out", c, f, "座席发起的外呼数", plain("outbound_calls")),
        figure("outbound_answered", "呼出通话量", "Calls out answered", c, f, "对方接听的外呼数", plain("outbound_answered")),
        figure(
            "outbound_connect_rate", "呼出通话率", "Outbound connect rate", r, f, "呼出通话量 ÷ 呼出总量",
            ratio({"outbound_answered": 1}, {"outbound_calls": 1}),
        ),
        figure("outbound_talk", "呼出通话总时长", "Outbound talk time", d, f, "外呼通话中通话与保持时长之和", plain("outbound_call_talk_ms")),
        figure("outbound_talk_avg", "呼出平均通话时长", "Average outbound talk", d, f, "呼出通话总时长 ÷ 呼出通话量", ratio({"outbound_call_talk_ms": 1}, {"outbound_answered": 1})),
        figure("outbound_dial", "拨号总时长", "Dial time", d, f, "外呼从拨号到对方接听（未接听：到结束）的时长之和", plain("outbound_dial_ms")),
        figure("outbound_dial_avg", "平均拨号时长", "Average dial time", d, f, "拨号总时长 ÷ 呼出总量", ratio({"outbound_dial_ms": 1}, {"outbound_calls": 1})),
        figure("outbound_effective_use", "呼出有效利用率", "Outbound effective use", r, f, "呼出通话总时长 ÷（拨号总时长 + 呼出通话总时长）", ratio({"outbound_call_talk_ms": 1}, {"outbound_dial_ms": 1, "outbound_call_talk_ms": 1})),
        figure("calls_all", "通话总量", "Calls", c, f, "呼入与呼出通话数之和", plain("trunk_in", "outbound_calls")),
    ]  # fmt: skip


FIGURES = (*_inbound(), *_stages(), *_callers(), *_outbound())
"""In the order of the dictionary."""
