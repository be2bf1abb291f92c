"""Load: many citizens who call, and agents who answer on desk phones, signed in over HTTP. Measures what both experience.

Each side speaks a tone of its own, so that the first packet of the other is known when it comes.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import random
import sys
from collections import deque
from dataclasses import dataclass, field

import httpx

from hotline.adapters.sip_caller.beat import Beat
from hotline.adapters.sip_caller.conversation import Conversation
from hotline.adapters.sip_caller.phone import SipPhone
from hotline.wire.g711 import FRAME, RATE, Law, encode
from hotline.wire.sip.address import parse_name_addr, user_of

CALLER_HZ, AGENT_HZ = 400, 500
"""Both fit into 20 ms a whole number of times, so that every frame of a tone is the same."""
KEY_AFTER_S = 2.5
SURVEY_LIMIT_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadPlan:
    """What to do. `talk_s` is the mean length of a talk; citizens choose one of `keys` each."""

    server: tuple[str, int]
    http: str
    number: str
    password: str
    rate: float
    concurrent: int
    seconds: float
    agents: int
    first_agent: int
    talk_s: float
    keys: str
    phone_password: str
    patience_s: float


@dataclass(slots=True)
class LoadResult:
    """What was measured. Times in milliseconds unless the name says otherwise."""

    offered: int = 0
    held_back: int = 0
    connected: int = 0
    talked: int = 0
    refused: dict[int, int] = field(default_factory=dict[int, int])
    packets: int = 0
    lost: int = 0
    uneven: list[float] = field(default_factory=list[float])
    first_packet: list[float] = field(default_factory=list[float])
    waits_s: list[float] = field(default_factory=list[float])
    answer_to_agent: list[float] = field(default_factory=list[float])
    answer_to_citizen: list[float] = field(default_factory=list[float])
    surveys: int = 0


def _tone(hertz: int) -> bytes:
    samples = (round(6_000 * math.sin(2 * math.pi * hertz * n / RATE)) for n in range(FRAME))
    return encode(Law.ALAW, b"".join(sample.to_bytes(2, sys.byteorder, signed=True) for sample in samples))


class LoadAgent:
    """An agent with a desk phone: signs in, answers, talks for a while, hangs up, finishes after-call work."""

    def __init__(
        self, plan: LoadPlan, number: str, beat: Beat, client: httpx.AsyncClient, run: LoadRun
    ) -> None:
        self._plan = plan
        self._run = run
        self._number = number
        self._client = client
        self._headers: dict[str, str] = {}
        self._phone = SipPhone(
            plan.server, username=number, password=plan.phone_password.format(number=number), beat=beat
        )
        self._phone.on_call = self._take
        self._talks: set[asyncio.Task[None]] = set()

    async def sign_in(self) -> None:
        """Register the telephone, log in, take part. Raises `httpx.HTTPError`, `RegistrationFailed`."""
        await self._phone.register()
        answer = await self._client.post(
            "/api/v1/session", json={"username": self._number, "password": self._plan.password}
        )
        answer.raise_for_status()
        self._headers = {"Authorization": f"Bearer {answer.json()['token']}"}
        await self._post("sign-in", {"device": "desk"})
        await self._ready()

    async def _post(self, what: str, body: dict[str, str] | None = None) -> httpx.Response:
        return await self._client.post(f"/api/v1/agents/me/{what}", json=body, headers=self._headers)

    async def _ready(self) -> None:
        await self._client.put("/api/v1/agents/me/state", json={"state": "ready"}, headers=self._headers)

    async def sign_out(self) -> None:
        """Leave, and end the telephone."""
        with contextlib.suppress(httpx.HTTPError):
            await self._post("sign-out")
        for talk in list(self._talks):
            talk.cancel()
        if self._talks:
            await asyncio.wait(self._talks)
        await self._phone.close()

    def _take(self, call: Conversation) -> None:
        call.ring()
        task = asyncio.create_task(self._talk(call), name=f"load-agent-{self._number}")
        self._talks.add(task)
        task.add_done_callback(self._talks.discard)

    async def _talk(self, call: Conversation) -> None:
        await asyncio.sleep(random.uniform(0.2, 1.0))
        if call.over.is_set():
            return
        call.audio.listen_for = _tone(CALLER_HZ)
        call.audio.say(_tone(AGENT_HZ), repeat=True)
        call.answer()
        caller = parse_name_addr((call.invite.get("from") if call.invite else "") or "")
        self._run.answered(user_of(caller.uri), call)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(2.0, random.expovariate(1 / self._plan.talk_s))):
                await call.over.wait()
        call.hang_up()
        self._run.take_audio(call)
        await asyncio.sleep(0.5)
        with contextlib.suppress(httpx.HTTPError):
            await self._post("wrap-up/finish")
            await self._ready()


@dataclass(slots=True)
class Waiting:
    """A citizen in the queue, and the agent's side of the talk once somebody took it."""

    taken: asyncio.Event = field(default_factory=asyncio.Event)
    talk: Conversation | None = None


