"""The dictionary, part two: queues and the work of agents."""

from hotline.core.metrics.formula import INTERVAL, Figure, Formula, Unit, figure, plain, ratio
from hotline.core.metrics.measures import AGENT_STATES, TRANSFERS, WAIT_BORDERS_S, wait_bucket
from hotline.core.metrics.variant import Variant


def _service_level(variant: Variant) -> Formula:
    offered = {"queue_entered": 1}
    if variant.short_abandons == "exclude":
        offered["short_abandoned"] = -1
    match variant.service_level:
        case "answered":
            return Formula({"answered_within": 1}, {"visits_answered": 1})
        case "offered":
            return Formula({"answered_within": 1}, offered)
        case "ignore_abandons":
            return Formula({"answered_within": 1}, {"queue_entered": 1, "abandoned_within": -1})
        case "credit_abandons":
            return Formula({"answered_within": 1, "abandoned_within": 1}, {"queue_entered": 1})


def _abandon_rate(variant: Variant) -> Formula:
    if variant.short_abandons == "exclude":
        without = {"short_abandoned": -1}
        return Formula({"visits_abandoned": 1, **without}, {"queue_entered": 1, **without})
    return Formula({"visits_abandoned": 1}, {"queue_entered": 1})


_STATE_NAMES = dict(
    zip(
        AGENT_STATES,
        (
            "离线",
            "等待",
            "振铃",
            "通话",
            "保持",
            "话后处理",
            "示忙",
            "小休",
            "外呼拨号",
            "内部通话",
            "未应答",
        ),
        strict=True,
    )
)


def _queue() -> list[Figure]:
    c, r, d = Unit.COUNT, Unit.RATIO, Unit.DURATION
    f = "queue"
    return [
        figure("queue_entered", "进入排队总数", "Queue visits", c, f, "进入排队的次数", plain("queue_entered")),
        figure("queue_peak", "最大排队长度", "Longest queue", c, f, "同一座席组里同时排队的最多人数（每次进入时数，含自己）", plain("queue_peak")),
        figure("queue_wait", "排队总时长", "Total waiting", d, f, "全部排队等待时长之和", plain("queue_wait_ms")),
        figure("queue_wait_avg", "平均排队时长", "Average wait", d, f, "排队总时长 ÷ 进入排队总数", ratio({"queue_wait_ms": 1}, {"queue_entered": 1})),
        figure("visits_answered", "座席接听排队数", "Visits answered", c, f, "被座席接听的排队数", plain("visits_answered")),
        figure("visits_answered_wait", "座席接听排队总时长", "Waiting of answered", d, f, "被接听排队的等待时长之和", plain("visits_answered_wait_ms")),
        figure("asa", "座席接听平均排队时长", "Average speed of answer", d, f, "座席接听排队总时长 ÷ 座席接听排队数", ratio({"visits_answered_wait_ms": 1}, {"visits_answered": 1})),
        figure("visits_answered_max", "座席接听最大排队时长", "Longest wait answered", d, f, "被接听排队的最长等待", plain("visits_answered_max_ms")),
        figure("visits_abandoned", "放弃呼叫排队数", "Visits abandoned", c, f, "等待或振铃时挂断的排队数", plain("visits_abandoned")),
        figure("visits_abandoned_wait", "放弃呼叫排队总时长", "Waiting of abandoned", d, f, "放弃排队的等待时长之和", plain("visits_abandoned_wait_ms")),
        figure("abandon_wait_avg", "放弃呼叫平均排队时长", "Average wait of abandoned", d, f, "放弃呼叫排队总时长 ÷ 放弃呼叫排队数", ratio({"visits_abandoned_wait_ms": 1}, {"visits_abandoned": 1})),
        figure("visits_abandoned_max", "放弃呼叫最大排队时长", "Longest wait abandoned", d, f, "放弃排队的最长等待", plain("visits_abandoned_max_ms")),
        figure("queue_abandoned", "排队放弃次数", "Abandoned waiting", c, f, "等待时挂断的排队数", plain("queue_abandoned")),
        figure("ring_abandoned", "振铃放弃次数", "Abandoned ringing", c, f, "座席振铃时挂断的排队数", plain("ring_abandoned")),
        figure("short_abandoned", "短放弃量", "Short abandons", c, f, "等待短于阈值（口径“短放弃秒数”）即挂断的排队数", plain("short_abandoned")),
        figure("overflow", "溢出量", "Overflowed", c, f, "因超时、满员、无座席或规则离开的排队数", plain("overflow")),
        figure("abandon_rate", "放弃率", "Abandon rate", r, f, "放弃呼叫排队数 ÷ 进入排队总数（口径“短放弃”为剔除时：分子分母都减短放弃量）", _abandon_rate),
        figure("answered_within", "目标时间内接听量", "Answered in target", c, f, "等待不超过目标秒数（口径“目标秒数”）的接听数", plain("answered_within")),
        figure(
            "service_level", "服务水平", "Service level", r, f,
            "目标秒数内接听量 ÷ 进入排队总数（其他口径：÷ 座席接听排队数；或分母减目标秒数内放弃；或分子加目标秒数内放弃；或短放弃剔除：分母减短放弃量）",
            _service_level,
        ),
        *(figure(wait_bucket(i), f"等待{_stretch(i)}", f"Waited {_stretch(i)}", c, "waits", f"等待{_stretch(i)}的排队数", plain(wait_bucket(i))) for i in range(len(WAIT_BORDERS_S))),
        *(figure(f"answered_{wait_bucket(i)}", f"接听·等待{_stretch(i)}", f"Answered, waited {_stretch(i)}", c, "waits", f"等待{_stretch(i)}后被接听的排队数", plain(f"answered_{wait_bucket(i)}")) for i in range(len(WAIT_BORDERS_S))),
        *(figure(f"abandoned_{wait_bucket(i)}", f"放弃·等待{_stretch(i)}", f"Abandoned, waited {_stretch(i)}", c, "waits", f"等待{_stretch(i)}后放弃的排队数", plain(f"abandoned_{wait_bucket(i)}")) for i in range(len(WAIT_BORDERS_S))),
    ]  # fmt: skip


