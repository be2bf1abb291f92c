"""What runs in a switch engine at one moment."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from hotline.core.ids import DeviceId, LegId, PlayId, RecordingId, TrunkId
from hotline.core.switching.events import DeviceRegistered
from hotline.core.switching.words import LegKind


class LegState(StrEnum):
    """How far a leg is."""

    INCOMING = "incoming"
    DIALLING = "dialling"
    UP = "up"


@dataclass(frozen=True, slots=True, kw_only=True)
class LegView:
    """A leg as the engine has it now."""

    leg_id: LegId
    kind: LegKind
    state: LegState
    since: datetime
    peer_id: LegId | None = None
    held: bool = False
    playing: PlayId | None = None
    recording_id: RecordingId | None = None
    device_id: DeviceId | None = None
    trunk_id: TrunkId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchSnapshot:
    """Everything that runs in an engine."""

    at: datetime
    engine: str
    version: str
    legs: tuple[LegView, ...]
    devices: tuple[DeviceRegistered, ...]
