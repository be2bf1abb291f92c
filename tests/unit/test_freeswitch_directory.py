"""What mod_xml_curl is told, and to whom nothing is told. The same on a real FreeSWITCH: tests/integration/test_freeswitch_directory.py."""

import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from hotline.adapters.freeswitch.directory import CACHE_S, NOT_FOUND, Directory
from hotline.core.ids import TrunkId
from hotline.wire.sip.digest import Credentials, browser_password, expected_response, ha1
from hotline.wire.sip.limits import LockOut
from tests.peers.switch_desk import NUMBER, SECRET, directory, trunk

NOW = 1_800_000_000.0


def ask(username: str, password: str, method: str = "REGISTER", **more: str) -> dict[str, str]:
    """A question as mod_xml_curl puts it, with the digest that a telephone would make."""
    given = Credentials(
        username=username, realm="hotline", nonce="n", uri="sip:hotline", response="",
        qop="auth", nc="00000001", cnonce="c",
    )  # fmt: skip
    return {
        "section": "directory",
        "action": "sip_auth",
        "domain": "hotline",
        "ip": "192.0.2.7",
        "sip_auth_username": username,
        "sip_auth_realm": "hotline",
        "sip_auth_nonce": "n",
        "sip_auth_uri": "sip:hotline",
        "sip_auth_qop": "auth",
        "sip_auth_nc": "00000001",
        "sip_auth_cnonce": "c",
        "sip_auth_response": expected_response(given, ha1(username, "hotline", password), method),
        "sip_auth_method": method,
        "sip_to_user": username.partition(":")[2] or username,
        **more,
    }


def answer(asked: dict[str, str], lock_out: LockOut | None = None) -> str:
    made = Directory(lock_out)
    made.provision(directory())
    return made.answer(asked, now=0.0, unix_now=NOW)


def browser(device: str, lifetime_s: int = 3600) -> tuple[str, str]:
    user = f"{int(NOW) + lifetime_s}:{device}"
    return user, browser_password(SECRET, user)


@pytest.mark.req("TEL-3")
def test_the_right_password_is_answered_with_the_hash_and_the_device() -> None:
    user = ET.fromstring(answer(ask("1001", "demo-1001"))).find(".//user")
    assert user is not None
    told = {one.get("name"): one.get("value") for one in user.iter() if one.get("name")}
    assert told == {
        "a1-hash": ha1("1001", "hotline", "demo-1001"),
        "sip-force-user": "1001",
        "hotline_device": "1001",
        "hotline_kind": "device",
    }
    assert user.get("cacheable") == str(CACHE_S * 1000)


@pytest.mark.req("ADM-6")
@pytest.mark.parametrize(
    "asked",
    [
        ask("1001", "guess"),
        ask("4711", "demo-4711"),
        ask("1001", "demo-1001", sip_to_user="1002"),
        ask("1001", "demo-1001", sip_auth_realm="elsewhere"),
        ask("1001", "demo-1001", sip_auth_response="\u4e00"),
        ask("1001", "demo-1001", domain="hotline-trunks", user="demo"),
        ask(*browser("1001-web", -1)),
        ask(*browser("guest-1")),
        ask(*browser("guest-1"), method="INVITE", sip_request_user="13900139000"),
        ask(f"{int(NOW) + 60}:1001-web", browser_password("", f"{int(NOW) + 60}:1001-web")),
        {"section": "directory", "domain": "hotline", "user": "1001"},
        {"section": "configuration", "key_value": "acl.conf"},
        {},
    ],
)
def test_nothing_is_told_to_others(asked: dict[str, str]) -> None:
    assert answer(asked) == NOT_FOUND


@pytest.mark.req("TEL-3")
def test_a_guest_may_call_a_web_number_and_is_asked_each_time() -> None:
    text = answer(ask(*browser("guest-1"), method="INVITE", sip_request_user=NUMBER))
    user = ET.fromstring(text).find(".//user")
    assert user is not None
    assert user.get("cacheable") is None
    assert 'value="web"' in text


@pytest.mark.req("TEL-3")
def test_a_browser_is_remembered_no_longer_than_its_log_in_lasts() -> None:
    user = ET.fromstring(answer(ask(*browser("1001-web", 60)))).find(".//user")
    assert user is not None
    assert user.get("cacheable") == "60000"


@pytest.mark.req("ADM-6")
def test_guessing_locks_out_even_the_right_password() -> None:
    made = Directory(LockOut(limit=3))
    made.provision(directory())
    for _ in range(3):
        made.answer(ask("1001", "guess"), now=0.0, unix_now=NOW)
    assert made.answer(ask("1001", "demo-1001"), now=1.0, unix_now=NOW) == NOT_FOUND
    assert made.answer(ask("1001", "demo-1001", ip="192.0.2.8"), now=1.0, unix_now=NOW) != NOT_FOUND
    assert made.answer(ask("1001", "demo-1001"), now=400.0, unix_now=NOW) != NOT_FOUND


@pytest.mark.req("TEL-1")
def test_the_access_list_has_every_peer_of_every_trunk_and_a_trunk_has_no_password() -> None:
    made = Directory()
    strange = trunk(trunk_id=TrunkId('a"<b'), peers=("192.0.2.1", "2001:db8::/32"))
    made.provision(directory(trunk(), strange))
    listed = ET.fromstring(
        made.answer(
            {"section": "directory", "purpose": "network-list", "domain": "hotline-trunks"},
            now=0,
            unix_now=NOW,
        )
    )
    assert {user.get("id"): user.get("cidr") for user in listed.iter("user")} == {
        "demo": "127.0.0.1/32",
        'a"<b': "192.0.2.1/32,2001:db8::/32",
    }
    one = made.answer(
        {"section": "directory", "domain": "hotline-trunks", "user": "demo"}, now=0, unix_now=NOW
    )
    assert [user.get("id") for user in ET.fromstring(one).iter("user")] == ["demo"]
    assert "a1-hash" not in one


def test_another_realm_than_the_nodes_is_refused() -> None:
    made = Directory()
    with pytest.raises(ValueError, match="realm"):
        made.provision(replace(directory(), realm="other"))
