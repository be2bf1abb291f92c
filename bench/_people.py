"""Citizens and agents of `bench.first_call`: each group in a process of its own, so that nobody's work delays another's clock.

A group does what its orders say and reports what it saw as JSON. Times are Unix time in ns unless the name says otherwise.
"""

import asyncio
import contextlib
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

import httpx
import orjson
import structlog
import uvloop
from bench._browser_phone import BrowserPhone
from bench._sound import AGENT, CITIZEN, BrowserAudio, Browsers, EvenBeat, StampedAudio, Tally
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from hotline.adapters.sip_caller.conversation import Conversation
from hotline.adapters.sip_caller.phone import SipPhone
from hotline.platform.priority import favour_audio
from hotline.wire.sip.address import parse_name_addr, user_of
from hotline.wire.sip.codec import session_description

NUMBER = "01084000000"
KEY = "0"
KEY_AFTER_S = 2.5
RATE_AFTER_S = 2.0
SURVEY_LIMIT_S = 15.0
PATIENCE_S = 120.0
BETWEEN_CALLS_S = 0.5
ANSWER_S = (0.3, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What a group does. `agents` are work numbers with what they log in with."""

    sip: tuple[str, int]
    http: str
    slots: int = 0
    ramp_s: float = 0.0
    agents: tuple[tuple[str, str, str], ...] = ()
    """Work number, password, SIP password ("" for a browser telephone)."""
    talk_s: float = 0.0
    ports: tuple[int, int] = (0, 0)


def run_group(role: str, orders: Orders, line: Connection) -> None:
    """Entry point of a group's process: `citizens` or `agents`."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    favour_audio()  # they are the measuring instrument
    uvloop.run(_citizens(orders, line) if role == "citizens" else _agents(orders, line))


async def _told(line: Connection) -> str:
    return str(await asyncio.to_thread(line.recv))


# ── Citizens ─────────────────────────────────────────────────────────────────────────────────────────────────


class Citizens:
    """Callers who come back: each slot calls, waits, talks, rates, and calls again under a new number."""

    def __init__(self, orders: Orders) -> None:
        self.tally = Tally()
        self.calls: list[dict[str, Any]] = []
        self.ending = asyncio.Event()
        self._orders = orders
        self._beat = EvenBeat(self.tally)
        self._serial = random.randrange(10_000) * 10_000

    async def run(self) -> None:
        """Call until told to end; every begun call is brought to its end."""
        async with asyncio.TaskGroup() as group:
            for number in range(self._orders.slots):
                delay = number * self._orders.ramp_s / self._orders.slots
                group.create_task(self._slot(delay), name=f"citizen-{number}")
        self._beat.close()

    async def _slot(self, delay: float) -> None:
        audio = partial(StampedAudio, tally=self.tally, who=CITIZEN)
        phone = SipPhone(self._orders.sip, beat=self._beat, audio=audio)
        await asyncio.sleep(delay)
        while not self.ending.is_set():
            self._serial += 1
            await self._call(phone, f"138{self._serial:08d}")
            await asyncio.sleep(BETWEEN_CALLS_S)
        await phone.close()

    async def _call(self, phone: SipPhone, shown: str) -> None:
        seen: dict[str, Any] = {"ani": shown, "invited": time.time_ns(), "status": 0, "ended_by": ""}
        self.calls.append(seen)
        call = phone.call(NUMBER, shown=shown)
        assert isinstance(call.audio, StampedAudio)
        try:
            async with asyncio.timeout(PATIENCE_S):
                await call.answered.wait()
                if call.is_up:
                    await self._live(call)
        except TimeoutError:
            pass  # out of patience: counted as a call that talked to nobody
        finally:
            call.hang_up()
        ear = call.audio.ear
        seen |= {
            "status": call.status,
            "ended_by": call.ended_by,
            "first": ear.first_at,
            "heard": ear.other_at,
        }

    async def _live(self, call: Conversation) -> None:
        await asyncio.sleep(KEY_AFTER_S)
        call.audio.press(KEY)
        assert isinstance(call.audio, StampedAudio)
        # What the agent does shows in the sound: first we hear them, then the survey's prompt.
        while not call.over.is_set() and not call.audio.ear.other_at:
            await _pause(call, 0.5)
        while not call.over.is_set() and call.audio.ear.speaks_now():
            await _pause(call, 0.2)
        await _pause(call, RATE_AFTER_S)
        if not call.over.is_set():
            call.audio.press("1")
            await _pause(call, SURVEY_LIMIT_S)


async def _pause(call: Conversation, seconds: float) -> None:
    """Wait, or until the call is over."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await call.over.wait()


async def _citizens(orders: Orders, line: Connection) -> None:
    citizens = Citizens(orders)
    line.send("ready")
    await _told(line)
    work = asyncio.create_task(citizens.run(), name="citizens")
    while (word := await _told(line)) != "end":
        assert word == "clear"
        _clear(citizens.tally)
    citizens.ending.set()
    await work
    line.send({"calls": citizens.calls, "tally": _summary(citizens.tally)})


# ── Agents ───────────────────────────────────────────────────────────────────────────────────────────────────


class Agents:
    """Agents with SIP telephones, or with browser telephones; each has the desk's event stream open, as the desk has."""

    def __init__(self, orders: Orders) -> None:
        self.tally = Tally()
        self.talks: list[dict[str, Any]] = []
        self._orders = orders
        self._beat = EvenBeat(self.tally)
        self._browsers = Browsers(range(*orders.ports))
        self._client = httpx.AsyncClient(base_url=f"{orders.http}/api/v1", timeout=30, trust_env=False)
        self._tasks: set[asyncio.Task[None]] = set()
        self._phones: list[SipPhone] = []

    async def sign_in(self, number: str, password: str, sip_password: str) -> None:
        """Register, log in, open the desk, go ready."""
        answer = await self._client.post("/session", json={"username": number, "password": password})
        token = answer.raise_for_status().json()["token"]
        headers = {"Authorization": f"Bearer {token}"}
        if sip_password:
            audio = partial(StampedAudio, tally=self.tally, who=AGENT)
            phone = SipPhone(
                self._orders.sip, username=number, password=sip_password, beat=self._beat, audio=audio
            )
            await phone.register()
        else:
            phone = BrowserPhone(beat=self._beat, browsers=self._browsers, tally=self.tally)
            log_in = (await self._client.get("/agents/me/phone", headers=headers)).raise_for_status().json()
            await phone.open(f"{self._orders.http.replace('http', 'ws')}/sip", log_in)
        desk = Desk(headers)
        phone.on_call = lambda call: self._rings(number, desk, call)
        self._phones.append(phone)
        self._spawn(watch(self._orders.http, token, "/agents/me/events", desk.see), f"desk-{number}")
        device = "desk" if sip_password else "browser"
        signed = await self._client.post("/agents/me/sign-in", json={"device": device}, headers=headers)
        signed.raise_for_status()
        await self._ready(headers)

    def _spawn(self, work: Any, name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _ready(self, headers: dict[str, str]) -> None:
        await self._client.put("/agents/me/state", json={"state": "ready"}, headers=headers)

    def _rings(self, number: str, desk: "Desk", call: Conversation) -> None:
        assert call.invite is not None
        caller = user_of(parse_name_addr(call.invite.get("from") or "").uri)
        talk = {"agent": number, "ani": caller, "rung": time.time_ns(), "pressed": 0, "heard": 0}
        self.talks.append(talk)
        call.ring()
        self._spawn(self._talk(talk, desk, call), f"agent-{number}")

    async def _talk(self, talk: dict[str, Any], desk: "Desk", call: Conversation) -> None:
        await asyncio.sleep(random.uniform(*ANSWER_S))
        if call.over.is_set():
            return
        assert call.invite is not None
        audio: Any = call.audio
        talk["pressed"] = time.time_ns()
        if isinstance(audio, BrowserAudio):
            await audio.prepare(session_description(call.invite) or "")
        call.answer()
        length = self._orders.talk_s
        await _pause(call, random.uniform(0.75 * length, 1.25 * length))
        talk["heard"] = audio.ear.other_at
        talk["lost"] = call.over.is_set()
        if isinstance(
            audio, BrowserAudio
        ):  # a browser's telephone that only goes away is waited for: it may be a reload
            await self._hang_up_on_screen(desk)
            await _pause(call, 5.0)
        call.hang_up()
        await asyncio.sleep(0.5)
        with contextlib.suppress(httpx.HTTPError):
            await self._client.post("/agents/me/wrap-up/finish", headers=desk.headers)
            await self._ready(desk.headers)

    async def _hang_up_on_screen(self, desk: "Desk") -> None:
        shown = orjson.loads(desk.newest)["desk"]["call"]
        if shown is not None:
            path = f"/calls/{shown['call_id']}/actions/hangup"
            with contextlib.suppress(httpx.HTTPError):
                await self._client.post(path, headers=desk.headers)

    async def close(self) -> None:
        """Put everything away."""
        self._beat.close()
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        for phone in self._phones:
            await phone.close()
        await self._client.aclose()


@dataclass(slots=True)
class Desk:
    """An agent's page: the log-in, and the newest message of the event stream, read only when it is needed."""

    headers: dict[str, str]
    newest: str | bytes = b""

    def see(self, message: str | bytes) -> None:
        """Take a message."""
        self.newest = message


async def watch(http: str, token: str, path: str, see: Callable[[str | bytes], None]) -> None:
    """Follow an event stream as a page does."""
    protocols = [Subprotocol("hotline"), Subprotocol(f"bearer.{token}")]
    url = f"{http.replace('http', 'ws')}/api/v1{path}"
    with contextlib.suppress(ConnectionClosed):
        async with connect(
            url, subprotocols=protocols, proxy=None, max_size=None, compression=None
        ) as stream:
            async for message in stream:
                see(message)


async def _agents(orders: Orders, line: Connection) -> None:
    agents = Agents(orders)
    for number, password, sip_password in orders.agents:
        await agents.sign_in(number, password, sip_password)
    line.send("ready")
    while (word := await _told(line)) != "end":
        if word == "clear":
            _clear(agents.tally)
    await agents.close()
    line.send({"talks": agents.talks, "tally": _summary(agents.tally)})


# ── What is reported ─────────────────────────────────────────────────────────────────────────────────────────


def _clear(tally: Tally) -> None:
    for values in (tally.paced, tally.relayed, tally.turned, tally.delays, tally.own):
        values.clear()
    tally.packets = tally.gaps = 0


def _summary(tally: Tally) -> dict[str, Any]:
    names = ("paced", "relayed", "turned", "delays", "own")
    return {"packets": tally.packets, "gaps": tally.gaps} | {
        name: spread(getattr(tally, name)) for name in names
    }


def spread(values: list[float]) -> tuple[float, float, float, int]:
    """Median, 99th percentile (nearest rank), greatest, how many; zeros of nothing."""
    ranked = sorted(values)
    if not ranked:
        return 0.0, 0.0, 0.0, 0
    at = [ranked[min(len(ranked) - 1, int(share * len(ranked)))] for share in (0.5, 0.99)]
    return at[0], at[1], ranked[-1], len(ranked)
