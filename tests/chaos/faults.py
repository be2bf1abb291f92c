"""What breaks: the application, the database, an agent's telephone, and whatever the engine has that can break."""

import asyncio
import contextlib
import random
import signal
import subprocess
from collections import Counter
from pathlib import Path

from tests.chaos.engines import Acts, Engine
from tests.chaos.people import Agent
from tests.e2e.product import Product
from tests.integration.test_database_gone import Outage

START_TRIES = 20


class Faults:
    """Breaks one thing after another, and mends it. With SQLite (`outage` None) the database is left alone."""

    def __init__(
        self,
        product: Product,
        engine: Engine,
        outage: Outage | None,
        agents: list[Agent],
        chance: random.Random,
    ) -> None:
        self.happened: Counter[str] = Counter()
        self._product = product
        self._engine = engine
        self._outage = outage
        self._agents = agents
        self._chance = chance
        self._acts: Acts = {
            "application killed": self._kill_application,
            "application reloaded": self._reload_application,
            "application stopped for seconds": self._stop_application,
            "agent's telephone gone": self._telephone_gone,
            **engine.acts(chance),
        }
        if outage is not None:
            self._acts |= {
                "database stopped": self._stop_database,
                "database restarted": self._restart_database,
                "database connections reset": self._reset_database,
                "database stopped, application killed": self._stop_database_and_kill,
            }

    async def go_on(self, *, pause_s: tuple[float, float]) -> None:
        """Break something now and then, for ever."""
        names = list(self._acts)
        while True:
            await asyncio.sleep(self._chance.uniform(*pause_s))
            if not names:
                names = list(self._acts)
            await self.cause(names.pop(self._chance.randrange(len(names))))

    async def cause(self, name: str) -> None:
        """Let one fault happen, and wait until it is mended."""
        self.happened[name] += 1
        await self._acts[name]()

    async def mend(self) -> None:
        """Whatever was interrupted: everything is there again."""
        if self._outage is not None:
            with contextlib.suppress(AssertionError):
                await self._outage.end("stopped")
            if not Path(self._outage.server.folder, "data", "postmaster.pid").exists():
                await self._outage.end("restarted")
        await self._engine.mend()
        process = self._product.process
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGCONT)
        else:
            await self._start()

    # ── The application ──────────────────────────────────────────────────────────────────────────────────────

    async def _kill_application(self) -> None:
        self._product.kill()
        await asyncio.sleep(self._chance.uniform(0.0, 3.0))
        await self._start()

    async def _reload_application(self) -> None:
        process = self._product.process
        assert process is not None
        process.send_signal(signal.SIGHUP)
        await asyncio.to_thread(process.wait, 60)
        await self._start()

    async def _stop_application(self) -> None:
        process = self._product.process
        assert process is not None
        process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(self._chance.uniform(1.0, 6.0))
        process.send_signal(signal.SIGCONT)

    async def _start(self) -> None:
        """Start as systemd does: again and again."""
        await self._engine.before_start()
        for _ in range(START_TRIES):
            try:
                await self._product.start()
            except (AssertionError, subprocess.TimeoutExpired):
                process, self._product.process = self._product.process, None
                if (
                    process is not None and process.poll() is None
                ):  # it is slow: its engine or database is away
                    self._product.process = process
                    return
                await asyncio.sleep(1.0)
            else:
                return
        raise AssertionError("the application does not come back")

    async def _telephone_gone(self) -> None:
        await self._chance.choice(self._agents).vanish()

    # ── The database ─────────────────────────────────────────────────────────────────────────────────────────

    async def _stop_database(self) -> None:
        assert self._outage is not None
        await self._outage.begin("stopped")
        await asyncio.sleep(self._chance.uniform(2.0, 20.0))
        await self._outage.end("stopped")

    async def _restart_database(self) -> None:
        assert self._outage is not None
        await self._outage.begin("restarted")
        await asyncio.sleep(self._chance.uniform(1.0, 5.0))
        await self._outage.end("restarted")

    async def _reset_database(self) -> None:
        assert self._outage is not None
        self._outage.relay.reset()

    async def _stop_database_and_kill(self) -> None:
        assert self._outage is not None
        await self._outage.begin("stopped")
        await asyncio.sleep(self._chance.uniform(4.0, 10.0))
        self._product.kill()
        await asyncio.sleep(self._chance.uniform(0.0, 3.0))
        await self._outage.end("stopped")
        await self._start()
