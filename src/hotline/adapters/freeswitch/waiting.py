"""Waiting for what events bring about: conditions on legs, looked at whenever something changed for one of them."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from hotline.adapters.freeswitch.legs import Leg
from hotline.core.ids import LegId

MOVE_LIMIT_S = 3.0
"""How long FreeSWITCH may take for one step (park, bridge, join)."""


class LegGone(Exception):
    """A leg ended while something was being done with it."""


class NotInTime(Exception):
    """FreeSWITCH did not do in time what it said it would."""


@dataclass(slots=True, eq=False)
class _Waiter:
    legs: tuple[Leg, ...]
    condition: Callable[[], bool]
    future: asyncio.Future[None]
    gone: bool

    def look(self) -> bool:
        """Whether the wait is over."""
        if self.future.done():
            return True
        if self.condition():
            self.future.set_result(None)
        elif self.gone and any(leg.over for leg in self.legs):
            self.future.set_exception(LegGone())
        return self.future.done()


class Waiting:
    """Those who wait, by leg."""

    def __init__(self) -> None:
        self._waiters: dict[LegId, list[_Waiter]] = {}

    async def until(
        self,
        legs: Iterable[Leg],
        condition: Callable[[], bool],
        limit_s: float = MOVE_LIMIT_S,
        *,
        gone: bool = True,
    ) -> None:
        """Wait for something that events of these legs bring about. Without `gone` the end of a leg is no hindrance.

        Raises:
            LegGone: one of the legs ended first.
            NotInTime: it did not come about.
        """
        waiter = _Waiter(tuple(legs), condition, asyncio.get_running_loop().create_future(), gone)
        if not waiter.look():
            for leg in waiter.legs:
                self._waiters.setdefault(leg.leg_id, []).append(waiter)
        try:
            async with asyncio.timeout(limit_s):
                await waiter.future
        except TimeoutError:
            raise NotInTime from None

    def touched(self, leg_id: LegId) -> None:
        """Something changed for a leg: let those look who wait."""
        waiters = self._waiters.pop(leg_id, None)
        if waiters and (left := [waiter for waiter in waiters if not waiter.look()]):
            self._waiters[leg_id] = left
