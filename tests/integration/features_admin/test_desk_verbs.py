"""The routes of every verb: what each asks of the centre, who may, whom it may concern, and what stands in the audit trail."""

import asyncio
from dataclasses import replace
from typing import Any

import httpx
import pytest

from hotline.core import requests as r
from hotline.core.events import AgentState, OfferKind, Role, TargetKind
from hotline.core.ids import AgentId, AuthorityId, CallId, FlowId, LegId, QueueId
from hotline.core.site import AgentProfile, FlowDocument, Queue
from hotline.features.desk.follow import desk_messages
from hotline.features.desk.leader import Leader
from hotline.features.desk.pickable import PickableBoard
from hotline.features.desk.service import Desk
from hotline.platform.audit_late import LateEntries
from hotline.platform.permissions import Permission
from hotline.ports.call_control import CallControl, ParticipantView
from hotline.ports.call_history import CallHistory
from tests.integration.features_admin.conftest import World
from tests.integration.features_admin.fake_control import (
    AT,
    ROOT,
    FakeControl,
    NoHistory,
    agent_view,
    call_view,
    queue_view,
)


@pytest.fixture
def floor(world: World) -> FakeControl:
    """A centre with an agent in a call, a colleague, a leader, and people of organisation a out of an agent's sight."""
    made = FakeControl()
    world.platform.services[CallControl] = made
    world.platform.services[CallHistory] = NoHistory()
    made.put(
        agent_view("agent", "1001", call_id=CallId("c1"), state=AgentState.TALKING),
        agent_view("mate", "1002"),
        agent_view("leader", "2001", leader=True, queues=()),
        agent_view("agent-a", "3001", authority_id=AuthorityId("a"), queues=()),
        call_view("c1", agent_id=AgentId("id-agent")),
        call_view("ca", authority_id=AuthorityId("a"), queue_id=QueueId("qa")),
        queue_view("q1", waiting=2, ready=1), queue_view("qa", authority_id=AuthorityId("a")),
    )  # fmt: skip
    made.site_now = replace(
        made.site_now,
        agents=tuple(
            AgentProfile(id=a.agent_id, authority_id=a.authority_id, number=a.number, name=a.name)
            for a in made.agents.values()
        ),
        queues=tuple(
            Queue(id=q.queue_id, authority_id=q.authority_id, name=q.name, number=f"80{n}")
            for n, q in enumerate(made.queues.values())
        ),
        flows=(FlowDocument(id=FlowId("f1"), authority_id=ROOT, name="主流程", version=1, json="{}"),),
    )
    return made


async def act(client: httpx.AsyncClient, action: str, call: str = "c1", **body: Any) -> httpx.Response:
    return await client.post(f"/calls/{call}/actions/{action}", json=body)


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


PARTY = {"leg_id": "leg-9"}
ME = AgentId("id-agent")
CALL = CallId("c1")
TO_AGENT = r.Target(kind=TargetKind.AGENT, value="1002")


