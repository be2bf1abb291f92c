"""A small centre in which everybody tries everything: random people, verbs, telephones and faults over the simulated switch.

After every input the identities are checked, and who hears whom is held against the words of the specification.
"""

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from random import Random
from typing import Any

from hotline.core import events as e
from hotline.core import requests as r
from hotline.core.call import Call, Phase
from hotline.core.centre import Centre, Outcome
from hotline.core.events import AgentState, Role, TargetKind
from hotline.core.ids import AgentId, CallId, DeviceId, LegId, TimerId
from hotline.core.requests import Refused, Target
from hotline.core.site import Overflow, OverflowTo, Site
from hotline.core.switching import HangUpCause
from hotline.core.timers import CancelTimer, SetTimer, TimerFired
from hotline.simulation.clock import VirtualClock
from hotline.simulation.plan import Faults
from hotline.simulation.switchboard import SimulatedLeg, Switchboard
from tests.simulation.checker import Checker
from tests.unit.core_bench import NUMBER, SURVEY, agent, queue, site

PEOPLE = ("1001", "1002", "1003", "1004", "2001", "2002")
BASE = site(
    survey=SURVEY,
    queues=[
        queue(survey=True, wrap_up_s=3.0, ring_timeout_s=8.0),
        queue("b", max_wait_s=40.0, overflow=Overflow(to=OverflowTo.VOICEMAIL), wrap_up_s=0.0),
    ],
    agents=[
        agent("1001"),
        agent("1002", "advice", "b"),
        agent("1003"),
        agent("1004", "b"),
        replace(agent("2001", "b"), leader=True),
        replace(agent("2002", "b"), leader=True),
    ],
    transfer_ring_s=8.0,
    reattach_grace_s=6.0,
)
SITE: Site = replace(BASE, trunks=(replace(BASE.trunks[0], max_calls=12),))
CALM = Faults()
ROUGH = Faults(repeats=0.05, failures=0.03, silences=0.02, restarts_per_hour=20.0, engine_losses_per_hour=4.0)


class Telephone:
    """A telephone and whoever sits beside it: picks up, refuses, lets it ring, hangs up, as chance will have it."""

    def __init__(self, office: "Office", *, chances: tuple[float, float, float] = (0.65, 0.1, 0.1)) -> None:
        self.office = office
        self.chances = chances

    def rung(self, leg: SimulatedLeg, *, auto: bool) -> None:
        """Be called."""
        office, chance = self.office, self.office.chance.random()
        picks, refuses, busy = self.chances
        delay_s = 0.3 if auto else office.chance.uniform(0.5, 7.0)
        if auto or chance < picks:
            office.clock.after(delay_s, lambda: self._up(leg))
        elif chance < picks + refuses:
            office.clock.after(delay_s, lambda: office.switch.hang_up(leg, HangUpCause.REJECTED))
        elif chance < picks + refuses + busy:
            office.clock.after(0.2, lambda: office.switch.hang_up(leg, HangUpCause.BUSY))

    def _up(self, leg: SimulatedLeg) -> None:
        self.office.switch.pick_up(leg)
        self.office.tire(leg)

    def hears(self, leg: SimulatedLeg, sounds: tuple[str, ...]) -> None:
        """Some press keys at what they hear."""
        if self.office.chance.random() < 0.3:
            key = self.office.chance.choice("123#*")
            self.office.clock.after(1.5, lambda: self.office.switch.press(leg, key))

    def connected(self, leg: SimulatedLeg) -> None:
        """Nor is a talk."""

    def gone(self, leg: SimulatedLeg) -> None:
        """Nor its end."""


