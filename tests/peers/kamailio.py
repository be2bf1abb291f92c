"""A real Kamailio with the configuration that we deliver (`deploy/kamailio`), in front of FreeSWITCH nodes of a test."""

import asyncio
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.peers.freeswitch import FreeSwitchNode
from tests.peers.raw_sip import RawUdp, request
from tests.ports import free_port

CONFIGURATION = Path(__file__).parents[2] / "deploy" / "kamailio" / "kamailio.cfg"
KAMAILIO = shutil.which("kamailio") or next(
    (str(path) for path in (Path("/usr/sbin/kamailio"),) if path.is_file()), None
)
needs_kamailio = pytest.mark.skipif(KAMAILIO is None, reason="no Kamailio on this machine")
START_LIMIT_S = 20.0


@dataclass(slots=True)
class Kamailio:
    """One dispatcher."""

    folder: Path
    nodes: Sequence[FreeSwitchNode]
    trunk_port: int = field(default_factory=free_port)
    phone_port: int = field(default_factory=free_port)
    ws_port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def configure(self) -> Path:
        """Write the configuration for these nodes; return its main file."""
        self.folder.mkdir(parents=True, exist_ok=True)
        sets = [f"1 sip:127.0.0.1:{node.trunk_port} 0 0" for node in self.nodes]
        sets += [f"2 sip:127.0.0.1:{node.agent_port} 0 0" for node in self.nodes]
        (self.folder / "dispatcher.list").write_text("\n".join(sets) + "\n")
        values = {
            "HOTLINE_NODES": f'"{self.folder}/dispatcher.list"',
            "HOTLINE_TRUNK_PORT": self.trunk_port,
            "HOTLINE_PHONE_PORT": self.phone_port,
            "HOTLINE_WS_PORT": self.ws_port,
            "HOTLINE_REQUESTS_PER_SOURCE": 2000,
        }
        lines = [f"#!define {name} {value}" for name, value in values.items()]
        (self.folder / "local.cfg").write_text("\n".join(lines) + "\n")
        return Path(shutil.copy(CONFIGURATION, self.folder))

    async def start(self) -> None:
        """Start it and wait until it answers OPTIONS."""
        assert KAMAILIO is not None
        main = self.configure()
        with (self.folder / "console.log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    KAMAILIO,
                    "-f",
                    str(main),
                    "-DD",
                    "-E",
                    "-m",
                    "32",
                    "-w",
                    str(self.folder),
                    "-Y",
                    str(self.folder),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        probe = RawUdp(self.phone_port)
        try:
            async with asyncio.timeout(START_LIMIT_S):
                while True:
                    assert self.process.poll() is None, self.log()
                    probe.send(request("OPTIONS", f"sip:127.0.0.1:{self.phone_port}", probe.local))
                    if not await probe.silence(0.2):
                        return
        finally:
            probe.close()

    async def stop(self) -> None:
        """End it."""
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            try:
                await asyncio.to_thread(self.process.wait, 10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                await asyncio.to_thread(self.process.wait)
            self.process = None

    def log(self) -> str:
        """What it has written."""
        return (self.folder / "console.log").read_text(errors="replace")


@asynccontextmanager
async def kamailio_before(folder: Path, nodes: Sequence[FreeSwitchNode]) -> AsyncIterator[Kamailio]:
    """A dispatcher for as long as the block runs."""
    dispatcher = Kamailio(folder, nodes)
    await dispatcher.start()
    try:
        yield dispatcher
    finally:
        await dispatcher.stop()
