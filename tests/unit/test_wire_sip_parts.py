"""The smaller parts of SIP: digest, dialogs, registrar, limits, numbers, causes, session timers, bodies."""

import pytest

from hotline.core.switching import HangUpCause
from hotline.wire.sip.causes import cause_of_status, q850_in, q850_of_status, status_of_q850
from hotline.wire.sip.codec import Malformed, session_description
from hotline.wire.sip.codec_list import keep_codecs
from hotline.wire.sip.dialog import Dialog, Order, dialog_id_of
from hotline.wire.sip.digest import (
    Challenger,
    Verdict,
    answer_challenge,
    browser_password,
    expected_response,
    ha1,
    parse_credentials,
)
from hotline.wire.sip.flow import Flow
from hotline.wire.sip.limits import LockOut, TokenBuckets, is_scanner
from hotline.wire.sip.message import Headers, Request, Response, response_to
from hotline.wire.sip.numbers import called_of, caller_of, normalise
from hotline.wire.sip.registrar import Registrar, RegistrationRefused
from hotline.wire.sip.session_timer import agree, settled, too_small

FLOW = Flow("UDP", "192.0.2.1", 5060, "192.0.2.9:5060")


def made(
    method: str = "INVITE", *headers: tuple[str, str], uri: str = "sip:b@example.com", number: int = 1
) -> Request:
    base: Headers = (
        ("via", "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1"),
        ("from", "<sip:a@example.com>;tag=a"),
        ("to", "<sip:b@example.com>"),
        ("call-id", "c"),
        ("cseq", f"{number} {method}"),
        ("contact", "<sip:a@192.0.2.1:5080>"),
    )
    return Request(method=method, uri=uri, headers=base).having(*headers)


# ── Digest ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_example_of_rfc_7616_comes_out(algorithm: str, response: str) -> None:
    credentials = parse_credentials(
        'Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm='
        + algorithm
        + ', nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001,'
        ' cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, response="' + response + '"'
    )
    assert credentials is not None
    secret = ha1("Mufasa", "http-auth@example.org", "Circle of Life", algorithm)
    assert expected_response(credentials, secret, "GET") == response


def judge(
    challenger: Challenger, password: str, *, now: float = 1_000.0, made_at: float = 1_000.0
) -> Verdict:
    (challenge, *_) = challenger.challenges("token", made_at)
    answer = answer_challenge(
        challenge, method="REGISTER", uri="sip:r", username="1001", password=password, cnonce="x"
    )
    credentials = parse_credentials(answer or "")
    assert credentials is not None
    return challenger.judge(
        credentials, ha1("1001", "hotline", "right", credentials.algorithm), "REGISTER", now
    )


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
def test_the_right_password_is_good_once_the_wrong_never_the_old_nonce_is_stale(algorithm: str) -> None:
    challenger = Challenger("hotline", b"key", (algorithm,))
    assert judge(challenger, "right") is Verdict.GOOD
    assert judge(challenger, "right") is Verdict.STALE
    assert judge(challenger, "wrong") is Verdict.WRONG
    assert judge(Challenger("hotline", b"key"), "right", now=2_000.0) is Verdict.STALE


def test_a_nonce_of_another_server_is_stale() -> None:
    (challenge, *_) = Challenger("hotline", b"other").challenges("t", 1_000.0)
    answer = answer_challenge(challenge, method="M", uri="u", username="1001", password="p", cnonce="x")
    credentials = parse_credentials(answer or "")
    assert credentials is not None
    challenger = Challenger("hotline", b"key")
    assert challenger.judge(credentials, ha1("1001", "hotline", "p"), "M", 1_000.0) is Verdict.STALE


@pytest.mark.parametrize(
    "challenge", ['Basic realm="x"', 'Digest realm="x"', 'Digest nonce="n", qop="auth-int"']
)
def test_a_challenge_that_we_cannot_answer_gets_no_answer(challenge: str) -> None:
    assert answer_challenge(challenge, method="M", uri="u", username="a", password="b", cnonce="c") is None


