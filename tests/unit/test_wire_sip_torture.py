"""RFC 4475: each torture message is accepted or refused as the RFC says, and what it means is understood."""

import pytest

from hotline.adapters.embedded.sip_admission import unacceptable
from hotline.wire.sip.actions import Timing
from hotline.wire.sip.address import parse_name_addr, parse_via, user_of
from hotline.wire.sip.codec import Malformed, decode
from hotline.wire.sip.dialog import dialog_id_of
from hotline.wire.sip.digest import parse_credentials
from hotline.wire.sip.flow import Flow
from hotline.wire.sip.message import Request, Response
from hotline.wire.sip.transactions import RequestReceived, Transactions
from tests.unit.rfc4475_messages import MESSAGES, Torture

BY_NAME = {torture.name: torture for torture in MESSAGES}
FLOW = Flow("UDP", "192.0.2.1", 5060, "127.0.0.1:5060")


def read(name: str) -> Request:
    message = decode(BY_NAME[name].message)
    assert isinstance(message, Request)
    return message


@pytest.mark.parametrize("torture", MESSAGES, ids=lambda torture: torture.name)
def test_each_message_is_accepted_or_refused_as_the_rfc_says(torture: Torture) -> None:
    try:
        decode(torture.message)
        verdict = "accept"
    except Malformed as error:
        verdict = str(error.status) if error.request is not None else "drop"
    assert torture.verdict in (verdict, "either")


@pytest.mark.parametrize("torture", MESSAGES, ids=lambda torture: torture.name)
def test_the_transaction_layer_takes_whatever_the_parser_accepts(torture: Torture) -> None:
    try:
        message = decode(torture.message)
    except Malformed:
        return
    transactions = Transactions(Timing(), lambda: "token")
    transactions.receive(message, FLOW, 0.0)
    received = [output for output in transactions.take_outputs() if isinstance(output, RequestReceived)]
    assert len(received) == isinstance(message, Request)
    if isinstance(message, Request):
        dialog_id_of(message)
        unacceptable(message)


def test_the_short_tortuous_invite_means_what_it_says() -> None:
    invite = read("wsinv")
    assert (invite.method, invite.cseq_number, invite.cseq_method) == ("INVITE", 9, "INVITE")
    caller = parse_name_addr(invite.get("from") or "")
    assert (caller.display, caller.uri, caller.tag) == (
        'J Rosenberg \\"',
        "sip:jdrosen@example.com",
        "98asjd8",
    )
    assert parse_name_addr(invite.get("to") or "").tag == "1918181833n"
    vias = [parse_via(value) for value in invite.all("via")]
    assert [(via.transport, via.host, via.branch) for via in vias] == [
        ("UDP", "192.0.2.2", "390skdjuw"),
        ("TCP", "spindle.example.com", "z9hG4bK9ikj8"),
        ("UDP", "192.168.255.111", "z9hG4bK30239"),
    ]
    contact = parse_name_addr(invite.get("contact") or "")
    assert (contact.display, contact.param("newparam"), contact.param("secondparam")) == (
        'Quoted string ""',
        "newvalue",
        "",
    )
    assert len(invite.body) == 150


def test_escapes_in_the_user_part_do_not_make_another_user() -> None:
    assert user_of(read("esc01").uri) == "sips:user@example.com"
    assert user_of(read("semiuri").uri) == "user"
    assert user_of(parse_name_addr(read("escnull").get("to") or "").uri) == "null-\0-null"


def test_a_percent_in_a_method_or_header_name_is_no_escape() -> None:
    request = read("esc02")
    assert request.method == "RE%47IST%45R"
    assert len(request.all("contact")) == 2


def test_bytes_beyond_content_length_are_another_matter() -> None:
    assert read("dblreq").body == b""


def test_reasons_may_be_empty_or_in_any_script() -> None:
    responses = [decode(BY_NAME[name].message) for name in ("unreason", "noreason")]
    assert [response.status for response in responses if isinstance(response, Response)] == [200, 100]


def test_an_unknown_authorization_scheme_is_like_none() -> None:
    assert parse_credentials(read("regaut01").get("authorization") or "") is None


@pytest.mark.parametrize(
    ("name", "status"), [("unkscm", 416), ("novelsc", 416), ("bext01", 420), ("sdp01", 406), ("zeromf", None)]
)
def test_what_is_valid_but_not_for_us_is_refused_with_the_right_status(name: str, status: int | None) -> None:
    refused = unacceptable(read(name))
    assert (refused.status if refused else None) == status


def test_old_elements_without_branch_are_matched_by_the_old_rules() -> None:
    transactions = Transactions(Timing(), lambda: "token")
    for name in ("inv2543", "badbranch"):
        for _ in range(2):
            transactions.receive(read(name), FLOW, 0.0)
        received = [output for output in transactions.take_outputs() if isinstance(output, RequestReceived)]
        assert len(received) == 1