class Office:
    """A small centre in which everybody tries everything."""

    def __init__(self, seed: int, faults: Faults = CALM, the_site: Site = SITE) -> None:
        self.chance = Random(seed)
        self.faults = faults
        self.site = the_site
        self.clock = VirtualClock()
        ids = count(1)
        self.new_id = lambda: f"{next(ids):06x}"
        self.centre = Centre(the_site, self.new_id)
        self.switch = Switchboard(self.clock, the_site, faults, self.chance, self.take)
        self.switch.far_ends = lambda _number: Telephone(self, chances=(0.55, 0.15, 0.15))
        for number in PEOPLE:
            for device in (f"{number}-web", number):
                self.switch.person_at[DeviceId(device)] = Telephone(self)
        self.checker = Checker(the_site)
        self.journal: list[e.Event] = []
        self.timers: dict[TimerId, int] = {}
        self.set = 0
        self.closing = False
        self.calls: list[CallId] = []
        self.done: dict[str, int] = {}
        self.watchers: list[Callable[[], None]] = []
        """To be asked after every input."""
        self.refusals: list[str] = []

    # ── the shell ──

    def take(self, message: Any) -> None:
        self._out(self.centre.handle(message))

    def _out(self, outcome: Outcome) -> None:
        self.checker.see(outcome.events)
        self.journal += outcome.events
        self.calls += [x.call_id for x in outcome.events if isinstance(x, e.CallArrived | e.CallPlaced)]
        for command in outcome.commands:
            if isinstance(command, SetTimer):
                self._timer(command)
            elif isinstance(command, CancelTimer):
                self.timers.pop(command.timer_id, None)
            else:
                self.switch.execute(command)
        if not self.faults.failures:
            for call in self.centre.calls.values():
                self._audio(call)
        for watcher in self.watchers:
            watcher()

    def _timer(self, command: SetTimer) -> None:
        self.set += 1
        number = self.timers[command.timer_id] = self.set

        def fire() -> None:
            if self.timers.get(command.timer_id) == number:
                del self.timers[command.timer_id]
                self.take(TimerFired(command.timer_id, max(self.clock.at, command.at)))

        self.clock.on(self.clock.seconds(command.at), fire)

    def ask(self, request: r.AnyRequest) -> None:
        """A refusal changes nothing."""
        before = len(self.journal)
        name, code = type(request).__name__, ""
        try:
            self.take(request)
        except Refused as refused:
            code = refused.code
        if code:
            assert len(self.journal) == before
            assert not self.centre.floor.take()[0], f"{name} was refused and changed something"
            name = f"{name}!"
        self.done[name] = self.done.get(name, 0) + 1

    # ── who hears whom, written down a second time ──

    def _audio(self, call: Call) -> None:
        heard = expected(call)
        if heard is None or not heard.keys() <= self.switch.legs.keys():
            return
        ears = self.switch.connections
        for leg_id, others in heard.items():
            if not ears.playing.get(leg_id):
                assert ears.hears(leg_id) == others, f"{call.phase}: {leg_id} of {call}"
            else:  # an announcement is heard alone; music on hold goes on
                assert call.phase in {Phase.TALKING, Phase.HOLDING}

    # ── what people do ──

    def tire(self, leg: SimulatedLeg) -> None:
        """Sooner or later everybody hangs up, or their line breaks."""
        seconds = 1.0 if self.closing else self.chance.expovariate(1 / 90.0)
        self.clock.after(seconds, lambda: self._enough(leg))

    def _enough(self, leg: SimulatedLeg) -> None:
        if self.chance.random() < 0.15:
            self.switch.break_leg(leg, HangUpCause.TRANSPORT_LOST)
        else:
            self.switch.hang_up(leg)

    def citizen(self) -> None:
        """Somebody calls."""
        if self.switch.up:
            leg = self.switch.call_in(LegId(self.new_id()), Telephone(self), "13800000000", NUMBER)
            self.tire(leg)

    def verb(self) -> None:
        """Somebody tries something."""
        chance = self.chance
        number = AgentId(chance.choice(PEOPLE))
        own = self.centre.agents.get(number)
        mine = own.call_id if own is not None else None
        mine = mine or self.centre.floor.taking_part.get(number)
        if mine is None and not number.startswith("2") and chance.random() < 0.7:
            return
        running = [c.call_id for c in self.centre.calls.values() if c.talk is not None]
        calls = running or self.calls[-5:] or [CallId("none")]
        call_id = mine if mine is not None and chance.random() < 0.97 else chance.choice(calls)
        verbs = fitting(self.centre.calls.get(call_id), number) if chance.random() < 0.8 else VERBS
        self.ask(chance.choice(verbs)(self, {"at": self.clock.at, "agent_id": number}, call_id))

    def target(self) -> Target:
        kind = self.chance.choice([*TargetKind, TargetKind.AGENT, TargetKind.AGENT, TargetKind.NUMBER])
        value = {
            TargetKind.AGENT: self.chance.choice(PEOPLE),
            TargetKind.QUEUE: self.chance.choice(("advice", "b", "none")),
            TargetKind.NUMBER: self.chance.choice(("13911112222", "0085212345678", "x")),
        }.get(kind, "")
        return Target(kind=kind, value=value)

    def party(self, call_id: CallId) -> LegId:
        call = self.centre.calls.get(call_id)
        there = list(call.participants) if call is not None else []
        return self.chance.choice(there) if there else LegId("none")

    # ── a day ──

    def run(self, seconds: float = 400.0) -> None:
        """Let it happen, and let it end."""
        self.switch.come_back()
        for number in PEOPLE:
            self.switch.register(DeviceId(f"{number}-web"))
            if number != "2002":
                self.clock.after(0.5, lambda number=number: self._sign_in(number))
        time_s = 1.0
        while time_s < seconds:
            self.clock.on(time_s, self.verb)
            if self.chance.random() < 0.08:
                self.clock.on(time_s, self.citizen)
            time_s += self.chance.expovariate(1.5)
        self._plan(self.faults.restarts_per_hour, seconds, self.restart)
        self._plan(self.faults.engine_losses_per_hour, seconds, self.lose_engine)
        self._plan(60.0, seconds, self.drop_device)
        self.clock.run(seconds)
        self.close()

    def _plan(self, per_hour: float, seconds: float, deed: Any) -> None:
        for _ in range(round(per_hour * seconds / 3600 * self.chance.uniform(0, 2))):
            self.clock.on(self.chance.uniform(0, seconds), deed)

    def _sign_in(self, number: str) -> None:
        common = {"at": self.clock.at, "agent_id": AgentId(number)}
        self.ask(r.SignIn(**common, device_id=DeviceId(f"{number}-web")))  # pyright: ignore[reportArgumentType]

    def drop_device(self) -> None:
        device = DeviceId(f"{self.chance.choice(PEOPLE)}-web")
        self.switch.unregister(device)
        self.clock.after(self.chance.uniform(0.5, 12.0), lambda: self.switch.register(device))

    def lose_engine(self) -> None:
        if self.switch.up:
            self.switch.lose_everything()
            self.clock.after(2.0, self._engine_back)

    def _engine_back(self) -> None:
        self.switch.come_back()
        self._out(self.centre.adopt(self.switch.snapshot(), self.clock.at))
        for number in PEOPLE:
            self.switch.register(DeviceId(f"{number}-web"))

    def folded(self) -> Centre:
        """Fold the journal's open streams as recovery does."""
        ended = {x.call_id for x in self.journal if isinstance(x, e.CallEnded)}
        fresh = Centre(self.site, self.new_id)
        fresh.restore(
            x for x in self.journal if getattr(x, "call_id", None) not in ended or hasattr(x, "state")
        )
        return fresh

    def restart(self) -> None:
        """The application is killed and comes back."""
        if self.switch.up:
            self.timers.clear()
            self.centre = self.folded()
            self._out(self.centre.adopt(self.switch.snapshot(), self.clock.at))

    def close(self) -> None:
        """Everybody hangs up and goes home; whatever is still there after that is stuck."""
        self.closing = True
        for _ in range(6):
            for leg in list(self.switch.legs.values()):
                self.tire(leg)
            self.clock.run(self.clock.now_s + 120.0)
        for number in PEOPLE:
            self.ask(r.SignOut(at=self.clock.at, agent_id=AgentId(number)))
        self.clock.run(self.clock.now_s + 300.0)