@pytest.mark.req("AGT-1")
@pytest.mark.parametrize(
    "action,body,asked",
    [
        ("transfer", {"to": {"kind": "agent", "value": "1002"}}, r.TransferCall(at=AT, agent_id=ME, call_id=CALL, to=TO_AGENT)),
        ("transfer", {"to": {"kind": "flow"}}, r.TransferCall(at=AT, agent_id=ME, call_id=CALL, to=r.Target(kind=TargetKind.FLOW))),
        ("transfer", {"to": {"kind": "leader"}}, r.TransferCall(at=AT, agent_id=ME, call_id=CALL, to=r.Target(kind=TargetKind.LEADER))),
        ("survey", {}, r.TransferCall(at=AT, agent_id=ME, call_id=CALL, to=r.Target(kind=TargetKind.SURVEY))),
        ("consult", {"to": {"kind": "number", "value": " 010-6666 0000"}},
         r.ConsultCall(at=AT, agent_id=ME, call_id=CALL, to=r.Target(kind=TargetKind.NUMBER, value="01066660000"))),
        ("complete", {}, r.CompleteConsult(at=AT, agent_id=ME, call_id=CALL)),
        ("cancel-consult", {}, r.CancelConsult(at=AT, agent_id=ME, call_id=CALL)),
        ("conference", {}, r.Conference(at=AT, agent_id=ME, call_id=CALL)),
        ("conference", {"to": {"kind": "agent", "value": "1002"}}, r.Conference(at=AT, agent_id=ME, call_id=CALL, to=TO_AGENT)),
        ("drop", PARTY, r.DropParticipant(at=AT, agent_id=ME, call_id=CALL, leg_id=LegId("leg-9"))),
        ("mute-participant", PARTY, r.MuteParticipant(at=AT, agent_id=ME, call_id=CALL, leg_id=LegId("leg-9"), muted=True)),
        ("unmute-participant", PARTY, r.MuteParticipant(at=AT, agent_id=ME, call_id=CALL, leg_id=LegId("leg-9"), muted=False)),
        ("pickup", {}, r.PickUp(at=AT, agent_id=ME, call_id=CALL)),
        ("announce", {}, r.AnnounceNumber(at=AT, agent_id=ME, call_id=CALL)),
        ("leave", {}, r.LeaveCall(at=AT, agent_id=ME, call_id=CALL)),
        ("hold", {}, r.HoldCall(at=AT, agent_id=ME, call_id=CALL)),
        ("unmute", {}, r.MuteCall(at=AT, agent_id=ME, call_id=CALL, muted=False)),
        ("record-pause", {}, r.PauseRecordingOfCall(at=AT, agent_id=ME, call_id=CALL, paused=True)),
    ],
)  # fmt: skip
async def test_a_verb_asks_the_centre_for_itself(
    world: World, floor: FakeControl, action: str, body: dict[str, Any], asked: r.AnyRequest
) -> None:
    answer = await act(await world.log_in("agent"), action, **body)
    assert (answer.status_code, answer.json()) == (200, {"call_id": "c1", "action": action})
    (request,) = floor.requests
    assert replace(request, at=AT) == asked


@pytest.mark.req("SUP-2", "ADM-3")
@pytest.mark.parametrize(
    "action,asked,role",
    [
        ("monitor", r.Supervise(at=AT, agent_id=AgentId("id-leader"), call_id=CALL, role=Role.MONITOR), "monitor"),
        ("whisper", r.Supervise(at=AT, agent_id=AgentId("id-leader"), call_id=CALL, role=Role.WHISPER), "whisper"),
        ("barge", r.Supervise(at=AT, agent_id=AgentId("id-leader"), call_id=CALL, role=Role.BARGE), "barge"),
        ("intercept", r.InterceptCall(at=AT, agent_id=AgentId("id-leader"), call_id=CALL), None),
        ("release", r.ReleaseCall(at=AT, agent_id=AgentId("id-leader"), call_id=CALL), None),
    ],
)  # fmt: skip
async def test_a_leaders_verb_is_asked_once_and_stands_in_the_trail(
    world: World, floor: FakeControl, action: str, asked: r.AnyRequest, role: str | None
) -> None:
    assert (await act(await world.log_in("leader"), action)).status_code == 200
    assert [replace(request, at=AT) for request in floor.requests] == [asked]
    admin = await world.log_in("admin")
    (entry,) = (await admin.get("/audit", params={"action": f"calls.{action}"})).json()["items"]
    assert (entry["user_name"], entry["target_id"], entry["target_name"]) == ("leader", "c1", "1001")
    assert entry["before"] == {"agent": "1001", "phase": "talking"} | ({"role": ""} if role else {})
    assert role is None or entry["after"]["role"] == role


@pytest.mark.req("SUP-2", "ADM-1")
@pytest.mark.parametrize("action", ["monitor", "whisper", "barge", "intercept", "release"])
async def test_leaders_reach_nothing_out_of_their_sight_and_agents_nothing_at_all(
    world: World, floor: FakeControl, action: str
) -> None:
    floor.put(agent_view("leader-a", "3009", authority_id=AuthorityId("a")))
    assert code(await act(await world.log_in("agent"), action)) == (403, "not_permitted")
    abroad = await world.log_in("leader-a")
    assert code(await act(abroad, action)) == (409, "no_such_call")
    assert code(await act(abroad, action, "no-call-at-all")) == (409, "no_such_call")
    assert floor.requests == []
    assert (await act(abroad, action, "ca")).status_code == 200


