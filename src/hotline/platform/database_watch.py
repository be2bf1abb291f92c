"""Look every second whether the database answers, so that requests are refused at once while it does not, and monitors are told at night.

SQLite is a file: it is there as long as the disk is, and a lock is waited for where it matters.
"""

import asyncio
from typing import Final

import structlog
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from hotline.platform.database import Database
from hotline.platform.database_writer import make_writer

log = structlog.stdlib.get_logger(__name__)

LOOK_EVERY_S: Final = 1.0
ANSWER_S: Final = 1.5
SLOW_MAX: Final = 2
"""So many answers in a row may be late before the database counts as away; a refused connection counts at once."""


class DatabaseWatch:
    """Keeps `database.away` true to life while `run` runs."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._writer = make_writer(database.url)

    async def run(self) -> None:
        """Look for ever."""
        slow = 0
        try:
            while True:
                try:
                    await self._writer.run(_ask, limit_s=ANSWER_S)
                except TimeoutError:
                    slow += 1
                except (SQLAlchemyError, OSError):
                    slow = SLOW_MAX
                else:
                    slow = 0
                self._note(away=slow >= SLOW_MAX)
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            await self._writer.close()

    def _note(self, *, away: bool) -> None:
        if away != self._database.away:
            self._database.away = away
            if away:
                log.critical("database_away")
            else:
                log.warning("database_back")


def _ask(connection: Connection) -> None:
    connection.execute(text("SELECT 1"))
