"""A simulated centre: virtual clock, switch, people and the real core, tied together as the runtime ties the real ones."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count
from random import Random

from hotline.core import events as e
from hotline.core.beginning import Beginning
from hotline.core.centre import AnyInput, Centre, Outcome
from hotline.core.flow_answer import ANSWER, LISTEN, READY
from hotline.core.flow_speech import SERVICE
from hotline.core.ids import CallId, TimerId
from hotline.core.inquiry_messages import Inquire, InquiryAnswered
from hotline.core.requests import AnyRequest, Refused
from hotline.core.timers import CancelTimer, SetTimer, TimerFired
from hotline.simulation.clock import VirtualClock
from hotline.simulation.people import AgentAtWork, Citizen, FarEnd, arrivals
from hotline.simulation.plan import Plan
from hotline.simulation.site import make_site
from hotline.simulation.switchboard import Switchboard

Observer = Callable[[tuple[e.Event, ...]], None]

_OUTCOMES = tuple(e.InquiryOutcome)
_LIKELY = (80, 10, 4, 4, 2)
CLEARING_S = 3 * 3600.0
"""After the last arrival the world runs on so long, so that every call can come to its end."""


@dataclass(frozen=True, slots=True)
class _Open:
    """The journal as recovery reads it: open calls whole, agents since their last sign-in."""

    calls: dict[CallId, list[e.Event]]
    agents: dict[str, list[e.Event]]


class World:
    """One simulated centre."""

    def __init__(self, plan: Plan, seed: int, observer: Observer | None = None) -> None:
        """Prepare everything; nothing happens before `run`."""
        self.plan = plan
        self.chance = Random(seed)
        self.clock = VirtualClock()
        self.clock.now_s = plan.start_hour * 3600.0
        self.end_s = (plan.start_hour + plan.hours) * 3600.0
        self.site = make_site(plan)
        self.observer = observer
        self.inputs = 0
        ids = count(1)
        self._new_id = lambda: f"{next(ids):08x}"
        self.centre = Centre(self.site, self._new_id)
        self.switch = Switchboard(self.clock, self.site, plan.faults, self.chance, self.take)
        self.switch.far_ends = self._called
        self._mobiles: dict[str, AgentAtWork] = {}
        self._timers: dict[TimerId, int] = {}
        self._timer_count = 0
        self._keeps_journal = plan.faults.restarts_per_hour > 0
        self._open = _Open({}, {})

    def run(self) -> None:
        """Simulate the whole plan and let the last calls end."""
        clock, plan = self.clock, self.plan
        begin_s = clock.now_s
        self.switch.come_back()
        people = [AgentAtWork(self, profile) for profile in self.site.agents]
        self._mobiles = {person.profile.mobile: person for person in people if person.profile.mobile}
        for n, time_s in enumerate(
            arrivals(self.chance, plan.calls, plan.hours, plan.start_hour, plan.curve)
        ):
            clock.on(begin_s + time_s + 1.0, lambda n=n: self._arrive(n))
        self._plan_faults(begin_s, people)
        clock.run(begin_s + plan.hours * 3600.0)
        clock.run(begin_s + plan.hours * 3600.0 + CLEARING_S)

    def _arrive(self, number: int) -> None:
        if self.switch.up:
            Citizen(self, f"citizen-{number}")

    def _called(self, number: str) -> AgentAtWork | FarEnd:
        """Return who has the telephone with this number."""
        return self._mobiles.get(number) or FarEnd(self)

    def _plan_faults(self, begin_s: float, people: list[AgentAtWork]) -> None:
        faults, end_s = self.plan.faults, begin_s + self.plan.hours * 3600.0
        for per_hour, deed in (
            (faults.engine_losses_per_hour, lambda: self._lose_engine(people)),
            (faults.restarts_per_hour, self._restart),
        ):
            time_s = begin_s
            while per_hour > 0:
                time_s += self.chance.expovariate(per_hour / 3600.0)
                if time_s > end_s:
                    break
                self.clock.on(time_s, deed)

    # ── the shell ──

    def take(self, message: AnyInput) -> None:
        """Hand an input to the core and carry out what follows."""
        self.inputs += 1
        self._carry_out(self.centre.handle(message))

    def ask(self, request: AnyRequest) -> None:
        """Ask as a person would; a refusal is an ordinary outcome."""
        try:
            self.take(request)
        except Refused:
            return

    def _carry_out(self, outcome: Outcome) -> None:
        if self.observer is not None and outcome.events:
            self.observer(outcome.events)
        if self._keeps_journal:
            self._remember(outcome.events)
        for command in outcome.commands:
            if isinstance(command, SetTimer):
                self._set_timer(command)
            elif isinstance(command, CancelTimer):
                self._timers.pop(command.timer_id, None)
            elif isinstance(command, Inquire):
                self.answer(command)
            else:
                self.switch.execute(command)

    def answer(self, question: Inquire) -> None:
        """Let something outside answer. No data source stands in the simulated world: its questions fail at once; speech is as in life."""
        chance, outcome, values, after_s = self.chance, e.InquiryOutcome.FAILED, {}, 0.0
        if question.service in {LISTEN, ANSWER, SERVICE, READY}:
            outcome = chance.choices(_OUTCOMES, _LIKELY)[0]
            after_s = 0.0 if question.service == READY else chance.uniform(0.3, 12.0)
            values = {
                "question": "怎么补办",
                "article_id": "a",
                "title": "补办",
                "score": 0.8,
                "more": ["再说一句。"],
            }
            values |= {"path": "speech/answer.wav", "duration_ms": chance.randint(500, 9_000)}
        told = InquiryAnswered(
            at=self.clock.at,
            call_id=question.call_id,
            inquiry_id=question.inquiry_id,
            outcome=outcome,
            values=values,
        )
        self.clock.after(after_s, lambda: self.take(replace(told, at=self.clock.at)))

    def _set_timer(self, command: SetTimer) -> None:
        self._timer_count += 1
        number = self._timer_count
        self._timers[command.timer_id] = number
        self.clock.on(self.clock.seconds(command.at), lambda: self._fire(command, number))

    def _fire(self, command: SetTimer, number: int) -> None:
        if self._timers.get(command.timer_id) == number:
            del self._timers[command.timer_id]
            self.take(TimerFired(command.timer_id, max(self.clock.at, command.at)))

    # ── faults ──

    def _lose_engine(self, people: list[AgentAtWork]) -> None:
        if not self.switch.up:
            return
        self.switch.lose_everything()
        self.clock.after(3.0, self._engine_back)
        for person in people:
            self.clock.after(3.0 + 10 * self.chance.random(), person.come_back)

    def _engine_back(self) -> None:
        self.switch.come_back()
        self._carry_out(self.centre.adopt(self.switch.snapshot(), self.clock.at))

    def _remember(self, events: tuple[e.Event, ...]) -> None:
        for event in events:
            if isinstance(event, Beginning):
                self._open.calls[event.call_id] = [event]
            elif isinstance(event, e.CallEnded):
                self._open.calls.pop(event.call_id, None)
            elif isinstance(event, e.CallEvent):
                if event.call_id in self._open.calls:
                    self._open.calls[event.call_id].append(event)
            elif isinstance(event, e.AgentSignedIn):
                self._open.agents[event.agent_id] = [event]
            elif isinstance(event, e.AgentEvent):
                self._open.agents.setdefault(event.agent_id, []).append(event)

    def _restart(self) -> None:
        """The application is killed and comes back: what it knew it knows from the journal and the engine."""
        if not self.switch.up:
            return
        self._timers.clear()
        self.centre = Centre(self.site, self._new_id)
        streams = [*self._open.agents.values(), *self._open.calls.values()]
        self.centre.restore(event for stream in streams for event in stream)
        self._carry_out(self.centre.adopt(self.switch.snapshot(), self.clock.at))
