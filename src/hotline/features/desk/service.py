"""Build the desk from the running centre and the history of calls; turn the desk's verbs into requests."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar

from hotline.core import requests as r
from hotline.core.events import AgentState
from hotline.core.ids import AgentId, AuthorityId, CallId, DeviceId, HotlineId, QueueId
from hotline.core.metrics.query import local_midnight
from hotline.features.desk.schemas import DeskCall, DeskMessage, DeskSnapshot, Devices, DeviceView
from hotline.platform.actor import Actor
from hotline.platform.errors import HotlineError, NotFound
from hotline.platform.i18n import Text
from hotline.platform.regions import region_of
from hotline.ports.call_control import AgentView, CallControl, CallView
from hotline.ports.call_history import AgentToday, CallHistory, EarlierCall

BROWSER_SUFFIX = "-web"
BUSY_REASONS = ("会议", "培训", "整理资料", "请示领导", "其他")


_IN_CALL = frozenset(
    {
        AgentState.RINGING,
        AgentState.TALKING,
        AgentState.HOLDING,
        AgentState.DIALLING,
        AgentState.INTERNAL,
    }
)


class NotAnAgent(HotlineError):
    """The person has the right to use a desk but no work number, or is not yet known to the running centre."""

    code, status = "not_an_agent", 409
    text: ClassVar[Text] = Text("您还没有工号，请联系管理员在“用户”中设置", "You have no agent number yet")


@dataclass(slots=True)
class Desk:
    """One agent's desk. Keeps the history of the caller on screen, so that a change of state costs no query."""

    control: CallControl
    history: CallHistory
    actor: Actor
    _earlier_of: CallId | None = None
    _earlier: list[EarlierCall] = field(default_factory=list[EarlierCall])
    _today: AgentToday | None = None
    _today_since: datetime | None = None
    _was_in_call: bool = False

    def view(self) -> AgentView:
        """The agent as the centre has them. Raises `NotAnAgent`."""
        found = self.control.agent(self.actor.agent_id)
        if found is None:
            raise NotAnAgent
        return found

    async def snapshot(self) -> DeskSnapshot:
        """Everything the desk shows now. Raises `NotAnAgent`."""
        agent = self.view()
        running = self.control.call(agent.call_id) if agent.call_id else None
        return DeskSnapshot(
            agent=agent,
            call=await self._call(running) if running else None,
            device=self._devices(agent.number),
            today=await self._figures_of_today(agent),
            busy_reasons=list(BUSY_REASONS),
            server_time=datetime.now(UTC),
        )

    async def messages(self) -> AsyncIterator[DeskMessage]:
        """Yield the desk now, and again whenever it changed; bursts of changes are one message."""
        changes = self.control.agent_changes(self.actor.agent_id)
        seq = self.control.live(set()).seq
        yield DeskMessage(type="snapshot", seq=seq, desk=await self.snapshot())
        async for number in changes:
            yield DeskMessage(type="desk", seq=number, desk=await self.snapshot())

    async def _call(self, call: CallView) -> DeskCall:
        site = self.control.site()
        hotline = next((h.name for h in site.hotlines if h.id == call.hotline_id), "")
        queue = next((q.name for q in site.queues if q.id == call.queue_id), "")
        if self._earlier_of != call.call_id:
            self._earlier = await self.history.earlier(
                call.ani, authorities=self.actor.authorities, but=call.call_id
            )
            self._earlier_of = call.call_id
        return DeskCall(
            call_id=call.call_id,
            direction=call.direction,
            phase=call.phase,
            since=call.since,
            started_at=call.started_at,
            ani=call.ani,
            dnis=call.dnis,
            region=region_of(call.ani),
            hotline_id=call.hotline_id,
            hotline_name=hotline,
            queue_id=call.queue_id,
            queue_name=queue,
            muted=call.muted,
            recording=call.recording,
            recording_paused=call.recording_paused,
            web=call.web,
            keys=list(call.keys),
            earlier=self._earlier,
        )

    def _devices(self, number: str) -> Devices:
        browser, desk = DeviceId(number + BROWSER_SUFFIX), DeviceId(number)
        return Devices(
            browser=DeviceView(id=browser, registered=self.control.registered(browser)),
            desk=DeviceView(id=desk, registered=self.control.registered(desk)),
        )

    async def _figures_of_today(self, agent: AgentView) -> AgentToday:
        """The agent's figures change when a call of theirs is over, and at midnight; only then they are counted again."""
        midnight = local_midnight(datetime.now(UTC))
        in_call = agent.state in _IN_CALL
        if self._today is None or self._today_since != midnight or (self._was_in_call and not in_call):
            self._today = await self.history.today_of(agent.agent_id, midnight)
            self._today_since = midnight
        self._was_in_call = in_call
        return self._today

    # ── verbs ────────────────────────────────────────────────────────────────────────────────────────────────

    async def sign_in(self, device: str) -> None:
        """Take part with the browser phone or the desk phone."""
        number = self.view().number
        device_id = DeviceId(number + BROWSER_SUFFIX if device == "browser" else number)
        await self._ask(
            r.SignIn(at=_now(), agent_id=self.actor.agent_id, device_id=device_id, address=self.actor.address)
        )

    async def sign_out(self) -> None:
        """Leave."""
        await self._ask(r.SignOut(at=_now(), agent_id=self.actor.agent_id))

    async def set_state(self, state: AgentState, reason: str) -> None:
        """Go ready, busy, rest or offline."""
        if state is AgentState.OFFLINE:
            await self.sign_out()
        else:
            await self._ask(r.SetState(at=_now(), agent_id=self.actor.agent_id, state=state, reason=reason))

    async def dial(self, to: str, hotline_id: str | None, queue_id: str | None) -> CallId:
        """Call a number through the agent's own telephone."""
        number = "".join(c for c in to if c.isdigit() or c in "*#+")
        call_id = await self.control.request(
            r.PlaceCall(
                at=_now(),
                agent_id=self.actor.agent_id,
                to=number,
                hotline_id=HotlineId(hotline_id) if hotline_id else None,
                queue_id=QueueId(queue_id) if queue_id else None,
            )
        )
        assert call_id is not None, "PlaceCall names its call"
        return call_id

    async def reattach(self) -> None:
        """Bring the reloaded desk back into the running call."""
        await self._ask(r.ReattachDevice(at=_now(), agent_id=self.actor.agent_id))

    async def finish_wrap_up(self) -> None:
        """End after-call work."""
        await self._ask(r.FinishWrapUp(at=_now(), agent_id=self.actor.agent_id))

    async def act(self, call_id: str, action: str, digits: str = "") -> None:
        """Carry out a verb of the softphone bar on a call."""
        await self._ask(_verb(action, self.actor.agent_id, CallId(call_id), digits))

    async def _ask(self, request: r.AnyRequest) -> None:
        await self.control.request(request)


