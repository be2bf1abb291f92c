"""The event socket of FreeSWITCH as bytes: decode what it sends, encode what we say. Knows no socket, no meaning of events.

A message is a block of `Name: value` lines, an empty line, and `Content-Length` bytes of body (FreeSWITCH's mod_event_socket;
our subscription asks for `text/event-json`). Frames do not depend on where the stream is cut; buffers are bounded. A stream that
breaks these rules raises `EslError` and is of no further use: close the connection.
"""

from dataclasses import dataclass
from typing import Final

HEADERS_MAX: Final = 64 * 1024
BODY_MAX: Final = 32 * 1024 * 1024
"""The largest answer we ask for is the list of channels: about 1 kB each."""
_END: Final = b"\n\n"


class EslError(Exception):
    """The other side does not speak the protocol, or sends more than the bounds allow."""


@dataclass(frozen=True, slots=True)
class AuthRequest:
    """The greeting: the password is wanted."""


@dataclass(frozen=True, slots=True)
class CommandReply:
    """The answer to anything but `api`. `text` begins with `+OK` or `-ERR`; `job` names the background job, if it began one."""

    text: str
    job: str = ""

    @property
    def ok(self) -> bool:
        """Whether the command was taken."""
        return self.text.startswith("+OK")


@dataclass(frozen=True, slots=True)
class ApiResponse:
    """The answer to `api`."""

    body: bytes

    @property
    def text(self) -> str:
        """The answer as text without the line end."""
        return self.body.decode("utf-8", "replace").strip()

    @property
    def ok(self) -> bool:
        """Whether the answer is no error."""
        return not self.body.startswith(b"-")


@dataclass(frozen=True, slots=True)
class EventMessage:
    """An event in JSON, not parsed yet."""

    body: bytes


@dataclass(frozen=True, slots=True)
class Goodbye:
    """FreeSWITCH ends the connection: it shuts down, or its access list does not know us."""

    reason: str


EslMessage = AuthRequest | CommandReply | ApiResponse | EventMessage | Goodbye


class EslDecoder:
    """Bytes in, messages out."""

    __slots__ = ("_body_size", "_buffer", "_headers", "_scanned")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._scanned = 0
        self._headers: dict[str, str] | None = None  # of a message whose body is not whole yet
        self._body_size = 0

    def feed(self, data: bytes) -> list[EslMessage]:
        """Return the messages that are whole with these bytes.

        Raises:
            EslError: not the event socket protocol, or beyond the bounds.
        """
        self._buffer += data
        messages: list[EslMessage] = []
        while (message := self._next()) is not None:
            messages.append(message)
        return messages

    def _next(self) -> EslMessage | None:
        if self._headers is None and not self._take_headers():
            return None
        headers = self._headers
        assert headers is not None
        if len(self._buffer) < self._body_size:
            return None
        body = bytes(self._buffer[: self._body_size])
        del self._buffer[: self._body_size]
        self._headers = None
        return _message(headers, body)

    def _take_headers(self) -> bool:
        buffer = self._buffer
        start = next((at for at, byte in enumerate(buffer) if byte != 0x0A), len(buffer))
        del buffer[:start]  # line ends between messages
        self._scanned = max(0, self._scanned - start)
        end = buffer.find(_END, max(0, self._scanned - 1))
        if (len(buffer) if end < 0 else end) > HEADERS_MAX:
            raise EslError("headers too long")
        if end < 0:
            self._scanned = len(buffer)
            return False
        self._headers = _headers(bytes(buffer[:end]))
        self._body_size = _length(self._headers.get("content-length", "0"))
        del buffer[: end + len(_END)]
        self._scanned = 0
        return True


def _headers(block: bytes) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in block.decode("utf-8", "replace").split("\n"):
        name, colon, value = line.partition(":")
        if not colon or not name or not name.isprintable():
            raise EslError("a line that is no header")
        headers[name.strip().lower()] = value.strip()
    return headers


def _length(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 10:
        raise EslError("Content-Length is no number")
    if int(text) > BODY_MAX:
        raise EslError("body too long")
    return int(text)


def _message(headers: dict[str, str], body: bytes) -> EslMessage:
    kind = headers.get("content-type", "")
    match kind:
        case "text/event-json":
            return EventMessage(body)
        case "api/response":
            return ApiResponse(body)
        case "command/reply":
            return CommandReply(headers.get("reply-text", ""), headers.get("job-uuid", ""))
        case "auth/request":
            return AuthRequest()
        case "text/disconnect-notice" | "text/rude-rejection":
            return Goodbye(body.decode("utf-8", "replace").strip().replace("\n", " ")[:200])
        case _:
            raise EslError("an unknown kind of message")


def command(line: str) -> bytes:
    """Return a command of one line (`api …`, `bgapi …`, `event json …`, `auth …`) as it goes to the socket.

    Raises:
        ValueError: the line holds a line end (it would be another command).
    """
    return (_clean(line) + "\n\n").encode()


def send_message(leg: str, *headers: tuple[str, str]) -> bytes:
    """Return a `sendmsg` to a channel.

    Raises:
        ValueError: a value holds a line end.
    """
    lines = [f"sendmsg {_clean(leg)}", *(f"{_clean(name)}: {_clean(value)}" for name, value in headers)]
    return ("\n".join(lines) + "\n\n").encode()


def execute(leg: str, application: str, argument: str, name: str = "", *, loops: int = 1) -> bytes:
    """Return the order to run an application on a channel. `name` comes back as `Application-UUID`; `loops` -1 is for ever.

    Raises:
        ValueError: a value holds a line end.
    """
    headers = [("call-command", "execute"), ("execute-app-name", application)]
    if argument:
        headers.append(("execute-app-arg", argument))
    if name:
        headers.append(("event-uuid", name))
    if loops != 1:
        headers.append(("loops", str(loops)))
    return send_message(leg, *headers)


def fire(subclass: str, *headers: tuple[str, str]) -> bytes:
    """Return the order to fire a CUSTOM event that everybody who listens for `subclass` hears.

    Raises:
        ValueError: a value holds a line end.
    """
    fields = (("Event-Subclass", subclass), *headers)
    lines = ["sendevent CUSTOM", *(f"{_clean(name)}: {_clean(value)}" for name, value in fields)]
    return ("\n".join(lines) + "\n\n").encode()


def _clean(text: str) -> str:
    if "\n" in text or "\r" in text or "\0" in text:
        raise ValueError("a line end inside a value")
    return text