def _stretch(index: int) -> str:
    low = WAIT_BORDERS_S[index]
    return f"{low}–{WAIT_BORDERS_S[index + 1]}秒" if index + 1 < len(WAIT_BORDERS_S) else f"超过{low}秒"


_TRANSFER_NAMES = dict(zip(TRANSFERS, ("直接转接", "协商转接", "转入队列"), strict=True))
_TRANSFERS = tuple(f"transfers_{key}" for key in TRANSFERS)


def _agents() -> list[Figure]:
    c, r, d = Unit.COUNT, Unit.RATIO, Unit.DURATION
    f = "agents"
    work = {"talk_ms": 1, "hold_ms": 1, "wrap_ms": 1}
    return [
        figure("agents_signed_in", "签入座席数", "Agents signed in", c, f, "曾签入的座席人数", plain("agents_signed_in")),
        figure("signed_in", "在线总时长", "Signed-in time", d, f, "签入后各状态时长之和", plain("signed_in_ms")),
        figure("signed_in_avg", "座席平均在线时长", "Signed-in time per agent", d, f, "在线总时长 ÷ 签入座席数", ratio({"signed_in_ms": 1}, {"agents_signed_in": 1})),
        figure("talks", "通话量", "Talks", c, f, "座席通话段数", plain("talks")),
        figure("talk_avg", "平均通话时长", "Average talk", d, f, "（通话 + 保持时长）÷ 通话量", ratio({"talk_ms": 1, "hold_ms": 1}, {"talks": 1})),
        figure("aht", "平均处理时长", "Average handling time", d, f, "（通话 + 保持 + 话后处理时长）÷ 通话量", ratio(work, {"talks": 1})),
        figure("ring_avg", "平均振铃时间", "Average ring", d, f, "振铃总时长 ÷ 振铃次数", ratio({"ring_ms": 1}, {"offers": 1})),
        figure("ring", "振铃时间", "Ring time", d, f, "座席振铃时长之和", plain("ring_ms")),
        figure("offers", "振铃次数", "Offers", c, f, "向座席振铃的次数", plain("offers")),
        figure("offers_missed", "振铃未接量", "Offers missed", c, f, "座席未应答的振铃次数", plain("offers_missed")),
        figure("pick_ups", "代答量", "Calls picked up", c, f, "接起同事的来电或排队中来电的次数", plain("pick_ups")),
        figure("transfers", "转移次数", "Transfers", c, f, "座席把通话转给他人的次数：直接转接（含外线）、协商转接、转入队列", plain(*_TRANSFERS)),
        figure("transfer_rate", "转移率", "Transfer rate", r, f, "转移次数 ÷ 通话量", ratio(dict.fromkeys(_TRANSFERS, 1), {"talks": 1})),
        *(
            figure(f"transfers_{key}", f"{name}次数", f"Transfers, {key}", c, f, f"以{name}结束的通话段数", plain(f"transfers_{key}"))
            for key, name in _TRANSFER_NAMES.items()
        ),
        *(
            figure(f"transfer_rate_{key}", f"{name}率", f"Transfer rate, {key}", r, f, f"{name}次数 ÷ 通话量", ratio({f"transfers_{key}": 1}, {"talks": 1}))
            for key, name in _TRANSFER_NAMES.items()
        ),
        figure("avg_staff", "服务人力", "Average staff", Unit.NUMBER, f, "在线总时长 ÷ 时段长度", ratio({"signed_in_ms": 1}, {INTERVAL: 1})),
        figure("talk_time", "通话总时长", "Talk time", d, f, "座席通话时长之和（不含保持）", plain("talk_ms")),
        figure("hold_time", "保持总时长", "Hold time", d, f, "座席让对方等待的时长之和", plain("hold_ms")),
        figure("wrap_time", "话后处理总时长", "After-call work", d, f, "话后处理时长之和", plain("wrap_ms")),
        figure("handling_time", "处理总时长", "Handling time", d, f, "通话 + 保持 + 话后处理时长之和", plain("talk_ms", "hold_ms", "wrap_ms")),
        figure("ready_time", "等待总时长", "Ready time", d, f, "处于“等待”的时长", plain("state_ready_ms")),
        figure("rest_time", "小休总时长", "Rest time", d, f, "处于“小休”的时长", plain("state_rest_ms")),
        figure("agent_calls", "呼叫总量", "Calls of agents", c, f, "呼入总量（向座席振铃的来电次数）+ 呼出总量", plain("offers_in", "outbound_calls")),
        figure("agent_offers_in", "呼入总量", "Calls offered", c, f, "来电向座席振铃的次数（排队、代答、直接转来）", plain("offers_in")),
        figure("agent_answers", "接听量", "Calls answered", c, f, "其中座席接听的次数", plain("offers_in_answered")),
        figure("agent_accept_rate", "接听率", "Answered of offered", r, f, "接听量 ÷ 呼入总量", ratio({"offers_in_answered": 1}, {"offers_in": 1})),
        figure("agent_missed", "振铃未接量", "Missed", c, f, "来电向座席振铃而未应答的次数", plain("offers_in_missed")),
        figure("pick_up_avg", "平均摘机时长", "Average time to pick up", d, f, "接听的振铃时长之和 ÷ 接听量", ratio({"pick_up_ms": 1}, {"offers_in_answered": 1})),
        figure("inbound_talks", "呼入通话段数", "Talks in", c, f, "座席与来电人的通话段数", plain("inbound_talks")),
        figure("agent_inbound_avg", "呼入平均通话时长", "Average talk in", d, f, "呼入通话段的通话与保持时长之和 ÷ 呼入通话段数", ratio({"inbound_talks_ms": 1}, {"inbound_talks": 1})),
        figure("outbound_talks", "呼出通话段数", "Talks out", c, f, "座席与被叫人的通话段数", plain("outbound_talks")),
        figure("internal_talks", "内部通话段数", "Internal talks", c, f, "座席之间的通话段数", plain("internal_talks")),
        figure("talk_longest", "最长通话时长", "Longest talk", d, f, "最长一段通话（含保持）", plain("talk_longest_ms")),
        figure("talks_per_hour", "每小时通话量", "Talks an hour", Unit.NUMBER, f, "通话量 ÷ 在线小时数", ratio({"talks": 3_600_000}, {"signed_in_ms": 1})),
        figure("sign_ins", "签入次数", "Sign-ins", c, f, "签入的次数", plain("sign_ins")),
        figure("operations", "操作次数", "Operations", c, f, "操作记录的条数", plain("operations")),
        figure("queue_calls", "座席组呼叫总量", "Calls of the queue", c, f, "进入排队总数 + 呼出总量", plain("queue_entered", "outbound_calls")),
        figure("queue_answer_rate", "接听率", "Answered of entered", r, f, "座席接听排队数 ÷ 进入排队总数", ratio({"visits_answered": 1}, {"queue_entered": 1})),
        figure("duty_rings", "值班电话振铃次数", "Duty phone rings", c, f, "值班电话振铃的次数", plain("duty_rings")),
        figure("duty_rings_answered", "值班电话应答次数", "Duty phone answers", c, f, "值班电话应答的振铃次数", plain("duty_rings_answered")),
        figure("rest_busy", "小休置忙时长", "Rest and busy", d, f, "小休与示忙时长之和", plain("state_rest_ms", "state_busy_ms")),
        figure("occupancy", "占用率", "Occupancy", r, f, "（通话 + 保持 + 话后处理）÷（同前 + 等待时长）", ratio(work, {**work, "state_ready_ms": 1})),
        figure("utilisation", "座席利用率", "Utilisation", r, f, "（通话 + 保持 + 话后处理）÷ 在线总时长", ratio(work, {"signed_in_ms": 1})),
        figure("talk_work_ratio", "通话处理比", "Talk to work", r, f, "通话时长 ÷（通话 + 保持 + 话后处理）", ratio({"talk_ms": 1}, work)),
        *(figure(f"state_{s}_times", f"{_STATE_NAMES[s]}次数", f"Times {s}", c, "states", f"进入“{_STATE_NAMES[s]}”的次数", plain(f"state_{s}_times")) for s in AGENT_STATES),
        *(figure(f"state_{s}", f"{_STATE_NAMES[s]}时长", f"Time {s}", d, "states", f"处于“{_STATE_NAMES[s]}”的时长", plain(f"state_{s}_ms")) for s in AGENT_STATES),
    ]  # fmt: skip


STATE_NAMES = _STATE_NAMES
"""What the states are called."""
FIGURES = (*_queue(), *_agents())
"""In the order of the dictionary."""
