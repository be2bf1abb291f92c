"""Keep another process of ours running: take over one that runs already, start one otherwise, and start it again when it dies.

A process proves that it lives by holding a lock on its pid file, so that a number used again by the system misleads nobody. It runs
in a session of its own and survives the death of whoever started it.
"""

import asyncio
import contextlib
import fcntl
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import structlog

log = structlog.stdlib.get_logger(__name__)

STOP_LIMIT_S = 6.0
RESTART_PAUSES_S = (0.0, 0.0, 1.0, 2.0, 5.0)
"""Pauses before successive restarts; a process that lived longer than `STEADY_S` begins at the first again."""
STEADY_S = 30.0
SPARE_AFTER_S = 3.0
"""A spare is prepared when the program has run this long: starts are not slowed by it."""
LOG_LIMIT_BYTES = 20 * 1024 * 1024


class AlreadyRunning(Exception):
    """Another process of this kind holds the pid file. `pid` says which."""

    def __init__(self, pid: int) -> None:
        super().__init__(f"pid {pid}")
        self.pid = pid


class PidFile:
    """A pid file that is locked as long as its process lives."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd = -1

    def take(self) -> None:
        """Lock the file and write our pid. Raises `AlreadyRunning`."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = _read_pid(fd)
            os.close(fd)
            raise AlreadyRunning(pid) from None
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
        self._fd = fd

    async def wait(self) -> None:
        """Lock the file and write our pid as soon as whoever holds it has ended."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        loop = asyncio.get_running_loop()
        locked: asyncio.Future[None] = loop.create_future()

        def lock() -> None:
            fcntl.flock(fd, fcntl.LOCK_EX)
            loop.call_soon_threadsafe(locked.set_result, None)

        # A thread that may wait for days; as a daemon it keeps nobody from ending.
        threading.Thread(target=lock, name="pid-file-lock", daemon=True).start()
        await locked
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
        self._fd = fd

    def release(self) -> None:
        """Give the file up."""
        if self._fd >= 0:
            os.ftruncate(self._fd, 0)
            os.close(self._fd)
            self._fd = -1


def running_pid(path: Path) -> int:
    """Return the pid of the process that holds the file, 0 when none does."""
    try:
        fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return 0
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read_pid(fd)
    finally:
        os.close(fd)
    return 0


def _read_pid(fd: int) -> int:
    text = os.pread(fd, 32, 0).decode(errors="replace").strip()
    return int(text) if text.isdigit() else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A process to keep: its command, where it holds its pid, where its output goes.

    `spare` starts a second one that has everything loaded and waits for the pid file (`PidFile.wait`), so that it takes over at once;
    it must end when its standard input does.
    """

    name: str
    command: Sequence[str]
    spare: Sequence[str] = ()
    pid_file: Path
    log_file: Path
    environment: Mapping[str, str] = field(default_factory=dict[str, str])


class Supervisor:
    """Keeps one program running between `start` and `stop`."""

    def __init__(self, program: Program, *, died: Callable[[], None] = lambda: None) -> None:
        self._program = program
        self._died = died
        self._task: asyncio.Task[None] | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._spare: subprocess.Popen[bytes] | None = None
        self.pid = 0

    def start(self) -> None:
        """Begin to keep the program."""
        self._task = asyncio.create_task(self._keep(), name=f"supervise-{self._program.name}")

    def leave(self) -> None:
        """Stop looking after the program without ending it (our successor takes it over)."""
        if self._task is not None:
            self._task.cancel()
        self._dismiss_spare()

    async def stop(self) -> None:
        """End the program in order (SIGTERM), by force when it does not end in time."""
        if self._task is None:
            return
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._dismiss_spare()
        if self.pid:
            await end_process(self.pid, STOP_LIMIT_S)
            self._reap()

    def kill(self) -> None:
        """End the program at once: it no longer answers. It is started again."""
        if self.pid:
            log.error("program_killed", program=self._program.name, pid=self.pid)
            _signal(self.pid, signal.SIGKILL)

    async def _keep(self) -> None:
        loop = asyncio.get_running_loop()
        failures = 0
        while True:
            began = loop.time()
            self.pid = await asyncio.to_thread(running_pid, self._program.pid_file)
            if self._promote_spare():
                log.warning("program_replaced", program=self._program.name, pid=self.pid)
            elif self.pid:
                log.info("program_taken_over", program=self._program.name, pid=self.pid)
            else:
                await asyncio.sleep(RESTART_PAUSES_S[min(failures, len(RESTART_PAUSES_S) - 1)])
                self._spawn()
            await self._accompany(self.pid)
            code = self._reap()
            failures = 0 if loop.time() - began > STEADY_S else failures + 1
            log.error("program_ended", program=self._program.name, pid=self.pid, code=code)
            self.pid = 0
            self._died()

    async def _accompany(self, pid: int) -> None:
        """Wait for the program's end; prepare a spare once it runs steadily."""
        try:
            async with asyncio.timeout(SPARE_AFTER_S):
                await process_ended(pid)
        except TimeoutError:
            if self._program.spare:
                self._spare = self._open(self._program.spare, stdin=subprocess.PIPE)
            await process_ended(pid)

    def _promote_spare(self) -> bool:
        """The spare has taken over, or is about to, if it lives."""
        spare, self._spare = self._spare, None
        if spare is None or spare.poll() is not None:
            return False
        self._child, self.pid = spare, spare.pid
        return True

    def _dismiss_spare(self) -> None:
        """End the spare before the program: else it would take over."""
        spare, self._spare = self._spare, None
        if spare is not None:
            spare.kill()
            spare.wait()
            if spare.stdin is not None:
                spare.stdin.close()

    def _spawn(self) -> None:
        self._child = self._open(self._program.command, stdin=subprocess.DEVNULL)
        self.pid = self._child.pid
        log.info("program_started", program=self._program.name, pid=self.pid)

    def _open(self, command: Sequence[str], *, stdin: int) -> subprocess.Popen[bytes]:
        program = self._program
        program.log_file.parent.mkdir(parents=True, exist_ok=True)
        if program.log_file.exists() and program.log_file.stat().st_size > LOG_LIMIT_BYTES:
            program.log_file.replace(program.log_file.with_suffix(".old.log"))
        with program.log_file.open("ab") as output:
            return subprocess.Popen(  # noqa: S603 - our own program
                command,
                stdin=stdin,
                stdout=output,
                stderr=output,
                start_new_session=True,
                env={**os.environ, **program.environment},
            )

    def _reap(self) -> int | None:
        child, self._child = self._child, None
        if child is None:
            return None
        if child.stdin is not None:
            child.stdin.close()
        return child.wait()


async def process_ended(pid: int) -> None:
    """Wait until a process (any, not only a child) has ended."""
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_reader(fd, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(fd)
        os.close(fd)


async def end_process(pid: int, limit_s: float) -> None:
    """Ask a process to end, and force it when it has not within `limit_s`."""
    _signal(pid, signal.SIGTERM)
    try:
        async with asyncio.timeout(limit_s):
            await process_ended(pid)
    except TimeoutError:
        _signal(pid, signal.SIGKILL)
        await process_ended(pid)


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
