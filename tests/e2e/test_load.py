"""The product under load and under loss: `hotline load` against it, and 150 calls through a network that loses a fifth."""

import asyncio
import sys
from typing import Any

import pytest

from hotline.adapters.sip_caller.beat import Beat
from hotline.adapters.sip_caller.phone import SipPhone
from tests.e2e.product import Product, Session, eventually
from tests.peers.lossy_relay import LossyRelay

HOTLINE = "01084000000"
CALLS, PHONES = 150, 15

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


async def all_calls(leader: Session) -> list[dict[str, Any]]:
    """Every call in the list."""
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = await leader.get("/calls", **({"cursor": cursor} if cursor else {}))
        found += page["items"]
        cursor = page["next_cursor"]
        if not cursor:
            return found


@pytest.mark.req("TEL-1", "TEL-3", "ACD-1")
async def test_hotline_load_connects_every_call_and_hears_every_packet(product: Product) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "hotline", "load",
        "--rate", "1", "--concurrent", "8", "--minutes", "0.2", "--agents", "3", "--talk", "3",
        env=product.environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    async with asyncio.timeout(110):
        output, _ = await process.communicate()
    text = output.decode()
    assert process.returncode == 0, text
    assert "connected" in text and "= 100.0 %; refused none" in text and "sequence gaps 0" in text


@pytest.mark.timeout(240)
@pytest.mark.req("TEL-1")
async def test_with_a_fifth_of_the_signalling_lost_no_call_is_stuck_and_none_is_missing(
    product: Product,
) -> None:
    relay = LossyRelay(product.sip, 0.2, seed=4475)
    beat = Beat()
    phones = [SipPhone(relay.address, beat=beat) for _ in range(PHONES)]
    leader = await product.log_in("2001")

    async def citizen(index: int, phone: SipPhone) -> None:
        for number in range(CALLS // PHONES):
            call = phone.call(HOTLINE, shown=f"139{index:04d}{number:04d}")
            await call.answered.wait()
            assert call.is_up, call.status
            await asyncio.sleep(0.2)
            call.hang_up()
            await call.over.wait()

    async with asyncio.timeout(150), asyncio.TaskGroup() as group:
        for index, phone in enumerate(phones):
            group.create_task(citizen(index, phone), name=f"citizen-{index}")
    assert relay.lost > CALLS

    async def quiet() -> bool:
        health = await product.healthy()
        return (
            health is not None and health["engine"]["calls"] == 0 and not (await leader.get("/live"))["calls"]
        )

    await eventually(quiet, "every call to end", 60)
    calls = await all_calls(leader)
    assert len({call["ani"] for call in calls}) == len(calls) == CALLS
    assert all(call["ended_at"] for call in calls)
    for phone in phones:
        await phone.close()
    relay.close()
