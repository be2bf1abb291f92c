"""A place kept for calling back, on the real runtime, journal and delivery: it outlives the application, and the agent dials in the end."""

from pathlib import Path

import pytest

from hotline.core.events import (
    AgentState,
    CallbackQueued,
    CallbackStarted,
    CallEnded,
    Direction,
    Disposition,
    TalkStarted,
)
from hotline.core.site import Site
from tests.integration.runtime_world import World, another_life
from tests.small_site import AGENTS, FixedSite, small_site

CALLER = "13800138000"


def with_callback() -> Site:
    """The small site, whose waiting callers may press 1."""
    return small_site(callback_key="1", message=None, wrap_up_s=0.0)


@pytest.mark.req("ACD-2", "OPS-2")
async def test_a_kept_place_outlives_the_application_and_is_called(tmp_path: Path) -> None:
    first = World(tmp_path, site=FixedSite(with_callback()))
    await first.start()
    await first.up()
    citizen = first.call_in()
    await first.until(lambda: first.phase() == "waiting")
    for _ in range(2):
        first.switch.press(citizen, "1")
    await first.until(lambda: any(call.phase == "callback" for call in first.runtime.live(None).calls))
    first.switch.far_end_hangs_up(citizen)
    await first.until(lambda: len(first.runtime.live(None).calls) == 1)
    queue = first.runtime.live(None).queues[0]
    assert (queue.waiting, queue.callbacks_waiting) == (0, 1)
    await first.runtime.close()
    await first.die()
    async with another_life(first) as second:
        assert second.phase() == "callback"
        await second.sign_in()
        await second.talking()
        assert second.state(AGENTS[0]) is AgentState.TALKING
        call = second.runtime.live(None).calls[0]
        assert (call.direction, call.dnis) == (Direction.OUTBOUND, CALLER)
        written = await second.written()
    assert [type(event) for event in written].count(CallbackQueued) == 1
    assert [type(event) for event in written].count(CallbackStarted) == 1
    talk = next(event for event in written if isinstance(event, TalkStarted))
    assert talk.direction is Direction.OUTBOUND
    ended = [event.disposition for event in written if isinstance(event, CallEnded)]
    assert ended == [Disposition.CALLBACK_REQUESTED]
