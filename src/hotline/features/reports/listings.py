"""Listings: single events instead of figures, the time line of agents, sign-ins, operations, calls to follow up."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from hotline.core.metrics.dimensions import Dimension
from hotline.core.metrics.measures import AGENT_STATES
from hotline.core.metrics.operations import OPERATIONS
from hotline.core.metrics.query import CountedRow, Detail, Query
from hotline.core.metrics.report import D
from hotline.core.metrics.variant import Variant
from hotline.features.reports.explaining import moment_of
from hotline.features.reports.naming import Names, disposition_name
from hotline.features.reports.schemas import ListingColumn

Cells = dict[str, Any]
TIMELINE_PIECES_MOST = 60_000
TIMELINE_DAYS_MOST = 7
_ROUNDING = timedelta(milliseconds=1)
"""Beginnings are cut to milliseconds, lengths rounded: neighbours may miss each other by this much."""
_WHY = {
    "self": "本人签出", "forced": "强制签出", "missed_calls": "多次未接", "device_lost": "话机失联", "session_ended": "登录结束", "system": "系统",
    "agent_rejected": "座席拒接", "ring_time_out": "振铃超时", "unreachable": "话机不可达", "engine_fault": "交换机故障",
}  # fmt: skip
"""Why an agent left, or did not take what rang. Other reasons of a state are what people chose or wrote."""
_TARGETS = {
    "agent": "座席",
    "queue": "座席组",
    "number": "号码",
    "flow": "流程",
    "survey": "满意度评价",
    "leader": "班长",
}
_NAMED = {"queue": D.QUEUE, "flow": D.FLOW}
"""What calls are transferred to, and which of it is kept as a key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A listing of the catalogue: which measures' rows it shows, in which columns."""

    key: str
    number: int
    name: str
    name_en: str
    about: str
    measures: tuple[str, ...]
    columns: tuple[tuple[str, str, str], ...]
    filters: tuple[Dimension, ...]
    cells: Callable[[CountedRow, Names], Cells]
    charts: tuple[str, ...] = ("table",)

    def shown(self) -> list[ListingColumn]:
        """Its columns."""
        return [ListingColumn(key=key, name=name, kind=kind) for key, name, kind in self.columns]  # pyright: ignore[reportArgumentType]


def _call_cells(row: CountedRow, names: Names) -> Cells:
    call = row.call
    if call is None:
        return {"time": moment_of(row.at_ms)}
    queue, agent = (
        str(row.fields.get(key) or of_call) for key, of_call in (("queue", call.queue), ("agent", call.agent))
    )
    return {
        "time": moment_of(row.at_ms),
        "call_id": call.call_id,
        "direction": names.of(D.DIRECTION, call.direction),
        "caller": names.of(D.CALLER, call.caller),
        "called": call.called,
        "hotline": names.of(D.HOTLINE, call.hotline) if call.hotline else "",
        "queue": names.of(D.QUEUE, queue) if queue else "",
        "agent": names.of(D.AGENT, agent) if agent else "",
        "type": call.business_type,
        "disposition": disposition_name(call.disposition),
        "talk": timedelta(milliseconds=call.talk_ms),
        "voicemail": timedelta(milliseconds=int(row.fields.get("voicemail_ms", 0))),
        "grade": row.fields.get("grade", ""),
        "label": row.fields.get("label", ""),
        "recorded": "有" if call.recorded else "",
    }


def _sign_in_cells(row: CountedRow, names: Names) -> Cells:
    until = int(row.fields["to_at_ms"])
    why = str(row.fields["why"])
    return {
        "time": moment_of(row.at_ms),
        "until": None if until < 0 else moment_of(until),
        "length": None if until < 0 else timedelta(milliseconds=until - row.at_ms),
        "agent": names.of(D.AGENT, str(row.fields["agent"])),
        "device": row.fields["device"],
        "address": row.fields["address"],
        "why": _WHY.get(why, why),
        "by": names.of(D.AGENT, str(row.fields["who"])) if row.fields["who"] else "",
    }


