"""A leg's sound to a browser: offer and answer with ICE and DTLS, then the same `Voice` as any telephone."""

from hotline.adapters.embedded.leg_audio import (
    CNAME,
    Release,
    build_answer,
    build_control,
    next_version,
    read_sdp,
    session_number,
)
from hotline.adapters.embedded.secure_link import BrowserSide, SecureLink
from hotline.adapters.embedded.voice import Voice
from hotline.core.switching import LegStats
from hotline.wire import offer_answer, rtcp, sdp
from hotline.wire.dtmf import DEFAULT_PAYLOAD_TYPE
from hotline.wire.g711 import Law
from hotline.wire.offer_answer import Direction, IceSide, LocalAudio, RemoteAudio

__all__ = ["BrowserLeg", "BrowserSide"]


class BrowserLeg:
    """`LegAudio` over DTLS-SRTP. G.711 only, so that nothing is transcoded on its way to the trunk."""

    def __init__(self, voice: Voice, side: BrowserSide, release: Release) -> None:
        self.voice = voice
        self._release = release
        self._side = side
        self._session = session_number()
        self._version = self._session
        self._said: LocalAudio | None = None
        self._dtls_role = ""
        self._stats: LegStats | None = None
        self._link = SecureLink(side, voice.leg_id, self._on_rtp, self._on_rtcp, voice.lost_transport)
        self.feedback: rtcp.Feedback | None = None
        """The browser's last word on what it receives from us."""

    # ── Offer and answer ─────────────────────────────────────────────────────────────────────────────────

    async def make_offer(self) -> str:
        ice = await self._link.gather(controlling=True, setup=_setup_word(self._dtls_role) or "actpass")
        return sdp.build(offer_answer.offer(self._describe(ice)))

    async def take_answer(self, sdp: str) -> None:
        remote = read_sdp(sdp, secure=True)
        assert remote.ice is not None
        if not self._dtls_role:
            self._dtls_role = "client" if remote.ice.setup == "passive" else "server"
        self._agree(remote, remote.ice)

    async def take_offer(self, sdp: str) -> str:
        remote = read_sdp(sdp, secure=True, our_order=True)  # A-law end to end: nothing to convert
        assert remote.ice is not None
        if not self._dtls_role:
            self._dtls_role = "server" if remote.ice.setup == "active" else "client"
        setup = _setup_word(self._dtls_role)
        if self._link.is_restart(remote.ice):
            own = await self._link.restart(setup)
        else:
            own = await self._link.gather(controlling=False, setup=setup)
        self._agree(remote, remote.ice)
        local = self._describe(
            own, laws=(remote.law,), key_type=remote.key_type, direction=remote.direction.mirrored
        )
        return build_answer(local, remote)

    def _describe(
        self,
        ice: IceSide,
        *,
        laws: tuple[Law, ...] = (Law.ALAW, Law.ULAW),
        key_type: int | None = DEFAULT_PAYLOAD_TYPE,
        direction: Direction = Direction.SENDRECV,
    ) -> LocalAudio:
        port = int(ice.candidates[0].split()[5]) if ice.candidates else 9
        local = LocalAudio(
            address=self._side.advertised,
            port=port,
            session_id=self._session,
            version=self._version,
            ssrc=self.voice.stream.ssrc,
            cname=CNAME,
            laws=laws,
            key_type=key_type,
            direction=direction,
            mux=True,
            ice=ice,
        )
        self._said = local = next_version(self._said, local)
        self._version = local.version
        return local

    def _agree(self, remote: RemoteAudio, ice: IceSide) -> None:
        voice = self.voice
        voice.agree(
            remote.law, remote.key_type, may_send=remote.direction.receives, expects=remote.direction.sends
        )
        voice.transmit = self._link.send
        self._link.start(ice, dtls_role=self._dtls_role)

    # ── Packets ──────────────────────────────────────────────────────────────────────────────────────────

    def _on_rtp(self, data: bytes) -> None:
        self.voice.receive(data)

    def _on_rtcp(self, data: bytes) -> None:
        for feedback in rtcp.parse_feedback(data):
            if feedback.ssrc == self.voice.stream.ssrc:
                self.feedback = feedback

    def report(self) -> None:
        """Send an RTCP report. Called every five seconds."""
        if self.voice.answered:
            self._link.send_control(build_control(self.voice))

    # ── Life ─────────────────────────────────────────────────────────────────────────────────────────────

    def answered(self) -> None:
        self.voice.up()

    def digit(self, digit: str) -> None:
        self.voice.press_from_signalling(digit)

    async def close(self) -> LegStats:
        if self._stats is None:
            self._release(self.voice)
            self._stats = self.voice.stats()
            self.voice.transmit = None
            self._link.send_control(rtcp.build_goodbye(self.voice.stream.ssrc))
            await self._link.close()
        return self._stats


def _setup_word(dtls_role: str) -> str:
    """The a=setup of a side with this DTLS role (RFC 5763, section 5)."""
    return {"client": "active", "server": "passive"}.get(dtls_role, "")