def expected(call: Call) -> dict[LegId, set[LegId]] | None:
    """Say who is to hear whom in a talk, from the words of the specification; None when the machine has the caller."""
    citizen, talk = call.outside_leg, call.talk
    if call.phase is Phase.FORWARDED and call.forwarding is not None and citizen is not None:
        return {citizen: {call.forwarding.leg_id}, call.forwarding.leg_id: {citizen}}
    if call.phase not in {Phase.TALKING, Phase.HOLDING} or talk is None or citizen is None:
        return None
    there = {p.leg_id: p for p in call.participants.values() if p.up}
    open_ = {leg for leg, p in there.items() if p.role in {Role.MEMBER, Role.BARGE}}
    aside = {leg for leg, p in there.items() if p.role is Role.CONSULTED}
    whisper = {leg for leg, p in there.items() if p.role is Role.WHISPER}
    listeners = whisper | {leg for leg, p in there.items() if p.role is Role.MONITOR}
    if call.phase is Phase.TALKING:
        talkers = {citizen, talk.leg_id} | open_
    elif aside:
        talkers = {talk.leg_id} | aside
    else:
        talkers = {talk.leg_id} | open_
    mute = {leg for leg, p in there.items() if p.muted} | ({talk.leg_id} if talk.muted else set())
    heard: dict[LegId, set[LegId]] = {citizen: set()} | {leg: set() for leg in there}
    for leg in talkers:
        heard[leg] = talkers - {leg} - mute
    heard[talk.leg_id] |= whisper - mute
    for leg in listeners:
        heard[leg] = talkers - mute
    return heard