async def force_state(
    control: CallControl, leader: Actor, agent_id: str, state: AgentState, reason: str
) -> AgentView:
    """Change an agent's state on a leader's order. Raises `NotFound` for agents out of the leader's sight."""
    found = control.agent(AgentId(agent_id))
    if found is None or not leader.sees(AuthorityId(found.authority_id)):
        raise NotFound(id=agent_id)
    by = leader.agent_id
    if state is AgentState.OFFLINE:
        await control.request(r.SignOut(at=_now(), agent_id=found.agent_id, why="forced", by=by))
    else:
        await control.request(
            r.SetState(at=_now(), agent_id=found.agent_id, state=state, reason=reason, by=by)
        )
    return found


async def force_release(control: CallControl, leader: Actor, call_id: str) -> CallView:
    """End a call on a leader's order. Raises `NotFound` for calls out of the leader's sight."""
    found = control.call(CallId(call_id))
    if found is None or not leader.sees(found.authority_id):
        raise NotFound(id=call_id)
    await control.request(r.ReleaseCall(at=_now(), agent_id=leader.agent_id, call_id=found.call_id))
    return found


def _now() -> datetime:
    return datetime.now(UTC)


def _verb(action: str, agent_id: AgentId, call_id: CallId, digits: str) -> r.AnyRequest:
    at = _now()
    match action:
        case "answer":
            return r.AnswerCall(at=at, agent_id=agent_id, call_id=call_id)
        case "hangup":
            return r.HangUpCall(at=at, agent_id=agent_id, call_id=call_id)
        case "hold":
            return r.HoldCall(at=at, agent_id=agent_id, call_id=call_id)
        case "retrieve":
            return r.RetrieveCall(at=at, agent_id=agent_id, call_id=call_id)
        case "mute" | "unmute":
            return r.MuteCall(at=at, agent_id=agent_id, call_id=call_id, muted=action == "mute")
        case "dtmf":
            return r.SendDigitsOnCall(at=at, agent_id=agent_id, call_id=call_id, digits=digits)
        case "record-pause" | "record-resume":
            return r.PauseRecordingOfCall(
                at=at, agent_id=agent_id, call_id=call_id, paused=action == "record-pause"
            )
        case _:
            raise AssertionError(f"no verb {action}")
