"""How many legs the nodes take together, and how many calls a trunk carries over all of them."""

from collections.abc import Callable, Sequence
from datetime import datetime

from hotline.adapters.freeswitch.site import Site
from hotline.adapters.freeswitch.translate import Admission, Caller
from hotline.core.switching import HangUpBy, HangUpCause, LegHungUp, Originate, ToDevice


class Capacity:
    """Answers for `sites`, by what the directory allows."""

    def __init__(self, admission: Admission, now: Callable[[], datetime]) -> None:
        self._admission = admission
        self._now = now
        self.sites: Sequence[Site] = ()

    def refusal(self, command: Originate) -> LegHungUp | None:
        """How a call that we are to make ends at once for want of room; None when there is room."""
        trunk = None if isinstance(command.to, ToDevice) else self._admission.trunk(command.to.trunk_id)
        trunk_full = trunk is not None and 0 < trunk.max_calls <= self._calls_on(trunk.trunk_id)
        if not trunk_full and self._legs() < self._max_legs():
            return None
        return LegHungUp(
            at=self._now(),
            leg_id=command.leg_id,
            by=HangUpBy.FAULT,
            cause=HangUpCause.CONGESTION,
            sip_status=503,
            q850=34 if trunk_full else 42,
        )

    def full(self, caller: Caller) -> bool:
        """Whether this caller may have no more legs."""
        trunk = self._admission.trunk(caller.trunk_id) if caller.trunk_id is not None else None
        if trunk is not None and 0 < trunk.max_calls <= self._calls_on(trunk.trunk_id):
            return True
        return self._legs() >= self._max_legs()

    def _legs(self) -> int:
        return sum(len(site.node.legs) for site in self.sites)

    def _max_legs(self) -> int:
        """A directory says how many legs one machine may have; nodes add up."""
        return self._admission.directory.max_calls * len(self.sites)

    def _calls_on(self, trunk_id: str) -> int:
        return sum(leg.trunk_id == trunk_id for site in self.sites for leg in site.node.legs.values())
