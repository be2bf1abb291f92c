"""RTP and RTCP bytes, reception statistics, and the stream that a leg is sent."""

import struct
from itertools import pairwise

import pytest

from hotline.wire import rtcp
from hotline.wire.rtp import RtpPacket, is_rtcp, pack, parse, signed_16, signed_32
from hotline.wire.rtp_reception import Reception
from hotline.wire.rtp_stream import OutgoingStream

FRAME = 160


def packet(sequence: int, timestamp: int, *, ssrc: int = 7, marker: bool = False) -> RtpPacket:
    return RtpPacket(8, marker, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc, b"x" * FRAME)


def sent(data: bytes | None) -> RtpPacket:
    assert data is not None
    parsed = parse(data)
    assert parsed is not None
    return parsed


def test_a_packet_survives_packing() -> None:
    data = pack(8, True, 65535, 0xFFFFFFFF, 0xDEADBEEF, b"abc")
    assert parse(data) == RtpPacket(8, True, 65535, 0xFFFFFFFF, 0xDEADBEEF, b"abc")


def test_contributors_extension_and_padding_are_stripped() -> None:
    head = struct.pack("!BBHII", 0x80 | 0x20 | 0x10 | 2, 8, 1, 2, 3)
    data = head + bytes(8) + struct.pack("!HH", 0xBEDE, 1) + b"EXTN" + b"audio" + b"\0\0\3"
    parsed = parse(data)
    assert parsed is not None
    assert parsed.payload == b"audio"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80\x08\x00\x01",
        b"\x40" + bytes(20),
        struct.pack("!BBHII", 0x8F, 8, 1, 2, 3) + bytes(8),
        struct.pack("!BBHII", 0x90, 8, 1, 2, 3) + b"\0\0",
        struct.pack("!BBHII", 0x90, 8, 1, 2, 3) + struct.pack("!HH", 0, 99),
        struct.pack("!BBHII", 0xA0, 8, 1, 2, 3) + b"ab\0",
        struct.pack("!BBHII", 0xA0, 8, 1, 2, 3) + b"ab\x40",
    ],
    ids=[
        "empty",
        "short",
        "version 1",
        "contributors",
        "extension head",
        "extension",
        "padding 0",
        "padding",
    ],
)
def test_malformed_packets_are_none(data: bytes) -> None:
    assert parse(data) is None


def test_rtcp_is_told_from_rtp_by_its_type() -> None:
    assert is_rtcp(rtcp.build_goodbye(1))
    assert not is_rtcp(pack(8, True, 1, 2, 3, b""))
    assert not is_rtcp(b"\x80")


def test_distances_wrap() -> None:
    assert signed_16(0 - 65535) == 1
    assert signed_16(65535 - 0) == -1
    assert signed_32(5 - 0xFFFFFFFB) == 10


# ── Reception ────────────────────────────────────────────────────────────────────────────────────────────────


def test_losses_are_counted_over_the_wrap_of_sequence_numbers() -> None:
    reception = Reception()
    for number in range(65530, 65530 + 20):
        if number % 5:
            reception.update(1, number & 0xFFFF, number * 160, number * 160)
    assert (reception.received, reception.expected, reception.lost) == (
        16,
        19,
        3,
    )  # 65530 itself was lost unseen


def test_jitter_follows_the_formula_of_the_standard() -> None:
    reception = Reception()
    jitter, transit = 0.0, None
    for number, late in enumerate([0, 8, 3, 80, 0, 0, 16]):
        reception.update(1, number, number * 160, number * 160 + late)
        if transit is not None:
            jitter += (abs(late - transit) - jitter) / 16
        transit = late
    assert reception.jitter == pytest.approx(jitter)


def test_a_restarted_sender_is_believed_at_its_second_packet_and_old_losses_stay() -> None:
    reception = Reception()
    for number in (1, 2, 4):
        reception.update(1, number, 0, 0)
    for number in (30000, 30001, 30002):
        reception.update(1, number, 0, 0)
    assert reception.received == 6
    assert reception.lost <= 1


def test_a_new_source_starts_its_own_count() -> None:
    reception = Reception()
    for number in (10, 11, 13):
        reception.update(1, number, 0, 0)
    for number in (40000, 40001):
        reception.update(2, number, 0, 0)
    assert (reception.received, reception.lost) == (5, 1)


