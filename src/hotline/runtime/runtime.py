"""The running centre: puts core, journal, switch and live view together, and is the call-control port for everybody else."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import structlog

from hotline.core.centre import Centre
from hotline.core.events import SystemStarted, SystemStopped
from hotline.core.ids import AgentId, AuthorityId, CallId, DeviceId, NewId
from hotline.core.inquiry_messages import InquiryAnswered
from hotline.core.requests import AnyRequest
from hotline.core.site import Site
from hotline.core.switching import SwitchEvent, SwitchSnapshot
from hotline.ports.call_control import AgentView, CallView, EngineHealth, LiveChange, LiveSnapshot
from hotline.ports.inquiries import Services
from hotline.ports.journal import Journal, JournalUnavailable
from hotline.ports.lease import Deposed
from hotline.ports.sealing import Seals
from hotline.ports.site import SiteSource
from hotline.ports.switch import Switch
from hotline.runtime.confidential import Confidential
from hotline.runtime.delivery import Delivery, DeliveryState, Step
from hotline.runtime.dispatcher import CLOCK_JUMP_S, Dispatcher
from hotline.runtime.figures import FiguresToday
from hotline.runtime.inquiring import Inquirers
from hotline.runtime.live_view import LiveView
from hotline.runtime.recovery import Ahead, lost_recordings, restore
from hotline.runtime.spool import Spool
from hotline.runtime.steady_clock import SteadyClock

log = structlog.stdlib.get_logger(__name__)

CLOCK_CHECK_S = 10.0
READ_ALONG_EVERY_S = 1.0
STOP_LIMIT_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeSettings:
    """What the runtime needs to know of the installation. `engine` is the switch's kind for health."""

    data: Path
    version: str
    engine: str
    recording_grace_s: float = 5.0
    """A recording that the engine does not report so long after it was adopted is looked for on disk."""


