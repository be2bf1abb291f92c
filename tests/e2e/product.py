"""The running product in a folder of its own: started as people start it, asked over HTTP as browsers ask it."""

import asyncio
import os
import signal
import ssl
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx

from tests.e2e.ready_site import RUN_FOLDER, copy_ready_site
from tests.ports import free_block, free_port

PASSWORD = "demo-Passw0rd"
START_LIMIT_S = 110.0
ASK_EVERY_S = 0.05
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Saves each client from reading a machine's certificates: 50 ms of a processor, at every question about health."""

Value = TypeVar("Value")


async def eventually(
    ask: Callable[[], Awaitable[Value | None]],
    what: str,
    limit_s: float = 20.0,
    *,
    every_s: float = ASK_EVERY_S,
) -> Value:
    """Ask until the answer is something; for what can only be seen from outside. Fails with `what` after `limit_s`."""
    deadline = asyncio.get_running_loop().time() + limit_s
    while True:
        answer = await ask()
        if answer:
            return answer
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"not within {limit_s:.0f} s: {what}")
        await asyncio.sleep(every_s)


class Session:
    """A logged-in person's view of the API."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    @property
    def token(self) -> str:
        """What proves who it is."""
        return self._http.headers["Authorization"].removeprefix("Bearer ")

    async def get(self, path: str, **query: Any) -> Any:
        """GET and return the JSON; a refusal raises with its body."""
        return await self._send("GET", path, params=query)

    async def post(self, path: str, **body: Any) -> Any:
        """POST and return the JSON, None when there is none."""
        return await self._send("POST", path, json=body)

    async def put(self, path: str, **body: Any) -> Any:
        """PUT and return the JSON, None when there is none."""
        return await self._send("PUT", path, json=body)

    async def patch(self, path: str, **body: Any) -> Any:
        """PATCH and return the JSON, None when there is none."""
        return await self._send("PATCH", path, json=body)

    async def delete(self, path: str) -> None:
        """DELETE."""
        await self._send("DELETE", path)

    async def raw(self, path: str, **headers: str) -> httpx.Response:
        """GET whatever it is."""
        return await self._http.get(path, headers=headers)

    async def _send(self, method: str, path: str, **options: Any) -> Any:
        answer = await self._http.request(method, path, **options)
        if answer.is_error:
            raise Refusal(answer)
        return answer.json() if answer.content else None


class Refusal(AssertionError):
    """The server refused; `code` is the stable one."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__(
            f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text}"
        )
        self.status = answer.status_code
        self.code = answer.json()["error"]["code"] if answer.text.startswith("{") else ""


