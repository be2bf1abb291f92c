"""A process that appends batches for ever until it is killed. Arguments: database URL, number of its callers."""

import asyncio
import sys
from datetime import UTC, datetime

from hotline.adapters.journal_sql import SqlJournal
from hotline.core.events import Event, NodeEntered
from hotline.core.ids import AuthorityId, CallId, FlowId, NodeId
from hotline.platform.database import Database

BATCH = 7


def batch(call: str, number: int) -> list[Event]:
    """One batch: its events name the batch and their place in it."""
    return [
        NodeEntered(
            at=datetime.now(UTC),
            authority_id=AuthorityId("city"),
            call_id=CallId(call),
            flow_id=FlowId(str(number)),
            node_id=NodeId(str(place)),
        )
        for place in range(BATCH)
    ]


async def write(journal: SqlJournal, call: str) -> None:
    """Append batch after batch; say of each that it is durable."""
    for number in range(1_000_000):
        await journal.append(batch(call, number))
        sys.stdout.write(f"{call} {number}\n")
        sys.stdout.flush()


async def main(url: str, callers: int) -> None:
    """Write with several callers at once."""
    database = Database(url)
    journal = SqlJournal(database.engine.execution_options(hotline_writes=True))
    await journal.open()
    await asyncio.gather(*(write(journal, f"call-{n}") for n in range(callers)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