class Runtime:
    """Implements `ports.call_control.CallControl` between `start` and `close`."""

    def __init__(
        self,
        settings: RuntimeSettings,
        *,
        switch: Switch,
        journal: Journal,
        source: SiteSource,
        clock: SteadyClock,
        new_id: NewId,
        services: Services | None = None,
        seals: Seals | None = None,
    ) -> None:
        """`services` answer what flows ask outside; `seals` keep confidential variables unreadable in journal and spool."""
        self._confidential = Confidential(seals)
        self._services = services if services is not None else Services()
        self._settings = settings
        self._switch = switch
        self._journal = journal
        self._source = source
        self._clock = clock
        self._new_id = new_id
        self._ahead: Ahead | None = None
        self._observe_commit: Callable[[float], None] = lambda _: None
        self._reconfiguring = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        self.deposed = asyncio.Event()
        """Set when the journal belongs to another application; this one must end."""
        self.failed: asyncio.Future[None]
        """Done when a part ended by a bug; the process must end then and be started again."""

    async def read_along(self) -> None:
        """Until cancelled: read the journal that another application writes, so that a start takes no time."""
        while True:
            try:
                if self._ahead is None:
                    site, _ = await self._source.load()
                    self._ahead = Ahead(partial(FiguresToday, site.offset_min))
                await self._ahead.advance(self._journal, self._clock.now())
            except Exception as error:  # noqa: BLE001 - a start without this only takes longer
                log.warning("not_reading_along", why=type(error).__name__)
                self._ahead = None
            await asyncio.sleep(READ_ALONG_EVERY_S)

    async def start(self, spool: Path | None = None, earlier_spools: Sequence[Path] = ()) -> None:
        """Restore what ran and begin to work.

        `spool`: where events are kept aside while the database is away (None: in the data folder). `earlier_spools`: what earlier
        applications kept aside, oldest first; brought into the journal before anything else.

        Raises:
            JournalUnavailable: the database does not answer or is not migrated.
        """
        self.failed = asyncio.get_running_loop().create_future()
        site, provision = await self._source.load()
        now = self._clock.now()
        self._centre = centre = Centre(site, self._new_id)
        ahead = self._ahead or Ahead(partial(FiguresToday, site.offset_min))
        aside = Spool(spool or self._settings.data / "run" / "journal-spool.jsonl")
        earlier = [Spool(path) for path in earlier_spools]
        newest = await restore(centre, self._journal, [*earlier, aside], ahead, now, self._confidential)
        self._live = LiveView(centre.floor, ahead.figures, self._clock.now)
        self._live.publish_all()
        self._inquirers = Inquirers(self._services, self._hear_answer, self._clock.now)
        self._delivery = Delivery(
            journal=self._journal,
            switch=self._switch,
            spool=aside,
            saved=self._live.saved,
            inquire=self._inquirers.begin,
            confidential=self._confidential,
        )
        self._delivery.observe_commit = self._committed
        self._dispatcher = Dispatcher(
            centre=centre,
            switch=self._switch,
            delivery=self._delivery,
            clock=self._clock,
            provision=provision,
            last_at=newest,
            observe=self._live.observe,
            adopted=self._on_adopted,
        )
        started = SystemStarted(at=now, authority_id=site.authority_id, version=self._settings.version)
        await self._delivery.put(Step(events=(started,)))
        self._begin(self._delivery.run(), "delivery")
        self._begin(self._dispatcher.run(), "dispatcher")
        self._begin(self._watch_clock(), "clock-watch")

    async def close(self) -> None:
        """Write down what is decided and stop; calls stay up in the engine."""
        authority_id = self._centre.site.authority_id
        try:
            async with asyncio.timeout(STOP_LIMIT_S):
                await self._dispatcher.settle(lambda at: SystemStopped(at=at, authority_id=authority_id))
        except TimeoutError:
            log.warning("runtime_stopped_unfinished")
        await self.abandon()

    async def abandon(self) -> None:
        """Stop at once: another application goes on with the calls."""
        await self._inquirers.close()
        for task in reversed(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    # ── The call-control port ────────────────────────────────────────────────────────────────────────────────

    async def request(self, request: AnyRequest) -> CallId | None:
        return await self._dispatcher.request(request)

    def agent(self, agent_id: AgentId) -> AgentView | None:
        return self._live.agent(agent_id)

    def call(self, call_id: CallId) -> CallView | None:
        return self._live.call(call_id)

    def live(self, authorities: Collection[AuthorityId] | None) -> LiveSnapshot:
        return self._live.live(authorities)

    def changes(self, after: int) -> AsyncIterator[LiveChange]:
        return self._live.changes(after)

    def bursts(self, after: int) -> AsyncIterator[tuple[LiveChange, ...]]:
        return self._live.bursts(after)

    def newest(self) -> int:
        return self._live.newest()

    def agent_changes(self, agent_id: AgentId) -> AsyncIterator[int]:
        return self._live.agent_changes(agent_id)

    async def reconfigure(self) -> None:
        async with self._reconfiguring:
            site, provision = await self._source.load()
            await self._dispatcher.reconfigure(site, provision)
            self._live.publish_all()

    def engine(self) -> EngineHealth:
        dispatcher = self._dispatcher
        return EngineHealth(
            kind=self._settings.engine,
            up=dispatcher.engine_up,
            calls=self._live.running(),
            version=dispatcher.engine_version,
        )

    def registered(self, device_id: DeviceId) -> bool:
        return device_id in self._centre.floor.devices

    def site(self) -> Site:
        return self._centre.floor.index.site

    # ── For health and metrics ───────────────────────────────────────────────────────────────────────────────

    @property
    def delivery(self) -> DeliveryState:
        """How the way to journal and engine does."""
        return self._delivery.state

    def observe_commits(self, observe: Callable[[float], None]) -> None:
        """Let `observe` see the seconds of every commit, also when it is said before the start."""
        self._observe_commit = observe

    def _committed(self, seconds: float) -> None:
        self._observe_commit(seconds)

    @property
    def inbox(self) -> int:
        """How many inputs wait."""
        return self._dispatcher.load()

    def remember_last_agents(self, agents: Mapping[str, AgentId]) -> None:
        """Take over who served a caller last before today, oldest first (number outside, agent)."""
        self._centre.remember_last_agents(agents)

    async def report(self, event: SwitchEvent) -> None:
        """Let the centre know of something found out in the switch's place."""
        await self._dispatcher.report(event)

    async def adopted(self) -> None:
        """Wait until the first engine has been adopted."""
        await self._dispatcher.started.wait()

    # ── Inside ───────────────────────────────────────────────────────────────────────────────────────────────

    async def _hear_answer(self, answer: InquiryAnswered) -> None:
        await self._dispatcher.answer(answer)

    def _begin(self, work: Coroutine[None, None, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        task.add_done_callback(self._on_task_done)
        self._tasks.append(task)

    def _on_task_done(self, task: asyncio.Task[None]) -> None:
        if task.cancelled() or (error := task.exception()) is None:
            return
        if isinstance(error, BaseExceptionGroup) and error.subgroup(Deposed) is not None:
            self.deposed.set()
            return
        log.critical("runtime_part_failed", part=task.get_name(), exc_info=error)
        if not self.failed.done():
            self.failed.set_result(None)

    def _on_adopted(self, snapshot: SwitchSnapshot) -> None:
        self._live.engine_up = True
        self._live.publish_all()
        self._begin(self._find_recordings(snapshot), "recordings-lost")

    async def _find_recordings(self, snapshot: SwitchSnapshot) -> None:
        """Close the books on recordings whose engine died or whose end was never heard."""
        running = {leg.recording_id for leg in snapshot.legs if leg.recording_id is not None}
        waiting = {key: r.call_id for key, r in self._centre.floor.recordings.items() if key not in running}
        if not waiting:
            return
        while True:
            await asyncio.sleep(self._settings.recording_grace_s)
            still = {key: call_id for key, call_id in waiting.items() if key in self._centre.floor.recordings}
            try:
                lost = await lost_recordings(self._journal, self._settings.data, still, self._clock.now())
            except JournalUnavailable:  # the database is away as well: when it is back, then
                continue
            for done in lost:
                await self._dispatcher.report(done)
            return

    async def _watch_clock(self) -> None:
        """Say when the machine's clock jumped; follow it at once while nobody's times are counted."""
        while True:
            await asyncio.sleep(CLOCK_CHECK_S)
            off_s = self._clock.offset_s()
            if abs(off_s) > CLOCK_JUMP_S:
                log.warning("clock_jumped", seconds=round(off_s, 1))
                if not self._live.running():
                    self._clock.leap_to_wall()
