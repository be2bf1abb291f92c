"""Changes reach many readers in order, without gaps, alone or in bursts; who falls behind is told so."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from hotline.ports.call_control import ChangesLost, LiveChange
from hotline.runtime.live_history import HISTORY, LiveHistory

AT = datetime(2026, 11, 22, 8, tzinfo=UTC)
FIRST = 100


def add(history: LiveHistory, count: int = 1) -> None:
    for _ in range(count):
        history.add(LiveChange(seq=history.seq + 1, at=AT, engine_up=True))


async def follow(bursts: AsyncIterator[tuple[LiveChange, ...]], until: int) -> list[tuple[int, ...]]:
    """The pieces that a reader gets, up to this seq."""
    pieces: list[tuple[int, ...]] = []
    async with asyncio.timeout(10):
        async for changes in bursts:
            pieces.append(tuple(change.seq for change in changes))
            if pieces[-1][-1] >= until:
                break
    return pieces


@pytest.mark.req("SUP-1")
async def test_the_first_change_comes_at_once_and_the_next_ones_together() -> None:
    history = LiveHistory(FIRST)
    readers = [asyncio.create_task(follow(history.bursts(FIRST), FIRST + 8)) for _ in range(3)]
    await asyncio.sleep(0)
    add(history, 8)
    one, *others = await asyncio.gather(*readers)
    assert one == [(101,), tuple(range(102, 109))]
    assert others == [one, one], "all get the same pieces, which are written out once"


async def test_a_reader_who_comes_back_gets_what_they_missed_without_a_gap() -> None:
    history = LiveHistory(FIRST)
    add(history, 5)
    reader = asyncio.create_task(follow(history.bursts(FIRST + 2), FIRST + 6))
    await asyncio.sleep(0)
    add(history)
    assert [seq for piece in await reader for seq in piece] == [103, 104, 105, 106]


async def test_both_ways_tell_the_same() -> None:
    history = LiveHistory(FIRST)
    add(history, 20)
    alone: list[int] = []
    async for change in history.changes(FIRST):
        alone.append(change.seq)
        if change.seq == FIRST + 20:
            break
    together = await follow(history.bursts(FIRST), FIRST + 20)
    assert alone == [seq for piece in together for seq in piece]


@pytest.mark.parametrize("after", [FIRST - 1, FIRST + HISTORY + 50])
async def test_who_asks_for_what_is_not_kept_begins_again(after: int) -> None:
    history = LiveHistory(FIRST)
    add(history, HISTORY + 10)
    with pytest.raises(ChangesLost):
        await anext(history.bursts(after))
    with pytest.raises(ChangesLost):
        await anext(history.changes(after))
