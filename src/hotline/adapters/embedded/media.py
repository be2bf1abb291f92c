"""The media plane of the embedded engine: the sound of all legs, its commands and its 20 ms beat (`audio_port.MediaPlane`)."""

import asyncio
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import assert_never

import structlog

from hotline.adapters.embedded.audio_port import Emit, LegAudio, LegSound, MediaCommand, MediaSettings
from hotline.adapters.embedded.leg_audio import PlainLeg
from hotline.adapters.embedded.player import Playback, SoundCache
from hotline.adapters.embedded.ports import PortPool
from hotline.adapters.embedded.recorder import Closed, Recording, RecordWriter
from hotline.adapters.embedded.switchboard import Refused, Switchboard
from hotline.adapters.embedded.ticker import Ticker, samples
from hotline.adapters.embedded.voice import Voice
from hotline.adapters.embedded.webrtc import BrowserLeg, BrowserSide
from hotline.core.ids import LegId, RecordingId
from hotline.core.switching import (
    Bridge,
    CommandFailed,
    Hold,
    Mute,
    PauseRecording,
    Play,
    RecordingDone,
    SendDigits,
    SetRoom,
    StartRecording,
    StopPlay,
    StopRecording,
    Unbridge,
    Unhold,
)
from hotline.wire.rtp_stream import OutgoingStream

log = structlog.get_logger(__name__)

_FLUSH_EVERY = 25
_SILENCE_EVERY = 50
_REPORT_EVERY = 250
CLOSE_TIMEOUT_S = 10.0


