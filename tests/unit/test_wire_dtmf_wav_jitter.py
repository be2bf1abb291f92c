"""Telephone events, WAV files, and the jitter buffer of rooms."""

import struct

import pytest

from hotline.wire import dtmf, wav
from hotline.wire.dtmf import DigitReceiver
from hotline.wire.g711 import Law, decode
from hotline.wire.jitter import JitterBuffer

FRAME = 160


def packets(digits: str) -> list[tuple[int, bytes]]:
    """Stamp and payload of what pressing these keys sends."""
    found: list[tuple[int, bytes]] = []
    clock, stamp = 0, 0
    for digit in digits:
        for step in dtmf.press(digit):
            stamp = clock if step.begins else stamp
            found += [(stamp, payload) for payload in step.payloads]
            clock += dtmf.STEP
    return found


def test_each_press_is_reported_once_at_its_first_packet() -> None:
    receiver = DigitReceiver()
    reported = [receiver.feed(1, stamp, payload) for stamp, payload in packets("1")]
    assert reported[0] == "1"
    assert not any(reported[1:])


def test_equal_digits_in_a_row_are_told_apart_by_their_stamp() -> None:
    receiver = DigitReceiver()
    reported = [receiver.feed(1, stamp, payload) for stamp, payload in packets("1223*#A")]
    assert "".join(digit for digit in reported if digit) == "1223*#A"


def test_a_press_ends_with_three_packets_of_full_duration() -> None:
    last = [payload for _, payload in packets("5")][-3:]
    assert len(set(last)) == 1
    assert last[0] == bytes([5, 0x8A]) + struct.pack("!H", dtmf.TONE_STEPS * dtmf.STEP)


@pytest.mark.parametrize("payload", [b"", b"\x01", bytes([16, 0, 0, 160]), bytes([255, 0, 0, 0])])
def test_events_that_are_no_keys_are_passed_over(payload: bytes) -> None:
    assert DigitReceiver().feed(1, 0, payload) is None


def test_only_keys_are_sent() -> None:
    assert dtmf.clean_digits("1a-2 x#") == "1A2#"


# ── WAV ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_recording_header_says_what_follows() -> None:
    data = bytes(range(200)) * 4
    read = wav.parse(wav.g711_file(Law.ALAW, data, channels=2))
    assert (read.tag, read.channels, read.rate, read.bits, read.data) == (wav.A_LAW, 2, 8000, 8, data)
    assert read.duration_ms == 50
    assert wav.channel(read, 1).data == data[1::2]


def test_a_header_that_was_never_patched_reads_to_the_end_of_the_file() -> None:
    file = wav.header(Law.ALAW, 2, 0) + b"abcde"
    assert wav.parse(file).data == b"abcd"
    too_large = wav.header(Law.ALAW, 2, 1 << 30) + b"abcd"
    assert wav.parse(too_large).data == b"abcd"


def test_prompts_of_other_formats_become_alaw() -> None:
    tone = struct.pack("<160h", *([4000, -4000] * 80))
    alaw = wav.to_alaw(wav.parse(wav.pcm_file(tone)))
    assert len(alaw) == 160
    assert max(struct.unpack("=160h", decode(Law.ALAW, alaw))) == pytest.approx(4000, abs=130)
    assert len(wav.to_alaw(wav.parse(wav.pcm_file(tone * 4, rate=16000, channels=2)))) == pytest.approx(
        160, abs=2
    )
    mu = wav.to_alaw(wav.parse(wav.g711_file(Law.ULAW, b"\xff" * 10)))
    assert mu == b"\xd5" * 10


def test_extensible_and_unknown_chunks_are_read() -> None:
    fmt = (
        struct.pack("<HHIIHHHHI", 0xFFFE, 1, 8000, 16000, 2, 16, 22, 16, 4) + struct.pack("<H", 1) + bytes(14)
    )
    body = b"LIST" + struct.pack("<I", 3) + b"abc\0" + b"fmt " + struct.pack("<I", len(fmt)) + fmt
    file = b"RIFF" + struct.pack("<I", 0) + b"WAVE" + body + b"data" + struct.pack("<I", 4) + b"\1\0\2\0"
    assert wav.parse(file).data == b"\1\0\2\0"


@pytest.mark.parametrize(
    "file",
    [
        b"",
        b"ID3 this is an mp3",
        b"RIFF\0\0\0\0WAVE",
        b"RIFF\0\0\0\0WAVEdata\4\0\0\0abcd",
        b"RIFF\0\0\0\0WAVEfmt \4\0\0\0abcd",
        wav.header(Law.ALAW, 2, 0).replace(struct.pack("<HH", 6, 2), struct.pack("<HH", 0x55, 2), 1),
    ],
)
def test_files_that_are_no_wav_are_refused(file: bytes) -> None:
    with pytest.raises(wav.BadWav):
        wav.parse(file)


# ── Jitter buffer ────────────────────────────────────────────────────────────────────────────────────────────


def frame(number: int) -> bytes:
    return bytes([number % 256]) * FRAME


def test_frames_come_out_in_order_after_the_depth() -> None:
    buffer = JitterBuffer(3)
    out: list[bytes | None] = []
    for number in (0, 2, 1, 3, 4, 5):
        buffer.push(1, number * FRAME, frame(number))
        out.append(buffer.pop())
    assert out == [None, None, frame(0), frame(1), frame(2), frame(3)]


def test_a_lost_frame_is_one_silence_and_a_late_one_is_dropped() -> None:
    buffer = JitterBuffer(2)
    for number in (0, 1, 3, 4):
        buffer.push(1, number * FRAME, frame(number))
    assert [buffer.pop() for _ in range(4)] == [frame(0), frame(1), None, frame(3)]
    buffer.push(1, 2 * FRAME, frame(2))
    assert buffer.pop() == frame(4)


def test_a_dry_buffer_begins_anew_with_its_depth() -> None:
    buffer = JitterBuffer(2)
    for number in (0, 1):
        buffer.push(1, number * FRAME, frame(number))
    assert [buffer.pop() for _ in range(3)] == [frame(0), frame(1), None]
    buffer.push(1, 9 * FRAME, frame(9))
    assert buffer.pop() is None
    buffer.push(1, 10 * FRAME, frame(10))
    assert buffer.pop() == frame(9)


def test_a_fast_source_never_builds_up_delay() -> None:
    buffer = JitterBuffer(3)
    last = None
    for number in range(200):
        buffer.push(1, 2 * number * FRAME, frame(2 * number))
        buffer.push(1, (2 * number + 1) * FRAME, frame(2 * number + 1))
        last = buffer.pop() or last
    assert last is not None
    assert (399 - last[0]) % 256 <= 9


def test_another_source_and_wrapped_stamps_begin_anew() -> None:
    buffer = JitterBuffer(1)
    buffer.push(1, 0xFFFFFFFF - 100, frame(1))
    assert buffer.pop() == frame(1)
    buffer.push(1, (0xFFFFFFFF - 100 + FRAME) & 0xFFFFFFFF, frame(2))
    assert buffer.pop() == frame(2)
    buffer.push(2, 77, frame(3))
    assert buffer.pop() == frame(3)


def test_longer_packets_are_cut_into_frames() -> None:
    buffer = JitterBuffer(2)
    buffer.push(1, 0, frame(1) + frame(2) + b"rest")
    assert [buffer.pop(), buffer.pop()] == [frame(1), frame(2)]
