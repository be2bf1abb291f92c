"""The words that events and commands of the switch share: kinds of legs, causes, audio figures."""

from dataclasses import dataclass
from enum import StrEnum


class LegKind(StrEnum):
    """Where a leg goes."""

    TRUNK = "trunk"
    DEVICE = "device"
    WEB = "web"  # a citizen's browser on the web call page


class HangUpBy(StrEnum):
    """Who ended a leg."""

    REMOTE = "remote"
    LOCAL = "local"
    FAULT = "fault"


class HangUpCause(StrEnum):
    """Why a leg ended, in one word; SIP status and Q.850 value stand beside it."""

    NORMAL = "normal"
    CANCELLED = "cancelled"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    UNREACHABLE = "unreachable"
    MEDIA_TIMEOUT = "media_timeout"
    SESSION_TIMEOUT = "session_timeout"
    TRANSPORT_LOST = "transport_lost"
    CONGESTION = "congestion"
    ENGINE_FAULT = "engine_fault"


@dataclass(frozen=True, slots=True, kw_only=True)
class LegStats:
    """Audio of a leg over its life. Levels are dBFS of received speech; None when nothing was received."""

    codec: str
    packets_received: int
    packets_sent: int
    packets_lost: int
    jitter_ms: float
    level_dbfs: float | None = None