async def either(one: asyncio.Event, other: asyncio.Event) -> None:
    """Wait until one of two things has happened."""
    waits = [asyncio.create_task(event.wait(), name="load-wait") for event in (one, other)]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waits:
            task.cancel()


class LoadRun:
    """One run."""

    def __init__(self, plan: LoadPlan) -> None:
        self.plan = plan
        self.result = LoadResult()
        self._beat = Beat()
        self._waiting: dict[str, Waiting] = {}
        self._phones: deque[SipPhone] = deque()

    async def run(self) -> LoadResult:
        """Sign the agents in, let the citizens call, wait for the last of them, sign the agents out."""
        plan = self.plan
        limits = httpx.Limits(max_connections=8)
        async with httpx.AsyncClient(
            base_url=plan.http, timeout=15, limits=limits, trust_env=False
        ) as client:
            agents = [
                LoadAgent(plan, str(plan.first_agent + index), self._beat, client, self)
                for index in range(plan.agents)
            ]
            try:
                for agent in agents:
                    await agent.sign_in()
                await self._citizens()
            finally:
                for agent in agents:
                    await agent.sign_out()
                for phone in self._phones:
                    await phone.close()
        return self.result

    async def _citizens(self) -> None:
        """Calls arrive at random, `rate` a second on average; beyond `concurrent` at once they are held back."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + self.plan.seconds
        running: set[asyncio.Task[None]] = set()
        serial = random.randrange(10_000_000)
        while loop.time() < ends:
            await asyncio.sleep(random.expovariate(self.plan.rate))
            if len(running) >= self.plan.concurrent:
                self.result.held_back += 1
                continue
            serial += 1
            task = asyncio.create_task(self._citizen(f"138{serial % 100_000_000:08d}"), name=f"load-{serial}")
            running.add(task)
            task.add_done_callback(running.discard)
        if running:
            await asyncio.wait(running)

    async def _citizen(self, shown: str) -> None:
        self.result.offered += 1
        phone = self._phones.popleft() if self._phones else SipPhone(self.plan.server, beat=self._beat)
        self._waiting[shown] = Waiting()
        try:
            await self._call(phone, shown)
        finally:
            del self._waiting[shown]
            self._phones.append(phone)

    async def _call(self, phone: SipPhone, shown: str) -> None:
        call = phone.call(self.plan.number, shown=shown)
        try:
            async with asyncio.timeout(self.plan.patience_s):
                await call.answered.wait()
                if not call.is_up:
                    self.result.refused[call.status] = self.result.refused.get(call.status, 0) + 1
                    return
                self.result.connected += 1
                await self._talk(call, shown)
        except TimeoutError:
            pass  # out of patience, wherever the call was
        finally:
            call.hang_up()
            self._keep(call)

    async def _talk(self, call: Conversation, shown: str) -> None:
        """Choose from the menu, wait for an agent, talk until the agent hangs up, rate."""
        call.audio.listen_for = _tone(AGENT_HZ)
        await asyncio.sleep(KEY_AFTER_S)
        call.audio.press(random.choice(self.plan.keys))
        call.audio.say(_tone(CALLER_HZ), repeat=True)
        waiting = self._waiting[shown]
        await either(waiting.taken, call.over)
        talk = waiting.talk
        if talk is None:
            return
        self.result.talked += 1
        assert call.answered_at is not None and talk.answered_at is not None
        self.result.waits_s.append(talk.answered_at - call.answered_at)
        await either(talk.over, call.over)
        if call.audio.heard.mark_at is not None:
            self.result.answer_to_citizen.append(1_000 * (call.audio.heard.mark_at - talk.answered_at))
        if not call.over.is_set():
            await self._rate(call)

    async def _rate(self, call: Conversation) -> None:
        await asyncio.sleep(KEY_AFTER_S)
        if call.over.is_set():
            return
        call.audio.press("1")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SURVEY_LIMIT_S):
                await call.over.wait()
                self.result.surveys += 1

    def answered(self, shown: str, talk: Conversation) -> None:
        """An agent took the call of this number."""
        waiting = self._waiting.get(shown)
        if waiting is not None and waiting.talk is None:
            waiting.talk = talk
            waiting.taken.set()

    def take_audio(self, talk: Conversation) -> None:
        """Take over what an agent's telephone measured."""
        if talk.audio.heard.mark_at is not None and talk.answered_at is not None:
            self.result.answer_to_agent.append(1_000 * (talk.audio.heard.mark_at - talk.answered_at))
        self._count(talk)

    def _keep(self, call: Conversation) -> None:
        if call.audio.heard.first_at is not None:
            self.result.first_packet.append(1_000 * (call.audio.heard.first_at - call.began_at))
        self._count(call)

    def _count(self, call: Conversation) -> None:
        heard = call.audio.heard
        self.result.packets += heard.packets
        self.result.lost += heard.lost
        self.result.uneven += heard.uneven_ms
