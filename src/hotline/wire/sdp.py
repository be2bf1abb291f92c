"""SDP text (RFC 8866) to frozen values and back. Knows lines and attributes, not what they are negotiated for."""

from dataclasses import dataclass

MAX_TEXT = 16_384
MAX_SECTIONS = 16
MAX_ATTRIBUTES = 256


class BadSdp(ValueError):
    """The text is no session description."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One m= section. `attributes` are (name, value) in their order; "" for flags. `address` is its own c= line or ""."""

    media: str
    port: int
    protocol: str
    formats: tuple[str, ...]
    address: str = ""
    attributes: tuple[tuple[str, str], ...] = ()

    def values(self, name: str) -> list[str]:
        """All values of an attribute, in order."""
        return [value for key, value in self.attributes if key == name]

    def value(self, name: str) -> str | None:
        """First value of an attribute; None when absent."""
        return next((value for key, value in self.attributes if key == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session description."""

    origin: str
    address: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    sections: tuple[Section, ...] = ()

    def value(self, name: str) -> str | None:
        """First value of a session-level attribute; None when absent."""
        return next((value for key, value in self.attributes if key == name), None)

    def attribute(self, section: Section, name: str) -> str | None:
        """An attribute that may stand in the section or, for all sections, in the session."""
        found = section.value(name)
        return self.value(name) if found is None else found


def _connection(value: str) -> str:
    """The address of a c= line, without a multicast TTL."""
    parts = value.split()
    if len(parts) != 3 or parts[0] != "IN" or parts[1] not in {"IP4", "IP6"}:
        raise BadSdp("malformed c= line")
    return parts[2].split("/")[0]


def _media(value: str) -> Section:
    parts = value.split()
    if len(parts) < 4:
        raise BadSdp("malformed m= line")
    port = parts[1].split("/")[0]
    if not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise BadSdp("malformed port")
    return Section(media=parts[0], port=int(port), protocol=parts[2], formats=tuple(parts[3:]))


def _attribute(value: str) -> tuple[str, str]:
    name, _, rest = value.partition(":")
    return name, rest.strip()


def _parse_section(lines: list[tuple[str, str]]) -> Section:
    bare = _media(lines[0][1])
    address = next((_connection(value) for kind, value in lines if kind == "c"), "")
    attributes = tuple(_attribute(value) for kind, value in lines if kind == "a")
    return Section(
        media=bare.media,
        port=bare.port,
        protocol=bare.protocol,
        formats=bare.formats,
        address=address,
        attributes=attributes,
    )


def parse(text: str) -> Session:
    """Read a description. Unknown line types are passed over.

    Raises:
        BadSdp: too long, no v= and o= lines, malformed m= or c= lines.
    """
    if len(text) > MAX_TEXT:
        raise BadSdp("description too long")
    groups: list[list[tuple[str, str]]] = [[]]
    for line in text.splitlines():
        if len(line) < 2 or line[1] != "=":
            if line.strip():
                raise BadSdp("malformed line")
            continue
        if line[0] == "m":
            groups.append([])
        groups[-1].append((line[0], line[2:].strip()))
    head, *sections = groups
    fields = dict(head)
    if fields.get("v") != "0" or "o" not in fields:
        raise BadSdp("no v= or o= line")
    if len(sections) > MAX_SECTIONS or sum(map(len, groups)) > MAX_ATTRIBUTES:
        raise BadSdp("too many lines")
    return Session(
        origin=fields["o"],
        address=_connection(fields["c"]) if "c" in fields else "",
        attributes=tuple(_attribute(value) for kind, value in head if kind == "a"),
        sections=tuple(_parse_section(lines) for lines in sections),
    )


def _attribute_line(name: str, value: str) -> str:
    return f"a={name}:{value}" if value else f"a={name}"


def address_type(address: str) -> str:
    """IP4 or IP6, as a c= or o= line has it."""
    return "IP6" if ":" in address else "IP4"


def build(session: Session) -> str:
    """Return the text, lines ended with CRLF."""
    lines = ["v=0", f"o={session.origin}", "s=-"]
    if session.address:
        lines.append(f"c=IN {address_type(session.address)} {session.address}")
    lines.append("t=0 0")
    lines += [_attribute_line(name, value) for name, value in session.attributes]
    for section in session.sections:
        lines.append(f"m={section.media} {section.port} {section.protocol} {' '.join(section.formats)}")
        if section.address:
            lines.append(f"c=IN {address_type(section.address)} {section.address}")
        lines += [_attribute_line(name, value) for name, value in section.attributes]
    return "\r\n".join(lines) + "\r\n"