def _with_call(kind: Any, **fields: Any) -> Any:
    return lambda office, common, call_id: kind(
        **common,
        call_id=call_id,
        **{name: value(office, call_id) if callable(value) else value for name, value in fields.items()},
    )


def _chance_of(*values: Any) -> Any:
    return lambda office, _call_id: office.chance.choice(values)


def _target(office: Office, _call_id: CallId) -> Target:
    return office.target()


def _leg(office: Office, call_id: CallId) -> LegId:
    return office.party(call_id)


VERBS: tuple[Any, ...] = (
    lambda office, common, _: r.SignIn(**common, device_id=DeviceId(f"{common['agent_id']}-web")),
    lambda office, common, _: r.SetState(
        **common,
        state=office.chance.choice((AgentState.READY, AgentState.READY, AgentState.BUSY, AgentState.REST)),
        reason="x",
        by=office.chance.choice((None, AgentId("2001"))),
    ),
    lambda office, common, _: r.PlaceCall(**common, to=office.chance.choice(("13911112222", *PEOPLE))),
    lambda office, common, _: r.FinishWrapUp(**common),
    lambda office, common, _: r.ReattachDevice(**common),
    lambda office, common, call_id: r.PickUp(**common, call_id=office.chance.choice((None, call_id))),
    _with_call(r.HangUpCall),
    *[_with_call(r.HoldCall)] * 2,
    *[_with_call(r.RetrieveCall)] * 2,
    _with_call(r.MuteCall, muted=_chance_of(True, False)),
    _with_call(r.SendDigitsOnCall, digits="1"),
    _with_call(r.AnswerCall),
    _with_call(r.PauseRecordingOfCall, paused=_chance_of(True, False)),
    *[_with_call(r.TransferCall, to=_target)] * 2,
    *[_with_call(r.ConsultCall, to=_target)] * 4,
    *[_with_call(r.CompleteConsult)] * 2,
    *[_with_call(r.CancelConsult)] * 2,
    *[_with_call(r.Conference, to=None)] * 3,
    _with_call(r.Conference, to=_target),
    _with_call(r.DropParticipant, leg_id=_leg, by_leader=_chance_of(True, False)),
    *[_with_call(r.MuteParticipant, leg_id=_leg, muted=_chance_of(True, False))] * 2,
    _with_call(r.MuteParticipant, leg_id=_leg, muted=_chance_of(True, False)),
    _with_call(r.AnnounceNumber),
    _with_call(r.LeaveCall),
    *[_with_call(r.Supervise, role=_chance_of(Role.MONITOR, Role.WHISPER, Role.BARGE, Role.MEMBER))] * 3,
    _with_call(r.InterceptCall),
    _with_call(r.ReleaseCall),
)

_CONSULT, _TRANSFER = _with_call(r.ConsultCall, to=_target), _with_call(r.TransferCall, to=_target)
_JOIN, _CALL_IN = _with_call(r.Conference, to=None), _with_call(r.Conference, to=_target)
_HOLD, _RETRIEVE, _LEAVE = _with_call(r.HoldCall), _with_call(r.RetrieveCall), _with_call(r.LeaveCall)
_DROP = _with_call(r.DropParticipant, leg_id=_leg, by_leader=_chance_of(True, False))
_MUTE_ONE = _with_call(r.MuteParticipant, leg_id=_leg, muted=_chance_of(True, False))
_SUPERVISE = _with_call(r.Supervise, role=_chance_of(Role.MONITOR, Role.WHISPER, Role.BARGE))


def fitting(call: Call | None, number: AgentId) -> tuple[Any, ...]:
    """Return verbs that have a chance in this call, so that what needs several steps happens often."""
    if call is None or call.talk is None:
        return VERBS
    if call.talk.agent_id != number:
        leads = (*[_SUPERVISE] * 6, _with_call(r.InterceptCall), _LEAVE)
        return leads if number.startswith("2") else VERBS
    roles = {p.role for p in call.participants.values()}
    if Role.CONSULTED in roles:
        return _JOIN, _JOIN, _JOIN, _with_call(r.CompleteConsult), _with_call(r.CancelConsult), _MUTE_ONE
    if Role.MEMBER in roles:
        return _CALL_IN, _DROP, _MUTE_ONE, _MUTE_ONE, _HOLD, _RETRIEVE, _LEAVE
    if call.phase is Phase.HOLDING:
        return _RETRIEVE, _CONSULT
    return _CONSULT, _CONSULT, _CONSULT, _TRANSFER, _CALL_IN, _HOLD, _with_call(r.MuteCall, muted=True)
