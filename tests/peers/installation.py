"""A whole installation in its own processes (`hotline serve` and what it starts), with a citizen and an agent's desk phone."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from hotline.adapters.embedded.supervisor import end_process, running_pid
from hotline.adapters.sip_caller.conversation import Conversation
from hotline.adapters.sip_caller.phone import SipPhone
from tests.ports import free_block, free_port

NUMBER = "01084000000"
PASSWORD = "Demo-pass-2026"
WAIT_S = 90.0


class Installation:
    """Start, kill and start again; talk to it over HTTP and SIP."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.http_port, self.sip_port = free_port(), free_port()
        self._environment = {
            **os.environ,
            "HOTLINE_DATA": str(data),
            "HOTLINE_HTTP": f"127.0.0.1:{self.http_port}",
            "HOTLINE_SIP": f"127.0.0.1:{self.sip_port}",
            "HOTLINE_RTP_PORTS": "{}-{}".format(*free_block(24)),
            "HOTLINE_PROFILE": "demo",
            "HOTLINE_DEMO_PASSWORD": PASSWORD,
            "HOTLINE_LOG": "json",
        }
        self.http = httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.http_port}/api/v1", timeout=20.0)
        self._process: subprocess.Popen[bytes] | None = None
        self._phones: list[SipPhone] = []

    # ── Processes ────────────────────────────────────────────────────────────────────────────────────────────

    async def start(self) -> None:
        """Start `hotline serve` and wait until it is ready."""
        self.data.mkdir(parents=True, exist_ok=True)
        with (self.data / "serve.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "hotline", "serve"],
                env=self._environment,
                cwd=self.data,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        await self.until(self._ready)

    async def _ready(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise AssertionError((self.data / "serve.log").read_text()[-3_000:])
        try:
            return (await self.http.get("/health")).status_code == 200
        except httpx.TransportError:
            return False

    def kill_application(self) -> None:
        """Kill -9 the application; what it started lives on."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def kill_voice(self) -> int:
        """Kill -9 the voice process; return its pid."""
        pid = self.voice_pid()
        os.kill(pid, signal.SIGKILL)
        return pid

    def voice_pid(self) -> int:
        """Return the pid of the voice process, 0 when none runs."""
        return running_pid(self.data / "run" / "voice.pid")

    async def stop(self) -> int:
        """End everything in order; return the application's exit code."""
        for phone in self._phones:
            await phone.close()
        await self.http.aclose()
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        code = await asyncio.to_thread(self._process.wait, 30)
        for name in ("voice", "statistics"):  # left over only when a test failed in the middle
            if pid := running_pid(self.data / "run" / f"{name}.pid"):
                await end_process(pid, 2.0)
        return code

    # ── People ───────────────────────────────────────────────────────────────────────────────────────────────

    async def agent_ready(self, number: str = "1001") -> SipPhone:
        """Log an agent in, register the desk phone (it answers by itself), sign in, be ready."""
        phone = SipPhone(("127.0.0.1", self.sip_port), username=number, password=f"demo-{number}")
        self._phones.append(phone)
        phone.on_call = _answer
        await phone.register()
        await self.log_in(number)
        await self._ask("POST", "/agents/me/sign-in", {"device": "desk"})
        await self._ask("PUT", "/agents/me/state", {"state": "ready"})
        return phone

    async def log_in(self, username: str) -> None:
        """Use this person's session for all further requests."""
        answer = await self.http.post("/session", json={"username": username, "password": PASSWORD})
        assert answer.status_code == 201, answer.text
        self.http.headers["Authorization"] = f"Bearer {answer.json()['token']}"

    async def _ask(self, method: str, path: str, body: object) -> None:
        answer = await self.http.request(method, path, json=body)
        assert answer.status_code < 300, answer.text

    def citizen(self, shown: str = "13800138000") -> Conversation:
        """Call the hotline."""
        phone = SipPhone(("127.0.0.1", self.sip_port))
        self._phones.append(phone)
        return phone.call(NUMBER, shown=shown)

    async def call_an_agent(self) -> Conversation:
        """Call, press 1, and wait until an agent talks."""
        call = self.citizen()
        async with asyncio.timeout(WAIT_S):
            await call.answered.wait()
        call.audio.press("1")
        await self.until(self.talking)
        return call

    # ── Looking ──────────────────────────────────────────────────────────────────────────────────────────────

    async def desk(self) -> dict[str, Any]:
        """Return the agent's desk."""
        answer = await self.http.get("/agents/me")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def talking(self) -> bool:
        """Whether the agent talks."""
        return (await self.desk())["agent"]["state"] == "talking"

    async def calls(self) -> list[dict[str, Any]]:
        """Return the call list, newest first."""
        return (await self.http.get("/calls")).json()["items"]

    async def until(self, what: Callable[[], Any]) -> None:
        """Wait until something holds."""
        async with asyncio.timeout(WAIT_S):
            while not await what():
                await asyncio.sleep(0.05)


def _answer(call: Conversation) -> None:
    call.ring()
    call.answer()