@pytest.mark.req("SUP-2")
async def test_who_has_no_work_number_cannot_listen_but_can_release(world: World, floor: FakeControl) -> None:
    manager = await world.log_in("manager")
    assert code(await act(manager, "monitor")) == (409, "not_an_agent")
    assert (await act(manager, "release")).status_code == 200
    assert len(floor.requests) == 1


@pytest.mark.req("AGT-1", "ADM-1")
@pytest.mark.parametrize(
    "kind,value", [("agent", "3001"), ("agent", "9999"), ("queue", "qa"), ("flow", "none")]
)
async def test_a_call_is_not_handed_to_whom_the_agent_does_not_see(
    world: World, floor: FakeControl, kind: str, value: str
) -> None:
    floor.put(agent_view("agent-b", "4001", authority_id=AuthorityId("b")))
    agent = await world.log_in("agent-b")
    answer = await act(agent, "transfer", to={"kind": kind, "value": value})
    assert code(answer) == (409, "no_such_number")
    assert floor.requests == []


@pytest.mark.req("AGT-1")
@pytest.mark.parametrize(
    "to", [{"kind": "agent"}, {"kind": "number", "value": "abc"}, {"kind": "number"}, {"kind": "moon", "value": "1"}]
)  # fmt: skip
async def test_a_target_that_makes_no_sense_is_refused(world: World, floor: FakeControl, to: Any) -> None:
    assert code(await act(await world.log_in("agent"), "transfer", to=to)) == (422, "invalid_request")
    assert floor.requests == []


@pytest.mark.req("ADM-6")
async def test_numbers_outside_need_the_right_to_call_out(world: World, floor: FakeControl) -> None:
    client = await world.log_in("agent")
    async with world.database.engine.begin() as connection:
        rights = '["desk.use", "desk.pick_up"]'
        await connection.exec_driver_sql(f"UPDATE role SET permissions = '{rights}' WHERE key = 'agent'")
    for action in ("transfer", "consult", "conference"):
        answer = await act(client, action, to={"kind": "number", "value": "13800138000"})
        assert code(answer) == (403, "not_permitted"), action
    assert (await act(client, "transfer", to={"kind": "agent", "value": "1002"})).status_code == 200


@pytest.mark.req("AGT-1")
@pytest.mark.parametrize(
    "refusal", ["wrong_state", "agent_busy", "no_leader", "already_taken", "no_such_party", "daily_limit", "number_barred"]
)  # fmt: skip
async def test_a_refusal_of_the_centre_says_why_in_chinese(
    world: World, floor: FakeControl, refusal: str
) -> None:
    floor.refuse = refusal
    answer = await act(await world.log_in("agent"), "transfer", to={"kind": "leader"})
    assert code(answer) == (409, refusal)
    message = answer.json()["error"]["message"]
    assert message != "请求被拒绝" and any("\u4e00" <= c <= "\u9fff" for c in message)


@pytest.mark.req("AGT-1")
async def test_a_double_click_is_one_request_with_one_entry_in_the_trail(
    world: World, floor: FakeControl
) -> None:
    floor.gate = asyncio.Event()
    token = (await world.log_in("leader")).headers["Authorization"].removeprefix("Bearer ")
    actor = await world.platform.authenticator.actor_of(token)

    async def click() -> None:
        await Leader(floor, actor, world.platform.services[LateEntries]).supervise("c1", Role.MONITOR)

    async with asyncio.timeout(20), asyncio.TaskGroup() as clicks:
        for n in range(3):
            clicks.create_task(click(), name=f"click-{n}")
        while not floor.requests:  # all three have asked when the first request reaches the centre
            await asyncio.sleep(0)
        floor.gate.set()
    assert len(floor.requests) == 1
    admin = await world.log_in("admin")
    assert len((await admin.get("/audit", params={"action": "calls.monitor"})).json()["items"]) == 1


