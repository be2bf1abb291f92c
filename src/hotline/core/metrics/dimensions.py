"""By what figures may be split: lengths of time, and what a call, a visit, a talk or an agent's time is about."""

from enum import StrEnum


class Grain(StrEnum):
    """The length of a row in time; `total` is one row for the whole period."""

    QUARTER = "15min"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"
    TOTAL = "total"


class Dimension(StrEnum):
    """What else rows may be split by and filtered by.

    `called` is the hotline's own number (the number called, or shown when calling out), `caller` the citizen's. `hour` is the
    local hour of the day (0–23), `weekday` 1 (Monday) to 7.
    """

    HOTLINE = "hotline"
    QUEUE = "queue"
    AGENT = "agent"
    CALLED = "called"
    CALLER = "caller"
    TYPE = "type"
    PROVINCE = "province"
    CITY = "city"
    HOUR = "hour"
    WEEKDAY = "weekday"
    DIRECTION = "direction"
    DISPOSITION = "disposition"
    CAUSE = "cause"
    STATE = "state"
    REASON = "reason"
    GRADE = "grade"
    FLOW = "flow"
    NODE = "node"
    KEY = "key"
    LABEL = "label"


NAMES: dict[Dimension, tuple[str, str]] = {
    Dimension.HOTLINE: ("热线", "Hotline"),
    Dimension.QUEUE: ("座席组", "Queue"),
    Dimension.AGENT: ("座席", "Agent"),
    Dimension.CALLED: ("被叫号码", "Number called"),
    Dimension.CALLER: ("来电号码", "Caller"),
    Dimension.TYPE: ("业务类型", "Business type"),
    Dimension.PROVINCE: ("省份", "Province"),
    Dimension.CITY: ("城市", "City"),
    Dimension.HOUR: ("时段", "Hour of day"),
    Dimension.WEEKDAY: ("星期", "Weekday"),
    Dimension.DIRECTION: ("方向", "Direction"),
    Dimension.DISPOSITION: ("去向", "Disposition"),
    Dimension.CAUSE: ("溢出原因", "Cause of overflow"),
    Dimension.STATE: ("座席状态", "Agent state"),
    Dimension.REASON: ("状态原因", "Reason"),
    Dimension.GRADE: ("评价等级", "Grade"),
    Dimension.FLOW: ("流程", "Flow"),
    Dimension.NODE: ("菜单", "Menu"),
    Dimension.KEY: ("按键", "Key"),
    Dimension.LABEL: ("按键含义", "Meaning"),
}
"""Chinese and English names."""

NUMERIC = frozenset({Dimension.HOUR, Dimension.WEEKDAY, Dimension.GRADE})
"""Dimensions whose values are whole numbers, sorted as such."""
