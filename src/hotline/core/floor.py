"""The floor of the centre: everything that runs now, and the one place where events, commands and timers go out.

`emit` writes an event and folds it into the state at once, so that state and journal cannot disagree; restoring folds the same events.
The chapters (ivr, queueing, talking, …) are functions over a floor. Knows no clock and no I/O.
"""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

from hotline.core import agent as agents_fold
from hotline.core import beginning, call_fold
from hotline.core import events as e
from hotline.core.agent import Agent
from hotline.core.call import Call, Phase
from hotline.core.channels import Channels, Dialled
from hotline.core.events import AgentState
from hotline.core.ids import (
    AgentId,
    AuthorityId,
    CallId,
    DeviceId,
    LegId,
    NewId,
    QueueId,
    RecordingId,
    TimerId,
)
from hotline.core.inquiry_messages import Inquire
from hotline.core.last_agents import LastAgents
from hotline.core.outbound_rules import CallsToday
from hotline.core.routing import EVERYBODY, QueueLine, WaitKey, rank_of, ready_key
from hotline.core.site import AgentProfile, Queue, Site
from hotline.core.site_index import SiteIndex
from hotline.core.switching import SwitchCommand
from hotline.core.timers import CancelTimer, SetTimer

Command = SwitchCommand | SetTimer | CancelTimer | Inquire

OPEN_RECORDINGS_MAX = 10_000


@dataclass(frozen=True, slots=True)
class OpenRecording:
    """A recording whose file is not yet closed; its call may be over."""

    call_id: CallId
    authority_id: AuthorityId
    leg_id: LegId | None
    path: str
    kind: str
    queue_id: QueueId | None


