"""What a plan says, in sentences for people: formula, variant, conditions, rules. Pure."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from hotline.core.metrics.figures import FIGURES, parse_variant
from hotline.features.contracts.plan import Json

UNITS = {"ratio": "%", "permille": "‰", "count": "", "duration": "秒", "number": ""}
KINDS = {"deduct": "扣款", "withhold": "暂缓支付", "terminate": "可终止合同", "warn": "书面警告"}
EXCLUSIONS = {
    "force_majeure": "不可抗力",
    "line_fault": "线路故障",
    "maintenance": "计划维护",
    "other": "其他",
}
LEFT_OUT = {"excluded": "全天剔除", "capacity": "不在约定容量内"}
NOTHING = "—"
_MEASURES = {
    "caller_days": "来电号码数（每日每号码一次）",
    "caller_days_connected": "首次来电即接通的号码数（每日每号码一次）",
    "solved_at_once": "前后规定天数内没有同类来电的人工接听量",
    "voicemail_ms": "留言总时长",
    "outbound_call_talk_ms": "呼出通话总时长",
    "talk_ms": "通话段的通话总时长",
    "hold_ms": "保持总时长",
    "wrap_ms": "话后处理总时长",
    "offers_in": "呼入振铃次数",
    "offers_in_answered": "呼入振铃接听次数",
    "offers_in_missed": "呼入振铃未接次数",
    "pick_up_ms": "接听前的振铃总时长",
    "survey_second_satisfied": "第二问满意数",
    "abandoned_within": "目标秒内放弃量",
    "requested_ivr_hangup": "请求人工后在语音菜单挂断的",
    "requested_queue_abandoned": "请求人工后排队放弃的",
    "requested_ring_abandoned": "请求人工后座席振铃放弃的",
    "requested_duty_abandoned": "请求人工后值班电话放弃的",
}
"""Names of what no figure of the dictionary is named for."""


def with_unit(figure: Json, value: object) -> str:
    """A value of a figure with its unit; None is a dash."""
    return NOTHING if value is None else f"{value}{UNITS[figure['unit']]}"


def plain_number(text: object) -> str:
    """A decimal without needless zeros."""
    value = Decimal(str(text))
    return f"{value.normalize():f}" if value else "0"


def target(figure: Json) -> str:
    """The target with its direction."""
    sign = "≥" if figure["direction"] == "at_least" else "≤"
    return f"{sign} {plain_number(figure['target'])}{UNITS[figure['unit']]}"


def of_figure(figure: Json) -> list[str]:
    """Formula in words and every condition, one sentence each."""
    if figure["source"] == "declared":
        return [f"公式：{figure['words'] or '按合同约定'}", "来源：人工填报，附依据"]
    lines = [
        f"公式：{figure['words']}",
        f"计数：{_fraction(figure)}",
        f"口径：{parse_variant(figure['variant']).words()}",
    ]
    if figure.get("rolling"):
        return [
            *lines,
            "从考核期第一刻起每 15 分钟移动一次；剔除时段内的通话不计",
            "数值四舍五入后与目标比较",
        ]
    opens, closes = figure["minutes"]
    if (opens, closes) != (0, 1440):
        lines.append(f"时段：每日 {_clock(opens)}–{_clock(closes)} 开始的通话")
    lines.append(f"日期：{'、'.join(_stretches(figure['days'])) or '无'}（共 {len(figure['days'])} 日）")
    if capacity := figure["capacity"]:
        rule = "不低于" if capacity["most"] is None else "不超过"
        calls = capacity["agents"] * capacity["calls_each"]
        lines.append(
            f"容量：只计人工请求量{rule} {calls} 的日子（{capacity['agents']} 席 × {capacity['calls_each']} 通）"
        )
    if figure["per"] == "day":
        lines.append(f"逐日考核，允许不达标 {figure['allowed_days']} 日；合计为总和之比")
    lines.append("数值四舍五入后与目标比较")
    return lines


def _fraction(figure: Json) -> str:
    top = _sum(figure["numerator"])
    return top if figure["denominator"] is None else f"（{top}）÷（{_sum(figure['denominator'])}）"


def _sum(terms: Mapping[str, int]) -> str:
    names = [
        f"{'−' if factor < 0 else '+'} {f'{abs(factor)}×' if abs(factor) != 1 else ''}{_name(key)}"
        for key, factor in terms.items()
    ]
    return " ".join(names).removeprefix("+ ")


def _name(measure: str) -> str:
    """A measure's Chinese name: that of the figure which is just this measure, else its own."""
    for key in (measure, measure.removesuffix("_ms")):
        if key in FIGURES:
            return FIGURES[key].name
    return _MEASURES.get(measure, measure)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _stretches(days: Iterable[str]) -> list[str]:
    """Days as month-day, runs joined."""
    runs: list[list[str]] = []
    for day in days:
        if runs and int(day[8:]) == int(runs[-1][-1][8:]) + 1 and day[:7] == runs[-1][-1][:7]:
            runs[-1].append(day)
        else:
            runs.append([day])
    return [run[0][5:] if len(run) == 1 else f"{run[0][5:]}~{run[-1][5:]}" for run in runs]


def of_rule(rule: Json, plan: Json) -> str:
    """A consequence as a sentence."""
    names = {figure["key"]: figure["name"] for figure in plan["figures"]}
    about = f"“{names.get(rule['figure'], rule['figure'])}”" if rule["figure"] else "任一指标"
    unit = next((UNITS[f["unit"]] for f in plan["figures"] if f["key"] == rule["figure"]), "")
    match rule["when"]:
        case "failed":
            when = f"{about}不达标"
        case "per_day":
            when = f"{about}每有一日不达标"
        case "per_point":
            begun = "，不足部分按一档计" if rule["begun"] else "，不足部分不计"
            when = f"{about}不达标时每偏离 {plain_number(rule['step'])}{unit or ' 个单位'}{begun}"
        case _:
            row = "连续" if rule["in_a_row"] else "累计"
            when = f"{row} {rule['after']} 个考核期不达标"
    return f"{when}，{_what(rule)}"


def _what(rule: Json) -> str:
    what = KINDS[rule["kind"]]
    if rule["kind"] not in {"deduct", "withhold"}:
        return what
    each = f"{Decimal(rule['each']):.2f} 元"
    if rule["percent"] is not None:
        each = f"当期服务费的 {plain_number(rule['percent'])}%（{each}）"
    most = f"，最多 {Decimal(rule['most']):.2f} 元" if rule["most"] is not None else ""
    return f"{what} {each}{most}"


def of_plan(plan: Json) -> dict[str, list[str]]:
    """All sentences of a plan: by figure key, and `consequences` in the order of the rules."""
    found = {figure["key"]: of_figure(figure) for figure in plan["figures"]}
    return found | {"consequences": [of_rule(rule, plan) for rule in plan["consequences"]]}
