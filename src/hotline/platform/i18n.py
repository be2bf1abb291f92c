"""The two languages of messages that leave the server: Simplified Chinese (default) and English.

A message is a pair written beside the thing it speaks of; this module only chooses and fills in.
"""

from typing import Any, Final, Literal, NamedTuple

Language = Literal["zh-CN", "en"]
DEFAULT: Final[Language] = "zh-CN"


class Text(NamedTuple):
    """One message in both languages; `{name}` is filled from the details."""

    zh: str
    en: str

    def render(self, language: Language, details: dict[str, Any] | None = None) -> str:
        """Return the message in `language`, with details that it names filled in."""
        template = self.en if language == "en" else self.zh
        try:
            return template.format_map(details or {})
        except (KeyError, IndexError, ValueError):
            return template  # a detail is missing: the bare sentence is better than none


def language_of(accept_language: str | None) -> Language:
    """Choose by an Accept-Language header (RFC 9110 section 12.5.4): the best-weighted of the two we speak."""
    best: Language = DEFAULT
    weight = 0.0
    for part in (accept_language or "").split(",")[:16]:
        tag, _, parameter = part.strip().partition(";")
        offered: Language | None = (
            "en" if tag.lower().startswith("en") else DEFAULT if tag.lower().startswith("zh") else None
        )
        quality = _quality(parameter)
        if offered is not None and quality > weight:
            best, weight = offered, quality
    return best


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


REFUSALS: dict[str, Text] = {
    "not_signed_in": Text("您还没有签入", "You are not signed in"),
    "already_signed_in": Text("您已经签入", "You are already signed in"),
    "no_device": Text("话机没有注册，请检查话机或浏览器的麦克风权限", "The phone is not registered"),
    "no_such_call": Text("没有这个通话，可能已经结束", "There is no such call; it may have ended"),
    "not_your_call": Text("这不是您的通话", "This is not your call"),
    "wrong_state": Text("当前状态不能这样操作", "Not possible in the present state"),
    "agent_busy": Text("对方座席正忙", "The agent is busy"),
    "you_are_busy": Text("您正有来电或通话，请先结束", "You have a call yourself"),
    "no_such_number": Text("没有这个号码", "There is no such number"),
    "not_allowed": Text("不允许这样操作", "This is not allowed"),
    "answer_on_phone": Text("请在话机上摘机接听", "Please answer on the phone"),
    "engine_down": Text("交换引擎不在线，请稍后再试", "The switch engine is down"),
    "line_full": Text("线路已满，请稍后再试", "All lines are in use"),
    "no_hotline": Text(
        "本单位没有可以外呼的热线，请管理员为热线设置外呼线路，或为您指定外呼热线",
        "Your organisation has no hotline that can call out",
    ),
    "reason_needed": Text("请选择原因", "A reason is needed"),
    "no_leader": Text("现在没有空闲的班长，请稍后再试", "No leader is free now"),
    "already_taken": Text("已被其他座席接走", "A colleague was quicker"),
    "no_such_party": Text("通话中没有这一方，可能已经离开", "There is no such party in the call"),
    "daily_limit": Text("今天的外呼次数已用完", "You have used up today's calls out"),
    "number_barred": Text("这个号码不允许拨打，如有需要请联系管理员", "This number must not be called"),
    "closed_hours": Text("现在这个时段不允许拨打这个号码", "This number must not be called at this hour"),
}
"""What `core.requests.Refused` says on screen, by its code."""

FIELD_PROBLEMS: dict[str, Text] = {
    "missing": Text("必填", "Required"),
    "string_too_short": Text("至少 {min_length} 个字符", "At least {min_length} characters"),
    "string_too_long": Text("最多 {max_length} 个字符", "At most {max_length} characters"),
    "string_pattern_mismatch": Text("格式不正确", "Wrong format"),
    "string_type": Text("应为文字", "Must be text"),
    "int_parsing": Text("应为整数", "Must be a whole number"),
    "int_type": Text("应为整数", "Must be a whole number"),
    "float_parsing": Text("应为数字", "Must be a number"),
    "decimal_parsing": Text("应为数字", "Must be a number"),
    "decimal_type": Text("应为数字", "Must be a number"),
    "decimal_max_places": Text("最多 {decimal_places} 位小数", "At most {decimal_places} decimal places"),
    "finite_number": Text("应为数字", "Must be a number"),
    "bool_parsing": Text("应为是或否", "Must be true or false"),
    "greater_than_equal": Text("不能小于 {ge:g}", "Not less than {ge:g}"),
    "greater_than": Text("应大于 {gt:g}", "Greater than {gt:g}"),
    "less_than_equal": Text("不能大于 {le:g}", "Not more than {le:g}"),
    "less_than": Text("应小于 {lt:g}", "Less than {lt:g}"),
    "enum": Text("不是可选的值", "Not one of the choices"),
    "literal_error": Text("不是可选的值", "Not one of the choices"),
    "too_long": Text("最多 {max_length} 项", "At most {max_length} items"),
    "too_short": Text("至少 {min_length} 项", "At least {min_length} items"),
    "extra_forbidden": Text("没有这一项", "No such field"),
    "json_invalid": Text("不是正确的 JSON", "Invalid JSON"),
    "datetime_parsing": Text("不是正确的时间", "Not a valid time"),
    "date_from_datetime_parsing": Text("不是正确的日期", "Not a valid date"),
}
"""What a field did wrong, by pydantic's type of error."""
