"""Record what a real FreeSWITCH and we say to each other (`python -m tests.peers.freeswitch_traces`), and read it again.

A trace is a file of JSON lines in `tests/traces/freeswitch`: who speaks (`we` or `fs`), the head of the message, its body. Names of
machines, folders, passwords and clock times are replaced; of an event's many channel variables those are kept that anything here could read.
"""

import asyncio
import contextlib
import json
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from hotline.adapters.sip_caller.conversation import Conversation
from hotline.adapters.sip_caller.phone import SipPhone

FOLDER = Path(__file__).parents[1] / "traces" / "freeswitch"
DATA = "/data"
PASSWORD = "trace"
_KEPT = re.compile(
    r"Event-|Core-UUID|Unique-ID|Call-Direction|Answer-State|Channel-(State|Call-State|Name)$|Application|Hangup-Cause|DTMF-|Job-|_body"
    r"|Bridge-|Other-Leg-Unique-ID|Record-File|Media-Bug|Conference-Name|Member-ID|Action$|Playback|Caller-(Context|Destination|Caller-ID)"
    r"|profile-name|from-|to-user|contact|network-|expires|status|user-agent|username|reg_|Content-Length"
    r"|variable_(hotline_|sip_(received_ip|from_user|req_user|term_status|invite_failure|hangup_disp|network_ip)|hangup_cause|rtp_audio_(in|out)_packet_count"
    r"|rtp_audio_in_(flaw|jitter_max)|rtp_use_codec_name|playback_term|current_application|direction|user_name|app_uuid)"
)  # fmt: skip
_DIRECTORY = re.compile(r"(bg)?api (xml_flush_cache|reloadacl|global_[gs]etvar hotline_told_)")


@dataclass(frozen=True, slots=True)
class Said:
    """One message. `by` is `we` or `fs`; `head` are the lines before the body."""

    by: str
    head: str
    body: str = ""

    def bytes(self) -> bytes:
        """The message as it goes over the line."""
        if self.by == "we":
            return f"{self.head}\n\n".encode()
        body = self.body.encode()
        length = f"Content-Length: {len(body)}\n" if body else ""
        return f"{length}{self.head}\n\n".encode() + body


def load(name: str) -> list[Said]:
    """Read a trace, without what was said of the directory: told again, there is none."""
    lines = (FOLDER / f"{name}.jsonl").read_text().splitlines()
    said = [Said(**json.loads(line)) for line in lines]
    ours = [at for at, one in enumerate(said) if one.by == "we"]
    answers = [
        at
        for at, one in enumerate(said)
        if one.by == "fs" and "text/event-json" not in one.head and "auth/request" not in one.head
    ]
    left_out = {
        at for pair in zip(ours, answers, strict=False) if _DIRECTORY.match(said[pair[0]].head) for at in pair
    }
    return [one for at, one in enumerate(said) if at not in left_out]


def neutral(said: Said, replace: dict[str, str]) -> Said:
    """The message without what belongs to one machine or one moment."""
    head, body = said.head, said.body
    for old, new in replace.items():
        head, body = head.replace(old, new), body.replace(old, new)
    if "text/event-json" in head or body.startswith("{"):
        told = json.loads(body)
        if "Event-Name" in told:
            told = {
                name: "2026-01-01 08:00:00" if "Date-Local" in name or "Date-GMT" in name else value
                for name, value in told.items()
                if _KEPT.match(name)
            }
        body = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    return Said(said.by, head, body)


class Tap:
    """A relay to a node's event socket that writes down every message, in the order in which it passed."""

    def __init__(self, port: int) -> None:
        self._node_port = port
        self.said: list[Said] = []
        self.port = 0
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        node_reader, node_writer = await asyncio.open_connection("127.0.0.1", self._node_port)
        ours = asyncio.create_task(self._pass("we", reader, node_writer), name="tap-we")
        theirs = asyncio.create_task(self._pass("fs", node_reader, writer), name="tap-fs")
        self._tasks |= {ours, theirs}

    async def _pass(self, by: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, OSError):
            while True:
                head = await reader.readuntil(b"\n\n")
                found = re.search(rb"Content-Length: (\d+)", head) if by == "fs" else None
                body = await reader.readexactly(int(found[1])) if found else b""
                text = re.sub(r"Content-Length: \d+\n?", "", head.decode()).strip("\n")
                if "api uptime s" not in text:
                    self.said.append(Said(by, text, body.decode()))
                writer.write(head + body)
                await writer.drain()

    async def close(self) -> None:
        """End."""
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


class RealFar:
    """Far ends with real telephones."""

    def __init__(self, trunks: tuple[str, int], agents: tuple[str, int]) -> None:
        self._trunks = trunks
        self._phone = SipPhone(agents, username="1001", password="demo-1001")
        self._callers: list[tuple[SipPhone, Conversation]] = []
        self._rung: list[Conversation] = []

    async def call_in(self) -> None:
        """Somebody calls."""
        phone = SipPhone(self._trunks)
        self._callers.append((phone, phone.call("01084000000", shown="13800138000")))

    async def caller_hangs_up(self, number: int = 0) -> None:
        """A caller leaves."""
        self._callers[number][1].hang_up()

    async def caller_presses(self, digit: str) -> None:
        """The first caller presses a key."""
        await asyncio.sleep(0.3)
        self._callers[0][1].audio.press(digit)

    async def register(self, answers: str) -> None:
        """The telephone registers; when called it is busy or rings."""

        def on_call(call: Conversation) -> None:
            self._rung.append(call)
            if answers == "busy":
                call.reject(486)
            else:
                call.ring()

        self._phone.on_call = on_call
        await self._phone.register()

    async def phone_answers(self) -> None:
        """It is picked up."""
        self._rung[-1].answer()

    async def phone_hangs_up(self) -> None:
        """It is put down."""
        self._rung[-1].hang_up()

    async def close(self) -> None:
        """End."""
        with contextlib.suppress(Exception):
            await self._phone.register(expires_s=0)
        for phone, _ in self._callers:
            await phone.close()
        await self._phone.close()


async def record(name: str) -> None:
    """Tell a story on a real FreeSWITCH and write down what was said."""
    from tests.contract import stages
    from tests.peers.freeswitch_scenarios import STORIES, Teller

    folder = Path(tempfile.mkdtemp(prefix="trace-"))
    node = await stages.running_node()
    tap = Tap(node.esl_port)
    await tap.start()
    async with stages.freeswitch_stage(folder, esl_port=tap.port) as stage:
        await stage.settled()
        far = RealFar(node.trunks, node.agents)
        try:
            await STORIES[name](Teller(stage, far))
            await stage.settled()
            said = list(tap.said)
        finally:
            await far.close()
    await tap.close()
    replace = {str(folder): DATA, node.password: PASSWORD, node.name: "node"}
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / f"{name}.jsonl").open("w") as out:
        for one in said:
            kept = neutral(one, replace)
            out.write(
                json.dumps({"by": kept.by, "head": kept.head, "body": kept.body}, ensure_ascii=False) + "\n"
            )


if __name__ == "__main__":
    for story in sys.argv[1:]:
        asyncio.run(record(story))
