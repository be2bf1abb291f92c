"""The metric dictionary: every figure defined once.

Screens, exports, live page and the report catalogue read it; nothing else computes a figure.

A figure is a whole-number combination of measures, or the ratio of two such combinations. Which one may depend on the variant
(口径): a stored choice that is printed on every report, so that the other party can recompute it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from typing import Literal

from hotline.core.metrics.measures import (
    AGENT_STATES,
    DISPOSITIONS,
    TRANSFERS,
    WAIT_BORDERS_S,
    wait_bucket,
)


class Unit(StrEnum):
    """How a figure is written. `duration` is shown h:mm:ss and given in seconds; `ratio` is shown as per cent with two decimals."""

    COUNT = "count"
    DURATION = "duration"
    RATIO = "ratio"


ServiceLevel = Literal["offered", "answered", "ignore_abandons", "credit_abandons"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """The formula variant (口径) of a report.

    `service_level`: see metrics.md; `answer_base`: denominator of the answer rate (`request`: R, `trunk`: N); `unanswered`: `trunk` counts
    N − A − self_served − closed, `request` R − A. Times in seconds. `satisfied_grade`: grades up to this one count as satisfied.
    """

    service_level: ServiceLevel = "offered"
    service_level_s: int = 20
    answer_base: Literal["request", "trunk"] = "request"
    unanswered: Literal["trunk", "request"] = "trunk"
    short_abandon_s: int = 5
    satisfied_grade: int = 2
    include_test: bool = False

    def parameters(self) -> dict[str, int]:
        """The numbers that measures refer to by `Param`."""
        return {
            "service_level_ms": self.service_level_s * 1000,
            "short_abandon_ms": self.short_abandon_s * 1000,
            "satisfied_grade": self.satisfied_grade,
        }

    def text(self) -> str:
        """The variant as `key=value,…`, every key named: what is printed on a report and read back by `parse_variant`."""
        return (
            f"service_level={self.service_level},service_level_s={self.service_level_s},answer_base={self.answer_base},"
            f"unanswered={self.unanswered},short_abandon_s={self.short_abandon_s},satisfied_grade={self.satisfied_grade},"
            f"include_test={'true' if self.include_test else 'false'}"
        )


_CHOICES: dict[str, tuple[str, ...]] = {
    "service_level": ("offered", "answered", "ignore_abandons", "credit_abandons"),
    "answer_base": ("request", "trunk"),
    "unanswered": ("trunk", "request"),
    "include_test": ("true", "false"),
}
_LIMITS: dict[str, int] = {"service_level_s": 3600, "short_abandon_s": 600, "satisfied_grade": 9}


def parse_variant(text: str) -> Variant:
    """Read `key=value,…` over the defaults; a bare word names a service-level variant (`credit_abandons`).

    Raises:
        ValueError: an unknown key or a value outside its range; the message names it.
    """
    values: dict[str, str | int | bool] = {}
    for part in filter(None, (p.strip() for p in text.split(","))):
        key, _, value = part.partition("=") if "=" in part else ("service_level", "=", part)
        if value in _CHOICES.get(key, ()):
            values[key] = value == "true" if key == "include_test" else value
        elif key in _LIMITS and value.isascii() and value.isdigit() and 0 <= int(value) <= _LIMITS[key]:
            values[key] = int(value)
        else:
            raise ValueError(f"variant: {part[:60]!r}")
    return replace(Variant(), **values)


Terms = Mapping[str, int]
"""A whole-number combination of measures: key → factor."""


@dataclass(frozen=True, slots=True)
class Formula:
    """`numerator` ÷ `denominator`; no denominator: the combination itself."""

    numerator: Terms
    denominator: Terms | None = None

    def measures(self) -> set[str]:
        """The keys of every measure it needs."""
        return {*self.numerator, *(self.denominator or {})}

    def value(self, counts: Mapping[str, int | None]) -> Fraction | None:
        """The exact value; None when the denominator is 0 or a measure cannot be counted under the chosen filters."""
        top = _combine(self.numerator, counts)
        if self.denominator is None:
            return top
        bottom = _combine(self.denominator, counts)
        if top is None or not bottom:
            return None
        return top / bottom


def _combine(terms: Terms, counts: Mapping[str, int | None]) -> Fraction | None:
    total = 0
    for key, factor in terms.items():
        count = counts.get(key)
        if count is None:
            return None
        total += factor * count
    return Fraction(total)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure: key, names, unit, family, and its formula under a variant, in symbols and in words.

    Durations are summed in milliseconds; `Unit.DURATION` figures are given in seconds.
    """

    key: str
    name: str
    name_en: str
    unit: Unit
    family: str
    words: str
    formula: Callable[[Variant], Formula]


