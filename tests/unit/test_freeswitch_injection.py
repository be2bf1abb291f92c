"""What people set up or telephones say of themselves becomes an address in a FreeSWITCH order, or nothing."""

import pytest

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
    assert order.endswith(f"sofia/agents/{contact} &park()")


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
        {"username": "gw", "password": "a,api_on_answer=reboot"},
        {"username": "gw", "password": "a}sofia/trunks/1"},
        {"username": "gw'", "password": "secret"},
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
