"""Citizens who call, and agents and a leader who do whatever comes to their minds; all of them live through every fault."""

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from hotline.adapters.sip_caller.beat import Beat
from hotline.adapters.sip_caller.conversation import Conversation
from hotline.adapters.sip_caller.phone import RegistrationFailed, SipPhone
from tests.e2e.product import PASSWORD, Product

HOTLINE = "01084000000"
IN_CALL = frozenset({"talking", "holding", "dialling", "internal"})
OWN_VERBS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("hold", {}),
    ("retrieve", {}),
    ("mute", {}),
    ("unmute", {}),
    ("record-pause", {}),
    ("record-resume", {}),
    ("dtmf", {"digits": "5"}),
    ("hangup", {}),
    ("consult", {"to": {"kind": "agent"}}),
    ("transfer", {"to": {"kind": "agent"}}),
    ("transfer", {"to": {"kind": "queue", "value": "operator"}}),
    ("conference", {"to": {"kind": "agent"}}),
    ("leave", {}),
)
LEADER_VERBS = ("monitor", "whisper", "barge", "intercept", "leave", "release")
PATIENCE_S = 45.0
HTTP_LIMIT_S = 5.0


@dataclass(slots=True)
class Seen:
    """What a caller saw of a call."""

    ani: str
    status: int = 0
    up: bool = False


