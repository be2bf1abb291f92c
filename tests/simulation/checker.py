"""An independent reader of the journal that holds it against the identities of the metric dictionary, after every event.

It shares no code with the core's own folds: what a call may do is written here a second time, from the specification.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime

from hotline.core import events as e
from hotline.core.events import AgentState, Disposition, OfferOutcome
from hotline.core.site import Site
from tests.simulation.order import Order, Place

AFTER_THE_END = (e.LegEnded, e.RecordingFinished, e.VoicemailLeft, e.WrapUpEnded, e.CallFailed)
IN_CALL = {
    AgentState.RINGING,
    AgentState.TALKING,
    AgentState.HOLDING,
    AgentState.DIALLING,
    AgentState.INTERNAL,
}


@dataclass
class CallAccount:
    """What the checker knows of one call."""

    began: datetime
    direction: e.Direction
    legs: set[str]
    ended: e.CallEnded | None = None
    visit: tuple[str, str] | None = None
    place: Place | None = None
    """In a line: while a visit is open, and as long as a kept place has not been taken."""
    offer: str | None = None
    talk: str | None = None
    """The lead agent's."""
    members: dict[str, str] = field(default_factory=dict)
    """Talks of conference members, by leg."""
    parties: set[str] = field(default_factory=set)
    forward: str | None = None
    talks: int = 0
    held: bool = False
    visits: int = 0
    outcomes: list[str] = field(default_factory=list)
    invited: bool = False
    requested: str | None = None
    """The number on which the caller wants to be called back."""
    duty_rang: bool = False
    duty_talked: bool = False


@dataclass
class AgentAccount:
    """What the checker knows of one agent."""

    state: AgentState = AgentState.OFFLINE
    since: datetime | None = None
    first: datetime | None = None
    seconds: dict[AgentState, float] = field(default_factory=lambda: defaultdict(float))
    offer: str | None = None
    talk: str | None = None


