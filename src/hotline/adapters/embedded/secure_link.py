"""Encrypted audio to one browser: ICE (RFC 8445), DTLS (RFC 5764) and SRTP by `aiortc` and its `aioice`, whole RTP packets in and out.

Only transport is taken from those libraries: frames pass as raw RTP, which costs a tenth of their media path. That needs private
names (`_nominated`, `_protocols`, `_rx_srtp`, `_tx_srtp`), so both are pinned to exact versions; every use is in this file.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import pylibsrtp
import structlog
from aioice import Candidate, Connection
from aioice.candidate import candidate_foundation, candidate_priority
from aioice.ice import StunProtocol
from aiortc import RTCCertificate
from aiortc.rtcdtlstransport import RTCDtlsFingerprint, RTCDtlsParameters, RTCDtlsTransport

from hotline.adapters.embedded.audio_port import MediaSettings
from hotline.adapters.embedded.ports import PortPool, UdpSocket
from hotline.wire.offer_answer import IceSide
from hotline.wire.rtp import is_rtcp

log = structlog.get_logger(__name__)

CONNECT_TIMEOUT_S = 15.0
CLOSE_TIMEOUT_S = 2.0
_INBOX = 64
_MAX_CANDIDATES = 32

OnPacket = Callable[[bytes], None]


class BrowserSide:
    """What all browser legs share: our certificate, addresses and ports."""

    def __init__(self, settings: MediaSettings, pool: PortPool) -> None:
        self.certificate = RTCCertificate.generateCertificate()
        self.fingerprints = tuple(
            (print_.algorithm, print_.value)
            for print_ in self.certificate.getFingerprints()
            if print_.algorithm == "sha-256"
        )
        self.advertised = settings.advertised or settings.address
        self.pool = pool


class _Pipe:
    """The part of a datagram transport that `StunProtocol` uses, over a socket of our pool."""

    def __init__(self, side: BrowserSide, protocol: "_Stun") -> None:
        rtp, control = side.pool.take()
        control.close()  # browsers multiplex RTCP
        self._pool = side.pool
        self._protocol = protocol
        self._socket = UdpSocket(rtp, protocol.datagram_received)
        self._closed = False
        self.port = self._socket.port
        self.sendto = self._socket.send

    def get_extra_info(self, _name: str) -> None:
        """Nothing is known under any name."""

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._socket.close()
            self._pool.give_back(self.port)
            self._protocol.connection_lost(None)


class _Stun(StunProtocol):
    """Sorts datagrams by their first byte (RFC 7983): audio and DTLS never see the STUN parser."""

    receiver: "IceConnection"

    def datagram_received(self, data: bytes | str, addr: tuple[Any, ...]) -> None:
        assert isinstance(data, bytes)
        first = data[0] if data else 0
        if 127 < first < 192:
            self.receiver.on_srtp(data)
        elif 19 < first < 64:
            self.receiver.on_dtls(data)
        elif first < 4 and data:
            super().datagram_received(data, addr)


class IceConnection(Connection):
    """One component on one port of our pool. Neither STUN nor TURN servers are asked: we are the public side."""

    def __init__(self, side: BrowserSide, *, controlling: bool, on_srtp: OnPacket, on_dtls: OnPacket) -> None:
        super().__init__(ice_controlling=controlling, use_ipv6=False)
        self._side = side
        self.on_srtp = on_srtp
        self.on_dtls = on_dtls

    async def get_component_candidates(
        self,
        component: int,
        addresses: list[str],
        timeout: int = 5,  # noqa: ASYNC109 - the library's signature
    ) -> list[Candidate]:
        del addresses, timeout  # of the machine's interfaces and of servers: we ask neither
        protocol = _Stun(self)
        pipe = _Pipe(self._side, protocol)
        protocol.connection_made(pipe)  # pyright: ignore[reportArgumentType]
        host = self._side.advertised
        protocol.local_candidate = Candidate(
            foundation=candidate_foundation("host", "udp", host),
            component=component,
            transport="udp",
            priority=candidate_priority(component, "host"),
            host=host,
            port=pipe.port,
            type="host",
        )
        self._protocols.append(protocol)
        return [protocol.local_candidate]

    def data_received(self, data: bytes, component: int) -> None:
        """Neither audio, DTLS nor sound STUN: dropped."""

    def send_now(self, data: bytes) -> bool:
        """Send over the nominated pair; False while there is none."""
        pair = self._nominated.get(1)
        if pair is None:
            return False
        pair.protocol.transport.sendto(data, pair.remote_addr)
        return True

    async def add_candidates(self, candidates: tuple[str, ...]) -> None:
        """Take the browser's candidates. Names in `.local` (mDNS) are left out: its checks tell us its address soon enough."""
        for text in candidates[:_MAX_CANDIDATES]:
            with contextlib.suppress(ValueError, AssertionError, IndexError, KeyError):
                candidate = Candidate.from_sdp(text)
                if candidate.component == 1 and not candidate.host.endswith(".local"):
                    await self.add_remote_candidate(candidate)


