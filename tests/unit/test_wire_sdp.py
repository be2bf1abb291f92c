"""Session descriptions: reading what telephones and browsers send, answering as RFC 3264 says."""

import pytest

from hotline.wire import offer_answer, sdp
from hotline.wire.g711 import Law
from hotline.wire.offer_answer import Direction, IceSide, LocalAudio, NothingInCommon, RemoteAudio
from hotline.wire.sdp import BadSdp

TRUNK = """v=0
o=gw 1 1 IN IP4 10.0.0.9
s=call
c=IN IP4 10.0.0.9
t=0 0
m=video 4000 RTP/AVP 96
a=rtpmap:96 H264/90000
m=audio 5004 RTP/AVP 18 0 8 97
a=rtpmap:18 G729/8000
a=rtpmap:97 telephone-event/8000
a=fmtp:97 0-15
m=application 9 UDP/BFCP *
"""

BROWSER = """v=0
o=- 4611 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0 1
a=fingerprint:sha-256 aa:bb
m=audio 9 UDP/TLS/RTP/SAVPF 111 0 8 126
c=IN IP4 0.0.0.0
a=ice-ufrag:abcd
a=ice-pwd:0123456789012345678901
a=setup:actpass
a=mid:0
a=rtcp-mux
a=candidate:1 1 udp 2113937151 192.0.2.1 50000 typ host
a=rtpmap:111 opus/48000/2
a=rtpmap:126 telephone-event/8000
m=video 9 UDP/TLS/RTP/SAVPF 96
a=mid:1
a=rtpmap:96 VP8/90000
"""


def local(**changes: object) -> LocalAudio:
    fields: dict[str, object] = {
        "address": "192.0.2.7", "port": 20000, "session_id": 5, "version": 6, "ssrc": 1, "cname": "hotline",
    }  # fmt: skip
    return LocalAudio(**{**fields, **changes})  # pyright: ignore[reportArgumentType]


def edit(text: str, old: str, new: str) -> RemoteAudio:
    assert old in text
    return offer_answer.read(text.replace(old, new))


def test_a_trunk_offer_is_understood() -> None:
    remote = offer_answer.read(TRUNK)
    assert (remote.address, remote.port, remote.rtcp_address) == ("10.0.0.9", 5004, ("10.0.0.9", 5005))
    assert (remote.law, remote.key_type, remote.direction) == (Law.ULAW, 97, Direction.SENDRECV)
    assert remote.ice is None
    assert not remote.mux


def test_the_answer_keeps_the_sections_and_refuses_all_but_one() -> None:
    remote = offer_answer.read(TRUNK)
    text = sdp.build(offer_answer.answer(local(laws=(remote.law,), key_type=remote.key_type), remote))
    answer = sdp.parse(text)
    assert [(s.media, s.port) for s in answer.sections] == [
        ("video", 0),
        ("audio", 20000),
        ("application", 0),
    ]
    assert answer.sections[1].formats == ("0", "97")
    assert "97 telephone-event/8000" in answer.sections[1].values("rtpmap")
    assert "\r\n" in text
    assert not text.replace("\r\n", "").count("\n")


def test_our_offer_can_be_read_back() -> None:
    remote = offer_answer.read(sdp.build(offer_answer.offer(local())))
    assert (remote.law, remote.key_type, remote.port) == (Law.ALAW, 101, 20000)


def test_without_telephone_event_there_is_no_key_type() -> None:
    remote = edit(TRUNK, "a=rtpmap:97 telephone-event/8000", "a=rtpmap:97 telephone-event/16000")
    assert remote.key_type is None


@pytest.mark.parametrize(
    "line,direction,holds",
    [
        ("a=sendonly", Direction.SENDONLY, True),
        ("a=inactive", Direction.INACTIVE, True),
        ("a=recvonly", Direction.RECVONLY, False),
        ("a=sendrecv", Direction.SENDRECV, False),
    ],
)
def test_hold_is_known_by_direction(line: str, direction: Direction, holds: bool) -> None:
    remote = edit(TRUNK, "a=fmtp:97 0-15", line)
    assert (remote.direction, remote.holds) == (direction, holds)
    answered = offer_answer.read(sdp.build(offer_answer.answer(local(direction=direction.mirrored), remote)))
    assert answered.direction is direction.mirrored