class Checker:
    """Feed it every batch of events; it raises AssertionError at the first one that breaks a law."""

    def __init__(self, site: Site) -> None:
        self.calls: dict[str, CallAccount] = {}
        self.agents: dict[str, AgentAccount] = defaultdict(AgentAccount)
        self.arrived = 0
        self.kept = 0
        """Places kept for calling back."""
        self.running = 0
        self.dispositions: Counter[Disposition] = Counter()
        self.entered: Counter[str] = Counter()
        self.left: dict[str, Counter[str]] = defaultdict(Counter)
        self.order = Order(site)
        self.offers: dict[str, tuple[str, str | None]] = {}
        self.offers_made = 0
        self.offer_outcomes: Counter[OfferOutcome] = Counter()
        self.messages: set[str] = set()
        self.recordings: set[str] = set()
        self.last: datetime | None = None

    def see(self, events: tuple[e.Event, ...]) -> None:
        """Check one batch, event by event."""
        for event in events:
            if isinstance(event, e.CallEvent):
                self._call_event(event)
            elif isinstance(event, e.AgentEvent):
                self._agent_event(event)
            self._identities()
        for agent in self.agents.values():
            if agent.offer is not None:
                assert agent.state is AgentState.RINGING
            if agent.talk is not None:
                assert agent.state in {AgentState.TALKING, AgentState.HOLDING, AgentState.INTERNAL}

    def _identities(self) -> None:
        assert self.arrived == self.dispositions.total() + self.running
        open_offers = len(self.offers)
        assert self.offers_made == self.offer_outcomes.total() + open_offers

    def _call_event(self, event: e.CallEvent) -> None:
        if isinstance(event, e.CallbackQueued):
            self._place_kept(event)
            return
        if isinstance(event, e.CallArrived | e.CallPlaced):
            assert event.call_id not in self.calls, "a call begins once"
            inbound = isinstance(event, e.CallArrived)
            direction = e.Direction.INBOUND if inbound else event.direction
            self.calls[event.call_id] = CallAccount(event.at, direction, {event.leg_id})
            if inbound:
                self.arrived += 1
                self.running += 1
            return
        call = self.calls[event.call_id]
        if call.ended is not None:
            assert isinstance(event, AFTER_THE_END), f"{event} after the end"
        handler = getattr(self, f"_{type(event).__name__}", None)
        if handler is not None:
            handler(call, event)

    def _LegStarted(self, call: CallAccount, event: e.LegStarted) -> None:
        assert event.leg_id not in call.legs
        call.legs.add(event.leg_id)

    def _LegEnded(self, call: CallAccount, event: e.LegEnded) -> None:
        call.legs.remove(event.leg_id)

    def _QueueEntered(self, call: CallAccount, event: e.QueueEntered) -> None:
        assert call.visit is None and call.talk is None, "one visit at a time, not while talking"
        since = event.waiting_since or event.at
        call.visit = (event.visit_id, event.queue_id)
        call.place = Place(event.queue_id, event.priority, event.at, since)
        call.visits += 1
        self.entered[event.queue_id] += 1
        self.order.wait(event.call_id, call.place)

    def _QueueLeft(self, call: CallAccount, event: e.QueueLeft) -> None:
        assert call.visit is not None and call.visit[0] == event.visit_id, "the visit that is open ends, once"
        assert call.offer is None, "an offer ends before its visit"
        assert call.place is not None
        self.order.leave(event.call_id, call.place)
        call.visit = call.place = None
        call.outcomes.append(event.outcome)
        self.left[event.queue_id][event.outcome] += 1
        still = (
            sum(1 for c in self.calls.values() if c.visit and c.visit[1] == event.queue_id)
            if len(self.calls) < 50
            else None
        )
        if still is not None:
            assert self.entered[event.queue_id] == self.left[event.queue_id].total() + still

    def _OfferMade(self, call: CallAccount, event: e.OfferMade) -> None:
        assert call.offer is None, "no call rings at two agents"
        if event.agent_id is not None:
            agent = self.agents[event.agent_id]
            assert agent.offer is None and agent.talk is None, "no agent has two calls"
            assert agent.state not in IN_CALL | {AgentState.OFFLINE}, f"offered while {agent.state}"
            agent.offer = event.offer_id
        kept = call.place is not None and call.place.kept
        assert (event.kind is e.OfferKind.CALLBACK) is kept
        if call.place is not None:
            self.order.offered(event, call.place)
        call.duty_rang |= event.kind is e.OfferKind.DUTY
        call.offer = event.offer_id
        self.offers[event.offer_id] = (event.call_id, event.agent_id)
        self.offers_made += 1

    def _place_kept(self, event: e.CallbackQueued) -> None:
        assert event.call_id not in self.calls
        assert self.calls[event.from_call_id].requested == event.number
        place = Place(event.queue_id, event.priority, event.at, event.waiting_since, kept=True)
        self.calls[event.call_id] = CallAccount(event.at, e.Direction.OUTBOUND, set(), place=place)
        self.kept += 1
        self.order.wait(event.call_id, place)

    def _CallbackRequested(self, call: CallAccount, event: e.CallbackRequested) -> None:
        assert call.visit is None and call.requested is None
        call.requested = event.number

    def _CallbackStarted(self, call: CallAccount, event: e.CallbackStarted) -> None:
        assert call.place is not None and call.place.kept and call.offer is None
        assert event.leg_id in call.legs

    def _CallbackPostponed(self, call: CallAccount, event: e.CallbackPostponed) -> None:
        assert call.place is not None and call.offer is None and call.talk is None
        call.place = replace(call.place, not_before=event.until)
        self.order.wait(event.call_id, call.place)

    def _OfferEnded(self, call: CallAccount, event: e.OfferEnded) -> None:
        assert call.offer == event.offer_id, "the offer that is open ends, once"
        call.offer = None
        _, agent_id = self.offers.pop(event.offer_id)
        assert agent_id == event.agent_id
        if agent_id is not None:
            self.agents[agent_id].offer = None
        self.offer_outcomes[event.outcome] += 1
        if call.place is not None and event.outcome is not OfferOutcome.ANSWERED:
            self.order.wait(event.call_id, call.place)

    def _TalkStarted(self, call: CallAccount, event: e.TalkStarted) -> None:
        assert call.visit is None and call.offer is None and call.forward is None
        agent = self.agents[event.agent_id]
        assert agent.talk is None
        agent.talk = event.talk_id
        if call.talk is None:
            assert event.leg_id not in call.parties
            call.talk = event.talk_id
        else:
            assert event.leg_id in call.parties and event.leg_id not in call.members
            call.members[event.leg_id] = event.talk_id
        call.talks += 1
        assert event.leg_id in call.legs

    def _LeadTaken(self, call: CallAccount, event: e.LeadTaken) -> None:
        assert call.talk is None and call.members.pop(event.leg_id) == event.talk_id
        call.parties.remove(event.leg_id)
        call.talk = event.talk_id

    def _ParticipantInvited(self, call: CallAccount, event: e.ParticipantInvited) -> None:
        assert event.leg_id not in call.parties and event.leg_id not in call.legs
        assert call.talk is not None, "only into a talk"
        call.parties.add(event.leg_id)

    def _ParticipantLeft(self, call: CallAccount, event: e.ParticipantLeft) -> None:
        call.parties.remove(event.leg_id)
        assert event.leg_id not in call.members, "a member's talk ends first"

    def _ForwardStarted(self, call: CallAccount, event: e.ForwardStarted) -> None:
        assert call.talk is None and call.visit is None and call.offer is None and call.forward is None
        assert event.leg_id in call.legs
        call.forward = event.leg_id
        call.duty_talked |= event.kind is e.OfferKind.DUTY

    def _ForwardEnded(self, call: CallAccount, event: e.ForwardEnded) -> None:
        assert call.forward == event.leg_id
        call.forward = None

    def _HoldStarted(self, call: CallAccount, event: e.HoldStarted) -> None:
        assert call.talk == event.talk_id and not call.held
        call.held = True

    def _HoldEnded(self, call: CallAccount, event: e.HoldEnded) -> None:
        assert call.talk == event.talk_id and call.held
        call.held = False

    def _TalkEnded(self, call: CallAccount, event: e.TalkEnded) -> None:
        if call.talk == event.talk_id:
            assert not call.held
            call.talk = None
        else:
            leg_id = next(leg for leg, talk in call.members.items() if talk == event.talk_id)
            del call.members[leg_id]
        assert self.agents[event.agent_id].talk == event.talk_id
        self.agents[event.agent_id].talk = None

    def _RecordingStarted(self, call: CallAccount, event: e.RecordingStarted) -> None:
        assert event.recording_id not in self.recordings
        self.recordings.add(event.recording_id)

    def _RecordingFinished(self, call: CallAccount, event: e.RecordingFinished) -> None:
        self.recordings.remove(event.recording_id)

    def _SurveyInvited(self, call: CallAccount, event: e.SurveyInvited) -> None:
        assert call.talks and not call.invited, "only whom an agent served, and once"
        call.invited = True

    def _SurveyAnswered(self, call: CallAccount, event: e.SurveyAnswered) -> None:
        assert call.invited

    def _VoicemailLeft(self, call: CallAccount, event: e.VoicemailLeft) -> None:
        assert event.call_id not in self.messages
        self.messages.add(event.call_id)

    def _CallEnded(self, call: CallAccount, event: e.CallEnded) -> None:
        assert call.visit is None and call.offer is None and call.talk is None, (
            "everything open is closed first"
        )
        assert not call.parties and not call.members and call.forward is None
        call.ended = event
        if call.place is not None:
            self.order.leave(event.call_id, call.place)
        if call.direction is not e.Direction.INBOUND:
            return
        self.running -= 1
        self.dispositions[event.disposition] += 1
        expected = {
            Disposition.AGENT_ANSWERED: call.talks > 0,
            Disposition.QUEUE_ABANDONED: call.outcomes[-1:] in (["abandoned_waiting"], ["voicemail"])
            and not call.talks,
            Disposition.DUTY_ANSWERED: call.duty_talked and not call.talks,
            Disposition.DUTY_ABANDONED: call.duty_rang and not call.duty_talked and not call.talks,
            Disposition.CALLBACK_REQUESTED: call.requested is not None and not call.talks,
            Disposition.RING_ABANDONED: call.outcomes[-1:] == ["abandoned_ringing"] and not call.talks,
            Disposition.SELF_SERVED: call.visits == 0,
            Disposition.IVR_HANGUP: call.visits == 0,
            Disposition.OVERFLOW_LOST: call.outcomes[-1:] == ["overflowed"],
            Disposition.SYSTEM_LOST: True,
            Disposition.VOICEMAIL: not call.talks,
            Disposition.REJECTED: not call.visits,
            Disposition.CLOSED: True,
        }
        assert expected[event.disposition], f"{event.disposition} after {call.outcomes}, {call.talks} talks"

    def _agent_event(self, event: e.AgentEvent) -> None:
        agent = self.agents[event.agent_id]
        if isinstance(event, e.AgentStateChanged):
            if agent.since is None:
                agent.first = event.at
            else:
                assert event.at >= agent.since, "time does not run back"
                agent.seconds[agent.state] += (event.at - agent.since).total_seconds()
            agent.state, agent.since = event.state, event.at
            if event.state in IN_CALL:
                assert event.call_id is not None and self.calls[event.call_id].ended is None
        elif isinstance(event, e.AgentSignedIn):
            assert agent.state is AgentState.OFFLINE
        elif isinstance(event, e.AgentSignedOut):
            assert agent.state is not AgentState.OFFLINE

    def at_the_end(self, *, restarted: bool = False) -> None:
        """When the day is over nothing may be left open, and the agents' states cover the clock without a gap.

        `restarted`: the application crashed on the way; it then no longer hears of legs of calls that had already ended.
        """
        assert self.running == 0 and not self.offers
        for call_id, call in self.calls.items():
            assert call.ended is not None, f"call {call_id} was lost"
            assert restarted or not call.legs, f"legs of call {call_id} were forgotten"
        for queue_id, entered in self.entered.items():
            assert entered == self.left[queue_id].total()
        for agent in self.agents.values():
            assert agent.first is not None and agent.since is not None
            covered = sum(agent.seconds.values())
            assert abs(covered - (agent.since - agent.first).total_seconds()) < 0.001
            assert agent.offer is None and agent.talk is None
