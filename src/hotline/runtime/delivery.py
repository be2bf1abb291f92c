"""Carry out what the core decided, in order: first the journal, then the commands, then the answers to those who asked.

Two stages run beside each other, so that the next commit does not wait for the engine. While the database is away events are kept
in the spool (then in memory) and calls go on. Knows no rule of the centre.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import structlog

from hotline.core.events import Event
from hotline.core.inquiry_messages import Inquire
from hotline.core.requests import Refused
from hotline.core.switching import HangUp, SwitchCommand
from hotline.ports.journal import Journal, JournalUnavailable
from hotline.ports.switch import Switch, SwitchUnavailable
from hotline.runtime.confidential import Confidential
from hotline.runtime.spool import Spool, SpoolFull

log = structlog.stdlib.get_logger(__name__)

STEP_LIMIT = 8_192
"""Steps that may wait; the dispatcher waits at the door beyond."""
STEPS_TOGETHER = 500
"""Steps that share one commit at most."""
MEMORY_LIMIT = 50_000
"""Events kept in memory when neither database nor disk takes them; calls stop beyond."""
DRAIN_EVERY_S = 1.0
COMPANY_S = 0.02
"""So long a step that nobody waits for waits for others to share its commit: a pressing one then seldom finds the disk busy."""


@runtime_checkable
class Acknowledges(Protocol):
    """A switch that keeps its events until they are durable with us, and repeats them to our successor."""

    def acknowledge(self, events: int) -> None:
        """The first `events` events not acknowledged so far are durable."""
        ...


@dataclass(slots=True)
class Step:
    """What one input led to."""

    events: Sequence[Event] = ()
    commands: Sequence[SwitchCommand] = ()
    switch_events: int = 0
    done: asyncio.Future[None] | None = None
    inquiries: Sequence[Inquire] = ()

    @property
    def pressing(self) -> bool:
        """Whether somebody waits for what follows: a person for the answer, a caller or an agent for what the engine is to do."""
        return (
            self.done is not None
            or bool(self.inquiries)
            or not all(isinstance(one, HangUp) for one in self.commands)
        )


@dataclass(slots=True)
class DeliveryState:
    """How delivery does, for health and metrics."""

    journal_up: bool = True
    spooled: int = 0
    commit_s: float = 0.0
    """Duration of the newest commit."""
    commits: int = 0
    events: int = 0
    unsaved: list[Event] = field(default_factory=list[Event])


class Delivery:
    """`saved` is told of events once they are safe; `run` works until it is cancelled."""

    def __init__(
        self,
        *,
        journal: Journal,
        switch: Switch,
        spool: Spool,
        saved: Callable[[Sequence[Event]], None],
        inquire: Callable[[Inquire], None] = lambda _: None,
        confidential: Confidential | None = None,
    ) -> None:
        """`inquire` begins a question of a flow, once its events are safe; it returns at once."""
        self._inquire = inquire
        self._confidential = confidential or Confidential()
        self._journal = journal
        self._switch = switch
        self._spool = spool
        self._saved = saved
        self._steps: asyncio.Queue[Step] = asyncio.Queue(STEP_LIMIT)
        self._to_send: asyncio.Queue[list[Step]] = asyncio.Queue(64)
        self._kept = asyncio.Event()
        self._aside = asyncio.Lock()
        self._owed = 0
        self.state = DeliveryState()
        self.observe_commit: Callable[[float], None] = lambda _: None

    async def put(self, step: Step) -> None:
        """Hand over a step; waits while too many do."""
        await self._steps.put(step)

    async def flush(self) -> None:
        """Wait until everything handed over before is done."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        await self._steps.put(Step(done=done))
        await done

    async def run(self) -> None:
        """Deliver steps for ever.

        Raises:
            ExceptionGroup: of `Deposed` when another application writes the journal now, of anything else for a bug.
        """
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._save_steps(), name="delivery-save")
            tasks.create_task(self._send_steps(), name="delivery-send")
            tasks.create_task(self._bring_in(), name="delivery-bring-in")

    async def _save_steps(self) -> None:
        while True:
            steps = await self._next_steps()
            if events := [event for step in steps for event in step.events]:
                await self._save(self._confidential.sealed(events))
                self._saved(events)
            await self._to_send.put(steps)

    async def _next_steps(self) -> list[Step]:
        """Wait for a step and take what else waits; where nothing is pressing, give others a moment to come along."""
        steps = [await self._steps.get()]
        pressing = steps[0].pressing
        until = asyncio.get_running_loop().time() + COMPANY_S
        while len(steps) < STEPS_TOGETHER:
            if self._steps.empty():
                if pressing:
                    break
                try:
                    async with asyncio.timeout_at(until):
                        steps.append(await self._steps.get())
                except TimeoutError:
                    break
            else:
                steps.append(self._steps.get_nowait())
            pressing = pressing or steps[-1].pressing
        return steps

    async def _save(self, events: list[Event]) -> None:
        if not len(self._spool) and not self.state.unsaved:
            loop = asyncio.get_running_loop()
            began = loop.time()
            try:
                await self._journal.append(events)
            except JournalUnavailable as away:
                log.critical("journal_unavailable", why=str(away))
            else:
                self._note_commit(len(events), loop.time() - began)
                return
        await self._keep_aside(events)

    def _note_commit(self, events: int, seconds: float) -> None:
        state = self.state
        state.journal_up = True
        state.commits, state.events, state.commit_s = state.commits + 1, state.events + events, seconds
        self.observe_commit(seconds)

    async def _keep_aside(self, events: list[Event]) -> None:
        """Keep events in the spool, or in memory; when even that is full, wait (and calls with us) for the database."""
        state = self.state
        state.journal_up = False
        async with self._aside:
            state.unsaved.extend(events)
            await self._unload_memory()
        self._kept.set()
        while len(state.unsaved) > MEMORY_LIMIT:
            log.critical("events_cannot_be_kept", unsaved=len(state.unsaved))
            await asyncio.sleep(DRAIN_EVERY_S)

    async def _unload_memory(self) -> None:
        unsaved = self.state.unsaved
        count = len(unsaved)
        try:
            await self._spool.keep(unsaved[:count], behind=self._journal.confirmed)
        except SpoolFull as full:
            log.critical("spool_full", why=str(full), unsaved=count)
        else:
            del unsaved[:count]
        self.state.spooled = len(self._spool)

    async def _bring_in(self) -> None:
        """Try again and again to bring what was kept aside into the journal."""
        while True:
            await self._kept.wait()
            self._kept.clear()
            while len(self._spool) or self.state.unsaved:
                await asyncio.sleep(DRAIN_EVERY_S)
                await self._drain()

    async def _drain(self) -> None:
        try:
            events = await self._spool.drain(self._journal)
            async with self._aside:
                if not len(self._spool):
                    await self._journal.append(tuple(self.state.unsaved))
                    self.state.unsaved.clear()
        except JournalUnavailable:
            return
        except OSError:  # the spool's disk; the events stay where they are
            log.exception("spool_drain_failed")
            return
        finally:
            self.state.spooled = len(self._spool)
        self._acknowledge()
        log.warning("journal_back", events=events)
        self.state.journal_up = not len(self._spool)

    async def _send_steps(self) -> None:
        while True:
            steps = await self._to_send.get()
            commands = [command for step in steps for command in step.commands]
            refused = False
            if commands:
                try:
                    await self._switch.execute(commands)
                except SwitchUnavailable:
                    refused = True
                    log.warning("commands_dropped", commands=len(commands))
            for step in steps:
                for inquiry in step.inquiries:
                    self._inquire(inquiry)
            self._owed += sum(step.switch_events for step in steps)
            self._acknowledge()
            for step in steps:
                if step.done is not None and not step.done.done():
                    if refused and step.commands:
                        step.done.set_exception(Refused("engine_down"))
                    else:
                        step.done.set_result(None)

    def _acknowledge(self) -> None:
        """Let the switch forget what led to events that are durable; what is only in memory it keeps for our successor."""
        if self._owed and not self.state.unsaved and isinstance(self._switch, Acknowledges):
            self._switch.acknowledge(self._owed)
            self._owed = 0
