"""CMPP 2.0 as bytes (China Mobile Peer to Peer, 《中国移动点对点协议》 version 2.0): the operations that a service provider needs.

Knows no socket, clock or meaning. A stream that breaks the rules raises `CmppError` and is of no further use: close the connection.
"""

import hashlib
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from hotline.wire.length_framed import FrameDecoder, frame

PDU_MAX: Final = 16 * 1024
_HEADER: Final = 12
_RESPONSE: Final = 0x8000_0000
VERSION: Final = 0x20
CONTENT_MAX: Final = 140
TEXT_CONTENT_MAX: Final = 160
UNFINISHED: Final = frozenset({"ACCEPTD", "UNKNOWN"})
FLOW_CONTROL: Final = 8
TRANSIENT: Final = frozenset({3, 8, 9})
"""Results worth another try: number of message repeated, flow control, other."""
SUBMIT_RESULTS: Final = {
    1: "消息结构错",
    2: "命令字错",
    3: "消息序号重复",
    4: "消息长度错",
    5: "资费代码错",
    6: "超过最大信息长",
    7: "业务代码错",
    8: "流量控制错",
    9: "其他错误",
}
CONNECT_RESULTS: Final = {1: "消息结构错", 2: "非法源地址", 3: "认证错", 4: "版本太高", 5: "其他错误"}


class CmppError(Exception):
    """The other side does not speak the protocol, or sends more than the bounds allow."""


class Command(IntEnum):
    """Command ids (section 7.3)."""

    CONNECT = 0x1
    CONNECT_RESP = 0x8000_0001
    TERMINATE = 0x2
    TERMINATE_RESP = 0x8000_0002
    SUBMIT = 0x4
    SUBMIT_RESP = 0x8000_0004
    DELIVER = 0x5
    DELIVER_RESP = 0x8000_0005
    ACTIVE_TEST = 0x8
    ACTIVE_TEST_RESP = 0x8000_0008


@dataclass(frozen=True, slots=True)
class Pdu:
    """A message of the protocol, its body not looked into."""

    command: int
    sequence: int
    body: bytes = b""

    @property
    def response(self) -> bool:
        """Whether it answers one of ours."""
        return bool(self.command & _RESPONSE)


class CmppDecoder(FrameDecoder[Pdu]):
    """Bytes in, messages out; packets may be cut anywhere. `feed` raises `CmppError`."""

    def __init__(self) -> None:
        super().__init__(_HEADER, PDU_MAX, Pdu, CmppError)


def encode(pdu: Pdu) -> bytes:
    """Return a message as octets."""
    return frame((pdu.command, pdu.sequence), pdu.body)


def _octets(text: str, size: int) -> bytes:
    """A field of fixed length, filled up with zero octets."""
    return text.encode("ascii", "replace")[:size].ljust(size, b"\0")


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("ascii", "replace").strip()


def authenticator(source: str, secret: str, timestamp: int) -> bytes:
    """AuthenticatorSource: MD5 over source, nine zero octets, secret and the ten digits of the time MMDDHHMMSS (section 7.4.1.1)."""
    text = source.encode("ascii", "replace") + bytes(9) + secret.encode() + b"%010d" % timestamp
    return hashlib.md5(text, usedforsecurity=False).digest()


def connect(source: str, secret: str, timestamp: int) -> bytes:
    """The body of CMPP_CONNECT; `timestamp` is local time as the number MMDDHHMMSS."""
    signed = authenticator(source, secret, timestamp)
    return _octets(source, 6) + signed + bytes((VERSION,)) + timestamp.to_bytes(4)


def read_connect_result(body: bytes) -> int:
    """The status of CMPP_CONNECT_RESP (0: connected). Raises `CmppError`."""
    if len(body) == 18:
        return body[0]
    if len(body) == 21:  # CMPP 3.0 answers with four octets
        return int.from_bytes(body[:4])
    raise CmppError("CMPP_CONNECT_RESP of a wrong length")


@dataclass(frozen=True, slots=True, kw_only=True)
class Submit:
    """A short message to be sent (section 7.4.3.1). `source` is the number shown, `enterprise` the SP_Id."""

    enterprise: str
    service: str
    source: str
    destination: str
    part: int
    of: int
    coding: int
    udhi: bool
    payload: bytes


def submit(message: Submit) -> bytes:
    """The body of CMPP_SUBMIT: asks for a state report; free for the citizen (FeeType 01, charged to the sender)."""
    limit = CONTENT_MAX if message.coding else TEXT_CONTENT_MAX
    assert len(message.payload) <= limit, "one short message"
    return b"".join(
        (
            bytes(8),
            bytes((message.of, message.part, 1, 1)),
            _octets(message.service, 10),
            b"\x02",
            _octets("", 21),
            bytes((0, int(message.udhi), message.coding)),
            _octets(message.enterprise, 6),
            _octets("01", 2),
            _octets("0", 6),
            _octets("", 17),
            _octets("", 17),
            _octets(message.source, 21),
            b"\x01",
            _octets(message.destination, 21),
            bytes((len(message.payload),)),
            message.payload,
            bytes(8),
        )
    )


def read_submit_result(body: bytes) -> tuple[str, int]:
    """Return (message id, result) of CMPP_SUBMIT_RESP. Raises `CmppError`."""
    if len(body) not in (9, 12):
        raise CmppError("CMPP_SUBMIT_RESP of a wrong length")
    return body[:8].hex(), int.from_bytes(body[8:])


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliver:
    """A citizen's message or a state report (section 7.4.5.1)."""

    message_id: str
    source: str
    destination: str
    coding: int
    udhi: bool
    report: bool
    payload: bytes


def read_deliver(body: bytes) -> Deliver:
    """Return the content of CMPP_DELIVER. Raises `CmppError`."""
    if len(body) < 73 or len(body) != 73 + body[64]:
        raise CmppError("CMPP_DELIVER of a wrong length")
    return Deliver(
        message_id=body[:8].hex(),
        destination=_text(body[8:29]),
        udhi=bool(body[40]),
        coding=body[41],
        source=_text(body[42:63]),
        report=body[63] == 1,
        payload=body[65 : 65 + body[64]],
    )


def deliver_answer(message_id: str, result: int = 0) -> bytes:
    """The body of CMPP_DELIVER_RESP."""
    return bytes.fromhex(message_id) + bytes((result,))


def read_report(payload: bytes) -> tuple[str, str]:
    """Return (message id, state word) of a state report (section 7.4.5.1, table of Msg_Content). Raises `CmppError`."""
    if len(payload) < 15:
        raise CmppError("a state report of a wrong length")
    return payload[:8].hex(), _text(payload[8:15])
