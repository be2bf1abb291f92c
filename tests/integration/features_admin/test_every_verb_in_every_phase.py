"""Every verb of the interface in every phase of a call, over a real runtime on the fake switch: done or refused, never our fault."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hotline.adapters.fake_switch import ScriptedPhone
from hotline.core import requests as r
from hotline.core.events import AgentState, TargetKind
from hotline.core.ids import AgentId, CallId, DeviceId
from hotline.core.site import Site
from hotline.ports.call_control import CallControl
from hotline.ports.call_history import CallHistory
from tests.integration.features_admin.conftest import World
from tests.integration.features_admin.fake_control import NoHistory
from tests.integration.runtime_world import World as Running
from tests.small_site import PHONES, QUEUE, FixedSite, small_site

AGENT, MATE, LEADER = AgentId("id-agent"), AgentId("id-agent-a"), AgentId("id-leader")
PEOPLE = dict(zip((AGENT, MATE, LEADER), PHONES, strict=True))
TARGETS: tuple[dict[str, str], ...] = (
    {"kind": "agent", "value": PHONES[1]}, {"kind": "agent", "value": PHONES[0]}, {"kind": "queue", "value": QUEUE},
    {"kind": "number", "value": "13911112222"}, {"kind": "flow"}, {"kind": "flow", "value": "flow"}, {"kind": "survey"},
    {"kind": "leader"}, {"kind": "agent"}, {"kind": "number", "value": "x"}, {"kind": "queue", "value": "none"},
)  # fmt: skip
PLAIN = (
    "answer", "hold", "retrieve", "mute", "unmute", "record-pause", "record-resume", "complete", "cancel-consult",
    "announce", "conference", "pickup", "leave", "monitor", "whisper", "barge", "survey", "intercept", "hangup", "release",
)  # fmt: skip
VERBS: tuple[tuple[str, dict[str, Any]], ...] = (
    *((verb, {}) for verb in PLAIN),
    ("dtmf", {"digits": "1"}), ("dtmf", {"digits": "x"}),
    *((verb, {"leg_id": "none"}) for verb in ("drop", "mute-participant", "unmute-participant")),
    *((verb, {"to": to}) for verb in ("transfer", "consult", "conference") for to in TARGETS),
    ("transfer", {}), ("dance", {}),
)  # fmt: skip


def the_site() -> Site:
    """The small site with the people of the test world as its agents; the last is a leader."""
    site = small_site(survey=False, wrap_up_s=60.0)
    known = {agent.id: agent for agent in site.agents}
    agents = [replace(one, id=new) for one, new in zip(known.values(), PEOPLE, strict=True)]
    agents[2] = replace(agents[2], leader=True, queues=())
    return replace(site, agents=tuple(agents))


class Scene:
    """A running centre with two agents and a leader signed in, and one call brought to a phase."""

    def __init__(self, running: Running) -> None:
        self.running = running

    async def ask(self, kind: Any, who: AgentId = AGENT, **fields: Any) -> CallId | None:
        return await self.running.runtime.request(kind(at=self.running.clock.now(), agent_id=who, **fields))

    async def sign_in(self, who: AgentId, phone: ScriptedPhone = ScriptedPhone.ANSWERS) -> None:
        device = DeviceId(PEOPLE[who])
        self.running.switch.register(device, phone)
        await self.running.until(lambda: self.running.runtime.registered(device))
        await self.ask(r.SignIn, who, device_id=device)

    async def reach(self, phase: str) -> CallId:
        """Return the call once it is in this phase."""
        await self.running.until(lambda: self.running.phase() == phase)
        return self.running.runtime.live(None).calls[0].call_id

    async def waiting(self) -> CallId:
        self.running.call_in()
        return await self.reach("waiting")

    async def ringing(self) -> CallId:
        await self.sign_in(AGENT, ScriptedPhone.RINGS)
        await self.ask(r.SetState, state=AgentState.READY)
        self.running.call_in()
        return await self.reach("ringing")

    async def talking(self) -> CallId:
        await self.sign_in(AGENT)
        await self.ask(r.SetState, state=AgentState.READY)
        self.running.call_in()
        await self.running.talking()
        return await self.reach("talking")

    async def holding(self) -> CallId:
        call_id = await self.talking()
        await self.ask(r.HoldCall, call_id=call_id)
        return await self.reach("holding")

    async def consulting(self) -> CallId:
        call_id = await self.talking()
        await self.sign_in(MATE)
        await self.ask(r.SetState, MATE, state=AgentState.READY)
        await self.ask(r.ConsultCall, call_id=call_id, to=r.Target(kind=TargetKind.AGENT, value=PHONES[1]))
        await self.running.until(lambda: any(p.up for p in self.call(call_id).participants))
        return call_id

    async def conference(self) -> CallId:
        call_id = await self.consulting()
        await self.ask(r.Conference, call_id=call_id)
        return await self.reach("talking")

    async def wrap_up(self) -> CallId:
        call_id = await self.talking()
        await self.ask(r.HangUpCall, call_id=call_id)
        await self.running.until(lambda: self.state(AGENT) is AgentState.AFTER_CALL)
        return call_id

    async def dialling(self) -> CallId:
        await self.sign_in(AGENT, ScriptedPhone.RINGS)
        call_id = await self.ask(r.PlaceCall, to="13911112222")
        assert call_id is not None
        return call_id

    async def over(self) -> CallId:
        call_id = await self.talking()
        await self.ask(r.ReleaseCall, LEADER, call_id=call_id)
        await self.ask(r.FinishWrapUp)
        await self.running.until(lambda: self.running.runtime.call(call_id) is None)
        return call_id

    def call(self, call_id: CallId) -> Any:
        return self.running.runtime.call(call_id)

    def state(self, who: AgentId) -> AgentState:
        return self.running.state(who)


PHASES: dict[str, Callable[[Scene], Awaitable[CallId]]] = {
    one.__name__: one
    for one in (
        Scene.waiting, Scene.ringing, Scene.talking, Scene.holding, Scene.consulting, Scene.conference, Scene.wrap_up,
        Scene.dialling, Scene.over,
    )
}  # fmt: skip


@pytest.fixture
def database_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """One database is enough: the verbs ask the centre, and the database only for the session and the audit trail."""
    (tmp_path / "hotline.db").write_bytes(migrated_sqlite.read_bytes())
    return f"sqlite+aiosqlite:///{tmp_path / 'hotline.db'}"


@pytest.fixture
async def scene(world: World, tmp_path: Path) -> AsyncIterator[Scene]:
    folder = tmp_path / "running"
    folder.mkdir()
    async with Running(folder, site=FixedSite(the_site())) as running:
        world.platform.services[CallControl] = running.runtime
        world.platform.services[CallHistory] = NoHistory()
        yield Scene(running)


@pytest.mark.req("AGT-1", "SUP-2")
@pytest.mark.parametrize("by", ["agent", "agent-a", "leader"])
@pytest.mark.parametrize("phase", PHASES)
async def test_it_is_done_or_refused_with_a_code(world: World, scene: Scene, phase: str, by: str) -> None:
    made = await world.log_in(by)
    call_id = await PHASES[phase](scene)
    codes: dict[str, int] = {}
    for verb, body in VERBS:
        answer = await made.post(f"/calls/{call_id}/actions/{verb}", json=body)
        assert answer.status_code in {200, 403, 404, 409, 422}, (
            f"{verb} {body}: {answer.status_code} {answer.text}"
        )
        if answer.status_code != 200:
            assert answer.json()["error"]["code"], verb
        codes[f"{verb} {body}"] = answer.status_code
    assert set(codes.values()) & {404, 409, 422}
    await _nothing_is_stuck(scene)


async def _nothing_is_stuck(scene: Scene) -> None:
    """When everybody has hung up, every call and every leg ends, and the runtime lives."""
    switch = scene.running.switch

    def quiet() -> bool:
        for leg in switch.legs():
            switch.far_end_hangs_up(leg.leg_id)
        return not scene.running.runtime.live(None).calls or all(
            call.phase == "wrap_up" for call in scene.running.runtime.live(None).calls
        )

    await scene.running.until(quiet)
