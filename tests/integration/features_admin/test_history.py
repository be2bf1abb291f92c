"""A simulated history in the journal: the call list, the statistics and the reports tell the same story as plain counting."""

import asyncio
import functools
import io
from collections import Counter
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import httpx
import openpyxl
import pytest

from hotline.adapters.journal_sql import SqlJournal
from hotline.adapters.statistics_sql.projector import Projector
from hotline.adapters.statistics_sql.server import Service
from hotline.adapters.statistics_sql.store import Store
from hotline.core import events as e
from hotline.core.site import Site
from hotline.features.calls.projection import CallListProjection
from hotline.ports.call_control import CallControl
from hotline.ports.journal import Journal, Page
from hotline.ports.statistics import Statistics
from hotline.simulation.plan import FLAT, Plan
from hotline.simulation.world import World as SimulatedWorld
from tests.integration.features_admin.conftest import World
from tests.integration.features_admin.told import open_journal, tell

PERIOD = {"from": "2026-03-01T00:00:00Z", "to": "2026-03-04T00:00:00Z"}
BATCH = 500


class Control:
    """As much of the running centre as lists and reports ask for."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def site(self) -> Site:
        return self._site


@dataclass(slots=True)
class History:
    """A told history and the world that can be asked about it."""

    world: World
    events: list[e.Event]
    store: Store
    journal: SqlJournal
    http: httpx.AsyncClient

    async def get(self, path: str, **query: Any) -> Any:
        """GET as an administrator, who sees everything."""
        answer = await self.http.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()


@functools.cache
def simulated() -> tuple[Site, list[e.Event]]:
    """Two busy hours across local midnight."""
    told: list[e.Event] = []
    plan = Plan(
        hours=2.0, calls=120, agents=5, talk_s=60.0, wrap_up_s=15.0, patience_s=60.0, missed=0.1, rejected=0.02,
        hang_up_anywhere=0.15, breaks_per_hour=1.0, break_s=300.0, outbound_per_hour=2.0, curve=FLAT, max_calls=20,
    )  # fmt: skip
    world = SimulatedWorld(plan, 11)
    world.observer = told.extend
    world.run()
    return world.site, told


@pytest.fixture
async def history(world: World, tmp_path: Path) -> AsyncIterator[History]:
    """A simulated history, written in batches as the running product writes it, and projected into the statistics."""
    site, told = simulated()
    async with open_journal(world, CallListProjection()) as journal:
        for at in range(0, len(told), BATCH):
            await tell(journal, told[at : at + BATCH])
        store = Store(tmp_path / "statistics.duckdb")
        projector = Projector(store=store, journal=journal)
        await projector.begin()
        while await projector.step(told[-1].at):
            pass
        world.platform.services[CallControl] = cast("CallControl", Control(site))
        world.platform.services[Journal] = journal
        service = Service(store=store, journal=journal)
        service.watermark = projector.watermark
        world.platform.services[Statistics] = service
        yield History(world, told, store, journal, await world.log_in("admin"))
        store.close()


def ends(told: list[e.Event]) -> Counter[str]:
    """How inbound calls ended, counted from the events alone."""
    inbound = {event.call_id for event in told if isinstance(event, e.CallArrived)}
    return Counter(
        str(event.disposition)
        for event in told
        if isinstance(event, e.CallEnded) and event.call_id in inbound
    )


@pytest.mark.req("STA-1", "STA-6", "STA-8")
async def test_reports_count_what_happened(history: History) -> None:
    told = history.events
    tracking = (await history.get("/reports/inbound_tracking", **PERIOD))["totals"]["values"]
    assert {k.removeprefix("ended_"): int(v) for k, v in tracking.items() if k != "trunk_in" and v} == ends(
        told
    )
    assert tracking["trunk_in"] == sum(ends(told).values())
    waiting = (await history.get("/reports/waiting", **PERIOD))["totals"]["values"]
    left = Counter(str(event.outcome) for event in told if isinstance(event, e.QueueLeft))
    assert waiting["queue_entered"] == sum(left.values())
    assert waiting["visits_answered"] == left["answered"]
    assert waiting["visits_abandoned"] == left["abandoned_waiting"] + left["abandoned_ringing"]
    assert waiting["overflow"] == left["overflowed"]
    summary = (await history.get("/reports/summary", **PERIOD))["totals"]["values"]
    assert summary["talks"] == sum(isinstance(event, e.TalkStarted) for event in told)


@pytest.mark.req("STA-0", "STA-8")
async def test_the_distribution_of_waits_adds_up(history: History) -> None:
    totals = (await history.get("/reports/waiting", **PERIOD))["totals"]["values"]
    assert sum(v for k, v in totals.items() if k.startswith("wait_")) == totals["queue_entered"]
    assert sum(v for k, v in totals.items() if k.startswith("answered_wait_")) == totals["visits_answered"]


@pytest.mark.req("STA-0")
async def test_rows_add_up_to_the_total(history: History) -> None:
    added: set[str] = set()
    for key in ("summary", "inbound_tracking", "waiting"):
        for split in ({"grain": "15min"}, {"grain": "day"}, {"group_by": "queue"}, {"group_by": "hotline"}):
            report = await history.get(f"/reports/{key}", **PERIOD, **split)
            for column in report["columns"]:
                if column["unit"] == "count" and column["key"] != "queue_peak":
                    added |= _added_up(report, column["key"])
    assert {"trunk_in", "queue_entered", "visits_answered"} <= added


def _added_up(report: dict[str, Any], key: str) -> set[str]:
    """The column, when it can be split this way (what cannot is unknown, not zero) and its rows give its total."""
    rows = [row["values"][key] for row in report["rows"]]
    if None in rows:
        return set()
    assert sum(rows) == report["totals"]["values"][key], (report["key"], key)
    return {key}


@pytest.mark.req("STA-0")
async def test_a_store_made_again_says_the_same(history: History, tmp_path: Path) -> None:
    before = await history.get("/reports/summary", **PERIOD, grain="hour")
    again = Store(tmp_path / "again.duckdb")
    projector = Projector(store=again, journal=history.journal)
    await projector.begin()
    while await projector.step(history.events[-1].at):
        pass
    history.world.platform.services[Statistics] = Service(store=again, journal=history.journal)
    after = await history.get("/reports/summary", **PERIOD, grain="hour")
    again.close()
    assert after["rows"] == before["rows"]


@pytest.mark.req("STA-0")
async def test_a_projector_killed_between_steps_counts_nothing_twice(
    history: History, tmp_path: Path
) -> None:
    path = tmp_path / "killed.duckdb"
    for rows in range(0, len(history.events), 331):  # a new process every 331 events, in the middle of calls
        store = Store(path)
        projector = Projector(store=store, journal=_Cut(history.journal, rows + 331))
        await projector.begin()
        await projector.step(history.events[-1].at)
        store.close()
    store = Store(path)
    history.world.platform.services[Statistics] = Service(store=store, journal=history.journal)
    totals = (await history.get("/reports/inbound_tracking", **PERIOD))["totals"]["values"]
    talks = (await history.get("/reports/summary", **PERIOD))["totals"]["values"]["talks"]
    store.close()
    assert totals["trunk_in"] == sum(ends(history.events).values())
    assert talks == sum(isinstance(event, e.TalkStarted) for event in history.events)


class _Cut:
    """A journal that ends early, as it was when the projector last looked."""

    def __init__(self, journal: SqlJournal, last: int) -> None:
        self._journal, self._last = journal, last

    async def last_seq(self) -> int:
        return min(self._last, await self._journal.last_seq())

    async def page(self, *, after: int, limit: int, kinds: Collection[str]) -> Page:
        return await self._journal.page(after=after, limit=min(limit, self._last - after), kinds=kinds)


@pytest.mark.req("STA-1")
async def test_exports_say_what_the_screen_says(history: History) -> None:
    screen = await history.get("/reports/summary", **PERIOD, grain="day")
    sheet = await history.http.get("/reports/summary", params={**PERIOD, "grain": "day", "format": "xlsx"})
    book = openpyxl.load_workbook(io.BytesIO(sheet.content))
    rows = list(book.active.iter_rows(values_only=True))  # pyright: ignore[reportOptionalMemberAccess]
    assert rows[1][0] == f"口径：{screen['variant_words']}"
    assert "service_level" not in str(rows[1][0])
    assert rows[3][1:4] == ("中继呼入总量", "人工请求量", "人工接听量")
    assert rows[-1][0] == "合计"
    assert rows[-1][1] == screen["totals"]["values"]["trunk_in"]
    text = (
        await history.http.get("/reports/summary", params={**PERIOD, "grain": "day", "format": "csv"})
    ).text
    assert text.startswith("\ufeff话务总览")
    assert screen["totals"]["texts"]["agent_answer_rate"] in text.splitlines()[-1]


@pytest.mark.req("STA-0")
async def test_questions_without_sense_are_refused(history: History) -> None:
    wrong = [
        {"from": "2026-03-04T00:00:00Z", "to": "2026-03-04T00:00:00Z"},
        {"from": "2016-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z", "grain": "15min"},
        {**PERIOD, "variant": "service_level=best"},
        {**PERIOD, "grain": "fortnight"},
    ]
    for query in wrong:
        answer = await history.http.get("/reports/summary", params=query)
        assert answer.status_code == 422, query
        assert answer.json()["error"]["code"] == "invalid_request"
    assert (await history.http.get("/reports/nonsense")).status_code == 404


@pytest.mark.req("REC-1")
async def test_the_call_list_pages_through_every_call_once(history: History) -> None:
    began = {e_.call_id for e_ in history.events if isinstance(e_, e.CallArrived | e.CallPlaced)}
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = await history.get("/calls", **PERIOD, limit="37", **cursor)
        seen += [row["id"] for row in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert len(seen) == len(set(seen))
    assert set(seen) == began
    first = await history.get("/calls", **PERIOD, limit="1")
    assert first["total"] == len(began)


@pytest.mark.req("REC-1")
async def test_filters_narrow_the_list(history: History) -> None:
    abandoned = await history.get("/calls", **PERIOD, disposition="queue_abandoned", limit="200")
    assert len(abandoned["items"]) == ends(history.events)["queue_abandoned"]
    outbound = await history.get("/calls", **PERIOD, direction="outbound", limit="200")
    assert {row["direction"] for row in outbound["items"]} <= {"outbound"}
    number = abandoned["items"][0]["ani"] if abandoned["items"] else outbound["items"][0]["dnis"]
    found = await history.get("/calls", **PERIOD, number=number, limit="200")
    assert all(
        number in (row["ani"], row["dnis"]) or number in row["ani"] + row["dnis"] for row in found["items"]
    )
    assert (await history.http.get("/calls", params={"cursor": "nonsense"})).status_code == 422


@pytest.mark.req("REC-1", "SUP-1")
async def test_a_calls_detail_is_its_journal(history: History) -> None:
    answered = (await history.get("/calls", **PERIOD, disposition="agent_answered", limit="1"))["items"][0]
    detail = await history.get(f"/calls/{answered['id']}")
    own = [
        event
        for event in history.events
        if getattr(event, "call_id", None) == answered["id"] and isinstance(event, e.CallEvent)
    ]
    assert [event["kind"] for event in detail["events"]] == [type(event).__name__ for event in own]
    assert all(any("\u4e00" <= c <= "\u9fff" for c in event["text"]) for event in detail["events"])
    assert len(detail["talks"]) == sum(isinstance(event, e.TalkStarted) for event in own)
    assert detail["wait_s"] == round(detail["visits"][-1]["wait_ms"] / 1000)


@pytest.mark.req("ADM-1")
async def test_another_authority_sees_no_call(history: History) -> None:
    call = (await history.get("/calls", **PERIOD, limit="1"))["items"][0]
    stranger = await history.world.log_in("manager-a")
    assert (await stranger.get("/calls", params=PERIOD)).json()["items"] == []
    for path in (f"/calls/{call['id']}", f"/calls/{call['id']}/recording", f"/calls/{call['id']}/waveform"):
        assert (await stranger.get(path)).status_code == 404, path
    report = (await stranger.get("/reports/summary", params=PERIOD)).json()
    assert report["totals"]["values"]["trunk_in"] == 0


@pytest.mark.req("ADM-1")
async def test_an_agent_sees_only_their_own_calls(history: History) -> None:
    agent = await history.world.log_in("agent")
    page = (await agent.get("/calls", params=PERIOD)).json()
    assert page["items"] == [], "this person never talked"
    call = (await history.get("/calls", **PERIOD, limit="1"))["items"][0]
    assert (await agent.get(f"/calls/{call['id']}")).status_code == 404
    assert (await agent.get("/calls/export", params=PERIOD)).status_code == 403


@pytest.mark.req("ADM-3")
async def test_exports_stand_in_the_audit_trail(history: History) -> None:
    answer = await history.http.get("/calls/export", params={**PERIOD, "format": "xlsx"})
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True))  # pyright: ignore[reportOptionalMemberAccess]
    began = sum(isinstance(event, e.CallArrived | e.CallPlaced) for event in history.events)
    assert len(rows) == began + 2
    entry = (await history.get("/audit", action="calls.export"))["items"][0]
    assert entry["after"] == {"count": began, "format": "xlsx"}


@pytest.mark.req("AGT-2", "STA-0")
async def test_a_withheld_number_has_one_name_in_lists_exports_and_reports(history: History) -> None:
    withheld = {x.call_id for x in history.events if isinstance(x, e.CallArrived) and not x.ani}
    assert withheld
    answer = await history.http.get("/calls/export", params={**PERIOD, "format": "xlsx"})
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True))  # pyright: ignore[reportOptionalMemberAccess]
    caller, call_id = rows[1].index("主叫号码"), rows[1].index("通话编号")
    assert {str(row[call_id]) for row in rows[2:] if row[caller] == "匿名来电"} == withheld
    assert all(row[caller] not in {"", None, "anonymous"} for row in rows[2:])
    listed = await history.get("/listings/calls", **PERIOD, limit="500")
    told_by = {row["call_id"] for row in listed["rows"] if row["caller"] == "匿名来电"}
    assert told_by and told_by <= withheld


async def test_questions_and_rebuilding_take_turns(history: History) -> None:
    service = history.world.platform.services[Statistics]
    answers = await asyncio.gather(
        *(history.get("/reports/summary", **PERIOD) for _ in range(8)), service.status()
    )
    assert len({answer["totals"]["values"]["trunk_in"] for answer in answers[:-1]}) == 1
    assert answers[-1].behind == 0


async def test_a_time_without_a_zone_is_local(history: History) -> None:
    arrivals = sorted(event.at for event in history.events if isinstance(event, e.CallArrived))
    middle = arrivals[len(arrivals) // 2]
    local = (middle + timedelta(hours=8)).replace(tzinfo=None)
    late = (await history.get("/calls", **{"from": local.isoformat(), "limit": 1}))["total"]
    assert late == (await history.get("/calls", **{"from": middle.isoformat(), "limit": 1}))["total"]
    assert 0 < late < (await history.get("/calls", limit=1))["total"]
