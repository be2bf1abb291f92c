"""SIP status, Q.850 cause and our own words for why a leg ended (RFC 3398 section 7.2.4.1 and 8.2.6.1, RFC 3326)."""

from __future__ import annotations

import re

from hotline.core.switching import HangUpCause
from hotline.wire.sip.message import Request, Response

_Q850_OF_STATUS = {
    400: 41, 401: 21, 402: 21, 403: 21, 404: 1, 405: 63, 406: 79, 407: 21, 408: 102, 410: 22, 413: 127, 414: 127,
    415: 79, 416: 127, 420: 127, 421: 127, 423: 127, 480: 18, 481: 41, 482: 25, 483: 25, 484: 28, 485: 1, 486: 17,
    487: 16, 488: 79, 491: 41, 500: 41, 501: 79, 502: 38, 503: 41, 504: 102, 505: 127, 513: 127,
    600: 17, 603: 21, 604: 1, 606: 79,
}  # fmt: skip
_STATUS_OF_Q850 = {
    1: 404, 2: 404, 3: 404, 16: 480, 17: 486, 18: 408, 19: 480, 20: 480, 21: 403, 22: 410, 26: 404, 27: 502, 28: 484,
    29: 501, 31: 480, 34: 503, 38: 503, 41: 503, 42: 503, 47: 503, 55: 403, 57: 403, 58: 503, 65: 488, 70: 488,
    79: 501, 87: 403, 88: 503, 102: 504, 111: 500, 127: 500,
}  # fmt: skip
_CAUSE_OF_STATUS = {
    408: HangUpCause.NO_ANSWER,
    480: HangUpCause.NO_ANSWER,
    486: HangUpCause.BUSY,
    487: HangUpCause.CANCELLED,
    600: HangUpCause.BUSY,
    404: HangUpCause.UNREACHABLE,
    410: HangUpCause.UNREACHABLE,
    484: HangUpCause.UNREACHABLE,
    502: HangUpCause.UNREACHABLE,
    503: HangUpCause.CONGESTION,
    504: HangUpCause.UNREACHABLE,
    604: HangUpCause.UNREACHABLE,
}
_REASON = re.compile(r"\s*Q\.850\s*;(?:[^,]*;)?\s*cause\s*=\s*(\d{1,3})", re.IGNORECASE)


def q850_of_status(status: int) -> int:
    """Return the Q.850 cause for a SIP failure (31, normal unspecified, for one the RFC does not list)."""
    return _Q850_OF_STATUS.get(status, 31)


def status_of_q850(q850: int) -> int:
    """Return the SIP failure for a Q.850 cause, for refusing a leg that was never answered."""
    return _STATUS_OF_Q850.get(q850, 480)


def cause_of_status(status: int) -> HangUpCause:
    """Return our word for a SIP failure."""
    return _CAUSE_OF_STATUS.get(status, HangUpCause.REJECTED)


def q850_in(message: Request | Response, otherwise: int) -> int:
    """Return the Q.850 cause that a Reason header gives, or `otherwise`."""
    for value in message.all("reason"):
        found = _REASON.match(value)
        if found is not None and 0 < int(found[1]) < 128:
            return int(found[1])
    return otherwise


def reason_header(q850: int) -> tuple[str, str]:
    """Return the Reason header of a BYE or CANCEL of ours."""
    return ("reason", f"Q.850;cause={q850}")
