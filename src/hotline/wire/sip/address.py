"""SIP addresses: URIs, name-addrs and Via values (RFC 3261 sections 19.1, 20.10, 20.42, 25).

Strict where RFC 4475 shows that leniency misleads: a broken address raises `BadAddress`, never half a value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

Params = tuple[tuple[str, str | None], ...]

_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._\-]+)\Z")
_TOKEN = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]+\Z")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*\Z")
_VIA = re.compile(r"SIP\s*/\s*\d\.\d\s*/\s*([A-Za-z0-9\-.!%*_+`'~]+)\s+(.+)\Z", re.DOTALL)


class BadAddress(ValueError):
    """The text is no SIP address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SipUri:
    """A `sip:` or `sips:` URI. `port` is None when it is not written."""

    user: str = ""
    host: str
    port: int | None = None
    params: Params = ()
    scheme: str = "sip"

    def param(self, name: str) -> str | None:
        """Return a parameter's value ("" when it stands alone), or None."""
        return param(self.params, name)

    def __str__(self) -> str:
        user = f"{self.user}@" if self.user else ""
        port = f":{self.port}" if self.port is not None else ""
        return f"{self.scheme}:{user}{self.host}{port}{_write_params(self.params)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NameAddr:
    """An address as From, To, Contact and Route carry it. `uri` is text, because its scheme may be any."""

    uri: str
    display: str = ""
    params: Params = ()

    @property
    def tag(self) -> str:
        """The tag parameter, "" when there is none."""
        return param(self.params, "tag") or ""

    def param(self, name: str) -> str | None:
        """Return a parameter's value ("" when it stands alone), or None."""
        return param(self.params, name)

    def __str__(self) -> str:
        name = '"' + self.display.replace("\\", "\\\\").replace('"', '\\"') + '" ' if self.display else ""
        return f"{name}<{self.uri}>{_write_params(self.params)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Via:
    """One Via value."""

    transport: str
    host: str
    port: int | None = None
    params: Params = ()

    @property
    def branch(self) -> str:
        """The branch, "" from an RFC 2543 element."""
        return param(self.params, "branch") or ""

    def seen_from(self, host: str, port: int) -> Via:
        """Return it with `received`, and `rport` where it was asked for, filled in (RFC 3581 section 4)."""
        kept = tuple(pair for pair in self.params if pair[0] not in ("received", "rport"))
        if param(self.params, "rport") is not None:
            return replace(self, params=(*kept, ("received", host), ("rport", str(port))))
        if host != self.host:
            return replace(self, params=(*kept, ("received", host)))
        return self

    def __str__(self) -> str:
        port = f":{self.port}" if self.port is not None else ""
        return f"SIP/2.0/{self.transport} {self.host}{port}{_write_params(self.params)}"


def param(params: Params, name: str) -> str | None:
    """Return a parameter's value ("" when it stands alone), or None."""
    for key, value in params:
        if key == name:
            return value or ""
    return None


def _write_params(params: Params) -> str:
    return "".join(f";{key}" if value is None else f";{key}={value}" for key, value in params)


def split_outside_quotes(text: str, separator: str) -> list[str]:
    """Split at `separator` where it stands neither in quotes nor in angle brackets.

    Raises:
        BadAddress: a quote is not closed.
    """
    parts: list[str] = []
    start, index, quoted, angled = 0, 0, False, False
    while index < len(text):
        char = text[index]
        if quoted and char == "\\":
            index += 1
        elif char == '"':
            quoted = not quoted
        elif not quoted and char in "<>":
            angled = char == "<"
        elif not quoted and not angled and char == separator:
            parts.append(text[start:index])
            start = index + 1
        index += 1
    if quoted:
        raise BadAddress("quote not closed")
    parts.append(text[start:])
    return parts


def parse_params(text: str) -> Params:
    """Read `;name=value;flag`; names become lower case."""
    found: list[tuple[str, str | None]] = []
    for part in split_outside_quotes(text, ";"):
        name, equals, value = part.partition("=")
        if name.strip():
            found.append((name.strip().lower(), value.strip() if equals else None))
    return tuple(found)


