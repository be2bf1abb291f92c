"""Every listing against the oracle: the rows that the journal tells of, each with what it says in every column."""

import functools
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hotline.core.metrics.dimensions import Grain
from hotline.core.metrics.variant import Variant
from hotline.features.reports.api_listings import Listings
from hotline.features.reports.asked import Asked
from hotline.features.reports.counting import Book
from hotline.features.reports.listings import LISTINGS, TIMELINE_DAYS_MOST
from tests.simulation.oracle import Record
from tests.simulation.test_oracle import END, START, InMemory, stored

SATISFIED = 2
LINE_END = min(END, START + timedelta(days=TIMELINE_DAYS_MOST))


HISTORIES = ("as it happened", "late by a day", "by hand")
ENDS = {
    "ivr_hangup": "语音菜单挂断", "self_served": "自助完成", "agent_answered": "呼入座席接听", "queue_abandoned": "排队放弃", "ring_abandoned": "座席振铃放弃",
    "duty_answered": "值班电话接听", "duty_abandoned": "值班电话放弃", "voicemail": "留言", "callback_requested": "预约回拨", "closed": "非服务时间来电",
    "overflow_lost": "溢出未接", "rejected": "拦截", "system_lost": "系统中断",
    "connected": "接通", "no_answer": "无人接听", "busy": "对方忙", "failed": "呼叫失败", "cancelled": "主叫取消",
}  # fmt: skip
STATES = {
    "offline": "离线", "ready": "等待", "ringing": "振铃", "talking": "通话", "holding": "保持", "after_call": "话后处理", "busy": "示忙", "rest": "小休",
    "dialling": "外呼拨号", "internal": "内部通话", "missed": "未应答",
}  # fmt: skip
WHYS = {
    "self": "本人签出", "forced": "强制签出", "missed_calls": "多次未接", "device_lost": "话机失联", "session_ended": "登录结束", "system": "系统",
    "agent_rejected": "座席拒接", "ring_time_out": "振铃超时", "unreachable": "话机不可达", "engine_fault": "交换机故障",
}  # fmt: skip
TARGETS = {
    "agent": "座席",
    "queue": "座席组",
    "number": "号码",
    "flow": "流程",
    "survey": "满意度评价",
    "leader": "班长",
}


async def listed(key: str, history: str = "as it happened") -> list[dict[str, Any]]:
    """All rows of a listing, as its page gets them."""
    store, _, world, now = stored(history)
    listings = Listings(InMemory(store), world.site, Book(default=Variant(), hotlines={}))
    wanted = Asked(
        start=START, end=END, grain=Grain.TOTAL, group_by=(), filters={}, authorities=None, now=now
    )
    rows, total, more = await listings.rows(LISTINGS[key], wanted, 0, 20_000, total=True)
    assert not more and total == len(rows)
    return rows


def kept(kind: str, history: str = "as it happened") -> list[Record]:
    """The journal's records of the period, without test calls."""
    return [row for row in stored(history)[1].rows[kind] if START <= row["at"] < END and not row.get("test")]


def moment(at: datetime) -> datetime:
    """To the millisecond, as the statistics keep it."""
    return datetime.fromtimestamp(int(at.timestamp() * 1000 + 1e-3) / 1000, UTC)


