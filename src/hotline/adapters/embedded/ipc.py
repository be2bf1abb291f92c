"""The line between application and voice process: JSON, one message a line, over a Unix socket.

Application → voice: `hello`, `run` (a numbered batch of commands), `snapshot`, `ack` (events that are durable).
Voice → application: `welcome`, `event` (numbered, with its age), `caught_up`, `done` (a batch), `snapshot`, `beat`, `replaced`.
Knows framing and words only.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from hotline.core import codec
from hotline.core.switching import SwitchCommand, SwitchEvent, SwitchSnapshot

LINE_LIMIT = 64 * 1024 * 1024
"""The directory of 5,000 telephones is about a megabyte; a longer line than this is a fault."""
BEAT_S = 0.5
SILENCE_S = 3.0
"""Nothing heard for so long means the other side hangs."""
CONNECT_LIMIT_S = 2.0


def pulse_of(socket: Path) -> Path:
    """Return the file that the voice process touches with each beat."""
    return socket.with_suffix(".pulse")


def pulse_age_s(socket: Path) -> float:
    """Return how long ago the voice process last showed life apart from the line; infinite when it never did."""
    try:
        return max(0.0, time.time() - pulse_of(socket).stat().st_mtime)
    except OSError:
        return float("inf")


class LineBroken(Exception):
    """The connection ended, or spoke nonsense."""


@dataclass(slots=True)
class Line:
    """One connection. What is sent in one turn of the loop leaves in one write; `drain` waits for the other side to read."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    _turn: list[bytes] = field(default_factory=list[bytes])

    def send(self, message: dict[str, Any]) -> None:
        """Put a message on the wire, with the others of this turn."""
        if self.writer.is_closing():
            return
        if not self._turn:
            asyncio.get_running_loop().call_soon(self._flush)
        self._turn.append(orjson.dumps(message, option=orjson.OPT_APPEND_NEWLINE))

    def _flush(self) -> None:
        if self._turn and not self.writer.is_closing():
            self.writer.write(b"".join(self._turn))
        self._turn.clear()

    async def drain(self) -> None:
        """Wait until the buffer is small. Raises `LineBroken`."""
        self._flush()
        try:
            await self.writer.drain()
        except OSError as error:
            raise LineBroken(str(error)) from error

    async def receive(self) -> dict[str, Any]:
        """Return the next message. Raises `LineBroken`."""
        try:
            message = orjson.loads(await self.reader.readuntil(b"\n"))
        except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            raise LineBroken(type(error).__name__) from error
        if not isinstance(message, dict) or "t" not in message:
            raise LineBroken("no message")
        return message

    async def close(self) -> None:
        """Hang up, after what was sent; never raises."""
        self._flush()
        self.writer.close()
        try:
            async with asyncio.timeout(1.0):
                await self.writer.wait_closed()
        except (OSError, TimeoutError):
            pass


async def connect(path: Path) -> Line:
    """Connect to the voice process. Raises `LineBroken`."""
    try:
        async with asyncio.timeout(CONNECT_LIMIT_S):
            return Line(*await asyncio.open_unix_connection(path, limit=LINE_LIMIT))
    except (OSError, TimeoutError) as error:
        raise LineBroken(type(error).__name__) from error


def batch_message(number: int, commands: Sequence[SwitchCommand]) -> dict[str, Any]:
    """Return the message of a numbered batch."""
    return {"t": "run", "n": number, "commands": [codec.encode(command) for command in commands]}


def batch_commands(message: dict[str, Any]) -> list[SwitchCommand]:
    """Return the commands of a `run` message."""
    return [codec.decode(values) for values in message["commands"]]


def event_message(number: int, event: SwitchEvent, age_s: float) -> dict[str, Any]:
    """Return the message of a numbered event that happened `age_s` ago."""
    return {"t": "event", "n": number, "age": age_s, "event": codec.encode(event)}


def event_of(message: dict[str, Any]) -> SwitchEvent:
    """Return the event of an `event` message, with the engine's own time."""
    return codec.decode(message["event"])


def snapshot_message(request: int, snapshot: SwitchSnapshot) -> dict[str, Any]:
    """Return the answer to a snapshot request."""
    return {"t": "snapshot", "id": request, "snapshot": codec.encode(snapshot)}


def snapshot_of(message: dict[str, Any]) -> SwitchSnapshot:
    """Return the snapshot of an answer."""
    return codec.decode(message["snapshot"])
