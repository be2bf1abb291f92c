"""Killed processes: the application in the middle of a talk, and the voice process in the middle of a talk."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hotline.adapters.sip_caller.conversation import Conversation
from tests.peers.installation import Installation

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture
async def installation(tmp_path: Path) -> AsyncIterator[Installation]:
    installation = Installation(tmp_path)
    await installation.start()
    yield installation
    assert await installation.stop() == 0
    assert installation.voice_pid() == 0


@pytest.mark.req("OPS-2")
async def test_a_talk_outlives_the_application_and_its_record_is_complete(installation: Installation) -> None:
    await installation.agent_ready()
    call = await installation.call_an_agent()
    voice = installation.voice_pid()
    installation.kill_application()
    await _hear(call, 50)
    await installation.start()
    assert installation.voice_pid() == voice
    await installation.until(installation.talking)
    assert not call.over.is_set()
    call.hang_up()
    await installation.until(lambda: _ended(installation, "agent_answered", recorded=True))
    (record,) = await installation.calls()
    assert record["agents"][0]["number"] == "1001"


@pytest.mark.req("OPS-2")
async def test_a_call_that_ended_while_the_application_was_away_has_its_recording(
    installation: Installation,
) -> None:
    await installation.agent_ready()
    call = await installation.call_an_agent()
    installation.kill_application()
    call.hang_up()
    await call.over.wait()
    await installation.start()
    await installation.until(lambda: _ended(installation, "agent_answered", recorded=True))


@pytest.mark.req("OPS-2")
async def test_a_killed_voice_process_loses_its_calls_and_the_next_call_works(
    installation: Installation,
) -> None:
    await installation.agent_ready()
    lost = await installation.call_an_agent()
    await _hear(lost, 100)  # so much talk is in the recording at least
    before = installation.kill_voice()
    next_call = installation.citizen("13900139000")  # retransmits until the new process is there
    async with asyncio.timeout(30):
        await next_call.answered.wait()
    assert next_call.is_up
    assert installation.voice_pid() not in {0, before}
    await installation.until(lambda: _ended(installation, "system_lost", recorded=True))


async def _hear(call: Conversation, packets: int) -> None:
    """Wait until so many more packets of 20 ms came."""
    before = call.audio.heard.packets
    async with asyncio.timeout(30):
        while call.audio.heard.packets < before + packets:
            await asyncio.sleep(0.05)


async def _ended(installation: Installation, disposition: str, *, recorded: bool) -> bool:
    return any(
        call["disposition"] == disposition and call["has_recording"] is recorded
        for call in await installation.calls()
    )
