"""The text of short messages as bytes: alphabet, parts of a long message with their header, and long messages joined again.

Sources: 3GPP TS 23.038 (UCS-2, the letters that the default alphabet and ASCII share), TS 23.040 section 9.2.3.24.1 and .8 (concatenation
headers). A part carries 140 octets: 70 UCS-2 characters or 160 letters, in a long message 67 or 153. Pairs of surrogates are not cut.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

PARTS_MAX: Final = 12
LATIN, UCS2 = 0, 8
"""Data coding: the letters that ASCII and the default alphabet write alike, and UCS-2."""
_ALIKE: Final = frozenset(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 \n\r!\"#%&'()*+,-./:;<=>?"
)
_WHOLE: Final = {LATIN: 160, UCS2: 70}
_PIECE: Final = {LATIN: 153, UCS2: 67}
_HEADER_8BIT: Final = b"\x05\x00\x03"
_HEADER_16BIT: Final = b"\x06\x08\x04"
_OPEN_MAX: Final = 1000
_PATIENCE: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One short message: `payload` begins with a header when `has_header`."""

    number: int
    of: int
    coding: int
    has_header: bool
    payload: bytes


def coding_of(text: str) -> int:
    """The alphabet a text is sent in."""
    return LATIN if _ALIKE.issuperset(text) else UCS2


def parts_of(text: str) -> int:
    """How many short messages a text is (what a carrier charges for)."""
    return len(_cut(text, coding_of(text)))


def split(text: str, reference: int) -> list[Part]:
    """Return the parts of a message; `reference` (0–255) is the same for all of them and differs from the last message's."""
    coding = coding_of(text)
    pieces = _cut(text, coding)
    encoded = [encode(piece, coding) for piece in pieces]
    if len(encoded) == 1:
        return [Part(number=1, of=1, coding=coding, has_header=False, payload=encoded[0])]
    return [
        Part(
            number=n,
            of=len(encoded),
            coding=coding,
            has_header=True,
            payload=_HEADER_8BIT + bytes((reference & 0xFF, len(encoded), n)) + body,
        )
        for n, body in enumerate(encoded, 1)
    ]


def encode(text: str, coding: int) -> bytes:
    """Text as the octets of an alphabet."""
    return text.encode("ascii") if coding == LATIN else text.encode("utf-16-be")


def decode(payload: bytes, coding: int) -> str:
    """Octets as text; what does not fit the alphabet is shown as a replacement character, never refused."""
    if coding in (UCS2, 0x18, 0x19, 0x1A, 0x1B):
        return payload.decode("utf-16-be", "replace")
    if coding == 15:  # GB 18030, of the Chinese carriers' protocols (CMPP Msg_Fmt 15)
        return payload.decode("gb18030", "replace")
    return payload.decode("latin-1" if coding == 3 else "ascii", "replace")


def _cut(text: str, coding: int) -> list[str]:
    units = text if coding == LATIN else _units(text)
    if len(units) <= _WHOLE[coding]:
        return [text]
    size = _PIECE[coding]
    pieces: list[str] = []
    start = 0
    while start < len(units):
        end = min(start + size, len(units))
        if end < len(units) and "\ud800" <= units[end - 1] <= "\udbff":
            end -= 1  # the second half of a pair belongs with its first
        piece = units[start:end]
        pieces.append(piece if coding == LATIN else _joined(piece))
        start = end
    return pieces


def _units(text: str) -> str:
    """The text as UTF-16 code units, one character each."""
    octets = text.encode("utf-16-be", "surrogatepass")
    return "".join(chr(int.from_bytes(octets[n : n + 2])) for n in range(0, len(octets), 2))


def _joined(units: str) -> str:
    return units.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "replace")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragment:
    """A part as it arrived; whole messages have `of` 1."""

    reference: int
    of: int
    number: int
    text: str


def read_part(payload: bytes, coding: int, *, has_header: bool) -> Fragment:
    """Return what a short message carries. A header that makes no sense leaves a whole message of what follows it."""
    if not has_header or not payload or payload[0] >= len(payload):
        return Fragment(reference=0, of=1, number=1, text=decode(payload, coding))
    header, body = payload[: payload[0] + 1], payload[payload[0] + 1 :]
    text = decode(body, coding)
    at = 1
    while at + 1 < len(header):
        kind, size = header[at], header[at + 1]
        value = header[at + 2 : at + 2 + size]
        if (kind, len(value)) == (0, 3):
            return _fragment(value[0], value[1], value[2], text)
        if (kind, len(value)) == (8, 4):
            return _fragment(int.from_bytes(value[:2]), value[2], value[3], text)
        at += 2 + size
    return Fragment(reference=0, of=1, number=1, text=text)


def _fragment(reference: int, of: int, number: int, text: str) -> Fragment:
    if not 1 <= number <= of:
        return Fragment(reference=0, of=1, number=1, text=text)
    return Fragment(reference=reference, of=of, number=number, text=text)


@dataclass(slots=True)
class _Open:
    since: datetime
    pieces: dict[int, str] = field(default_factory=dict[int, str])


class Joiner:
    """Joins the parts of long messages, in whatever order they come. Holds `_OPEN_MAX` unfinished ones for a day at most.

    What never becomes whole is given out as it is by `overdue`: a citizen's words are not thrown away.
    """

    def __init__(self) -> None:
        self._open: dict[tuple[str, int, int], _Open] = {}

    def add(self, sender: str, fragment: Fragment, at: datetime) -> str | None:
        """Return the whole text when this part was the last one missing, else None."""
        if fragment.of == 1:
            return fragment.text
        key = (sender, fragment.reference, fragment.of)
        found = self._open.setdefault(key, _Open(since=at))
        found.pieces[fragment.number] = fragment.text
        if len(found.pieces) < fragment.of:
            return None
        del self._open[key]
        return "".join(found.pieces[n] for n in sorted(found.pieces))

    def overdue(self, now: datetime) -> list[tuple[str, str]]:
        """Take out (sender, text) of messages that have waited too long, or are too many."""
        late = [key for key, one in self._open.items() if now - one.since > _PATIENCE]
        extra = len(self._open) - len(late) - _OPEN_MAX
        if extra > 0:
            waiting = sorted((one.since, key) for key, one in self._open.items() if key not in late)
            late += [key for _, key in waiting[:extra]]
        taken: list[tuple[str, str]] = []
        for key in late:
            pieces = self._open.pop(key).pieces
            taken.append((key[0], "…".join(pieces[n] for n in sorted(pieces))))
        return taken
