"""Drive the centre: one task owns it and takes inputs one by one from switch, people and timers.

Each input is handled at once; what follows from it goes to `Delivery`, which keeps the order. An exception in one call ends that
call and no other. Knows no database and no engine but through their ports.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import assert_never

import structlog

from hotline.core.centre import AnyInput, Centre, Outcome
from hotline.core.events import Event
from hotline.core.ids import CallId
from hotline.core.inquiry_messages import Inquire, InquiryAnswered
from hotline.core.requests import (
    AnyRequest,
    FinishWrapUp,
    LinkAnswered,
    LinkSettled,
    Refused,
    SetState,
    SignIn,
    SignOut,
)
from hotline.core.site import Site
from hotline.core.switching import (
    DeviceRegistered,
    EngineLost,
    EngineUnreachable,
    EngineUp,
    Provision,
    SwitchCommand,
    SwitchEvent,
    SwitchSnapshot,
)
from hotline.core.timers import CancelTimer, SetTimer, TimerFired
from hotline.ports.switch import Switch, SwitchUnavailable
from hotline.runtime.delivery import Delivery, Step
from hotline.runtime.inputs import Answered, Asked, Input, Reconfigured, Reported, Settle, Woken, stamped
from hotline.runtime.steady_clock import SteadyClock
from hotline.runtime.timers import Timers

log = structlog.stdlib.get_logger(__name__)

INBOX_LIMIT = 8_192
REQUEST_DEADLINE_S = 10.0
DEVICE_NEWS_S = 2.0
"""A telephone knows that it is registered before we do: FreeSWITCH's event was seen to come up to 60 ms after its answer, when the
browser had already asked to sign in. So a request for a telephone that is not there waits so long for the news."""
ADOPT_TRIES = 5
BREATH = 50
"""After so many inputs in a row other tasks get their turn."""
CLOCK_JUMP_S = 2.0
"""A wall clock this far away has jumped."""
WITHOUT_ENGINE = (SignIn, SignOut, SetState, FinishWrapUp, LinkSettled, LinkAnswered)
"""Requests that need nothing of the engine: possible while it is out of reach."""


class Dispatcher:
    """`run` works until it is cancelled.

    `observe` sees every switch event after it was handled, `adopted` every picture that was compared with ours.
    """

    def __init__(
        self,
        *,
        centre: Centre,
        switch: Switch,
        delivery: Delivery,
        clock: SteadyClock,
        provision: Provision,
        last_at: datetime,
        observe: Callable[[SwitchEvent], None] = lambda _: None,
        adopted: Callable[[SwitchSnapshot], None] = lambda _: None,
    ) -> None:
        """`last_at` is the time of the newest event in the journal: nothing is stamped earlier."""
        self._centre = centre
        self._switch = switch
        self._delivery = delivery
        self._clock = clock
        self._provision = provision
        self._observe = observe
        self._adopted = adopted
        self._inbox: asyncio.Queue[Input] = asyncio.Queue(INBOX_LIMIT)
        self._timers = Timers(clock.now, self._wake)
        self._last_at = last_at
        self._cut = False
        self._device_news = asyncio.Event()
        self.engine_up = False
        self.engine_version = ""
        self.started = asyncio.Event()
        """Set when the first engine has been adopted."""

    # ── From outside ─────────────────────────────────────────────────────────────────────────────────────────

    async def request(self, request: AnyRequest) -> CallId | None:
        """Carry out a request (see `ports.call_control`).

        Raises:
            Refused: with the core's code; `engine_down` when nothing comes back in time.
        """
        try:
            async with asyncio.timeout(REQUEST_DEADLINE_S):
                return await self._ask_until_registered(request)
        except TimeoutError:
            raise Refused("engine_down", "no answer in time") from None

    async def _ask_until_registered(self, request: AnyRequest) -> CallId | None:
        """Ask; when the telephone is not there, ask again after each that registers within `DEVICE_NEWS_S`."""
        loop = asyncio.get_running_loop()
        until = loop.time() + DEVICE_NEWS_S
        while True:
            outcome: asyncio.Future[CallId | None] = loop.create_future()
            news = self._device_news
            await self._inbox.put(Asked(request, outcome))
            try:
                return await outcome
            except Refused as refused:
                if refused.code != "no_device" or not await _set_by(news, until):
                    raise

    async def reconfigure(self, site: Site, provision: Provision) -> None:
        """Go on with a new picture of the site; returns when the engine has it too."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        await self._inbox.put(Reconfigured(site, provision, done))
        await done

    async def report(self, event: SwitchEvent) -> None:
        """Let the centre know of something that was found out in the switch's place."""
        await self._inbox.put(Reported(event, found=True))

    async def answer(self, answer: InquiryAnswered) -> None:
        """Let the centre know what came of a question that a flow asked."""
        await self._inbox.put(Answered(answer))

    async def settle(self, note: Callable[[datetime], Event]) -> None:
        """Wait until everything put in before, and `note` behind it, is handled and delivered."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        await self._inbox.put(Settle(done, note))
        await done
        await self._delivery.flush()

    def load(self) -> int:
        """Return how many inputs wait."""
        return self._inbox.qsize()

    # ── The loop ─────────────────────────────────────────────────────────────────────────────────────────────

    async def run(self) -> None:
        """Handle inputs for ever."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._pump(), name="dispatcher-switch-events")
                tasks.create_task(self._handle_inputs(), name="dispatcher")
        finally:
            self._timers.close()

    async def _pump(self) -> None:
        async for event in self._switch.events():
            await self._inbox.put(Reported(event))

    async def _handle_inputs(self) -> None:
        handled = 0
        while True:
            await self._handle(await self._inbox.get())
            handled += 1
            if handled % BREATH == 0:
                await asyncio.sleep(0)

    def _wake(self) -> None:
        if self._inbox.empty():  # otherwise the loop is awake and looks at the timers anyway
            self._inbox.put_nowait(Woken())

    async def _handle(self, item: Input) -> None:
        # While the engine is out of reach its calls go on without us: what would be due is looked at when they are adopted.
        for timer_id in () if self._cut else self._timers.due():
            await self._handle_in_centre(TimerFired(timer_id, self._now()))
        match item:
            case Reported(event, found):
                await self._on_switch_event(event, switch_events=0 if found else 1)
            case Answered(answer):
                await self._handle_in_centre(stamped(answer, self._now()))
            case Asked(request, outcome):
                await self._on_request(request, outcome)
            case Reconfigured():
                await self._on_reconfigured(item)
            case Settle(done, note):
                await self._delivery.put(Step(events=(note(self._now()),)))
                if not done.done():
                    done.set_result(None)
            case Woken():
                pass
            case _:
                assert_never(item)

    async def _on_switch_event(self, event: SwitchEvent, switch_events: int) -> None:
        self._last_at = max(self._last_at, min(event.at, self._clock.now()))
        event = stamped(event, self._last_at)
        if isinstance(event, EngineLost):
            self.engine_up = self._cut = False
            log.error("engine_lost", engine=event.engine, reason=event.reason)
        elif isinstance(event, EngineUnreachable):
            self.engine_up, self._cut = False, True
            log.error("engine_unreachable", engine=event.engine, reason=event.reason)
        await self._handle_in_centre(event, switch_events=switch_events)
        self._observe(event)
        if isinstance(event, DeviceRegistered):
            self._device_news.set()
            self._device_news = asyncio.Event()
        if isinstance(event, EngineUp):
            self.engine_version = event.version
            log.info("engine_up", engine=event.engine, version=event.version)
            await self._adopt()
            self._wake()  # for timers that became due meanwhile

    async def _on_request(self, request: AnyRequest, outcome: asyncio.Future[CallId | None]) -> None:
        if outcome.done():  # who asked no longer waits
            return
        if self._cut and not isinstance(request, WITHOUT_ENGINE):
            outcome.set_exception(Refused("engine_down"))
            return
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        try:
            decided = await self._handle_in_centre(stamped(request, self._now()), done=done)
        except Refused as refused:
            outcome.set_exception(refused)
            return
        done.add_done_callback(lambda result: _answer(outcome, result, decided.call_id))

    async def _on_reconfigured(self, item: Reconfigured) -> None:
        first: Sequence[SwitchCommand] = () if item.provision == self._provision else (item.provision,)
        self._provision = item.provision
        outcome = self._centre.reconfigure(item.site, self._now())
        await self._hand_over(outcome, first=first, done=item.done)

    async def _handle_in_centre(
        self, message: AnyInput, *, switch_events: int = 0, done: asyncio.Future[None] | None = None
    ) -> Outcome:
        """Let the centre handle a message; a bug ends the call at fault. Raises `Refused`."""
        try:
            outcome = self._centre.handle(message)
        except Refused:
            raise
        except Exception as bug:
            call_id = self._centre.suspect(message)
            log.exception("call_failed", call_id=call_id, input=type(message).__name__)
            outcome = self._end_call(call_id, message.at, type(bug).__name__)
        await self._hand_over(outcome, switch_events=switch_events, done=done)
        return outcome

    def _end_call(self, call_id: CallId | None, at: datetime, bug: str) -> Outcome:
        if call_id is not None:
            try:
                return self._centre.fail_call(call_id, at, bug)
            except Exception:
                log.exception("call_could_not_be_ended", call_id=call_id)
        return Outcome(events=(), commands=())

    async def _hand_over(
        self,
        outcome: Outcome,
        *,
        first: Sequence[SwitchCommand] = (),
        switch_events: int = 0,
        done: asyncio.Future[None] | None = None,
    ) -> None:
        """Set the timers; give events and commands (after `first`) to the delivery."""
        to_switch: list[SwitchCommand] = [*first]
        inquiries: list[Inquire] = []
        for command in outcome.commands:
            if isinstance(command, SetTimer | CancelTimer):
                self._timers.apply(command)
            elif isinstance(command, Inquire):
                inquiries.append(command)
            else:
                to_switch.append(command)
        if outcome.events or to_switch or switch_events or done is not None:
            step = Step(events=outcome.events, commands=to_switch, switch_events=switch_events, done=done)
            step.inquiries = inquiries
            await self._delivery.put(step)

    async def _adopt(self) -> None:
        """Compare what the engine runs with what we know: calls go on, or are closed.

        The picture must be newer than every command given and every event handled so far, and no event may wait that is older
        than the picture; so it is taken again when something came in between.
        """
        await self._delivery.put(Step(commands=(self._provision,)))
        try:
            snapshot = await self._quiet_snapshot()
        except SwitchUnavailable:
            return  # the engine reports EngineUp when it is back
        outcome = self._centre.adopt(snapshot, self._now())
        await self._hand_over(outcome)
        log.info("engine_adopted", legs=len(snapshot.legs), events=len(outcome.events))
        self.engine_up, self._cut = True, False  # only now does it know its telephones and trunks
        self._adopted(snapshot)
        self.started.set()

    async def _quiet_snapshot(self) -> SwitchSnapshot:
        for _ in range(ADOPT_TRIES):
            await self._delivery.flush()
            snapshot = await self._switch.snapshot()
            if self._inbox.empty():
                return snapshot
            for _ in range(self._inbox.qsize()):
                if self._inbox.empty():  # another node's arrival among them was adopted, and took the rest
                    break
                await self._handle(self._inbox.get_nowait())
        log.warning("adopted_while_busy", waiting=self._inbox.qsize())
        await self._delivery.flush()
        return await self._switch.snapshot()

    def _now(self) -> datetime:
        self._last_at = max(self._last_at, self._clock.now())
        return self._last_at


async def _set_by(news: asyncio.Event, until: float) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout_at(until):
            return await news.wait()
    return False


def _answer(
    outcome: asyncio.Future[CallId | None], done: asyncio.Future[None], placed: CallId | None
) -> None:
    if outcome.done():
        return
    if done.cancelled():
        outcome.set_exception(Refused("engine_down"))
    elif (error := done.exception()) is not None:
        outcome.set_exception(error)
    else:
        outcome.set_result(placed)
