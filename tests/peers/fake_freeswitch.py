"""A FreeSWITCH made of a trace: answers our commands as the real one did, and tells of the same events; or of some twice, late, or never.

It waits for the commands of the trace (in whatever order they come) and lets everything out that the real one said before the next command.
Pings are answered as they come. What the trace does not know is answered as FreeSWITCH answers for a channel that does not exist.
"""

import asyncio
import random
import re
from dataclasses import dataclass
from itertools import pairwise

import orjson

from tests.peers.freeswitch_traces import DATA, Said

NO_CHANNEL = "-ERR No such channel!\n"
QUESTIONS = ("api uuid_exists", "api uuid_dump", "api uuid_kill")
LOST = "lost"
"""Who says what nobody hears: it happens all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What goes wrong on the line. Chances are between 0 and 1; `pieces` cuts the stream at any byte."""

    seed: int = 0
    doubled: float = 0.0
    disordered: float = 0.0
    dropped: float = 0.0
    pieces: bool = False


def disturbed(said: list[Said], trouble: Trouble) -> list[Said]:
    """The trace with trouble: events doubled, swapped with the event after them, or left out. Answers keep their places."""
    chance = random.Random(trouble.seed)
    out: list[Said] = []
    for one in said:
        if not is_event(one):
            out.append(one)
            continue
        if chance.random() < trouble.dropped and may_be_dropped(one):
            out.append(Said(LOST, one.head, one.body))
            continue
        out.append(one)
        if chance.random() < trouble.doubled:
            out.append(one)
    at = 0
    while at < len(out) - 1:
        if is_event(out[at]) and is_event(out[at + 1]) and chance.random() < trouble.disordered:
            out[at], out[at + 1] = out[at + 1], out[at]
            at += 1
        at += 1
    return out


def is_event(said: Said) -> bool:
    """Whether FreeSWITCH tells of something by itself (or would, if the line did not lose it)."""
    return said.by in {"fs", LOST} and "text/event-json" in said.head


def name_of(said: Said) -> str:
    """The event's name."""
    return str(orjson.loads(said.body).get("Event-Name", ""))


def may_be_dropped(said: Said) -> bool:
    """Events whose loss must be made good. A story cannot go on without the others (nobody can know of a key that was not told of)."""
    return name_of(said) in {
        "CHANNEL_CREATE", "CHANNEL_UNBRIDGE", "CHANNEL_EXECUTE", "CHANNEL_HANGUP_COMPLETE", "RECORD_STOP",
    }  # fmt: skip