def _content(what: str, detail: str, names: Names) -> str:
    """What an act was about, in words: facts keep keys."""
    match what:
        case "state":
            state, _, reason = detail.partition(" ")
            return f"{names.of(D.STATE, state)} {_WHY.get(reason, reason)}".strip()
        case "transfer":
            kind, _, to = detail.partition(" ")
            named = names.of(_NAMED[kind], to) if kind in _NAMED else to
            return f"{_TARGETS.get(kind, kind)} {named}".strip()
        case "consult" | "conference":
            return detail if detail.lstrip("+").isdigit() else names.of(D.AGENT, detail)
        case "monitor" | "whisper" | "barge" | "intercept":
            return ""  # the leader's own key
        case _:
            return detail


def _operation_cells(row: CountedRow, names: Names) -> Cells:
    what, detail = str(row.fields["what"]), str(row.fields["detail"])
    return {
        "time": moment_of(row.at_ms),
        "agent": names.of(D.AGENT, str(row.fields["agent"])),
        "what": OPERATIONS.get(what, what),
        "detail": _content(what, detail, names),
        "call_id": row.fields["call_id"] or None,
        "by": names.of(D.AGENT, str(row.fields["who"])) if row.fields["who"] else "",
    }


def _callback_cells(row: CountedRow, names: Names) -> Cells:
    took = int(row.fields["done_in_ms"])
    return {
        "time": moment_of(row.at_ms),
        "number": row.fields["number"],
        "hotline": names.of(D.HOTLINE, str(row.fields["hotline"])) if row.fields["hotline"] else "",
        "queue": names.of(D.QUEUE, str(row.fields["queue"])) if row.fields["queue"] else "",
        "due": moment_of(row.at_ms) + timedelta(hours=24),
        "done": None if took < 0 else moment_of(row.at_ms + took),
        "took": None if took < 0 else timedelta(milliseconds=took),
        "agent": names.of(D.AGENT, str(row.fields["agent"])) if row.fields["agent"] else "",
        "call_id": row.fields["call_id"],
    }


def _interval_cells(row: CountedRow, names: Names) -> Cells:
    return {
        "agent_id": row.fields["agent"],
        "agent_name": names.of(D.AGENT, str(row.fields["agent"])),
        "from": moment_of(row.at_ms),
        "to": moment_of(row.at_ms + int(row.fields["duration_ms"])),
        "state": row.fields["state"],
        "state_name": names.of(D.STATE, str(row.fields["state"])),
        "reason": _WHY.get(str(row.fields["reason"]), row.fields["reason"]),
        "first": bool(row.fields["first"]),
    }


_CALL_FILTERS = (D.HOTLINE, D.CALLED, D.CALLER, D.QUEUE, D.AGENT, D.TYPE)
_TIME, _AGENT = ("time", "时间", "time"), ("agent", "座席", "text")
_CALL = (
    _TIME, ("caller", "市民号码", "text"), ("called", "热线号码", "text"), ("hotline", "热线", "text"), ("queue", "座席组", "text"), _AGENT,
    ("type", "业务类型", "text"), ("disposition", "去向", "text"), ("talk", "通话时长", "duration"), ("recorded", "录音", "text"),
    ("call_id", "通话", "call"),
)  # fmt: skip

