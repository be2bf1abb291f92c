"""A bench for the centre: a small site, a hand-turned clock, and short words for what the switch and people do."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, TypeVar

from hotline.core import requests
from hotline.core import switching as s
from hotline.core.call import Call
from hotline.core.centre import Centre, Outcome
from hotline.core.events import (
    AgentState,
    CallArrived,
    CallEnded,
    CallPlaced,
    Disposition,
    Event,
    LegEnded,
    LegStarted,
)
from hotline.core.ids import (
    AgentId,
    AuthorityId,
    CallId,
    DeviceId,
    FlowId,
    HotlineId,
    LegId,
    PromptKey,
    QueueId,
    TrunkId,
)
from hotline.core.site import (
    AgentProfile,
    FlowDocument,
    Grade,
    Hotline,
    Hours,
    Membership,
    Prompt,
    Queue,
    Site,
    Survey,
    Trunk,
)
from hotline.core.switching import HangUpBy, HangUpCause, LegKind
from hotline.core.timers import CancelTimer, SetTimer, TimerFired

CITY = AuthorityId("city")
NUMBER = "01084000000"
START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # Monday, 10:00 in China
SURVEY = Survey(
    ask=PromptKey("survey_ask"),
    thanks=PromptKey("survey_thanks"),
    invalid=PromptKey("survey_invalid"),
    grades=tuple(Grade(key=str(n), grade=n, label=f"grade {n}", satisfied=n < 3) for n in (1, 2, 3)),
)
PROMPTS = (
    "welcome menu invalid no_input transferring music queue_waiting position_before position_after position_next all_lines_busy "
    "voicemail_instruction voicemail_thanks beep survey_ask survey_thanks survey_invalid system_error connection_interrupted "
    "ringback goodbye result ask_id say_people say_liang say_ten "
) + " ".join(f"say_{n}" for n in range(10))
T = TypeVar("T")

DIRECT: dict[str, Any] = {"q": {"kind": "queue", "queue": "advice"}}
MENU: dict[str, Any] = {
    "welcome": {"kind": "play", "prompts": ["welcome"], "next": "menu"},
    "menu": {
        "kind": "menu",
        "prompts": ["menu"],
        "choices": {
            "1": {"label": "advice", "next": "q"},
            "2": {"label": "result", "next": "result"},
            "*": {"label": "message", "next": "vm"},
            "9": {"label": "again", "next": "menu"},
        },
        "retries": 1,
        "timeout_s": 6,
        "invalid": ["invalid"],
        "no_input": ["no_input"],
        "on_failure": "bye",
    },
    "q": {"kind": "queue", "queue": "advice", "prompts": ["transferring"]},
    "result": {"kind": "play", "prompts": ["result"], "served": "progress", "next": "bye"},
    "bye": {"kind": "hangup", "prompts": ["goodbye"]},
    "vm": {"kind": "voicemail", "prompts": ["voicemail_instruction"], "thanks": ["voicemail_thanks"]},
}


def queue(name: str = "advice", **settings: Any) -> Queue:
    """A queue with plain settings."""
    given = {"number": name, "wrap_up_s": 30.0, "missed_pause_s": 5.0, "survey": False, **settings}
    return Queue(id=QueueId(name), authority_id=CITY, name=name, **given)


def agent(number: str, *queues: str, level: int = 1, order: int = 0) -> AgentProfile:
    """An agent with a browser phone and a desk phone."""
    return AgentProfile(
        id=AgentId(number),
        authority_id=CITY,
        number=number,
        name=number,
        queues=tuple(
            Membership(queue_id=QueueId(q), level=level, order=order) for q in queues or ("advice",)
        ),
        devices=(DeviceId(f"{number}-web"), DeviceId(number)),
    )


def site(
    nodes: dict[str, Any] | None = None,
    *,
    queues: Iterable[Queue] = (),
    agents: Iterable[AgentProfile] = (),
    survey: Survey | None = None,
    hours: Hours | None = None,
    flows: dict[str, dict[str, Any]] | None = None,
    **settings: Any,
) -> Site:
    """A site with one hotline whose flow is `nodes` (the first one is the start)."""
    documents = {"main": nodes or DIRECT, **(flows or {})}
    hotline = Hotline(
        id=HotlineId("line"),
        authority_id=CITY,
        number=NUMBER,
        name="line",
        flow_id=FlowId("main"),
        hours_id=hours.id if hours else None,
        survey=survey,
        outbound_trunk_id=TrunkId("trunk"),
    )
    return Site(
        authority_id=CITY,
        hotlines=(hotline,),
        queues=tuple(queues) or (queue(),),
        agents=tuple(agents) or (agent("1001"), agent("1002")),
        hours=(hours,) if hours else (),
        flows=tuple(
            FlowDocument(
                id=FlowId(key),
                authority_id=CITY,
                name=key,
                version=1,
                json=json.dumps({"format": 1, "start": next(iter(value)), "nodes": value}),
            )
            for key, value in documents.items()
        ),
        prompts=tuple(Prompt(key=PromptKey(k), path=k, duration_ms=2_000) for k in PROMPTS.split()),
        trunks=(Trunk(id=TrunkId("trunk"), authority_id=CITY, name="trunk", max_calls=2),),
        **settings,
    )


class Bench:
    """A centre on a bench. Every input happens one second after the one before, unless the clock is turned further."""

    def __init__(self, the_site: Site | None = None, *, engine: bool = True) -> None:
        self.ids = count(1)
        self.site = the_site or site()
        self.centre = Centre(self.site, lambda: f"id{next(self.ids)}")
        self.at = START
        self.events: list[Event] = []
        self.commands: list[Any] = []
        self.timers: dict[str, datetime] = {}
        self.legs = count(1)
        if engine:
            self.tell(s.EngineUp, engine="bench", version="1")

    # ── inputs ──

    def took(self, outcome: Outcome) -> Outcome:
        """Note what came out; `commands` holds those of the last input."""
        self.events += outcome.events
        self.commands = [c for c in outcome.commands if not isinstance(c, SetTimer | CancelTimer)]
        for command in outcome.commands:
            if isinstance(command, SetTimer):
                self.timers[command.timer_id] = command.at
            elif isinstance(command, CancelTimer):
                self.timers.pop(command.timer_id, None)
        return outcome

    def tell(self, kind: type[Any], /, **fields: Any) -> Outcome:
        """The switch reports something."""
        self.at += timedelta(seconds=1)
        return self.took(self.centre.handle(kind(at=self.at, **fields)))

    def ask(self, kind: type[Any], agent_id: str, /, **fields: Any) -> Outcome:
        """Somebody asks for something."""
        self.at += timedelta(seconds=1)
        return self.took(self.centre.handle(kind(at=self.at, agent_id=AgentId(agent_id), **fields)))

    def fire(self, kind: str) -> Outcome:
        """Let the next timer of this kind go off, turning the clock to it."""
        timer_id, due = min(
            ((t, at) for t, at in self.timers.items() if t.startswith(f"{kind}:")), key=lambda x: x[1]
        )
        del self.timers[timer_id]
        self.at = max(self.at, due)
        return self.took(self.centre.handle(TimerFired(timer_id, self.at)))  # pyright: ignore[reportArgumentType]

    # ── short words ──

    def sign_in(self, *numbers: str, device: str = "-web") -> None:
        """Agents sign in with a telephone that is there."""
        for number in numbers:
            self.register(f"{number}{device}")
            self.ask(requests.SignIn, number, device_id=DeviceId(f"{number}{device}"))

    def register(self, device_id: str) -> Outcome:
        """A telephone registers."""
        return self.tell(
            s.DeviceRegistered,
            device_id=DeviceId(device_id),
            address="127.0.0.1:1",
            transport="ws",
            user_agent="bench",
            expires_s=300,
        )

    def arrive(self, ani: str = "13800000000", dnis: str = NUMBER, kind: LegKind = LegKind.TRUNK) -> CallId:
        """A call reaches the switch (and waits for the answer)."""
        leg = LegId(f"in{next(self.legs)}")
        self.tell(s.LegIncoming, leg_id=leg, kind=kind, ani=ani, dnis=dnis)
        return next(e.call_id for e in reversed(self.events) if type(e).__name__ == "CallArrived")

    def call_in(self, ani: str = "13800000000") -> CallId:
        """A call arrives and is answered by the switch."""
        call_id = self.arrive(ani)
        self.up(self.citizen(call_id))
        return call_id

    def call(self, call_id: CallId) -> Call:
        """The call as the centre has it."""
        return self.centre.calls[call_id]

    def citizen(self, call_id: CallId) -> LegId:
        """The leg of the party outside."""
        leg = self.call(call_id).outside_leg
        assert leg is not None
        return leg

    def offered_leg(self, call_id: CallId) -> LegId:
        """The leg that rings at an agent."""
        offer = self.call(call_id).offer
        assert offer is not None
        return offer.leg_id

    def up(self, leg_id: LegId) -> Outcome:
        """A leg is answered."""
        return self.tell(s.LegAnswered, leg_id=leg_id)

    def down(
        self, leg_id: LegId, cause: HangUpCause = HangUpCause.NORMAL, by: HangUpBy = HangUpBy.REMOTE
    ) -> Outcome:
        """A leg is hung up."""
        return self.tell(s.LegHungUp, leg_id=leg_id, by=by, cause=cause)

    def press(self, call_id: CallId, keys: str) -> None:
        """The citizen presses keys."""
        for key in keys:
            self.tell(s.DigitPressed, leg_id=self.citizen(call_id), digit=key)

    def heard(self, call_id: CallId) -> Outcome:
        """What plays to the citizen runs to its end."""
        return self.tell(
            s.PlayDone, leg_id=self.citizen(call_id), play_id=self.call(call_id).play_id, finished=True
        )

    def talk(self, number: str = "1001", ani: str = "13800000000") -> CallId:
        """An agent signs in, a call comes, they talk."""
        if number not in self.centre.agents:
            self.sign_in(number)
        call_id = self.call_in(ani)
        self.up(self.offered_leg(call_id))
        assert self.call(call_id).talk is not None
        return call_id

    # ── looking ──

    def of(self, kind: type[T]) -> list[T]:
        """All events of a kind so far."""
        return [e for e in self.events if isinstance(e, kind)]

    def last(self, kind: type[T]) -> T:
        """The last event of a kind."""
        return self.of(kind)[-1]

    def sent(self, kind: type[T]) -> list[T]:
        """The commands of a kind that followed from the last input."""
        return [c for c in self.commands if isinstance(c, kind)]

    def playing(self) -> tuple[str, ...]:
        """What the last input let somebody hear."""
        return self.sent(s.Play)[-1].sounds

    def state(self, number: str) -> AgentState:
        """What an agent does."""
        return self.centre.agents[AgentId(number)].state

    def disposition(self) -> Disposition:
        """How the last call ended."""
        return self.last(CallEnded).disposition

    def restarted(self, snapshot: s.SwitchSnapshot, the_site: Site | None = None) -> "Bench":
        """Kill the application and bring it up again over the same journal and an engine in this state."""
        other = Bench(the_site or self.site, engine=False)
        other.at, other.legs, other.ids = self.at, self.legs, self.ids
        other.events = list(self.events)
        legs = Counter(
            event.call_id for kind in (CallArrived, CallPlaced, LegStarted) for event in self.of(kind)
        )
        legs.subtract(event.call_id for event in self.of(LegEnded))
        ended = {event.call_id for event in self.of(CallEnded) if not legs[event.call_id]}
        other.centre.restore(
            e for e in self.events if getattr(e, "call_id", None) not in ended or hasattr(e, "state")
        )
        other.at += timedelta(seconds=1)
        other.took(other.centre.adopt(replace(snapshot, at=other.at), other.at))
        return other


def snapshot(*legs: tuple[str, str], devices: Iterable[str] = ("1001-web",)) -> s.SwitchSnapshot:
    """An engine that runs these legs (id, state) and knows these telephones."""
    return s.SwitchSnapshot(
        at=START,
        engine="bench",
        version="1",
        legs=tuple(
            s.LegView(leg_id=LegId(leg), kind=LegKind.TRUNK, state=s.LegState(state), since=START)
            for leg, state in legs
        ),
        devices=tuple(
            s.DeviceRegistered(
                at=START, device_id=DeviceId(d), address="", transport="ws", user_agent="", expires_s=300
            )
            for d in devices
        ),
    )
