"""Session timers (RFC 4028): how a dead far end is noticed in a dialog that says nothing. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from hotline.wire.sip.message import Headers, Request, Response

MIN_SE_S = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTimer:
    """What was agreed. When `ours`, we refresh after half the interval; otherwise we expect the far end to."""

    interval_s: int
    ours: bool
    by_update: bool
    """Whether the far end takes UPDATE; without it we ask with OPTIONS, which any end must answer in a dialog."""

    @property
    def refresh_after_s(self) -> float:
        """When we refresh (section 10)."""
        return self.interval_s / 2

    @property
    def expires_after_s(self) -> float:
        """When a far end that should refresh and does not is dead (section 10)."""
        return self.interval_s - min(32.0, self.interval_s / 3)


def too_small(request: Request) -> bool:
    """Whether the interval asked for is below what we take: answer 422 with Min-SE (section 9)."""
    asked = _interval(request)
    return asked is not None and asked < MIN_SE_S


def agree(request: Request, wanted_s: int) -> tuple[SessionTimer, Headers]:
    """Settle the timer of an incoming INVITE or UPDATE; returns it and the headers of our 2xx (section 9).

    Where the far end insists on refreshing, or could only be refreshed with a re-INVITE, it does it itself if it can.
    """
    asked = _interval(request)
    supports = "timer" in request.tokens("supported") | request.tokens("require")
    update = "update" in request.tokens("allow")
    theirs = supports and asked is not None and (_refresher(request) == "uac" or not update)
    interval = max(MIN_SE_S, min(asked, wanted_s)) if asked is not None else wanted_s
    timer = SessionTimer(interval_s=interval, ours=not theirs, by_update=update and supports)
    if not supports:
        return timer, ()
    if asked is None and not update:
        return timer, ()
    who = "uac" if theirs else "uas"
    require: Headers = (("require", "timer"),) if supports else ()
    return timer, (("session-expires", f"{interval};refresher={who}"), *require)


def offer(wanted_s: int) -> Headers:
    """The headers of an INVITE of ours."""
    return (("session-expires", str(wanted_s)), ("min-se", str(MIN_SE_S)))


def settled(response: Response, wanted_s: int) -> SessionTimer:
    """The timer that the 2xx to our INVITE has settled (section 7.2)."""
    asked = _interval(response)
    update = "update" in response.tokens("allow")
    if asked is None:  # the far end knows no timers: we look after the session alone
        return SessionTimer(interval_s=wanted_s, ours=True, by_update=False)
    return SessionTimer(interval_s=max(asked, MIN_SE_S), ours=_refresher(response) != "uas", by_update=update)


def _interval(message: Request | Response) -> int | None:
    value = (message.get("session-expires") or "").partition(";")[0].strip()
    return int(value[:9]) if value.isascii() and value.isdigit() else None


def _refresher(message: Request | Response) -> str:
    for part in (message.get("session-expires") or "").split(";")[1:]:
        name, _, value = part.partition("=")
        if name.strip().lower() == "refresher":
            return value.strip().lower()
    return ""
