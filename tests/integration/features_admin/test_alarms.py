"""Alarms over the running application: rules through the interface, the board at work, the database away, who sees what."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from dirty_equals import IsPartialDict, IsStr
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from hotline.core.events import AgentState
from hotline.core.ids import AuthorityId
from hotline.features.alarms.board import KEPT, READER_MOST, AlarmBoard
from hotline.features.alarms.evaluator import HOLD_S, Alarm
from hotline.features.alarms.repository import AlarmRepository
from hotline.features.alarms.rules import Level, Metric, Scope
from hotline.platform.actor import Actor, system_actor
from hotline.platform.errors import DatabaseUnavailable
from hotline.ports.call_control import CallControl, ChangesLost
from tests.integration.features_admin.conftest import World
from tests.integration.features_admin.fake_control import AT, FakeControl, agent_view, queue_view

RULE = {"name": "排队过多", "scope": "queue", "metric": "waiting", "amber": 5, "red": 10, "sound": True}


@pytest.fixture
def floor(world: World) -> FakeControl:
    made = FakeControl()
    world.platform.services[CallControl] = made
    made.put(queue_view("q"), queue_view("qa", authority_id=AuthorityId("a")))
    return made


@asynccontextmanager
async def at_work(world: World) -> AsyncIterator[AlarmBoard]:
    """The board's task, as the composition root runs it."""
    board: AlarmBoard = world.platform.services[AlarmBoard]
    task = asyncio.create_task(board.run(), name="alarms")
    try:
        yield board
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(what: Callable[[], Any]) -> None:
    async with asyncio.timeout(20):
        while not what():
            await asyncio.sleep(0.005)


async def actor_of(world: World, name: str) -> Actor:
    token = (await world.log_in(name)).headers["Authorization"].removeprefix("Bearer ")
    return await world.platform.authenticator.actor_of(token)


@pytest.mark.req("SUP-1", "ADM-3")
async def test_rules_are_set_as_a_whole_kept_in_order_and_audited(world: World, floor: FakeControl) -> None:
    manager = await world.log_in("manager")
    rate = {"name": "服务水平", "scope": "site", "metric": "service_level", "amber": 80, "red": 60}
    first = (await manager.put("/alarms/rules", json={"items": [RULE, rate]})).json()["items"]
    assert first == [
        IsPartialDict(RULE | {"id": IsStr(), "min_calls": 10}),
        IsPartialDict(rate | {"sound": False}),
    ]
    changed = [first[1] | {"red": None}, first[0]]
    second = (await manager.put("/alarms/rules", json={"items": changed})).json()["items"]
    assert [rule["id"] for rule in second] == [first[1]["id"], first[0]["id"]]
    leader = await world.log_in("leader")
    assert (await leader.get("/alarms/rules")).json()["items"] == second
    assert (await leader.put("/alarms/rules", json={"items": []})).status_code == 403
    assert (await (await world.log_in("agent")).get("/alarms")).status_code == 403
    (latest, _) = (await manager.get("/audit", params={"action": "alarms.rules"})).json()["items"]
    assert list(latest["after"]) == [first[1]["id"]]


@pytest.mark.req("SUP-1")
@pytest.mark.parametrize(
    "change",
    [
        {"amber": None, "red": None}, {"amber": 10, "red": 5}, {"metric": "ready", "amber": 1, "red": 2}, {"scope": "agent"},
        {"metric": "rest_s"}, {"metric": "engine_down"}, {"scope": "site", "target_id": "q"}, {"target_id": "no_queue"},
        {"id": "no_rule"}, {"metric": "weather"}, {"amber": -1},
    ],
)  # fmt: skip
async def test_a_rule_that_makes_no_sense_is_refused_in_chinese(
    world: World, floor: FakeControl, change: dict[str, Any]
) -> None:
    manager = await world.log_in("manager")
    answer = await manager.put("/alarms/rules", json={"items": [RULE | change]})
    assert answer.status_code == 422, answer.text
    (field, *_) = answer.json()["error"]["details"]["fields"]
    assert any("\u4e00" <= c <= "\u9fff" for c in field["message"])


@pytest.mark.req("SUP-1")
async def test_an_alarm_is_raised_acknowledged_cleared_and_remembered(
    world: World, floor: FakeControl
) -> None:
    manager, leader = await world.log_in("manager"), await world.log_in("leader")
    async with at_work(world) as board:
        await manager.put("/alarms/rules", json={"items": [RULE]})
        seen = await actor_of(world, "leader")
        with board.following(seen) as news:
            await until(lambda: board._evaluator.rules)
            await floor.publish(queue_view("q", waiting=7))
            raised = await anext(news)
            assert (raised.level, raised.target_name, raised.value) == ("amber", "q", 7)
            await until(lambda: not board._unwritten)
            (shown,) = (await leader.get("/alarms")).json()["running"]
            path = f"/alarms/{shown['id']}/acknowledge"
            answer = (await leader.post(path)).json()
            assert (answer["acknowledged_name"], answer["acknowledged_by"]) == ("leader", "id-leader")
            assert (await anext(news)).acknowledged_name == "leader"
            again = (await manager.post(path)).json()
            assert again["acknowledged_name"] == "leader"
            await floor.publish(queue_view("q", waiting=0))
            await until(board._evaluator.next_due)
            world.clock.forward(seconds=HOLD_S)
            await floor.publish(queue_view("q", waiting=0))
            assert (await anext(news)).cleared_at is not None
        await until(lambda: not board._unwritten)
        listed = (await leader.get("/alarms")).json()
        assert listed["running"] == []
        assert listed["history"] == [
            IsPartialDict(id=shown["id"], acknowledged_name="leader", worst_level="amber")
        ]
    entries = (await manager.get("/audit", params={"action": "alarms.acknowledge"})).json()["items"]
    assert [entry["user_name"] for entry in entries] == ["leader"]


