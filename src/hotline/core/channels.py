"""The channels of trunks that are taken, folded from the legs' events, and what is being dialled on them. Knows no call."""

from collections import Counter
from dataclasses import dataclass

from hotline.core import events as e
from hotline.core.ids import AgentId, DeviceId, LegId, TrunkId


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialled:
    """A number as it is being dialled, so that it can be dialled again over the next trunk."""

    number: str
    shown_number: str
    shown_name: str = ""
    timeout_s: float
    near: LegId | None = None
    agent_id: AgentId | None = None
    device_id: DeviceId | None = None
    headers: tuple[tuple[str, str], ...] = ()
    tried: tuple[TrunkId, ...] = ()


class Channels:
    """How many channels of each trunk are taken, folded from the legs' events."""

    def __init__(self) -> None:
        """Begin with none taken."""
        self.used: Counter[TrunkId] = Counter()
        self.outbound: Counter[TrunkId] = Counter()
        self._of: dict[str, tuple[TrunkId, bool]] = {}

    def hears(self, event: e.CallEvent) -> None:
        """Take or give back the channel that this event speaks of."""
        match event:
            case e.CallArrived(trunk_id=trunk_id) if trunk_id:
                self._take(event.leg_id, trunk_id, outbound=False)
            case e.CallPlaced():
                if event.trunk_id:
                    self._take(event.call_id, event.trunk_id, outbound=True)
                if event.device_trunk_id:
                    self._take(event.leg_id, event.device_trunk_id, outbound=True)
            case e.LegStarted(trunk_id=trunk_id) if trunk_id:
                if event.device_id is None:
                    self.give_back(event.call_id)
                self._take(event.leg_id, trunk_id, outbound=True)
            case e.LegEnded():
                self.give_back(event.leg_id)
            case e.CallEnded():
                self.give_back(event.call_id)
            case _:
                pass

    def trunk_of(self, key: str) -> TrunkId | None:
        """Return the trunk of which this leg holds a channel."""
        held = self._of.get(key)
        return held[0] if held is not None else None

    def give_back(self, key: str) -> None:
        """This leg (or call that was about to dial) holds no channel any more."""
        held = self._of.pop(key, None)
        if held is not None:
            self.used[held[0]] -= 1
            self.outbound[held[0]] -= held[1]

    def _take(self, key: str, trunk_id: TrunkId, *, outbound: bool) -> None:
        if key not in self._of:
            self._of[key] = trunk_id, outbound
            self.used[trunk_id] += 1
            self.outbound[trunk_id] += outbound
