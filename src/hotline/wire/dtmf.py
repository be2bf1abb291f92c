"""Telephone keys as RTP events (RFC 4733, section 2): each press reported once at its first packet, and presses sent properly."""

from collections.abc import Iterator
from dataclasses import dataclass

DIGITS = "0123456789*#ABCD"
DEFAULT_PAYLOAD_TYPE = 101
STEP = 160
"""Samples between two packets of an event: one each 20 ms."""
TONE_STEPS = 5
"""A press lasts 100 ms: gateways that turn events into tones need 40 ms at least, answering machines 65 ms."""
PAUSE_STEPS = 4
"""80 ms between two presses."""
END_PACKETS = 3
"""The last packet is sent three times, for it may be lost (section 2.5.1.4)."""
_VOLUME = 10


class DigitReceiver:
    """Turns the event packets of one leg into digits.

    All packets of a press carry the timestamp at which it began, so that a press is known by timestamp and event; equal
    digits in a row differ by timestamp. Late packets of a press that was reported are absorbed, in whatever order they come.
    """

    __slots__ = ("_seen",)

    _KEPT = 8

    def __init__(self) -> None:
        self._seen: list[tuple[int, int, int]] = []

    def feed(self, ssrc: int, timestamp: int, payload: bytes) -> str | None:
        """Return the digit when this packet is the first that we see of a press; None otherwise (also for malformed ones)."""
        if len(payload) < 4 or payload[0] >= len(DIGITS):
            return None
        press = (ssrc, timestamp, payload[0])
        if press in self._seen:
            return None
        self._seen.append(press)
        del self._seen[: -self._KEPT]
        return DIGITS[payload[0]]


@dataclass(frozen=True, slots=True)
class EventStep:
    """What to send in one 20 ms step of a press.

    `payloads` share sequence-number order and the press's timestamp; the first packet of a press carries the marker bit.
    An empty tuple is the pause between presses.
    """

    payloads: tuple[bytes, ...]
    begins: bool = False


def _payload(event: int, ends: bool, duration: int) -> bytes:
    return bytes((event, (0x80 if ends else 0) | _VOLUME)) + duration.to_bytes(2, "big")


def press(digit: str) -> Iterator[EventStep]:
    """Yield the steps of one press of `digit` and the pause after it. The digit is one of `DIGITS`."""
    event = DIGITS.index(digit)
    for step in range(1, TONE_STEPS + 1):
        if step < TONE_STEPS:
            yield EventStep((_payload(event, False, step * STEP),), begins=step == 1)
        else:
            yield EventStep((_payload(event, True, step * STEP),) * END_PACKETS)
    for _ in range(PAUSE_STEPS):
        yield EventStep(())


def clean_digits(text: str) -> str:
    """Return the keys in `text`, upper case, leaving out whatever is no key."""
    return "".join(key for key in text.upper() if key in DIGITS)
