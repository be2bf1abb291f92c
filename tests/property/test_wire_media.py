"""Laws of the media protocols under any loss, disorder, duplication and noise."""

import random
from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from hotline.adapters.embedded.recording_track import Track
from hotline.wire import dtmf, offer_answer, rtcp, wav
from hotline.wire.dtmf import DigitReceiver
from hotline.wire.g711 import Law, convert
from hotline.wire.jitter import JitterBuffer
from hotline.wire.offer_answer import NothingInCommon
from hotline.wire.rtp import RtpPacket, pack, parse, signed_16, signed_32
from hotline.wire.rtp_reception import Reception
from hotline.wire.rtp_stream import OutgoingStream
from hotline.wire.sdp import BadSdp
from tests.unit.test_wire_sdp import BROWSER, TRUNK

FRAME = 160
OFFERS = st.sampled_from([TRUNK, BROWSER])


@given(st.binary(max_size=200))
def test_any_bytes_are_a_packet_or_none(data: bytes) -> None:
    packet = parse(data)
    assert packet is None or len(packet.payload) <= len(data) - 12
    rtcp.parse_feedback(data)


@given(
    st.integers(0, 127),
    st.booleans(),
    st.integers(0, 0xFFFF),
    st.integers(0, 0xFFFFFFFF),
    st.binary(max_size=320),
)
def test_packing_and_parsing_agree(
    kind: int, marker: bool, sequence: int, stamp: int, payload: bytes
) -> None:
    assert parse(pack(kind, marker, sequence, stamp, 9, payload)) == (
        kind,
        marker,
        sequence,
        stamp,
        9,
        payload,
    )


@given(
    st.integers(0, 0xFFFF),
    st.lists(st.sampled_from(["arrive", "lose", "twice", "late"]), min_size=2, max_size=300),
)
def test_statistics_count_what_was_lost(first: int, fates: list[str]) -> None:
    """Loss is known exactly between the first and the last packet that came, whatever the order (within the window)."""
    fates[0] = fates[-1] = "arrive"
    order: list[int] = []
    for number, fate in enumerate(fates):
        if fate == "late" and order:
            order.insert(len(order) - 1, number) if number > 1 else order.append(number)
        elif fate != "lose":
            order += [number] * (2 if fate == "twice" else 1)
    if order[0] != 0:
        order.remove(0)
        order.insert(0, 0)
    reception = Reception()
    for number in order:
        reception.update(1, (first + number) & 0xFFFF, number * FRAME, number * FRAME)
    assert reception.received == len(order)
    assert reception.expected == len(fates)
    assert reception.lost == max(0, len(fates) - len(order))
    assert reception.jitter >= 0


@given(st.text(alphabet=dtmf.DIGITS, min_size=1, max_size=12), st.integers(0, 2**32), st.floats(0, 0.6))
def test_every_press_of_which_anything_arrives_is_reported_once_and_in_order(
    keys: str, seed: int, loss: float
) -> None:
    chance = random.Random(seed)
    receiver = DigitReceiver()
    expected, heard = "", ""
    for number, key in enumerate(keys):
        payloads = [payload for step in dtmf.press(key) for payload in step.payloads]
        arriving = [payload for payload in payloads if chance.random() >= loss]
        arriving += [payload for payload in arriving if chance.random() < 0.2]
        chance.shuffle(arriving)
        expected += key if arriving else ""
        heard += "".join(receiver.feed(1, number * 1440, payload) or "" for payload in arriving)
    assert heard == expected


