"""Cut a TCP stream into SIP messages (RFC 3261 section 18.3) and keep-alives (RFC 5626 section 4.4.1). Pure.

Messages do not depend on how the stream was cut into packets; what is buffered is bounded.
"""

from __future__ import annotations

import re

from hotline.wire.sip.codec import SIZE_LIMIT

_LENGTH = re.compile(rb"^(?:content-length|l)[ \t]*:[ \t]*(\d{1,9})[ \t]*$", re.IGNORECASE | re.MULTILINE)
PING = b"\r\n\r\n"
PONG = b"\r\n"


class FramingError(Exception):
    """The stream cannot be followed any further; close it."""


class StreamFramer:
    """Takes bytes as they come and gives whole messages; `PING` stands for a keep-alive that wants `PONG`."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Return what is complete now.

        Raises:
            FramingError: too long, or no Content-Length.
        """
        self._buffer += data
        found: list[bytes] = []
        while (message := self._next()) is not None:
            found.append(message)
        if len(self._buffer) > SIZE_LIMIT:
            raise FramingError("message too long")
        return found

    def _next(self) -> bytes | None:
        buffer = self._buffer
        if buffer.startswith(PING):
            del buffer[:4]
            return PING
        while buffer.startswith(PONG) and len(buffer) > 2 and not buffer.startswith(b"\r", 2):
            del buffer[:2]  # a pong, or an empty line before the start line (section 7.5)
        if len(buffer) < 4 or buffer.startswith(PONG):
            return None
        end = buffer.find(b"\r\n\r\n")
        if end < 0:
            return None
        lengths = _LENGTH.findall(bytes(buffer[:end]).replace(b"\r\n", b"\n"))
        if len(lengths) != 1:
            raise FramingError("no single Content-Length")
        total = end + 4 + int(lengths[0])
        if total > SIZE_LIMIT:
            raise FramingError("message too long")
        if len(buffer) < total:
            return None
        message = bytes(buffer[:total])
        del buffer[:total]
        return message