def agree(key: str, found: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    """Every row says in every column of its listing what is expected: texts exactly, times to the two milliseconds of rounding."""
    kinds = {column: kind for column, _, kind in LISTINGS[key].columns}
    timed = [column for column, kind in kinds.items() if kind in {"time", "duration"}]
    texts = [column for column in kinds if column not in timed]

    def said(row: dict[str, Any]) -> tuple[str, ...]:
        return tuple(str(row[column]) for column in texts)

    def order(row: dict[str, Any]) -> tuple[Any, ...]:
        return said(row), *(seconds(row[column]) for column in timed)

    assert Counter(map(said, found)) == Counter(map(said, expected))
    for one, other in zip(sorted(found, key=order), sorted(expected, key=order), strict=True):
        for column in timed:
            assert abs(seconds(one[column]) - seconds(other[column])) <= ROUNDING_S, (column, one, other)


ROUNDING_S = 0.002


def seconds(value: datetime | timedelta | None) -> float:
    """A moment or a length as a number; -1 for none."""
    match value:
        case None:
            return -1.0
        case datetime():
            return value.timestamp()
        case timedelta():
            return value.total_seconds()


@functools.cache
def names() -> dict[str, str]:
    """What keys are called in the site: hotlines, queues, flows, agents with their work number."""
    site = stored()[2].site
    plain = {str(one.id): one.name for one in (*site.hotlines, *site.queues, *site.flows)}
    return plain | {str(one.id): f"{one.name}（{one.number}）" for one in site.agents}


def of(key: str | None) -> str:
    """The name of a key; nothing for none."""
    return names()[key] if key else ""


def _call(row: Record) -> dict[str, Any]:
    return {
        "time": moment(row["at"]), "direction": {"inbound": "呼入", "outbound": "呼出"}[row["direction"]], "call_id": row["id"],
        "caller": row["caller"] or "匿名来电", "called": row["called"], "hotline": of(row["hotline"]), "queue": of(row["queue"]), "agent": of(row["agent"]),
        "type": row["type"], "disposition": ENDS[row["disposition"]], "talk": timedelta(milliseconds=row["talk_ms"]), "recorded": "有" if row["recorded"] else "",
        "voicemail": timedelta(milliseconds=row["message"]),
    }  # fmt: skip


@pytest.mark.req("STA-20")
@pytest.mark.parametrize("history", HISTORIES)
async def test_every_call_stands_once_in_the_list_with_what_the_journal_says(history: str) -> None:
    expected = [_call(row) for row in kept("call", history) if row["direction"] in {"inbound", "outbound"}]
    assert len(expected) > 100
    agree("calls", await listed("calls", history), expected)


@pytest.mark.req("STA-19")
@pytest.mark.parametrize("history", HISTORIES)
async def test_voicemails_and_wishes_to_be_called_back_are_the_journals(history: str) -> None:
    left = [_call(row) for row in kept("call", history) if row["disposition"] == "voicemail"]
    assert left
    agree("voicemail_list", await listed("voicemail_list", history), left)
    wishes = [
        {
            "time": moment(row["at"]), "number": row["number"], "hotline": of(row["hotline"]), "queue": of(row["queue"]), "call_id": row["id"],
            "due": moment(row["at"]) + timedelta(hours=24), "done": row["done"] and moment(row["done"]), "agent": of(row["agent"]),
            "took": None if row["took"] is None else timedelta(milliseconds=row["took"]),
        }
        for row in kept("wish", history)
    ]  # fmt: skip
    assert wishes
    agree("callback_list", await listed("callback_list", history), wishes)


@pytest.mark.req("STA-11")
@pytest.mark.parametrize("history", HISTORIES)
async def test_the_unsatisfied_are_those_whose_grade_says_so(history: str) -> None:
    """Of a call with two agents, the one who was rated and the queue of their talk stand there, as in the figures."""
    answers = [row for row in kept("answer", history) if row["question"] == 1 and row["grade"] > SATISFIED]
    assert answers
    expected = [
        {**_call(row["call"]), "queue": of(row["queue"]), "agent": of(row["agent"]), "grade": row["grade"], "label": row["label"]}
        for row in answers
    ]  # fmt: skip
    agree("unsatisfied", await listed("unsatisfied", history), expected)


@pytest.mark.req("STA-15")
@pytest.mark.parametrize("history", HISTORIES)
async def test_sign_ins_are_the_journals(history: str) -> None:
    expected = [
        {
            "agent": of(row["agent"]), "time": moment(row["at"]), "until": row["until"] and moment(row["until"]), "length": row["until"] and row["until"] - row["at"],
            "device": row["device"], "address": row["address"], "why": WHYS.get(row["why"], ""), "by": of(row["by"]),
        }
        for row in kept("sign_in", history)
    ]  # fmt: skip
    assert expected
    agree("sign_ins", await listed("sign_ins", history), expected)


@pytest.mark.req("STA-15")
@pytest.mark.parametrize("history", HISTORIES)
async def test_operations_are_the_journals_in_words(history: str) -> None:
    expected = [
        {
            "time": moment(row["at"]), "agent": of(row["agent"]), "what": row["what"], "detail": _about(*row["about"]), "by": of(row["by"]),
            "call_id": row["call_id"],
        }
        for row in kept("operation", history)
    ]  # fmt: skip
    found = await listed("operations", history)
    agree("operations", found, expected)
    assert history != "by hand" or len({row["what"] for row in found}) >= 14


def _about(kind: str, value: str) -> str:
    """What an act was about, in words: names instead of keys."""
    if kind in STATES:
        return f"{STATES[kind]} {WHYS.get(value, value)}".strip()
    if kind in TARGETS:
        return f"{TARGETS[kind]} {names().get(value, value)}".strip()
    return names().get(value, value)


@pytest.mark.req("STA-9")
@pytest.mark.parametrize("history", ["as it happened", "by hand"])
async def test_the_time_line_is_each_agents_states_one_after_the_other(history: str) -> None:
    expected: list[dict[str, Any]] = []
    for row in kept("state", history):
        if row["at"] >= LINE_END:
            continue
        until = row["at"] + timedelta(milliseconds=row["time"])
        if not row["first"]:
            expected[-1]["to"] = until
            continue
        expected.append(
            {"agent_name": of(row["agent"]), "from": row["at"], "to": until, "state_name": STATES[row["state"]], "reason": WHYS.get(row["reason"], row["reason"])}
        )  # fmt: skip
    agree("agent_timeline", await listed_line(history), expected)


async def listed_line(history: str) -> list[dict[str, Any]]:
    """The time line, which is never paged."""
    store, _, world, now = stored(history)
    listings = Listings(InMemory(store), world.site, Book(default=Variant(), hotlines={}))
    wanted = Asked(
        start=START, end=LINE_END, grain=Grain.TOTAL, group_by=(), filters={}, authorities=None, now=now
    )
    return (await listings.rows(LISTINGS["agent_timeline"], wanted, 0, 1, total=False))[0]
