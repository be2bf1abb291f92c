"""Client transactions: INVITE (RFC 3261 17.1.1 with RFC 6026) and the others (17.1.2). Pure: no clock, no socket.

Each method returns what is to be done, in order. Late and repeated input has an answer in every state.
"""

from __future__ import annotations

from enum import StrEnum

from hotline.wire.sip.actions import Action, Deliver, End, GiveUp, Send, Start, Stop, Timer, Timing
from hotline.wire.sip.message import Request, Response


class ClientState(StrEnum):
    """States of both client machines."""

    CALLING = "calling"
    TRYING = "trying"
    PROCEEDING = "proceeding"
    ACCEPTED = "accepted"
    COMPLETED = "completed"
    TERMINATED = "terminated"


def ack_for_failure(invite: Request, response: Response) -> Request:
    """Make the ACK to a 3xx-6xx: same branch, Request-URI and Route as the INVITE (RFC 3261 section 17.1.1.3)."""
    top_via = invite.all("via")[0]
    kept = [("via", top_via), *((n, v) for n, v in invite.headers if n in ("route", "from", "call-id"))]
    headers = (
        *kept,
        ("to", response.get("to") or ""),
        ("cseq", f"{invite.cseq_number} ACK"),
        ("max-forwards", "70"),
    )
    return Request(method="ACK", uri=invite.uri, headers=headers)


def cancel_of(invite: Request) -> Request:
    """Make the CANCEL of a pending INVITE (RFC 3261 section 9.1): its top Via, Route, To, From, Call-ID and number."""
    kept = tuple((n, v) for n, v in invite.headers if n in ("route", "from", "to", "call-id"))
    headers = (
        ("via", invite.all("via")[0]),
        *kept,
        ("cseq", f"{invite.cseq_number} CANCEL"),
        ("max-forwards", "70"),
    )
    return Request(method="CANCEL", uri=invite.uri, headers=headers)


class InviteClient:
    """The INVITE client transaction."""

    __slots__ = ("_interval", "_reliable", "_timing", "request", "state")

    def __init__(self, request: Request, timing: Timing, *, reliable: bool) -> None:
        self.request = request
        self.state = ClientState.CALLING
        self._timing = timing
        self._reliable = reliable
        self._interval = timing.t1

    def start(self) -> list[Action]:
        """Send the request for the first time."""
        actions: list[Action] = [Send(self.request), Start(Timer.B, self._timing.lifetime)]
        if not self._reliable:
            actions.append(Start(Timer.A, self._interval))
        return actions

    def cancelled(self) -> list[Action]:
        """A CANCEL has gone out: wait no longer than 64*T1 for the final response (RFC 3261 section 9.1)."""
        return [Start(Timer.CANCELLED, self._timing.lifetime)] if self.state is ClientState.PROCEEDING else []

    def receive(self, response: Response) -> list[Action]:
        """Take a response that matches this transaction."""
        pending = self.state in (ClientState.CALLING, ClientState.PROCEEDING)
        if response.status < 200:
            if not pending:
                return []
            self.state = ClientState.PROCEEDING
            return [Stop((Timer.A, Timer.B)), Deliver(response)]
        if response.status < 300:
            if pending:
                self.state = ClientState.ACCEPTED
                stop = Stop((Timer.A, Timer.B, Timer.CANCELLED))
                return [stop, Start(Timer.M, self._timing.lifetime), Deliver(response)]
            return [Deliver(response)] if self.state is ClientState.ACCEPTED else []
        if pending:
            self.state = ClientState.COMPLETED
            ack = Send(ack_for_failure(self.request, response))
            stop = Stop((Timer.A, Timer.B, Timer.CANCELLED))
            return [
                stop,
                ack,
                Deliver(response),
                Start(Timer.D, 0.0 if self._reliable else self._timing.lifetime),
            ]
        return [Send(ack_for_failure(self.request, response))] if self.state is ClientState.COMPLETED else []

    def fire(self, timer: Timer) -> list[Action]:
        """A timer ran out."""
        match timer, self.state:
            case Timer.A, ClientState.CALLING:
                self._interval *= 2
                return [Send(self.request), Start(Timer.A, self._interval)]
            case (Timer.B, ClientState.CALLING) | (Timer.CANCELLED, ClientState.PROCEEDING):
                self.state = ClientState.TERMINATED
                return [GiveUp(), End()]
            case (Timer.D, ClientState.COMPLETED) | (Timer.M, ClientState.ACCEPTED):
                self.state = ClientState.TERMINATED
                return [End()]
            case _:
                return []


class PlainClient:
    """The client transaction of every other method."""

    __slots__ = ("_interval", "_reliable", "_timing", "request", "state")

    def __init__(self, request: Request, timing: Timing, *, reliable: bool) -> None:
        self.request = request
        self.state = ClientState.TRYING
        self._timing = timing
        self._reliable = reliable
        self._interval = timing.t1

    def start(self) -> list[Action]:
        """Send the request for the first time."""
        actions: list[Action] = [Send(self.request), Start(Timer.F, self._timing.lifetime)]
        if not self._reliable:
            actions.append(Start(Timer.E, self._interval))
        return actions

    def receive(self, response: Response) -> list[Action]:
        """Take a response that matches this transaction."""
        if self.state not in (ClientState.TRYING, ClientState.PROCEEDING):
            return []
        if response.status < 200:
            self.state = ClientState.PROCEEDING
            return [Deliver(response)]
        self.state = ClientState.COMPLETED
        keep_s = 0.0 if self._reliable else self._timing.t4
        return [Stop((Timer.E, Timer.F)), Deliver(response), Start(Timer.K, keep_s)]

    def fire(self, timer: Timer) -> list[Action]:
        """A timer ran out."""
        match timer, self.state:
            case Timer.E, ClientState.TRYING:
                self._interval = min(self._interval * 2, self._timing.t2)
                return [Send(self.request), Start(Timer.E, self._interval)]
            case Timer.E, ClientState.PROCEEDING:
                return [Send(self.request), Start(Timer.E, self._timing.t2)]
            case Timer.F, (ClientState.TRYING | ClientState.PROCEEDING):
                self.state = ClientState.TERMINATED
                return [GiveUp(), End()]
            case Timer.K, ClientState.COMPLETED:
                self.state = ClientState.TERMINATED
                return [End()]
            case _:
                return []
