"""The transaction layer: matches messages to transactions, keeps their timers, and hands up what is new. Pure.

Bytes, sockets and the clock stay outside: whoever drives it passes messages with the flow they came by and the time,
sends what `take_outputs` returns, and calls `tick` when `next_due` has come. CANCEL is answered here (RFC 3261 9.2).
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from typing import NewType

from hotline.wire.sip.actions import Action, Deliver, End, GiveUp, Send, Start, Stop, Timer, Timing
from hotline.wire.sip.address import Via, parse_via
from hotline.wire.sip.client_transaction import ClientState, InviteClient, PlainClient, cancel_of
from hotline.wire.sip.flow import Flow
from hotline.wire.sip.message import MAGIC_COOKIE, Message, Request, Response, response_to
from hotline.wire.sip.server_transaction import InviteServer, PlainServer, ServerState

TransactionId = NewType("TransactionId", str)
Machine = InviteClient | PlainClient | InviteServer | PlainServer

TRANSACTION_LIMIT = 8_192


@dataclass(frozen=True, slots=True)
class Transmit:
    """Put a message on the wire by this flow."""

    flow: Flow
    message: Message


@dataclass(frozen=True, slots=True)
class RequestReceived:
    """A new request; answer it through `respond` with this id."""

    id: TransactionId
    request: Request
    flow: Flow


@dataclass(frozen=True, slots=True)
class AckReceived:
    """The ACK to a 2xx. It belongs to a dialog, and may carry the SDP answer. It comes once for each 2xx."""

    id: TransactionId
    ack: Request
    flow: Flow


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The caller took its INVITE back before a final response; answer the INVITE with 487."""

    id: TransactionId
    cancel: Request


@dataclass(frozen=True, slots=True)
class ResponseReceived:
    """A response to a request of ours. A 2xx to INVITE comes again whenever the far end repeats it."""

    id: TransactionId
    response: Response
    flow: Flow


@dataclass(frozen=True, slots=True)
class GaveUp:
    """The far end never spoke: no response to our request, or no ACK to our final response."""

    id: TransactionId
    request: Request


@dataclass(frozen=True, slots=True)
class Ended:
    """A transaction is over; nothing more will be said of its id."""

    id: TransactionId


Output = Ended | Transmit | RequestReceived | AckReceived | Cancelled | ResponseReceived | GaveUp


@dataclass(slots=True)
class _Entry:
    id: TransactionId
    machine: Machine
    flow: Flow
    due: dict[Timer, float]
    cancel_wanted: tuple[tuple[str, str], ...] | None = None
    quiet: bool = False  # a transaction of this layer itself (CANCEL): nothing goes up


