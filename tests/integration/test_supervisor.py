"""A program is kept running: started, taken over, started again, replaced by its spare, and ended in order."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hotline.adapters.embedded import supervisor as supervisor_module
from hotline.adapters.embedded.supervisor import (
    AlreadyRunning,
    PidFile,
    Program,
    Supervisor,
    end_process,
    running_pid,
)

WAIT_S = 20.0
SCRIPT = """
import asyncio, signal, sys
from pathlib import Path
from hotline.adapters.embedded.supervisor import PidFile
async def main():
    file = PidFile(Path(sys.argv[1]))
    if "--spare" in sys.argv:
        left = asyncio.Event()
        asyncio.get_running_loop().add_reader(0, left.set)
        tasks = {asyncio.create_task(file.wait()), asyncio.create_task(left.wait())}
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if left.is_set():
            return
    else:
        file.take()
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    await told.wait()
    file.release()
asyncio.run(main())
"""


class Kept:
    """A supervised program in a folder."""

    def __init__(self, folder: Path, *, spare: bool = False) -> None:
        self.deaths = 0
        self.pid_file = folder / "program.pid"
        script = folder / "program.py"
        script.write_text(SCRIPT)
        command = (sys.executable, str(script), str(self.pid_file))
        self.program = Program(
            name="program",
            command=command,
            spare=(*command, "--spare") if spare else (),
            pid_file=self.pid_file,
            log_file=folder / "logs" / "program.log",
        )
        self.supervisor = Supervisor(self.program, died=self._died)

    def _died(self) -> None:
        self.deaths += 1

    async def runs(self, *, other_than: int = 0) -> int:
        """Wait until a program holds the pid file; return its pid."""
        async with asyncio.timeout(WAIT_S):
            while running_pid(self.pid_file) in {0, other_than}:
                await asyncio.sleep(0.02)
        return running_pid(self.pid_file)


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Kept]:
    kept = Kept(tmp_path)
    kept.supervisor.start()
    yield kept
    await kept.supervisor.stop()
    assert running_pid(kept.pid_file) == 0


async def test_a_killed_program_is_started_again_and_somebody_is_told(kept: Kept) -> None:
    first = await kept.runs()
    os.kill(first, signal.SIGKILL)
    second = await kept.runs(other_than=first)
    assert second != first
    assert kept.deaths == 1


async def test_a_program_outlives_its_supervisor_and_the_next_one_takes_it_over(
    kept: Kept, tmp_path: Path
) -> None:
    pid = await kept.runs()
    kept.supervisor.leave()
    successor = Kept(tmp_path)
    successor.supervisor.start()
    async with asyncio.timeout(WAIT_S):
        while successor.supervisor.pid != pid:
            await asyncio.sleep(0.02)
    os.kill(pid, signal.SIGKILL)
    assert await successor.runs(other_than=pid) != pid
    await successor.supervisor.stop()


async def test_the_spare_takes_over_at_once_and_ends_with_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor_module, "SPARE_AFTER_S", 0.5)
    kept = Kept(tmp_path, spare=True)
    kept.supervisor.start()
    first = await kept.runs()
    async with asyncio.timeout(WAIT_S):
        while (spare := kept.supervisor._spare) is None:
            await asyncio.sleep(0.02)
    os.kill(first, signal.SIGKILL)
    assert await kept.runs(other_than=first) == spare.pid
    async with asyncio.timeout(WAIT_S):
        while (next_spare := kept.supervisor._spare) is None:
            await asyncio.sleep(0.02)
    await kept.supervisor.stop()
    assert running_pid(kept.pid_file) == 0
    assert next_spare.returncode is not None


async def test_a_pid_file_tells_who_lives(tmp_path: Path) -> None:
    path = tmp_path / "x.pid"
    assert running_pid(path) == 0
    path.write_text("1\n")  # a number left behind by a process that was killed
    assert running_pid(path) == 0
    file = PidFile(path)
    file.take()
    assert running_pid(path) == os.getpid()
    with pytest.raises(AlreadyRunning) as refused:
        PidFile(path).take()
    assert refused.value.pid == os.getpid()
    file.release()
    assert running_pid(path) == 0


async def test_a_program_that_does_not_listen_is_ended_by_force(tmp_path: Path) -> None:
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "import signal,time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(60)",
        stdout=asyncio.subprocess.PIPE,
    )
    assert program.stdout is not None
    await program.stdout.readline()
    await end_process(program.pid, 0.2)
    assert await program.wait() == -signal.SIGKILL
