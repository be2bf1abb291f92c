"""Where signalling and audio meet inside the embedded engine: signalling owns legs, the media plane owns their sound."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from hotline.core.ids import LegId, PlayId, RecordingId
from hotline.core.switching import (
    Bridge,
    Hold,
    LegStats,
    Mute,
    PauseRecording,
    Play,
    SendDigits,
    SetRoom,
    StartRecording,
    StopPlay,
    StopRecording,
    SwitchEvent,
    Unbridge,
    Unhold,
)

MediaCommand = (
    Play
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
)

Emit = Callable[[SwitchEvent], None]
"""Takes an event at once, without blocking."""


class UnacceptableOffer(Exception):
    """The far end's SDP has nothing we can speak (answer 488) or is broken (400). `sip_status` says which."""

    def __init__(self, sip_status: int, why: str) -> None:
        super().__init__(why)
        self.sip_status = sip_status


class NoPortLeft(Exception):
    """No RTP port is free (answer 503)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaSettings:
    """Where audio lives. `address` is bound; `advertised` stands in SDP ("" = the bound one)."""

    address: str
    advertised: str
    ports: range
    data: Path
    media_timeout_ms: int = 30_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LegSound:
    """What the media plane does with a leg now (for `LegView`)."""

    peer_id: LegId | None = None
    held: bool = False
    playing: PlayId | None = None
    recording_id: RecordingId | None = None


class LegAudio(Protocol):
    """The sound of one leg, from its first SDP to its end. All methods may be called in any order the SIP offer/answer model allows."""

    async def make_offer(self) -> str:
        """Return our SDP offer (RFC 3264). WebRTC legs gather ICE candidates first."""
        ...

    async def take_answer(self, sdp: str) -> None:
        """Apply the far end's answer (also from 183: early media). May raise `UnacceptableOffer`."""
        ...

    async def take_offer(self, sdp: str) -> str:
        """Apply an offer (first INVITE or re-INVITE) and return our answer. Raises `UnacceptableOffer`, `NoPortLeft`."""
        ...

    def answered(self) -> None:
        """The leg is up now: expect audio, watch for silence (RFC 3550), open the way in both directions."""
        ...

    def digit(self, digit: str) -> None:
        """A DTMF digit came by SIP INFO: treat it as one that came by RTP."""
        ...

    async def close(self) -> LegStats:
        """End the sound: stops plays (`PlayDone`), parts bridges (`Unbridged`), closes recordings (`RecordingDone`), frees the port."""
        ...


class MediaPlane(Protocol):
    """The sound of all legs. One per engine; emits PlayDone, DigitPressed, Bridged, Unbridged, RemoteHold, RecordingDone, MediaTimedOut, CommandFailed."""

    def open(self, leg_id: LegId, *, webrtc: bool) -> LegAudio:
        """Make the sound of a new leg. Raises `NoPortLeft`."""
        ...

    def execute(self, command: MediaCommand) -> None:
        """Carry out a media command at once; failures come as `CommandFailed`. Slow work (files) happens elsewhere."""
        ...

    def peer_of(self, leg_id: LegId) -> LegId | None:
        """Whom the leg is bridged to."""
        ...

    def sound_of(self, leg_id: LegId) -> LegSound:
        """What the media plane does with a leg now, for the engine's snapshot; empty for a leg it does not know."""
        ...

    async def close(self) -> None:
        """End everything."""
        ...