@pytest.mark.req("SUP-1")
async def test_changed_rules_hold_at_once(
    world: World, floor: FakeControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hotline.features.alarms.board.RETRY_S", 3600.0)
    manager = await world.log_in("manager")
    floor.put(queue_view("q", waiting=7))
    async with at_work(world) as board:
        await until(lambda: board._restored)
        kept = (await manager.put("/alarms/rules", json={"items": [RULE]})).json()["items"]
        await until(lambda: [a.level for a in board._evaluator.running.values()] == ["amber"])
        await manager.put("/alarms/rules", json={"items": [kept[0] | {"red": 7}]})
        await until(lambda: [a.level for a in board._evaluator.running.values()] == ["red"])
        await manager.put("/alarms/rules", json={"items": []})
        await until(lambda: not board._evaluator.running)


@pytest.mark.req("SUP-1", "ADM-1")
async def test_alarms_are_seen_only_within_sight(world: World, floor: FakeControl) -> None:
    manager = await world.log_in("manager")
    async with at_work(world) as board:
        await manager.put("/alarms/rules", json={"items": [RULE]})
        with board.following(await actor_of(world, "leader-a")) as news:
            await until(lambda: board._evaluator.rules)
            await floor.publish(queue_view("q", waiting=9))
            await floor.publish(queue_view("qa", waiting=9, authority_id=AuthorityId("a")))
            assert (await anext(news)).target_id == "qa"
        leader_a, leader_b = await world.log_in("leader-a"), await world.log_in("leader-b")
        assert [a["target_id"] for a in (await leader_a.get("/alarms")).json()["running"]] == ["qa"]
        assert (await leader_b.get("/alarms")).json()["running"] == []
        alarm_id = next(a.id for a in board._evaluator.running.values() if a.target_id == "q")
        await until(lambda: not board._unwritten)
        assert (await leader_a.post(f"/alarms/{alarm_id}/acknowledge")).status_code == 404


@pytest.mark.req("SUP-3", "ADM-4")
async def test_a_screen_on_the_wall_reads_surnames_and_acknowledges_nothing(
    world: World, floor: FakeControl
) -> None:
    floor.put(agent_view("王小明", "1001"))
    manager, wall = await world.log_in("manager"), await world.log_in("wall")
    rule = {"name": "小休", "scope": "agent", "metric": "rest_s", "amber": 1}
    async with at_work(world) as board:
        await manager.put("/alarms/rules", json={"items": [rule]})
        await until(lambda: board._evaluator.rules)
        world.clock.now = AT + timedelta(minutes=10)
        await floor.publish(agent_view("王小明", "1001", state=AgentState.REST))
        await until(lambda: board._evaluator.running)
        await until(lambda: not board._unwritten)
        (full,) = (await manager.get("/alarms")).json()["running"]
        assert full["target_name"] == "1001 王小明"
        refused = await wall.post(f"/alarms/{full['id']}/acknowledge")
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "not_permitted")
        assert (await manager.post(f"/alarms/{full['id']}/acknowledge")).status_code == 200
        (shown,) = (await wall.get("/alarms")).json()["running"]
        assert (shown["target_name"], shown["acknowledged_name"], shown["acknowledged_by"]) == (
            "1001 王*",
            "m*",
            "",
        )


@pytest.mark.req("SUP-1", "OPS-2")
async def test_the_next_life_goes_on_with_the_alarms_that_ran(world: World, floor: FakeControl) -> None:
    manager = await world.log_in("manager")
    async with at_work(world) as board:
        await manager.put("/alarms/rules", json={"items": [RULE]})
        await until(lambda: board._evaluator.rules)
        await floor.publish(queue_view("q", waiting=9))
        await until(lambda: board._evaluator.running and not board._unwritten)
        (before,) = board._evaluator.running.values()
    old = replace(before, id="old", cleared_at=before.raised_at - KEPT - timedelta(seconds=1))
    recent = replace(old, id="recent", cleared_at=before.raised_at)
    async with world.database.writing() as work:
        for alarm in (old, recent):
            await AlarmRepository(work.session, system_actor("test")).keep(alarm)
    world.platform.services[AlarmBoard] = later = AlarmBoard(world.platform, lambda: floor)
    async with at_work(world):
        await until(lambda: later._restored and later._evaluator.rules)
        assert [alarm.id for alarm in later._evaluator.running.values()] == [before.id]
    history = (await manager.get("/alarms")).json()["history"]
    assert [alarm["id"] for alarm in history] == ["recent"]


