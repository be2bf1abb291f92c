"""The sound of one leg, whatever carries it.

What it says goes to its peer, its room and its recording; what it hears comes from the strongest source there is: keys, prompt,
music on hold, room, peer, silence. Knows no sockets, no SDP, no SIP. `receive` and `tick` run 50 times a second for each leg:
they stay lean.
"""

from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from hotline.adapters.embedded.audio_port import Emit
from hotline.adapters.embedded.player import Playback
from hotline.adapters.embedded.recorder import Recording
from hotline.adapters.embedded.ticker import samples
from hotline.core.ids import LegId, PlayId
from hotline.core.switching import DigitPressed, LegStats, MediaTimedOut, PlayDone, RemoteHold
from hotline.wire.dtmf import DigitReceiver, EventStep, clean_digits, press
from hotline.wire.g711 import ALAW_TO_ULAW, SILENT_FRAME, ULAW_TO_ALAW, Law, decode, power, to_dbfs
from hotline.wire.jitter import JitterBuffer
from hotline.wire.rtp import RtpPacket, parse
from hotline.wire.rtp_reception import Reception
from hotline.wire.rtp_stream import OutgoingStream

FILL_AFTER = 5
"""Beats (100 ms) without a relayed packet before silence is sent in its place."""
_LEVEL_EVERY = 8
_SPEECH = 10 ** (-50 / 10)
"""Frames above -50 dBFS count as speech for the level."""
MAX_DIGITS = 64

Transmit = Callable[[bytes], None]