LISTINGS: dict[str, Listing] = {
    one.key: one
    for one in (
        Listing(
            key="agent_timeline", number=9, name="座席状态时间线", name_en="Time line of agents", about="每位座席一天里的状态，可画甘特图；最多七天",
            measures=tuple(f"state_{state}_ms" for state in AGENT_STATES), filters=(D.AGENT, D.QUEUE), cells=_interval_cells, charts=("gantt", "table"),
            columns=(("agent_name", "座席", "text"), ("from", "开始", "time"), ("to", "结束", "time"), ("state_name", "状态", "text"), ("reason", "原因", "text")),
        ),
        Listing(
            key="unsatisfied", number=11, name="不满意通话", name_en="Unsatisfied calls", about="没有达到满意档的评价，供回访",
            measures=("survey_unsatisfied",), filters=_CALL_FILTERS, cells=_call_cells,
            columns=(_TIME, ("caller", "市民号码", "text"), ("queue", "座席组", "text"), _AGENT, ("type", "业务类型", "text"), ("grade", "等级", "number"),
                     ("label", "评价", "text"), ("recorded", "录音", "text"), ("call_id", "通话", "call")),
        ),
        Listing(
            key="sign_ins", number=15, name="签入签出记录", name_en="Sign-ins", about="座席签入、签出的时间、话机与地址",
            measures=("sign_ins",), filters=(D.AGENT,), cells=_sign_in_cells,
            columns=(("agent", "座席", "text"), ("time", "签入", "time"), ("until", "签出", "time"), ("length", "时长", "duration"),
                     ("device", "话机", "text"), ("address", "地址", "text"), ("why", "签出原因", "text"), ("by", "由谁", "text")),
        ),
        Listing(
            key="operations", number=15, name="座席操作记录", name_en="Operations", about="示忙、小休、保持、静音、转移、咨询、会议、外呼与班长的操作",
            measures=("operations",), filters=(D.AGENT,), cells=_operation_cells,
            columns=(_TIME, _AGENT, ("what", "操作", "text"), ("detail", "内容", "text"), ("by", "由谁", "text"), ("call_id", "通话", "call")),
        ),
        Listing(
            key="callback_list", number=19, name="回拨清单", name_en="Call-backs", about="每一次预约回拨与完成时间",
            measures=("callbacks_due",), filters=(D.HOTLINE, D.QUEUE), cells=_callback_cells,
            columns=(("time", "预约时间", "time"), ("number", "回拨号码", "text"), ("hotline", "热线", "text"), ("queue", "座席组", "text"),
                     ("due", "应在此前", "time"), ("done", "接通时间", "time"), ("took", "用时", "duration"), _AGENT, ("call_id", "通话", "call")),
        ),
        Listing(
            key="voicemail_list", number=19, name="留言清单", name_en="Voicemails", about="每一条语音留言",
            measures=("voicemails",), filters=_CALL_FILTERS, cells=_call_cells,
            columns=(_TIME, ("caller", "市民号码", "text"), ("hotline", "热线", "text"), ("voicemail", "留言时长", "duration"),
                     ("disposition", "去向", "text"), ("call_id", "通话", "call")),
        ),
        Listing(
            key="calls", number=20, name="通话明细", name_en="Calls", about="呼入与呼出的每一通通话，可听录音",
            measures=("trunk_in", "outbound_calls"), filters=_CALL_FILTERS, cells=_call_cells,
            columns=(_TIME, ("direction", "方向", "text"), *_CALL[1:]),
        ),
    )
}  # fmt: skip
"""Every listing, by key."""


def detail_of(
    listing: Listing, base: Query, offset: int, limit: int, variant: Variant, *, total: bool
) -> Detail:
    """The question to the store."""
    query = replace(base, measures=listing.measures, variant=variant)
    return Detail(query=query, offset=offset, limit=limit, total=total)


def merged(rows: list[Cells]) -> list[Cells]:
    """Pieces of one unbroken state of an agent put together again, by agent and time."""
    rows = sorted(rows, key=lambda row: (str(row["agent_name"]), str(row["agent_id"]), row["from"]))
    whole: list[Cells] = []
    for row in rows:
        last = whole[-1] if whole else None
        if (
            last is not None
            and last["agent_id"] == row["agent_id"]
            and abs(row["from"] - last["to"]) <= _ROUNDING
        ):
            row["from"] = last["to"]
        same = last is not None and all(last[key] == row[key] for key in ("agent_id", "state", "reason"))
        if same and last is not None and last["to"] == row["from"] and not row.get("first"):
            last["to"] = row["to"]
        else:
            whole.append(dict(row))
    return whole


def in_period(row: Cells, start: datetime, end: datetime) -> Cells:
    """A state as far as it lies in the period."""
    return {**row, "from": max(row["from"], start), "to": min(row["to"], end)}
