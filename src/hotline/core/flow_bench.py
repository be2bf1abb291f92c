"""The test bench of flows (流程调试): one caller walks a flow on a virtual clock, in the very centre that takes real calls.

`walk` is a pure function of a script: the same inputs give the same steps, so that a person steps back by leaving inputs out. Nothing
outside is touched; what a flow asks outside is answered by the script.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from hotline.core import events as e
from hotline.core import switching as s
from hotline.core.call import Call, Phase
from hotline.core.centre import AnyInput, Centre
from hotline.core.events import Disposition, InquiryOutcome
from hotline.core.flow import examine
from hotline.core.flow_answer import ANSWER, LISTEN, READY
from hotline.core.flow_kinds import named_by
from hotline.core.ids import FlowId, HotlineId, LegId, PromptKey, TimerId
from hotline.core.inquiry_messages import Inquire, InquiryAnswered
from hotline.core.ivr_values import variables_of
from hotline.core.site import FlowDocument, Hotline, Prompt, Queue, Site
from hotline.core.timers import CancelTimer, SetTimer, TimerFired

MISSING = "?"
"""Before the name of a prompt that the site does not have."""
STEPS_MAX = 5_000
_LEG = LegId("caller")
_KEY_AFTER_S = 0.5
_ENDLESS_S = 3_600.0
_SAID_MS = 2_000
"""So long a caller of the bench speaks when a flow listens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What the caller and the world do. `kind`: digit, next, wait, hang_up, answer, say."""

    kind: str
    key: str = ""
    seconds: float = 0.0
    outcome: str = "ok"
    values: dict[str, Any] = field(default_factory=dict[str, Any])
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Where and when the caller calls."""

    flow_id: FlowId
    document: str
    at: datetime
    ani: str = "13800138000"
    dnis: str = ""
    hotline_id: HotlineId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that happened. `input` is the index of the input that led to it, -1: the call itself."""

    input: int
    at: datetime
    event: e.CallEvent | None = None
    prompts: tuple[str, ...] = ()
    duration_ms: int = 0
    repeats: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What the flow waits for: prompt, key, digits, speech, answer, ring, nothing. `seconds` until it goes on by itself."""

    what: str
    seconds: float
    inquiry: Inquire | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """Everything that came of a script. `left`: the event by which the call left the flow, if it did."""

    steps: tuple[Step, ...]
    at: datetime
    variables: dict[str, Any]
    secret: frozenset[str]
    waiting: Waiting | None
    left: e.CallEvent | None
    disposition: Disposition | None
    call: Call | None


_WAYS_OUT = (e.QueueEntered, e.SurveyInvited, e.RecordingStarted, e.CallbackRequested, e.CallEnded)


def walk(site: Site, setting: Setting, script: Sequence[Script]) -> Walked:
    """Walk the document as the flow `setting.flow_id` of this site, as far as the script goes."""
    world = _World(_as_bench(site, setting), setting)
    world.arrive()
    for place, one in enumerate(script):
        over = world.left is not None or len(world.steps) > STEPS_MAX
        if not over or one.kind == "hang_up":
            world.do(place, one)
    return world.result()


def _as_bench(site: Site, setting: Setting) -> Site:
    """Return the site with the document as the flow of its hotline, one caller, no agents, and prompts named by their keys."""
    hotline = next((one for one in site.hotlines if one.id == setting.hotline_id), None) or next(
        (one for one in site.hotlines if one.flow_id == setting.flow_id), None
    )
    if hotline is None:
        authority = next(
            (one.authority_id for one in site.flows if one.id == setting.flow_id), site.authority_id
        )
        hotline = Hotline(
            id=HotlineId("bench"), authority_id=authority, number="", name="", flow_id=setting.flow_id
        )
    hotline = replace(hotline, flow_id=setting.flow_id, number=setting.dnis or hotline.number or "bench")
    newest = max((one.version for one in site.flows if one.id == setting.flow_id), default=0)
    document = FlowDocument(
        id=setting.flow_id,
        authority_id=hotline.authority_id,
        name="",
        version=newest + 1,
        json=setting.document,
    )
    others = tuple(one for one in site.hotlines if one.id != hotline.id and one.number != hotline.number)
    return replace(
        site,
        hotlines=(*others, hotline),
        agents=(),
        queues=tuple(_patient(queue) for queue in site.queues),
        flows=(*site.flows, document),
        prompts=_prompts(site, setting),
        blacklist=frozenset(),
        known_callers=(),
        max_calls=1,
    )


