"""Messages that begin with their own length in four octets, the header included (SMPP 3.4 section 3.2, CMPP 2.0 section 7.1), out of a stream and into it.

Knows no protocol: how long a header is, how long a message may be, what it says and which error a broken one is, the protocol tells.
"""

from collections.abc import Callable
from typing import Final, Generic, TypeVar

Message = TypeVar("Message")
NUMBER: Final = 4


def frame(numbers: tuple[int, ...], body: bytes) -> bytes:
    """Return a message of header numbers of four octets each (its length comes first by itself) and a body."""
    length = NUMBER * (len(numbers) + 1) + len(body)
    return b"".join(number.to_bytes(NUMBER) for number in (length, *numbers)) + body


class FrameDecoder(Generic[Message]):
    """Bytes in, messages out; packets may be cut anywhere. Never holds more than one message of `most` octets and what came with it."""

    def __init__(
        self,
        header: int,
        most: int,
        read: Callable[..., Message],
        broken: Callable[[str], Exception],
    ) -> None:
        """`header`: octets before the body; `read` makes a message of each number of the header after the length, and the body."""
        self._header = header
        self._most = most
        self._read = read
        self._broken = broken
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Message]:
        """Return the messages that are whole with these bytes. Raises the protocol's error for one that is too short or too long."""
        self._buffer += data
        found: list[Message] = []
        while len(self._buffer) >= self._header:
            length = int.from_bytes(self._buffer[:NUMBER])
            if not self._header <= length <= self._most:
                raise self._broken(f"a message of {length} octets")
            if len(self._buffer) < length:
                break
            places = range(NUMBER, self._header, NUMBER)
            numbers = tuple(int.from_bytes(self._buffer[at : at + NUMBER]) for at in places)
            found.append(self._read(*numbers, bytes(self._buffer[self._header : length])))
            del self._buffer[:length]
        return found
