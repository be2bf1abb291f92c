"""A real FreeSWITCH with the configuration that we deliver (`deploy/freeswitch/conf`), on ports and folders of its own.

Several may run at once, each a node. Tests that need one are marked `needs_freeswitch` and skip visibly where there is none.
Ready means: the event socket answers and both SIP profiles run. Nothing of FreeSWITCH comes with this project.
"""

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.ports import free_block, free_port

CONFIGURATION = Path(__file__).parents[2] / "deploy" / "freeswitch" / "conf"
PASSWORD = "event-socket-of-a-test"
START_LIMIT_S = 60.0
STOP_LIMIT_S = 10.0
PROFILES = ("trunks", "agents")


def _find() -> str | None:
    named = os.environ.get("HOTLINE_TEST_FREESWITCH")
    if named:
        return named
    built = Path("/opt/fs/bin/freeswitch")
    return str(built) if built.is_file() else shutil.which("freeswitch")


FREESWITCH = _find()
needs_freeswitch = pytest.mark.skipif(
    FREESWITCH is None, reason="no FreeSWITCH on this machine (HOTLINE_TEST_FREESWITCH names one)"
)


@dataclass(slots=True)
class FreeSwitchNode:
    """One FreeSWITCH. `directory` is where the application answers mod_xml_curl (host:port).

    Sounds and recordings are reached by absolute path, so the application's data folder needs no set-up here.
    """

    folder: Path
    name: str = "node-1"
    directory: str = "127.0.0.1:9"
    rtp: tuple[int, int] = field(default_factory=lambda: free_block(400))
    settings: dict[str, str] = field(default_factory=dict[str, str])
    password: str = PASSWORD
    priority: str = "-rp"
    """As the delivered service has it: the application routes in real time, so an ordinary FreeSWITCH beside it would be the odd one, and
    loses its beat where cores are short."""
    esl_port: int = field(default_factory=free_port)
    trunk_port: int = field(default_factory=free_port)
    agent_port: int = field(default_factory=free_port)
    ws_port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def esl(self) -> str:
        """Its event socket, as HOTLINE_FREESWITCH names it."""
        return f"127.0.0.1:{self.esl_port}"

    @property
    def trunks(self) -> tuple[str, int]:
        """Where citizens' calls arrive."""
        return "127.0.0.1", self.trunk_port

    @property
    def agents(self) -> tuple[str, int]:
        """Where telephones register."""
        return "127.0.0.1", self.agent_port

    @property
    def websocket(self) -> str:
        """Where browsers register."""
        return f"ws://127.0.0.1:{self.ws_port}"

    @property
    def pid(self) -> int:
        """Its process."""
        assert self.process is not None
        return self.process.pid

    async def start(self) -> None:
        """Start it and wait until both profiles run."""
        assert FREESWITCH is not None
        for name in ("log", "db", "run", "certs", "cache", "tmp", "storage", "recordings"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        with (self.folder / "console.log").open("ab") as log:
            self.process = subprocess.Popen(
                [FREESWITCH, "-nf", "-nc", "-nonat", self.priority, *self._folders()],
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
            )
        async with asyncio.timeout(START_LIMIT_S):
            while not await self._ready():
                assert self.process.poll() is None, (self.folder / "console.log").read_text()[-3000:]
                await asyncio.sleep(0.05)

    def kill(self) -> None:
        """As a power cut would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(STOP_LIMIT_S)
        self.process = None

    async def stop(self) -> None:
        """End it in order; its calls end."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            await asyncio.to_thread(self.process.wait, STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            await asyncio.to_thread(self.process.wait)
        self.process = None

    async def api(self, command: str) -> str:
        """Run one command over the event socket as `fs_cli` would; return its text."""
        async with asyncio.timeout(STOP_LIMIT_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.esl_port)
            try:
                await _frame(reader)
                writer.write(f"auth {self.password}\n\n".encode())
                assert b"+OK" in (await _frame(reader))[0], "the event socket refuses the password"
                writer.write(f"api {command}\n\n".encode())
                return (await _frame(reader))[1].decode()
            finally:
                writer.close()
                with suppress(OSError):
                    await writer.wait_closed()

    def log(self) -> str:
        """What it has written."""
        return (self.folder / "console.log").read_text(errors="replace")

    async def _ready(self) -> bool:
        with suppress(OSError, EOFError, asyncio.IncompleteReadError):
            return (await self.api("sofia status")).count("RUNNING") == len(PROFILES)
        return False

    def _folders(self) -> list[str]:
        places = {
            "-conf": CONFIGURATION,
            "-log": self.folder / "log",
            "-run": self.folder / "run",
            "-db": self.folder / "db",
            "-certs": self.folder / "certs",
            "-cache": self.folder / "cache",
            "-temp": self.folder / "tmp",
            "-storage": self.folder / "storage",
            "-recordings": self.folder / "recordings",
        }
        return [word for option, place in places.items() for word in (option, str(place))]

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "HOTLINE_FREESWITCH_PASSWORD": self.password,
            "HOTLINE_FS_NODE": self.name,
            "HOTLINE_FS_ESL_PORT": str(self.esl_port),
            "HOTLINE_FS_TRUNK_PORT": str(self.trunk_port),
            "HOTLINE_FS_AGENT_PORT": str(self.agent_port),
            "HOTLINE_FS_WS": f"127.0.0.1:{self.ws_port}",
            "HOTLINE_FS_RTP_FIRST": str(self.rtp[0]),
            "HOTLINE_FS_RTP_LAST": str(self.rtp[1]),
            "HOTLINE_FS_DIRECTORY": self.directory,
            **self.settings,
        }


async def _frame(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readuntil(b"\n\n")
    length = next(
        (int(line[15:]) for line in head.split(b"\n") if line.lower().startswith(b"content-length:")), 0
    )
    return head, await reader.readexactly(length)


@asynccontextmanager
async def freeswitch_node(folder: Path, **options: object) -> AsyncIterator[FreeSwitchNode]:
    """A FreeSWITCH for as long as the block runs."""
    node = FreeSwitchNode(folder, **options)  # type: ignore[arg-type]  # the caller's keywords are its fields
    await node.start()
    try:
        yield node
    finally:
        await node.stop()
