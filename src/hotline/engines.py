"""The switch engine as `hotline serve` runs it: what is started and watched for it, where browsers' SIP goes, how it ends.

Part of the composition root: chosen by HOTLINE_ENGINE, unknown to everything below.
"""

import asyncio
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Protocol, assert_never

import structlog

from hotline.adapters.embedded.client import EmbeddedClient
from hotline.adapters.embedded.ipc import pulse_age_s
from hotline.adapters.embedded.recorder import PART
from hotline.adapters.embedded.sip_proxy import SipProxy, to_nodes, to_voice_process
from hotline.adapters.embedded.supervisor import Program, Supervisor
from hotline.adapters.freeswitch.directory_server import DirectoryServer
from hotline.adapters.freeswitch.recordings import growing
from hotline.adapters.freeswitch.switch import FreeSwitchSettings, FreeSwitchSwitch
from hotline.platform.settings import Engine, Settings
from hotline.ports.switch import Switch

log = structlog.stdlib.get_logger(__name__)

HANG_LIMIT_S = 8.0
"""A voice process that is there but shows no life for so long hangs, and is started again."""
WATCH_EVERY_S = 1.0


class EngineParts(Protocol):
    """An engine with what belongs to it. `take` before the runtime starts, `start` after it, then `stop`, once each."""

    proxy: SipProxy
    """Serves `/sip`."""
    ends_with_us: bool
    """Whether stopping in order ends the calls; an engine that others run keeps them."""
    replaced: asyncio.Event
    """Set when another application commands the engine; this one must end."""

    @property
    def switch(self) -> Switch:
        """The engine for the runtime."""
        ...

    async def take(self) -> None:
        """Connect. On return no application before us can do anything with the engine, as far as it can be reached.

        What such an application kept aside is complete from then on, and its spool may be read.
        """
        ...

    async def start(self) -> None:
        """Start what we run ourselves."""
        ...

    async def stop(self, *, keep_calls: bool) -> None:
        """Let go; without `keep_calls` what we run ourselves is ended."""
        ...

    def growing(self, path: str) -> Path:
        """Where the recording that will be at `path` grows (`ports.recordings`)."""
        ...

    def workers(self) -> dict[str, str]:
        """Processes of ours for the health page."""
        ...


class EmbeddedEngine:
    """The voice process, supervised."""

    ends_with_us = True

    def __init__(
        self,
        settings: Settings,
        *,
        now: Callable[[], datetime],
        version: str,
        token: Callable[[], int] = lambda: 0,
    ) -> None:
        self._data = settings.data.absolute()
        run = self._data / "run"
        self._socket = run / "voice.sock"
        self._line = EmbeddedClient(self._socket, now=now, version=version, token=token)
        self.replaced = self._line.replaced
        self._voice = Supervisor(program(settings, "voice", spare=True), died=self._line.process_died)
        self._watch: asyncio.Task[None] | None = None
        self.proxy = SipProxy(to_voice_process(run / "sip.sock"))

    @property
    def switch(self) -> EmbeddedClient:
        return self._line

    async def take(self) -> None:
        await self._line.take()

    async def start(self) -> None:
        self._voice.start()
        self._watch = asyncio.create_task(self._watch_voice(), name="watch-voice")

    async def stop(self, *, keep_calls: bool) -> None:
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        await self._line.close()
        if keep_calls:
            self._voice.leave()
        else:
            await self._voice.stop()

    def growing(self, path: str) -> Path:
        return self._data / (path + PART)

    def workers(self) -> dict[str, str]:
        return {"voice": "running" if self._voice.pid else "stopped"}

    async def _watch_voice(self) -> None:
        """Kill a voice process that runs but is not on the line; its supervisor starts it again."""
        silent_s = 0.0
        pid = 0
        while True:
            await asyncio.sleep(WATCH_EVERY_S)
            same = pid == self._voice.pid
            pid = self._voice.pid
            alive = self._line.pid == pid or pulse_age_s(self._socket) < WATCH_EVERY_S * 2
            silent_s = silent_s + WATCH_EVERY_S if same and pid and not alive else 0.0
            if silent_s > HANG_LIMIT_S:
                log.error("voice_hangs", pid=pid)
                self._voice.kill()
                silent_s = 0.0


class FreeSwitchEngine:
    """FreeSWITCH nodes that others run: we connect, answer their questions about users, and leave their calls alone when we end."""

    ends_with_us = False

    def __init__(
        self, settings: Settings, *, now: Callable[[], datetime], token: Callable[[], int] = lambda: 0
    ) -> None:
        self._data = settings.data.absolute()
        password = settings.freeswitch_password.get_secret_value()
        host, port = settings.freeswitch_directory_address
        self._directory = DirectoryServer((host, port), password)
        self._switch = FreeSwitchSwitch(
            FreeSwitchSettings(nodes=settings.node_addresses, password=password, data=self._data),
            now=now,
            directory=self._directory,
            token=token,
        )
        self.replaced = self._switch.replaced
        self.proxy = SipProxy(to_nodes(settings.ws_addresses))

    @property
    def switch(self) -> FreeSwitchSwitch:
        return self._switch

    async def take(self) -> None:
        await self._switch.take()

    async def start(self) -> None:
        await self._directory.start()

    async def stop(self, *, keep_calls: bool) -> None:
        del keep_calls  # they are FreeSWITCH's
        await self._switch.close()
        await self._directory.close()

    def growing(self, path: str) -> Path:
        return growing(self._data, path)

    def workers(self) -> dict[str, str]:
        return {node: "running" if up else "unreachable" for node, up in self._switch.nodes_up.items()}


def engine_for(
    settings: Settings, *, now: Callable[[], datetime], version: str, token: Callable[[], int] = lambda: 0
) -> EngineParts:
    """Make the engine that the settings name. `token`: under which lease we command it."""
    match settings.engine:
        case Engine.EMBEDDED:
            return EmbeddedEngine(settings, now=now, version=version, token=token)
        case Engine.FREESWITCH:
            return FreeSwitchEngine(settings, now=now, token=token)
        case _:
            assert_never(settings.engine)


def program(settings: Settings, name: str, *, spare: bool = False) -> Program:
    """A process of ours: `hotline <name>`, with its log and its pid file in the data folder."""
    data: Path = settings.data.absolute()
    command = (sys.executable, "-m", "hotline", name)
    return Program(
        name=name,
        command=command,
        spare=(*command, "--spare") if spare else (),
        pid_file=data / "run" / f"{name}.pid",
        log_file=data / "logs" / f"{name}.log",
    )