def test_a_report_tells_the_interval_and_the_far_end_reads_it() -> None:
    reception = Reception()
    for number in range(100):
        if number not in {50, 51}:
            reception.update(9, number, number * 160, number * 160)
    report = reception.report()
    assert report is not None
    assert (report.cumulative_lost, report.extended_highest, report.fraction_lost) == (2, 99, 2 * 256 // 100)
    again = reception.report()
    assert again is not None
    assert again.fraction_lost == 0
    data = rtcp.build_report(
        ssrc=5, cname="x", unix_time_s=0.5, timestamp=160, packets=1, octets=160, received=report
    )
    assert len(data) % 4 == 0
    assert rtcp.parse_feedback(data) == [rtcp.Feedback(ssrc=9, fraction_lost=5, cumulative_lost=2, jitter=0)]
    assert int.from_bytes(data[8:16], "big") >> 31 == (2_208_988_800 << 1) + 1


def test_a_leg_that_sent_nothing_reports_as_receiver() -> None:
    data = rtcp.build_report(
        ssrc=5, cname="x", unix_time_s=0, timestamp=0, packets=0, octets=0, received=None
    )
    assert data[1] == rtcp.RECEIVER_REPORT
    assert rtcp.parse_feedback(data + b"\x81\xc8\xff\xff") == []


# ── What a leg is sent ───────────────────────────────────────────────────────────────────────────────────────


def test_timed_frames_follow_each_other_and_the_first_is_marked() -> None:
    stream = OutgoingStream(1, 5, 77)
    packets = [sent(stream.timed(8, b"x" * FRAME, 1000 + 160 * n)) for n in range(3)]
    assert [p.sequence for p in packets] == [5, 6, 7]
    assert [p.timestamp for p in packets] == [1000, 1160, 1320]
    assert [p.marker for p in packets] == [True, False, False]


def test_after_a_stall_the_stamps_skip_ahead_instead_of_falling_behind_for_ever() -> None:
    stream = OutgoingStream(1, 0, 0)
    stream.timed(8, b"x" * FRAME, 0)
    assert sent(stream.timed(8, b"x" * FRAME, 80_000)).timestamp == 80_000


def test_relaying_keeps_losses_and_disorder_visible() -> None:
    stream = OutgoingStream(1, 0, 0)
    order = [100, 101, 103, 102, 105]
    packets = [
        sent(stream.relayed(8, packet(n, n * 160), b"y" * FRAME, 16_000 + (n - 100) * 160)) for n in order
    ]
    assert [p.sequence for p in packets] == [0, 1, 3, 2, 5]
    assert [(p.timestamp - packets[0].timestamp) // 160 for p in packets] == [0, 1, 3, 2, 5]


def test_a_relayed_source_takes_over_from_a_prompt_without_a_gap() -> None:
    stream = OutgoingStream(1, 0, 0)
    last = sent(stream.timed(8, b"x" * FRAME, 1000))
    first = sent(stream.relayed(8, packet(500, 999_999), b"y" * FRAME, 1040))
    assert first.sequence == last.sequence + 1
    assert first.timestamp >= last.timestamp + FRAME
    assert first.marker


def test_packets_older_than_the_take_over_are_dropped() -> None:
    stream = OutgoingStream(1, 0, 0)
    stream.relayed(8, packet(500, 80_000), b"y", 1000)
    assert stream.relayed(8, packet(499, 80_000 - 160), b"y", 1001) is None


def test_late_packets_whose_place_was_filled_with_silence_are_dropped_and_the_next_goes_on() -> None:
    stream = OutgoingStream(1, 0, 0)
    stream.relayed(8, packet(1, 160), b"y", 160)
    for beat in range(2, 6):
        stream.timed(8, b"s" * FRAME, beat * 160)
    assert stream.relayed(8, packet(2, 320), b"y", 900) is None
    on_time = sent(stream.relayed(8, packet(6, 960), b"y", 970))
    assert (on_time.sequence, on_time.timestamp) == (5, 960)


def test_a_source_with_a_slow_clock_loses_little_when_it_speaks_again() -> None:
    """Its stamps fell 125 ms behind in the course of a call; after a pause filled with silence that must not cost every word's start."""
    stream = OutgoingStream(1, 0, 0)
    stream.relayed(8, packet(1, 160), b"y", 160)
    for beat in range(2, 50):
        stream.timed(8, b"s" * FRAME, beat * 160)
    now = 50 * 160
    sent_again = [
        stream.relayed(8, packet(2 + n, now + n * 160 - 1000), b"y" * FRAME, now + n * 160) for n in range(20)
    ]
    assert sum(data is None for data in sent_again) <= 6
    kept = [sent(data) for data in sent_again if data is not None]
    assert {b.sequence - a.sequence for a, b in pairwise(kept)} == {1}
    assert {b.timestamp - a.timestamp for a, b in pairwise(kept)} == {160}


def test_a_long_key_press_keeps_one_stamp() -> None:
    stream = OutgoingStream(1, 0, 0)
    stream.relayed(8, packet(1, 160), b"y", 160)
    stamps = {
        sent(stream.relayed(101, packet(1 + n, 320), b"k", 320 + n * 160, event=True)).timestamp
        for n in range(1, 200)
    }
    assert len(stamps) == 1


def test_own_keys_stand_between_frames_without_a_gap() -> None:
    stream = OutgoingStream(1, 0, 0)
    before = sent(stream.timed(8, b"x" * FRAME, 1000))
    keys = [sent(stream.event(101, b"k", 1160 + n * 160, begins=n == 0)) for n in range(3)]
    after = sent(stream.timed(8, b"x" * FRAME, 1640))
    assert [before.sequence, *[k.sequence for k in keys], after.sequence] == [0, 1, 2, 3, 4]
    assert len({k.timestamp for k in keys}) == 1
    assert after.timestamp == 1640
