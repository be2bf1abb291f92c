"""Fresh identifiers: unique, ordered by the time they were made, without meaning otherwise (RFC 9562, version 7)."""

import secrets
import threading
import time
from uuid import UUID

_RANDOM_BITS = 74
_lock = threading.Lock()
_last = 0


def new_id() -> str:
    """Return a UUIDv7 as text; later calls in this process give greater ids, even when the clock steps back."""
    global _last  # noqa: PLW0603 - one order for the whole process
    with _lock:
        fresh = (time.time_ns() // 1_000_000) << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)
        _last = max(fresh, _last + 1)
        bits = _last
    high, low = bits >> 62, bits & ((1 << 62) - 1)  # low: the 62 bits after the variant
    stamp, extra = high >> 12, high & 0xFFF
    return str(UUID(int=stamp << 80 | 0x7 << 76 | extra << 64 | 0b10 << 62 | low))
