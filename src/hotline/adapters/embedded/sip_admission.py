"""Who may talk to the engine: listed trunk peers, telephones with a password, browsers with a short-lived log-in.

Everybody else gets no answer over UDP. Rates are limited for each source; wrong passwords lock out (ADM-6). Knows the
directory of the last `Provision`, no call and no socket.
"""

from __future__ import annotations

import ipaddress
import re
import secrets
from dataclasses import dataclass

import structlog

from hotline.adapters.embedded.sip_settings import SipSettings
from hotline.core.ids import DeviceId, TrunkId
from hotline.core.switching import DeviceEntry, LegKind, Provision, TrunkEntry
from hotline.wire.sip.address import uri_scheme
from hotline.wire.sip.digest import Challenger, Credentials, Verdict, browser_password, ha1, parse_credentials
from hotline.wire.sip.flow import Flow
from hotline.wire.sip.limits import LockOut, TokenBuckets, is_scanner
from hotline.wire.sip.message import Headers, Request
from hotline.wire.sip.numbers import called_of, caller_of
from hotline.wire.sip.session_timer import MIN_SE_S, too_small

log = structlog.get_logger(__name__)

GUEST_PREFIX = "guest-"
_EXTENSIONS = frozenset({"timer"})
_BROWSER_USER = re.compile(r"(\d{9,11}):(.{1,64})\Z")
_NOBODY = "0" * 32
"""The password hash of users that do not exist: checking them takes as long as checking those that do."""

