"""SIP programs not written here, run as processes: sipp (caller and callee) and baresip (desk phone)."""

import asyncio
import math
import shutil
from pathlib import Path

from hotline.wire import wav
from tests.ports import free_port

SIPP = shutil.which("sipp")
BARESIP = shutil.which("baresip")
MODULES = next(
    (
        str(path)
        for path in map(Path, ("/usr/lib/baresip/modules", "/usr/lib/x86_64-linux-gnu/baresip/modules"))
        if path.is_dir()
    ),
    "",
)
RUN_S = 60.0


class Sipp:
    """One run of sipp."""

    def __init__(self, process: asyncio.subprocess.Process, folder: Path) -> None:
        self._process = process
        self._folder = folder

    @classmethod
    async def start(cls, folder: Path, *arguments: str) -> "Sipp":
        """Run sipp with these arguments; its files go to `folder`."""
        assert SIPP is not None
        process = await asyncio.create_subprocess_exec(
            SIPP,
            *arguments,
            "-i", "127.0.0.1",
            "-mi", "127.0.0.1",
            "-nostdin",
            "-trace_err",
            "-recv_timeout", "8000",
            "-deadcall_wait", "0",
            cwd=folder,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        return cls(process, folder)

    async def ended(self) -> int:
        """Wait for it; returns the exit status (0: every call as the scenario says), prints its report otherwise."""
        async with asyncio.timeout(RUN_S):
            output, _ = await self._process.communicate()
        if self._process.returncode:
            print(output.decode("utf-8", "replace")[-3_000:])  # noqa: T201 - pytest shows it with the failure
            for file in self._folder.glob("*errors.log"):
                print(file.read_text("utf-8", "replace")[-3_000:])  # noqa: T201
        return self._process.returncode or 0

    async def stop(self) -> None:
        """End it when it still runs."""
        if self._process.returncode is None:
            self._process.kill()
            await self._process.communicate()


class Baresip:
    """A desk phone."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(
        cls, folder: Path, name: str, password: str, server_port: int, *, answer: str = "auto"
    ) -> "Baresip":
        """Register `name` at the engine; answers by itself and speaks a tone of 440 Hz."""
        assert BARESIP is not None
        lines = [
            "sip_listen 127.0.0.1:0",
            f"module_path {MODULES}",
            "module account.so",
            "module g711.so",
            "module aufile.so",
            "module menu.so",
            "module cons.so",
            f"cons_listen 127.0.0.1:{free_port()}",
            f"audio_source aufile,{folder}/tone.wav",
            f"audio_player aufile,{folder}/heard.wav",
            "audio_alert aufile,/dev/null",
            "net_interface 127.0.0.1",
        ]
        account = f"<sip:{name}@127.0.0.1:{server_port}>;auth_pass={password};answermode={answer};regint=60"
        tone = b"".join(
            int(8_000 * math.sin(2 * math.pi * 440 * n / 8_000)).to_bytes(2, "little", signed=True)
            for n in range(80_000)
        )
        (folder / "tone.wav").write_bytes(wav.pcm_file(tone))
        (folder / "config").write_text("\n".join(lines) + "\n")
        (folder / "accounts").write_text(account + "\n")
        with (folder / "baresip.log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                BARESIP,
                "-f",
                str(folder),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=asyncio.subprocess.STDOUT,
            )
        return cls(process)

    async def stop(self) -> None:
        """End it."""
        if self._process.returncode is None:
            self._process.terminate()
            async with asyncio.timeout(10):
                await self._process.wait()
