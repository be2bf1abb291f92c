"""What FreeSWITCH's mod_xml_curl is answered: which telephone has which password hash, who may call through the trunks.

A pure fold of the last `Provision`. The digest of the request comes along with every question, so a right password is
checked here before anything is told: a wrong one gets nothing to cache, and is counted (ADM-6). An answer stays cached at the
node for half an hour (`cacheable`), which is why telephones stay registered while the application restarts; whoever
changes the directory sends the orders of `digests` to every node. Knows no socket and no clock.
"""

import hashlib
import hmac
import ipaddress
import re
from collections.abc import Mapping
from xml.sax.saxutils import quoteattr

import structlog

from hotline.core.switching import DeviceEntry, Provision, TrunkEntry
from hotline.wire.sip.digest import Credentials, browser_password, expected_response, ha1
from hotline.wire.sip.limits import LockOut

log = structlog.stdlib.get_logger(__name__)

REALM = "hotline"
"""Realm and domain of telephones, fixed in `deploy/freeswitch/conf/profiles/agents.xml`."""
TRUNK_DOMAIN = "hotline-trunks"
"""Domain of the access list `trunk-peers`."""
FORGET_TELEPHONES = "xml_flush_cache"
RELOAD_PEERS = "reloadacl"
"""Orders for a node whose answers about telephones, or about the trunks' peers, are others than it was told."""

CACHE_S = 1_800
"""How long a node may use an answer. FreeSWITCH counts microseconds in 32 bits: 2,147 s is the most."""
GUEST_PREFIX = "guest-"
_BROWSER_USER = re.compile(r"(\d{9,11}):([\w.-]{1,64})\Z", re.ASCII)
_NOBODY = "0" * 32
"""Hash of users that do not exist: checking them takes as long as checking those that do."""
NOT_FOUND = (
    '<document type="freeswitch/xml"><section name="result"><result status="not found"/></section></document>'
)


