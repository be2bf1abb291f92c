"""What the switch reports."""

from dataclasses import dataclass
from datetime import datetime

from hotline.core.ids import DeviceId, LegId, PlayId, RecordingId, TrunkId
from hotline.core.switching.words import HangUpBy, HangUpCause, LegKind, LegStats


@dataclass(frozen=True, slots=True, kw_only=True)
class LegIncoming:
    """A party calls us. The engine has sent 100 and waits for ring, answer or reject.

    `ani` is the caller's number normalised to digits ("" when withheld), `dnis` the number called.
    A device that dials is `kind=DEVICE` with `device_id` set; a citizen's browser is `kind=WEB`.
    """

    at: datetime
    leg_id: LegId
    kind: LegKind
    ani: str
    dnis: str
    trunk_id: TrunkId | None = None
    device_id: DeviceId | None = None
    test: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LegRefused:
    """A call reached the switch and was refused by it before it became a leg (line full, unknown number, no port).

    It counts as a call all the same (中继呼入总量, 拦截). Nothing follows: there is no leg and no `LegHungUp`.
    """

    at: datetime
    leg_id: LegId
    kind: LegKind
    ani: str
    dnis: str
    sip_status: int
    q850: int
    trunk_id: TrunkId | None = None
    test: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LegRinging:
    """The far end of a leg that we originated rings (180, or 183 with `early_media`)."""

    at: datetime
    leg_id: LegId
    early_media: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LegAnswered:
    """The leg is up: the far end answered our INVITE, or our answer to an incoming leg was acknowledged or sent."""

    at: datetime
    leg_id: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class LegHungUp:
    """The leg is gone, exactly once for each leg that ever was."""

    at: datetime
    leg_id: LegId
    by: HangUpBy
    cause: HangUpCause
    sip_status: int = 0
    q850: int = 16
    stats: LegStats | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitPressed:
    """One DTMF key (0-9 * # A-D), reported at its first packet (RFC 4733) or INFO, once for each press."""

    at: datetime
    leg_id: LegId
    digit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayDone:
    """A play ended: `finished` when it ran to its end, False when stopped, replaced or interrupted by a digit."""

    at: datetime
    leg_id: LegId
    play_id: PlayId
    finished: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridged:
    """Audio runs between two legs."""

    at: datetime
    leg_id: LegId
    peer_id: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class Unbridged:
    """Audio between two legs stopped; both are still up, or the one that is not has its own `LegHungUp`."""

    at: datetime
    leg_id: LegId
    peer_id: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteHold:
    """The party at the far end put us on hold (re-INVITE sendonly/inactive) or took us back."""

    at: datetime
    leg_id: LegId
    held: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferRequested:
    """The device asked for a transfer (REFER); `target` is the user part of Refer-To."""

    at: datetime
    leg_id: LegId
    target: str
    replaces: LegId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingDone:
    """A recording is closed, synced and at its final place. `path` is relative to the data folder.

    `error` is "" when whole; "disk_full" or "write_failed" when cut short (what was written is kept).
    """

    at: datetime
    recording_id: RecordingId
    leg_id: LegId
    path: str
    size_bytes: int
    duration_ms: int
    sha256: str
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRegistered:
    """A telephone registered or refreshed. `address` is host:port as seen by the switch."""

    at: datetime
    device_id: DeviceId
    address: str
    transport: str
    user_agent: str
    expires_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceExpired:
    """A telephone's registration ended: it left, ran out, its connection closed, or it no longer answers OPTIONS."""

    at: datetime
    device_id: DeviceId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaTimedOut:
    """No audio from the leg for `silent_ms` though it should send. The leg is still up; hanging it up is our decision."""

    at: datetime
    leg_id: LegId
    silent_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandFailed:
    """A command could not be carried out. `code` is stable: no_such_leg, no_such_device, no_port, bad_state, no_file."""

    at: datetime
    command: str
    leg_id: LegId | None
    code: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineUp:
    """The engine is connected. Its legs are in `Switch.snapshot()`."""

    at: datetime
    engine: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineLost:
    """The engine process is gone, and with it every leg it had."""

    at: datetime
    engine: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineUnreachable:
    """The line to the engine is cut. Its legs go on without us; `EngineUp` follows when it is there again, then we adopt."""

    at: datetime
    engine: str
    reason: str


SwitchEvent = (
    LegIncoming
    | LegRefused
    | LegRinging
    | LegAnswered
    | LegHungUp
    | DigitPressed
    | PlayDone
    | Bridged
    | Unbridged
    | RemoteHold
    | TransferRequested
    | RecordingDone
    | DeviceRegistered
    | DeviceExpired
    | MediaTimedOut
    | CommandFailed
    | EngineUp
    | EngineLost
    | EngineUnreachable
)
