"""The dictionary, part four: figures of the moment, and which figures of the day live page, wall boards and alarms take.

A figure of the moment (family `live`) is a state read off what runs: no past, no formula, no variant. A figure of the day is a figure
of the dictionary over today, counted from the statistics store as on every report; so a call counts once it has ended.
"""

from dataclasses import dataclass
from typing import Final

from hotline.core.metrics.formula import Unit

FAMILY: Final = "live"


@dataclass(frozen=True, slots=True, kw_only=True)
class MomentFigure:
    """A state of the moment: key, names, unit, and in words what is read."""

    key: str
    name: str
    name_en: str
    unit: Unit
    words: str


def _moment(key: str, name: str, name_en: str, unit: Unit, words: str) -> MomentFigure:
    return MomentFigure(key=key, name=name, name_en=name_en, unit=unit, words=words)


_C, _D, _R = Unit.COUNT, Unit.DURATION, Unit.RATIO
MOMENT_FIGURES: Final[dict[str, MomentFigure]] = {
    one.key: one
    for one in (
        _moment("waiting", "排队等待", "Waiting", _C, "此刻在排队、还没有向座席振铃的来电数"),
        _moment("longest_wait_s", "最长等待", "Longest wait", _D, "此刻排队的来电中等得最久的一通已等待的时长"),
        _moment("talking", "通话中座席", "Agents talking", _C, "此刻处于通话或保持状态的座席数"),
        _moment("ready", "空闲座席", "Ready agents", _C, "此刻空闲、可以接听的座席数；属于多个座席组的，全中心只计一次"),
        _moment("signed_in_now", "签入座席", "Signed-in agents", _C, "此刻已签入的座席数；属于多个座席组的，全中心只计一次"),
        _moment("callbacks_waiting", "等待回拨", "Call-backs waiting", _C, "此刻保留排队位置、等待系统回拨的人数"),
        _moment("estimated_wait_s", "预计等待", "Estimated wait", _D, "现在进入排队预计要等的时长；无人签入或还没有依据时为“—”"),
        _moment("talks_begun", "今日接起", "Talks begun today", _C, "座席今天开始的通话段数，含正在进行的；报表中的“通话量”只计已结束的通话"),
        _moment("trunk_used_pct", "中继占用", "Trunk use", _R, "此刻占用的中继线数 ÷ 允许的并发数"),
        _moment("rest_s", "小休时长", "Time on break", _D, "座席此刻这一次小休已持续的时长"),
        _moment("busy_s", "示忙时长", "Time busy", _D, "座席此刻这一次示忙已持续的时长"),
        _moment("after_call_s", "话后时长", "After-call time", _D, "座席此刻这一次话后处理已持续的时长"),
        _moment("engine_down", "语音服务中断", "Voice service down", _D, "语音服务到此刻已不可用的时长"),
    )
}  # fmt: skip
"""The figures of the moment, by key."""

DAY_FIGURES: Final[tuple[str, ...]] = (
    "queue_entered", "visits_answered", "queue_answer_rate", "service_level", "visits_abandoned", "abandon_rate", "overflow",
    "asa", "abandon_wait_avg", "trunk_in", "agent_requests", "agent_answered", "agent_answer_rate", "agent_unanswered",
    "agent_unanswered_rate", "connect_rate", "talks", "talk_avg", "aht", "ring_avg", "offers_missed", "occupancy",
    "survey_answers", "satisfaction_rate",
)  # fmt: skip
"""Keys of the dictionary that are counted for today, for all in sight and for each queue."""

LITTLE_IS_BAD: Final = frozenset(
    {
        "ready", "signed_in_now", "queue_answer_rate", "service_level", "agent_answer_rate", "connect_rate", "satisfaction_rate",
        "occupancy",
    }
)  # fmt: skip
"""Of these, alarms and targets say: not less than; of all others: not more than."""