class Voice:
    """One leg's audio."""

    def __init__(self, leg_id: LegId, emit: Emit, stream: OutgoingStream) -> None:
        self.leg_id = leg_id
        self.stream = stream
        self.reception = Reception()
        self.transmit: Transmit | None = None
        """Sends a packet to the far end; None while there is nowhere to send."""
        self.law = Law.ALAW
        self.key_type: int | None = None
        self.answered = False
        self.muted = False
        self.relay_to: Voice | None = None
        self.in_room = False
        self.jitter: JitterBuffer | None = None
        self.recording: Recording | None = None
        self.music: Playback | None = None
        self.playing: Playback | None = None
        self._last_play: PlayId | None = None
        self._may_send = True  # the far end wants to hear us
        self._expects = True  # the far end means to send
        self._emit = emit
        self._keys = DigitReceiver()
        self._digits: deque[str] = deque(maxlen=MAX_DIGITS)
        self._steps: Iterator[EventStep] | None = None
        self._quiet = FILL_AFTER
        self._heard_at = samples()
        self._timed_out = False
        self._level_sum = self._speech_sum = 0.0
        self._level_frames = self._speech_frames = 0

    # ── From the far end ─────────────────────────────────────────────────────────────────────────────────

    def receive(self, data: bytes) -> bool:
        """Take one RTP packet; False when it is none of ours."""
        packet = parse(data)
        if packet is None:
            return False
        kind = packet.payload_type
        if kind == self.key_type:
            self._take_key(packet)
        elif kind in {8, 0}:
            self._take_audio(packet)
        else:
            return False
        return True

    def _take_audio(self, packet: RtpPacket) -> None:
        now = samples()
        self._heard_at = now
        reception = self.reception
        reception.update(packet.ssrc, packet.sequence, packet.timestamp, now)
        payload = packet.payload
        if packet.payload_type == 0:
            payload = payload.translate(ULAW_TO_ALAW)
        if reception.received % _LEVEL_EVERY == 1:
            self._measure(payload)
        if self.muted or not payload:
            return
        peer = self.relay_to
        if peer is not None:
            peer.relay(packet, payload, now)
        if self.recording is not None:
            self.recording.says(packet.ssrc, packet.timestamp, payload, now)
        if self.jitter is not None:
            self.jitter.push(packet.ssrc, packet.timestamp, payload)

    def _measure(self, alaw: bytes) -> None:
        loud = power(decode(Law.ALAW, alaw))
        self._level_sum += loud
        self._level_frames += 1
        if loud > _SPEECH:
            self._speech_sum += loud
            self._speech_frames += 1

    def _take_key(self, packet: RtpPacket) -> None:
        now = samples()
        self._heard_at = now
        self.reception.update(packet.ssrc, packet.sequence, None, now)
        digit = self._keys.feed(packet.ssrc, packet.timestamp, packet.payload)
        peer = self.relay_to
        if peer is not None:
            peer.relay_key(packet, now)
        if digit is not None:
            self._pressed(digit)

    def _pressed(self, digit: str) -> None:
        self._emit(DigitPressed(at=datetime.now(UTC), leg_id=self.leg_id, digit=digit))
        if self.playing is not None and self.playing.stop_on_digit:
            self.stop_play()

    def press_from_signalling(self, digit: str) -> None:
        """A key came by SIP INFO: report it, and press it again for the peer."""
        for key in clean_digits(digit):
            self._pressed(key)
            if self.relay_to is not None:
                self.relay_to.send_digits(key)

    # ── From the peer and the room ───────────────────────────────────────────────────────────────────────

    def relay(self, packet: RtpPacket, alaw: bytes, now: int) -> None:
        """The peer's audio, unless something stronger sounds."""
        if self.playing is not None or self._steps is not None or self.music is not None:
            return
        if self.recording is not None:
            self.recording.hears(packet.ssrc, packet.timestamp, alaw, now)
        if self.transmit is None or not self._may_send:
            return
        law = self.law
        payload = alaw if law is Law.ALAW else alaw.translate(ALAW_TO_ULAW)
        data = self.stream.relayed(law.value, packet, payload, now)
        if data is not None:
            self._quiet = 0
            self.transmit(data)

    def relay_key(self, packet: RtpPacket, now: int) -> None:
        """The peer's key packets pass through as they are, under the number our far end gave the format."""
        if self.key_type is None or self.transmit is None or not self._may_send or self._steps is not None:
            return
        data = self.stream.relayed(self.key_type, packet, packet.payload, now, event=True)
        if data is not None:
            self._quiet = 0
            self.transmit(data)

    def hear(self, alaw: bytes, now: int) -> None:
        """A room's mixed frame, unless something stronger sounds."""
        if self.playing is not None or self._steps is not None or self.music is not None:
            return
        if self.recording is not None:
            self.recording.hears(self, now, alaw, now)
        self._send(alaw, now)

    # ── Each 20 ms ───────────────────────────────────────────────────────────────────────────────────────

    def tick(self, now: int) -> None:
        """Send what is due at `now` (samples)."""
        if self._steps is not None or self._digits:
            self._send_key(now)
        elif self.playing is not None:
            self._play(self.playing, now)
        elif self.music is not None:
            self._send(self.music.frame() or SILENT_FRAME[Law.ALAW], now)
        elif self.in_room or not self.answered:
            return
        elif self._quiet < FILL_AFTER and self.relay_to is not None:
            self._quiet += 1
        else:
            self._send(SILENT_FRAME[Law.ALAW], now)

    def _send(self, alaw: bytes, now: int) -> None:
        if self.transmit is not None and self._may_send:
            law = self.law
            payload = alaw if law is Law.ALAW else alaw.translate(ALAW_TO_ULAW)
            self.transmit(self.stream.timed(law.value, payload, now))

    def _play(self, playing: Playback, now: int) -> None:
        frame = playing.frame()
        if frame is not None:
            self._send(frame, now)
        elif self.answered:  # still loading
            self._send(SILENT_FRAME[Law.ALAW], now)
        if playing.finished:
            self._end_play(finished=True)

    def _send_key(self, now: int) -> None:
        if self._steps is None:
            self._steps = press(self._digits.popleft())
        step = next(self._steps, None)
        if step is None:
            self._steps = None
            if self._digits:
                self._send_key(now)
            return
        if self.transmit is None or not self._may_send or self.key_type is None:
            return
        for payload in step.payloads:
            self.transmit(self.stream.event(self.key_type, payload, now, begins=step.begins))

    def check_silence(self, now: int, limit_ms: int) -> None:
        """Report once that the leg fell silent though it should send. Called about once a second."""
        silent_ms = (now - self._heard_at) // 8
        if silent_ms < limit_ms or not self.answered or not self._expects:
            self._timed_out = False
        elif not self._timed_out:
            self._timed_out = True
            self._emit(MediaTimedOut(at=datetime.now(UTC), leg_id=self.leg_id, silent_ms=silent_ms))

    def lost_transport(self) -> None:
        """Consent ran out or the encrypted path broke: nothing will come any more."""
        if not self._timed_out:
            self._timed_out = True
            silent_ms = (samples() - self._heard_at) // 8
            self._emit(MediaTimedOut(at=datetime.now(UTC), leg_id=self.leg_id, silent_ms=silent_ms))

    # ── Orders ───────────────────────────────────────────────────────────────────────────────────────────

    def up(self) -> None:
        """The leg is answered: from now on audio is sent and expected."""
        if not self.answered:
            self.answered = True
            self._heard_at = samples()

    def agree(self, law: Law, key_type: int | None, *, may_send: bool, expects: bool) -> None:
        """Take what offer and answer settled. Reports `RemoteHold` when it changes."""
        self.law = law
        self.key_type = key_type
        if may_send != self._may_send and self.answered:
            self._emit(RemoteHold(at=datetime.now(UTC), leg_id=self.leg_id, held=not may_send))
        if expects and not self._expects:
            self._heard_at = samples()
        self._may_send = may_send
        self._expects = expects

    def play(self, playback: Playback) -> bool:
        """Begin a play, replacing the one that runs; False when it is a repeated command."""
        if playback.play_id == self._last_play:
            return False
        self.stop_play()
        self._last_play = playback.play_id
        self.playing = playback
        return True

    def stop_play(self) -> None:
        """Stop what plays, if anything."""
        if self.playing is not None:
            self._end_play(finished=False)

    def _end_play(self, *, finished: bool) -> None:
        playing, self.playing = self.playing, None
        self.stream.forget_source()
        self._quiet = FILL_AFTER
        if playing is not None and playing.play_id is not None:
            done = PlayDone(
                at=datetime.now(UTC), leg_id=self.leg_id, play_id=playing.play_id, finished=finished
            )
            self._emit(done)

    def send_digits(self, digits: str) -> None:
        """Press keys for the far end, one after another."""
        self._digits.extend(clean_digits(digits))

    def listen_to_nobody(self) -> None:
        """The source of what this leg hears ends or changes."""
        self.stream.forget_source()
        self._quiet = FILL_AFTER

    def stats(self) -> LegStats:
        """Audio of the leg so far."""
        level: float | None = None
        if self._speech_frames:
            level = to_dbfs(self._speech_sum / self._speech_frames)
        elif self._level_frames:
            level = to_dbfs(self._level_sum / self._level_frames)
        return LegStats(
            codec=self.law.encoding,
            packets_received=self.reception.received,
            packets_sent=self.stream.packets,
            packets_lost=self.reception.lost,
            jitter_ms=round(self.reception.jitter / 8, 2),
            level_dbfs=None if level is None else round(level, 1),
        )
