"""What we ask of the switch."""

from dataclasses import dataclass

from hotline.core.ids import DeviceId, LegId, PlayId, RecordingId, RoomId, TrunkId


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
    near: LegId | None = None
    """The leg this one is to be connected with: an engine of several nodes makes the new leg at that one's node."""
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

    Whole and declarative, so it can be repeated: a leg not named leaves the room; a room without members is gone. A leg that
    enters leaves its bridge, ends its hold and stops what it plays; the leg it was bridged with stays on hold if it was.
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
