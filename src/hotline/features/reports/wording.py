"""Measures and formulas in words: what is counted in which table under which conditions."""

from hotline.core.metrics.figures_calls import DISPOSITION_NAMES
from hotline.core.metrics.figures_service import STATE_NAMES
from hotline.core.metrics.formula import INTERVAL, ROLLING, WHOLE, Formula, Terms
from hotline.core.metrics.measures import MEASURES, Measure, Param, Table, Where
from hotline.core.metrics.variant import Variant
from hotline.features.reports.naming import OUTCOMES

TABLES: dict[Table, str] = {
    Table.CALL: "通话",
    Table.VISIT: "排队记录",
    Table.OFFER: "振铃",
    Table.TALK: "通话段",
    Table.AGENT: "座席状态",
    Table.SURVEY: "评价",
    Table.KEY: "按键",
    Table.SIGN_IN: "签入签出",
    Table.OPERATION: "操作记录",
    Table.CALLBACK: "预约回拨",
}
_COLUMNS = {
    "direction": "方向", "disposition": "去向", "outcome": "结果", "answered": "已应答", "agent_requested": "请求人工",
    "agent_answered": "座席接听", "survey_invited": "邀请评价", "recorded": "有录音", "known_caller": "显示号码",
    "first_of_day": "当天第一次来电", "before_ms": "距上次来电（毫秒）", "matter_before_ms": "距上次同类来电（毫秒）",
    "matter_after_ms": "距下次同类来电（毫秒）", "wait_ms": "等待（毫秒）", "wait_class": "等待分布档", "line": "队列长度",
    "kind": "振铃种类", "duty": "值班电话", "ring_ms": "振铃时长", "how": "结束方式", "talk_ms": "通话时长", "hold_ms": "保持时长",
    "wrap_ms": "话后处理时长", "connected_ms": "通话与保持时长", "dial_ms": "拨号时长", "voicemail_ms": "留言时长", "state": "状态",
    "first": "状态开始", "duration_ms": "时长", "agent_id": "座席", "caller": "来电号码", "question": "第几问", "grade": "等级",
    "pressed": "有按键", "accepted": "菜单接受", "left": "在此挂断", "reached": "座席接听", "done_in_ms": "回拨用时（毫秒）",
    "t_ms": "时刻（毫秒）",
}  # fmt: skip
_WORDS = {
    "inbound": "呼入", "outbound": "呼出", "internal": "内部", "queue": "排队来电", "pick_up": "代接", "direct": "直呼座席",
    "colleague": "座席之间", "transferred_blind": "盲转", "transferred_outside": "转往外部", "transferred_consulted": "咨询后转接",
    "transferred_queue": "转回队列", **OUTCOMES, **STATE_NAMES,
}  # fmt: skip
_WORDS.update({key: name.removesuffix("量") for key, name in DISPOSITION_NAMES.items()})
_SIGNS = {"eq": "=", "in": "∈", "le": "≤", "lt": "<", "ge": "≥", "gt": ">"}
_KINDS = {"count": "条数", "sum": "之和", "max": "最大值", "distinct": "不同值的个数"}


def measure_words(key: str, variant: Variant) -> str:
    """A measure in words."""
    whole = key.startswith(WHOLE)
    if key == INTERVAL:
        return "时段长度（毫秒）"
    measure = MEASURES[key.removeprefix(WHOLE).removeprefix(ROLLING)]
    conditions = "，".join(_condition(where, variant) for where in measure.where)
    scope = "全部行的" if whole else "最低的连续 24 小时里，" if key.startswith(ROLLING) else ""
    return f"{scope}{TABLES[measure.table]}{f'（{conditions}）' if conditions else ''}的{_what(measure)}"


def _what(measure: Measure) -> str:
    if measure.kind == "count":
        return _KINDS["count"]
    return f"{_COLUMNS.get(measure.column, measure.column)}{_KINDS[measure.kind]}"


def _condition(where: Where, variant: Variant) -> str:
    name = _COLUMNS.get(where.column, where.column)
    if isinstance(where.value, bool):
        return name if where.value else f"非{name}"
    value = where.value
    if isinstance(value, Param):
        told = variant.parameters().get(value.name)
        return f"{name} {_SIGNS[where.op]} {told if told is not None else '制表前 24 小时'}"
    values = value if isinstance(value, tuple) else (value,)
    return f"{name} {_SIGNS[where.op]} {'、'.join(_WORDS.get(str(one), str(one)) for one in values)}"


def formula_text(formula: Formula) -> str:
    """A formula in keys of measures."""
    top = _terms(formula.numerator)
    return top if formula.denominator is None else f"({top}) / ({_terms(formula.denominator)})"


def _terms(terms: Terms) -> str:
    def one(key: str, factor: int) -> str:
        times = "" if abs(factor) == 1 else f"{abs(factor)} × "
        return f"{'-' if factor < 0 else '+'} {times}{key}"

    return " ".join(one(key, factor) for key, factor in terms.items()).removeprefix("+ ")
