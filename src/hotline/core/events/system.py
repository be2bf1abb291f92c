"""What happens to the installation."""

from dataclasses import dataclass

from hotline.core.events.base import SystemEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemStarted(SystemEvent):
    """The application runs."""

    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemStopped(SystemEvent):
    """The application ended in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineConnected(SystemEvent):
    """The switch engine is there."""

    engine: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineDisconnected(SystemEvent):
    """The switch engine is gone; its calls are lost."""

    engine: str
    reason: str
