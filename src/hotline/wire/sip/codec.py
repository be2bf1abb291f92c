"""Read SIP messages from bytes, refusing what RFC 3261 and RFC 4475 call broken. The only module that knows `aiosipua`.

`decode` applies limits first, then the library's parser, then the rules that the library leaves to its user.
"""

from __future__ import annotations

import logging
import re
from typing import Final

from aiosipua.headers import parse_auth
from aiosipua.message import SipMessage, SipRequest

from hotline.wire.sip.address import BadAddress, parse_name_addr, parse_via, uri_scheme
from hotline.wire.sip.message import Message, Request, Response

logging.getLogger("aiosipua").setLevel(
    logging.ERROR
)  # a stranger's bad message is no news worth a line of ours

SIZE_LIMIT = 65_535
HEADER_LIMIT = 128
LINE_LIMIT = 8_192
CSEQ_MAX = 2**31 - 1

_METHOD = re.compile(rb"[A-Za-z0-9\-.!%*_+`'~]{1,64}\Z")
_COMPACT: Final = {
    "r": "refer-to",
    "b": "referred-by",
    "o": "event",
    "u": "allow-events",
    "x": "session-expires",
    "a": "accept-contact",
    "d": "request-disposition",
    "j": "reject-contact",
    "y": "identity",
}
_SINGLE: Final = (
    "from",
    "to",
    "call-id",
    "cseq",
    "max-forwards",
    "content-length",
    "content-type",
    "expires",
)
_KNOWN: Final = frozenset(
    {
        "INVITE",
        "ACK",
        "BYE",
        "CANCEL",
        "OPTIONS",
        "REGISTER",
        "INFO",
        "UPDATE",
        "REFER",
        "NOTIFY",
        "SUBSCRIBE",
        "MESSAGE",
        "PRACK",
        "PUBLISH",
    }
)
_NUMBERS: Final = {
    "max-forwards": 255,
    "expires": 2**32 - 1,
    "content-length": 2**31,
    "min-expires": 2**32 - 1,
}


