"""The formula variant (口径): the choices under which figures are computed, printed on every report and read back from there."""

from dataclasses import dataclass, replace
from typing import Any, Literal

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
    short_abandons: Literal["count", "exclude"] = "count"
    satisfied_grade: int = 2
    repeat_min: int = 120
    matter_days: int = 7
    include_test: bool = False
    include_excluded: bool = False

    def parameters(self) -> dict[str, int]:
        """The numbers that measures refer to by `Param`."""
        return {
            "service_level_ms": self.service_level_s * 1000,
            "short_abandon_ms": self.short_abandon_s * 1000,
            "satisfied_grade": self.satisfied_grade,
            "repeat_ms": self.repeat_min * 60_000,
            "matter_ms": self.matter_days * 86_400_000,
        }

    def options(self) -> dict[str, str | int | bool]:
        """Every choice by its key."""
        return {one.key: getattr(self, one.key) for one in OPTIONS}

    def text(self) -> str:
        """The variant as `key=value,…`, every key named: what is printed on a report and read back by `parse_variant`."""
        return ",".join(f"{key}={_word(value)}" for key, value in self.options().items())

    def words(self) -> str:
        """The same for people, every choice named in Chinese: `服务水平：目标秒内接听 ÷ 进入排队；目标秒数：20；…`."""
        return "；".join(f"{one.name}：{one.told(getattr(self, one.key))}" for one in OPTIONS)


def _word(value: str | int | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One choice: of words with Chinese names, of a number within bounds, or a switch (`choices` true, false)."""

    key: str
    name: str
    about: str
    choices: tuple[tuple[str, str], ...] = ()
    most: int = 0
    least: int = 0

    def told(self, value: str | int | bool) -> str:
        """One of its values as people read it."""
        return dict(self.choices).get(_word(value), _word(value))


_SWITCH = (("false", "不计入"), ("true", "计入"))

OPTIONS: tuple[Option, ...] = (
    Option(
        key="service_level", name="服务水平", about="服务水平的分子与分母",
        choices=(
            ("offered", "目标秒内接听 ÷ 进入排队"),
            ("answered", "目标秒内接听 ÷ 被接听"),
            ("ignore_abandons", "分母不含目标秒内放弃"),
            ("credit_abandons", "目标秒内放弃算达标"),
        ),
    ),
    Option(key="service_level_s", name="目标秒数", about="服务水平的目标秒数，含恰好等于", most=3600),
    Option(
        key="answer_base", name="接听率分母", about="人工接听率的分母",
        choices=(("request", "人工请求量"), ("trunk", "中继呼入总量")),
    ),
    Option(
        key="unanswered", name="未接听量", about="人工未接听量的算法",
        choices=(("trunk", "中继呼入 − 接听 − 自助 − 非服务时间"), ("request", "人工请求 − 人工接听")),
    ),
    Option(key="short_abandon_s", name="短放弃秒数", about="等待短于这么多秒即挂断的算短放弃", most=600),
    Option(
        key="short_abandons", name="短放弃", about="短放弃是否计入服务水平与放弃率的分母",
        choices=(("count", "计入"), ("exclude", "剔除")),
    ),
    Option(key="satisfied_grade", name="满意档", about="等级不大于它的算满意（1 最好）", most=9),
    Option(key="repeat_min", name="重复来电分钟", about="同一号码在这么多分钟内再来电算重复", most=10_080, least=1),
    Option(key="matter_days", name="首次解决天数", about="同一号码同一业务前后这么多天内没有来电算首次解决", most=90, least=1),
    Option(key="include_test", name="测试呼叫", about="测试呼叫是否计入", choices=_SWITCH),
    Option(key="include_excluded", name="剔除项", about="不可抗力、线路故障时段和自有号码是否计入", choices=_SWITCH),
)  # fmt: skip
"""Every choice, in the order in which a variant is printed."""

_BY_KEY = {one.key: one for one in OPTIONS}


def parse_variant(text: str, base: Variant | None = None) -> Variant:
    """Read `key=value,…` over `base` (the defaults); a bare word names a service-level variant (`credit_abandons`).

    Raises:
        ValueError: an unknown key or a value outside its range; the message names it.
    """
    values: dict[str, Any] = {}
    for part in filter(None, (p.strip() for p in text.split(","))):
        key, _, value = part.partition("=") if "=" in part else ("service_level", "=", part)
        option = _BY_KEY.get(key)
        if option is not None and value in dict(option.choices):
            values[key] = value == "true" if option.choices is _SWITCH else value
        elif (
            option is not None
            and not option.choices
            and len(value) < 9
            and value.isascii()
            and value.isdigit()
            and option.least <= int(value) <= option.most
        ):
            values[key] = int(value)
        else:
            raise ValueError(f"variant: {part[:60]!r}")
    return replace(base or Variant(), **values)
