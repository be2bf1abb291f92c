"""What rows are about, in words: hotlines, queues and agents by the site's names, states and outcomes by the trade's."""

import json
from collections.abc import Mapping
from datetime import datetime

from hotline.core.metrics.dimensions import Dimension, Grain
from hotline.core.metrics.figures_calls import DISPOSITION_NAMES
from hotline.core.metrics.figures_service import STATE_NAMES
from hotline.core.metrics.query import LOCAL_OFFSET
from hotline.core.numbers import presented
from hotline.core.site import Site
from hotline.platform.masking import WITHHELD

NOTHING = "（无）"
GONE = "（已停用）"
_WEEKDAYS = "一二三四五六日"
_DIRECTIONS = {"inbound": "呼入", "outbound": "呼出", "internal": "内部"}
_OUTBOUND_ENDS = {
    "connected": "接通",
    "no_answer": "无人接听",
    "busy": "对方忙",
    "failed": "呼叫失败",
    "cancelled": "主叫取消",
}
_CAUSES = {"time_out": "超时", "full": "满员", "no_agent": "无座席", "rule": "规则"}
OUTCOMES = {
    "answered": "接听",
    "abandoned_waiting": "排队放弃",
    "abandoned_ringing": "振铃放弃",
    "overflowed": "溢出",
    "transferred_out": "转出",
    "voicemail": "留言",
    "callback": "预约回拨",
    "system_lost": "系统中断",
    "missed": "未接",
    "caller_abandoned": "来电人放弃",
    "recalled": "收回",
}
"""How visits and rings end."""


def disposition_name(key: str) -> str:
    """How a call ended."""
    return DISPOSITION_NAMES.get(key, "").removesuffix("量") or _OUTBOUND_ENDS.get(key, key)


class Names:
    """Names of dimension values, for one site."""

    def __init__(self, site: Site) -> None:
        self._names: dict[Dimension, Mapping[str, str]] = {
            Dimension.HOTLINE: {str(h.id): h.name for h in site.hotlines},
            Dimension.QUEUE: {str(q.id): q.name for q in site.queues},
            Dimension.AGENT: {str(a.id): f"{a.name}（{a.number}）" for a in site.agents},
            Dimension.FLOW: {str(one.id): one.name for one in site.flows},
            Dimension.NODE: _node_titles(site),
            Dimension.DIRECTION: _DIRECTIONS,
            Dimension.CAUSE: _CAUSES,
            Dimension.STATE: STATE_NAMES,
        }

    def of(self, dimension: Dimension, value: str | None) -> str:
        """A value in words."""
        if dimension is Dimension.CALLER:
            return presented(value or "") or WITHHELD
        if not value:
            return "（未按键）" if dimension is Dimension.KEY else NOTHING
        match dimension:
            case Dimension.HOUR:
                return f"{int(value):02}:00–{int(value) + 1:02}:00"
            case Dimension.WEEKDAY:
                return f"周{_WEEKDAYS[int(value) - 1]}"
            case Dimension.GRADE:
                return f"{value} 级"
            case Dimension.DISPOSITION:
                return disposition_name(value)
            case Dimension.HOTLINE | Dimension.QUEUE | Dimension.AGENT | Dimension.FLOW:
                return self._names[dimension].get(value, GONE)
            case _:
                return self._names.get(dimension, {}).get(value, value)


def _node_titles(site: Site) -> dict[str, str]:
    titles: dict[str, str] = {}
    for flow in site.flows:
        nodes = json.loads(flow.json).get("nodes", {})
        titles.update({key: node["title"] for key, node in nodes.items() if node.get("title")})
    return titles


def label_of(grain: Grain, start: datetime) -> str:
    """An interval as people call it, in local time."""
    local = start + LOCAL_OFFSET
    match grain:
        case Grain.QUARTER | Grain.HOUR:
            return f"{local:%m-%d %H:%M}"
        case Grain.DAY:
            return f"{local:%Y-%m-%d} 周{_WEEKDAYS[local.weekday()]}"
        case Grain.WEEK:
            return f"{local:%Y-%m-%d} 起一周"
        case Grain.MONTH:
            return f"{local:%Y-%m}"
        case Grain.YEAR:
            return f"{local:%Y}"
        case Grain.TOTAL:
            return "全部"
