"""What a call sounds like, as a value (`core.audio` makes and compares them). Knows nothing else."""

from dataclasses import dataclass

from hotline.core.ids import LegId
from hotline.core.switching import RoomMember


@dataclass(frozen=True, slots=True)
class Topology:
    """Who hears whom. Nothing set: nobody talks, and the machine has the caller for itself."""

    bridge: tuple[LegId, LegId] | None = None
    """These two talk."""
    room: tuple[RoomMember, ...] = ()
    """Or all of these, each hearing some of the others."""
    on_hold: LegId | None = None
    """Hears music."""
    held_by: LegId | None = None
    """By whom, as long as the switch can give the one back to the other."""
    tone: LegId | None = None
    """Hears the ring-back of somebody who is being called."""
    muted: frozenset[LegId] = frozenset()


SILENCE = Topology()
