"""The voice process: the embedded telephone engine with its control line, in a process of its own (architecture, decision 4)."""

import argparse
import asyncio
import signal
import sys
import time
from importlib.metadata import version
from pathlib import Path

import structlog
import uvloop

from hotline.adapters.embedded.audio_port import MediaSettings
from hotline.adapters.embedded.engine import EmbeddedSwitch
from hotline.adapters.embedded.recorder import salvage
from hotline.adapters.embedded.server import ControlServer
from hotline.adapters.embedded.sip_settings import SipSettings
from hotline.adapters.embedded.sip_transports import BindFailed
from hotline.adapters.embedded.supervisor import AlreadyRunning, PidFile
from hotline.platform.collector import keep_for_good
from hotline.platform.logging import configure_logging
from hotline.platform.priority import favour_audio
from hotline.platform.settings import Settings, SettingsRefused, load_settings

HELP = "语音进程：内嵌电话引擎（通常由 hotline serve 启动）"

ORPHAN_LIMIT_S = 600.0
ORPHAN_CHECK_S = 5.0
EXIT_SETTINGS = 2
EXIT_PORT = 3
EXIT_RUNNING = 4

log = structlog.stdlib.get_logger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Everything else comes from the settings."""
    parser.add_argument(
        "--spare",
        action="store_true",
        help="备用：装载好程序，等正在运行的语音进程结束后立即接替；标准输入关闭则退出",
    )


def run(args: argparse.Namespace) -> int:
    """Run until ended by a signal, or left alone without calls."""
    try:
        settings = load_settings()
    except SettingsRefused as refused:
        print(refused, file=sys.stderr)
        return EXIT_SETTINGS
    configure_logging(settings.log or "json", settings.log_level)
    return uvloop.run(serve(settings, spare=args.spare))


def run_folder(settings: Settings) -> Path:
    """Return the folder of sockets and pid files."""
    return settings.data.absolute() / "run"


def engine_settings(settings: Settings) -> SipSettings:
    """Return the engine's settings out of the installation's."""
    host, port = settings.sip_address
    first, last = settings.rtp_range
    data = settings.data.absolute()
    return SipSettings(
        address=host,
        port=port,
        advertised=settings.advertised_address,
        data=data,
        ws_path=run_folder(settings) / "sip.sock",
        media=MediaSettings(
            address=host, advertised=settings.advertised_address, ports=range(first, last + 1), data=data
        ),
    )


async def serve(settings: Settings, *, spare: bool = False) -> int:
    """Run engine and control line; return the exit code. A spare first waits for its turn."""
    pid_file = PidFile(run_folder(settings) / "voice.pid")
    try:
        if not spare:
            pid_file.take()
        elif not await _turn_comes(pid_file):
            return 0
    except AlreadyRunning as other:
        log.error("voice_already_running", pid=other.pid)  # noqa: TRY400 - no fault of ours to trace
        return EXIT_RUNNING
    engine = EmbeddedSwitch(engine_settings(settings))
    server = ControlServer(engine, run_folder(settings) / "voice.sock")
    try:
        closed = await asyncio.to_thread(salvage, settings.data.absolute())
        if closed:
            log.warning("recordings_salvaged", files=len(closed))
        await engine.start()
        await server.start()
        keep_for_good(tidy=True)
        log.info("voice_started", version=version("hotline"), scheduling=favour_audio())
        await _until_told(engine, server)
    except BindFailed as failed:
        log.error("voice_cannot_listen", why=str(failed))  # noqa: TRY400 - the text says what to mend
        return EXIT_PORT
    finally:
        await server.close()
        await engine.close()
        pid_file.release()
    log.info("voice_stopped")
    return 0


async def _turn_comes(pid_file: PidFile) -> bool:
    """Wait until the running voice process has ended; False when the application that keeps us as a spare went first."""
    loop = asyncio.get_running_loop()
    left = asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), left.set)
    turn = asyncio.create_task(pid_file.wait(), name="spare-turn")
    gone = asyncio.create_task(left.wait(), name="spare-left")
    try:
        await asyncio.wait({turn, gone}, return_when=asyncio.FIRST_COMPLETED)
        return turn.done()
    finally:
        loop.remove_reader(sys.stdin.fileno())
        for task in (turn, gone):
            task.cancel()
        await asyncio.gather(turn, gone, return_exceptions=True)


async def _until_told(engine: EmbeddedSwitch, server: ControlServer) -> None:
    """Return on SIGTERM or SIGINT, or when no application came for ten minutes and no call runs."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    while not told.is_set():
        try:
            async with asyncio.timeout(ORPHAN_CHECK_S):
                await told.wait()
        except TimeoutError:
            alone = not server.connected and time.monotonic() - server.heard_at > ORPHAN_LIMIT_S
            if alone and not (await engine.snapshot()).legs:
                log.warning("voice_orphaned")
                return
