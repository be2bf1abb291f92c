"""Two real FreeSWITCH nodes behind a real Kamailio with the configuration that we deliver."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio

from hotline.adapters.freeswitch.directory_server import DirectoryServer
from hotline.adapters.sip_caller.conversation import Conversation
from hotline.adapters.sip_caller.phone import SipPhone
from hotline.wire.sip.codec import decode
from hotline.wire.sip.message import Request, response_to
from tests.integration.test_freeswitch_directory import register, signed, user_of
from tests.peers.freeswitch import PASSWORD, FreeSwitchNode, freeswitch_node, needs_freeswitch
from tests.peers.kamailio import KAMAILIO, Kamailio, kamailio_before, needs_kamailio
from tests.peers.raw_sip import SDP, RawUdp, RawWs, request
from tests.peers.switch_desk import NUMBER, directory, trunk
from tests.ports import free_block, free_port

CARRIER, STRANGER = "127.0.0.2", "127.0.0.3"


class Site:
    """Two nodes, a dispatcher, a directory."""

    def __init__(self, nodes: list[FreeSwitchNode], dispatcher: Kamailio) -> None:
        self.nodes = nodes
        self.dispatcher = dispatcher

    async def home_of(self, device: str) -> FreeSwitchNode:
        """The one node where this telephone is registered."""
        async with asyncio.timeout(10):
            while True:
                found = [n for n in self.nodes if f"\n{device},hotline," in await n.api("show registrations")]
                if found:
                    assert len(found) == 1
                    return found[0]
                await asyncio.sleep(0.05)

    async def parked(self, node: FreeSwitchNode) -> list[str]:
        """Calls that wait at a node."""
        lines = (await node.api("show channels")).splitlines()
        legs = [line.partition(",")[0] for line in lines if ",park," in line]
        return [leg for leg in legs if await node.api(f"uuid_exists {leg}") == "true"]


@needs_kamailio
@pytest.mark.req("OPS-5", "TEL-2")
def test_the_delivered_configuration_is_valid(tmp_path: Path) -> None:
    assert KAMAILIO is not None
    main = Kamailio(tmp_path, []).configure()
    ended = subprocess.run([KAMAILIO, "-c", "-f", str(main)], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "ERROR" not in ended.stderr
    assert "WARNING" not in ended.stderr


@pytest_asyncio.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with AsyncExitStack() as stack:
        server = DirectoryServer(("127.0.0.1", free_port()), PASSWORD)
        await server.start()
        stack.push_async_callback(server.close)
        server.provision(directory(trunk(peers=(f"{CARRIER}/32",))))
        nodes = [
            await stack.enter_async_context(
                freeswitch_node(
                    tmp_path / name,
                    name=name,
                    directory="{}:{}".format(*server.address),
                    rtp=free_block(200),
                    settings={"HOTLINE_FS_PROXIES": "127.0.0.1/32"},
                )
            )
            for name in ("one", "two")
        ]
        dispatcher = await stack.enter_async_context(kamailio_before(tmp_path / "kamailio", nodes))
        yield Site(nodes, dispatcher)


@needs_freeswitch
@needs_kamailio
@pytest.mark.slow
@pytest.mark.req("TEL-2", "TEL-3")
async def test_a_telephone_registers_at_one_node_and_is_called_from_every_node(site: Site) -> None:
    phone = SipPhone(("127.0.0.1", site.dispatcher.phone_port), username="1001", password="demo-1001")
    rung: asyncio.Queue[Conversation] = asyncio.Queue()

    def rings(call: Conversation) -> None:
        call.ring()
        rung.put_nowait(call)

    phone.on_call = rings
    try:
        await phone.register()
        home = await site.home_of("1001")
        contact = (await home.api("sofia_contact agents/1001@hotline")).strip()
        for node in site.nodes:
            leg = (await node.api("create_uuid")).strip()
            await node.api(f"bgapi originate {{origination_uuid={leg}}}{contact} &park()")
            async with asyncio.timeout(10):
                call = await rung.get()
            call.answer()
            await answered(node, leg)
            await node.api(f"uuid_kill {leg}")
            async with asyncio.timeout(10):
                await call.over.wait()
    finally:
        await phone.close()


@needs_freeswitch
@needs_kamailio
@pytest.mark.slow
@pytest.mark.req("TEL-2", "TEL-3")
async def test_a_browser_registers_through_the_dispatcher_and_is_called_from_every_node(site: Site) -> None:
    raw = await RawWs.open(site.dispatcher.ws_port)
    try:
        assert (await signed(raw, register("1001-web"), *user_of("1001-web"))).status == 200
        home = await site.home_of("1001-web")
        contact = (await home.api("sofia_contact agents/1001-web@hotline")).strip()
        for node in site.nodes:
            leg = (await node.api("create_uuid")).strip()
            await node.api(f"bgapi originate {{origination_uuid={leg},media_webrtc=true}}{contact} &park()")
            async with asyncio.timeout(10):
                frame = await raw.connection.recv()
            invite = decode(frame.encode() if isinstance(frame, str) else frame)
            assert isinstance(invite, Request)
            assert invite.method == "INVITE"
            assert b"fingerprint" in invite.body, "a browser is offered encrypted sound"
            await raw.connection.send(response_to(invite, 486, to_tag="busy").encode().decode())
            async with asyncio.timeout(10):
                frame = await raw.connection.recv()
            assert str(frame if isinstance(frame, str) else frame.decode()).startswith("ACK ")
    finally:
        await raw.close()


@needs_freeswitch
@needs_kamailio
@pytest.mark.slow
@pytest.mark.req("TEL-2", "TEL-3")
async def test_a_telephone_whose_node_has_died_registers_at_another(site: Site) -> None:
    phone = SipPhone(("127.0.0.1", site.dispatcher.phone_port), username="1001", password="demo-1001")
    try:
        await phone.register()
        home = await site.home_of("1001")
        (other,) = (node for node in site.nodes if node is not home)
        home.kill()
        await phone.register()
        async with asyncio.timeout(10):
            while "\n1001,hotline," not in await other.api("show registrations"):
                await asyncio.sleep(0.05)
    finally:
        await phone.close()


async def answered(node: FreeSwitchNode, leg: str) -> None:
    async with asyncio.timeout(10):
        while await node.api(f"uuid_getvar {leg} endpoint_disposition") != "ANSWER":
            await asyncio.sleep(0.05)


@needs_freeswitch
@needs_kamailio
@pytest.mark.slow
@pytest.mark.req("TEL-1", "TEL-2", "ADM-6")
async def test_carriers_calls_are_spread_over_the_nodes_and_a_dead_node_takes_no_call_with_it(
    site: Site,
) -> None:
    carrier = RawUdp(site.dispatcher.trunk_port, CARRIER)
    stranger = RawUdp(site.dispatcher.trunk_port, STRANGER)
    try:
        stranger.send(call_from(stranger))
        assert (await stranger.final()).status == 403
        stranger.send(call_from(stranger).having(("x-auth-ip", CARRIER)))
        assert (await stranger.final()).status == 403, "nobody speaks for another"
        for _ in range(4):
            carrier.send(call_from(carrier))
        async with asyncio.timeout(10):
            while [len(await site.parked(node)) for node in site.nodes] != [2, 2]:
                await asyncio.sleep(0.05)
        site.nodes[0].kill()
        for _ in range(4):
            carrier.send(call_from(carrier))
        async with asyncio.timeout(15):
            while len(await site.parked(site.nodes[1])) != 6:
                await asyncio.sleep(0.05)
    finally:
        carrier.close()
        stranger.close()


def call_from(raw: RawUdp) -> Request:
    return request("INVITE", f"sip:{NUMBER}@127.0.0.1", raw.local, body=SDP)
