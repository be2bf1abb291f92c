"""Settings of the embedded engine's signalling half. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hotline.adapters.embedded.audio_port import MediaSettings
from hotline.wire.sip.actions import Timing

TIMING = Timing()
"""The timers of RFC 3261 table 4."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SipSettings:
    """How the engine is reached and what it bears.

    `port` serves UDP and TCP (0: one that is free). `ws_path` is the Unix socket on which the application's `/sip`
    proxy reaches us; there X-Forwarded-For names the browser. `ws_port` opens the same on loopback TCP, for tests.
    Rates are tokens a second, with a burst. `data` holds `run/registrations.json`.
    """

    address: str = "127.0.0.1"
    port: int = 5060
    advertised: str = ""
    data: Path
    ws_path: Path | None = None
    ws_port: int | None = None
    media: MediaSettings
    timing: Timing = TIMING
    realm: str = "hotline"
    digest_algorithms: tuple[str, ...] = ("MD5",)
    """What challenges offer, preferred first. MD5 alone by default: desk phones and JsSIP give up on a second one."""
    invite_rate: float = 30.0
    invite_burst: float = 120.0
    register_rate: float = 10.0
    register_burst: float = 200.0
    lock_after: int = 8
    options_every_s: float = 30.0
    session_expires_s: int = 600
    ws_max: int = 512
    tcp_max: int = 512
