"""The delivered FreeSWITCH configuration and our answers to its mod_xml_curl, on a real FreeSWITCH: who may register and who may call."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from hotline.adapters.freeswitch.directory_server import DirectoryServer
from hotline.adapters.sip_caller.phone import RegistrationFailed, SipPhone
from hotline.core.switching import Provision
from hotline.wire.sip.digest import answer_challenge, browser_password
from hotline.wire.sip.message import Request, Response
from tests.peers.freeswitch import PASSWORD, FreeSwitchNode, freeswitch_node, needs_freeswitch
from tests.peers.raw_sip import SDP, RawUdp, RawWs, request
from tests.peers.switch_desk import NUMBER, SECRET, directory, trunk
from tests.ports import free_port

pytestmark = [needs_freeswitch, pytest.mark.asyncio(loop_scope="module")]
HERE = directory()
ELSEWHERE = directory(trunk(peers=("192.0.2.0/24",)))


class Site:
    """A node and the server of its directory."""

    def __init__(self, node: FreeSwitchNode, server: DirectoryServer, address: tuple[str, int]) -> None:
        self.node = node
        self.server = server
        self._address = address

    async def provision(self, provision: Provision) -> None:
        self.server.provision(provision)
        for command in self.server.digests():
            assert "+OK" in await self.node.api(command)

    async def restart_application(self) -> None:
        await self.server.close()
        self.server = DirectoryServer(self._address, PASSWORD)
        await self.server.start()

    async def registered(self) -> str:
        return await self.node.api("show registrations")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    address = ("127.0.0.1", free_port())
    server = DirectoryServer(address, PASSWORD)
    await server.start()
    server.provision(HERE)
    folder: Path = tmp_path_factory.mktemp("node")
    async with freeswitch_node(folder, directory=f"127.0.0.1:{address[1]}") as node:
        site = Site(node, server, address)
        yield site
        await site.server.close()


@pytest_asyncio.fixture(loop_scope="module")
async def site(shared: Site) -> Site:
    await shared.provision(HERE)
    return shared


def user_of(device_id: str, lifetime_s: float = 60) -> tuple[str, str]:
    user = f"{int(time.time() + lifetime_s)}:{device_id}"
    return user, browser_password(SECRET, user)


async def signed(raw: RawWs, made: Request, user: str, password: str) -> Response:
    """Ask twice, as a telephone does: without and with a signature."""
    refused = await raw.ask(made)
    proxy = refused.status == 407
    assert refused.status in (401, 407), refused
    if made.method == "INVITE":
        await raw.connection.send(_ack(made, refused).encode().decode())
    value = answer_challenge(
        refused.get("proxy-authenticate" if proxy else "www-authenticate") or "",
        method=made.method,
        uri=made.uri,
        username=user,
        password=password,
        cnonce="c",
    )
    via = (made.get("via") or "").replace("branch=z9hG4bK", "branch=z9hG4bKagain")
    name = "proxy-authorization" if proxy else "authorization"
    return await raw.ask(made.having((name, value or ""), ("cseq", f"2 {made.method}"), ("via", via)))


def _ack(made: Request, refused: Response) -> Request:
    kept = tuple((name, made.get(name) or "") for name in ("via", "from", "call-id", "max-forwards"))
    headers = (*kept, ("to", refused.get("to") or ""), ("cseq", "1 ACK"))
    return Request(method="ACK", uri=made.uri, headers=headers)


def register(device_id: str) -> Request:
    contact = ("contact", f"<sip:{device_id}@{RawWs.local};transport=ws>")
    to = ("to", f"<sip:{device_id}@hotline>")
    return request("REGISTER", "sip:hotline", RawWs.local, headers=(to, contact), transport="WS")


def invite(number: str, local: str, transport: str) -> Request:
    return request("INVITE", f"sip:{number}@127.0.0.1", local, body=SDP, transport=transport)


@pytest.mark.req("TEL-2", "TEL-3")
async def test_a_telephone_registers_with_its_password_and_with_no_other(site: Site) -> None:
    right = SipPhone(site.node.agents, username="1001", password="demo-1001")
    wrong = SipPhone(site.node.agents, username="1002", password="guess")
    nobody = SipPhone(site.node.agents, username="4711", password="demo-4711")
    try:
        await right.register()
        for phone in (wrong, nobody):
            with pytest.raises(RegistrationFailed):
                await phone.register()
        await listed(site, "1001")
        assert "\n4711," not in await site.registered()
    finally:
        for phone in (right, wrong, nobody):
            await phone.close()


@pytest.mark.req("TEL-2", "OPS-2")
async def test_telephones_stay_registered_while_the_application_is_away_and_a_changed_directory_is_known_at_once(
    site: Site,
) -> None:
    phone = SipPhone(site.node.agents, username="1001", password="demo-1001")
    late = SipPhone(site.node.agents, username="1002", password="demo-1002")
    try:
        await phone.register()
        await site.server.close()
        await phone.register()
        with pytest.raises(RegistrationFailed):
            await late.register()
        await site.restart_application()
        asking = asyncio.create_task(late.register(), name="early-telephone")
        await asyncio.sleep(0.2)  # it asks before the application has read its database, and is kept waiting
        site.server.provision(HERE)
        await asking
        await site.provision(
            Provision(realm="hotline", devices=(), trunks=(), browser_secret="", web_numbers=())
        )
        with pytest.raises(RegistrationFailed):
            await phone.register()
    finally:
        await phone.close()
        await late.close()


@pytest.mark.req("TEL-3", "ADM-6")
async def test_a_browser_registers_as_the_device_of_its_log_in_and_as_no_other(site: Site) -> None:
    raw = await RawWs.open(site.node.ws_port)
    try:
        assert (await signed(raw, register("1001-web"), *user_of("1001-web"))).status == 200
        await listed(site, "1001-web")
        assert (await signed(raw, register("1001-web"), *user_of("1002-web"))).status == 403
        assert (await signed(raw, register("1002-web"), *user_of("1001-web", 90))).status == 403
        assert (await signed(raw, register("1001-web"), *user_of("1001-web", -60))).status == 403
        assert "1002-web" not in await site.registered()
    finally:
        await raw.close()


@pytest.mark.req("TEL-3", "ADM-6")
async def test_a_log_in_that_was_right_once_cannot_register_another_telephone_from_the_nodes_memory(
    site: Site,
) -> None:
    raw = await RawWs.open(site.node.ws_port)
    user, password = user_of("1001-web")
    try:
        assert (await signed(raw, register("1001-web"), user, password)).status == 200
        await site.server.close()
        answer = await signed(raw, register("1002-web"), user, password)
        assert answer.status == 200  # the node remembers the log-in …
        assert "\n1002-web," not in await site.registered(), "… and forces its own device"
    finally:
        await site.restart_application()
        await raw.close()


@pytest.mark.req("TEL-3", "ADM-6")
async def test_a_guest_calls_the_web_numbers_and_nothing_else(site: Site) -> None:
    raw = await RawWs.open(site.node.ws_port)
    user, password = user_of("guest-1")
    try:
        assert (await signed(raw, register("guest-1"), user, password)).status == 403
        assert (await signed(raw, invite("13900139000", RawWs.local, "WS"), user, password)).status == 403
        calling = asyncio.create_task(
            signed(raw, invite(NUMBER, RawWs.local, "WS"), user, password), name="guest-calls"
        )
        leg = await parked(site)
        assert await site.node.api(f"uuid_getvar {leg} hotline_kind") == "web"
        assert await site.node.api(f"uuid_getvar {leg} hotline_device") == "guest-1"
        await site.node.api(f"uuid_kill {leg} USER_BUSY")
        assert (await calling).status == 486
    finally:
        await raw.close()


@pytest.mark.req("TEL-1", "TEL-2", "ADM-6")
async def test_only_listed_peers_call_through_the_trunks_and_are_parked_without_an_answer(site: Site) -> None:
    peer = RawUdp(site.node.trunk_port)
    try:
        peer.send(invite(NUMBER, peer.local, "UDP"))
        leg = await parked(site)
        assert await site.node.api(f"uuid_getvar {leg} hotline_from") == "trunk"
        assert await site.node.api(f"uuid_getvar {leg} sip_network_ip") == "127.0.0.1"
        assert await site.node.api(f"uuid_exists {leg}") == "true"
        await site.node.api(f"uuid_kill {leg} USER_BUSY")
        assert (await peer.final()).status == 486
        await site.provision(ELSEWHERE)
        peer.send(invite(NUMBER, peer.local, "UDP"))
        assert (await peer.final()).status == 403
    finally:
        peer.close()


@pytest.mark.req("TEL-1", "ADM-6")
async def test_strangers_reach_nothing_by_the_telephones_door(site: Site) -> None:
    stranger = RawUdp(site.node.agent_port)
    try:
        stranger.send(invite("13900139000", stranger.local, "UDP"))
        assert (await stranger.final()).status == 407
        assert ",park," not in await site.node.api("show channels")
    finally:
        stranger.close()


async def listed(site: Site, device: str) -> None:
    """Wait until the node lists this telephone."""
    async with asyncio.timeout(10):
        while f"\n{device},hotline," not in await site.registered():
            await asyncio.sleep(0.05)


async def parked(site: Site) -> str:
    """The one call that is parked, once it is."""
    async with asyncio.timeout(10):
        while True:
            for line in (await site.node.api("show channels")).splitlines():
                leg = line.partition(",")[0]
                if ",park," in line and await site.node.api(f"uuid_exists {leg}") == "true":
                    return leg  # the list runs behind; the leg itself does not
            await asyncio.sleep(0.05)
