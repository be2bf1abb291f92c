"""RTCP, as little as a telephone leg needs: sender and receiver reports out (RFC 3550, section 6), report blocks in. Any input is tolerated."""

import struct
from dataclasses import dataclass

from hotline.wire.rtp_reception import ReceptionReport

SENDER_REPORT = 200
RECEIVER_REPORT = 201
SOURCE_DESCRIPTION = 202
GOODBYE = 203
_NTP_EPOCH_S = 2_208_988_800
"""Seconds from 1900 (NTP) to 1970 (Unix)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What the far end says about the audio we send: its report block on our SSRC."""

    ssrc: int
    fraction_lost: int
    cumulative_lost: int
    jitter: int


def _block(report: ReceptionReport) -> bytes:
    lost = (report.fraction_lost << 24) | (report.cumulative_lost & 0xFFFFFF)
    return struct.pack("!IIIIII", report.ssrc, lost, report.extended_highest, report.jitter, 0, 0)


def _section(kind: int, count: int, body: bytes) -> bytes:
    return struct.pack("!BBH", 0x80 | count, kind, len(body) // 4) + body


def build_report(
    *,
    ssrc: int,
    cname: str,
    unix_time_s: float,
    timestamp: int,
    packets: int,
    octets: int,
    received: ReceptionReport | None,
) -> bytes:
    """Return a compound packet: SR (or RR when nothing was sent yet) and SDES with the canonical name."""
    blocks = _block(received) if received else b""
    count = 1 if received else 0
    if packets:
        ntp = int((unix_time_s + _NTP_EPOCH_S) * (1 << 32)) & 0xFFFFFFFFFFFFFFFF
        sender = struct.pack(
            "!IQIII", ssrc, ntp, timestamp & 0xFFFFFFFF, packets & 0xFFFFFFFF, octets & 0xFFFFFFFF
        )
        report = _section(SENDER_REPORT, count, sender + blocks)
    else:
        report = _section(RECEIVER_REPORT, count, struct.pack("!I", ssrc) + blocks)
    name = cname.encode()[:255]
    chunk = struct.pack("!IBB", ssrc, 1, len(name)) + name + b"\0"
    return report + _section(SOURCE_DESCRIPTION, 1, chunk + bytes(-len(chunk) % 4))


def build_goodbye(ssrc: int) -> bytes:
    """Return an empty receiver report and BYE: the stream ends."""
    return _section(RECEIVER_REPORT, 0, struct.pack("!I", ssrc)) + _section(
        GOODBYE, 1, struct.pack("!I", ssrc)
    )


def parse_feedback(data: bytes) -> list[Feedback]:
    """Return the report blocks of a compound packet; whatever is broken or unknown is passed over."""
    found: list[Feedback] = []
    at = 0
    while at + 4 <= len(data) and data[at] >> 6 == 2:
        count, kind = data[at] & 0x1F, data[at + 1]
        end = at + 4 + 4 * int.from_bytes(data[at + 2 : at + 4], "big")
        if end > len(data):
            break
        if kind in {SENDER_REPORT, RECEIVER_REPORT}:
            start = at + (28 if kind == SENDER_REPORT else 8)
            found += _blocks(data[start:end], count)
        at = end
    return found


def _blocks(data: bytes, count: int) -> list[Feedback]:
    found: list[Feedback] = []
    for number in range(min(count, len(data) // 24)):
        ssrc, lost, _, jitter, _, _ = struct.unpack_from("!IIIIII", data, 24 * number)
        cumulative = lost & 0xFFFFFF
        found.append(
            Feedback(
                ssrc=ssrc,
                fraction_lost=lost >> 24,
                cumulative_lost=cumulative - 0x1000000 if cumulative & 0x800000 else cumulative,
                jitter=jitter,
            )
        )
    return found
