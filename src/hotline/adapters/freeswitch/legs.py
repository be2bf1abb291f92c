"""What we know of the legs, rooms and recordings of one node. Plain data; who changes it is in `node`, `actions` and `adoption`."""

import asyncio
import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from hotline.adapters.freeswitch.orders import Part
from hotline.adapters.freeswitch.translate import Ordered
from hotline.core.ids import DeviceId, LegId, PlayId, RoomId, TrunkId
from hotline.core.switching import LegKind, LegState, LegView, Play


@dataclass(slots=True, kw_only=True, eq=False)
class Playing:
    """A play that was taken and whose end is not reported yet. `name` is what FreeSWITCH calls it."""

    name: str
    play_id: PlayId | None
    """None for music on hold."""
    command: Play | None = None
    argument: str = ""
    endless: bool = False
    displacing: bool = False
    """Sounds over a conversation, as a bug on the channel; not an application."""
    started: bool = False
    stopping: bool = False
    stop_on_digit: bool = False
    adopted: bool = False
    """Begun by an application before us; whether it still runs is not known."""


@dataclass(slots=True, kw_only=True, eq=False)
class Tape:
    """A recording that FreeSWITCH writes."""

    part: Part
    started: bool = False
    paused: bool = False
    closing: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class Leg:
    """One channel."""

    leg_id: LegId
    kind: LegKind
    state: LegState
    since: datetime
    device_id: DeviceId | None = None
    trunk_id: TrunkId | None = None
    created: bool = False
    """FreeSWITCH has told of the channel."""
    parked: bool = False
    """It does nothing but wait for orders (or plays)."""
    over: bool = False
    with_media: bool = False
    rung: bool = False
    answering: bool = False
    bridged_with: LegId | None = None
    """Whom FreeSWITCH connects it with now."""
    bridged_seq: int = 0
    peer_id: LegId | None = None
    """Whom it belongs to in our words: also while one of the two is on hold."""
    held: bool = False
    music: tuple[str, ...] = ()
    room: "Room | None" = None
    member: str = ""
    playing: Playing | None = None
    owed: dict[PlayId, None] = field(default_factory=dict[PlayId, None])
    """Plays that were taken and not reported as done."""
    last_play: PlayId | None = None
    keys_end_plays: bool | None = None
    """What the channel's `playback_terminators` say; None: not set by us."""
    tape: Tape | None = None
    muted: bool = False
    hushed: bool = False
    silent: bool = False
    with_people: bool = False
    ordered: Ordered | None = None
    """We gave the order to end it."""
    deadline: asyncio.TimerHandle | None = None

    @property
    def incoming(self) -> bool:
        """Whether it waits for our answer."""
        return self.state is LegState.INCOMING

    def view(self) -> LegView:
        """Return it in the words of the port."""
        return LegView(
            leg_id=self.leg_id,
            kind=self.kind,
            state=self.state,
            since=self.since,
            peer_id=self.peer_id,
            held=self.held,
            playing=self.playing.play_id if self.playing is not None else None,
            recording_id=self.tape.part.recording_id if self.tape is not None else None,
            device_id=self.device_id,
            trunk_id=self.trunk_id,
        )


@dataclass(slots=True, eq=False)
class Room:
    """A conference. `deaf` are ordered pairs (who, to whom) that FreeSWITCH keeps apart."""

    room_id: RoomId
    members: dict[LegId, Leg] = field(default_factory=dict[LegId, Leg])
    deaf: set[tuple[LegId, LegId]] = field(default_factory=set[tuple[LegId, LegId]])

    @property
    def name(self) -> str:
        """What FreeSWITCH calls it: ids may hold anything, names of conferences may not."""
        return room_name(self.room_id)


def room_name(room_id: RoomId) -> str:
    """Return the name of a room's conference."""
    return "room-" + hashlib.sha256(room_id.encode()).hexdigest()[:24]