@given(st.lists(st.tuples(st.sampled_from(["timed", "relay", "key", "wait"]), st.integers(0, 3)), max_size=200), st.integers(0, 0xFFFF))  # fmt: skip
def test_the_stream_sent_has_no_gap_and_never_runs_backwards(
    story: list[tuple[str, int]], first: int
) -> None:
    """Whatever sources follow each other, a far end sees consecutive numbers and growing stamps near the clock."""
    stream = OutgoingStream(1, first, 12345)
    sent: list[RtpPacket] = []
    for number, (what, peer) in enumerate(story, 1):
        now = 1_000_000 + number * FRAME
        data: bytes | None = None
        if what == "timed":
            data = stream.timed(8, b"x" * FRAME, now)
        elif what == "relay":
            source = RtpPacket(
                8, False, (peer * 999 + number) & 0xFFFF, (peer * 7777 + number * FRAME), peer, b"y" * FRAME
            )
            data = stream.relayed(8, source, source.payload, now)
        elif what == "key":
            data = stream.event(101, b"k", now, begins=True)
        if data is not None:
            packet = parse(data)
            assert packet is not None
            sent.append(packet)
    # A peer whose numbers moved on while another source sounded loses them on purpose: consecutive within relaying, no repeats ever.
    assert len({packet.sequence for packet in sent}) == len(sent)
    for before, after in pairwise(sent):
        assert 0 < signed_16(after.sequence - before.sequence) < 210
        assert signed_32(after.timestamp - before.timestamp) > 0
        assert abs(signed_32(after.timestamp - before.timestamp)) < 300 * FRAME


@given(st.lists(st.integers(0, 80), max_size=120), st.integers(1, 5))
def test_a_jitter_buffer_invents_nothing_and_keeps_order(arrivals: list[int], depth: int) -> None:
    for numbers in (arrivals, sorted(set(arrivals))):
        buffer = JitterBuffer(depth)
        out: list[int] = []
        for number in numbers:
            buffer.push(1, number * FRAME, bytes([number]) * FRAME)
            frame = buffer.pop()
            if frame is not None:
                out.append(frame[0])
        assert not Counter(out) - Counter(numbers)
    assert out == sorted(set(out))  # what came in order leaves in order


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(0, 4)), unique_by=lambda pair: pair[0], min_size=1), st.integers(0, 2**32 - 1))  # fmt: skip
def test_a_track_puts_each_packet_where_it_was_spoken(heard: list[tuple[int, int]], base: int) -> None:
    """Packets up to 80 ms late, in any order of arrival, land at their place; the rest is silence; length is exact."""
    heard.sort()
    heard[0] = (heard[0][0], 0)
    track = Track()
    arrivals = sorted((number + late, number) for number, late in heard)
    if arrivals[0][1] != heard[0][0]:
        return  # the anchor must be the first packet
    for arrival, number in arrivals:
        stamp = (base + number * FRAME) & 0xFFFFFFFF
        track.place(7, stamp, bytes([number]) * FRAME, arrival * FRAME)
        if arrival * FRAME > 14_000:
            break
    strip = track.take(16_000)
    assert len(strip) == 16_000
    for arrival, number in arrivals:
        if arrival * FRAME > 14_000:
            break
        assert strip[number * FRAME : (number + 1) * FRAME] == bytes([number]) * FRAME


@given(st.binary(max_size=400))
def test_any_file_is_a_wav_or_refused(data: bytes) -> None:
    for candidate in (data, wav.header(Law.ALAW, 2, len(data))[:44] + data, b"RIFF\0\0\0\0WAVE" + data):
        try:
            read = wav.parse(candidate)
        except wav.BadWav:
            continue
        assert len(read.data) % (read.channels * read.bits // 8) == 0
        wav.to_alaw(read)


@given(st.binary(max_size=400))
def test_companding_tables_are_stable(data: bytes) -> None:
    """One conversion may round; going on to and fro changes nothing more."""
    once = convert(convert(data, Law.ALAW, Law.ULAW), Law.ULAW, Law.ALAW)
    assert convert(convert(once, Law.ALAW, Law.ULAW), Law.ULAW, Law.ALAW) == once


@given(OFFERS, st.lists(st.tuples(st.integers(0, 600), st.characters(max_codepoint=0x2FF)), max_size=12))
def test_a_damaged_description_is_read_or_refused(text: str, damage: list[tuple[int, str]]) -> None:
    for at, character in damage:
        text = text[:at] + character + text[at + 1 :]
    try:
        remote = offer_answer.read(text)
    except (BadSdp, NothingInCommon):
        return
    assert 0 < remote.port <= 65535