@dataclass(slots=True)
class Product:
    """One installation of the demo site on ports of its own."""

    data: Path
    settings: dict[str, str] = field(default_factory=dict[str, str])
    http_port: int = field(default_factory=free_port)
    sip_port: int = field(default_factory=free_port)
    phone_port: int = 0
    """Where telephones register, when that is apart from the trunk's door (FreeSWITCH)."""
    media_ports: tuple[int, int] = field(default_factory=lambda: free_block(400))
    from_scratch: bool = False
    """Whether the site is set up by the first start itself, and not copied from one that was (SQLite only)."""
    process: subprocess.Popen[bytes] | None = None
    _clients: list[httpx.AsyncClient] = field(default_factory=list[httpx.AsyncClient])

    @property
    def base(self) -> str:
        """Address of its pages."""
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def sip(self) -> tuple[str, int]:
        """Where it listens for the trunk's calls."""
        return "127.0.0.1", self.sip_port

    @property
    def phones(self) -> tuple[str, int]:
        """Where telephones register."""
        return "127.0.0.1", self.phone_port or self.sip_port

    @property
    def environment(self) -> dict[str, str]:
        """Its settings, for commands that work on the same installation."""
        return {
            **os.environ,
            "HOTLINE_DATA": str(self.data),
            "HOTLINE_HTTP": f"127.0.0.1:{self.http_port}",
            "HOTLINE_SIP": f"127.0.0.1:{self.sip_port}",
            "HOTLINE_RTP_PORTS": "{}-{}".format(*self.media_ports),
            "HOTLINE_PROFILE": "demo",
            "HOTLINE_DEMO_PASSWORD": PASSWORD,
            "HOTLINE_LOG": "json",
            **self.settings,
        }

    async def start(self) -> None:
        """Start it and wait until it is healthy. One that does not become so is ended: nobody else would."""
        self.data.mkdir(parents=True, exist_ok=True)
        if not self.from_scratch and not self._set_up and RUN_FOLDER in os.environ:
            await copy_ready_site(self.data, _set_up_site)
        with (self.data / "serve.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "hotline", "serve"],
                env=self.environment,
                stdout=log,
                stderr=log,
                cwd=self.data,
            )
        try:
            await eventually(self.healthy, f"a healthy start, see {self.data}/serve.log", START_LIMIT_S)
        except BaseException:
            if self.process.poll() is None:
                await self.stop()
            raise

    @property
    def _set_up(self) -> bool:
        return "HOTLINE_DATABASE" in self.settings or (self.data / "hotline.db").exists()

    def said_last(self, lines: int = 20, width: int = 300) -> str:
        """The end of its log, for people who look at a failure."""
        log = self.data / "serve.log"
        text = log.read_text(errors="replace") if log.exists() else ""
        return "\n".join(line[:width] for line in text.splitlines()[-lines:])

    async def healthy(self) -> dict[str, Any] | None:
        """Its health when it is well, else None."""
        assert self.process is None or self.process.poll() is None, (self.data / "serve.log").read_text()
        try:
            async with httpx.AsyncClient(verify=NO_TLS) as http:
                answer = await http.get(f"{self.base}/api/v1/health")
        except httpx.TransportError:
            return None
        return answer.json() if answer.status_code == 200 else None

    async def log_in(self, username: str) -> Session:
        """Log in as one of the demo people."""
        # The server closes what was idle for 5 s: we let go before it, or a question may meet the closing.
        limits = httpx.Limits(keepalive_expiry=2)
        http = httpx.AsyncClient(base_url=f"{self.base}/api/v1", timeout=15, limits=limits, verify=NO_TLS)
        self._clients.append(http)
        answer = await http.post("/session", json={"username": username, "password": PASSWORD})
        assert answer.is_success, answer.text
        http.headers["Authorization"] = f"Bearer {answer.json()['token']}"
        return Session(http)

    async def tidy(self, *, cut_off: bool = False) -> None:
        """Wait until no call runs, sign everybody out, and forget the sessions. `cut_off`: end what a test that failed left behind."""
        leader = await self.log_in("2001")
        if cut_off:
            for call in (await leader.get("/live"))["calls"]:
                with suppress(Refusal):  # over meanwhile
                    await leader.post(f"/calls/{call['call_id']}/actions/release")

        async def quiet() -> bool:
            return not [call for call in (await leader.get("/live"))["calls"] if call["phase"] != "wrap_up"]

        await eventually(quiet, "every call's end", 40)
        for agent in (await leader.get("/live"))["agents"]:
            if agent["state"] != "offline":
                await leader.put(f"/agents/{agent['agent_id']}/state", state="offline")
        await self._forget_sessions()

    async def _forget_sessions(self) -> None:
        for http in self._clients:
            await http.aclose()
        self._clients.clear()

    def pid_of(self, program: str) -> int:
        """Process number of `voice` or `statistics`."""
        return int((self.data / "run" / f"{program}.pid").read_text().split()[0])

    def kill(self) -> None:
        """Kill the application, and only it, as a power cut would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)
        self.process = None

    async def stop(self) -> None:
        """End it in order."""
        await self._forget_sessions()
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            try:
                await asyncio.to_thread(self.process.wait, 20)
            except subprocess.TimeoutExpired:
                self.process.kill()  # it must not go on beside the tests that follow
                raise
            self.process = None


async def _set_up_site(data: Path) -> None:
    """Start a site, let it find its articles once, and stop it."""
    product = Product(data, from_scratch=True)
    await product.start()

    async def indexed() -> bool:
        return "knowledge_indexed" in (data / "serve.log").read_text(encoding="utf-8")

    try:
        await eventually(indexed, "the articles' index", START_LIMIT_S)
    finally:
        await product.stop()
