"""Many telephones at one address, for loads in which signalling is what is measured: a bank of agents, and callers who come at a steady rate.

Times are Unix time in seconds, of one clock for both sides, so that they can be held against a journal's or a switch's own times.
"""

import asyncio
import contextlib
import random
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from hotline.adapters.embedded.ports import Address, UdpSocket
from hotline.adapters.sip_caller.audio import PhoneAudio
from hotline.adapters.sip_caller.beat import Beat
from hotline.adapters.sip_caller.conversation import Conversation
from hotline.adapters.sip_caller.phone import SipPhone
from hotline.wire import offer_answer
from hotline.wire.sip.address import parse_name_addr, user_of

ANSWER_S = (0.3, 0.8)
PATIENCE_S = 60.0


class SilentAudio(PhoneAudio):
    """Describes itself, sends nothing and reads nothing: the system drops what comes."""

    def _listen(self, sock: socket.socket) -> UdpSocket:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        unread = UdpSocket(sock, _never)
        asyncio.get_running_loop().remove_reader(sock)
        return unread

    def take(self, answered: str) -> None:
        """Take the far end's description, and stay silent."""
        self._remote = offer_answer.read(answered)


def _never(_data: bytes, _source: Address) -> None:
    raise AssertionError("nobody reads this socket")


@dataclass(slots=True, kw_only=True)
class Seen:
    """One call as both its ends saw it. 0: did not happen."""

    caller: str
    invited: float = 0.0
    status: int = 0
    rung: list[float] = field(default_factory=list[float])
    """When agents' telephones got an INVITE for it."""
    answered: float = 0.0
    over: float = 0.0
    gaps: int = 0
    packets: int = 0


class AgentBank(SipPhone):
    """All agents' telephones on one socket; each answers after a moment, talks for a while and hangs up."""

    def __init__(self, server: tuple[str, int], seen: dict[str, Seen], talk_s: float, *, media: bool) -> None:
        super().__init__(server, audio=PhoneAudio if media else SilentAudio)
        self.on_call = self._rings
        self.strangers = 0
        self._seen = seen
        self._talk_s = talk_s
        self._tasks: set[asyncio.Task[None]] = set()

    async def register_as(self, number: str, password: str) -> None:
        """Register one more agent here."""
        self.username, self.password = number, password
        await self.register(expires_s=3600)

    def _rings(self, call: Conversation) -> None:
        at = time.time()
        assert call.invite is not None
        seen = self._seen.get(user_of(parse_name_addr(call.invite.get("from") or "").uri))
        if seen is None:
            self.strangers += 1
            call.reject(404)
            return
        seen.rung.append(at)
        call.ring()
        task = asyncio.create_task(self._serve(call, seen), name=f"agent-{seen.caller}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, call: Conversation, seen: Seen) -> None:
        await asyncio.sleep(random.uniform(*ANSWER_S))
        if call.over.is_set():
            return
        seen.answered = time.time()
        call.answer()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._talk_s * random.uniform(0.75, 1.25)):
                await call.over.wait()
        seen.gaps += call.audio.heard.lost
        seen.packets += call.audio.heard.packets
        call.hang_up()

    async def done(self) -> None:
        """Wait until nobody talks any more."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))


async def callers(
    server: tuple[str, int],
    number: str,
    seen: dict[str, Seen],
    *,
    first: int,
    rate: float,
    seconds: float,
    media: bool,
    progress: Callable[[], None] | None = None,
) -> None:
    """Call `number` at an even rate for so long; returns when the last call is over."""
    phone = SipPhone(server, beat=Beat(), audio=PhoneAudio if media else SilentAudio)
    begin = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for place in range(round(rate * seconds)):
            await asyncio.sleep(max(0.0, begin + place / rate - time.monotonic()))
            shown = f"139{first + place:08d}"
            one = seen[shown] = Seen(caller=shown)
            group.create_task(_call(phone, number, one), name=f"caller-{shown}")
            if progress is not None and place % round(rate * 10) == 0:
                progress()
    await phone.close()


async def _call(phone: SipPhone, number: str, seen: Seen) -> None:
    seen.invited = time.time()
    call = phone.call(number, shown=seen.caller)
    call.audio.say(b"\x55" * 160, repeat=True)
    ended = partial(setattr, seen, "over")
    try:
        async with asyncio.timeout(PATIENCE_S):
            await call.over.wait()
    except TimeoutError:
        call.hang_up()
    ended(time.time())
    seen.status = call.status
    seen.gaps += call.audio.heard.lost
    seen.packets += call.audio.heard.packets
