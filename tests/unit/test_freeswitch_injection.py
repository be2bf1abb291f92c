"""What people set up or telephones say of themselves becomes an address in a FreeSWITCH order, or nothing."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hotline.adapters.freeswitch.orders import originate
from hotline.core.ids import DeviceId, LegId, TrunkId
from hotline.core.switching import Originate, ToDevice, ToTrunk
from tests.peers.switch_desk import trunk


def to_device(contact: str) -> str | None:
    order = Originate(leg_id=LegId("leg"), to=ToDevice(device_id=DeviceId("1001")), shown_number="12345")
    return originate(order, "hotline", None, contact)


def to_trunk(**changes: str) -> str | None:
    order = Originate(
        leg_id=LegId("leg"), to=ToTrunk(trunk_id=TrunkId("demo"), number="13900139000"), shown_number="12345"
    )
    return originate(order, "hotline", trunk(**changes))


@pytest.mark.req("ADM-6")
@pytest.mark.parametrize(
    "contact",
    [
        "sip:1001@192.0.2.7:5060",
        "sip:1001@192.0.2.7:5060;transport=tcp;line=a-b_c",
        "sip:1001@127.0.0.1:45244;fs_path=%3Csip%3A127.0.0.1%3A35375%3Blr%3Bfrom%3D127.0.0.1~45244~udp%3E",
        "sip:x@browser.invalid;fs_nat=yes;fs_path=sip%3A10.0.0.10",
        "sip:1001@[2001:db8::7]:5060",
    ],
)
def test_a_telephone_is_called_where_it_registered(contact: str) -> None:
    order = to_device(contact)
    assert order is not None
    assert f"sofia/agents/{contact} &park() XML default " in order


@pytest.mark.req("ADM-6")
@pytest.mark.parametrize(
    "contact",
    [
        "sip:x,sofia/trunks/sip:0190@192.0.2.1",
        "sip:x@192.0.2.1|sofia/trunks/sip:0190@192.0.2.1",
        "sip:x@192.0.2.1 &system(reboot)",
        "sip:x@192.0.2.1;a={api_on_answer=reboot}",
        "sip:x@192.0.2.1;a=[absolute_codec_string=x]:_:sofia/trunks/1",
        "sip:x@192.0.2.1\napi shutdown",
        "sip:$" + "{system(reboot)}@192.0.2.1",
    ],
)
def test_a_contact_that_could_be_more_than_an_address_is_not_dialled(contact: str) -> None:
    assert to_device(contact) is None


@pytest.mark.req("ADM-6")
@pytest.mark.parametrize(
    "changes",
    [
        {"username": "gw", "password": "a:_:sofia/trunks/1"},
        {"username": "gw", "password": "a\nb"},
        {"username": "gw:1", "password": "secret"},
        {"username": "gw", "password": "x" * 200},
        {"gateway": "192.0.2.1:5060,sofia/trunks/0190@192.0.2.1"},
        {"gateway": "192.0.2.1 &system(reboot)"},
    ],
)
def test_a_trunk_that_cannot_be_said_safely_is_not_dialled(changes: dict[str, str]) -> None:
    assert to_trunk(**changes) is None


@pytest.mark.req("TEL-1")
def test_a_trunk_with_a_password_is_dialled_with_it() -> None:
    order = to_trunk(gateway="192.0.2.1:5060", username="gw", password="s3cret-!x")
    assert order is not None
    assert "sip_auth_password=s3cret-!x" in order


LOG_INS = st.text(
    st.one_of(st.sampled_from(" ,'\"\\\\{}[]=|$;^<>&snrt"), st.characters(codec="utf-8", exclude_categories=("C", "Z"))),
    min_size=1,
    max_size=24,
).filter(lambda text: ":" not in text and text.isprintable())  # fmt: skip


@pytest.mark.req("TEL-1", "ADM-6")
@given(username=LOG_INS, password=LOG_INS)
@example(username="gw", password="a,api_on_answer=reboot")
@example(username="gw'", password="a}sofia/trunks/1")
@example(username="g w", password="}}{,' \\\\s")
@settings(max_examples=200)
def test_any_log_in_comes_out_of_the_order_as_it_is_and_says_nothing_else(
    username: str, password: str
) -> None:
    plain = to_trunk(gateway="192.0.2.1:5060", username="gw", password="secret")
    order = to_trunk(gateway="192.0.2.1:5060", username=username, password=password)
    assert plain is not None and order is not None
    target, variables = read(order)
    expected_target, expected = read(plain)
    assert target == expected_target
    assert variables.pop("sip_auth_username") == username
    assert variables.pop("sip_auth_password") == password
    assert variables.keys() - {"hotline_even", "origination_nested_vars"} < expected.keys()


def read(order: str) -> tuple[list[str], dict[str, str]]:
    """Take an order apart as FreeSWITCH does: arguments, the braces by counting, variables, names and values."""
    first, *arguments = split(order.removeprefix("bgapi originate "), " ")
    depth = end = 0
    for end, c in enumerate(first):  # noqa: B007 - where it ends is wanted
        depth += (c == "{") - (c == "}")
        if depth == 0:
            break
    pairs = (split(pair, "=", 2) for pair in split(first[1:end], ","))
    return [first[end + 1 :], *arguments], {pair[0]: pair[1] for pair in pairs if len(pair) == 2}


def split(text: str, delimiter: str, most: int = 1024) -> list[str]:
    """`switch_separate_string`: quotes and backslashes protect the delimiter; one level of both is taken away."""
    parts, part, quoted, at = [], "", False, 0
    while at < len(text):
        c = text[at]
        if c == "\\" and at + 1 < len(text):
            part += text[at : at + 2]
            at += 2
            continue
        if c == "'" and (quoted or "'" in text[at + 1 :]):
            quoted = not quoted
        if c == delimiter and not quoted and len(parts) < most - 1:
            parts.append(part)
            part = ""
        else:
            part += c
        at += 1
    return [cleaned(one, delimiter) for one in (*parts, part)]


def cleaned(text: str, delimiter: str) -> str:
    """`cleanup_separated_string`."""
    out, keep, quoted, at = "", 0, False, 0
    text = text.lstrip(" ")
    while at < len(text):
        c = text[at]
        following = text[at + 1] if at + 1 < len(text) else ""
        if c == "\\" and following and following in f"'\"\\{delimiter}nrts":
            out += {"n": "\n", "r": "\r", "t": "\t", "s": " "}.get(following, following)
            at += 2
            keep = len(out)
            continue
        if c == "'" and (quoted or "'" in text[at + 1 :]):
            quoted = not quoted
            keep = len(out) if quoted else keep
        else:
            out += c
            if c != " " or quoted:
                keep = len(out)
        at += 1
    return out[:keep]