def test_the_browser_password_is_the_one_of_turn_rest() -> None:
    assert browser_password("north", "1400000000:1001-web") == "uaipAf5asuFCBLc9cUgGjgfw1Jk="


# ── Dialogs ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_callee_sends_to_contact_by_the_recorded_route() -> None:
    invite = made("INVITE", ("record-route", "<sip:p1.example.com;lr>"))
    dialog = Dialog.from_invite(invite, local_tag="b", contact="<sip:me@192.0.2.9>")
    bye = dialog.request("BYE")
    assert (bye.uri, bye.all("route"), bye.cseq_number) == (
        "sip:a@192.0.2.1:5080",
        ("<sip:p1.example.com;lr>",),
        1,
    )
    assert bye.get("from") == "<sip:b@example.com>;tag=b" and bye.get("to") == "<sip:a@example.com>;tag=a"
    hop = dialog.next_hop()
    assert hop is not None and hop.host == "p1.example.com"


def test_a_caller_learns_contact_and_reversed_route_from_the_2xx() -> None:
    invite = made()
    early = response_to(invite, 180, to_tag="b", headers=(("contact", "<sip:early@192.0.2.7>"),))
    dialog = Dialog.from_response(invite, early, contact="<sip:a@192.0.2.1>")
    routes: Headers = (("record-route", "<sip:p1;lr>"), ("record-route", "<sip:p2;lr>"))
    dialog.confirm(
        response_to(invite, 200, to_tag="b", headers=(("contact", "<sip:late@192.0.2.8>"), *routes))
    )
    ack = dialog.ack(1)
    assert (ack.uri, ack.all("route"), ack.cseq_number) == (
        "sip:late@192.0.2.8",
        ("<sip:p2;lr>", "<sip:p1;lr>"),
        1,
    )


def test_a_strict_router_becomes_the_request_uri() -> None:
    invite = made("INVITE", ("record-route", "<sip:old.example.com>"))
    bye = Dialog.from_invite(invite, local_tag="b", contact="<sip:me@h>").request("BYE")
    assert (bye.uri, bye.all("route")) == ("sip:old.example.com", ("<sip:a@192.0.2.1:5080>",))


def test_requests_out_of_order_are_known_as_such() -> None:
    dialog = Dialog.from_invite(made(number=5), local_tag="b", contact="<sip:me@h>")
    assert [dialog.order(made("INFO", number=n)) for n in (6, 6, 5, 9)] == [
        Order.NEW,
        Order.OLD,
        Order.OLD,
        Order.NEW,
    ]


def test_both_ends_name_the_same_dialog() -> None:
    invite = made()
    ok = response_to(invite, 200, to_tag="b", headers=(("contact", "<sip:b@h>"),))
    caller = Dialog.from_response(invite, ok, contact="<sip:a@h>")
    callee = Dialog.from_invite(invite, local_tag="b", contact="<sip:b@h>")
    assert dialog_id_of(caller.request("BYE")) == callee.id
    assert dialog_id_of(callee.request("BYE")) == caller.id
    assert dialog_id_of(invite) is None


# ── Registrar ────────────────────────────────────────────────────────────────────────────────────────────────


def register(contact: str, number: int = 1, call_id: str = "r", expires: str = "60") -> Request:
    return made("REGISTER", ("contact", contact), ("call-id", call_id), ("expires", expires), number=number)


@pytest.mark.req("TEL-3")
def test_of_several_places_the_newest_rings_and_all_run_out() -> None:
    registrar = Registrar()
    registrar.register(register("<sip:1@h1>"), "1001", FLOW, 0.0)
    outcome = registrar.register(register("<sip:1@h2>;expires=100", call_id="s"), "1001", FLOW, 10.0)
    assert outcome.contacts == ("<sip:1@h1>;expires=50", "<sip:1@h2>;expires=100")
    newest = registrar.newest("1001")
    assert newest is not None and newest.contact == "sip:1@h2"
    assert [binding.contact for binding in registrar.expire(70.0)] == ["sip:1@h1"]
    assert registrar.newest("1001") is not None
    registrar.expire(200.0)
    assert registrar.newest("1001") is None


