"""The stream of one desk: sent whole when something of the agent's own changed, and when the calls that could be picked up did."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Final

from hotline.features.desk.schemas import DeskMessage, DeskSnapshot
from hotline.features.desk.service import Desk

PICKABLE_EVERY_S: Final = 2.0
"""Colleagues' calls come and go all the time: a desk hears of them this often at most."""


async def desk_messages(desk: Desk) -> AsyncIterator[DeskMessage]:
    """Yield the desk now, and again whenever it changed; bursts of changes are one message."""
    changes = desk.control.agent_changes(desk.actor.agent_id)
    seq = desk.control.live(set()).seq
    last = await desk.snapshot()
    yield DeskMessage(type="snapshot", seq=seq, desk=last)
    while True:  # once more whenever the agent serves other queues
        queues = last.agent.queues
        async with desk.pickable.following(queues) as bell:
            own, others = _own(changes), _others(bell, 0.0)
            try:
                while last.agent.queues == queues:
                    done, _ = await asyncio.wait({own, others}, return_when=asyncio.FIRST_COMPLETED)
                    if own in done:
                        seq = own.result()
                        own = _own(changes)
                        last = await desk.snapshot()
                    else:
                        others = _others(bell, PICKABLE_EVERY_S)
                        count = desk.count_pickable(last.agent)
                        if count == last.pickable_count:
                            continue
                        last = _with_pickable(last, count)
                    yield DeskMessage(type="desk", seq=seq, desk=last)
            finally:
                own.cancel()
                others.cancel()
                await asyncio.gather(own, others, return_exceptions=True)
        changes = desk.control.agent_changes(desk.actor.agent_id)


def _with_pickable(desk: DeskSnapshot, count: int) -> DeskSnapshot:
    return desk.model_copy(update={"pickable_count": count, "server_time": datetime.now(UTC)})


def _own(changes: AsyncIterator[int]) -> asyncio.Task[int]:
    async def following() -> int:
        return await anext(changes)

    return asyncio.create_task(following(), name="desk-own-changes")


def _others(bell: asyncio.Event, pause_s: float) -> asyncio.Task[None]:
    async def following() -> None:
        await asyncio.sleep(pause_s)
        await bell.wait()
        bell.clear()

    return asyncio.create_task(following(), name="desk-pickable-changes")
