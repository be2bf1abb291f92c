"""The composition root: the only place that knows features, runtime and adapters together, and the order they start and stop in."""

import asyncio
import sys
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

import structlog
from fastapi import FastAPI

from hotline.adapters.embedded.client import EmbeddedClient
from hotline.adapters.embedded.sip_proxy import SipProxy
from hotline.adapters.embedded.supervisor import PidFile, Program, Supervisor
from hotline.adapters.journal_sql import SqlJournal
from hotline.adapters.statistics_duckdb.client import StatisticsClient
from hotline.core.switching import EngineLost
from hotline.features.calls.history import SqlCallHistory
from hotline.features.calls.projection import CallListProjection
from hotline.figures import Figures
from hotline.http_app import add_metrics, add_web, create_app
from hotline.platform.access import Platform
from hotline.platform.auth import Authenticator
from hotline.platform.database import Database
from hotline.platform.ids import new_id
from hotline.platform.settings import Settings
from hotline.ports.call_control import CallControl
from hotline.ports.call_history import CallHistory
from hotline.ports.journal import Journal
from hotline.ports.statistics import Statistics
from hotline.runtime.runtime import Runtime, RuntimeSettings
from hotline.runtime.steady_clock import SteadyClock
from hotline.setup import demo_hints, offer_demo, set_up
from hotline.site_source import DatabaseSite

log = structlog.stdlib.get_logger(__name__)

HANG_LIMIT_S = 8.0
"""A voice process that is there but not on the line for so long hangs, and is started again."""
WATCH_EVERY_S = 1.0


class Application:
    """Everything of `hotline serve` but the HTTP listener. `start` once, then `stop` once."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._run = settings.data.absolute() / "run"
        self._pid_file = PidFile(self._run / "serve.pid")
        self._clock = SteadyClock()
        self._watch: asyncio.Task[None] | None = None
        self._version = version("hotline")
        self._hints: list[str] = []

    async def start(self) -> FastAPI:
        """Migrate, restore and start everything; return the web application.

        Raises:
            AlreadyRunning: another application uses this data folder.
            JournalUnavailable: the database does not answer.
        """
        settings = self.settings
        self._pid_file.take()
        self.database = Database(settings.database_url)
        made_password = await set_up(self.database, settings)
        self._hints += demo_hints(settings, new=made_password is not None)
        self._journal = SqlJournal(
            self.database.engine.execution_options(hotline_writes=True), projections=(CallListProjection(),)
        )
        await self._journal.open()
        self._line = EmbeddedClient(self._run / "voice.sock", now=self._clock.now, version=self._version)
        self._voice = Supervisor(self._program("voice", spare=True), died=self._line.process_died)
        self._statistics = Supervisor(self._program("statistics"))
        self._statistics_line = StatisticsClient(self._run / "statistics.sock")
        self.runtime = Runtime(
            RuntimeSettings(
                data=settings.data.absolute(), version=self._version, engine=settings.engine.value
            ),
            switch=self._line,
            journal=self._journal,
            source=DatabaseSite(self.database),
            clock=self._clock,
            new_id=new_id,
        )
        await self.runtime.start()
        self._line.start()
        self._voice.start()
        self._statistics.start()
        self._watch = asyncio.create_task(self._watch_voice(), name="watch-voice")
        return self._web_app()

    async def stop(self, *, keep_voice: bool) -> None:
        """End in order. With `keep_voice` calls go on in the voice process and the next application adopts them."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        if not keep_voice:
            await self.runtime.report(EngineLost(at=self._clock.now(), engine="embedded", reason="stopped"))
        await self.runtime.close()
        await self._line.close()
        if keep_voice:
            self._voice.leave()
        else:
            await self._voice.stop()
        await self._statistics_line.close()
        await self._statistics.stop()
        await self._journal.close()
        await self.database.close()
        self._pid_file.release()

    # ── Parts ────────────────────────────────────────────────────────────────────────────────────────────────

    def _program(self, name: str, *, spare: bool = False) -> Program:
        command = (sys.executable, "-m", "hotline", name)
        return Program(
            name=name,
            command=command,
            spare=(*command, "--spare") if spare else (),
            pid_file=self._run / f"{name}.pid",
            log_file=self.settings.data.absolute() / "logs" / f"{name}.log",
        )

    def _web_app(self) -> FastAPI:
        platform = Platform(
            settings=self.settings,
            database=self.database,
            authenticator=Authenticator(self.database),
            site_changed=self.runtime.reconfigure,
        )
        platform.services[CallControl] = self.runtime
        platform.services[CallHistory] = SqlCallHistory(self.database, self.runtime)
        platform.services[Journal] = self._journal
        platform.services[Statistics] = self._statistics_line
        offer_demo(platform)
        app = create_app(platform)
        proxy = SipProxy(self._run / "sip.sock")
        app.add_api_websocket_route("/sip", proxy.serve)
        figures = Figures(self.runtime, proxy)
        app.state.health = self.health
        add_metrics(app, figures.render, figures.content_type)
        add_web(app, self.settings.web_dist)
        return app

    def health(self) -> dict[str, Any]:
        """Return how the installation does (contracts.md, `GET /health`)."""
        engine = self.runtime.engine()
        delivery = self.runtime.delivery
        return {
            "status": "ok" if engine.up and delivery.journal_up else "degraded",
            "version": self._version,
            "engine": asdict(engine),
            "database": "ok" if delivery.journal_up else "unavailable",
            "worker": {
                "voice": "running" if self._voice.pid else "stopped",
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
            *self._hints,
            "  按 Ctrl-C 结束。",
            "",
        ]
        return "\n".join(lines)

    async def _watch_voice(self) -> None:
        """Kill a voice process that runs but is not on the line; its supervisor starts it again."""
        silent_s = 0.0
        pid = 0
        while True:
            await asyncio.sleep(WATCH_EVERY_S)
            same = pid == self._voice.pid
            pid = self._voice.pid
            silent_s = silent_s + WATCH_EVERY_S if same and pid and self._line.pid != pid else 0.0
            if silent_s > HANG_LIMIT_S:
                log.error("voice_hangs", pid=pid)
                self._voice.kill()
                silent_s = 0.0
