"""The SIP endpoint: transports below, transactions in the middle, a user (engine, test phone) above.

Turns the pure transaction layer into something that runs: gives it the clock, wakes it for its timers, sends its
messages. All of it happens in the event loop's thread, without tasks, so a message is answered in the turn it came.
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import structlog

from hotline.adapters.embedded.sip_transports import DatagramFilter, TcpTransport, UdpTransport, Wiring
from hotline.adapters.embedded.ws import WsTransport
from hotline.wire.sip.actions import Timing
from hotline.wire.sip.codec import Malformed, decode
from hotline.wire.sip.flow import Flow
from hotline.wire.sip.message import Request, Response, response_to
from hotline.wire.sip.transactions import (
    AckReceived,
    Cancelled,
    Ended,
    GaveUp,
    RequestReceived,
    ResponseReceived,
    TransactionId,
    Transactions,
    Transmit,
)

log = structlog.get_logger(__name__)

ResponseHandler = Callable[[Response | None], None]
"""Takes each response to a request of ours; None when the far end never answered."""


class StackUser(Protocol):
    """Whoever stands above the endpoint."""

    def admits(self, request: Request, flow: Flow) -> bool:
        """Whether a new request is looked at; False drops it without a word."""
        ...

    def on_request(self, key: TransactionId, request: Request, flow: Flow) -> None:
        """A new request came."""
        ...

    def on_ack(self, key: TransactionId, ack: Request) -> None:
        """The ACK to our 2xx came."""
        ...

    def on_cancelled(self, key: TransactionId, cancel: Request) -> None:
        """The INVITE was taken back."""
        ...

    def on_unacknowledged(self, key: TransactionId) -> None:
        """Our final response to an INVITE was never acknowledged."""
        ...

    def on_ended(self, key: TransactionId) -> None:
        """A transaction is over."""
        ...

    def on_closed(self, flow: Flow) -> None:
        """A connection is closed."""
        ...


def new_token() -> str:
    """Return something that nobody else will choose (tags, branches, Call-IDs)."""
    return secrets.token_hex(8)


class SipStack:
    """One endpoint with its sockets."""

    def __init__(self, user: StackUser, timing: Timing, *, keep: DatagramFilter | None = None) -> None:
        self._user = user
        self._transactions = Transactions(timing, new_token)
        self._wiring = Wiring(self._on_bytes, self._on_closed)
        self._connections = itertools.count(1)
        self.udp = UdpTransport(self._wiring, keep)
        self.tcp: TcpTransport | None = None
        self.ws: WsTransport | None = None
        self._handlers: dict[TransactionId, ResponseHandler] = {}
        self._wake: asyncio.TimerHandle | None = None
        self._wake_at = 0.0
        self._pumping = False
        self._loop = asyncio.get_running_loop()

    # ── Opening and closing ─────────────────────────────────────────────────────────────────────────────────

    def open_udp(self, address: str, port: int, shown: str) -> None:
        """Bind the UDP socket. Raises `BindFailed`."""
        self.udp.open(address, port, shown)

    async def open_tcp(self, address: str, port: int, shown: str, limit: int) -> None:
        """Listen on TCP. Raises `BindFailed`."""
        self.tcp = TcpTransport(self._wiring, lambda: next(self._connections), limit)
        await self.tcp.open(address, port, shown)

    async def open_ws(self, path: Path | None, port: int | None, shown: str, limit: int) -> None:
        """Listen for browsers. Raises `BindFailed`."""
        self.ws = WsTransport(self._wiring, lambda: next(self._connections), limit, shown)
        await self.ws.open(path, port)

    async def close(self) -> None:
        """Close every socket; transactions are forgotten."""
        if self._wake is not None:
            self._wake.cancel()
        self.udp.close()
        if self.tcp is not None:
            await self.tcp.close()
        if self.ws is not None:
            await self.ws.close()

    async def flow_to(self, transport: str, host: str, port: int) -> Flow:
        """Find the way to an address, opening a connection where needed.

        Raises:
            OSError: no connection.
        """
        if transport.upper() == "TCP":
            assert self.tcp is not None
            return await self.tcp.connect(host, port)
        return self.udp.flow_to(host, port)

    def is_open(self, flow: Flow) -> bool:
        """Whether messages can be sent by this flow (always, for datagrams)."""
        match flow.transport:
            case "TCP":
                return self.tcp is not None and self.tcp.is_open(flow)
            case "WS":
                return self.ws is not None and self.ws.is_open(flow)
            case _:
                return True

    # ── Requests and responses of ours ──────────────────────────────────────────────────────────────────────

    def request(self, request: Request, flow: Flow, handler: ResponseHandler) -> TransactionId:
        """Send a request; `handler` gets what comes back."""
        key = self._transactions.send_request(request, flow, self._loop.time())
        self._handlers[key] = handler
        self._pump()
        return key

    def cancel(self, key: TransactionId, headers: tuple[tuple[str, str], ...] = ()) -> None:
        """Take back an INVITE of ours."""
        self._transactions.cancel(key, self._loop.time(), headers)
        self._pump()

    def ack(self, ack: Request, flow: Flow) -> Request:
        """Acknowledge a 2xx; returns the message as sent, for `repeat`."""
        sent = self._transactions.send_ack(ack, flow)
        self._pump()
        return sent

    def repeat(self, ack: Request, flow: Flow) -> None:
        """Send an ACK again, for a repeated 2xx."""
        self._transactions.repeat(ack, flow)
        self._pump()

    def respond(self, key: TransactionId, response: Response) -> bool:
        """Answer a request; False when that is no longer possible."""
        done = self._transactions.respond(key, response, self._loop.time())
        self._pump()
        return done

    def pending(self, key: TransactionId) -> bool:
        """Whether an INVITE still waits for our final response."""
        return self._transactions.pending(key)

    # ── What comes in ───────────────────────────────────────────────────────────────────────────────────────

    def _on_bytes(self, data: bytes, flow: Flow) -> None:
        if not data.strip(b"\r\n\0 "):
            return  # keep-alive of a NAT
        try:
            message = decode(data, stream=flow.reliable and not flow.websocket)
        except Malformed as error:
            self._refuse(error, flow)
            return
        if (
            isinstance(message, Request)
            and not self._transactions.knows(message)
            and not self._user.admits(message, flow)
        ):
            return
        self._transactions.receive(message, flow, self._loop.time())
        self._pump()

    def _refuse(self, error: Malformed, flow: Flow) -> None:
        """Answer a broken request without a transaction (RFC 3261 section 16.3 shows the way), or drop it."""
        request = error.request
        if request is None or request.method == "ACK" or not self._user.admits(request, flow):
            return
        response = response_to(
            request, error.status, to_tag=new_token(), reason=f"Bad Request - {error.why}"[:80]
        )
        self._send(flow, response.encode())

    def _on_closed(self, flow: Flow) -> None:
        self._transactions.abandon(flow, self._loop.time())
        self._pump()
        self._user.on_closed(flow)

    # ── Running it ──────────────────────────────────────────────────────────────────────────────────────────

    def _pump(self) -> None:
        """Carry out outputs until there are none; handlers may cause more, which the outermost call carries out."""
        if self._pumping:
            return
        self._pumping = True
        try:
            while outputs := self._transactions.take_outputs():
                for output in outputs:
                    try:
                        self._carry_out(output)
                    except Exception:
                        log.exception("sip_handler_failed", output=type(output).__name__)
        finally:
            self._pumping = False
        self._set_alarm()

    def _carry_out(self, output: object) -> None:
        match output:
            case Transmit(flow, message):
                self._send(flow, message.encode())
            case RequestReceived(key, request, flow):
                self._user.on_request(key, request, flow)
            case AckReceived(key, ack, _):
                self._user.on_ack(key, ack)
            case Cancelled(key, cancel):
                self._user.on_cancelled(key, cancel)
            case ResponseReceived(key, response, _):
                handler = self._handlers.get(key)
                if handler is not None:
                    handler(response)
            case GaveUp(key, _):
                handler = self._handlers.get(key)
                if handler is not None:
                    handler(None)
                else:
                    self._user.on_unacknowledged(key)
            case Ended(key):
                self._handlers.pop(key, None)
                self._user.on_ended(key)
            case _:
                raise AssertionError(output)

    def _send(self, flow: Flow, data: bytes) -> None:
        match flow.transport:
            case "UDP":
                self.udp.send(flow, data)
            case "TCP" if self.tcp is not None:
                self.tcp.send(flow, data)
            case "WS" if self.ws is not None:
                self.ws.send(flow, data)
            case _:
                log.warning("sip_no_transport", transport=flow.transport)

    def _set_alarm(self) -> None:
        due = self._transactions.next_due()
        if self._wake is not None:
            # Not `TimerHandle.when()`: for a time that has come, uvloop gives a plain handle without one.
            if due is not None and self._wake_at <= due:
                return
            self._wake.cancel()
            self._wake = None
        if due is not None:
            self._wake, self._wake_at = self._loop.call_at(due, self._alarm), due

    def _alarm(self) -> None:
        self._wake = None
        self._transactions.tick(self._loop.time())
        self._pump()
