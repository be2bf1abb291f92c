"""Several FreeSWITCH nodes as one `Switch`: each leg lives at one node; one node lost ends only its legs."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

import structlog

from hotline.adapters.freeswitch import adoption, orders, translate
from hotline.adapters.freeswitch.actions import Actions
from hotline.adapters.freeswitch.capacity import Capacity
from hotline.adapters.freeswitch.connection import Link, LinkBroken, LinkTiming
from hotline.adapters.freeswitch.hearing import Hearing
from hotline.adapters.freeswitch.lease import Tenure
from hotline.adapters.freeswitch.muster import Muster
from hotline.adapters.freeswitch.node import Node, NodeSettings
from hotline.adapters.freeswitch.recordings import Recordings
from hotline.adapters.freeswitch.refresh import AnswersNodes, Refresher
from hotline.adapters.freeswitch.site import Site
from hotline.adapters.freeswitch.translate import Admission
from hotline.core.ids import LegId
from hotline.core.switching import (
    CommandFailed,
    EngineLost,
    EngineUnreachable,
    EngineUp,
    Originate,
    PauseRecording,
    Provision,
    SetRoom,
    StopRecording,
    SwitchCommand,
    SwitchEvent,
    SwitchSnapshot,
    ToDevice,
)
from hotline.ports.switch import SwitchUnavailable
from hotline.wire import esl

log = structlog.stdlib.get_logger(__name__)

ENGINE = "freeswitch"
EVENTS_MAX = 20_000
BEHIND = 2_000
"""Events our consumer has not taken; beyond it less is read from the nodes."""
UNANSWERED_HIGH = 500
"""Commands a node has not answered; beyond it `execute` waits."""
EXECUTE_LIMIT_S = 5.0
TAKE_LIMIT_S = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeSwitchSettings:
    """The nodes' event sockets (host, port), their password, and where the shared data folder is, for us and for them."""

    nodes: tuple[tuple[str, int], ...]
    password: str
    data: Path
    data_at_switch: str = ""
    """The data folder as FreeSWITCH sees it; "" when it is the same path."""
    timing: LinkTiming = field(default_factory=LinkTiming)
    gone_after_s: float = 1.0
    """A node where nobody listens for this long is gone, and its legs with it."""
    patience_s: float = 60.0
    """A node out of reach for this long (a cut line, not a refusal) counts as gone."""
    audit_s: float = 30.0
    muster_s: float = 4.0
    """So long the first node waits for the others at the start, so that no call of theirs counts as ended."""


