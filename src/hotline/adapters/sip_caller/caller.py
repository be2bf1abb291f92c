"""A citizen who calls: dials, listens, presses keys at set times, speaks, and hangs up. Tells what happened when."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hotline.adapters.sip_caller.beat import Beat
from hotline.adapters.sip_caller.conversation import Conversation
from hotline.adapters.sip_caller.phone import SipPhone
from hotline.wire import wav

GIVE_UP_S = 90.0
COMMA_S = 1.0
LAST_WORDS_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What the caller does. `keys` are pressed `after_s` after the answer, a comma is a second's pause.

    `say` is a WAV file spoken after the keys. The caller hangs up `seconds` after the answer (0: never).
    """

    number: str
    shown: str
    keys: str = ""
    after_s: float = 2.0
    say: Path | None = None
    repeat: bool = False
    seconds: float = 0.0
    patience_s: float = GIVE_UP_S
    test: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What became of a call. Milliseconds since the INVITE; None for what never happened."""

    answered: bool
    status: int
    q850: int
    ended_by: str
    ringing_ms: float | None
    answered_ms: float | None
    first_audio_ms: float | None
    length_ms: float
    packets: int
    lost: int
    digits: str


Progress = Callable[[str], None]


def _quiet(_: str) -> None:
    """Nobody listens to the progress."""


class SipCaller:
    """One caller on a socket of its own."""

    def __init__(self, server: tuple[str, int], *, beat: Beat | None = None, tell: Progress = _quiet) -> None:
        self._phone = SipPhone(server, beat=beat)
        self._tell = tell
        self.call: Conversation | None = None

    async def run(self, script: Script) -> Report:
        """Make the call and follow the script to its end."""
        speech = wav.to_alaw(wav.parse(await asyncio.to_thread(script.say.read_bytes))) if script.say else b""
        headers = (("x-hotline-test", "1"),) if script.test else ()
        call = self.call = self._phone.call(script.number, shown=script.shown, headers=headers)
        try:
            await self._follow(call, script, speech)
        finally:
            call.hang_up()
        return self._report(call)

    async def _follow(self, call: Conversation, script: Script, speech: bytes) -> None:
        try:
            async with asyncio.timeout(script.patience_s):
                await call.ringing.wait()
                if call.ringing_at is not None:
                    self._tell(f"ringing after {1_000 * (call.ringing_at - call.began_at):.0f} ms")
                await call.answered.wait()
        except TimeoutError:
            self._tell("nobody answered")
            return
        if not call.is_up:
            self._tell(f"refused: {call.status} (Q.850 {call.q850})")
            return
        assert call.answered_at is not None
        self._tell(f"answered after {1_000 * (call.answered_at - call.began_at):.0f} ms")
        try:
            async with asyncio.timeout(script.seconds or None):
                await self._act(call, script, speech)
                await call.over.wait()
        except TimeoutError:
            self._tell("hanging up")
        else:
            self._tell(f"the far end hung up (Q.850 {call.q850})")

    async def _act(self, call: Conversation, script: Script, speech: bytes) -> None:
        if script.keys:
            await _pause(call, script.after_s)
        for key in script.keys:
            if key == ",":
                await _pause(call, COMMA_S)
            else:
                call.audio.press(key)
                self._tell(f"pressed {key}")
                await _pause(call, 0.2)
        if speech and not call.over.is_set():
            call.audio.say(speech, repeat=script.repeat)
            self._tell(f"speaking for {len(speech) / 8_000:.1f} s")

    @staticmethod
    def _report(call: Conversation) -> Report:
        heard, began = call.audio.heard, call.began_at

        def since(at: float | None) -> float | None:
            return None if at is None else 1_000 * (at - began)

        return Report(
            answered=call.answered_at is not None,
            status=call.status,
            q850=call.q850,
            ended_by=call.ended_by,
            ringing_ms=since(call.ringing_at),
            answered_ms=since(call.answered_at),
            first_audio_ms=since(heard.first_at),
            length_ms=1_000 * ((call.over_at or began) - (call.answered_at or call.over_at or began)),
            packets=heard.packets,
            lost=heard.lost,
            digits=heard.digits,
        )

    async def close(self) -> None:
        """Let the last words (BYE, ACK) go out, then close the socket."""
        await asyncio.sleep(LAST_WORDS_S)
        await self._phone.close()


async def _pause(call: Conversation, seconds: float) -> None:
    """Wait, but not beyond the end of the call."""
    try:
        async with asyncio.timeout(seconds):
            await call.over.wait()
    except TimeoutError:
        return
