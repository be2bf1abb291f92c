"""The disk is full while people are recorded, and the machine's clock jumps by an hour: talks go on, figures stay sane."""

import asyncio
import re
import subprocess
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hotline.adapters.sip_caller.phone import SipPhone
from tests.e2e.browsers import has_heard
from tests.e2e.people import DeskAgent, voice
from tests.e2e.product import Product, eventually

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

HOTLINE = "01084000000"
FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
HOUR_S = 3600


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A data folder whose recordings have room for five seconds of a talk."""
    recordings = tmp_path / "data" / "recordings"
    recordings.mkdir(parents=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=80k", "tmpfs", str(recordings)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("a small disk can be mounted by root only")
    yield tmp_path / "data"
    subprocess.run(["umount", "--lazy", str(recordings)], check=True)


@pytest.fixture
def jumping_clock(tmp_path: Path) -> Path:
    """A file whose content moves the product's wall clock (and not its monotonic one)."""
    if FAKETIME is None:
        pytest.skip("faketime is not installed")
    file = tmp_path / "clock"
    file.write_text("+0\n")
    return file


async def whole_call(site: Product) -> dict[str, Any]:
    """The only call, once it is over and its recording closed."""
    leader = await site.log_in("2001")

    async def whole() -> dict[str, Any] | None:
        items = (await leader.get("/calls"))["items"]
        detail = await leader.get(f"/calls/{items[0]['id']}") if items else None
        if not detail or not detail["ended_at"]:
            return None
        finished = [event for event in detail["events"] if event["kind"] == "RecordingFinished"]
        return detail if finished else None

    return await eventually(whole, "the call's end", 40)


async def talk(
    site: Product, words: tuple[str, ...], between: AsyncIterator[None] | None = None
) -> dict[str, Any]:
    """A citizen says each of the words, the agent hears each; `between` runs on after the first."""
    agent, citizen = await DeskAgent.sign_in(site, "1001"), SipPhone(site.sip)
    try:
        call = citizen.call(HOTLINE, shown="13800138000")
        async with asyncio.timeout(20):
            await call.answered.wait()
        call.audio.press("1")
        rung = await agent.ringing()
        rung.answer()
        await agent.in_state("talking")
        for name in words:
            said = voice(name)
            call.audio.say(said)

            async def heard(said: bytes = said) -> bool:
                return not call.audio.speaking and await has_heard(rung, said)

            await eventually(heard, f"{name} is heard", 30, every_s=0.5)
            if between is not None:
                await anext(between, None)
        assert await agent.state() == "talking"
        call.hang_up()
        await agent.in_state("after_call")
    finally:
        await citizen.close()
        await agent.close()
    return await whole_call(site)


@pytest.mark.req("TEL-8", "OPS-2")
async def test_a_talk_goes_on_when_the_disk_is_full_and_the_record_says_so(small_disk: Path) -> None:
    site = Product(small_disk)
    await site.start()
    try:
        detail = await talk(site, ("citizen_08", "citizen_09"))
        assert detail["disposition"] == "agent_answered"
        assert [recording["error"] for recording in detail["recordings"]] == ["disk_full"]
        assert (await site.healthy() or {})["engine"]["up"]
    finally:
        await site.stop()


@pytest.mark.req("STA-1")
async def test_an_hour_s_jump_of_the_clock_is_nobody_s_talk(jumping_clock: Path, tmp_path: Path) -> None:
    site = Product(tmp_path / "data")
    await (
        site.start()
    )  # the site is set up with the true clock: asking the false one is slow, and set-up asks it often
    await site.stop()
    site.settings |= {
        "LD_PRELOAD": str(FAKETIME),
        "FAKETIME_TIMESTAMP_FILE": str(jumping_clock),
        "FAKETIME_CACHE_DURATION": "1",  # asked at every call it makes the product many times slower
        "DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }

    async def jump() -> AsyncIterator[None]:
        for offset in (HOUR_S, -HOUR_S):
            aside = jumping_clock.with_suffix(".new")
            aside.write_text(f"{offset:+d}\n")
            aside.replace(jumping_clock)
            yield

    await site.start()
    try:
        detail = await talk(site, ("citizen_03", "citizen_05", "citizen_10"), jump())
        (one,) = detail["talks"]
        assert 5_000 < one["talk_ms"] < 60_000
        assert detail["visits"][0]["wait_ms"] < 20_000
        assert detail["disposition"] == "agent_answered"
    finally:
        await site.stop()
    written = re.findall(r'"timestamp": "([^"]+)"', site.said_last(1, 4_000))
    behind = datetime.now(UTC) - datetime.fromisoformat(written[-1])
    assert behind > timedelta(minutes=55), "the product's clock did jump"