def parse_uri(text: str) -> SipUri:
    """Read a `sip:`/`sips:` URI.

    Raises:
        BadAddress: it is broken, or has another scheme (then `uri_scheme` tells which).
    """
    scheme, colon, rest = text.partition(":")
    if not colon or scheme.lower() not in ("sip", "sips"):
        raise BadAddress(f"no SIP URI: {text[:40]!r}")
    if re.search(r'[\s<>"]', rest):
        raise BadAddress("space, quote or bracket in a URI")
    user, at, after = rest.rpartition("@")
    after, _, _ = after.partition("?")
    host_port, semicolon, tail = after.partition(";")
    host, port = _host_port(host_port)
    return SipUri(
        scheme=scheme.lower(),
        user=user.partition(":")[0] if at else "",
        host=host,
        port=port,
        params=parse_params(tail) if semicolon else (),
    )


def uri_scheme(text: str) -> str:
    """Return the scheme of a URI in lower case, "" when it has none."""
    scheme, colon, _ = text.partition(":")
    return scheme.lower() if colon and _SCHEME.match(scheme) else ""


def _host_port(text: str) -> tuple[str, int | None]:
    text = text.strip()
    end = text.find("]") + 1 if text.startswith("[") else 0
    host, colon, port = text[end:].partition(":")
    host = (text[:end] + host).strip()
    port = port.strip()
    if not _HOST.match(host):
        raise BadAddress(f"no host: {text[:40]!r}")
    if not colon:
        return host, None
    if not port.isascii() or not port.isdigit() or not 0 < int(port[:6]) < 65_536:
        raise BadAddress(f"no port: {text[:40]!r}")
    return host, int(port)


def parse_name_addr(text: str) -> NameAddr:
    """Read a From, To, Contact, Route, Refer-To or P-Asserted-Identity value.

    Raises:
        BadAddress: it is broken. A parameter after an address without brackets belongs to the header (20.10), so
            an address without brackets may hold no `?` or `,`.
    """
    text = text.strip()
    display, rest = _take_display(text)
    if rest.startswith("<"):
        uri, bracket, tail = rest[1:].partition(">")
        if not bracket or (tail.strip() and not tail.lstrip().startswith(";")):
            raise BadAddress("angle brackets do not match")
    else:
        if display:
            raise BadAddress("display name without angle brackets")
        uri, _, tail = rest.partition(";")
        if "?" in uri or "," in uri:
            raise BadAddress("bare address with ? or ,")
    uri = uri.strip() if not rest.startswith("<") else uri
    if not uri_scheme(uri) or re.search(r"[\s<>]", uri):
        raise BadAddress(f"no URI: {text[:40]!r}")
    if uri_scheme(uri) in ("sip", "sips"):
        parse_uri(uri)
    return NameAddr(uri=uri, display=display, params=parse_params(tail))


def _take_display(text: str) -> tuple[str, str]:
    if text.startswith('"'):
        match = re.match(r'"((?:[^"\\]|\\.)*)"\s*', text, re.DOTALL)
        if match is None:
            raise BadAddress("quote not closed")
        return re.sub(r"\\(.)", r"\1", match[1], flags=re.DOTALL), text[match.end() :]
    bracket = text.find("<")
    if bracket <= 0:
        return "", text
    words = text[:bracket].split()
    if not all(_TOKEN.match(word) or not word.isascii() for word in words):
        raise BadAddress("display name must be quoted")
    return " ".join(words), text[bracket:]


def parse_via(text: str) -> Via:
    """Read one Via value.

    Raises:
        BadAddress: it is broken.
    """
    match = _VIA.match(text.strip())
    if match is None:
        raise BadAddress(f"no Via: {text[:40]!r}")
    sent_by, semicolon, tail = match[2].partition(";")
    host, port = _host_port(re.sub(r"\s*:\s*", ":", sent_by))
    return Via(
        transport=match[1].upper(), host=host, port=port, params=parse_params(tail) if semicolon else ()
    )


def user_of(uri: str) -> str:
    """Return the user part of a SIP or tel URI, without parameters and escapes; "" when there is none."""
    if uri_scheme(uri) == "tel":
        return uri[4:].partition(";")[0]
    try:
        user = parse_uri(uri).user
    except BadAddress:
        return ""
    return re.sub(r"%([0-9A-Fa-f]{2})", lambda found: chr(int(found[1], 16)), user.partition(";")[0])