@pytest.mark.req("AGT-1")
async def test_a_number_is_not_called_into_a_conference_twice(world: World, floor: FakeControl) -> None:
    outside = ParticipantView(leg_id=LegId("l2"), role=Role.MEMBER, up=False, since=AT, number="01066660000")
    floor.put(call_view("c1", agent_id=ME, participants=(outside,)))
    to = {"kind": "number", "value": "01066660000"}
    assert code(await act(await world.log_in("agent"), "conference", to=to)) == (409, "wrong_state")
    assert floor.requests == []


@pytest.mark.req("SUP-2", "ADM-3")
async def test_a_leader_drops_a_party_of_somebody_elses_conference(world: World, floor: FakeControl) -> None:
    mate = ParticipantView(
        leg_id=LegId("leg-9"), role=Role.MEMBER, up=True, since=AT, agent_id=AgentId("id-mate"), agent_number="1002"
    )  # fmt: skip
    floor.put(call_view("c1", agent_id=ME, participants=(mate,)))
    assert (await act(await world.log_in("leader"), "drop", leg_id="leg-9")).status_code == 200
    (request,) = floor.requests
    assert isinstance(request, r.DropParticipant) and request.by_leader
    admin = await world.log_in("admin")
    (entry,) = (await admin.get("/audit", params={"action": "calls.drop"})).json()["items"]
    assert entry["before"] == {"agent": "1001", "phase": "talking", "party": "1002"}


@pytest.mark.req("SUP-2", "ADM-3")
async def test_a_forced_state_is_entered_with_the_state_before(world: World, floor: FakeControl) -> None:
    leader = await world.log_in("leader")
    answer = await leader.put("/agents/id-mate/state", json={"state": "busy", "reason": "会议"})
    assert answer.status_code == 204
    (request,) = floor.requests
    assert isinstance(request, r.SetState) and request.by == "id-leader"
    (entry,) = (await (await world.log_in("admin")).get("/audit", params={"action": "agents"})).json()[
        "items"
    ]
    assert (entry["before"], entry["after"]) == ({"state": "ready"}, {"state": "busy", "reason": "会议"})
    abroad = await world.log_in("leader-a")
    assert (await abroad.put("/agents/id-mate/state", json={"state": "ready"})).status_code == 404


# ── Pick-up and targets ──────────────────────────────────────────────────────────────────────────────────────


def ringing_elsewhere(floor: FakeControl) -> None:
    floor.put(
        agent_view("agent", "1001"),
        call_view("r1", phase="ringing", agent_id=AgentId("id-mate"), talk_id=None, offer_kind=OfferKind.QUEUE),
        call_view("w1", phase="waiting", talk_id=None, position=1, caller_kind="vip"),
        call_view("mine", phase="ringing", agent_id=ME, talk_id=None),
        call_view("other", phase="waiting", queue_id=QueueId("qa"), talk_id=None),
    )  # fmt: skip


@pytest.mark.req("AGT-1", "ADM-4")
async def test_what_can_be_picked_up_is_listed_with_masked_numbers(world: World, floor: FakeControl) -> None:
    ringing_elsewhere(floor)
    client = await world.log_in("agent")
    items = (await client.get("/agents/me/pickable")).json()["items"]
    assert [(i["call_id"], i["phase"], i["ringing_at_number"]) for i in items] == [
        ("r1", "ringing", "1002"), ("w1", "waiting", ""),
    ]  # fmt: skip
    assert {item["number"] for item in items} == {"138****8000"}
    assert (await client.get("/agents/me")).json()["pickable_count"] == 2
    assert (await client.post("/agents/me/pickup")).status_code == 200
    assert isinstance(floor.requests[-1], r.PickUp)


@pytest.mark.req("AGT-1", "ADM-1")
async def test_a_call_out_of_sight_and_out_of_ones_queues_cannot_be_picked_up(
    world: World, floor: FakeControl
) -> None:
    floor.put(agent_view("agent-b", "4001", authority_id=AuthorityId("b"), queues=(QueueId("q1"),)))
    client = await world.log_in("agent-b")
    assert code(await act(client, "pickup", "ca")) == (409, "no_such_call")
    assert (await act(client, "pickup", "c1")).status_code == 200  # of a queue that they serve


