"""The application's parts: ended even when one of them does not hear it the first time."""

import asyncio

from hotline.platform.background import end_all


async def deaf(times: int) -> None:
    """Work that takes being cancelled for a fault so many times, as one whose connection is torn from it does."""
    for _ in range(times):
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            continue
    await asyncio.Event().wait()


async def test_parts_that_do_not_hear_the_first_time_are_told_again() -> None:
    tasks = [asyncio.create_task(deaf(times), name=f"deaf-{times}") for times in (0, 1, 2)]
    await asyncio.sleep(0)
    late: list[int] = []
    await end_all(tasks, patience_s=0.01, on_late=lambda: late.append(1))
    assert all(task.cancelled() for task in tasks)
    assert len(late) == 2


async def test_a_part_that_never_ends_keeps_nobody_from_ending() -> None:
    task = asyncio.create_task(deaf(1_000), name="deaf")
    await asyncio.sleep(0)
    await end_all([task], patience_s=0.01, on_late=lambda: None)
    assert not task.done()
    while not task.done():
        task.cancel()
        await asyncio.sleep(0)