def plain(*keys: str) -> Callable[[Variant], Formula]:
    """The sum of these measures."""
    formula = Formula(dict.fromkeys(keys, 1))
    return lambda _variant: formula


def ratio(numerator: Terms, denominator: Terms) -> Callable[[Variant], Formula]:
    """The ratio of two combinations, the same in every variant."""
    formula = Formula(numerator, denominator)
    return lambda _variant: formula


def _service_level(variant: Variant) -> Formula:
    match variant.service_level:
        case "answered":
            return Formula({"answered_within": 1}, {"visits_answered": 1})
        case "offered":
            return Formula({"answered_within": 1}, {"queue_entered": 1})
        case "ignore_abandons":
            return Formula({"answered_within": 1}, {"queue_entered": 1, "abandoned_within": -1})
        case "credit_abandons":
            return Formula({"answered_within": 1, "abandoned_within": 1}, {"queue_entered": 1})


def _answer_base(variant: Variant) -> str:
    return "trunk_in" if variant.answer_base == "trunk" else "agent_requests"


def _unanswered_terms(variant: Variant) -> Terms:
    if variant.unanswered == "request":
        return {"agent_requests": 1, "agent_answered": -1}
    return {"trunk_in": 1, "agent_answered": -1, "ended_self_served": -1, "ended_closed": -1}