class FreeSwitchSwitch:
    """See the module. Implements `ports.switch.Switch`; `directory` is told of every `Provision`."""

    def __init__(
        self,
        settings: FreeSwitchSettings,
        *,
        now: Callable[[], datetime],
        directory: AnswersNodes | None = None,
        token: Callable[[], int] = lambda: 0,
    ) -> None:
        """`token`: under which lease we command (`ports.lease`); whoever has an older one lets go. 0: there is no lease."""
        self._settings = settings
        self._now = now
        self._directory = directory
        self._events: asyncio.Queue[SwitchEvent] = asyncio.Queue(EVENTS_MAX)
        self._room = asyncio.Event()
        self._room.set()
        self._admission = Admission()
        data = settings.data.absolute()
        self._capacity = Capacity(self._admission, now)
        self._recordings = Recordings(data)
        node_settings = NodeSettings(
            data=data,
            sounds_at=settings.data_at_switch or str(data),
            password=settings.password,
            now=now,
            timing=settings.timing,
        )
        self._tenure = Tenure(token, self._let_go)
        self.replaced = self._tenure.replaced
        """Set when an application with a newer lease commands the nodes; this one must end."""
        self._sites = [self._site(address, node_settings) for address in settings.nodes]
        self._muster = Muster(self._sites, settings.muster_s)
        self._capacity.sites = self._sites
        self._turn = itertools.count()
        self._announced = False
        self._unreachable = False
        self._tasks: list[asyncio.Task[None]] = []

    def _site(self, address: tuple[str, int], settings: NodeSettings) -> Site:
        node = Node(
            address,
            settings,
            emit=self._emit,
            admission=self._admission,
            recordings=self._recordings,
        )
        refresher = Refresher(node, self._directory) if self._directory is not None else None
        site = Site(node, Hearing(node, self._capacity.full), Actions(node), refresher)
        node.when_quiet = site.actions.sound.resume_music
        node.is_lost = lambda leg_id: not any(leg_id in other.node.legs for other in self._sites)
        node.link = Link(
            address,
            settings.password,
            on_event=self._tenure.before(site.hearing.on_event),
            on_up=partial(self._node_up, site),
            on_broken=partial(self._node_broken, site),
            room=self._has_room,
            timing=settings.timing,
        )
        return site

    # ── Life ────────────────────────────────────────────────────────────────────────────────────────────────

    def start(self) -> None:
        """Begin to connect to every node, and stay connected."""
        self._recordings.prepare()
        for site in self._sites:
            assert site.node.link is not None
            site.node.link.start()
            if site.refresher is not None:
                self._tasks.append(asyncio.create_task(site.refresher.run(), name="freeswitch-refresh"))
        self._tasks.append(asyncio.create_task(self._audit(), name="freeswitch-audit"))

    async def take(self) -> None:
        """`start`, and wait until each node has told an earlier application to let go, or cannot be reached."""
        self.start()
        try:
            async with asyncio.timeout(TAKE_LIMIT_S):
                await asyncio.gather(*(site.tried.wait() for site in self._sites))
        except TimeoutError:
            log.warning("freeswitch_not_taken", nodes=sum(not site.tried.is_set() for site in self._sites))
        await self._tenure.others_have_let_go()

    async def close(self) -> None:
        """Let go of the nodes without ending their calls."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for site in self._sites:
            assert site.node.link is not None
            await site.node.link.close()
            await site.node.lanes.close()
            site.forget_deadlines()
        await self._recordings.close()

    @property
    def up(self) -> bool:
        """Whether any node can be spoken to."""
        return any(site.up for site in self._sites)

    @property
    def nodes_up(self) -> dict[str, bool]:
        """Every node and whether it can be spoken to."""
        return {f"{site.node.address[0]}:{site.node.address[1]}": site.up for site in self._sites}

    async def _let_go(self) -> None:
        """Another application commands the nodes: order nothing any more, hear nothing any more."""
        for site in self._sites:
            site.up = False
            assert site.node.link is not None
            await site.node.link.close()
        self._cannot_reach("replaced")

    def _cannot_reach(self, reason: str) -> None:
        if self._announced and not self._unreachable:
            self._unreachable = True
            self._emit(EngineUnreachable(at=self._now(), engine=ENGINE, reason=reason))

    async def _node_up(self, site: Site) -> None:
        assert site.node.link is not None
        await self._tenure.claim(site.node.link)
        site.tried.set()
        for order in orders.defaults():
            site.node.send(esl.command(f"api {order}"))
        self._refresh(site)
        await adoption.adopt(site.node, site.hearing, site.node.link)
        site.stocked = True
        if not self._announced:
            await self._muster.complete()
        site.up, site.broken_at, site.lost = True, None, False
        self._announced, self._unreachable = True, False
        log.info("freeswitch_up", node=site.node.address[1], version=site.node.version)
        self._emit(EngineUp(at=self._now(), engine=ENGINE, version=site.node.version))

    async def _node_broken(self, site: Site, broken: LinkBroken) -> None:
        """A connection broke, or could not be made again. Tell apart a cut line and a node that is gone."""
        site.tried.set()
        loop_time = asyncio.get_running_loop().time()
        if site.broken_at is None:
            site.broken_at, site.refused_at = loop_time, None
            log.warning("freeswitch_link_broken", node=site.node.address[1], why=str(broken))
        site.up = site.stocked = False
        if not broken.refused:
            site.refused_at = None
        elif site.refused_at is None:
            site.refused_at = loop_time
        if not self.up:
            self._cannot_reach("link")
        gone = site.refused_at is not None and loop_time - site.refused_at >= self._settings.gone_after_s
        if gone or loop_time - site.broken_at >= self._settings.patience_s:
            self._node_lost(site)

    def _node_lost(self, site: Site) -> None:
        if site.lost:
            return
        site.lost = True
        self._muster.look_round()
        log.error("freeswitch_lost", node=site.node.address[1], legs=len(site.node.legs))
        site.node.lost()
        site.hearing.forget()
        if self._announced and not any(other.up or not other.lost for other in self._sites):
            self._announced = False
            self._muster.anew()
            self._emit(EngineLost(at=self._now(), engine=ENGINE, reason="every node is gone"))

    async def _audit(self) -> None:
        while True:
            await asyncio.sleep(self._settings.audit_s)
            for site in self._sites:
                if site.up and site.node.link is not None:
                    try:
                        await adoption.audit(site.node, site.node.link)
                    except LinkBroken as broken:
                        log.warning("freeswitch_audit_failed", why=str(broken))

    # ── The port ────────────────────────────────────────────────────────────────────────────────────────────

    async def events(self) -> AsyncIterator[SwitchEvent]:
        """Yield what happens, in order, for ever; one consumer."""
        while True:
            event = await self._events.get()
            if self._events.qsize() < BEHIND:
                self._room.set()
            yield event
            self._events.task_done()

    async def _has_room(self) -> None:
        await self._room.wait()

    def _emit(self, event: SwitchEvent) -> None:
        try:
            self._events.put_nowait(event)
        except (
            asyncio.QueueFull
        ):  # the nodes are read no more long before; the next audit finds what we did not tell
            log.critical("engine_event_lost", event_type=type(event).__name__)
        if self._events.qsize() > BEHIND:  # less is read from the nodes until the consumer has caught up
            self._room.clear()

    async def execute(self, commands: Sequence[SwitchCommand]) -> None:
        """Hand over commands in order; outcomes come as events."""
        if not self.up:
            raise SwitchUnavailable("no FreeSWITCH can be reached")
        for command in commands:
            try:
                self._take(command)
            except Exception:
                log.exception("freeswitch_command_failed", command=type(command).__name__)
                self._fail(command, getattr(command, "leg_id", None), "engine_fault")
        await self._drained()

    async def _drained(self) -> None:
        """Back-pressure: wait while a node has too much before it."""
        deadline = asyncio.get_running_loop().time() + EXECUTE_LIMIT_S
        while any(
            site.up and site.node.link is not None and site.node.link.unanswered > UNANSWERED_HIGH
            for site in self._sites
        ):
            if asyncio.get_running_loop().time() > deadline:
                raise SwitchUnavailable("FreeSWITCH does not keep up")
            await asyncio.sleep(0.005)

    async def snapshot(self) -> SwitchSnapshot:
        """Report what runs now."""
        if not self.up:
            raise SwitchUnavailable("no FreeSWITCH can be reached")
        try:
            async with asyncio.timeout(EXECUTE_LIMIT_S):
                await self._events.join()  # every older event is with the consumer now
        except TimeoutError:
            raise SwitchUnavailable("nobody takes the events") from None
        return SwitchSnapshot(
            at=self._now(),
            engine=ENGINE,
            version=next(site.node.version for site in self._sites if site.up),
            legs=tuple(leg.view() for site in self._sites for leg in site.node.legs.values()),
            devices=tuple(
                {d.device_id: d for site in self._sites for d in site.node.devices.values()}.values()
            ),
        )

    # ── Routing ─────────────────────────────────────────────────────────────────────────────────────────────

    def _take(self, command: SwitchCommand) -> None:
        match command:
            case Provision():
                self._provision(command)
            case Originate():
                self._originate(command)
            case SetRoom():
                self._set_room(command)
            case PauseRecording() | StopRecording():
                self._recording(command)
            case _:
                site = self._site_of(command.leg_id)
                if site is None:
                    self._fail(command, command.leg_id, "no_such_leg")
                else:
                    site.actions.take(command)

    def _site_of(self, leg_id: LegId | None) -> Site | None:
        return next((site for site in self._sites if leg_id in site.node.legs), None)

    def _provision(self, command: Provision) -> None:
        self._admission.provision(command)
        if self._directory is not None:
            self._directory.provision(command)
        for site in self._sites:
            self._refresh(site)
            site.hearing.provisioned()

    @staticmethod
    def _refresh(site: Site) -> None:
        if site.refresher is not None:
            site.refresher.needed()

    def _originate(self, command: Originate) -> None:
        if any(command.leg_id in site.node.legs or command.leg_id in site.node.ended for site in self._sites):
            return
        if (refused := self._capacity.refusal(command)) is not None:
            self._emit(refused)
            return
        near = self._site_of(command.near)
        device_id = command.to.device_id if isinstance(command.to, ToDevice) else None
        home = next((site for site in self._sites if device_id in site.node.devices and site.up), None)
        up = [site for site in self._sites if site.up]
        site = near or home or min(up, key=lambda one: len(one.node.legs))
        contact = ""
        if home is not None and home is not site and device_id is not None:
            contact = translate.uri_in(home.node.contacts.get(device_id, ""))
        site.actions.originate(command, contact)

    def _set_room(self, command: SetRoom) -> None:
        named = [member.leg_id for member in command.members]
        sites = [site for site in self._sites if command.room_id in site.node.rooms]
        sites += [site for leg_id in named if (site := self._site_of(leg_id)) is not None]
        if not sites:
            for leg_id in named:
                self._fail(command, leg_id, "no_such_leg")
            return
        for leg_id in named:
            if leg_id not in sites[0].node.legs and self._site_of(leg_id) is not None:
                self._fail(command, leg_id, "bad_state")
        sites[0].actions.sound.set_room(command)

    def _recording(self, command: PauseRecording | StopRecording) -> None:
        for site in self._sites:
            for leg in site.node.legs.values():
                if leg.tape is not None and leg.tape.part.recording_id == command.recording_id:
                    site.actions.taping.change(command, leg)
                    return
        known = any(command.recording_id in site.node.known_recordings for site in self._sites)
        if isinstance(command, PauseRecording) or not known:
            self._fail(command, None, "no_such_recording")

    def _fail(self, command: object, leg_id: LegId | None, code: str) -> None:
        self._emit(CommandFailed(at=self._now(), command=type(command).__name__, leg_id=leg_id, code=code))
