"""Every listing against the oracle: the rows that the journal tells of, each with what it says in every column."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hotline.core.metrics.dimensions import Dimension, Grain
from hotline.core.metrics.operations import OPERATIONS
from hotline.core.metrics.variant import Variant
from hotline.features.reports.api_listings import Listings
from hotline.features.reports.asked import Asked
from hotline.features.reports.counting import Book
from hotline.features.reports.listings import LISTINGS, TIMELINE_DAYS_MOST
from hotline.features.reports.naming import Names, disposition_name
from tests.simulation.oracle import Record
from tests.simulation.test_oracle import END, START, InMemory, stored

SATISFIED = 2
LINE_END = min(END, START + timedelta(days=TIMELINE_DAYS_MOST))


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


def told(rows: list[dict[str, Any]], *columns: str) -> Counter[tuple[Any, ...]]:
    """What rows say in these columns."""
    return Counter(tuple(near(row[column]) for column in columns) for row in rows)


def near(value: Any) -> Any:
    """Moments to a hundredth of a second: one is cut to milliseconds, the other rounded."""
    return round(value.timestamp(), 2) if isinstance(value, datetime) else value


def names() -> Names:
    return Names(stored()[2].site)


def _of(dimension: Dimension, value: str | None) -> str:
    return names().of(dimension, value) if value else ""


def _call(row: Record) -> dict[str, Any]:
    return {
        "time": moment(row["at"]), "call_id": row["id"], "caller": row["caller"] or "匿名来电", "called": row["called"], "hotline": _of(Dimension.HOTLINE, row["hotline"]),
        "queue": _of(Dimension.QUEUE, row["queue"]), "agent": _of(Dimension.AGENT, row["agent"]), "type": row["type"], "disposition": disposition_name(row["disposition"]),
        "talk": timedelta(milliseconds=row["talk_ms"]), "recorded": "有" if row["recorded"] else "",
    }  # fmt: skip


CALL_COLUMNS = (
    "time",
    "call_id",
    "caller",
    "called",
    "hotline",
    "queue",
    "agent",
    "type",
    "disposition",
    "recorded",
)


@pytest.mark.req("STA-20")
@pytest.mark.parametrize("history", ["as it happened", "late by a day"])
async def test_every_call_stands_once_in_the_list_with_what_the_journal_says(history: str) -> None:
    expected = [_call(row) for row in kept("call", history) if row["direction"] in {"inbound", "outbound"}]
    assert len(expected) > 100
    found = await listed("calls", history)
    assert told(found, *CALL_COLUMNS) == told(expected, *CALL_COLUMNS)
    talks = {row["call_id"]: row["talk"] for row in found}
    for row in expected:
        assert abs(talks[row["call_id"]] - row["talk"]) <= timedelta(milliseconds=1)  # one rounds half up


@pytest.mark.req("STA-19")
async def test_voicemails_and_wishes_to_be_called_back_are_the_journals() -> None:
    left = [row for row in kept("call") if row["disposition"] == "voicemail"]
    found = await listed("voicemail_list")
    assert Counter(row["call_id"] for row in found) == Counter(row["id"] for row in left)
    assert Counter(row["voicemail"] for row in found) == Counter(
        timedelta(milliseconds=row["message"]) for row in left
    )
    wishes = [
        {
            "time": moment(row["at"]), "number": row["number"], "queue": _of(Dimension.QUEUE, row["queue"]), "due": moment(row["at"]) + timedelta(hours=24),
            "took": None if row["took"] is None else timedelta(milliseconds=row["took"]),
        }
        for row in kept("wish")
    ]  # fmt: skip
    columns = ("time", "number", "queue", "due", "took")
    assert told(await listed("callback_list"), *columns) == told(wishes, *columns)


@pytest.mark.req("STA-11")
async def test_the_unsatisfied_are_those_whose_grade_says_so() -> None:
    answers = [row for row in kept("answer") if row["question"] == 1 and row["grade"] > SATISFIED]
    assert answers
    expected = Counter((row["call"]["id"], row["grade"], row["label"]) for row in answers)
    found = Counter((row["call_id"], row["grade"], row["label"]) for row in await listed("unsatisfied"))
    assert found == expected


@pytest.mark.req("STA-15")
async def test_sign_ins_and_operations_are_the_journals() -> None:
    signed = [
        {"time": moment(row["at"]), "agent": _of(Dimension.AGENT, row["agent"])} for row in kept("sign_in")
    ]
    assert told(await listed("sign_ins"), "time", "agent") == told(signed, "time", "agent")
    done = [
        {"time": moment(row["at"]), "agent": _of(Dimension.AGENT, row["agent"])} for row in kept("operation")
    ]
    found = await listed("operations")
    assert told(found, "time", "agent") == told(done, "time", "agent")
    assert {row["what"] for row in found} <= set(OPERATIONS.values())


@pytest.mark.req("STA-9")
async def test_the_time_line_is_each_agents_states_one_after_the_other() -> None:
    found = await listed_line()
    expected: Counter[tuple[str, str]] = Counter()
    states = [row for row in kept("state") if row["at"] < LINE_END]
    for row in states:
        expected[row["agent"], row["state"]] += row["time"]
    summed: Counter[tuple[str, str]] = Counter()
    for row in found:
        summed[row["agent_id"], row["state"]] += round((row["to"] - row["from"]) / timedelta(milliseconds=1))
    assert summed.keys() == {key for key, length in expected.items() if length}
    pieces = Counter((row["agent_id"], row["state"]) for row in found)
    quarters = Counter((row["agent"], row["state"]) for row in states)
    for key, length in summed.items():
        assert abs(length - expected[key]) <= pieces[key] + quarters[key], key  # each end is rounded


async def listed_line() -> list[dict[str, Any]]:
    """The time line, which is never paged."""
    store, _, world, now = stored()
    listings = Listings(InMemory(store), world.site, Book(default=Variant(), hotlines={}))
    wanted = Asked(
        start=START, end=LINE_END, grain=Grain.TOTAL, group_by=(), filters={}, authorities=None, now=now
    )
    return (await listings.rows(LISTINGS["agent_timeline"], wanted, 0, 1, total=False))[0]