class Malformed(ValueError):
    """The message is broken. `request` can be answered with `status` when it is not None; else drop it silently."""

    def __init__(self, why: str, *, status: int = 400, request: Request | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.status = status
        self.request = request


def decode(data: bytes, *, stream: bool = False) -> Message:
    """Read one message. On a datagram, bytes beyond Content-Length are cut (RFC 3261 section 18.3).

    Raises:
        Malformed: never anything else, whatever the bytes are.
    """
    if len(data) > SIZE_LIMIT:
        raise Malformed("too long", status=513)
    head, blank, body = data.lstrip(b"\r\n").partition(b"\r\n\r\n")
    if not blank:
        raise Malformed("headers do not end")
    lines = head.split(b"\r\n")
    if len(lines) > HEADER_LIMIT or any(len(line) > LINE_LIMIT for line in lines):
        raise Malformed("too many or too long headers")
    try:
        return _checked(_parsed(lines, head, body), lines[0], stream=stream)
    except Malformed:
        raise
    except (ValueError, LookupError) as error:
        raise Malformed(f"cannot be read: {type(error).__name__}") from error


def _parsed(lines: list[bytes], head: bytes, body: bytes) -> Message:
    """Let the library split the headers, then bring them into our frozen form."""
    start = lines[0]
    loose = SipMessage.parse(head + b"\r\n\r\n" + body)
    headers: list[tuple[str, str]] = []
    for name, values in loose.headers.items():
        lower = _COMPACT.get(name.lower(), name.lower())
        headers.extend((lower, re.sub(r"\s*\r?\n\s*", " ", value)) for value in values)
    if isinstance(loose, SipRequest):
        method, _, rest = start.partition(b" ")
        uri = rest.rpartition(b" ")[0].decode("utf-8", "replace")
        return Request(method=method.decode("ascii", "replace"), uri=uri, headers=tuple(headers), body=body)
    if not 100 <= loose.status_code <= 699:
        raise Malformed("status out of range")
    return Response(status=loose.status_code, reason=loose.reason_phrase, headers=tuple(headers), body=body)


def _checked(message: Message, start: bytes, *, stream: bool) -> Message:
    """Apply the rules of RFC 3261 section 8.1.1, 8.2 and 18.3; answerable faults carry the request."""
    if isinstance(message, Response):
        try:
            return _cut_body(_tidy(message), stream=stream)
        except (BadAddress, Malformed) as error:
            raise Malformed(f"broken response: {error}") from error
    answerable = message if _answerable(message) else None
    try:
        _check_start(start, message)
        tidy = _tidy(message)
        _check_method(tidy)
        return _cut_body(tidy, stream=stream)
    except BadAddress as error:
        raise Malformed(str(error), request=answerable) from error
    except Malformed as error:
        raise Malformed(error.why, status=error.status, request=answerable) from error


def _answerable(request: Request) -> bool:
    """Whether a response can be built: it copies these headers, and travels by the top Via."""
    if not all(request.get(name) for name in ("via", "from", "to", "call-id", "cseq")):
        return False
    try:
        parse_via(request.all("via")[0])
    except BadAddress:
        return False
    return True


def _check_method(request: Message) -> None:
    if isinstance(request, Request) and request.cseq_method != request.method:
        raise Malformed("CSeq names another method", status=400 if request.method in _KNOWN else 501)


def _check_start(start: bytes, request: Request) -> None:
    parts = start.split(b" ")
    if parts[-1].startswith(b"SIP/") and parts[-1] != b"SIP/2.0":
        raise Malformed("another version of SIP", status=505)
    if len(parts) != 3 or not _METHOD.match(parts[0]) or parts[2] != b"SIP/2.0":
        raise Malformed("request line")
    if re.search(r'[<>"\s]', request.uri):
        raise Malformed("brackets or space in the request URI")
    scheme = uri_scheme(request.uri)
    if not scheme:
        raise Malformed("no request URI")
    if scheme in ("sip", "sips"):
        if "?" in request.uri.rpartition("@")[2]:
            raise Malformed("headers in the request URI")
        parse_name_addr(f"<{request.uri}>")


def _tidy(message: Message) -> Message:
    """Check and normalise the headers that everything else relies on."""
    for name in _SINGLE:
        if len(message.all(name)) > 1:
            raise Malformed(f"{name} more than once")
    for name in ("via", "from", "to", "call-id", "cseq"):
        if not message.get(name):
            raise Malformed(f"no {name}")
    _check_addresses(message)
    tagged = [(name, str(parse_name_addr(message.get(name) or ""))) for name in ("from", "to")]
    for name, top in _NUMBERS.items():
        value = message.get(name)
        if value is not None and not (value.isascii() and value.isdigit() and int(value[:12]) <= top):
            raise Malformed(f"{name} is no number in range")
    cseq = (message.get("cseq") or "").split()
    if len(cseq) != 2 or not cseq[0].isdigit() or not cseq[0].isascii() or int(cseq[0][:12]) > CSEQ_MAX:
        raise Malformed("CSeq")
    return _replace_each(message, dict(tagged) | {"cseq": f"{int(cseq[0])} {cseq[1]}"})


def _check_addresses(message: Message) -> None:
    for via in message.all("via"):
        parse_via(via)
    for contact in message.all("contact"):
        if contact.strip() != "*":
            parse_name_addr(contact)
    for name in ("route", "record-route"):
        for value in message.all(name):
            parse_name_addr(value)


def _replace_each(message: Message, values: dict[str, str]) -> Message:
    headers = tuple((name, values.get(name, value)) for name, value in message.headers)
    if isinstance(message, Request):
        return Request(method=message.method, uri=message.uri, headers=headers, body=message.body)
    return Response(status=message.status, reason=message.reason, headers=headers, body=message.body)


def _cut_body(message: Message, *, stream: bool) -> Message:
    declared = message.get("content-length")
    if declared is None:
        if stream and message.body:
            raise Malformed("no Content-Length on a stream")
        return message
    length = int(declared)
    if length > len(message.body):
        raise Malformed("body shorter than Content-Length")
    body = message.body[:length]
    if isinstance(message, Request):
        return Request(method=message.method, uri=message.uri, headers=message.headers, body=body)
    return Response(status=message.status, reason=message.reason, headers=message.headers, body=body)


def session_description(message: Message) -> str | None:
    """Return the SDP a message carries, also as a part of multipart/mixed (RFC 5621); None when it has none.

    Raises:
        Malformed: 415, the body is of a kind we cannot use.
    """
    if not message.body:
        return None
    kind, _, tail = (message.get("content-type") or "").partition(";")
    match kind.strip().lower():
        case "application/sdp":
            return message.body.decode("utf-8", "replace")
        case "multipart/mixed" | "multipart/alternative" | "multipart/related":
            boundary = re.search(r'boundary\s*=\s*"?([^";]{1,70})', tail)
            for part in message.body.split(b"--" + boundary[1].encode()) if boundary else []:
                head, _, body = part.partition(b"\r\n\r\n")
                if b"application/sdp" in head.lower():
                    return body.removesuffix(b"\r\n").decode("utf-8", "replace")
        case _:
            pass
    raise Malformed("no session description in the body", status=415)


def auth_parts(header: str) -> tuple[str, dict[str, str]]:
    """Read a challenge or credentials: scheme and parameter names in lower case, quotes taken off."""
    parsed = parse_auth(header)
    return parsed.scheme.lower(), {name.lower(): value for name, value in parsed.params.items()}
