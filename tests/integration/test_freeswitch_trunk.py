"""Calls out through a trunk on a real FreeSWITCH, to sipp as the carrier: plain, and where the carrier asks for a password."""

import asyncio
from contextlib import AsyncExitStack, closing
from pathlib import Path

import numpy as np
import pytest

from hotline.adapters.sip_caller.phone import SipPhone
from hotline.core.ids import LegId, TrunkId
from hotline.core.switching import (
    Answer,
    Bridge,
    HangUp,
    LegAnswered,
    LegHungUp,
    LegIncoming,
    Originate,
    ToTrunk,
)
from hotline.wire.sip.digest import Credentials, expected_response, ha1, parse_credentials
from hotline.wire.sip.message import Request, response_to
from tests.contract.stages import STAGES, running_node
from tests.peers.freeswitch import needs_freeswitch
from tests.peers.raw_sip import RawUdp
from tests.peers.sip_programs import SIPP, Sipp
from tests.peers.switch_desk import NUMBER, directory, trunk
from tests.ports import free_port

SCENARIOS = Path(__file__).parents[1] / "peers" / "sipp"
OUT = LegId("3e0e9f4c-58a6-4f0b-9d2e-6a6b0c1d2e3f")
needs_sipp = pytest.mark.skipif(SIPP is None, reason="sipp is not installed")


@needs_freeswitch
@needs_sipp
@pytest.mark.req("TEL-1", "TEL-2")
@pytest.mark.parametrize(
    ("scenario", "password"),
    [("trunk_answer.xml", "secret"), ("trunk_challenge.xml", "secret"), ("trunk_challenge.xml", "wrong")],
)
async def test_sipp_is_called_through_the_trunk_and_hears_the_citizen(
    tmp_path: Path, scenario: str, password: str
) -> None:
    port = free_port()
    async with STAGES["freeswitch"](tmp_path) as stage:
        await stage.do(directory(trunk(f"127.0.0.1:{port}", username="gw", password=password)))
        sipp = await Sipp.start(
            tmp_path, "-sf", str(SCENARIOS / scenario), "-p", str(port), "-m", "1", "-rtp_echo"
        )
        phone = SipPhone((await running_node()).trunks)
        try:
            call = phone.call(NUMBER, shown="13800138000")
            citizen = (await stage.wait(LegIncoming)).leg_id
            out = ToTrunk(trunk_id=TrunkId("demo"), number="13900139000")
            await stage.do(
                Answer(leg_id=citizen), Originate(leg_id=OUT, to=out, shown_number=NUMBER, near=citizen)
            )
            if password == "wrong":
                assert (await stage.wait(LegHungUp, leg_id=OUT)).sip_status == 403
                return
            await stage.wait(LegAnswered, leg_id=OUT)
            await stage.do(Bridge(leg_id=citizen, peer_id=OUT))
            call.audio.say(bytes(range(256)) * 200, repeat=True)
            async with asyncio.timeout(10):
                while np.abs(np.frombuffer(call.audio.recording(), dtype="<i2")).max(initial=0) < 1_000:
                    await asyncio.sleep(0.05)
            await stage.do(HangUp(leg_id=OUT), HangUp(leg_id=citizen))
            await stage.wait(LegHungUp, leg_id=OUT)
            assert await sipp.ended() == 0
        finally:
            await sipp.stop()
            await phone.close()


@needs_freeswitch
@pytest.mark.req("TEL-1", "TEL-2")
@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("gw", "a,b=c"),
        ("o'brien", "it's}{{\\ \"$${x}|;^<>&"),
        ("g w", "ends in a blank "),
        ("用户", "口令，}"),
    ],
)
async def test_a_carrier_gets_user_name_and_password_as_they_were_typed(
    tmp_path: Path, username: str, password: str
) -> None:
    async with AsyncExitStack() as stack:
        stage = await stack.enter_async_context(STAGES["freeswitch"](tmp_path))
        carrier = stack.enter_context(closing(RawUdp((await running_node()).trunk_port)))
        await stage.do(directory(trunk(carrier.local, username=username, password=password)))
        out = ToTrunk(trunk_id=TrunkId("demo"), number="13900139000")
        await stage.do(Originate(leg_id=OUT, to=out, shown_number=NUMBER))
        given = await _challenged(carrier)
        assert given.username == username
        expected = expected_response(given, ha1(username, "carrier", password), "INVITE")
        assert given.response == expected
        await stage.wait(LegHungUp, leg_id=OUT)


async def _challenged(carrier: RawUdp) -> Credentials:
    """Ask the caller for a password; refuse the call when the answer is here and return it."""
    while True:
        asked = await carrier.receive()
        if not isinstance(asked, Request) or asked.method != "INVITE":
            continue
        answer = asked.get("authorization")
        if answer is None:
            challenge = 'Digest realm="carrier", nonce="f84f1cec", qop="auth", algorithm=MD5'
            carrier.send(response_to(asked, 401, to_tag="c").having(("www-authenticate", challenge)))
            continue
        carrier.send(response_to(asked, 486, to_tag="c"))
        given = parse_credentials(answer)
        assert given is not None
        return given
