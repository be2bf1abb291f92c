"""One FreeSWITCH node together with what hears it and what takes orders for it."""

import asyncio
from dataclasses import dataclass, field

from hotline.adapters.freeswitch.actions import Actions
from hotline.adapters.freeswitch.hearing import Hearing
from hotline.adapters.freeswitch.node import Node
from hotline.adapters.freeswitch.refresh import Refresher


@dataclass(slots=True, eq=False)
class Site:
    """A node, what can be ordered there, and how it is."""

    node: Node
    hearing: Hearing
    actions: Actions
    refresher: Refresher | None
    up: bool = False
    lost: bool = False
    stocked: bool = False
    """What runs there was counted on this connection."""
    broken_at: float | None = None
    refused_at: float | None = None
    tried: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when it was reached, or could not be, for the first time."""

    def forget_deadlines(self) -> None:
        """No timer may fire after the end."""
        for leg in self.node.legs.values():
            if leg.deadline is not None:
                leg.deadline.cancel()
