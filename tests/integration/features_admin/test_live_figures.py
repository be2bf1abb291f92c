"""Live figures of the day are those of today's reports to the last digit, at every moment of a day, while calls are open too."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from hotline.adapters.journal_sql import SqlJournal
from hotline.adapters.statistics_sql.projector import Projector
from hotline.adapters.statistics_sql.server import Service
from hotline.adapters.statistics_sql.store import Store
from hotline.core import events as e
from hotline.core.metrics.figures import FIGURES
from hotline.core.metrics.figures_live import DAY_FIGURES, MOMENT_FIGURES
from hotline.core.metrics.query import local_midnight
from hotline.features.reports.day import FRESH
from hotline.ports.call_control import CallControl
from hotline.ports.statistics import Statistics, StatisticsStatus
from tests.integration.features_admin.conftest import World
from tests.integration.features_admin.test_history import Control, History, history, simulated
from tests.integration.features_admin.told import open_journal, tell

__all__ = ["history"]
MOMENTS = 4


class _Ended:
    """Counts, from the events alone and knowing nothing of the store, the visits of the calls that have ended on a local day."""

    def __init__(self, told: Sequence[e.Event], now: datetime) -> None:
        ended = {event.call_id for event in told if isinstance(event, e.CallEnded)}
        midnight = local_midnight(now)
        entered = {
            event.visit_id: event
            for event in told
            if isinstance(event, e.QueueEntered) and event.call_id in ended and event.at >= midnight
        }
        self.entered = Counter(str(event.queue_id) for event in entered.values())
        self.answered: Counter[str] = Counter()
        self.in_target: Counter[str] = Counter()
        for event in told:
            if (
                isinstance(event, e.QueueLeft)
                and event.visit_id in entered
                and event.outcome is e.VisitOutcome.ANSWERED
            ):
                self.answered[str(event.queue_id)] += 1
                wait = event.at - entered[event.visit_id].at
                self.in_target[str(event.queue_id)] += wait <= timedelta(seconds=20)


def _moments(told: Sequence[e.Event]) -> Iterator[int]:
    """Where to stop and look: in the middle of the telling, while calls run."""
    for part in range(1, MOMENTS):
        at = len(told) * part // MOMENTS
        while not isinstance(told[at - 1], e.TalkStarted):
            at += 1
        yield at
    yield len(told)


@pytest.fixture
async def journal(world: World) -> AsyncIterator[SqlJournal]:
    """A journal to be written while one looks."""
    async with open_journal(world) as opened:
        yield opened


@pytest.mark.req("STA-0", "SUP-1")
async def test_day_figures_are_those_of_the_report_of_today_at_every_moment(
    world: World, tmp_path: Path, journal: SqlJournal
) -> None:
    site, told = simulated()
    store = Store(tmp_path / "statistics.duckdb")
    projector = Projector(store=store, journal=journal)
    await projector.begin()
    service = Service(store=store, journal=journal)
    world.platform.services[CallControl] = cast("CallControl", Control(site))
    world.platform.services[Statistics] = service
    written, open_seen = 0, 0
    for at in _moments(told):
        await tell(journal, told[written:at])
        written = at
        now = told[at - 1].at
        while await projector.step(now):
            pass
        service.watermark = projector.watermark
        world.clock.now = now
        admin = await world.log_in("admin")  # the clock of sessions stands where the story does
        live = (await admin.get("/live/figures")).json()
        query = {"figures": list(DAY_FIGURES), "dimensions": ["queue"]}
        report = (await admin.post("/reports/query", json=query)).json()
        assert live["variant"] == report["variant"]
        assert {key: one["text"] for key, one in live["total"].items()} == report["totals"]["texts"]
        assert {key: one["value"] for key, one in live["total"].items()} == report["totals"]["values"]
        rows = {row["keys"][0]["id"]: row for row in report["rows"]}
        for queue, values in live["queues"].items():
            if queue in rows:
                assert {key: one["text"] for key, one in values.items()} == rows[queue]["texts"], queue
            else:
                assert values["queue_entered"]["value"] == 0 and values["service_level"]["value"] is None
        _as_told(live, _Ended(told[:at], now))
        begun = {event.call_id for event in told[:at] if isinstance(event, e.CallArrived)}
        open_seen += len(begun - {event.call_id for event in told[:at] if isinstance(event, e.CallEnded)})
    assert open_seen > 5, "looked while calls ran"
    world.clock.now = local_midnight(world.clock.now) + timedelta(days=1, seconds=1)
    admin = await world.log_in("admin")
    anew = (await admin.get("/live/figures")).json()["total"]
    assert (anew["queue_entered"]["text"], anew["service_level"]["text"]) == ("0", "—"), (
        "a new day begins anew"
    )
    store.close()


def _as_told(live: dict[str, Any], ended: _Ended) -> None:
    """The same by plain counting of what happened."""
    for queue, values in live["queues"].items():
        entered, answered = ended.entered[queue], ended.answered[queue]
        assert (values["queue_entered"]["value"], values["visits_answered"]["value"]) == (entered, answered)
        assert values["service_level"]["of"] == entered
        if entered:
            assert values["service_level"]["value"] == pytest.approx(ended.in_target[queue] / entered)
            assert values["queue_answer_rate"]["value"] == pytest.approx(answered / entered)


@pytest.mark.req("STA-0", "SUP-1")
async def test_day_figures_follow_the_stored_variant_of_the_hotline_and_the_chosen_queues(
    history: History,
) -> None:
    world = history.world
    world.clock.now = history.events[-1].at
    admin = await world.log_in("admin")

    async def live(**query: Any) -> dict[str, Any]:
        world.clock.forward(seconds=FRESH.total_seconds() + 1)
        return (await admin.get("/live/figures", params=query)).json()

    before = await live()
    change = {"options": {"service_level": "credit_abandons", "service_level_s": 0}, "note": ""}
    assert (await admin.put("/variants/default", json=change)).status_code == 200
    after = await live()
    assert "service_level_s=0" in after["variant"] and after["variant"] != before["variant"]
    assert after["total"]["service_level"]["value"] < before["total"]["service_level"]["value"]
    queue = next(key for key, values in after["queues"].items() if values["queue_entered"]["value"])
    one = await live(queue=queue)
    assert list(one["queues"]) == [queue] and one["total"] == after["queues"][queue]
    report = (await admin.get("/reports/queues", params={"queue": queue})).json()
    assert report["totals"]["texts"]["service_level"] == one["total"]["service_level"]["text"]


@pytest.mark.req("STA-0", "SUP-1")
async def test_the_curve_of_the_day_leaves_out_what_the_reports_leave_out(history: History) -> None:
    world = history.world
    world.clock.now = history.events[-1].at
    admin = await world.log_in("admin")
    midnight = local_midnight(world.clock.now)
    days = {
        "from": (midnight - timedelta(days=1)).isoformat(),
        "to": (midnight + timedelta(days=1)).isoformat(),
    }

    async def curve() -> list[int]:
        world.clock.forward(seconds=31)
        found = (await admin.get("/live/curve")).json()
        return [*found["yesterday"]["entered"], *found["today"]["entered"]]

    async def reported() -> list[int]:
        asked = {"figures": ["queue_entered"], "grain": "hour", **days}
        rows = (await admin.post("/reports/query", json=asked)).json()["rows"]
        return [row["values"]["queue_entered"] for row in rows]

    half = history.events[len(history.events) // 2].at
    before = await curve()
    assert before == await reported() and sum(before) > 0
    left_out = {"start": days["from"], "end": half.isoformat(), "reason": "线路故障"}
    made = await admin.post("/exclusions", json=left_out)
    assert made.status_code == 201, made.text
    after = await curve()
    assert after == await reported() and sum(after) < sum(before)


@pytest.mark.req("STA-0", "SUP-1")
async def test_the_dictionary_names_the_figures_of_live_screens(history: History) -> None:
    metrics = {one["key"]: one for one in await history.get("/metrics")}
    assert {key for key, one in metrics.items() if one["live"] == "day"} == set(DAY_FIGURES)
    moment = {key: one for key, one in metrics.items() if one["live"] == "moment"}
    assert moment.keys() == MOMENT_FIGURES.keys()
    assert all(one["family"] == "live" and one["words"] and one["name"] for one in moment.values())
    own = {"figures": ["waiting"], "dimensions": []}
    assert (await history.http.post("/reports/query", json=own)).status_code == 422, "a moment has no past"
    assert "waiting" not in FIGURES


@pytest.mark.req("STA-0", "SUP-1", "OPS-3")
async def test_while_the_statistics_are_rebuilt_no_part_of_the_day_is_told_as_the_day(
    history: History,
) -> None:
    class Rebuilding:
        async def status(self) -> StatisticsStatus:
            return StatisticsStatus(watermark=1, behind=9, projected_at=None, rebuilding=0.4, calls=1)

    history.world.platform.services[Statistics] = Rebuilding()
    answer = await history.http.get("/live/figures")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "statistics_unavailable")
    wall = await history.world.log_in("wall")
    assert (await wall.get("/live/figures")).status_code == 503
    assert (await (await history.world.log_in("agent")).get("/live/figures")).status_code == 403