def _patient(queue: Queue) -> Queue:
    return replace(queue, no_agent_overflow=False, max_length=0, announce_position=False)


def _prompts(site: Site, setting: Setting) -> tuple[Prompt, ...]:
    there = {one.key for one in site.prompts}
    flow, _ = examine(setting.flow_id, setting.document)
    named = {
        one.thing
        for node in (flow.nodes.values() if flow is not None else ())
        for one in named_by(node)
        if one.kind == "prompt"
    }
    missing = (Prompt(key=PromptKey(key), path=MISSING + key, duration_ms=0) for key in sorted(named - there))
    return (*(replace(one, path=one.key) for one in site.prompts), *missing)


class _World:
    """Clock, switch and journal of the bench."""

    def __init__(self, site: Site, setting: Setting) -> None:
        self._ids = 0
        self.centre = Centre(site, self._new_id)
        self.setting = setting
        self.number = next(one.number for one in reversed(site.hotlines))
        self.now = setting.at
        self.steps: list[Step] = []
        self.left: e.CallEvent | None = None
        self.call: Call | None = None
        self.secret: set[str] = set()
        self._input = -1
        self._timers: dict[TimerId, datetime] = {}
        self._play: tuple[s.Play, datetime] | None = None
        self._inquiry: Inquire | None = None
        self._rings: LegId | None = None
        self._recording: s.StartRecording | None = None
        self._said = ""

    def _new_id(self) -> str:
        self._ids += 1
        return f"bench-{self._ids:06d}"

    # ── The call ──

    def arrive(self) -> None:
        self._tell(s.EngineUp(at=self.now, engine="bench", version=""))
        self._tell(
            s.LegIncoming(
                at=self.now,
                leg_id=_LEG,
                kind=s.LegKind.TRUNK,
                ani=self.setting.ani,
                dnis=self.number,
                test=True,
            )
        )

    def do(self, place: int, one: Script) -> None:
        self._input = place
        match one.kind:
            case "digit":
                self._pass(_KEY_AFTER_S)
                if self.left is None:
                    if self._play is not None and self._play[0].stop_on_digit:
                        self._play = None
                    self._tell(s.DigitPressed(at=self.now, leg_id=_LEG, digit=one.key))
            case "say" if self._recording is not None:
                self._said = one.text
                self._tell(s.DigitPressed(at=self.now, leg_id=_LEG, digit="#"))
            case "wait":
                self._pass(min(one.seconds, _ENDLESS_S))
            case "hang_up":
                gone = s.LegHungUp(at=self.now, leg_id=_LEG, by=s.HangUpBy.REMOTE, cause=s.HangUpCause.NORMAL)
                self._tell(gone)
            case "answer" if self._inquiry is not None:
                asked, self._inquiry = self._inquiry, None
                self._tell(
                    InquiryAnswered(
                        at=self.now,
                        call_id=asked.call_id,
                        inquiry_id=asked.inquiry_id,
                        outcome=InquiryOutcome(one.outcome),
                        values=one.values,
                    )
                )
            case _:
                self._next()

    def _next(self) -> None:
        """Let what plays end; else let the next time-out pass; else nobody picks up what rings."""
        if self._rings is not None:
            leg, self._rings = self._rings, None
            self.now += timedelta(seconds=20)
            self._tell(
                s.LegHungUp(at=self.now, leg_id=leg, by=s.HangUpBy.FAULT, cause=s.HangUpCause.NO_ANSWER)
            )
            return
        due = self._due()
        if due is not None:
            self._pass((due - self.now).total_seconds())

    def _due(self) -> datetime | None:
        ends = [self._play[1]] if self._play is not None else list(self._timers.values())
        return min(ends, default=None)

    def _pass(self, seconds: float) -> None:
        """Let time pass, with everything that becomes due."""
        until = self.now + timedelta(seconds=seconds)
        while self.left is None and len(self.steps) <= STEPS_MAX:
            play_ends = self._play[1] if self._play is not None else None
            timer = min(self._timers.items(), key=lambda one: (one[1], one[0]), default=None)
            if play_ends is not None and play_ends <= until and (timer is None or play_ends <= timer[1]):
                self.now = play_ends
                play, self._play = self._play, None
                assert play is not None
                self._tell(s.PlayDone(at=self.now, leg_id=_LEG, play_id=play[0].play_id, finished=True))
            elif timer is not None and timer[1] <= until:
                self.now = max(self.now, timer[1])
                del self._timers[timer[0]]
                self._tell(TimerFired(timer[0], self.now))
            else:
                break
        if self.left is None:
            self.now = until

    # ── What follows ──

    def _tell(self, message: AnyInput) -> None:
        outcome = self.centre.handle(message)
        for event in outcome.events:
            self._note(event)
        for command in outcome.commands:
            self._carry_out(command)

    def _note(self, event: e.Event) -> None:
        if not isinstance(event, e.CallEvent):
            return
        self.call = self.centre.calls.get(event.call_id, self.call)
        if isinstance(event, e.VariableSet) and event.secret:
            self.secret.add(event.name)
        if self.left is not None and not isinstance(event, e.CallEnded):
            return
        self.steps.append(Step(input=self._input, at=event.at, event=event))
        if isinstance(event, _WAYS_OUT) and not (
            isinstance(event, e.RecordingStarted) and event.kind == "question"
        ):
            self.left = event if self.left is None else self.left

    def _carry_out(self, command: object) -> None:
        match command:
            case SetTimer(timer_id, at):
                self._timers[timer_id] = at
            case CancelTimer(timer_id):
                self._timers.pop(timer_id, None)
            case s.Answer():
                self._tell(s.LegAnswered(at=self.now, leg_id=_LEG))
            case s.Play() if command.leg_id == _LEG and self.left is None:
                self._hear(command)
            case s.StopPlay():
                self._play = None
            case s.Originate():
                self._rings = command.leg_id
            case s.StartRecording():
                self._recording = command
            case s.StopRecording() if self._recording is not None:
                self._close_recording(self._recording)
            case Inquire(service=service) if service == READY:
                self._inquiry = command
                self.do(self._input, Script(kind="answer"))
            case Inquire(service=service, answer_wanted=wanted) if wanted and service != LISTEN:
                said = {"question": self._said} if service == ANSWER else {}
                self._inquiry = replace(command, arguments={**command.arguments, **said})
            case _:
                pass

    def _close_recording(self, running: s.StartRecording) -> None:
        """The file of what the caller asked: nobody has spoken into it, but the flow goes on as if somebody had."""
        self._recording = None
        closed = s.RecordingDone(
            at=self.now,
            recording_id=running.recording_id,
            leg_id=_LEG,
            path=running.path,
            size_bytes=0,
            duration_ms=_SAID_MS,
            sha256="",
        )
        self._tell(closed)

    def _hear(self, play: s.Play) -> None:
        lengths = {one.path: one.duration_ms for one in self.centre.site.prompts}
        duration_ms = sum(lengths.get(sound, 0) for sound in play.sounds)
        repeats = play.repeat != 1
        self.steps.append(
            Step(
                input=self._input,
                at=self.now,
                prompts=play.sounds,
                duration_ms=duration_ms,
                repeats=repeats,
            )
        )
        self._play = None if repeats else (play, self.now + timedelta(milliseconds=duration_ms))

    # ── The outcome ──

    def result(self) -> Walked:
        ended = next((one.event for one in self.steps if isinstance(one.event, e.CallEnded)), None)
        return Walked(
            steps=tuple(self.steps),
            at=self.now,
            variables=variables_of(self.centre.floor, self.call, self.now) if self.call is not None else {},
            secret=frozenset(self.secret),
            waiting=self._waiting() if self.left is None else None,
            left=self.left,
            disposition=ended.disposition if ended is not None else None,
            call=self.call,
        )

    def _waiting(self) -> Waiting | None:
        call = self.call
        if call is None or call.phase is Phase.ENDED:
            return None
        due = self._due()
        seconds = round((due - self.now).total_seconds(), 1) if due is not None else 0.0
        if self._rings is not None:
            return Waiting(what="ring", seconds=20.0)
        if self._inquiry is not None:
            return Waiting(what="answer", seconds=seconds, inquiry=self._inquiry)
        if self._recording is not None and self._play is None:
            return Waiting(what="speech", seconds=seconds)
        if self._play is not None:
            return Waiting(what="prompt", seconds=seconds)
        return Waiting(what="key", seconds=seconds)


def nodes_walked(walked: Walked) -> Iterator[tuple[str, str]]:
    """Yield the nodes that the caller came through, in order."""
    for step in walked.steps:
        if isinstance(step.event, e.NodeEntered):
            yield step.event.flow_id, step.event.node_id