class Floor:
    """All state of a centre."""

    def __init__(self, site: Site, new_id: NewId) -> None:
        self.new_id = new_id
        self.index = SiteIndex(site)
        self.calls: dict[CallId, Call] = {}
        self.agents: dict[AgentId, Agent] = {}
        self.legs: dict[LegId, CallId] = {}
        self.taking_part: dict[AgentId, CallId] = {}
        """Who takes part in a call beside its lead agent; leaders need not be signed in."""
        self.lines: dict[QueueId, QueueLine] = {q.id: QueueLine() for q in site.queues}
        self.devices: set[DeviceId] = set()
        self.engine_up = False
        self.running = 0
        """Calls that have not ended."""
        self.timers: dict[TimerId, datetime] = {}
        self.recordings: dict[RecordingId, OpenRecording] = {}
        self.newly_ready: deque[AgentId] = deque()
        self.newly_waiting: deque[QueueId] = deque()
        self.newly_unstaffed: deque[QueueId] = deque()
        self.working_on: CallId | None = None
        """The call last touched: whom to blame when a bug shows itself."""
        self.arrivals = 0
        self.offers = 0
        self.channels = Channels()
        self.dialled: dict[LegId, Dialled] = {}
        """Numbers that are being dialled and have not rung yet."""
        self.calls_today = CallsToday()
        self.last_agents = LastAgents()
        self.asked_for: dict[AgentId, set[CallId]] = {}
        """Calls that wait for the agent who served their callers last."""
        self._events: list[e.Event] = []
        self._commands: list[Command] = []

    # ── going out ──

    def emit(self, event: e.Event) -> None:
        """Write an event and bring the state up to date with it."""
        self._events.append(event)
        self.apply(event)

    def command(self, command: SwitchCommand) -> None:
        """Ask something of the switch, after the events so far are durable."""
        self._commands.append(command)

    def inquire(self, inquiry: Inquire) -> None:
        """Ask something outside, after the events so far are durable."""
        self._commands.append(inquiry)

    def set_timer(self, kind: str, owner: str, at: datetime) -> None:
        """Wake `owner` (a call or an agent) at `at`; replaces a timer of the same kind."""
        timer_id = TimerId(f"{kind}:{owner}")
        self.timers[timer_id] = at
        self._commands.append(SetTimer(timer_id, at))

    def cancel_timer(self, kind: str, owner: str) -> None:
        """Forget a timer, if there is one."""
        timer_id = TimerId(f"{kind}:{owner}")
        if self.timers.pop(timer_id, None) is not None:
            self._commands.append(CancelTimer(timer_id))

    def take(self) -> tuple[tuple[e.Event, ...], tuple[Command, ...]]:
        """Return what went out since the last time."""
        out = tuple(self._events), tuple(self._commands)
        self._events.clear()
        self._commands.clear()
        return out

    # ── folding ──

    def apply(self, event: e.Event) -> None:
        """Fold one event into the state (also used to restore)."""
        if isinstance(event, e.CallEvent):
            self.channels.hears(event)
            self.calls_today.hears(self.index.site, event)
            self._apply_to_call(event)
        elif isinstance(event, e.AgentEvent):
            self._apply_to_agent(event)

    def _apply_to_call(self, event: e.CallEvent) -> None:
        if isinstance(event, beginning.Beginning):
            call = self.calls[event.call_id] = beginning.begin(event)
            for leg_id in call.legs:
                self.legs[leg_id] = event.call_id
            self.running += 1
            return
        call = self.calls.get(event.call_id)
        if call is not None:
            self.working_on = event.call_id
            self._learn(call, event)
            call_fold.evolve(call, event)
        match event:
            case e.LegStarted():
                self.legs[event.leg_id] = event.call_id
            case e.LegEnded():
                self.legs.pop(event.leg_id, None)
                self.dialled.pop(event.leg_id, None)
            case e.OfferMade() | e.OfferEnded() | e.TalkStarted() if event.agent_id is not None:
                agent = self.agents.get(event.agent_id)
                if agent is not None:
                    agents_fold.hears(agent, event)
                if isinstance(event, e.TalkStarted) and call is not None:
                    self.last_agents.served(call, event.agent_id)
            case e.ParticipantInvited(agent_id=str() as agent_id):
                self.taking_part[agent_id] = event.call_id
            case e.ParticipantLeft() | e.LeadTaken() | e.CallEnded() if self.taking_part:
                self._sync_taking_part(event.call_id, call)
            case e.RecordingStarted():
                self._recording_started(event, call)
            case e.RecordingFinished():
                self.recordings.pop(event.recording_id, None)
            case _:
                pass
        if isinstance(event, e.CallEnded):
            self.running -= 1

    def _sync_taking_part(self, call_id: CallId, call: Call | None) -> None:
        left = {p.agent_id for p in call.participants.values()} if call is not None else set()
        for agent_id, of in list(self.taking_part.items()):
            if of == call_id and agent_id not in left:
                del self.taking_part[agent_id]

    def _learn(self, call: Call, event: e.CallEvent) -> None:
        """Take the length of a talk or its after-call work into the mean of its queue."""
        if isinstance(event, e.TalkEnded) and call.talk is not None and call.talk.talk_id == event.talk_id:
            line = self.lines.get(call.talk.queue_id) if call.talk.queue_id is not None else None
            if line is not None:
                line.handled.add((event.at - call.talk.started_at).total_seconds())
        elif isinstance(event, e.WrapUpEnded) and call.last_queue_id is not None:
            line = self.lines.get(call.last_queue_id)
            if line is not None:
                line.wrapped.add(event.seconds)

    def _recording_started(self, event: e.RecordingStarted, call: Call | None) -> None:
        if (
            len(self.recordings) >= OPEN_RECORDINGS_MAX
        ):  # an engine that never reports must not eat the memory
            del self.recordings[next(iter(self.recordings))]
        self.recordings[event.recording_id] = OpenRecording(
            event.call_id,
            event.authority_id,
            event.leg_id,
            event.path,
            event.kind,
            call.last_queue_id if call else None,
        )

    def _apply_to_agent(self, event: e.AgentEvent) -> None:
        agent = self.agents.get(event.agent_id)
        if agent is None:
            agent = self.agents[event.agent_id] = self._new_agent(event)
        was_signed_in, was_at_work = agent.signed_in, agent.state in agents_fold.AT_WORK
        agents_fold.evolve(agent, event)
        if agent.signed_in is not was_signed_in:
            self._count_signed_in(agent)
        if (agent.state in agents_fold.AT_WORK) is not was_at_work:
            self._count_at_work(agent, -1 if was_at_work else 1)
        if isinstance(event, e.AgentStateChanged):
            self.sync_ready(agent)

    def _new_agent(self, event: e.AgentEvent) -> Agent:
        profile = self.index.agents.get(event.agent_id)
        if profile is None:  # was removed from the site since
            profile = AgentProfile(id=event.agent_id, authority_id=event.authority_id, number="", name="")
        return Agent(
            agent_id=event.agent_id, authority_id=event.authority_id, profile=profile, since=event.at
        )

    def _count_signed_in(self, agent: Agent) -> None:
        for membership in agent.profile.queues:
            line = self.lines.get(membership.queue_id)
            if line is None:
                continue
            line.signed_in += 1 if agent.signed_in else -1
            if line.signed_in == 0:
                self.newly_unstaffed.append(membership.queue_id)

    def _count_at_work(self, agent: Agent, change: int) -> None:
        for membership in agent.profile.queues:
            line = self.lines.get(membership.queue_id)
            if line is not None:
                line.at_work += change

    # ── lines ──

    def sync_ready(self, agent: Agent) -> None:
        """Let the agent stand in the lines of ready agents exactly when a call may be offered."""
        available = agent.state is AgentState.READY and self.engine_up and self.reachable(agent.device_id)
        if available is bool(agent.ready_keys):
            return
        if not available:
            for queue_id, (key, level) in agent.ready_keys.items():
                self.lines[queue_id].remove_ready(key, level)
            agent.ready_keys.clear()
            return
        for membership in agent.profile.queues:
            queue = self.index.queues.get(membership.queue_id)
            if queue is not None:
                key = ready_key(queue, membership, agent)
                self.lines[queue.id].add_ready(key, membership.level)
                agent.ready_keys[queue.id] = key, membership.level
        self.newly_ready.append(agent.agent_id)

    def wait_key(self, call: Call) -> WaitKey:
        """Return the call's place in the line of its queue, as one who comes now."""
        place = call.place
        assert place is not None
        self.arrivals += 1
        rank = rank_of(self.index.queues[place.queue_id], place.priority, place.waiting_since)
        return rank, place.waiting_since, self.arrivals, call.call_id

    def join_line(self, call: Call, reach: int = EVERYBODY) -> int:
        """Let the call wait in its queue's line, to be offered up to this skill level; returns its position."""
        place = call.place
        assert place is not None and call.line_key is None
        call.line_key, call.line_queue_id = self.wait_key(call), place.queue_id
        line = self.lines[place.queue_id]
        line.join(call.line_key, reach, kept=call.visit is None)
        self.newly_waiting.append(place.queue_id)
        return line.position(call.line_key)

    def leave_line(self, call: Call) -> None:
        """Take the call out of its line, if it stands in one."""
        if call.line_key is None:
            return
        assert call.line_queue_id is not None
        line = self.lines.get(call.line_queue_id)
        if line is not None:
            line.leave(call.line_key, kept=call.visit is None)
        call.line_key = call.line_queue_id = None
        self.ask_for_nobody(call)
        self.cancel_timer("widen", call.call_id)

    def ask_for_nobody(self, call: Call) -> None:
        """The call no longer waits for one agent."""
        if call.asks_for is not None:
            asking = self.asked_for.get(call.asks_for)
            if asking is not None:
                asking.discard(call.call_id)
                if not asking:
                    del self.asked_for[call.asks_for]
            call.asks_for = None

    # ── looking up ──

    def reachable(self, device_id: DeviceId | None) -> bool:
        """Whether this telephone can be rung: it is registered, or it is a mobile seat, which is rung through a trunk."""
        return device_id in self.devices or (self.engine_up and device_id in self.index.mobiles)

    def agent_of(self, agent_id: AgentId | None) -> Agent | None:
        """Return the agent, if they ever signed in."""
        return None if agent_id is None else self.agents.get(agent_id)

    def queue_of(self, queue_id: QueueId | None) -> Queue | None:
        """Return the queue's settings, if it still exists."""
        return None if queue_id is None else self.index.queues.get(queue_id)

    def forget_if_over(self, call: Call) -> None:
        """Drop a call that has ended, has no leg left and no agent in after-call work."""
        if call.phase is Phase.ENDED and not call.legs and not call.wrapping:
            self.cancel_timer("linger", call.call_id)
            self.calls.pop(call.call_id, None)

    def id(self) -> str:
        """Return a fresh id (cast by the caller's type)."""
        return self.new_id()


def later(at: datetime, seconds: float) -> datetime:
    """Return the moment `seconds` after `at`."""
    return at + timedelta(seconds=seconds)


def agent_in(floor: Floor, agent_id: AgentId) -> Agent:
    """Return an agent who must be there: one who rings or talks."""
    return floor.agents[agent_id]
