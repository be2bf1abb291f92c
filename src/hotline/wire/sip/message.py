"""SIP messages as frozen values (RFC 3261 section 7): requests, responses, their headers, and how they are written.

Knows nothing of sockets, transactions or the parser; `codec` reads bytes, this module only holds and writes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

Headers = tuple[tuple[str, str], ...]
"""Header fields in order; names in lower case, one entry for each value."""

MAGIC_COOKIE = "z9hG4bK"
"""Start of every branch made by an RFC 3261 element (section 8.1.1.7)."""

_PRETTY = {
    "call-id": "Call-ID",
    "cseq": "CSeq",
    "www-authenticate": "WWW-Authenticate",
    "mime-version": "MIME-Version",
    "min-se": "Min-SE",
    "rack": "RAck",
    "rseq": "RSeq",
}

REASONS = {
    100: "Trying",
    180: "Ringing",
    181: "Call Is Being Forwarded",
    183: "Session Progress",
    200: "OK",
    202: "Accepted",
    302: "Moved Temporarily",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    407: "Proxy Authentication Required",
    408: "Request Timeout",
    415: "Unsupported Media Type",
    416: "Unsupported URI Scheme",
    420: "Bad Extension",
    422: "Session Interval Too Small",
    423: "Interval Too Brief",
    480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist",
    482: "Loop Detected",
    483: "Too Many Hops",
    486: "Busy Here",
    487: "Request Terminated",
    488: "Not Acceptable Here",
    489: "Bad Event",
    491: "Request Pending",
    500: "Server Internal Error",
    501: "Not Implemented",
    503: "Service Unavailable",
    505: "Version Not Supported",
    513: "Message Too Large",
    600: "Busy Everywhere",
    603: "Decline",
}


def reason_phrase(status: int) -> str:
    """Return the usual words for a status, or those of its class."""
    return REASONS.get(status) or {1: "Progress", 2: "OK", 3: "Redirect", 4: "Request Failure"}.get(
        status // 100, "Failure"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Message:
    """What requests and responses share."""

    headers: Headers = ()
    body: bytes = b""

    def get(self, name: str) -> str | None:
        """Return the first value of a header; `name` in lower case."""
        for key, value in self.headers:
            if key == name:
                return value
        return None

    def all(self, name: str) -> tuple[str, ...]:
        """Return every value of a header, in order; `name` in lower case."""
        return tuple(value for key, value in self.headers if key == name)

    def tokens(self, name: str) -> frozenset[str]:
        """Return the comma-separated words of a header in lower case (Supported, Allow, Require…)."""
        return frozenset(
            token.strip().lower() for value in self.all(name) for token in value.split(",") if token.strip()
        )

    def having(self, *headers: tuple[str, str]) -> Self:
        """Return a copy with these headers in place of all of the same names."""
        names = {name for name, _ in headers}
        kept = tuple(pair for pair in self.headers if pair[0] not in names)
        return replace(self, headers=kept + headers)

    def without(self, *names: str) -> Self:
        """Return a copy without these headers."""
        return replace(self, headers=tuple(pair for pair in self.headers if pair[0] not in names))

    def with_top(self, name: str, value: str) -> Self:
        """Return a copy with one more header value before all others (Via)."""
        return replace(self, headers=((name, value), *self.headers))

    def with_body(self, body: bytes, content_type: str) -> Self:
        """Return a copy carrying `body`."""
        return replace(self.having(("content-type", content_type)), body=body)

    @property
    def call_id(self) -> str:
        """The Call-ID, "" when there is none."""
        return self.get("call-id") or ""

    @property
    def cseq_number(self) -> int:
        """The number of CSeq; messages from `codec` always have one."""
        return int((self.get("cseq") or "0").split()[0])

    @property
    def cseq_method(self) -> str:
        """The method of CSeq."""
        return (self.get("cseq") or "0 ?").split()[1]

    def _write(self, start_line: str) -> bytes:
        lines = [start_line]
        for name, value in self.headers:
            if name != "content-length":
                lines.append(f"{_PRETTY.get(name) or name.title()}: {value}")
        lines.append(f"Content-Length: {len(self.body)}\r\n\r\n")
        return "\r\n".join(lines).encode("utf-8", "surrogateescape") + self.body


@dataclass(frozen=True, slots=True, kw_only=True)
class Request(_Message):
    """A SIP request."""

    method: str
    uri: str

    def encode(self) -> bytes:
        """Write the message; Content-Length is always exact."""
        return self._write(f"{self.method} {self.uri} SIP/2.0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Response(_Message):
    """A SIP response."""

    status: int
    reason: str = ""

    def encode(self) -> bytes:
        """Write the message; Content-Length is always exact."""
        return self._write(f"SIP/2.0 {self.status} {self.reason}")


Message = Request | Response


def response_to(
    request: Request,
    status: int,
    *,
    to_tag: str = "",
    headers: Headers = (),
    reason: str = "",
) -> Response:
    """Begin a response as RFC 3261 section 8.2.6 tells: Via, From, To, Call-ID and CSeq come from the request.

    `to_tag` is added to To when it has none (not for 100). Record-Route goes into dialog-making responses (12.1.1).
    """
    copied: list[tuple[str, str]] = []
    for name, value in request.headers:
        if name in ("via", "from", "call-id", "cseq") or (name == "timestamp" and status == 100):
            copied.append((name, value))
        elif name == "to":
            tagged = (
                value
                if not to_tag or status == 100 or ";tag=" in value.replace(" ", "")
                else f"{value};tag={to_tag}"
            )
            copied.append((name, tagged))
        elif name == "record-route" and request.method == "INVITE" and 100 < status < 300:
            copied.append((name, value))
    return Response(status=status, reason=reason or reason_phrase(status), headers=(*copied, *headers))