EMPTY_DIRECTORY = Provision(realm="hotline", devices=(), trunks=(), browser_secret="", web_numbers=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls, and whom."""

    kind: LegKind
    ani: str
    dnis: str
    trunk_id: TrunkId | None = None
    device_id: DeviceId | None = None
    test: bool = False
    codecs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """Answer with this status."""

    status: int
    headers: Headers = ()
    caller: Caller | None = None
    """Set for a call through a trunk that is to be counted though it is refused."""


class Admission:
    """The door of the engine."""

    def __init__(self, settings: SipSettings) -> None:
        self._settings = settings
        self._challenger = Challenger(settings.realm, secrets.token_bytes(32), settings.digest_algorithms)
        self._invites = TokenBuckets(settings.invite_rate, settings.invite_burst)
        self._registers = TokenBuckets(settings.register_rate, settings.register_burst)
        self._lock_out = LockOut(settings.lock_after)
        self.directory = EMPTY_DIRECTORY
        self._devices: dict[str, DeviceEntry] = {}
        self._networks: list[tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, TrunkEntry]] = []

    def provision(self, directory: Provision) -> None:
        """Take over a new directory."""
        self.directory = directory
        self._devices = {str(entry.device_id): entry for entry in directory.devices}
        self._networks = [
            (ipaddress.ip_network(peer, strict=False), trunk)
            for trunk in directory.trunks
            for peer in trunk.peers
        ]
        if directory.realm != self._challenger.realm:
            self._challenger = Challenger(
                directory.realm, secrets.token_bytes(32), self._settings.digest_algorithms
            )

    def knows_device(self, device_id: str) -> bool:
        """Whether a device stands in the directory (browser phones do not; their log-in speaks for them)."""
        return device_id in self._devices

    def trunk(self, trunk_id: TrunkId) -> TrunkEntry | None:
        """The trunk of this id."""
        return next((trunk for trunk in self.directory.trunks if trunk.trunk_id == trunk_id), None)

    def trunks_of(self, flow: Flow) -> list[TrunkEntry]:
        """The trunks whose peers include this source; a browser's connection is never a trunk."""
        if flow.websocket:
            return []
        try:
            address = ipaddress.ip_address(flow.host)
        except ValueError:
            return []
        return [trunk for network, trunk in self._networks if address in network]

    def admits(self, request: Request, flow: Flow, now: float, *, known: bool) -> bool:
        """Whether a new request is looked at at all. `known`: it comes from a registered telephone or in a dialog.

        A stranger over UDP may only try to register: scanners learn nothing from silence.
        """
        if not known and not self.trunks_of(flow):
            signed = request.get("authorization") or request.get("proxy-authorization")
            if not flow.reliable and request.method != "REGISTER" and not signed:
                return False
            if is_scanner(request.get("user-agent")):
                return False
        match request.method:
            case "INVITE":
                allowed = self._invites.take(flow.host, now)
            case "REGISTER" | "OPTIONS" | "SUBSCRIBE" | "MESSAGE" | "PUBLISH":
                allowed = self._registers.take(flow.host, now)
            case _:
                return True
        if not allowed:
            log.warning("sip_rate_limited", method=request.method, source=flow.host)
        return allowed

    # ── Passwords ───────────────────────────────────────────────────────────────────────────────────────────

    def authenticate(self, request: Request, flow: Flow, now: float, unix_now: float) -> DeviceId | Refused:
        """Find out which device sends this. Unknown users and wrong passwords look the same from outside."""
        given = next(
            (
                found
                for value in (*request.all("authorization"), *request.all("proxy-authorization"))
                if (found := parse_credentials(value)) is not None and found.realm == self._challenger.realm
            ),
            None,
        )
        if given is None:
            return self._challenge(now)
        who = (flow.host, given.username)
        if self._lock_out.locked(who, now):
            return Refused(403)
        device_id, hashed = self._hash_of(given, unix_now)
        match self._challenger.judge(given, hashed, request.method, now):
            case Verdict.GOOD:
                self._lock_out.right(who)
                return DeviceId(device_id)
            case Verdict.STALE:
                return self._challenge(now, stale=True)
            case Verdict.WRONG:
                if self._lock_out.wrong(who, now):
                    log.warning("sip_locked_out", source=flow.host)
                return self._challenge(now)

    def _challenge(self, now: float, *, stale: bool = False) -> Refused:
        values = self._challenger.challenges(secrets.token_hex(8), now, stale=stale)
        return Refused(401, tuple(("www-authenticate", value) for value in values))

    def _hash_of(self, given: Credentials, unix_now: float) -> tuple[str, str]:
        browser = _BROWSER_USER.match(given.username)
        if browser is not None:
            if not self.directory.browser_secret or int(browser[1]) < unix_now:
                return browser[2], _NOBODY
            password = browser_password(self.directory.browser_secret, given.username)
            return browser[2], ha1(given.username, given.realm, password, given.algorithm)
        entry = self._devices.get(given.username)
        if entry is None:
            return given.username, _NOBODY
        return given.username, entry.ha1_sha256 if given.algorithm == "SHA-256" else entry.ha1_md5

    # ── Calls ───────────────────────────────────────────────────────────────────────────────────────────────

    def caller(
        self, request: Request, flow: Flow, now: float, unix_now: float, *, registered: bool
    ) -> Caller | Refused:
        """Decide about an INVITE outside a dialog. `registered`: a telephone registered from exactly this source."""
        dnis = called_of(request)
        signed = request.get("authorization") or request.get("proxy-authorization")
        trunks = self.trunks_of(flow)
        if trunks and not signed and not registered:
            return self._from_trunk(request, flow, trunks, dnis)
        device = self.authenticate(request, flow, now, unix_now)
        if isinstance(device, Refused):
            return device
        if device.startswith(GUEST_PREFIX):
            if dnis not in self.directory.web_numbers:
                return Refused(403)
            return Caller(kind=LegKind.WEB, ani="", dnis=dnis, device_id=device)
        return Caller(kind=LegKind.DEVICE, ani=device, dnis=dnis, device_id=device)

    @staticmethod
    def _from_trunk(request: Request, flow: Flow, trunks: list[TrunkEntry], dnis: str) -> Caller | Refused:
        trunk = next((t for t in trunks if not t.numbers or dnis in t.numbers), None)
        test = request.get("x-hotline-test") == "1" and ipaddress.ip_address(flow.host).is_loopback
        caller = Caller(
            kind=LegKind.TRUNK,
            ani=caller_of(request),
            dnis=dnis,
            trunk_id=(trunk or trunks[0]).trunk_id,
            test=test,
            codecs=(trunk or trunks[0]).codecs,
        )
        return caller if trunk is not None and dnis else Refused(404, caller=caller)


def unacceptable(request: Request) -> Refused | None:
    """What RFC 3261 section 8.2.2 and 8.2.3 refuse before anyone looks at who calls."""
    if uri_scheme(request.uri) not in ("sip", "sips", "tel"):
        return Refused(416)
    unknown = sorted(request.tokens("require") - _EXTENSIONS)
    if unknown:
        return Refused(420, (("unsupported", ", ".join(unknown)),))
    if request.method != "INVITE":
        return None
    accepted = request.tokens("accept")
    if accepted and not any(
        kind.partition(";")[0].strip() in ("application/sdp", "*/*", "application/*") for kind in accepted
    ):
        return Refused(406, (("accept", "application/sdp"),))
    if request.tokens("content-encoding") - {"identity"}:
        return Refused(415, (("accept-encoding", "identity"),))
    if too_small(request):
        return Refused(422, (("min-se", str(MIN_SE_S)),))
    return None if called_of(request) else Refused(404)
