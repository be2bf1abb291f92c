"""G.711 against the recommendation's own arithmetic, not against the library that computes it."""

import struct

import pytest

from hotline.wire import g711
from hotline.wire.g711 import Law


def alaw_by_the_book(code: int) -> int:
    """ITU-T G.711 table 1: invert even bits; sign 1 is positive; segment and step."""
    code ^= 0x55
    segment, step = (code >> 4) & 7, code & 15
    value = (step << 4) + 8 if segment == 0 else ((step << 4) + 0x108) << (segment - 1)
    return value if code & 0x80 else -value


def ulaw_by_the_book(code: int) -> int:
    """ITU-T G.711 table 2: all bits inverted; sign 0 (after inversion) is positive."""
    code ^= 0xFF
    value = ((((code & 15) << 3) + 0x84) << ((code >> 4) & 7)) - 0x84
    return -value if code & 0x80 else value


@pytest.mark.parametrize("law,book", [(Law.ALAW, alaw_by_the_book), (Law.ULAW, ulaw_by_the_book)])
def test_all_codes_decode_as_the_recommendation_says(law: Law, book: object) -> None:
    assert callable(book)
    decoded = struct.unpack("=256h", g711.decode(law, bytes(range(256))))
    assert list(decoded) == [book(code) for code in range(256)]


@pytest.mark.parametrize("law", list(Law))
def test_encoding_a_decoded_code_gives_the_code_back(law: Law) -> None:
    codes = bytes(range(256))
    again = g711.decode(law, g711.encode(law, g711.decode(law, codes)))
    assert again == g711.decode(law, codes)  # µ-law has two zeros: equal sound, not equal code


def test_extremes_and_silence_have_the_right_polarity() -> None:
    loud = struct.pack("=3h", 32767, -32768, 0)
    assert g711.encode(Law.ALAW, loud) == bytes([0xAA, 0x2A, 0xD5])
    assert g711.encode(Law.ULAW, loud) == bytes([0x80, 0x00, 0xFF])
    assert Law.ALAW.silence == b"\xd5"
    assert Law.ULAW.silence == b"\xff"


def test_translation_is_decoding_and_encoding() -> None:
    codes = bytes(range(256))
    for source, target in ((Law.ALAW, Law.ULAW), (Law.ULAW, Law.ALAW)):
        expected = g711.encode(target, g711.decode(source, codes))
        assert g711.convert(codes, source, target) == expected
    assert g711.convert(codes, Law.ALAW, Law.ALAW) is codes


def test_mix_saturates() -> None:
    assert struct.unpack(
        "=2h", g711.mix(struct.pack("=2h", 30000, -30000), struct.pack("=2h", 30000, -30000))
    ) == (
        32767,
        -32768,
    )


def test_level_of_a_full_square_wave_is_zero_dbfs() -> None:
    assert g711.to_dbfs(g711.power(struct.pack("=4h", 32767, -32767, 32767, -32767))) == pytest.approx(
        0, abs=0.01
    )
    assert g711.to_dbfs(g711.power(bytes(320))) == -96


def test_resampling_and_channels() -> None:
    stereo = struct.pack("=8h", 100, 300, 100, 300, 100, 300, 100, 300)
    assert struct.unpack("=4h", g711.to_mono(stereo, 2)) == (200, 200, 200, 200)
    assert len(g711.resample(bytes(2 * 16000), 16000)) == pytest.approx(2 * 8000, abs=4)
    assert struct.unpack("=2h", g711.width_16(bytes([128, 255]), 1)) == (0, 127 * 256)