_DISPOSITION_NAMES = dict(
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


def _figure(
    key: str,
    name: str,
    name_en: str,
    unit: Unit,
    family: str,
    words: str,
    formula: Callable[[Variant], Formula],
) -> Figure:
    return Figure(key=key, name=name, name_en=name_en, unit=unit, family=family, words=words, formula=formula)


def _inbound() -> list[Figure]:
    c, r = Unit.COUNT, Unit.RATIO
    f = "inbound"
    return [
        _figure("trunk_in", "中继呼入总量", "Trunk calls in", c, f, "到达交换机的呼入通话数", plain("trunk_in")),
        _figure("agent_requests", "人工请求量", "Agent requests", c, f, "至少一次进入排队或直接请求座席的通话数", plain("agent_requests")),
        _figure("agent_answered", "人工接听量", "Answered by agents", c, f, "座席接听的呼入通话数", plain("agent_answered")),
        _figure(
            "agent_answer_rate", "人工接听率", "Agent answer rate", r, f, "人工接听量 ÷ 人工请求量（口径 trunk：÷ 中继呼入总量）",
            lambda v: Formula({"agent_answered": 1}, {_answer_base(v): 1}),
        ),
        _figure(
            "agent_unanswered", "人工未接听量", "Unanswered by agents", c, f,
            "中继呼入总量 − 人工接听量 − 自助完成量 − 非服务时间来电量（口径 request：人工请求量 − 人工接听量）",
            lambda v: Formula(_unanswered_terms(v)),
        ),
        _figure(
            "agent_unanswered_rate", "人工未接听率", "Agent unanswered rate", r, f, "人工未接听量 ÷ 人工接听率的分母",
            lambda v: Formula(_unanswered_terms(v), {_answer_base(v): 1}),
        ),
        *(
            _figure(f"ended_{d}", _DISPOSITION_NAMES[d], d.replace("_", " "), c, "disposition", f"以“{d}”结束的呼入通话数", plain(f"ended_{d}"))
            for d in DISPOSITIONS
        ),
    ]  # fmt: skip


def _outbound() -> list[Figure]:
    c, r, d = Unit.COUNT, Unit.RATIO, Unit.DURATION
    f = "outbound"
    return [
        _figure("outbound_calls", "呼出总量", "Calls out", c, f, "座席发起的外呼数", plain("outbound_calls")),
        _figure("outbound_answered", "呼出通话量", "Calls out answered", c, f, "对方接听的外呼数", plain("outbound_answered")),
        _figure(
            "outbound_connect_rate", "呼出通话率", "Outbound connect rate", r, f, "呼出通话量 ÷ 呼出总量",
            ratio({"outbound_answered": 1}, {"outbound_calls": 1}),
        ),
        _figure("outbound_talk", "呼出通话总时长", "Outbound talk time", d, f, "外呼通话时长之和", plain("outbound_talk_ms")),
    ]  # fmt: skip


def _queue() -> list[Figure]:
    c, r, d = Unit.COUNT, Unit.RATIO, Unit.DURATION
    f = "queue"
    return [
        _figure("queue_entered", "进入排队总数", "Queue visits", c, f, "进入排队的次数", plain("queue_entered")),
        _figure("queue_peak", "最大排队长度", "Longest queue", c, f, "同一时刻排队的最多人数", plain("queue_peak")),
        _figure("queue_wait", "排队总时长", "Total waiting", d, f, "全部排队等待时长之和", plain("queue_wait_ms")),
        _figure("queue_wait_avg", "平均排队时长", "Average wait", d, f, "排队总时长 ÷ 进入排队总数", ratio({"queue_wait_ms": 1}, {"queue_entered": 1})),
        _figure("visits_answered", "座席接听排队数", "Visits answered", c, f, "被座席接听的排队数", plain("visits_answered")),
        _figure("visits_answered_wait", "座席接听排队总时长", "Waiting of answered", d, f, "被接听排队的等待时长之和", plain("visits_answered_wait_ms")),
        _figure("asa", "座席接听平均排队时长", "Average speed of answer", d, f, "座席接听排队总时长 ÷ 座席接听排队数", ratio({"visits_answered_wait_ms": 1}, {"visits_answered": 1})),
        _figure("visits_answered_max", "座席接听最大排队时长", "Longest wait answered", d, f, "被接听排队的最长等待", plain("visits_answered_max_ms")),
        _figure("visits_abandoned", "放弃呼叫排队数", "Visits abandoned", c, f, "等待或振铃时挂断的排队数", plain("visits_abandoned")),
        _figure("visits_abandoned_wait", "放弃呼叫排队总时长", "Waiting of abandoned", d, f, "放弃排队的等待时长之和", plain("visits_abandoned_wait_ms")),
        _figure("abandon_wait_avg", "放弃呼叫平均排队时长", "Average wait of abandoned", d, f, "放弃呼叫排队总时长 ÷ 放弃呼叫排队数", ratio({"visits_abandoned_wait_ms": 1}, {"visits_abandoned": 1})),
        _figure("visits_abandoned_max", "放弃呼叫最大排队时长", "Longest wait abandoned", d, f, "放弃排队的最长等待", plain("visits_abandoned_max_ms")),
        _figure("queue_abandoned", "排队放弃次数", "Abandoned waiting", c, f, "等待时挂断的排队数", plain("queue_abandoned")),
        _figure("ring_abandoned", "振铃放弃次数", "Abandoned ringing", c, f, "座席振铃时挂断的排队数", plain("ring_abandoned")),
        _figure("short_abandoned", "短放弃量", "Short abandons", c, f, "等待短于阈值（口径 short_abandon_s）即挂断的排队数", plain("short_abandoned")),
        _figure("overflow", "溢出量", "Overflowed", c, f, "因超时、满员、无座席或规则离开的排队数", plain("overflow")),
        _figure("abandon_rate", "放弃率", "Abandon rate", r, f, "放弃呼叫排队数 ÷ 进入排队总数", ratio({"visits_abandoned": 1}, {"queue_entered": 1})),
        _figure("answered_within", "目标时间内接听量", "Answered in target", c, f, "等待不超过目标秒数（口径 service_level_s）的接听数", plain("answered_within")),
        _figure(
            "service_level", "服务水平", "Service level", r, f,
            "目标秒数内接听量 ÷ 进入排队总数（口径 answered：÷ 座席接听排队数；ignore_abandons：分母减目标秒数内放弃；credit_abandons：分子加目标秒数内放弃）",
            _service_level,
        ),
        *(_figure(wait_bucket(i), f"等待{_stretch(i)}", f"Waited {_stretch(i)}", c, "waits", f"等待{_stretch(i)}的排队数", plain(wait_bucket(i))) for i in range(len(WAIT_BORDERS_S))),
        *(_figure(f"answered_{wait_bucket(i)}", f"接听·等待{_stretch(i)}", f"Answered, waited {_stretch(i)}", c, "waits", f"等待{_stretch(i)}后被接听的排队数", plain(f"answered_{wait_bucket(i)}")) for i in range(len(WAIT_BORDERS_S))),
        *(_figure(f"abandoned_{wait_bucket(i)}", f"放弃·等待{_stretch(i)}", f"Abandoned, waited {_stretch(i)}", c, "waits", f"等待{_stretch(i)}后放弃的排队数", plain(f"abandoned_{wait_bucket(i)}")) for i in range(len(WAIT_BORDERS_S))),
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
        _figure("agents_signed_in", "签入座席数", "Agents signed in", c, f, "曾签入的座席人数", plain("agents_signed_in")),
        _figure("signed_in", "在线总时长", "Signed-in time", d, f, "签入后各状态时长之和", plain("signed_in_ms")),
        _figure("signed_in_avg", "座席平均在线时长", "Signed-in time per agent", d, f, "在线总时长 ÷ 签入座席数", ratio({"signed_in_ms": 1}, {"agents_signed_in": 1})),
        _figure("talks", "通话量", "Talks", c, f, "座席通话段数", plain("talks")),
        _figure("talk_avg", "平均通话时长", "Average talk", d, f, "（通话 + 保持时长）÷ 通话量", ratio({"talk_ms": 1, "hold_ms": 1}, {"talks": 1})),
        _figure("aht", "平均处理时长", "Average handling time", d, f, "（通话 + 保持 + 话后处理时长）÷ 通话量", ratio(work, {"talks": 1})),
        _figure("ring_avg", "平均振铃时间", "Average ring", d, f, "振铃总时长 ÷ 振铃次数", ratio({"ring_ms": 1}, {"offers": 1})),
        _figure("ring", "振铃时间", "Ring time", d, f, "座席振铃时长之和", plain("ring_ms")),
        _figure("offers", "振铃次数", "Offers", c, f, "向座席振铃的次数", plain("offers")),
        _figure("offers_missed", "振铃未接量", "Offers missed", c, f, "座席未应答的振铃次数", plain("offers_missed")),
        _figure("pick_ups", "代答量", "Calls picked up", c, f, "接起同事的来电或排队中来电的次数", plain("pick_ups")),
        _figure("transfers", "转移次数", "Transfers", c, f, "座席把通话转给他人的次数：直接转接（含外线）、协商转接、转入队列", plain(*_TRANSFERS)),
        _figure("transfer_rate", "转移率", "Transfer rate", r, f, "转移次数 ÷ 通话量", ratio(dict.fromkeys(_TRANSFERS, 1), {"talks": 1})),
        *(
            _figure(f"transfers_{key}", f"{name}次数", f"Transfers, {key}", c, f, f"以{name}结束的通话段数", plain(f"transfers_{key}"))
            for key, name in _TRANSFER_NAMES.items()
        ),
        *(
            _figure(f"transfer_rate_{key}", f"{name}率", f"Transfer rate, {key}", r, f, f"{name}次数 ÷ 通话量", ratio({f"transfers_{key}": 1}, {"talks": 1}))
            for key, name in _TRANSFER_NAMES.items()
        ),
        _figure("duty_rings", "值班电话振铃次数", "Duty phone rings", c, f, "值班电话振铃的次数", plain("duty_rings")),
        _figure("duty_rings_answered", "值班电话应答次数", "Duty phone answers", c, f, "值班电话应答的振铃次数", plain("duty_rings_answered")),
        _figure("rest_busy", "小休置忙时长", "Rest and busy", d, f, "小休与示忙时长之和", plain("state_rest_ms", "state_busy_ms")),
        _figure("occupancy", "占用率", "Occupancy", r, f, "（通话 + 保持 + 话后处理）÷（同前 + 等待时长）", ratio(work, {**work, "state_ready_ms": 1})),
        _figure("utilisation", "座席利用率", "Utilisation", r, f, "（通话 + 保持 + 话后处理）÷ 在线总时长", ratio(work, {"signed_in_ms": 1})),
        _figure("talk_work_ratio", "通话处理比", "Talk to work", r, f, "通话时长 ÷（通话 + 保持 + 话后处理）", ratio({"talk_ms": 1}, work)),
        *(_figure(f"state_{s}", f"{_STATE_NAMES[s]}时长", f"Time {s}", d, "states", f"处于“{_STATE_NAMES[s]}”的时长", plain(f"state_{s}_ms")) for s in AGENT_STATES),
    ]  # fmt: skip


def _satisfaction() -> list[Figure]:
    c, r = Unit.COUNT, Unit.RATIO
    f = "survey"
    return [
        _figure("survey_invited", "邀请评价量", "Surveys offered", c, f, "被邀请评价的通话数", plain("survey_invited")),
        _figure("survey_answers", "参与调查量", "Surveys answered", c, f, "给出评价的通话数", plain("survey_answers")),
        _figure("survey_participation", "参评率", "Survey participation", r, f, "参与调查量 ÷ 邀请评价量", ratio({"survey_answers": 1}, {"survey_invited": 1})),
        _figure("satisfaction_rate", "满意率", "Satisfaction", r, f, "达到满意档（口径 satisfied_grade）的评价 ÷ 参与调查量", ratio({"survey_satisfied": 1}, {"survey_answers": 1})),
    ]  # fmt: skip


FIGURES: dict[str, Figure] = {
    f.key: f for f in (*_inbound(), *_outbound(), *_queue(), *_agents(), *_satisfaction())
}
"""The dictionary, by key."""
