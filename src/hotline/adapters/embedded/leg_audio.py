"""A leg's sound over plain RTP: ports, SDP, symmetric latch, RTCP. What browsers need more is in `webrtc`."""

import time
from dataclasses import replace
from typing import Protocol

from hotline.adapters.embedded.audio_port import MediaSettings, UnacceptableOffer
from hotline.adapters.embedded.ports import Address, PortPool, UdpSocket
from hotline.adapters.embedded.voice import Voice
from hotline.core.switching import LegStats
from hotline.wire import offer_answer, rtcp, sdp
from hotline.wire.dtmf import DEFAULT_PAYLOAD_TYPE
from hotline.wire.g711 import Law
from hotline.wire.offer_answer import Direction, LocalAudio, NothingInCommon, RemoteAudio
from hotline.wire.rtp import is_rtcp
from hotline.wire.sdp import BadSdp

CNAME = "hotline"


class Release(Protocol):
    """Takes a voice out of everything it is part of (the media plane's half of closing)."""

    def __call__(self, voice: Voice) -> None: ...


def read_sdp(text: str, *, secure: bool, our_order: bool = False) -> RemoteAudio:
    """Read what the far end can.

    Raises:
        UnacceptableOffer: 400 broken, 488 nothing that we speak, or encrypted where plain was expected and the other way round.
    """
    try:
        remote = offer_answer.read(text, our_order=our_order)
    except BadSdp as problem:
        raise UnacceptableOffer(400, str(problem)) from problem
    except NothingInCommon as problem:
        raise UnacceptableOffer(488, str(problem)) from problem
    if (remote.ice is not None) is not secure:
        raise UnacceptableOffer(
            488, "encrypted audio on a plain leg" if remote.ice else "plain audio on a browser leg"
        )
    return remote


def session_number() -> int:
    """A number for o= lines: unique in practice, and below 2^53 for parsers with little room."""
    return time.time_ns() // 1000


class PlainLeg:
    """`LegAudio` over RTP/AVP on a port pair of the pool."""

    def __init__(self, voice: Voice, pool: PortPool, settings: MediaSettings, release: Release) -> None:
        """Take a port pair.

        Raises:
            NoPortLeft: the pool is empty.
        """
        self.voice = voice
        self._pool = pool
        self._release = release
        rtp, control = pool.take()
        self._rtp = UdpSocket(rtp, self._on_rtp)
        self._control = UdpSocket(control, self._on_control)
        self._address = settings.advertised or settings.address
        self._session = session_number()
        self._version = self._session
        self._said: LocalAudio | None = None
        self._signalled: Address | None = None
        self._latched: Address | None = None
        self._target: Address = ("", 0)
        self._control_target: Address | None = None
        self._mux = False
        self._stats: LegStats | None = None
        self.feedback: rtcp.Feedback | None = None
        """The far end's last word on what it receives from us."""

    # ── Offer and answer ─────────────────────────────────────────────────────────────────────────────────

    async def make_offer(self) -> str:
        return sdp.build(offer_answer.offer(self._describe(mux=False)))

    async def take_answer(self, sdp: str) -> None:
        self._agree(read_sdp(sdp, secure=False))

    async def take_offer(self, sdp: str) -> str:
        remote = read_sdp(sdp, secure=False)
        self._agree(remote)
        local = self._describe(
            mux=remote.mux, laws=(remote.law,), key_type=remote.key_type, direction=remote.direction.mirrored
        )
        return build_answer(local, remote)

    def _describe(
        self,
        *,
        mux: bool,
        laws: tuple[Law, ...] = (Law.ALAW, Law.ULAW),
        key_type: int | None = DEFAULT_PAYLOAD_TYPE,
        direction: Direction = Direction.SENDRECV,
    ) -> LocalAudio:
        local = LocalAudio(
            address=self._address,
            port=self._rtp.port,
            session_id=self._session,
            version=self._version,
            ssrc=self.voice.stream.ssrc,
            cname=CNAME,
            laws=laws,
            key_type=key_type,
            direction=direction,
            mux=mux,
        )
        self._said = local = next_version(self._said, local)
        self._version = local.version
        return local

    def _agree(self, remote: RemoteAudio) -> None:
        voice = self.voice
        voice.agree(
            remote.law, remote.key_type, may_send=remote.direction.receives, expects=remote.direction.sends
        )
        self._mux = remote.mux
        self._control_target = remote.rtcp_address
        if remote.address in {"0.0.0.0", "::"}:  # noqa: S104 - held by an old phone: nowhere to send
            return
        before, self._signalled = self._signalled, (remote.address, remote.port)
        self._latched = None  # open for a new sender
        if self._signalled != before:  # the same words again (a refresh): go on sending where audio came from
            self._target = self._signalled
        voice.transmit = self._send

    # ── Packets ──────────────────────────────────────────────────────────────────────────────────────────

    def _send(self, data: bytes) -> None:
        self._rtp.send(data, self._target)

    def _on_rtp(self, data: bytes, address: Address) -> None:
        if address != self._latched and not self._may_latch(address):
            return
        if self.voice.receive(data):
            if address != self._latched:
                self._latched = self._target = address
        elif is_rtcp(data):
            self._on_control(data, address)

    def _may_latch(self, address: Address) -> bool:
        """The first sender is believed (NAT), once; the address in the SDP may correct that."""
        return self._latched is None or address == self._signalled

    def _on_control(self, data: bytes, address: Address) -> None:
        if address[0] != self._target[0]:
            return
        for feedback in rtcp.parse_feedback(data):
            if feedback.ssrc == self.voice.stream.ssrc:
                self.feedback = feedback

    def report(self) -> None:
        """Send an RTCP report. Called every five seconds."""
        if self._control_target is not None and self.voice.answered:
            self._send_control(build_control(self.voice))

    def _send_control(self, data: bytes) -> None:
        if self._mux:
            self._rtp.send(data, self._target)
        elif self._control_target is not None:
            self._control.send(data, self._control_target)

    # ── Life ─────────────────────────────────────────────────────────────────────────────────────────────

    def answered(self) -> None:
        self.voice.up()

    def digit(self, digit: str) -> None:
        self.voice.press_from_signalling(digit)

    async def close(self) -> LegStats:
        if self._stats is None:
            self._release(self.voice)
            self._stats = self.voice.stats()
            if self._control_target is not None:
                self._send_control(rtcp.build_goodbye(self.voice.stream.ssrc))
            self.voice.transmit = None
            self._rtp.close()
            self._control.close()
            self._pool.give_back(self._rtp.port)
        return self._stats


def next_version(said: LocalAudio | None, local: LocalAudio) -> LocalAudio:
    """Count the version up when we say something else than last time (RFC 3264, section 8)."""
    return local if said is None or said == local else replace(local, version=local.version + 1)


def build_answer(local: LocalAudio, remote: RemoteAudio) -> str:
    """The text of our answer."""
    return sdp.build(offer_answer.answer(local, remote))


def build_control(voice: Voice) -> bytes:
    """An RTCP report on a voice's two streams."""
    stream = voice.stream
    return rtcp.build_report(
        ssrc=stream.ssrc,
        cname=CNAME,
        unix_time_s=time.time(),
        timestamp=stream.timestamp,
        packets=stream.packets,
        octets=stream.octets,
        received=voice.reception.report(),
    )