class Citizens:
    """Callers, each call under a number of its own."""

    def __init__(self, doors: list[tuple[str, int]], beat: Beat, chance: random.Random) -> None:
        self.calls: list[Seen] = []
        self._doors = doors
        self._beat = beat
        self._chance = chance
        self._idle: list[SipPhone] = []

    async def call_for(
        self, seconds: float, rate: float, and_until: Callable[[], bool] = lambda: True
    ) -> None:
        """Let calls arrive at random for so long, and until something is so; return when the last is over."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        async with asyncio.TaskGroup() as running:
            while loop.time() < until or not and_until():
                await asyncio.sleep(self._chance.expovariate(rate))
                seen = Seen(f"138{len(self.calls):08d}")
                self.calls.append(seen)
                running.create_task(self._call(seen), name=f"citizen-{seen.ani}")

    async def _call(self, seen: Seen) -> None:
        phone = (
            self._idle.pop() if self._idle else SipPhone(self._chance.choice(self._doors), beat=self._beat)
        )
        call = phone.call(HOTLINE, shown=seen.ani)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._chance.uniform(5.0, PATIENCE_S)):
                await call.answered.wait()
                seen.up = call.is_up
                while not call.over.is_set():
                    await asyncio.sleep(self._chance.uniform(0.5, 4.0))
                    call.audio.press(self._chance.choice("1120"))
        seen.up = seen.up or call.is_up
        call.hang_up()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                await call.over.wait()
        seen.status = call.status
        self._idle.append(phone)

    async def close(self) -> None:
        """Put the telephones away."""
        for phone in self._idle:
            await phone.close()


class Agent:
    """An agent or leader with a desk phone: answers mostly, does random verbs, comes back after every fault."""

    def __init__(
        self, product: Product, number: str, registrar: tuple[str, int], beat: Beat, chance: random.Random
    ) -> None:
        self.number = number
        self.answers: Counter[str] = Counter()
        """What the application said to our requests: status and code."""
        self._registrar = registrar
        self._beat = beat
        self._chance = chance
        self._http = httpx.AsyncClient(base_url=f"{product.base}/api/v1", timeout=HTTP_LIMIT_S)
        self._phone = self._new_phone()
        self._talks: set[asyncio.Task[None]] = set()
        self._registered = False
        self.closing = False

    def _new_phone(self) -> SipPhone:
        phone = SipPhone(
            self._registrar, username=self.number, password=f"demo-{self.number}", beat=self._beat
        )
        phone.on_call = self._rings
        return phone

    async def work(self, colleagues: list[str]) -> None:
        """Look at the desk again and again and do something."""
        while not self.closing:
            with contextlib.suppress(httpx.HTTPError, RegistrationFailed, TimeoutError):
                await self._do_something(colleagues)
            await asyncio.sleep(self._chance.uniform(0.3, 2.0))

    async def vanish(self) -> None:
        """The telephone is gone without a word, and comes back under a new address."""
        phone, self._phone = self._phone, self._new_phone()
        self._registered = False
        phone.on_call = _silent
        await phone.stack.close()

    async def close(self) -> None:
        """Sign out and put the telephone away."""
        self.closing = True
        with contextlib.suppress(httpx.HTTPError):
            await self._ask("PUT", "/agents/me/state", {"state": "offline"})
        for talk in list(self._talks):
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)
        await self._phone.close()
        await self._http.aclose()

    # ── Inside ───────────────────────────────────────────────────────────────────────────────────────────────

    async def _do_something(self, colleagues: list[str]) -> None:
        if not self._registered:
            await self._phone.register()
            self._registered = True
        if "Authorization" not in self._http.headers:
            await self._log_in()
        desk = await self._ask("GET", "/agents/me")
        if desk is None:
            return
        state, call = desk["agent"]["state"], desk["call"]
        if state in IN_CALL and call is not None:
            await self._act(call, colleagues)
        elif state == "offline":
            await self._ask("POST", "/agents/me/sign-in", {"device": "desk"})
        elif state == "after_call":
            await self._ask("POST", "/agents/me/wrap-up/finish")
        elif state not in {"ready", "ringing"}:
            await self._ask("PUT", "/agents/me/state", {"state": "ready"})
        elif self._chance.random() < 0.05:
            await self._ask("PUT", "/agents/me/state", {"state": "busy", "reason": "会议"})
        if self.number.startswith("2"):
            await self._lead()

    async def _act(self, call: dict[str, Any], colleagues: list[str]) -> None:
        if self._chance.random() < 0.6:
            return
        verb, body = self._chance.choice(OWN_VERBS)
        if body.get("to", {}).get("kind") == "agent":
            body = {"to": {"kind": "agent", "value": self._chance.choice(colleagues)}}
        await self._ask("POST", f"/calls/{call['call_id']}/actions/{verb}", body)

    async def _lead(self) -> None:
        if self._chance.random() < 0.7:
            return
        live = await self._ask("GET", "/live")
        calls = [call for call in (live or {}).get("calls", []) if call["phase"] == "talking"]
        if calls:
            chosen, verb = self._chance.choice(calls), self._chance.choice(LEADER_VERBS)
            await self._ask("POST", f"/calls/{chosen['call_id']}/actions/{verb}", {})

    async def _log_in(self) -> None:
        answer = await self._http.post("/session", json={"username": self.number, "password": PASSWORD})
        self._count("POST", "/session", answer)
        if answer.is_success:
            self._http.headers["Authorization"] = f"Bearer {answer.json()['token']}"

    async def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        answer = await self._http.request(method, path, json=body)
        self._count(method, path, answer)
        return answer.json() if answer.is_success and answer.content else None

    def _count(self, method: str, path: str, answer: httpx.Response) -> None:
        code = ""
        if answer.is_error and answer.text.startswith("{"):
            code = answer.json().get("error", {}).get("code", "")
        if answer.status_code >= 500 and answer.status_code != 503:
            code = f"{method} {path.rsplit('/', 1)[-1]} {code}"
        self.answers[f"{answer.status_code} {code}".strip()] += 1

    def _rings(self, call: Conversation) -> None:
        task = asyncio.create_task(self._talk(call), name=f"agent-{self.number}")
        self._talks.add(task)
        task.add_done_callback(self._talks.discard)

    async def _talk(self, call: Conversation) -> None:
        call.ring()
        await asyncio.sleep(self._chance.uniform(0.1, 2.0))
        if call.over.is_set() or self._chance.random() < 0.05:
            return
        if self._chance.random() < 0.05:
            call.reject(486)
            return
        call.answer()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._chance.uniform(2.0, 25.0)):
                await call.over.wait()
        call.hang_up()


def _silent(_: Conversation) -> None:
    """Nobody is there."""
