"""A sink for switch events that tests can wait on."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from hotline.core.switching import SwitchEvent

E = TypeVar("E")


class EventLog(list[SwitchEvent]):
    """All events in order; `wait` returns the first of a kind that fits, now or later."""

    def __init__(self) -> None:
        super().__init__()
        self._more = asyncio.Event()

    def take(self, event: SwitchEvent) -> None:
        """The engine's `Emit`."""
        self.append(event)
        self._more.set()

    def of(self, kind: type[E]) -> list[E]:
        """Events of a kind so far."""
        return [event for event in self if isinstance(event, kind)]

    async def wait(
        self, kind: type[E], fits: Callable[[E], bool] = lambda _: True, within_s: float = 10, count: int = 1
    ) -> E:
        """Return the `count`-th event of the kind that fits."""
        async with asyncio.timeout(within_s):
            while True:
                found = [event for event in self.of(kind) if fits(event)]
                if len(found) >= count:
                    return found[count - 1]
                self._more.clear()
                await self._more.wait()
