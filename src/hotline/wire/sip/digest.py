"""Digest authentication (RFC 7616, RFC 8760, RFC 3261 section 22): challenges and their check, and our own answers. Pure.

A nonce carries its time and a keyed hash, so that none need be remembered to be believed; the counts of those in
use are kept (bounded) to refuse a replay.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from hotline.wire.sip.codec import auth_parts

NONCE_LIFETIME_S = 300
NONCE_LIMIT = 16_384
_HASHES: dict[str, Callable[[bytes], object]] = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}


def _hash(algorithm: str, text: str) -> str:
    data = text.encode("utf-8", "surrogateescape")
    if algorithm == "SHA-256":
        return hashlib.sha256(data).hexdigest()
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def ha1(username: str, realm: str, password: str, algorithm: str = "MD5") -> str:
    """Return the hex digest of user:realm:password, which is all that a server need keep."""
    return _hash(algorithm, f"{username}:{realm}:{password}")


class Verdict(StrEnum):
    """What became of credentials."""

    GOOD = "good"
    STALE = "stale"  # right password, old nonce: challenge again, do not count as wrong
    WRONG = "wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """An Authorization header of the Digest scheme."""

    username: str
    realm: str
    nonce: str
    uri: str
    response: str
    algorithm: str = "MD5"
    qop: str = ""
    nc: str = ""
    cnonce: str = ""


def parse_credentials(header: str) -> Credentials | None:
    """Read an Authorization or Proxy-Authorization value; None when it is no Digest or lacks a part (RFC 4475 3.3.8)."""
    scheme, values = auth_parts(header)
    needed = ("username", "realm", "nonce", "uri", "response")
    if scheme != "digest" or any(not values.get(name) for name in needed):
        return None
    return Credentials(
        username=values["username"].replace("\\", ""),
        realm=values["realm"],
        nonce=values["nonce"],
        uri=values["uri"],
        response=values["response"].lower(),
        algorithm=values.get("algorithm", "MD5").upper(),
        qop=values.get("qop", "").lower(),
        nc=values.get("nc", ""),
        cnonce=values.get("cnonce", ""),
    )


def expected_response(credentials: Credentials, ha1_hex: str, method: str) -> str:
    """Return what the response must be (RFC 7616 section 3.4.1; qop auth, or none as in RFC 2069)."""
    ha2 = _hash(credentials.algorithm, f"{method}:{credentials.uri}")
    middle = (
        f"{credentials.nonce}:{credentials.nc}:{credentials.cnonce}:{credentials.qop}"
        if credentials.qop
        else credentials.nonce
    )
    return _hash(credentials.algorithm, f"{ha1_hex}:{middle}:{ha2}")


class Challenger:
    """Makes challenges and judges the answers."""

    def __init__(self, realm: str, secret: bytes, algorithms: tuple[str, ...] = ("MD5",)) -> None:
        self.realm = realm
        self._secret = secret
        self._algorithms = tuple(name for name in algorithms if name in _HASHES)
        self._counts: OrderedDict[str, int] = OrderedDict()

    def challenges(self, token: str, now: float, *, stale: bool = False) -> tuple[str, ...]:
        """Return the WWW-Authenticate values, preferred algorithm first (RFC 8760). `token` makes the nonce unique."""
        stamp = f"{int(now):x}.{token}"
        nonce = f"{stamp}.{self._sign(stamp)}"
        tail = ", stale=true" if stale else ""
        return tuple(
            f'Digest realm="{self.realm}", nonce="{nonce}", algorithm={name}, qop="auth"{tail}'
            for name in self._algorithms
        )

    def judge(self, credentials: Credentials, ha1_hex: str, method: str, now: float) -> Verdict:
        """Check credentials against the hash of the password. Takes the same time whether or not the user exists."""
        right = hmac.compare_digest(expected_response(credentials, ha1_hex, method), credentials.response)
        stamp, _, mark = credentials.nonce.rpartition(".")
        ours = hmac.compare_digest(self._sign(stamp).encode(), mark.encode("utf-8", "replace"))
        if not right or credentials.algorithm not in _HASHES or credentials.qop not in ("", "auth"):
            return Verdict.WRONG
        if not ours or now - int(stamp.partition(".")[0], 16) > NONCE_LIFETIME_S:
            return Verdict.STALE
        return Verdict.GOOD if self._count(credentials) else Verdict.STALE

    def _count(self, credentials: Credentials) -> bool:
        """Refuse a count that was used before (a replay). Without qop there is no count to check."""
        if not credentials.qop:
            return True
        try:
            count = int(credentials.nc, 16)
        except ValueError:
            return False
        if count <= self._counts.get(credentials.nonce, 0):
            return False
        self._counts[credentials.nonce] = count
        self._counts.move_to_end(credentials.nonce)
        if len(self._counts) > NONCE_LIMIT:
            self._counts.popitem(last=False)
        return True

    def _sign(self, stamp: str) -> str:
        return hmac.new(self._secret, stamp.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:24]


def answer_challenge(
    header: str, *, method: str, uri: str, username: str, password: str, cnonce: str
) -> str | None:
    """Make the Authorization value for a WWW-/Proxy-Authenticate value; None when it asks for what we do not know."""
    scheme, values = auth_parts(header)
    algorithm = values.get("algorithm", "MD5").upper()
    offered = {word.strip().lower() for word in values.get("qop", "").split(",") if word.strip()}
    if scheme != "digest" or algorithm not in _HASHES or not values.get("nonce"):
        return None
    if offered and "auth" not in offered:
        return None
    realm = values.get("realm", "")
    credentials = Credentials(
        username=username,
        realm=realm,
        nonce=values["nonce"],
        uri=uri,
        response="-",
        algorithm=algorithm,
        qop="auth" if offered else "",
        nc="00000001" if offered else "",
        cnonce=cnonce if offered else "",
    )
    response = expected_response(credentials, ha1(username, realm, password, algorithm), method)
    text = f'Digest username="{username}", realm="{realm}", nonce="{values["nonce"]}", uri="{uri}", response="{response}", algorithm={algorithm}'
    if offered:
        text += f', qop=auth, nc=00000001, cnonce="{cnonce}"'
    if "opaque" in values:
        text += f', opaque="{values["opaque"]}"'
    return text


def browser_password(secret: str, username: str) -> str:
    """Return the password of a short-lived browser log-in: base64(HMAC-SHA1(secret, `<expiry>:<device id>`))."""
    return base64.b64encode(hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()).decode()