class FakeFreeSwitch:
    """Serves one trace to one connection after another (a second one meets an empty FreeSWITCH)."""

    def __init__(self, said: list[Said], data: str, trouble: Trouble | None = None) -> None:
        self._trouble = trouble or Trouble()
        self._said = [
            Said(one.by, one.head.replace(DATA, data), one.body.replace(DATA, data))
            for one in disturbed(said, self._trouble)
        ]
        self._chance = random.Random(self._trouble.seed)
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0
        self.unexpected: list[str] = []
        """Commands that the trace does not have."""
        self.surprised = asyncio.Event()
        """A command came whose like the trace nowhere has, and no question either: the story cannot go on."""

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """End."""
        assert self._server is not None
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        telling = _Telling(self._said)
        try:
            await self._write(writer, telling.released())
            while True:
                command = (await reader.readuntil(b"\n\n")).decode().strip("\n")
                await self._write(writer, telling.heard(command))
                self.unexpected = telling.unexpected
                if telling.strange:
                    self.surprised.set()
        except (asyncio.IncompleteReadError, OSError, asyncio.CancelledError):
            return  # the far end went, or the test is over
        finally:
            writer.close()
            self._tasks.discard(task)

    async def _write(self, writer: asyncio.StreamWriter, said: list[Said]) -> None:
        data = b"".join(one.bytes() for one in said)
        if not self._trouble.pieces:
            writer.write(data)
            return
        cuts = sorted(self._chance.randrange(len(data) + 1) for _ in range(len(data) // 400 + 1))
        for start, end in pairwise([0, *cuts, len(data)]):
            writer.write(data[start:end])
            await asyncio.sleep(0)


class _Telling:
    """Where in the trace one connection is. Each command of ours has its own answer; events come out when all before them was said."""

    def __init__(self, said: list[Said]) -> None:
        self._steps: list[Said | None] = list(said)
        self._answers = _answers(said)
        self._channels: dict[str, None] = {}
        self._told = [one.head for one in said if one.by == "we"]
        self.unexpected: list[str] = []
        self.strange = False

    def heard(self, command: str) -> list[Said]:
        """A command came: its answer, and everything that may be told now. Answers keep the order of the commands."""
        at = next(
            (
                at
                for at, one in enumerate(self._steps)
                if one is not None and one.by == "we" and _same(one.head, command)
            ),
            None,
        )
        if at is None:
            if "api uptime s" not in command and "show channels" not in command:
                self.unexpected.append(command)
                known = any(_same(told, command) for told in self._told)
                self.strange = self.strange or not (known or command.startswith(QUESTIONS))
            return [self._made_up(command)]
        answer = self._answers[at]
        self._steps[at] = None
        out: list[Said] = []
        if answer is not None:
            told = self._steps[answer]
            assert told is not None
            self._steps[answer] = None
            out.append(told)
        return out + self.released()

    def released(self) -> list[Said]:
        """Everything FreeSWITCH said by itself before the next command that we still owe."""
        out: list[Said] = []
        for at, one in enumerate(self._steps):
            if one is None:
                continue
            if one.by == "we":
                break
            if is_event(one) or "auth/request" in one.head:
                self._happens(one)
                if one.by != LOST:
                    out.append(one)
                self._steps[at] = None
        return out

    def _happens(self, said: Said) -> None:
        if not said.body:
            return
        event = orjson.loads(said.body)
        channel = event.get("Unique-ID", "")
        if event.get("Event-Name") == "CHANNEL_CREATE":
            self._channels[channel] = None
        elif event.get("Event-Name") == "CHANNEL_HANGUP_COMPLETE":
            self._channels.pop(channel, None)

    def _made_up(self, command: str) -> Said:
        if command.startswith("api show channels"):
            rows = [{"uuid": channel, "state": "CS_EXECUTE"} for channel in self._channels]
            body = orjson.dumps({"row_count": len(rows), "rows": rows}).decode()
            return Said("fs", "Content-Type: api/response", body)
        if command.startswith("api uuid_exists"):
            there = command.rpartition(" ")[2] in self._channels
            return Said("fs", "Content-Type: api/response", "true" if there else "false")
        return _made_up(command)


def _answers(said: list[Said]) -> dict[int, int | None]:
    """Which message answers which command: FreeSWITCH answers in order."""
    answers = [
        at
        for at, one in enumerate(said)
        if one.by == "fs" and not is_event(one) and "auth/request" not in one.head
    ]
    commands = [at for at, one in enumerate(said) if one.by == "we"]
    return {at: answers[n] if n < len(answers) else None for n, at in enumerate(commands)}


def _same(told: str, command: str) -> bool:
    return _without_ids(told) == _without_ids(command)


def _without_ids(text: str) -> str:
    """Names that we make up anew each time."""
    return re.sub(r"music-\d+-", "music-", text)


def _made_up(command: str) -> Said:
    if command.startswith("api show"):
        return Said("fs", "Content-Type: api/response", '{"row_count":0}')
    if command.startswith("api global_getvar"):
        return Said("fs", "Content-Type: api/response", "another-core")
    if command.startswith("api uptime"):
        return Said("fs", "Content-Type: api/response", "1\n")
    if command.startswith("api"):
        return Said("fs", "Content-Type: api/response", NO_CHANNEL)
    if command.startswith("bgapi"):
        return Said("fs", "Content-Type: command/reply\nReply-Text: +OK Job-UUID: none\nJob-UUID: none")
    return Said("fs", "Content-Type: command/reply\nReply-Text: -ERR invalid session id [none]")