@pytest.mark.parametrize(
    "refusal", [OperationalError("COMMIT", {}, ConnectionError()), DatabaseUnavailable()]
)
@pytest.mark.req("SUP-1", "OPS-2")
async def test_alarms_go_on_while_the_database_is_away_and_are_written_when_it_is_back(
    world: World, floor: FakeControl, monkeypatch: pytest.MonkeyPatch, refusal: Exception
) -> None:
    monkeypatch.setattr("hotline.features.alarms.board.RETRY_S", 0.01)
    manager = await world.log_in("manager")
    async with at_work(world) as board:
        await manager.put("/alarms/rules", json={"items": [RULE]})
        await until(lambda: board._evaluator.rules)
        away = True
        keep = world.database.writing

        def writing() -> Any:
            if away:
                raise refusal
            return keep()

        monkeypatch.setattr(world.database, "writing", writing)
        with capture_logs() as logs:
            await floor.publish(queue_view("q", waiting=9))
            await until(lambda: board._unwritten)
        assert {
            line["event"] for line in logs if line["log_level"] == "error"
        } == set()  # no traceback every few seconds
        assert len((await manager.get("/alarms")).json()["running"]) == 1
        away = False
        await until(lambda: not board._unwritten)


@pytest.mark.req("SUP-1")
async def test_a_reader_who_is_too_slow_must_begin_again(world: World, floor: FakeControl) -> None:
    board: AlarmBoard = world.platform.services[AlarmBoard]
    actor = await actor_of(world, "leader")
    alarm = an_alarm(world)
    with board.following(actor) as news:
        for n in range(READER_MOST + 5):
            board.acknowledge(replace(alarm, id=str(n)), actor, world.clock())
        with pytest.raises(ChangesLost):
            async for _ in news:
                pass


def an_alarm(world: World) -> Alarm:
    now = world.clock() - timedelta(minutes=1)
    return Alarm(
        id="a", authority_id="root", rule_id="r", rule_name="规则", scope=Scope.QUEUE, metric=Metric.WAITING, target_id="q",
        target_name="q", level=Level.RED, worst_level=Level.RED, value=9, line=5, sound=False, raised_at=now, changed_at=now,
    )  # fmt: skip


# ── Wall boards ──────────────────────────────────────────────────────────────────────────────────────────────

BOARD = {"name": "大厅", "theme": "blue", "pages": [{"kind": "queues", "seconds": 15}, {"kind": "curve"}]}


@pytest.mark.req("SUP-3", "ADM-3")
async def test_wall_boards_are_made_changed_and_removed(world: World, floor: FakeControl) -> None:
    manager = await world.log_in("manager")
    queue = (await manager.post("/queues", json={"name": "组", "number": "8100"})).json()
    made = await manager.post("/wall-boards", json=BOARD)
    assert made.status_code == 201, made.text
    board = made.json()
    assert [page["seconds"] for page in board["pages"]] == [15, 20]
    pages = [{"kind": "agents", "queue_ids": [queue["id"]]}]
    changed = await manager.put(f"/wall-boards/{board['id']}", json=BOARD | {"pages": pages})
    assert changed.json()["pages"][0]["queue_ids"] == [queue["id"]]
    assert (await manager.delete(f"/queues/{queue['id']}")).json()["error"]["code"] == "in_use"
    leader, agent = await world.log_in("leader"), await world.log_in("agent")
    assert [one["name"] for one in (await leader.get("/wall-boards")).json()["items"]] == ["大厅"]
    assert (await leader.put(f"/wall-boards/{board['id']}", json=BOARD)).status_code == 403
    assert (await agent.get(f"/wall-boards/{board['id']}")).status_code == 403
    abroad = await world.log_in("manager-a")
    assert (await abroad.get(f"/wall-boards/{board['id']}")).status_code == 404
    assert (await abroad.post("/wall-boards", json=BOARD | {"pages": pages})).status_code == 422
    assert (await manager.delete(f"/wall-boards/{board['id']}")).status_code == 204
    actions = {
        e["action"] for e in (await manager.get("/audit", params={"action": "wall_boards"})).json()["items"]
    }
    assert actions == {"wall_boards.create", "wall_boards.update", "wall_boards.remove"}


@pytest.mark.req("SUP-3")
@pytest.mark.parametrize(
    "change",
    [{"pages": []}, {"theme": "pink"}, {"pages": [{"kind": "news"}]}, {"pages": [{"kind": "curve", "seconds": 1}]},
     {"pages": [{"kind": "queues", "queue_ids": ["none"]}]}, {"name": " "}],
)  # fmt: skip
async def test_a_wall_board_that_makes_no_sense_is_refused(world: World, change: dict[str, Any]) -> None:
    manager = await world.log_in("manager")
    assert (await manager.post("/wall-boards", json=BOARD | change)).status_code == 422
