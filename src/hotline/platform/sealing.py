"""Personal data that lies sealed in the database (ADM-4): AES-256-GCM, and a keyed digest to find it by.

The key is a file of its own (`<data>/keys/personal.key`, readable by the owner only), so that a copy of the database alone
opens nothing. A backup of the database without this file cannot be read: keep both, apart. Each value is bound to the row it
belongs to, so that it cannot be moved to another.
"""

import base64
import contextlib
import hashlib
import hmac
import secrets
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hotline.ports.sealing import SealBroken

__all__ = ["SealBroken", "Sealer", "sealer_of"]

_VERSION: Final = "s1."
_NONCE_BYTES: Final = 12


class Sealer:
    """Seals and opens values with one key of 32 bytes."""

    def __init__(self, key: bytes) -> None:
        assert len(key) == 32, "a key of 256 bits"
        self._cipher = AESGCM(hashlib.sha256(b"seal" + key).digest())
        self._digest_key = hashlib.sha256(b"find" + key).digest()

    def seal(self, value: str, bound_to: str) -> str:
        """Return `value` sealed; it opens only for the same `bound_to`. Nothing stays nothing."""
        if not value:
            return ""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(nonce, value.encode(), bound_to.encode())
        return _VERSION + base64.b64encode(sealed).decode()

    def open(self, sealed: str, bound_to: str) -> str:
        """Return the value. Raises `SealBroken`."""
        if not sealed:
            return ""
        if not sealed.startswith(_VERSION):
            raise SealBroken("not a sealed value")
        try:
            raw = base64.b64decode(sealed[len(_VERSION) :], validate=True)
            opened = self._cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], bound_to.encode())
        except (ValueError, InvalidTag) as broken:
            raise SealBroken("another key, or changed") from broken
        return opened.decode()

    def digest(self, value: str) -> str:
        """A keyed digest, equal for equal values: to find a sealed value. "" for nothing."""
        return hmac.new(self._digest_key, value.encode(), hashlib.sha256).hexdigest() if value else ""


def sealer_of(data: Path) -> Sealer:
    """The sealer of an installation; its key is made at the first need."""
    file = data / "keys" / "personal.key"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        aside = file.with_suffix(f".{secrets.token_hex(4)}")
        aside.touch(mode=0o600)
        aside.write_bytes(secrets.token_bytes(32))
        with contextlib.suppress(FileExistsError):
            file.hardlink_to(aside)  # never replaces a key that another process has just made
        aside.unlink()
    return Sealer(file.read_bytes())
