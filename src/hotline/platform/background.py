"""Work of features that goes on for as long as the application does: a fault ends one round of it and never the whole."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from hotline.platform.errors import DatabaseUnavailable

log = structlog.stdlib.get_logger(__name__)

AGAIN_AFTER_S = 2.0


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