def test_a_star_removes_every_place_and_nothing_else_may_stand_beside_it() -> None:
    registrar = Registrar()
    registrar.register(register("<sip:1@h1>"), "1001", FLOW, 0.0)
    with pytest.raises(RegistrationRefused):
        registrar.register(register("*", 2), "1001", FLOW, 0.0)
    outcome = registrar.register(register("*", 3, expires="0"), "1001", FLOW, 0.0)
    assert [binding.contact for binding in outcome.removed] == ["sip:1@h1"] and not registrar.all()


@pytest.mark.parametrize(
    ("contact", "number", "status"), [("<sip:1@h>;expires=5", 2, 423), ("<sip:1@h>", 1, 500)]
)
def test_what_the_registrar_refuses(contact: str, number: int, status: int) -> None:
    registrar = Registrar()
    registrar.register(register("<sip:1@h>"), "1001", FLOW, 0.0)
    with pytest.raises(RegistrationRefused) as refused:
        registrar.register(register(contact, number), "1001", FLOW, 0.0)
    assert refused.value.status == status


def test_places_are_bounded_and_the_oldest_goes() -> None:
    registrar = Registrar()
    outcomes = [
        registrar.register(register(f"<sip:1@h{number}>", call_id=f"r{number}"), "1001", FLOW, 0.0)
        for number in range(6)
    ]
    assert len(registrar.all()) == 4 and outcomes[-1].removed[0].contact == "sip:1@h1"


# ── Limits ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.req("ADM-6")
def test_a_bucket_gives_its_burst_then_its_rate_to_each_source_alone() -> None:
    buckets = TokenBuckets(rate=2.0, burst=3.0)
    assert [buckets.take("a", 0.0) for _ in range(4)] == [True, True, True, False]
    assert buckets.take("b", 0.0)
    assert [buckets.take("a", 1.0) for _ in range(3)] == [True, True, False]


@pytest.mark.req("ADM-6")
def test_a_lock_comes_after_the_limit_and_ends_after_its_time() -> None:
    lock = LockOut(limit=2, window_s=10, lock_s=60)
    assert [lock.wrong("x", 0.0), lock.wrong("x", 1.0)] == [False, True]
    assert lock.locked("x", 30.0) and not lock.locked("y", 30.0) and not lock.locked("x", 62.0)
    lock.wrong("z", 0.0)
    lock.right("z")
    assert not lock.wrong("z", 0.0)


def test_scanners_are_known_by_name() -> None:
    assert is_scanner("friendly-scanner") and is_scanner("SIPVicious 1") and not is_scanner("Yealink T46")
    assert not is_scanner(None)


# ── Numbers ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.req("TEL-1")
@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("13800138000", "13800138000"),
        ("+8613800138000", "13800138000"),
        ("008613800138000", "13800138000"),
        ("+861084000000", "01084000000"),
        ("+8601084000000", "01084000000"),
        ("010-8400 0000", "01084000000"),
        ("+8612345", "12345"),
        ("+4930123456", "004930123456"),
        ("anonymous", ""),
        ("1; DROP", ""),
    ],
)
def test_numbers_take_the_form_in_which_they_are_dialled(written: str, number: str) -> None:
    assert normalise(written) == number


def test_the_caller_is_who_the_network_says_unless_withheld() -> None:
    asserted = ("p-asserted-identity", '"x" <tel:+8613800138000>')
    assert caller_of(made("INVITE", asserted)) == "13800138000"
    assert caller_of(made("INVITE", asserted, ("privacy", "id"))) == ""
    assert caller_of(made("INVITE", ("from", "<sip:010@h>;tag=a"))) == "010"
    assert caller_of(made("INVITE", ("from", '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=a'))) == ""
    assert called_of(made(uri="sip:+861084000000@h;user=phone")) == "01084000000"


