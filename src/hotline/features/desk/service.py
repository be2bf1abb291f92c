"""Build the desk from the running centre and the history of calls; turn the desk's verbs into requests."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar, cast

from hotline.core import requests as r
from hotline.core.events import AgentState, Role
from hotline.core.ids import CallId, DeviceId, HotlineId, QueueId
from hotline.core.metrics.query import local_midnight
from hotline.features.desk.asking import asking
from hotline.features.desk.pickable import PickableBoard
from hotline.features.desk.schemas import DeskCall, DeskSnapshot, Devices, DeviceView, LeadView, MyRole
from hotline.platform.actor import Actor
from hotline.platform.errors import HotlineError
from hotline.platform.i18n import Text
from hotline.platform.permissions import Permission
from hotline.platform.regions import region_of
from hotline.ports.call_control import AgentView, CallControl, CallView
from hotline.ports.call_history import AgentToday, CallHistory, EarlierCall

BROWSER_SUFFIX = "-web"
_DEVICE_SUFFIX = {"browser": BROWSER_SUFFIX, "desk": "", "mobile": "-mobile"}
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
    pickable: PickableBoard
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
            my_role=_my_role(agent, running),
            pickable_count=self.count_pickable(agent),
            device=self._devices(agent),
            today=await self._figures_of_today(agent),
            busy_reasons=list(BUSY_REASONS),
            server_time=datetime.now(UTC),
        )

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
            questions=list(call.questions),
            participants=[
                party
                for party in call.participants
                if party.role is not Role.MONITOR or party.agent_id == self.actor.agent_id
            ],
            consult_ended=call.consult_ended,
            lead=self._lead(call),
            offer_kind=call.offer_kind,
            offered_number=call.offered_number,
            caller_kind=call.caller_kind,
            caller_name=call.caller_name,
            earlier=self._earlier,
        )

    def _lead(self, call: CallView) -> LeadView | None:
        if call.agent_id is None or call.agent_id == self.actor.agent_id:
            return None
        lead = self.control.agent(call.agent_id)
        return None if lead is None else LeadView(number=lead.number, name=lead.name)

    def _devices(self, agent: AgentView) -> Devices:
        browser, desk, mobile = (DeviceId(agent.number + suffix) for suffix in ("-web", "", "-mobile"))
        return Devices(
            browser=DeviceView(id=browser, registered=self.control.registered(browser)),
            desk=DeviceView(id=desk, registered=self.control.registered(desk)),
            mobile=DeviceView(id=mobile, registered=self.control.engine().up) if agent.mobile else None,
        )

    def count_pickable(self, agent: AgentView) -> int:
        """How many calls of the agent's queues they could pick up now."""
        if not self.actor.may(Permission.DESK_PICK_UP):
            return 0
        return self.pickable.count(agent.queues, but=agent.agent_id)

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
        """Take part with the browser phone, the desk phone, or the mobile seat."""
        device_id = DeviceId(self.view().number + _DEVICE_SUFFIX[device])
        await self._ask(
            r.SignIn(at=_now(), agent_id=self.actor.agent_id, device_id=device_id, address=self.actor.address)
        )

    async def sign_out(self) -> None:
        """Leave."""
        await self._ask(r.SignOut(at=_now(), agent_id=self.actor.agent_id))

    async def set_state(self, state: AgentState, reason: str) -> None:
        """Go ready, busy, rest or offline. Who has not signed in does so by it, with the telephone that is registered."""
        signed_in = self.view().state is not AgentState.OFFLINE
        if state is AgentState.OFFLINE:
            if signed_in:
                await self.sign_out()
        else:
            if not signed_in:
                await self.sign_in(self._telephone())
            await self._ask(r.SetState(at=_now(), agent_id=self.actor.agent_id, state=state, reason=reason))

    def _telephone(self) -> str:
        """Which telephone to take part with where nothing is said: the browser's if only that is registered, else the desk's."""
        there = {
            kind: self.control.registered(DeviceId(self.view().number + _DEVICE_SUFFIX[kind]))
            for kind in ("desk", "browser")
        }
        return "browser" if there["browser"] and not there["desk"] else "desk"

    async def dial(self, to: str, hotline_id: str | None, queue_id: str | None) -> CallId:
        """Call a number through the agent's own telephone, for a hotline and a queue in sight.

        Raises:
            Refused: `not_allowed`, the hotline or the queue is another organisation's.
        """
        self._require_own(hotline_id, queue_id)
        number = "".join(c for c in to if c.isdigit() or c in "*#+")
        asked = await asking.ask(
            self.control,
            r.PlaceCall(
                at=_now(),
                agent_id=self.actor.agent_id,
                to=number,
                hotline_id=HotlineId(hotline_id) if hotline_id else None,
                queue_id=QueueId(queue_id) if queue_id else None,
            ),
        )
        assert asked.call_id is not None, "PlaceCall names its call"
        return asked.call_id

    def _require_own(self, hotline_id: str | None, queue_id: str | None) -> None:
        """Nobody shows another organisation's number, pays with its lines, or enters its figures."""
        own, site = self.view(), self.control.site()
        profile = next((one for one in site.agents if one.id == own.agent_id), None)
        usual = profile.default_hotline_id if profile is not None else None
        hotline = next((one for one in site.hotlines if one.id == hotline_id), None)
        if hotline_id and hotline_id != usual and not (hotline and self.actor.sees(hotline.authority_id)):
            raise r.Refused("not_allowed", "hotline")
        queue = next((one for one in site.queues if one.id == queue_id), None)
        if queue_id and queue_id not in own.queues and not (queue and self.actor.sees(queue.authority_id)):
            raise r.Refused("not_allowed", "queue")

    async def reattach(self) -> None:
        """Bring the reloaded desk back into the running call."""
        await self._ask(r.ReattachDevice(at=_now(), agent_id=self.actor.agent_id))

    async def finish_wrap_up(self) -> None:
        """End after-call work."""
        await self._ask(r.FinishWrapUp(at=_now(), agent_id=self.actor.agent_id))

    async def _ask(self, request: r.AnyRequest) -> None:
        await asking.ask(self.control, request)


def _now() -> datetime:
    return datetime.now(UTC)


def _my_role(agent: AgentView, call: CallView | None) -> MyRole:
    """What this agent is in the call on their desk."""
    if call is None:
        return ""
    for participant in call.participants:
        if participant.agent_id == agent.agent_id:
            return cast("MyRole", participant.role.value)
    rings = call.offer_kind is not None and call.talk_id is None
    return "lead" if call.agent_id == agent.agent_id and not rings else ""
