"""Offer and answer for one G.711 telephone leg (RFC 3264, RFC 8829 for browsers): what the far end can, what both will do. Pure.

One audio section is taken; every other section keeps its place and is refused with port 0. Browsers (`UDP/TLS/RTP/SAVPF`)
bring ICE and DTLS parameters along.
"""

import ipaddress
import re
from dataclasses import dataclass
from enum import StrEnum

from hotline.wire.dtmf import DEFAULT_PAYLOAD_TYPE
from hotline.wire.g711 import Law
from hotline.wire.sdp import BadSdp, Section, Session, address_type, parse

PLAIN = "RTP/AVP"
SECURE = "UDP/TLS/RTP/SAVPF"
_SECURE_PROTOCOLS = frozenset({SECURE, "UDP/TLS/RTP/SAVP", "RTP/SAVPF"})
_RTPMAP = re.compile(r"(\d{1,3}) ([\w.-]+)/(\d+)(?:/(\d+))?", re.ASCII)


class NothingInCommon(ValueError):
    """The description is sound, but we can speak none of what it offers."""


class Direction(StrEnum):
    """Who sends, as the describing side sees it."""

    SENDRECV = "sendrecv"
    SENDONLY = "sendonly"
    RECVONLY = "recvonly"
    INACTIVE = "inactive"

    @property
    def sends(self) -> bool:
        """The describing side may send."""
        return self in {Direction.SENDRECV, Direction.SENDONLY}

    @property
    def receives(self) -> bool:
        """The describing side wants to be sent to."""
        return self in {Direction.SENDRECV, Direction.RECVONLY}

    @property
    def mirrored(self) -> "Direction":
        """The same flow seen from the other side."""
        return {Direction.SENDONLY: Direction.RECVONLY, Direction.RECVONLY: Direction.SENDONLY}.get(
            self, self
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class IceSide:
    """One side's ICE and DTLS parameters (RFC 8839, RFC 8842). `candidates` are the values of a=candidate lines."""

    ufrag: str
    password: str
    candidates: tuple[str, ...]
    fingerprints: tuple[tuple[str, str], ...]
    setup: str
    lite: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteAudio:
    """What the far end's description says about its audio.

    `law` is the first G.711 codec it lists; `key_type` the payload type of telephone-event, None without. `index` is the place of
    the section, `layout` the (media, protocol, formats, mid) of all sections, for our answer to mirror.
    """

    address: str
    port: int
    rtcp_address: tuple[str, int]
    law: Law
    key_type: int | None
    direction: Direction
    mux: bool
    index: int
    layout: tuple[tuple[str, str, tuple[str, ...], str], ...]
    ice: IceSide | None = None

    @property
    def holds(self) -> bool:
        """The far end has put us on hold: it does not want to hear us."""
        return not self.direction.receives


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalAudio:
    """What we say about our side. `laws` in order of preference; `ice` for browsers."""

    address: str
    port: int
    session_id: int
    version: int
    ssrc: int
    cname: str
    laws: tuple[Law, ...] = (Law.ALAW, Law.ULAW)
    key_type: int | None = DEFAULT_PAYLOAD_TYPE
    direction: Direction = Direction.SENDRECV
    mux: bool = False
    ice: IceSide | None = None


def read(text: str, *, our_order: bool = False) -> RemoteAudio:
    """Read an offer or answer. The law is the first that it lists, or A-law if it lists it at all with `our_order`.

    Raises:
        BadSdp: broken text (answer 400).
        NothingInCommon: no audio section that we can speak (answer 488).
    """
    session = parse(text)
    for index, section in enumerate(session.sections):
        if section.media != "audio" or section.port == 0:
            continue
        secure = section.protocol in _SECURE_PROTOCOLS
        if not secure and section.protocol != PLAIN and section.protocol != "RTP/AVPF":
            continue
        law, key_type = _codecs(section, our_order=our_order)
        if law is not None:
            return _remote(session, section, index, law, key_type)
    raise NothingInCommon("no audio section with G.711")


def _codecs(section: Section, *, our_order: bool) -> tuple[Law | None, int | None]:
    names: dict[int, tuple[str, int]] = {0: ("PCMU", 8000), 8: ("PCMA", 8000)}
    for value in section.values("rtpmap"):
        if match := _RTPMAP.match(value):
            names[int(match[1])] = (match[2].upper(), int(match[3]))
    found: list[Law] = []
    key_type: int | None = None
    for text in section.formats:
        number = int(text) if text.isascii() and text.isdigit() and len(text) <= 3 else -1
        name = names.get(number)
        if name == ("TELEPHONE-EVENT", 8000) and 96 <= number <= 127:
            key_type = number if key_type is None else key_type
        found += [law for law in Law if law.value == number and name == (law.encoding, 8000)]
    if our_order and Law.ALAW in found:
        return Law.ALAW, key_type
    return (found[0] if found else None), key_type


def _direction(session: Session, section: Section) -> Direction:
    own = [key for key, _ in section.attributes if key in set(Direction)]
    common = [key for key, _ in session.attributes if key in set(Direction)]
    return Direction((own or common or [Direction.SENDRECV])[0])


def _remote(session: Session, section: Section, index: int, law: Law, key_type: int | None) -> RemoteAudio:
    address = section.address or session.address
    if not address:
        raise BadSdp("no c= line")
    if not _is_ip(address):
        raise NothingInCommon("audio address is a host name")
    direction = _direction(session, section)
    if address in {"0.0.0.0", "::"} and section.protocol not in _SECURE_PROTOCOLS:  # noqa: S104 - the hold of RFC 2543
        direction = Direction.SENDONLY if direction.sends else Direction.INACTIVE
    mux = section.value("rtcp-mux") is not None
    return RemoteAudio(
        address=address,
        port=section.port,
        rtcp_address=_rtcp(section, address, mux),
        law=law,
        key_type=key_type,
        direction=direction,
        mux=mux,
        index=index,
        layout=tuple((s.media, s.protocol, s.formats, s.value("mid") or "") for s in session.sections),
        ice=_ice(session, section) if section.protocol in _SECURE_PROTOCOLS else None,
    )


def _is_ip(text: str) -> bool:
    """Only literal addresses are sent to: looking up a name would block the sound of every call."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _rtcp(section: Section, address: str, mux: bool) -> tuple[str, int]:
    if mux:
        return address, section.port
    parts = (section.value("rtcp") or "").split()  # RFC 3605: port, or port IN IP4 address
    if parts and parts[0].isascii() and parts[0].isdigit() and 0 < int(parts[0]) <= 65535:
        return (parts[3] if len(parts) == 4 and _is_ip(parts[3]) else address), int(parts[0])
    return address, min(section.port + 1, 65535)


def _ice(session: Session, section: Section) -> IceSide:
    ufrag, password = session.attribute(section, "ice-ufrag"), session.attribute(section, "ice-pwd")
    prints = section.values("fingerprint") or [
        value for key, value in session.attributes if key == "fingerprint"
    ]
    pairs = [tuple(value.split(maxsplit=1)) for value in prints]
    fingerprints = tuple((pair[0].lower(), pair[1].upper()) for pair in pairs if len(pair) == 2)
    if not ufrag or not password or not fingerprints:
        raise BadSdp("no ICE credentials or fingerprint")
    return IceSide(
        ufrag=ufrag,
        password=password,
        candidates=tuple(section.values("candidate")),
        fingerprints=fingerprints,
        setup=session.attribute(section, "setup") or "actpass",
        lite=session.value("ice-lite") is not None,
    )


# ── Our side ─────────────────────────────────────────────────────────────────────────────────────────────────


def _audio_attributes(local: LocalAudio, mid: str) -> list[tuple[str, str]]:
    lines = [("rtpmap", f"{law.value} {law.encoding}/8000") for law in local.laws]
    if local.key_type is not None:
        lines += [("rtpmap", f"{local.key_type} telephone-event/8000"), ("fmtp", f"{local.key_type} 0-15")]
    lines += [("ptime", "20"), (local.direction.value, "")]
    if mid:
        lines.append(("mid", mid))
    if local.mux:
        lines.append(("rtcp-mux", ""))
    if local.ice:
        lines += [("ice-ufrag", local.ice.ufrag), ("ice-pwd", local.ice.password)]
        lines += [("fingerprint", f"{kind} {value}") for kind, value in local.ice.fingerprints]
        lines += [("setup", local.ice.setup)]
        lines += [("candidate", value) for value in local.ice.candidates]
        lines += [("end-of-candidates", "")]
        lines += [("msid", f"{local.cname} audio"), ("ssrc", f"{local.ssrc} cname:{local.cname}")]
    return lines


def _audio(local: LocalAudio, protocol: str, mid: str) -> Section:
    formats = [str(law.value) for law in local.laws]
    if local.key_type is not None:
        formats.append(str(local.key_type))
    return Section(
        media="audio",
        port=local.port,
        protocol=protocol,
        formats=tuple(formats),
        attributes=tuple(_audio_attributes(local, mid)),
    )


def _session(local: LocalAudio, sections: list[Section], bundle: str) -> Session:
    attributes: tuple[tuple[str, str], ...] = ()
    if local.ice:
        attributes = (("group", f"BUNDLE {bundle}"),) if bundle else ()
        attributes += (("msid-semantic", "WMS *"),)
    return Session(
        origin=f"- {local.session_id} {local.version} IN {address_type(local.address)} {local.address}",
        address=local.address,
        attributes=attributes,
        sections=tuple(sections),
    )


def offer(local: LocalAudio) -> Session:
    """Return our offer: one audio section."""
    mid = "0" if local.ice else ""
    return _session(local, [_audio(local, SECURE if local.ice else PLAIN, mid)], mid)


def answer(local: LocalAudio, remote: RemoteAudio) -> Session:
    """Return our answer to `remote`: its sections in their order, all but the audio taken refused."""
    sections: list[Section] = []
    taken_mid = ""
    for index, (media, protocol, formats, mid) in enumerate(remote.layout):
        if index == remote.index:
            taken_mid = mid
            sections.append(_audio(local, protocol, mid))
        else:
            refused = (("mid", mid), ("inactive", "")) if mid else (("inactive", ""),)
            sections.append(
                Section(media=media, port=0, protocol=protocol, formats=formats, attributes=refused)
            )
    return _session(local, sections, taken_mid)
