"""A flow: the way between us and one far end, by which a message came and its answers go (RFC 5626 in small)."""

from __future__ import annotations

from dataclasses import dataclass, replace

RELIABLE = frozenset({"TCP", "TLS", "WS", "WSS"})


@dataclass(frozen=True, slots=True)
class Flow:
    """Transport, far address and our own `host:port`. `connection` numbers a stream's connection, 0 for datagrams."""

    transport: str
    host: str
    port: int
    local: str
    connection: int = 0

    @property
    def reliable(self) -> bool:
        """Whether the transport itself resends what is lost."""
        return self.transport in RELIABLE

    @property
    def websocket(self) -> bool:
        """Whether it is a browser's connection (RFC 7118)."""
        return self.transport in ("WS", "WSS")

    @property
    def remote(self) -> str:
        """The far end as host:port, as logs and events show it."""
        return f"{self.host}:{self.port}"

    def to_port(self, port: int) -> Flow:
        """The same far host at another port."""
        return replace(self, port=port)
