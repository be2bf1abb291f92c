"""The signalling's alarm on the loop that the voice process runs on: uvloop gives no `when()` for a time that has come."""

import asyncio
from collections.abc import Iterator
from itertools import count

import uvloop

from hotline.adapters.embedded.sip_stack import SipStack
from hotline.wire.sip.actions import Timing


class Overdue:
    """Transactions of which one is always due already."""

    def __init__(self) -> None:
        self.ticks: Iterator[int] = count()
        self.ticked = asyncio.Event()

    def next_due(self) -> float:
        return asyncio.get_running_loop().time() - 1.0

    def tick(self, now: float) -> None:
        assert now > 0
        if next(self.ticks) > 2:
            self.ticked.set()

    def take_outputs(self) -> list[object]:
        return []


async def _overdue_twice() -> None:
    stack = SipStack(None, Timing())  # pyright: ignore[reportArgumentType]
    overdue = Overdue()
    stack._transactions = overdue  # pyright: ignore[reportPrivateUsage, reportAttributeAccessIssue]
    stack._set_alarm()  # pyright: ignore[reportPrivateUsage]
    stack._set_alarm()  # pyright: ignore[reportPrivateUsage]
    async with asyncio.timeout(5):
        await overdue.ticked.wait()
    await stack.close()


def test_two_messages_in_a_row_while_something_is_overdue_do_not_break_the_connection() -> None:
    uvloop.run(_overdue_twice())
