"""Short messages as bytes: parts that join again, and the frames of SMPP and CMPP."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.wire import cmpp, smpp
from hotline.wire.sms_text import LATIN, UCS2, Fragment, Joiner, decode, parts_of, read_part, split

AT = datetime(2026, 11, 28, tzinfo=UTC)
TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs"]) | st.sampled_from("中文短信🙂𠮷"),
    min_size=1,
    max_size=700,
)


@pytest.mark.req("CHN-2")
@pytest.mark.parametrize(
    "text,coding,count",
    [
        ("a" * 160, LATIN, 1),
        ("a" * 161, LATIN, 2),
        ("a" * 306, LATIN, 2),
        ("a" * 307, LATIN, 3),
        ("字" * 70, UCS2, 1),
        ("字" * 71, UCS2, 2),
        ("字" * 134, UCS2, 2),
        ("字" * 135, UCS2, 3),
        ("🙂" * 35, UCS2, 1),
        ("🙂" * 36, UCS2, 2),
        ("price: 5{}", UCS2, 1),
    ],
)
def test_a_text_is_as_many_parts_as_the_standard_says(text: str, coding: int, count: int) -> None:
    parts = split(text, 7)
    assert (len(parts), parts_of(text), parts[0].coding) == (count, count, coding)


@given(TEXTS, st.integers(0, 255), st.randoms(use_true_random=False))
def test_parts_fit_and_join_to_the_same_text_in_any_order(text: str, reference: int, chance: object) -> None:
    parts = split(text, reference)
    assert all(len(part.payload) <= (160 if part.coding == LATIN else 140) for part in parts)
    chance.shuffle(parts)
    joiner = Joiner()
    texts = [
        joiner.add("1", read_part(part.payload, part.coding, has_header=part.has_header), AT)
        for part in parts
    ]
    assert texts[-1] == text
    assert texts[:-1] == [None] * (len(parts) - 1)


@given(st.binary(max_size=200), st.integers(0, 255), st.booleans())
def test_no_payload_is_refused(payload: bytes, coding: int, has_header: bool) -> None:
    fragment = read_part(payload, coding, has_header=has_header)
    assert 1 <= fragment.number <= fragment.of


def test_a_long_message_that_stays_unfinished_is_given_out_as_it_is() -> None:
    joiner = Joiner()
    assert joiner.add("1", Fragment(reference=1, of=3, number=1, text="甲"), AT) is None
    assert joiner.add("1", Fragment(reference=1, of=3, number=3, text="丙"), AT) is None
    assert joiner.overdue(AT + timedelta(hours=23)) == []
    assert joiner.overdue(AT + timedelta(hours=25)) == [("1", "甲…丙")]
    assert joiner.overdue(AT + timedelta(hours=25)) == []


def test_carriers_write_gb_18030_too() -> None:
    assert decode("退订".encode("gb18030"), 15) == "退订"


@given(st.lists(st.integers(1, 40), max_size=30))
def test_smpp_frames_ignore_packet_boundaries(cuts: list[int]) -> None:
    pdus = [
        smpp.Pdu(smpp.Command.BIND_TRANSCEIVER, 0, 1, smpp.bind("user", "password", "", "")),
        smpp.Pdu(smpp.Command.ENQUIRE_LINK, 0, 2),
        smpp.Pdu(smpp.Command.SUBMIT_SM_RESP, 0x58, 3, b"abc\0"),
    ]
    stream = b"".join(smpp.encode(pdu) for pdu in pdus)
    assert _fed(smpp.SmppDecoder(), stream, cuts) == pdus


@given(st.lists(st.integers(1, 40), max_size=30))
def test_cmpp_frames_ignore_packet_boundaries(cuts: list[int]) -> None:
    pdus = [
        cmpp.Pdu(cmpp.Command.CONNECT, 1, cmpp.connect("901234", "secret", 1128120000)),
        cmpp.Pdu(cmpp.Command.ACTIVE_TEST, 2),
        cmpp.Pdu(cmpp.Command.DELIVER_RESP, 3, cmpp.deliver_answer("00" * 8)),
    ]
    stream = b"".join(cmpp.encode(pdu) for pdu in pdus)
    assert _fed(cmpp.CmppDecoder(), stream, cuts) == pdus


def _fed(decoder: object, stream: bytes, cuts: list[int]) -> list[object]:
    found: list[object] = []
    for size in cuts:
        found += decoder.feed(stream[:size])
        stream = stream[size:]
    return found + decoder.feed(stream)


@given(st.binary(max_size=300))
def test_strange_bytes_raise_nothing_but_their_own_error(data: bytes) -> None:
    for decoder, reads, error in (
        (smpp.SmppDecoder(), (smpp.read_deliver,), smpp.SmppError),
        (cmpp.CmppDecoder(), (cmpp.read_deliver, cmpp.read_submit_result, cmpp.read_report), cmpp.CmppError),
    ):
        try:
            for pdu in decoder.feed(data):
                assert len(pdu.body) <= len(data)
            for read in reads:
                read(data)
        except error:
            pass


@pytest.mark.parametrize(
    "payload,options,expected",
    [
        (b"id:0A1 sub:001 dlvrd:001 submit date:2611281200 done date:2611281201 stat:DELIVRD err:000 text:hi", {}, ("0A1", "DELIVRD")),
        (b"id:77 stat:UNDELIV", {}, ("77", "UNDELIV")),
        (b"", {0x001E: b"88\0", 0x0427: b"\x02"}, ("88", "DELIVRD")),
        (b"id:77 stat:UNDELIV", {0x001E: b"99\0", 0x0427: b"\x05"}, ("99", "UNDELIV")),
        (b"hello", {}, None),
    ],
)  # fmt: skip
def test_receipts_are_read_from_options_and_text(
    payload: bytes, options: dict[int, bytes], expected: tuple[str, str] | None
) -> None:
    said = smpp.Deliver(source="1", destination="2", esm_class=4, coding=0, payload=payload, options=options)
    assert said.receipt
    assert smpp.read_receipt(said) == expected
