"""Hold the migrations against the tables in the code: an empty SQLite brought up must differ in nothing, and must come down again."""

import asyncio
import logging
import sys
import tempfile
from pathlib import Path

import structlog

from hotline.platform import migrations
from hotline.platform.database import Database
from hotline.tables import metadata


async def complaints(file: Path) -> list[str]:
    """What is out of step, one line each."""
    database = Database(f"sqlite+aiosqlite:///{file}")
    try:
        await migrations.upgrade(database)
        found = [str(difference) for difference in await migrations.drift(database, metadata)]
        await migrations.downgrade(database, "base")
        if left := await migrations.current_revision(database):
            found.append(f"coming down ended at {left}")
        return found
    finally:
        await database.close()


def main() -> int:
    """Check, and say what differs; return the exit status."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(complaints(Path(folder) / "empty.db"))
    print("\n".join([*found, "write a migration for it"]) if found else "migrations agree with the tables")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
