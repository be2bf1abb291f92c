"""SMPP 3.4 as bytes (Short Message Peer to Peer Protocol Specification v3.4, issue 1.2): the operations that a client needs.

Knows no socket and no meaning. A stream that breaks the rules raises `SmppError` and is of no further use: close the connection.
"""

import re
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from hotline.wire.length_framed import FrameDecoder, frame

PDU_MAX: Final = 64 * 1024
_HEADER: Final = 16
_RESPONSE: Final = 0x8000_0000
OK: Final = 0
THROTTLED: Final = frozenset({0x58, 0x14})
"""ESME_RTHROTTLED, ESME_RMSGQFUL."""
TRANSIENT: Final = frozenset({0x08, 0x14, 0x58, 0x64, 0x45})
"""System error, queue full, throttled, temporary application error, submit failed: worth another try."""
ESM_UDHI: Final = 0x40
_ESM_TYPE: Final = 0x3C
_ESM_RECEIPT: Final = 0x04
_TLV_RECEIPTED_ID: Final = 0x001E
_TLV_STATE: Final = 0x0427
_TLV_PAYLOAD: Final = 0x0424
STATES: Final = {
    1: "ENROUTE",
    2: "DELIVRD",
    3: "EXPIRED",
    4: "DELETED",
    5: "UNDELIV",
    6: "ACCEPTD",
    7: "UNKNOWN",
    8: "REJECTD",
}
UNFINISHED: Final = frozenset({"ENROUTE", "ACCEPTD", "UNKNOWN"})
_RECEIPT: Final = re.compile(r"id:(?P<id>\S+).*?stat:(?P<stat>[A-Z]+)", re.ASCII | re.DOTALL | re.IGNORECASE)


class SmppError(Exception):
    """The other side does not speak the protocol, or sends more than the bounds allow."""


class Command(IntEnum):
    """Command ids (section 5.1.2.1)."""

    GENERIC_NACK = 0x8000_0000
    SUBMIT_SM = 0x04
    SUBMIT_SM_RESP = 0x8000_0004
    DELIVER_SM = 0x05
    DELIVER_SM_RESP = 0x8000_0005
    UNBIND = 0x06
    UNBIND_RESP = 0x8000_0006
    BIND_TRANSCEIVER = 0x09
    BIND_TRANSCEIVER_RESP = 0x8000_0009
    ENQUIRE_LINK = 0x15
    ENQUIRE_LINK_RESP = 0x8000_0015


@dataclass(frozen=True, slots=True)
class Pdu:
    """A protocol data unit, its body not looked into."""

    command: int
    status: int
    sequence: int
    body: bytes = b""

    @property
    def response(self) -> bool:
        """Whether it answers one of ours."""
        return bool(self.command & _RESPONSE)


class SmppDecoder(FrameDecoder[Pdu]):
    """Bytes in, PDUs out; packets may be cut anywhere. `feed` raises `SmppError`."""

    def __init__(self) -> None:
        super().__init__(_HEADER, PDU_MAX, Pdu, SmppError)


def encode(pdu: Pdu) -> bytes:
    """Return a PDU as octets."""
    return frame((pdu.command, pdu.status, pdu.sequence), pdu.body)


def _c_string(text: str, limit: int) -> bytes:
    """A C-octet string of at most `limit` octets with its end (section 3.1)."""
    return text.encode("ascii", "replace")[: limit - 1] + b"\0"


def bind(system_id: str, password: str, system_type: str, address_range: str) -> bytes:
    """The body of bind_transceiver (section 4.1.5)."""
    return (
        _c_string(system_id, 16)
        + _c_string(password, 9)
        + _c_string(system_type, 13)
        + b"\x34\x00\x00"
        + _c_string(address_range, 41)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Submit:
    """A short message to be sent (section 4.4.1)."""

    source: str
    source_ton: int
    source_npi: int
    destination: str
    coding: int
    udhi: bool
    payload: bytes


def submit(message: Submit) -> bytes:
    """The body of submit_sm: asks for a delivery receipt, whatever the outcome."""
    assert len(message.payload) <= 160, "one short message"
    return b"".join(
        (
            b"\0",
            bytes((message.source_ton, message.source_npi)),
            _c_string(message.source, 21),
            b"\x01\x01",
            _c_string(message.destination, 21),
            bytes((ESM_UDHI if message.udhi else 0, 0, 0)),
            b"\0\0",
            bytes((1, 0, message.coding, 0, len(message.payload))),
            message.payload,
        )
    )


def message_id_of(body: bytes) -> str:
    """The message id of a submit_sm_resp (empty when there is none)."""
    return body.partition(b"\0")[0].decode("ascii", "replace")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliver:
    """A short message or receipt from the other side (section 4.6.1)."""

    source: str
    destination: str
    esm_class: int
    coding: int
    payload: bytes
    options: dict[int, bytes] = field(default_factory=dict[int, bytes])

    @property
    def receipt(self) -> bool:
        """Whether it tells what became of a message of ours."""
        return self.esm_class & _ESM_TYPE == _ESM_RECEIPT

    @property
    def udhi(self) -> bool:
        """Whether the payload begins with a header."""
        return bool(self.esm_class & ESM_UDHI)


def read_deliver(body: bytes) -> Deliver:
    """Return the content of a deliver_sm. Raises `SmppError`."""
    reader = _Reader(body)
    reader.string()
    reader.octets(2)
    source = reader.string()
    reader.octets(2)
    destination = reader.string()
    esm_class = reader.octets(3)[0]
    reader.string()
    reader.string()
    _, _, coding, _, length = reader.octets(5)
    payload = reader.octets(length)
    options: dict[int, bytes] = {}
    while reader.left >= 4:
        tag, size = int.from_bytes(reader.octets(2)), int.from_bytes(reader.octets(2))
        options[tag] = reader.octets(size)
    return Deliver(
        source=source,
        destination=destination,
        esm_class=esm_class,
        coding=coding,
        payload=payload or options.get(_TLV_PAYLOAD, b""),
        options=options,
    )


def read_receipt(delivered: Deliver) -> tuple[str, str] | None:
    """Return (message id, state word) of a receipt: by its options, else by its text (appendix B); None when it names nothing."""
    text = _RECEIPT.search(delivered.payload.decode("ascii", "replace"))
    given = delivered.options.get(_TLV_RECEIPTED_ID, b"").partition(b"\0")[0].decode("ascii", "replace")
    state = delivered.options.get(_TLV_STATE, b"")
    message_id = given or (text["id"] if text else "")
    word = STATES.get(state[0], "UNKNOWN") if state else (text["stat"].upper() if text else "")
    return (message_id, word[:7]) if message_id and word else None


class _Reader:
    def __init__(self, body: bytes) -> None:
        self._body = body
        self._at = 0

    @property
    def left(self) -> int:
        return len(self._body) - self._at

    def octets(self, count: int) -> bytes:
        if count > self.left:
            raise SmppError("a PDU ends early")
        self._at += count
        return self._body[self._at - count : self._at]

    def string(self) -> str:
        end = self._body.find(b"\0", self._at)
        if end < 0:
            raise SmppError("a string without end")
        found = self._body[self._at : end].decode("ascii", "replace")
        self._at = end + 1
        return found
