"""RTP packets (RFC 3550, section 5.1): bytes to fields and back. Malformed input is a value (`None`), never an exception."""

import struct
from typing import NamedTuple

VERSION_2 = 0x80
_HEADER = struct.Struct("!BBHII")
_EXTENSION = struct.Struct("!HH")
HEADER_SIZE = 12
MAX_PACKET = 2048
"""Read this many bytes at most: audio packets are far below an Ethernet frame."""


class RtpPacket(NamedTuple):
    """One RTP packet. CSRC list, header extension and padding are stripped; a tuple, since 50 arrive a second for each leg."""

    payload_type: int
    marker: bool
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes


def parse(data: bytes) -> RtpPacket | None:
    """Return the packet, or None when it is not RTP version 2 or its lengths contradict each other."""
    size = len(data)
    if size < HEADER_SIZE:
        return None
    first, second, sequence, timestamp, ssrc = _HEADER.unpack_from(data)
    if first == VERSION_2:  # neither padding, extension nor contributors: nearly every packet
        return RtpPacket(second & 0x7F, second > 127, sequence, timestamp, ssrc, data[HEADER_SIZE:])
    if first >> 6 != 2:
        return None
    start = HEADER_SIZE + 4 * (first & 0x0F)
    if first & 0x10:
        if start + 4 > size:
            return None
        start += 4 + 4 * _EXTENSION.unpack_from(data, start)[1]
    end = size
    if first & 0x20:
        padding = data[-1]
        if padding == 0:
            return None
        end -= padding
    if start > end:
        return None
    return RtpPacket(second & 0x7F, second > 127, sequence, timestamp, ssrc, data[start:end])


def pack(payload_type: int, marker: bool, sequence: int, timestamp: int, ssrc: int, payload: bytes) -> bytes:
    """Return the packet's bytes. Sequence and timestamp are cut to 16 and 32 bits."""
    second = payload_type | 0x80 if marker else payload_type
    return _HEADER.pack(VERSION_2, second, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc) + payload


def is_rtcp(data: bytes) -> bool:
    """Tell RTCP from RTP on a shared port (RFC 5761, section 4): packet types 192 to 223."""
    return len(data) > 1 and 192 <= data[1] <= 223


def signed_16(value: int) -> int:
    """Distance between two sequence numbers as a signed number: -32768 to 32767."""
    return (value + 0x8000 & 0xFFFF) - 0x8000


def signed_32(value: int) -> int:
    """Distance between two timestamps as a signed number."""
    return (value + 0x80000000 & 0xFFFFFFFF) - 0x80000000
