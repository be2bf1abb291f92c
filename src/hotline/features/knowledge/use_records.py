"""What was asked and read, entered after the answer and in its order: whoever asks waits for no record, and hears of none that failed.

What waits while the database is away is entered when it is back; a full queue takes no more, and says so in the log.
"""

import asyncio
from collections import deque
from typing import Final

import structlog

from hotline.features.knowledge.search_repository import Asked, Read, UseRepository
from hotline.platform.access import Platform
from hotline.platform.errors import DatabaseUnavailable

log = structlog.stdlib.get_logger(__name__)

WAITING_MAX: Final = 20_000
BATCH: Final = 200
AGAIN_AFTER_S: Final = 5.0
LAST_WORD_S: Final = 1.0


class UseRecords:
    """Keeps what is to be entered. `run` enters it in the background; who reads the records has them entered first (`catch_up`)."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._waiting: deque[Asked | Read] = deque()
        self._turn = asyncio.Lock()
        self._bell = asyncio.Event()
        self._dropped = 0

    def add(self, record: Asked | Read) -> None:
        """Take one to be entered. Does not wait and does not fail."""
        if len(self._waiting) >= WAITING_MAX:
            self._dropped += 1
            return
        self._waiting.append(record)
        self._bell.set()

    async def run(self) -> None:
        """Enter what comes, for ever."""
        try:
            while True:
                await self._bell.wait()
                self._bell.clear()
                if not await self.catch_up():
                    await asyncio.sleep(AGAIN_AFTER_S)
                    self._bell.set()
        finally:
            async with asyncio.timeout(LAST_WORD_S):
                await self.catch_up()

    async def catch_up(self) -> bool:
        """Enter everything that waits, oldest first; whether the database took it. Does not fail."""
        async with self._turn:
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
                if not await self._enter(batch):
                    return False
            return True

    async def _enter(self, batch: list[Asked | Read]) -> bool:
        try:
            async with self._platform.database.writing() as work:
                await UseRepository(work.session).enter(batch)
        except DatabaseUnavailable:
            self._waiting.extendleft(reversed(batch))
            log.warning("knowledge_use_waits", records=len(self._waiting), dropped=self._dropped)
            return False
        except Exception:  # a fault of ours in a record: the others go on, and nobody's search fails for it
            log.exception("knowledge_use_lost", records=len(batch))
        return True