class SecureLink:
    """One browser's encrypted path. Survives ICE restarts: DTLS and SRTP go on over the new connection."""

    def __init__(
        self, side: BrowserSide, name: str, on_rtp: OnPacket, on_rtcp: OnPacket, on_lost: Callable[[], None]
    ) -> None:
        self._side = side
        self._name = name
        self._on_rtp = on_rtp
        self._on_rtcp = on_rtcp
        self._on_lost = on_lost
        self._ice: IceConnection | None = None  # the one in use, or the first one being set up
        self._next: IceConnection | None = None  # prepared by a restart
        self._remote_ufrag = ""
        self._inbox: asyncio.Queue[bytes | None] = asyncio.Queue(_INBOX)
        self._dtls = RTCDtlsTransport(self, [side.certificate])  # pyright: ignore[reportArgumentType] - the three members it uses
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False
        self.connected = asyncio.Event()

    # What RTCDtlsTransport uses of an ICE transport ─────────────────────────────────────────────────────────

    role = "controlled"

    async def _recv(self) -> bytes:
        data = await self._inbox.get()
        if data is None:
            raise ConnectionError("closed")
        return data

    async def _send(self, data: bytes) -> None:
        if self._ice is None or not self._ice.send_now(data):
            raise ConnectionError("not connected")

    # ── Setting up ───────────────────────────────────────────────────────────────────────────────────────

    async def gather(self, *, controlling: bool, setup: str) -> IceSide:
        """Open a port and return our parameters, the same ones until `restart`.

        Raises:
            NoPortLeft: the pool is empty.
        """
        if self._ice is None:
            ice = self._new_connection(controlling=controlling)
            await ice.gather_candidates()
            self._ice = ice
        return self._own_side(self._ice, setup)

    def _new_connection(self, *, controlling: bool) -> IceConnection:
        return IceConnection(
            self._side, controlling=controlling, on_srtp=self._srtp_came, on_dtls=self._dtls_came
        )

    def _own_side(self, ice: IceConnection, setup: str) -> IceSide:
        return IceSide(
            ufrag=ice.local_username,
            password=ice.local_password,
            candidates=tuple(candidate.to_sdp() for candidate in ice.local_candidates),
            fingerprints=self._side.fingerprints,
            setup=setup,
        )

    def is_restart(self, remote: IceSide) -> bool:
        """The browser asks for new ICE credentials on a path that already has some (RFC 8839, section 4.4)."""
        return bool(self._remote_ufrag) and remote.ufrag != self._remote_ufrag

    async def restart(self, setup: str) -> IceSide:
        """Prepare a new connection beside the running one, which carries audio until the new one is nominated.

        Raises:
            NoPortLeft: the pool is empty.
        """
        assert self._ice is not None
        await self._drop_next()
        fresh = self._new_connection(controlling=self._ice.ice_controlling)
        await fresh.gather_candidates()
        self._next = fresh
        self._remote_ufrag = ""
        return self._own_side(fresh, setup)

    async def _drop_next(self) -> None:
        abandoned, self._next = self._next, None
        if abandoned is not None:
            await abandoned.close()

    def start(self, remote: IceSide, *, dtls_role: str) -> None:
        """Connect with the browser's parameters; does nothing when they are the ones in use."""
        ice = self._next or self._ice
        if remote.ufrag == self._remote_ufrag or ice is None or self._closed:
            return
        self._remote_ufrag = remote.ufrag
        self._spawn(self._follow(ice, remote, dtls_role), "browser-path")

    def _spawn(self, work: Any, what: str) -> None:
        task = asyncio.get_running_loop().create_task(work, name=f"{what}-{self._name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _follow(self, ice: IceConnection, remote: IceSide, dtls_role: str) -> None:
        """One connection's life: checks, hand-over, and the loss of consent."""
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                await self._connect(ice, remote)
                if not self.connected.is_set():
                    await self._handshake(remote, dtls_role)
        except (TimeoutError, ConnectionError) as problem:
            log.info("browser_path_failed", leg_id=self._name, why=str(problem) or type(problem).__name__)
        else:
            await ice.get_event()  # returns when consent is lost (RFC 7675) or the connection was closed
        if ice is self._ice:
            self._lost()
        elif ice is self._next:  # the restart failed; the path in use may still be good
            await self._drop_next()

    async def _connect(self, ice: IceConnection, remote: IceSide) -> None:
        ice.remote_username = remote.ufrag
        ice.remote_password = remote.password
        ice.remote_is_lite = remote.lite
        await ice.add_candidates(remote.candidates)
        await ice.connect()
        if ice is self._next:
            old, self._ice, self._next = self._ice, ice, None
            if old is not None:
                await old.close()

    async def _handshake(self, remote: IceSide, dtls_role: str) -> None:
        dtls = self._dtls
        dtls._set_role(dtls_role)
        dtls.on("statechange", self._dtls_changed)
        prints = [RTCDtlsFingerprint(algorithm=kind, value=value) for kind, value in remote.fingerprints]
        await dtls.start(RTCDtlsParameters(fingerprints=prints))
        if dtls.state != "connected":
            raise ConnectionError(f"DTLS {dtls.state}")
        self.connected.set()

    def _dtls_changed(self) -> None:
        if self._dtls.state in {"closed", "failed"}:
            self._lost()

    def _lost(self) -> None:
        if not self._closed:
            self._on_lost()

    # ── Packets ──────────────────────────────────────────────────────────────────────────────────────────

    def _dtls_came(self, data: bytes) -> None:
        with contextlib.suppress(asyncio.QueueFull):  # DTLS retransmits
            self._inbox.put_nowait(data)

    def _srtp_came(self, data: bytes) -> None:
        session = self._dtls._rx_srtp
        if session is None:
            return
        try:
            if is_rtcp(data):
                self._on_rtcp(session.unprotect_rtcp(data))
            else:
                self._on_rtp(session.unprotect(data))
        except pylibsrtp.Error:  # forged, repeated or of an earlier key
            return

    def send(self, data: bytes) -> None:
        """Encrypt and send one RTP packet; dropped while there is no path."""
        if self._ice is not None and self.connected.is_set():
            self._ice.send_now(self._dtls._tx_srtp.protect(data))

    def send_control(self, data: bytes) -> None:
        """Encrypt and send RTCP."""
        if self._ice is not None and self.connected.is_set():
            self._ice.send_now(self._dtls._tx_srtp.protect_rtcp(data))

    async def close(self) -> None:
        """Say good-bye to the browser and free the port. Never takes longer than `CLOSE_TIMEOUT_S`."""
        if self._closed:
            return
        self._closed = True
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                with contextlib.suppress(ConnectionError):
                    await self._dtls.stop()
                self._dtls.remove_all_listeners()
                tasks = list(self._tasks)
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                await self._drop_next()
                if self._ice is not None:
                    await self._ice.close()
        except TimeoutError:
            log.warning("browser_path_not_closed_in_time", leg_id=self._name)
