"""Server transactions: INVITE (RFC 3261 17.2.1 with RFC 6026) and the others (17.2.2). Pure: no clock, no socket.

The INVITE machine also repeats the 2xx until its ACK comes (section 13.3.1.4), which the RFC leaves to the user agent:
here it sits beside the state that absorbs retransmitted INVITEs, so that both end together.
"""

from __future__ import annotations

from enum import StrEnum

from hotline.wire.sip.actions import Action, End, GiveUp, Send, Start, Stop, Timer, Timing
from hotline.wire.sip.message import Request, Response


class ServerState(StrEnum):
    """States of both server machines."""

    TRYING = "trying"
    PROCEEDING = "proceeding"
    ACCEPTED = "accepted"
    COMPLETED = "completed"
    CONFIRMED = "confirmed"
    TERMINATED = "terminated"


class InviteServer:
    """The INVITE server transaction."""

    __slots__ = ("_interval", "_last", "_reliable", "_timing", "acknowledged", "request", "state")

    def __init__(self, request: Request, timing: Timing, *, reliable: bool) -> None:
        self.request = request
        self.state = ServerState.PROCEEDING
        self.acknowledged = False
        self._timing = timing
        self._reliable = reliable
        self._interval = timing.t1
        self._last: Response | None = None

    def respond(self, response: Response) -> list[Action]:
        """Send a response of the user agent. A second final response is not sent."""
        if self.state is not ServerState.PROCEEDING:
            return []
        self._last = response
        if response.status < 200:
            return [Send(response)]
        if response.status < 300:
            self.state = ServerState.ACCEPTED
            return [
                Send(response),
                Start(Timer.L, self._timing.lifetime),
                Start(Timer.RESEND_OK, self._interval),
            ]
        self.state = ServerState.COMPLETED
        actions: list[Action] = [Send(response), Start(Timer.H, self._timing.lifetime)]
        if not self._reliable:
            actions.append(Start(Timer.G, self._interval))
        return actions

    def receive(self, request: Request) -> list[Action]:
        """Take a retransmitted INVITE, or the ACK to a failure or to a 2xx."""
        if request.method == "ACK":
            if self.state is ServerState.ACCEPTED and not self.acknowledged:
                self.acknowledged = True
                return [Stop((Timer.RESEND_OK,))]
            if self.state is ServerState.COMPLETED:
                self.state = ServerState.CONFIRMED
                keep_s = 0.0 if self._reliable else self._timing.t4
                return [Stop((Timer.G, Timer.H)), Start(Timer.I, keep_s)]
            return []
        repeat = self.state in (ServerState.PROCEEDING, ServerState.COMPLETED)
        return [Send(self._last)] if repeat and self._last is not None else []

    def fire(self, timer: Timer) -> list[Action]:
        """A timer ran out."""
        match timer, self.state:
            case (Timer.G, ServerState.COMPLETED) | (Timer.RESEND_OK, ServerState.ACCEPTED):
                if self.acknowledged or self._last is None:
                    return []
                self._interval = min(self._interval * 2, self._timing.t2)
                return [Send(self._last), Start(timer, self._interval)]
            case Timer.H, ServerState.COMPLETED:
                self.state = ServerState.TERMINATED
                return [GiveUp(), End()]
            case Timer.L, ServerState.ACCEPTED:
                self.state = ServerState.TERMINATED
                return [End()] if self.acknowledged else [GiveUp(), End()]
            case Timer.I, ServerState.CONFIRMED:
                self.state = ServerState.TERMINATED
                return [End()]
            case _:
                return []


class PlainServer:
    """The server transaction of every other method."""

    __slots__ = ("_last", "_reliable", "_timing", "request", "state")

    def __init__(self, request: Request, timing: Timing, *, reliable: bool) -> None:
        self.request = request
        self.state = ServerState.TRYING
        self._timing = timing
        self._reliable = reliable
        self._last: Response | None = None

    def respond(self, response: Response) -> list[Action]:
        """Send a response of the user agent. A second final response is not sent."""
        if self.state not in (ServerState.TRYING, ServerState.PROCEEDING):
            return []
        self._last = response
        if response.status < 200:
            self.state = ServerState.PROCEEDING
            return [Send(response)]
        self.state = ServerState.COMPLETED
        return [Send(response), Start(Timer.J, 0.0 if self._reliable else self._timing.lifetime)]

    def receive(self, request: Request) -> list[Action]:
        """Take a retransmitted request: answer it as before, or keep silent while the answer is being made."""
        del request
        return (
            [Send(self._last)] if self._last is not None and self.state is not ServerState.TERMINATED else []
        )

    def fire(self, timer: Timer) -> list[Action]:
        """A timer ran out."""
        if timer is Timer.J and self.state is ServerState.COMPLETED:
            self.state = ServerState.TERMINATED
            return [End()]
        return []
