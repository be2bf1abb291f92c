"""Background work of features outlives its faults."""

import asyncio

import pytest

from hotline.platform import background
from hotline.platform.background import keep_going
from hotline.platform.errors import DatabaseUnavailable

pytestmark = pytest.mark.req("OPS-2")


@pytest.mark.parametrize("fault", [DatabaseUnavailable(), ZeroDivisionError()])
async def test_work_that_failed_is_begun_again(fault: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "AGAIN_AFTER_S", 0)
    rounds = 0

    async def work() -> None:
        nonlocal rounds
        rounds += 1
        if rounds < 3:
            raise fault

    await keep_going(work, "work")
    assert rounds == 3


async def test_it_ends_when_the_application_does() -> None:
    begun = asyncio.Event()

    async def work() -> None:
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(keep_going(work, "work"))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