class Media:
    """All sound of one engine. Make it anywhere; the first `open` must be inside a running event loop."""

    def __init__(self, settings: MediaSettings, emit: Emit) -> None:
        self._settings = settings
        self._emit = emit
        self._board = Switchboard(emit)
        self._pool = PortPool(settings.address, settings.ports)
        self._legs: dict[LegId, PlainLeg | BrowserLeg] = {}
        self._recordings: dict[RecordingId, Recording] = {}
        self._known_recordings: dict[RecordingId, None] = {}
        self._closing_recordings = 0
        self._all_closed = asyncio.Event()
        self._faulty: set[LegId] = set()
        self._beats = 0
        self._browser_side: BrowserSide | None = None
        self._ticker: Ticker | None = None
        self._sounds: SoundCache | None = None
        self._writer: RecordWriter | None = None
        self._root = Path(settings.data).resolve()

    # ── Legs ─────────────────────────────────────────────────────────────────────────────────────────────

    def open(self, leg_id: LegId, *, webrtc: bool) -> LegAudio:
        """Make the sound of a new leg. Raises `NoPortLeft`."""
        if self._ticker is None:
            self._ticker = Ticker(self._beat)
            self._ticker.start()
        stream = OutgoingStream(random.getrandbits(32), random.getrandbits(15), random.getrandbits(32))
        voice = Voice(leg_id, self._emit, stream)
        leg: PlainLeg | BrowserLeg
        if webrtc:
            if self._browser_side is None:
                self._browser_side = BrowserSide(self._settings, self._pool)
            leg = BrowserLeg(voice, self._browser_side, self._release)
        else:
            leg = PlainLeg(voice, self._pool, self._settings, self._release)
        self._legs[leg_id] = leg
        self._board.voices[leg_id] = voice
        return leg

    def _release(self, voice: Voice) -> None:
        """A leg ends: out of everything, in an order that tells the story."""
        voice.stop_play()
        if voice.recording is not None:
            self._close_recording(voice.recording)
        self._board.remove(voice)
        self._legs.pop(voice.leg_id, None)
        self._faulty.discard(voice.leg_id)

    def peer_of(self, leg_id: LegId) -> LegId | None:
        """Whom the leg is bridged to."""
        return self._board.peer_of(leg_id)

    def sound_of(self, leg_id: LegId) -> LegSound:
        """What the media plane does with a leg now, for the engine's snapshot."""
        voice = self._board.voices.get(leg_id)
        if voice is None:
            return LegSound()
        return LegSound(
            peer_id=self._board.peer_of(leg_id),
            held=self._board.is_held(leg_id),
            playing=voice.playing.play_id if voice.playing else None,
            recording_id=voice.recording.recording_id if voice.recording else None,
        )

    async def close(self) -> None:
        """End everything; waits (for a time) until recordings are safe on disk."""
        for leg in list(self._legs.values()):
            await leg.close()
        if self._ticker is not None:
            self._ticker.stop()
        if self._closing_recordings:
            self._all_closed.clear()
            try:
                await asyncio.wait_for(self._all_closed.wait(), CLOSE_TIMEOUT_S)
            except TimeoutError:
                log.warning("recordings_not_closed_in_time", left=self._closing_recordings)
        if self._writer is not None:
            await asyncio.to_thread(self._writer.stop, CLOSE_TIMEOUT_S)
        if self._sounds is not None:
            self._sounds.close()

    # ── The beat ─────────────────────────────────────────────────────────────────────────────────────────

    def _beat(self, now: int) -> None:
        for room in self._board.rooms():
            try:
                room.tick(now)
            except Exception:
                log.exception("room_fault", room_id=room.room_id)
                for voice in room.members:
                    self._fault(voice)
                self._board.set_room(room.room_id, ())
        faulty = self._faulty
        voices = list(self._board.voices.values())
        for voice in voices:
            try:
                voice.tick(now)
            except Exception:
                if voice.leg_id not in faulty:
                    log.exception("voice_fault", leg_id=voice.leg_id)
                self._fault(voice)
        self._beats = beats = self._beats + 1
        for recording in list(self._recordings.values())[beats % _FLUSH_EVERY :: _FLUSH_EVERY]:
            recording.flush(now)
        for voice in voices[beats % _SILENCE_EVERY :: _SILENCE_EVERY]:
            voice.check_silence(now, self._settings.media_timeout_ms)
        for leg in list(self._legs.values())[beats % _REPORT_EVERY :: _REPORT_EVERY]:
            leg.report()

    def _fault(self, voice: Voice) -> None:
        """A bug in one leg's sound is that leg's end and nobody else's."""
        if voice.leg_id not in self._faulty:
            self._faulty.add(voice.leg_id)
            voice.lost_transport()

    # ── Commands ─────────────────────────────────────────────────────────────────────────────────────────

    def execute(self, command: MediaCommand) -> None:
        """Carry out a command at once; what cannot be done is answered with `CommandFailed`."""
        try:
            self._carry_out(command)
        except Refused as refused:
            leg_id = getattr(command, "leg_id", None)
            self._refuse(command, leg_id, refused.code, refused.detail)

    def _refuse(self, command: MediaCommand, leg_id: LegId | None, code: str, detail: str = "") -> None:
        name = type(command).__name__
        self._emit(CommandFailed(at=datetime.now(UTC), command=name, leg_id=leg_id, code=code, detail=detail))

    def _voice(self, leg_id: LegId) -> Voice:
        voice = self._board.voices.get(leg_id)
        if voice is None:
            raise Refused("no_such_leg")
        return voice

    def _carry_out(self, command: MediaCommand) -> None:
        match command:
            case Play():
                self._play(command)
            case StopPlay():
                self._voice(command.leg_id).stop_play()
            case SendDigits():
                self._send_digits(command)
            case Bridge():
                self._board.bridge(self._voice(command.leg_id), self._voice(command.peer_id))
            case Unbridge():
                self._board.unbridge(self._voice(command.leg_id))
            case Hold():
                self._hold(command)
            case Unhold():
                self._board.unhold(self._voice(command.leg_id))
            case Mute():
                self._voice(command.leg_id).muted = command.muted
            case SetRoom():
                for leg_id in self._board.set_room(command.room_id, command.members):
                    self._refuse(command, leg_id, "no_such_leg")
            case StartRecording():
                self._start_recording(command)
            case PauseRecording():
                self._recording(command.recording_id).paused = command.paused
            case StopRecording():
                self._stop_recording(command)
            case _:
                assert_never(command)

    def _sound_cache(self) -> SoundCache:
        if self._sounds is None:
            self._sounds = SoundCache(self._root)
        return self._sounds

    def _play(self, command: Play) -> None:
        voice = self._voice(command.leg_id)
        playback = Playback(command.play_id, command.repeat, stop_on_digit=command.stop_on_digit)
        if not voice.play(playback):
            return

        def loaded(audio: bytes | None) -> None:
            if audio:
                playback.begin(audio)
            elif voice.playing is playback:
                self._refuse(command, command.leg_id, "no_file")
                voice.stop_play()

        self._sound_cache().fetch(command.sounds, loaded)

    def _hold(self, command: Hold) -> None:
        voice = self._voice(command.leg_id)
        if not command.music:
            self._board.hold(voice, None)
            return
        if self._board.is_held(command.leg_id):
            return
        music = Playback(None, 0)
        self._board.hold(voice, music)

        def loaded(audio: bytes | None) -> None:
            if audio:
                music.begin(audio)
            else:
                self._refuse(command, command.leg_id, "no_file")

        self._sound_cache().fetch(command.music, loaded)

    def _send_digits(self, command: SendDigits) -> None:
        voice = self._voice(command.leg_id)
        if voice.transmit is None:
            raise Refused("bad_state", "the leg has no audio yet")
        if voice.key_type is None:
            raise Refused("bad_state", "the far end takes no telephone events")
        voice.send_digits(command.digits)

    # ── Recordings ───────────────────────────────────────────────────────────────────────────────────────

    def _recording(self, recording_id: RecordingId) -> Recording:
        recording = self._recordings.get(recording_id)
        if recording is None:
            raise Refused("no_such_recording")
        return recording

    def _start_recording(self, command: StartRecording) -> None:
        voice = self._voice(command.leg_id)
        if command.recording_id in self._known_recordings:
            return
        if voice.recording is not None:
            raise Refused("bad_state", "the leg is being recorded")
        path = Path(command.path)
        if path.is_absolute() or ".." in path.parts or not path.name:
            raise Refused("bad_path")
        if self._writer is None:
            self._writer = RecordWriter()
        self._remember(command.recording_id)
        recording = Recording(
            command.recording_id, voice.leg_id, self._root, str(path), self._writer, samples()
        )
        voice.recording = recording
        self._recordings[command.recording_id] = recording

    def _remember(self, recording_id: RecordingId) -> None:
        """So that a repeated order does not record twice; the last ten thousand are enough."""
        self._known_recordings[recording_id] = None
        if len(self._known_recordings) > 10_000:
            del self._known_recordings[next(iter(self._known_recordings))]

    def _stop_recording(self, command: StopRecording) -> None:
        recording = self._recordings.get(command.recording_id)
        if recording is not None:
            self._close_recording(recording)
        elif command.recording_id not in self._known_recordings:
            raise Refused("no_such_recording")

    def _close_recording(self, recording: Recording) -> None:
        self._recordings.pop(recording.recording_id, None)
        voice = self._board.voices.get(recording.leg_id)
        if voice is not None and voice.recording is recording:
            voice.recording = None
        self._closing_recordings += 1
        recording.close(samples(), lambda closed: self._recording_closed(recording, closed))

    def _recording_closed(self, recording: Recording, closed: Closed) -> None:
        self._closing_recordings -= 1
        if not self._closing_recordings:
            self._all_closed.set()
        self._emit(
            RecordingDone(
                at=datetime.now(UTC),
                recording_id=recording.recording_id,
                leg_id=recording.leg_id,
                path=closed.path,
                size_bytes=closed.size_bytes,
                duration_ms=closed.duration_ms,
                sha256=closed.sha256,
                error=closed.error,
            )
        )