class Transactions:
    """All transactions of one endpoint."""

    def __init__(
        self, timing: Timing, new_token: Callable[[], str], *, limit: int = TRANSACTION_LIMIT
    ) -> None:
        self._timing = timing
        self._new_token = new_token
        self._limit = limit
        self._entries: dict[TransactionId, _Entry] = {}
        self._answered: dict[
            tuple[str, int, str], TransactionId
        ] = {}  # Call-ID, CSeq, from tag -> INVITE server
        self._queue: list[tuple[float, int, TransactionId, Timer]] = []
        self._order = 0
        self._outputs: list[Output] = []

    # ── Driving it ──────────────────────────────────────────────────────────────────────────────────────────

    def take_outputs(self) -> list[Output]:
        """Return, in order, what has come out since the last call."""
        outputs, self._outputs = self._outputs, []
        return outputs

    def next_due(self) -> float | None:
        """When `tick` is next needed, or None."""
        while self._queue:
            due, _, key, timer = self._queue[0]
            entry = self._entries.get(key)
            if entry is not None and entry.due.get(timer) == due:
                return due
            heapq.heappop(self._queue)
        return None

    def tick(self, now: float) -> None:
        """Fire every timer that is due by `now`."""
        while (due := self.next_due()) is not None and due <= now:
            _, _, key, timer = heapq.heappop(self._queue)
            entry = self._entries[key]
            del entry.due[timer]
            self._apply(entry, entry.machine.fire(timer), now)

    def __len__(self) -> int:
        return len(self._entries)

    # ── Requests of ours ────────────────────────────────────────────────────────────────────────────────────

    def send_request(self, request: Request, flow: Flow, now: float) -> TransactionId:
        """Send a request in a new transaction; a Via is put on top of it."""
        branch = MAGIC_COOKIE + self._new_token()
        sent = request.with_top("via", self._via(flow, branch))
        key = TransactionId(f"c|{branch}|{request.method}")
        machine = (InviteClient if request.method == "INVITE" else PlainClient)(
            sent, self._timing, reliable=flow.reliable
        )
        entry = self._entries[key] = _Entry(key, machine, flow, {})
        self._apply(entry, machine.start(), now)
        return key

    def send_ack(self, ack: Request, flow: Flow) -> Request:
        """Send the ACK to a 2xx, which has no transaction; returns it with its Via, to be repeated as it is."""
        sent = ack.with_top("via", self._via(flow, MAGIC_COOKIE + self._new_token()))
        self._outputs.append(Transmit(flow, sent))
        return sent

    def repeat(self, message: Request, flow: Flow) -> None:
        """Send a message of `send_ack` again."""
        self._outputs.append(Transmit(flow, message))

    def cancel(self, key: TransactionId, now: float, headers: tuple[tuple[str, str], ...] = ()) -> None:
        """Take back a pending INVITE: at once, or as soon as a provisional response allows it (RFC 3261 9.1)."""
        entry = self._entries.get(key)
        if entry is None or not isinstance(entry.machine, InviteClient):
            return
        if entry.machine.state is ClientState.CALLING:
            entry.cancel_wanted = headers
        elif entry.machine.state is ClientState.PROCEEDING:
            self._send_cancel(entry, headers, now)

    def _send_cancel(self, entry: _Entry, headers: tuple[tuple[str, str], ...], now: float) -> None:
        cancel = cancel_of(entry.machine.request).having(*headers)
        key = TransactionId(f"c|{parse_via(cancel.all('via')[0]).branch}|CANCEL")
        if key in self._entries:
            return
        machine = PlainClient(cancel, self._timing, reliable=entry.flow.reliable)
        own = self._entries[key] = _Entry(key, machine, entry.flow, {}, quiet=True)
        self._apply(own, machine.start(), now)
        assert isinstance(entry.machine, InviteClient)
        self._apply(entry, entry.machine.cancelled(), now)

    @staticmethod
    def _via(flow: Flow, branch: str) -> str:
        return f"SIP/2.0/{flow.transport} {flow.local};branch={branch};rport"

    # ── Requests of others ──────────────────────────────────────────────────────────────────────────────────

    def respond(self, key: TransactionId, response: Response, now: float) -> bool:
        """Send a response; False when the transaction is gone or already has its final response."""
        entry = self._entries.get(key)
        if entry is None or isinstance(entry.machine, InviteClient | PlainClient):
            return False
        actions = entry.machine.respond(response)
        if (
            isinstance(entry.machine, InviteServer)
            and entry.machine.state is ServerState.ACCEPTED
            and actions
        ):
            self._answered[self._ack_key(entry.machine.request)] = key
        self._apply(entry, actions, now)
        return bool(actions)

    def pending(self, key: TransactionId) -> bool:
        """Whether an INVITE of others still waits for its final response."""
        entry = self._entries.get(key)
        return entry is not None and entry.machine.state is ServerState.PROCEEDING

    def knows(self, request: Request) -> bool:
        """Whether a request repeats (or cancels, or acknowledges) one that is known."""
        via = parse_via(request.all("via")[0])
        method = "INVITE" if request.method in ("ACK", "CANCEL") else request.method
        return request.method == "ACK" or self._server_key(request, via, method=method) in self._entries

    # ── Messages ────────────────────────────────────────────────────────────────────────────────────────────

    def receive(self, message: Message, flow: Flow, now: float) -> None:
        """Take a message from the wire."""
        if isinstance(message, Response):
            self._receive_response(message, flow, now)
            return
        via = parse_via(message.all("via")[0])
        key = self._server_key(message, via)
        entry = self._entries.get(key)
        if message.method == "ACK":
            self._receive_ack(message, entry, flow, now)
        elif entry is not None:
            self._apply(entry, entry.machine.receive(message), now)  # pyright: ignore[reportArgumentType]
        else:
            self._open(message, via, key, flow, now)

    def _receive_response(self, response: Response, flow: Flow, now: float) -> None:
        branch = parse_via(response.all("via")[0]).branch
        entry = self._entries.get(TransactionId(f"c|{branch}|{response.cseq_method}"))
        if entry is None:
            return  # a stray: RFC 3261 section 18.1.2 leaves it to us, and nobody here waits for it
        assert isinstance(entry.machine, InviteClient | PlainClient)
        for action in entry.machine.receive(response):
            if isinstance(action, Deliver) and not entry.quiet:
                self._outputs.append(ResponseReceived(entry.id, action.response, flow))
            else:
                self._apply(entry, [action], now)
        if entry.cancel_wanted is not None and entry.machine.state is ClientState.PROCEEDING:
            headers, entry.cancel_wanted = entry.cancel_wanted, None
            self._send_cancel(entry, headers, now)

    def _receive_ack(self, ack: Request, entry: _Entry | None, flow: Flow, now: float) -> None:
        """An ACK belongs to the failed INVITE of its branch, or to the 2xx of its dialog."""
        if (
            entry is not None
            and isinstance(entry.machine, InviteServer)
            and entry.machine.state is not ServerState.ACCEPTED
        ):
            self._apply(entry, entry.machine.receive(ack), now)
            return
        entry = self._entries.get(self._answered.get(self._ack_key(ack), TransactionId("")))
        if entry is None or not isinstance(entry.machine, InviteServer) or entry.machine.acknowledged:
            return
        self._apply(entry, entry.machine.receive(ack), now)
        self._outputs.append(AckReceived(entry.id, ack, flow))

    def _open(self, request: Request, via: Via, key: TransactionId, flow: Flow, now: float) -> None:
        seen = via.seen_from(flow.host, flow.port)
        vias = (str(seen), *request.all("via")[1:])
        rest = tuple(pair for pair in request.headers if pair[0] != "via")
        request = Request(
            method=request.method,
            uri=request.uri,
            headers=(*(("via", value) for value in vias), *rest),
            body=request.body,
        )
        back = flow
        if not flow.reliable and dict(via.params).get("rport", "-") == "-":
            back = flow.to_port(via.port or 5060)  # without rport answers go to the port of Via (18.2.2)
        if len(self._entries) >= self._limit:
            busy = response_to(request, 503, headers=(("retry-after", "10"),))
            self._outputs.append(Transmit(back, busy))
            return
        kind = InviteServer if request.method == "INVITE" else PlainServer
        entry = self._entries[key] = _Entry(
            key, kind(request, self._timing, reliable=flow.reliable), back, {}
        )
        if request.method == "CANCEL":
            self._cancel_received(entry, request, via, now)
        else:
            self._outputs.append(RequestReceived(key, request, flow))

    def _cancel_received(self, entry: _Entry, cancel: Request, via: Via, now: float) -> None:
        """Answer a CANCEL and tell the user agent, when there is an INVITE it can still stop (RFC 3261 9.2)."""
        invite = self._entries.get(self._server_key(cancel, via, method="INVITE"))
        known = invite is not None and isinstance(invite.machine, InviteServer)
        answer = response_to(cancel, 200 if known else 481, to_tag=self._new_token())
        assert isinstance(entry.machine, PlainServer)
        self._apply(entry, entry.machine.respond(answer), now)
        if invite is not None and invite.machine.state is ServerState.PROCEEDING:
            self._outputs.append(Cancelled(invite.id, cancel))

    @staticmethod
    def _server_key(request: Request, via: Via, method: str = "") -> TransactionId:
        method = method or ("INVITE" if request.method == "ACK" else request.method)
        if via.branch.startswith(MAGIC_COOKIE) and len(via.branch) > len(MAGIC_COOKIE):
            return TransactionId(f"s|{via.branch}|{via.host}:{via.port}|{method}")
        # An RFC 2543 element: section 17.2.3 matches by what identifies the request.
        from_value = request.get("from") or ""
        return TransactionId(f"s|{request.call_id}|{request.cseq_number}|{from_value}|{via}|{method}")

    @staticmethod
    def _ack_key(request: Request) -> tuple[str, int, str]:
        tag = (request.get("from") or "").rpartition(";tag=")[2].partition(";")[0]
        return request.call_id, request.cseq_number, tag

    # ── Actions ─────────────────────────────────────────────────────────────────────────────────────────────

    def _apply(self, entry: _Entry, actions: list[Action], now: float) -> None:
        for action in actions:
            match action:
                case Send(message):
                    self._outputs.append(Transmit(entry.flow, message))
                case Start(timer, after_s):
                    self._order += 1
                    entry.due[timer] = now + after_s
                    heapq.heappush(self._queue, (now + after_s, self._order, entry.id, timer))
                case Stop(timers):
                    for timer in timers:
                        entry.due.pop(timer, None)
                case GiveUp():
                    if not entry.quiet:
                        self._outputs.append(GaveUp(entry.id, entry.machine.request))
                case End():
                    self._forget(entry)
                case Deliver():
                    pass  # only client machines deliver; `_receive_response` has taken it (or it is a quiet CANCEL)

    def _forget(self, entry: _Entry) -> None:
        self._entries.pop(entry.id, None)
        if not entry.quiet:
            self._outputs.append(Ended(entry.id))
        if isinstance(entry.machine, InviteServer):
            self._answered.pop(self._ack_key(entry.machine.request), None)

    def abandon(self, flow: Flow, now: float) -> None:
        """The connection is closed: our requests on it get no answer any more."""
        lost = [
            entry
            for entry in self._entries.values()
            if entry.flow == flow and isinstance(entry.machine, InviteClient | PlainClient)
        ]
        for entry in lost:
            unanswered = entry.machine.state in (
                ClientState.CALLING,
                ClientState.TRYING,
                ClientState.PROCEEDING,
            )
            self._apply(entry, [GiveUp(), End()] if unanswered else [End()], now)
