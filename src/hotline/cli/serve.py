"""The application: web, API and running centre; starts and keeps the voice process."""

import argparse
import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import structlog
import uvicorn
import uvloop

from hotline.adapters.embedded.supervisor import AlreadyRunning
from hotline.main import Application
from hotline.platform.logging import configure_logging
from hotline.platform.priority import favour_routing, favour_routing_no_more
from hotline.platform.settings import Engine, Settings, SettingsRefused, load_settings
from hotline.ports.journal import JournalUnavailable
from hotline.ports.lease import Deposed
from hotline.standby import Front

HELP = "启动热线：网页、接口、话务调度，并照看语音进程"

EXIT_SETTINGS = 2
EXIT_PORT = 3
EXIT_RUNNING = 4
EXIT_DATABASE = 5
EXIT_DEPOSED = 6
"""Another application is active: started again, this one stands by."""
EXIT_FAULT = 70
BROWSERS_LEAVE_S = 3

log = structlog.stdlib.get_logger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No arguments: everything comes from the settings."""
    del parser


def run(args: argparse.Namespace) -> int:
    """Serve until Ctrl-C or SIGTERM; SIGHUP leaves the calls to the next start."""
    del args
    try:
        settings = load_settings()
    except SettingsRefused as refused:
        print(refused, file=sys.stderr)
        return EXIT_SETTINGS
    configure_logging(settings.log, settings.log_level)
    try:
        listener = _listen(*settings.http_address)
    except OSError as error:
        print(
            f"网页端口 {settings.http} 不能使用：{error.strerror}。请换 HTTP 端口（HOTLINE_HTTP）或停掉占用它的程序。",
            file=sys.stderr,
        )
        return EXIT_PORT
    with listener:
        return uvloop.run(_serve(settings, listener))


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(512)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


class _Server(uvicorn.Server):
    """uvicorn without its own signal handling: we decide what a signal means."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _serve(settings: Settings, listener: socket.socket) -> int:
    application = Application(settings)
    front = Front(version("hotline"))
    server = _Server(
        uvicorn.Config(
            front,
            loop="none",
            http="httptools",
            ws="websockets-sansio",
            ws_per_message_deflate=False,
            ws_max_size=1 << 20,
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=BROWSERS_LEAVE_S,
        )
    )
    told = asyncio.Event()
    keep_voice = asyncio.Event()
    _handle_signals(told, keep_voice)
    serving = asyncio.create_task(server.serve(sockets=[listener]), name="http")
    stopping = asyncio.create_task(told.wait(), name="await-signal")
    code = await _start(application, front, {serving, stopping})
    if code is None:
        print(application.welcome(), flush=True)
        if settings.engine is Engine.FREESWITCH:
            log.info("routing_favoured", scheduling=favour_routing())
        code = await _until_told(application, {serving, stopping})
        favour_routing_no_more()
        front.close()
    server.should_exit = True
    stopping.cancel()
    await asyncio.gather(serving, stopping, return_exceptions=True)
    if application.running:
        # After a fault of ours the calls go on in the voice process: whoever starts us again adopts them.
        await application.stop(keep_voice=keep_voice.is_set() or code != 0)
        log.info("serve_stopped", kept_calls=keep_voice.is_set() or code != 0)
    return code


async def _start(application: Application, front: Front, ends: set[asyncio.Task[Any]]) -> int | None:
    """Start, or stand by until it is our turn; return the exit code when it comes to nothing."""
    starting = asyncio.create_task(application.start(front), name="start")
    await asyncio.wait({starting, *ends}, return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        await application.give_up()
        return 0
    try:
        await starting
    except AlreadyRunning as other:
        print(
            f"数据目录 {application.settings.data} 已被另一个 hotline serve（进程 {other.pid}）使用。",
            file=sys.stderr,
        )
        return EXIT_RUNNING
    except JournalUnavailable as away:
        print(f"数据库不可用（{away}）。请运行 hotline doctor 查看原因。", file=sys.stderr)
        return EXIT_DATABASE
    except Deposed:
        return EXIT_DEPOSED
    return None


async def _until_told(application: Application, ends: set[asyncio.Task[Any]]) -> int:
    """Return the exit code when we are told to stop, when a part has failed, or when another application is active."""
    serving = next(task for task in ends if task.get_name() == "http")
    deposed = asyncio.create_task(application.deposed.wait(), name="await-deposed")
    try:
        await asyncio.wait({*ends, deposed, application.runtime.failed}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        deposed.cancel()
    if application.deposed.is_set():
        return EXIT_DEPOSED
    return EXIT_FAULT if application.runtime.failed.done() or serving.done() else 0


def _handle_signals(told: asyncio.Event, keep_voice: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()

    def on_hang_up() -> None:
        keep_voice.set()
        told.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told.set)
    loop.add_signal_handler(signal.SIGHUP, on_hang_up)
