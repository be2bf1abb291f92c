"""Whose orders FreeSWITCH nodes follow: the newest lease (`ports.lease`) stands in a global variable and is told by an event.

FreeSWITCH itself obeys everybody who knows the password. An application that hears of a lease newer than its own, or finds one when it
connects, lets go.
"""

import asyncio
import re
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from hotline.adapters.freeswitch.connection import Link, LinkBroken
from hotline.wire import esl

log = structlog.stdlib.get_logger(__name__)

LET_GO_S = 0.2
"""So long an application that hears of another one's lease may still write aside what it had heard before."""
_EVENT = "hotline::lease"
_VARIABLE = "hotline_lease"


class Tenure:
    """Our lease at the nodes. `token` 0: there is none, and nobody to share with. `let_go` runs once when another one is newer."""

    def __init__(self, token: Callable[[], int], let_go: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._token = token
        self._let_go = let_go
        self._claimed = False
        self._letting_go: asyncio.Task[None] | None = None
        self.replaced = asyncio.Event()

    async def claim(self, link: Link) -> None:
        """Write our lease down at a node and let whoever else is connected know.

        Raises:
            LinkBroken: the node is commanded under a newer lease, or the connection broke.
        """
        token = self._token()
        if not token:
            return
        link.send(esl.command(f"event json CUSTOM {_EVENT}"))
        newest = _number(await link.api(f"global_getvar {_VARIABLE}"))
        if newest > token:
            self._end(newest)
            raise LinkBroken("commanded under a newer lease")
        await link.api(f"global_setvar {_VARIABLE}={token}")
        link.send(esl.fire(_EVENT, ("Lease", str(token))))
        self._claimed = True

    def hears(self, event: dict[str, Any]) -> bool:
        """Whether the event tells of a lease. A newer one than ours ends our tenure."""
        if event.get("Event-Subclass") != _EVENT:
            return False
        newest = _number(str(event.get("Lease", "")))
        if newest > self._token():
            self._end(newest)
        return True

    def before(self, on_event: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, Any]], None]:
        """Return what takes events: those that tell of leases are ours, all others are for `on_event`."""
        return lambda event: None if self.hears(event) else on_event(event)

    async def others_have_let_go(self) -> None:
        """Wait until an earlier application that heard of our lease has written aside what it knew."""
        if self._claimed:
            await asyncio.sleep(LET_GO_S)

    def _end(self, newest: int) -> None:
        if self.replaced.is_set():
            return
        log.error("freeswitch_replaced", lease=self._token(), newest=newest)
        self.replaced.set()
        self._letting_go = asyncio.create_task(self._let_go(), name="freeswitch-let-go")


def _number(answer: str) -> int:
    number = re.fullmatch(r"\d{1,18}", answer.strip())
    return int(number[0]) if number else 0
