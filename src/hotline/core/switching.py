"""The switch in our words: what it reports (events) and what we ask of it (commands).

Both engines, the fake and the simulator speak exactly this. Legs are named by whoever creates them, so that a
command may be repeated safely: a repeated command on a leg that is already there does nothing, a command on a
leg that is gone is answered with `CommandFailed(code="no_such_leg")` and nothing else.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from hotline.core.ids import DeviceId, LegId, PlayId, RecordingId, RoomId, TrunkId


class LegKind(StrEnum):
    """Where a leg goes."""

    TRUNK = "trunk"
    DEVICE = "device"
    WEB = "web"  # a citizen's browser on the web call page


class HangUpBy(StrEnum):
    """Who ended a leg."""

    REMOTE = "remote"
    LOCAL = "local"
    FAULT = "fault"


class HangUpCause(StrEnum):
    """Why a leg ended, in one word; SIP status and Q.850 value stand beside it."""

    NORMAL = "normal"
    CANCELLED = "cancelled"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    UNREACHABLE = "unreachable"
    MEDIA_TIMEOUT = "media_timeout"
    SESSION_TIMEOUT = "session_timeout"
    TRANSPORT_LOST = "transport_lost"
    CONGESTION = "congestion"
    ENGINE_FAULT = "engine_fault"


@dataclass(frozen=True, slots=True, kw_only=True)
class LegStats:
    """Audio of a leg over its life. Levels are dBFS of received speech; None when nothing was received."""

    codec: str
    packets_received: int
    packets_sent: int
    packets_lost: int
    jitter_ms: float
    level_dbfs: float | None = None


# ── Events ───────────────────────────────────────────────────────────────────────────────────────────────────


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


SwitchEvent = (
    LegIncoming
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
)


# ── Commands ─────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class ToDevice:
    """Call a registered telephone."""

    device_id: DeviceId


@dataclass(frozen=True, slots=True, kw_only=True)
class ToTrunk:
    """Call a number through a trunk."""

    trunk_id: TrunkId
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Originate:
    """Make a new leg. Answered by `LegRinging`*, then `LegAnswered` or `LegHungUp` (at the latest after `timeout_s`).

    `shown_number`/`shown_name` are what the called party sees. `auto_answer` asks the phone to pick up by itself
    (Call-Info answer-after, Alert-Info; the browser phone knows the header `X-Hotline-Auto-Answer`). `headers` are further
    SIP headers for our own browser phone (`X-Hotline-Call`, …).
    """

    leg_id: LegId
    to: ToDevice | ToTrunk
    shown_number: str
    shown_name: str = ""
    timeout_s: float = 30.0
    auto_answer: bool = False
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """Send 180 on an incoming leg."""

    leg_id: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Answer an incoming leg (200 with SDP)."""

    leg_id: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """Refuse an incoming leg with a SIP status (486, 503, 603…)."""

    leg_id: LegId
    sip_status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUp:
    """End a leg in whatever state it is (CANCEL, BYE or a final response)."""

    leg_id: LegId
    q850: int = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """Play sounds one after another to a leg, replacing what it plays now; `PlayDone` follows exactly once.

    `sounds` are paths relative to the data folder (8 kHz mono WAV, A-law, µ-law or PCM). `repeat` is how many times the
    whole sequence runs, 0 for ever. On an incoming leg that is not answered it is early media (183). While the leg is
    bridged the sounds replace what it hears. `stop_on_digit` ends it at the first DTMF digit.
    """

    leg_id: LegId
    play_id: PlayId
    sounds: tuple[str, ...]
    repeat: int = 1
    stop_on_digit: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StopPlay:
    """Stop whatever the leg plays."""

    leg_id: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class SendDigits:
    """Send DTMF to the far end of a leg (RFC 4733)."""

    leg_id: LegId
    digits: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridge:
    """Let two answered legs (or an answered one and one in early media) talk. Ends plays, holds and rooms on both."""

    leg_id: LegId
    peer_id: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class Unbridge:
    """Part a leg from its peer; both stay up in silence."""

    leg_id: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Part a leg from its peer for a while: it hears `music` (sounds, looped), the peer hears nothing. The bridge is remembered."""

    leg_id: LegId
    music: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unhold:
    """Take a held leg back to its peer."""

    leg_id: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """Drop (or let pass again) what this leg says; it still hears."""

    leg_id: LegId
    muted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomMember:
    """One leg in a room and whom it hears."""

    leg_id: LegId
    hears: tuple[LegId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRoom:
    """Make a room be exactly these members with this speak/hear matrix (conference, monitor, whisper, barge).

    Whole and declarative, so it can be repeated: a leg not named leaves the room; a room without members is gone.
    """

    room_id: RoomId
    members: tuple[RoomMember, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRecording:
    """Record a leg in stereo to `path` (relative to the data folder): left what it says, right what people say to it.

    Prompts and music are not recorded; the right side is silent then. Written as the call goes, 8 kHz A-law WAV.
    """

    recording_id: RecordingId
    leg_id: LegId
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseRecording:
    """Write silence instead of speech (paused=True), or speech again."""

    recording_id: RecordingId
    paused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRecording:
    """Close a recording before its leg ends."""

    recording_id: RecordingId


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceEntry:
    """A telephone that may register. `ha1` are hex digests of user:realm:password (RFC 7616) for MD5 and SHA-256."""

    device_id: DeviceId
    ha1_md5: str
    ha1_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkEntry:
    """A trunk (中继). `peers` are addresses or networks it may call from ("127.0.0.1/32"); `gateway` is host:port we call to.

    `username`/`password` are for trunks that ask for digest. `numbers` are the service numbers reached through it (empty: all).
    """

    trunk_id: TrunkId
    peers: tuple[str, ...]
    gateway: str
    max_calls: int
    codecs: tuple[str, ...] = ("PCMA", "PCMU")
    username: str = ""
    password: str = ""
    transport: str = "udp"
    numbers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Provision:
    """Make the directory be exactly this: telephones, trunks, and the secret for short-lived browser log-ins.

    Browser phones and citizens' browsers authenticate with user `<expiry>:<device_id>` and password
    base64(HMAC-SHA1(browser_secret, user)), expiry in Unix seconds (the scheme of TURN REST credentials), so that no
    directory entry is needed for them. Device ids `guest-…` may not register; they may only call `web_numbers`.
    """

    realm: str
    devices: tuple[DeviceEntry, ...]
    trunks: tuple[TrunkEntry, ...]
    browser_secret: str
    web_numbers: tuple[str, ...]
    max_calls: int = 90


SwitchCommand = (
    Originate
    | Ring
    | Answer
    | Reject
    | HangUp
    | Play
    | StopPlay
    | SendDigits
    | Bridge
    | Unbridge
    | Hold
    | Unhold
    | Mute
    | SetRoom
    | StartRecording
    | PauseRecording
    | StopRecording
    | Provision
)


# ── Snapshot ─────────────────────────────────────────────────────────────────────────────────────────────────


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