@pytest.mark.req("AGT-1", "ADM-1")
async def test_targets_are_those_in_sight_the_ready_ones_first(world: World, floor: FakeControl) -> None:
    floor.put(
        agent_view("away", "1000", state=AgentState.OFFLINE),
        agent_view("busy", "1003", state=AgentState.BUSY),
    )
    client = await world.log_in("agent")
    found = (await client.get("/agents/me/targets")).json()
    assert [agent["number"] for agent in found["agents"]] == ["1002", "2001", "1003", "1000"]
    assert [(q["id"], q["waiting"], q["ready"]) for q in found["queues"]] == [("q1", 2, 1)]
    assert (found["flows"], found["leader_available"]) == ([{"id": "f1", "name": "主流程"}], True)
    narrowed = (await client.get("/agents/me/targets", params={"q": "100"})).json()
    assert [agent["number"] for agent in narrowed["agents"]] == ["1002", "1003", "1000"]
    above = (await (await world.log_in("leader")).get("/agents/me/targets", params={"q": "300"})).json()
    assert [agent["number"] for agent in above["agents"]] == ["3001"]


@pytest.mark.req("AGT-2")
async def test_the_desk_shows_parties_role_and_why_it_rings(world: World, floor: FakeControl) -> None:
    party = ParticipantView(
        leg_id=LegId("l2"), role=Role.CONSULTED, up=True, since=AT, agent_id=ME, agent_number="1001"
    )
    floor.put(
        call_view(
            "c1", agent_id=AgentId("id-mate"), participants=(party,), caller_kind="vip", caller_name="某公司"
        )
    )
    desk = (await (await world.log_in("agent")).get("/agents/me")).json()
    assert desk["my_role"] == "consulted"
    assert [p["role"] for p in desk["call"]["participants"]] == ["consulted"]
    assert (desk["call"]["caller_kind"], desk["call"]["caller_name"]) == ("vip", "某公司")
    assert desk["call"]["lead"]["number"] == "1002"
    floor.put(call_view("c1", agent_id=ME, talk_id=None, phase="direct", offer_kind=OfferKind.DIRECT))
    desk = (await (await world.log_in("agent")).get("/agents/me")).json()
    assert (desk["my_role"], desk["call"]["offer_kind"], desk["device"]["mobile"]) == ("", "direct", None)
    assert desk["call"]["lead"] is None


@pytest.mark.req("SUP-2")
async def test_a_desk_is_told_of_a_whisper_but_not_of_a_silent_listener(
    world: World, floor: FakeControl
) -> None:
    for role, told in ((Role.MONITOR, []), (Role.WHISPER, ["whisper"])):
        leader = ParticipantView(leg_id=LegId("l3"), role=role, up=True, since=AT, agent_id=AgentId("boss"))
        floor.put(call_view("c1", agent_id=ME, participants=(leader,)))
        desk = (await (await world.log_in("agent")).get("/agents/me")).json()
        assert [party["role"] for party in desk["call"]["participants"]] == told


# ── The stream of a desk ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.req("AGT-1")
async def test_a_desk_hears_of_its_own_changes_and_of_what_can_be_picked_up(
    world: World, floor: FakeControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hotline.features.desk.follow.PICKABLE_EVERY_S", 0.0)
    token = (await world.log_in("agent")).headers["Authorization"].removeprefix("Bearer ")
    actor = await world.platform.authenticator.actor_of(token)
    assert actor.may(Permission.DESK_PICK_UP)
    board = PickableBoard(lambda: floor)
    messages = desk_messages(Desk(floor, NoHistory(), actor, board))
    async with asyncio.timeout(20):
        first = await anext(messages)
        assert (first.type, first.desk.pickable_count) == ("snapshot", 0)
        following = asyncio.ensure_future(anext(messages))
        while not board._desks:  # the desk has begun to follow
            await asyncio.sleep(0)
        await floor.publish(call_view("w1", phase="waiting", talk_id=None))
        assert (await following).desk.pickable_count == 1
        await floor.publish(agent_view("agent", "1001", state=AgentState.REST))
        assert (await anext(messages)).desk.agent.state is AgentState.REST
        floor.lost = True
        await floor.publish(ended="w1")
        assert (await anext(messages)).desk.pickable_count == 0
        await messages.aclose()  # pyright: ignore[reportAttributeAccessIssue] - a generator
    assert board._task is None