def test_hold_of_old_phones_is_known_by_the_address() -> None:
    assert edit(TRUNK, "c=IN IP4 10.0.0.9", "c=IN IP4 0.0.0.0").holds


def test_a_direction_for_the_whole_session_counts() -> None:
    assert edit(TRUNK, "t=0 0", "t=0 0\na=sendonly").holds


def test_rtcp_may_live_elsewhere() -> None:
    assert edit(TRUNK, "a=fmtp:97 0-15", "a=rtcp:7000 IN IP4 10.0.0.8").rtcp_address == ("10.0.0.8", 7000)
    assert edit(TRUNK, "a=fmtp:97 0-15", "a=rtcp-mux").rtcp_address == ("10.0.0.9", 5004)


def test_a_browser_offer_brings_ice_and_is_answered_in_kind() -> None:
    remote = offer_answer.read(BROWSER)
    assert remote.ice == IceSide(
        ufrag="abcd",
        password="0123456789012345678901",
        candidates=("1 1 udp 2113937151 192.0.2.1 50000 typ host",),
        fingerprints=(("sha-256", "AA:BB"),),
        setup="actpass",
    )
    assert not remote.holds
    assert (remote.law, remote.key_type) == (Law.ULAW, 126)
    assert offer_answer.read(BROWSER, our_order=True).law is Law.ALAW
    own = IceSide(ufrag="ours", password="p" * 22, candidates=("1 1 udp 1 192.0.2.7 20000 typ host",), fingerprints=(("sha-256", "CC"),), setup="active")  # fmt: skip
    answer = sdp.parse(sdp.build(offer_answer.answer(local(ice=own, mux=True), remote)))
    assert answer.value("group") == "BUNDLE 0"
    audio, video = answer.sections
    assert (audio.value("mid"), audio.value("setup"), audio.value("ice-ufrag")) == ("0", "active", "ours")
    assert audio.protocol == "UDP/TLS/RTP/SAVPF"
    assert (video.port, video.value("mid")) == (0, "1")


@pytest.mark.parametrize(
    "old,new",
    [
        ("18 0 8 97", "18 97"),
        ("m=audio 5004", "m=audio 0"),
        ("audio 5004 RTP/AVP", "audio 5004 RTP/SAVP"),
        ("c=IN IP4 10.0.0.9", "c=IN IP4 media.example.com"),
    ],
    ids=["no G.711", "refused", "SDES", "host name"],
)
def test_what_we_cannot_speak_is_not_acceptable(old: str, new: str) -> None:
    with pytest.raises(NothingInCommon):
        edit(TRUNK, old, new)


@pytest.mark.parametrize(
    "old,new",
    [
        ("v=0", "v=1"),
        ("o=gw 1 1 IN IP4 10.0.0.9\n", ""),
        ("c=IN IP4 10.0.0.9\n", ""),
        ("c=IN IP4 10.0.0.9", "c=IN"),
        ("m=audio 5004 RTP/AVP 18 0 8 97", "m=audio"),
        ("m=audio 5004", "m=audio 70000"),
        ("m=audio 5004", "m=audio -1"),
        ("s=call", "nonsense"),
        ("s=call", "s=" + "x" * 20_000),
        ("t=0 0", "t=0 0" + "\na=x" * 300),
    ],
)
def test_broken_text_is_refused(old: str, new: str) -> None:
    with pytest.raises(BadSdp):
        edit(TRUNK, old, new)


def test_a_browser_without_credentials_is_refused() -> None:
    with pytest.raises(BadSdp):
        edit(BROWSER, "a=ice-pwd:0123456789012345678901\n", "")