class Directory:
    """Answers by the last `Provision`."""

    def __init__(self, lock_out: LockOut | None = None) -> None:
        self._lock_out = lock_out or LockOut()
        self._devices: dict[str, DeviceEntry] = {}
        self._trunks: tuple[TrunkEntry, ...] = ()
        self._browser_secret = ""
        self._web_numbers: frozenset[str] = frozenset()

    def provision(self, provision: Provision) -> None:
        """Take over a new directory. Afterwards every node must be sent the orders of `digests`.

        Raises:
            ValueError: the realm is not the one that the nodes are configured for.
        """
        if provision.realm != REALM:
            raise ValueError(f"FreeSWITCH is configured for the realm {REALM}, not {provision.realm}")
        self._devices = {str(entry.device_id): entry for entry in provision.devices}
        self._trunks = provision.trunks
        self._browser_secret = provision.browser_secret
        self._web_numbers = frozenset(provision.web_numbers)

    def digests(self, key: bytes) -> dict[str, str]:
        """Return, for each order of a refresh, a digest of everything that a node remembers until it comes."""
        telephones = (
            sorted(map(repr, self._devices.values())),
            self._browser_secret,
            sorted(self._web_numbers),
        )
        peers = [(trunk.trunk_id, _networks(trunk)) for trunk in self._trunks if trunk.peers]
        parts = {FORGET_TELEPHONES: telephones, RELOAD_PEERS: peers}
        return {
            order: hmac.digest(key, repr(part).encode(), hashlib.sha256).hex()
            for order, part in parts.items()
        }

    def answer(self, asked: Mapping[str, str], *, now: float, unix_now: float) -> str:
        """Return the XML for one question (the form fields of mod_xml_curl). `now` is steady, `unix_now` the wall clock."""
        domain = asked.get("domain") or asked.get("key_value", "")
        if asked.get("section") != "directory":
            return NOT_FOUND
        if domain == TRUNK_DOMAIN:
            return self._trunk_peers(asked)
        if domain == REALM and asked.get("action") == "sip_auth":
            return self._telephone(asked, now, unix_now)
        return NOT_FOUND

    # ── Trunks ──────────────────────────────────────────────────────────────────────────────────────────────

    def _trunk_peers(self, asked: Mapping[str, str]) -> str:
        """The peers of all trunks for the access list, or one trunk for a call that the list let in (no password, no log-in)."""
        wanted = asked.get("user", "")
        if asked.get("action") == "sip_auth":
            return NOT_FOUND
        users = [
            f"<user id={quoteattr(str(trunk.trunk_id))} cidr={quoteattr(_networks(trunk))}"
            f' cacheable="{CACHE_S * 1000}"/>'
            for trunk in self._trunks
            if trunk.peers and wanted in {"", str(trunk.trunk_id)}
        ]
        if wanted and not users:
            return NOT_FOUND
        return _document(TRUNK_DOMAIN, "".join(users))

    # ── Telephones ──────────────────────────────────────────────────────────────────────────────────────────

    def _telephone(self, asked: Mapping[str, str], now: float, unix_now: float) -> str:
        username, method = asked.get("sip_auth_username", ""), asked.get("sip_auth_method", "")
        who = (asked.get("ip", ""), username)
        if self._lock_out.locked(who, now):
            return NOT_FOUND
        device, hashed, cache_s = self._hash_of(username, unix_now)
        if not _digest_right(asked, hashed, method):
            if self._lock_out.wrong(who, now):
                log.warning("sip_locked_out", source=who[0])
            return NOT_FOUND
        self._lock_out.right(who)
        guest = device.startswith(GUEST_PREFIX)
        if not self._may(device, method, asked, guest=guest):
            log.warning("sip_log_in_misused", device="guest" if guest else device, method=method)
            return NOT_FOUND
        return _user(
            username, device, hashed, kind="web" if guest else "device", cache_s=0 if guest else cache_s
        )

    def _hash_of(self, username: str, unix_now: float) -> tuple[str, str, int]:
        """Return device, password hash and for how many seconds it may be remembered."""
        browser = _BROWSER_USER.match(username)
        if browser is None:
            entry = self._devices.get(username)
            return username, entry.ha1_md5 if entry is not None else _NOBODY, CACHE_S
        left_s = int(browser[1]) - int(unix_now)
        if not self._browser_secret or left_s <= 0:
            return browser[2], _NOBODY, 0
        password = browser_password(self._browser_secret, username)
        return browser[2], ha1(username, REALM, password), min(CACHE_S, left_s)

    def _may(self, device: str, method: str, asked: Mapping[str, str], *, guest: bool) -> bool:
        """Whether a proven log-in is used for what it is for: telephones register as themselves, guests only call."""
        if guest:
            return method != "REGISTER" and asked.get("sip_request_user", "") in self._web_numbers
        return method != "REGISTER" or asked.get("sip_to_user", "") == device


def _digest_right(asked: Mapping[str, str], hashed: str, method: str) -> bool:
    given = Credentials(
        username=asked.get("sip_auth_username", ""),
        realm=asked.get("sip_auth_realm", ""),
        nonce=asked.get("sip_auth_nonce", ""),
        uri=asked.get("sip_auth_uri", ""),
        response=asked.get("sip_auth_response", "").lower(),
        qop=asked.get("sip_auth_qop", ""),
        nc=asked.get("sip_auth_nc", ""),
        cnonce=asked.get("sip_auth_cnonce", ""),
    )
    expected = expected_response(given, hashed, method)
    same = hmac.compare_digest(expected, given.response.encode("ascii", "replace").decode())
    return same and hashed != _NOBODY and given.realm == REALM


def _user(username: str, device: str, hashed: str, *, kind: str, cache_s: int) -> str:
    """One user. `sip-force-user` makes a registration that of the device, whatever name the telephone gives itself."""
    cacheable = f' cacheable="{cache_s * 1000}"' if cache_s else ""
    return _document(
        REALM,
        f"<user id={quoteattr(username)}{cacheable}><params>"
        f'<param name="a1-hash" value={quoteattr(hashed)}/>'
        f'<param name="sip-force-user" value={quoteattr(device)}/>'
        "</params><variables>"
        f'<variable name="hotline_device" value={quoteattr(device)}/>'
        f'<variable name="hotline_kind" value={quoteattr(kind)}/>'
        "</variables></user>",
    )


def _document(domain: str, users: str) -> str:
    return (
        '<document type="freeswitch/xml"><section name="directory">'
        f"<domain name={quoteattr(domain)}><users>{users}</users></domain></section></document>"
    )


def _networks(trunk: TrunkEntry) -> str:
    return ",".join(str(ipaddress.ip_network(peer, strict=False)) for peer in trunk.peers)