# ── Causes, timers, bodies ───────────────────────────────────────────────────────────────────────────────────


def test_causes_go_both_ways() -> None:
    assert [q850_of_status(status) for status in (486, 404, 480, 503, 499)] == [17, 1, 18, 41, 31]
    assert [status_of_q850(q850) for q850 in (17, 1, 21, 41, 99)] == [486, 404, 403, 503, 480]
    assert cause_of_status(486) is HangUpCause.BUSY and cause_of_status(603) is HangUpCause.REJECTED
    assert q850_in(made("BYE", ("reason", 'Q.850;cause=34;text="x"')), 16) == 34
    assert q850_in(made("BYE", ("reason", "Q.850;cause=999")), 16) == 16


def test_the_session_timer_is_settled_as_rfc_4028_says() -> None:
    asks = made("INVITE", ("supported", "timer"), ("session-expires", "1800"), ("allow", "INVITE, UPDATE"))
    timer, headers = agree(asks, 600)
    assert (timer.interval_s, timer.ours, timer.by_update) == (600, True, True)
    assert ("session-expires", "600;refresher=uas") in headers and ("require", "timer") in headers
    insists = made("INVITE", ("supported", "timer"), ("session-expires", "300;refresher=uac"))
    assert not agree(insists, 600)[0].ours
    plain, none = agree(made(), 600)
    assert plain.ours and not plain.by_update and none == ()
    assert too_small(made("INVITE", ("session-expires", "60"))) and not too_small(made())
    answer = Response(status=200, headers=(("session-expires", "400;refresher=uas"),))
    assert not settled(answer, 600).ours and settled(Response(status=200), 600).ours


def test_the_description_is_found_alone_and_among_parts() -> None:
    assert session_description(made().with_body(b"v=0", "application/sdp; charset=x")) == "v=0"
    parts = b"--b\r\nContent-Type: application/isup\r\n\r\n\x01\r\n--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b--"
    assert session_description(made().with_body(parts, 'multipart/mixed;boundary="b"')) == "v=0"
    assert session_description(made()) is None
    with pytest.raises(Malformed):
        session_description(made().with_body(b"x", "text/plain"))


def test_a_header_cannot_be_smuggled_in_by_a_value() -> None:
    invite = made().having(("subject", "x"))
    assert b"\r\nSubject: x\r\n" in invite.encode()
    assert invite.without("subject").get("subject") is None


# ── Codec lists ──────────────────────────────────────────────────────────────────────────────────────────────

OFFER = (
    "v=0\r\nm=audio 4000 RTP/AVP 18 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n"
    "m=video 4002 RTP/AVP 31\r\n"
)


@pytest.mark.req("TEL-1")
@pytest.mark.parametrize(
    ("codecs", "line"),
    [
        (("PCMA", "PCMU"), "m=audio 4000 RTP/AVP 8 0 101"),
        (("PCMU",), "m=audio 4000 RTP/AVP 0 101"),
        (("opus",), "m=audio 4000 RTP/AVP 18 0 8 101"),
        ((), "m=audio 4000 RTP/AVP 18 0 8 101"),
    ],
)
def test_a_trunk_carries_only_its_codecs_in_its_order(codecs: tuple[str, ...], line: str) -> None:
    kept = keep_codecs(OFFER, codecs)
    assert kept.splitlines()[1] == line and kept.splitlines()[4] == "m=video 4002 RTP/AVP 31"
    assert kept.count("\r\n") == OFFER.count("\r\n")


def test_codecs_are_known_by_their_map_as_well_as_by_number() -> None:
    offer = "m=audio 4000 RTP/AVP 96 97\r\na=rtpmap:96 opus/48000/2\r\na=rtpmap:97 PCMA/8000\r\n"
    assert keep_codecs(offer, ("PCMA",)).startswith("m=audio 4000 RTP/AVP 97\r\n")
