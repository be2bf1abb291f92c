"""Work of features that goes on for as long as the application does: a fault ends one round of it and never the whole."""

import asyncio
from collections.abc import Callable, Collection, Coroutine
from typing import Any

import structlog

from hotline.platform.errors import DatabaseUnavailable

log = structlog.stdlib.get_logger(__name__)

AGAIN_AFTER_S = 2.0
CANCEL_TIMES = 5


async def keep_going(work: Callable[[], Coroutine[Any, Any, None]], name: str) -> None:
    """Run `work`; begin it again after a pause whenever it fails. Returns when it does."""
    while True:
        try:
            await work()
        except DatabaseUnavailable:
            log.warning("background_waits_for_database", part=name)
        except Exception:
            log.exception("background_failed", part=name)
        else:
            return
        await asyncio.sleep(AGAIN_AFTER_S)


async def end_all(
    tasks: Collection[asyncio.Task[None]], *, patience_s: float, on_late: Callable[[], None]
) -> None:
    """Cancel the tasks until they have ended, and tell `on_late` each time that some have not within `patience_s`.

    Once is not always enough: a task that is told so while its connection is torn from it may hear only of the latter, and go on.
    """
    late = set(tasks)
    for _ in range(CANCEL_TIMES):
        if not late:
            return
        for task in late:
            task.cancel()
        _, late = await asyncio.wait(late, timeout=patience_s)
        if late:
            log.warning("parts_end_late", parts=sorted(task.get_name() for task in late))
            on_late()
