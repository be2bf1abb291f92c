"""Laws of the centre under any inputs in any order: it never raises, keeps every identity, strict order, and a foldable journal."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hotline.core import requests
from hotline.core import switching as s
from hotline.core.centre import Centre
from hotline.core.events import AgentState, CallEnded, Event
from hotline.core.expression import ExpressionError, as_text
from hotline.core.expression_v1 import compile_expression
from hotline.core.flow import FlowError, parse
from hotline.core.ids import FlowId
from hotline.core.requests import Refused
from hotline.core.site import Overflow, OverflowTo, Site
from hotline.core.switching import HangUpBy, HangUpCause, LegKind, LegState
from hotline.core.timers import SetTimer, TimerFired
from tests.simulation.checker import Checker
from tests.unit.core_bench import DIRECT, MENU, NUMBER, START, SURVEY, agent, queue, site

NUMBERS = ("1001", "1002", "1003")
SITE = site(
    MENU,
    survey=SURVEY,
    queues=[
        queue(
            survey=True, max_wait_s=90.0, max_length=3, overflow=Overflow(to=OverflowTo.QUEUE, queue_id="b")
        ),  # pyright: ignore[reportArgumentType]
        queue("b", no_agent_overflow=True, overflow=Overflow(to=OverflowTo.VOICEMAIL)),
    ],
    agents=[agent("1001"), agent("1002", "advice", "b"), agent("1003", "b")],
)

STRAIGHT = replace(SITE, flows=site(DIRECT).flows)
"""The same with a flow that leads straight to the queue, so that chance meets queues and talks more often."""


class Chaos:
    """Turns numbers into inputs about things that exist, existed, or never did."""

    def __init__(self, the_site: Site = SITE) -> None:
        self.made = 0
        self.site = the_site
        self.centre = Centre(the_site, self.new_id)
        self.checker = Checker(the_site)
        self.at = START
        self.legs: list[str] = ["unknown"]
        self.up: set[str] = set()
        self.plays: list[str] = ["unknown"]
        self.timers: list[SetTimer] = []
        self.calls: list[str] = ["unknown"]
        self.journal: list[Event] = []

    def new_id(self) -> str:
        self.made += 1
        return f"id{self.made}"

    def step(self, what: int, which: int, extra: int) -> None:
        """Do one thing."""
        self.at += timedelta(seconds=extra % 7)
        if what < 3:
            self._someone_asks(what, which, extra)
        elif what == 3 and self.timers:
            timer = self.timers[which % len(self.timers)]
            self.at = max(self.at, timer.at)
            self._take(TimerFired(timer.timer_id, self.at))
        elif what == 4:
            self._restart(which)
        else:
            self._take(self._switch_event(what, which, extra))

    def _take(self, message: object) -> None:
        try:
            outcome = self.centre.handle(message)  # pyright: ignore[reportArgumentType]
        except Refused:
            return
        self._out(outcome)

    def _out(self, outcome: object) -> None:
        self.checker.see(outcome.events)  # pyright: ignore[reportAttributeAccessIssue]
        self.journal += outcome.events  # pyright: ignore[reportAttributeAccessIssue]
        for event in outcome.events:  # pyright: ignore[reportAttributeAccessIssue]
            if hasattr(event, "call_id") and event.call_id and event.call_id not in self.calls:
                self.calls.append(event.call_id)
        for command in outcome.commands:  # pyright: ignore[reportAttributeAccessIssue]
            if isinstance(command, SetTimer):
                self.timers.append(command)
            elif isinstance(command, s.Originate):
                self.legs.append(command.leg_id)
            elif isinstance(command, s.Play):
                self.plays.append(command.play_id)

    def _someone_asks(self, what: int, which: int, extra: int) -> None:
        number = NUMBERS[which % 3]
        call_id = self.calls[-1 - extra % min(4, len(self.calls))]
        common = {"at": self.at, "agent_id": number}
        make = (
            lambda: requests.SignIn(**common, device_id=f"{number}-web"),  # pyright: ignore[reportArgumentType]
            lambda: requests.SignOut(**common),  # pyright: ignore[reportArgumentType]
            lambda: requests.SetState(
                **common, state=list(AgentState)[extra % 11], reason="x", by=None if extra % 2 else "boss"
            ),  # pyright: ignore[reportArgumentType]
            lambda: requests.PlaceCall(**common, to=("13911112222", *NUMBERS)[extra % 4]),  # pyright: ignore[reportArgumentType]
            lambda: requests.HangUpCall(**common, call_id=call_id),  # pyright: ignore[reportArgumentType]
            lambda: requests.HoldCall(**common, call_id=call_id),  # pyright: ignore[reportArgumentType]
            lambda: requests.RetrieveCall(**common, call_id=call_id),  # pyright: ignore[reportArgumentType]
            lambda: requests.MuteCall(**common, call_id=call_id, muted=bool(extra % 2)),  # pyright: ignore[reportArgumentType]
            lambda: requests.SendDigitsOnCall(**common, call_id=call_id, digits="1"),  # pyright: ignore[reportArgumentType]
            lambda: requests.FinishWrapUp(**common),  # pyright: ignore[reportArgumentType]
            lambda: requests.ReattachDevice(**common),  # pyright: ignore[reportArgumentType]
            lambda: requests.PauseRecordingOfCall(**common, call_id=call_id, paused=bool(extra % 2)),  # pyright: ignore[reportArgumentType]
            lambda: requests.ReleaseCall(**common, call_id=call_id),  # pyright: ignore[reportArgumentType]
            lambda: requests.AnswerCall(**common, call_id=call_id),  # pyright: ignore[reportArgumentType]
        )
        self._take(make[(what * 7 + extra) % len(make)]())

    def _switch_event(self, what: int, which: int, extra: int) -> object:
        leg_id = self.legs[-1 - which % min(6, len(self.legs))]
        at = self.at
        match what:
            case 5:
                self.legs.append(self.new_id())
                kind = LegKind.DEVICE if extra % 5 == 0 else LegKind.TRUNK
                dnis = ("13911112222", NUMBER, "404")[extra % 3] if kind is LegKind.DEVICE else NUMBER
                return s.LegIncoming(
                    at=at,
                    leg_id=self.legs[-1],
                    kind=kind,
                    ani=str(extra),
                    dnis=dnis,
                    device_id=f"{NUMBERS[which % 3]}-web",
                )  # pyright: ignore[reportArgumentType]
            case 6 | 7 | 8:
                return s.LegAnswered(at=at, leg_id=leg_id)  # pyright: ignore[reportArgumentType]
            case 9:
                by, cause = list(HangUpBy)[extra % 3], list(HangUpCause)[extra % len(HangUpCause)]
                return s.LegHungUp(at=at, leg_id=leg_id, by=by, cause=cause)  # pyright: ignore[reportArgumentType]
            case 10:
                return s.DigitPressed(at=at, leg_id=leg_id, digit="1239*#0"[extra % 7])  # pyright: ignore[reportArgumentType]
            case 11 | 12:
                play_id = self.plays[-1 - extra % min(3, len(self.plays))]
                return s.PlayDone(at=at, leg_id=leg_id, play_id=play_id, finished=extra % 3 > 0)  # pyright: ignore[reportArgumentType]
            case 13 | 14:
                return s.DeviceRegistered(
                    at=at,
                    device_id=f"{NUMBERS[which % 3]}-web",
                    address="",
                    transport="ws",
                    user_agent="",
                    expires_s=1,
                )  # pyright: ignore[reportArgumentType]
            case 15:
                return s.DeviceExpired(at=at, device_id=f"{NUMBERS[which % 3]}-web", reason="")  # pyright: ignore[reportArgumentType]
            case 16:
                return s.MediaTimedOut(at=at, leg_id=leg_id, silent_ms=1)  # pyright: ignore[reportArgumentType]
            case 17:
                command = ("Bridge", "Play", "Originate", "StartRecording", "HangUp", "Unhold")[extra % 6]
                return s.CommandFailed(
                    at=at, command=command, leg_id=leg_id, code=("no_such_leg", "bad_state")[extra % 2]
                )  # pyright: ignore[reportArgumentType]
            case 18:
                return s.LegRinging(at=at, leg_id=leg_id, early_media=extra % 2 > 0)  # pyright: ignore[reportArgumentType]
            case _:
                if extra % 4:
                    return s.EngineUp(at=at, engine="x", version="1")
                if extra % 8:
                    return s.EngineUnreachable(at=at, engine="x", reason="y")
                return s.EngineLost(at=at, engine="x", reason="y")

    def _restart(self, which: int) -> None:
        ended = {event.call_id for event in self.journal if isinstance(event, CallEnded)}
        fresh = Centre(self.site, self.new_id)
        fresh.restore(
            event
            for event in self.journal
            if getattr(event, "call_id", None) not in ended or hasattr(event, "state")
        )
        kept = [leg for n, leg in enumerate(self.legs) if n % (2 + which % 5)]
        legs = tuple(
            s.LegView(leg_id=leg, kind=LegKind.TRUNK, state=list(LegState)[(n + which) % 3], since=self.at)  # pyright: ignore[reportArgumentType]
            for n, leg in enumerate(kept)
        )
        devices = tuple(
            s.DeviceRegistered(
                at=self.at, device_id=f"{n}-web", address="", transport="", user_agent="", expires_s=1
            )  # pyright: ignore[reportArgumentType]
            for n in NUMBERS[: which % 4]
        )
        self.centre = fresh
        self.timers.clear()
        self._out(
            fresh.adopt(
                s.SwitchSnapshot(at=self.at, engine="x", version="1", legs=legs, devices=devices), self.at
            )
        )


STEPS = st.lists(st.tuples(st.integers(0, 19), st.integers(0, 60), st.integers(0, 200)), max_size=120)
OPENING = [(19, 0, 1), (13, 0, 0), (13, 1, 0), (0, 0, 0), (0, 1, 0)]


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(STEPS)
def test_no_order_of_inputs_breaks_a_law(steps: list[tuple[int, int, int]]) -> None:
    chaos = Chaos()
    for step in (*OPENING, *steps):
        chaos.step(*step)


WEIGHTS = (4, 4, 4, 3, 0.15, 6, 8, 8, 8, 3, 5, 6, 6, 1, 1, 0.7, 0.5, 0.7, 2, 0.15)


@pytest.mark.parametrize("seed", range(150))
def test_long_confusion_breaks_no_law(seed: int) -> None:
    chance = Random(seed)
    chaos = Chaos(STRAIGHT if seed % 3 else SITE)
    for step in OPENING:
        chaos.step(*step)
    for _ in range(300):
        chaos.step(chance.choices(range(20), WEIGHTS)[0], int(chance.expovariate(0.3)), chance.randrange(200))
    assert chaos.checker.arrived


@settings(max_examples=150)
@given(STEPS)
def test_losing_the_engine_ends_every_call_and_frees_every_agent(steps: list[tuple[int, int, int]]) -> None:
    chaos = Chaos()
    for step in (*OPENING, *steps):
        chaos.step(*step)
    chaos._take(s.EngineLost(at=chaos.at, engine="x", reason="y"))
    assert chaos.centre.running == 0
    assert all(call.ended is not None for call in chaos.checker.calls.values())
    free = {
        AgentState.READY,
        AgentState.BUSY,
        AgentState.REST,
        AgentState.OFFLINE,
        AgentState.AFTER_CALL,
        AgentState.MISSED,
    }
    assert {a.state for a in chaos.centre.agents.values()} <= free


@settings(max_examples=150)
@given(STEPS)
def test_folding_the_journal_gives_the_same_state(steps: list[tuple[int, int, int]]) -> None:
    chaos = Chaos()
    for step in (*OPENING, *steps):
        if step[0] != 4:
            chaos.step(*step)
    ended = {event.call_id for event in chaos.journal if isinstance(event, CallEnded)}
    fresh = Centre(SITE, chaos.new_id)
    fresh.restore(e for e in chaos.journal if getattr(e, "call_id", None) not in ended or hasattr(e, "state"))
    durable = (
        "phase",
        "since",
        "visit",
        "offer",
        "talk",
        "legs",
        "keys",
        "variables",
        "node_id",
        "recording",
        "visits",
        "talks",
    )
    for call_id, call in fresh.calls.items():
        live = chaos.centre.calls[call_id]
        assert {f: getattr(call, f) for f in durable} == {f: getattr(live, f) for f in durable}
    for agent_id, one in fresh.agents.items():
        live = chaos.centre.agents[agent_id]
        for name in ("state", "since", "until", "call_id", "device_id", "next_state", "idle_since"):
            assert getattr(one, name) == getattr(live, name)


@given(st.text(max_size=60) | st.text("()'\"+<>=!,and or not in 19ab_", max_size=60))
def test_any_text_is_an_expression_with_a_value_or_refused(source: str) -> None:
    try:
        compiled = compile_expression(source)
    except ExpressionError:
        return
    assert isinstance(as_text(compiled({"ani": "138", "n": "5"})), str)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(
        st.sampled_from(list(MENU)),
        st.dictionaries(
            st.sampled_from(
                [
                    "kind",
                    "prompts",
                    "next",
                    "choices",
                    "cases",
                    "pieces",
                    "variables",
                    "timeout_s",
                    "on_failure",
                    "queue",
                ]
            ),
            JSON | st.sampled_from(["menu", "play", "say", "set", "condition"]),
        ),
    )
)
def test_any_document_is_a_flow_or_refused(nodes: dict[str, object]) -> None:
    import json

    try:
        parse(FlowId("f"), 1, json.dumps({"format": 1, "start": "menu", "nodes": {**MENU, **nodes}}))
    except FlowError:
        return
