"""What FreeSWITCH's events mean, one event at a time: why a leg ended, who registered, who calls. Pure; knows no leg and no socket.

An event is the JSON object of the event socket: text by name. Every value may be missing: what is not said is taken as the most
harmless reading.
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote

from hotline.core.ids import DeviceId, LegId, TrunkId
from hotline.core.switching import (
    DeviceRegistered,
    HangUpBy,
    HangUpCause,
    LegHungUp,
    LegKind,
    LegStats,
    Provision,
    TrunkEntry,
)
from hotline.wire.sip.causes import cause_of_status, q850_of_status
from hotline.wire.sip.numbers import normalise

Event = Mapping[str, str]

GUEST_PREFIX = "guest-"
TRUNK_CONTEXT = "hotline-trunk"
_BROWSER_USER = re.compile(r"\d{9,11}:(.{1,64})\Z")

_CAUSES = {
    "NORMAL_CLEARING": HangUpCause.NORMAL,
    "NORMAL_UNSPECIFIED": HangUpCause.NORMAL,
    "MANAGER_REQUEST": HangUpCause.NORMAL,
    "ALLOTTED_TIMEOUT": HangUpCause.NO_ANSWER,
    "NO_ANSWER": HangUpCause.NO_ANSWER,
    "NO_USER_RESPONSE": HangUpCause.NO_ANSWER,
    "PROGRESS_TIMEOUT": HangUpCause.NO_ANSWER,
    "ORIGINATOR_CANCEL": HangUpCause.CANCELLED,
    "LOSE_RACE": HangUpCause.CANCELLED,
    "USER_BUSY": HangUpCause.BUSY,
    "CALL_REJECTED": HangUpCause.REJECTED,
    "MEDIA_TIMEOUT": HangUpCause.MEDIA_TIMEOUT,
    "RECOVERY_ON_TIMER_EXPIRE": HangUpCause.SESSION_TIMEOUT,
    "SYSTEM_SHUTDOWN": HangUpCause.ENGINE_FAULT,
    "CRASH": HangUpCause.ENGINE_FAULT,
    "DESTINATION_OUT_OF_ORDER": HangUpCause.ENGINE_FAULT,
    "GATEWAY_DOWN": HangUpCause.UNREACHABLE,
    "NETWORK_OUT_OF_ORDER": HangUpCause.UNREACHABLE,
    "NO_ROUTE_DESTINATION": HangUpCause.UNREACHABLE,
    "NO_ROUTE_TRANSIT_NET": HangUpCause.UNREACHABLE,
    "SUBSCRIBER_ABSENT": HangUpCause.UNREACHABLE,
    "UNALLOCATED_NUMBER": HangUpCause.UNREACHABLE,
    "INVALID_NUMBER_FORMAT": HangUpCause.UNREACHABLE,
    "USER_NOT_REGISTERED": HangUpCause.UNREACHABLE,
    "INVALID_PROFILE": HangUpCause.UNREACHABLE,
    "INVALID_URL": HangUpCause.UNREACHABLE,
    "NORMAL_CIRCUIT_CONGESTION": HangUpCause.CONGESTION,
    "SWITCH_CONGESTION": HangUpCause.CONGESTION,
    "NORMAL_TEMPORARY_FAILURE": HangUpCause.CONGESTION,
    "REQUESTED_CHAN_UNAVAIL": HangUpCause.CONGESTION,
}
_FAULTS = frozenset({
    HangUpCause.MEDIA_TIMEOUT, HangUpCause.SESSION_TIMEOUT, HangUpCause.ENGINE_FAULT, HangUpCause.TRANSPORT_LOST,
})  # fmt: skip
_STATUSES = {
    HangUpCause.BUSY: 486,
    HangUpCause.CANCELLED: 487,
    HangUpCause.NO_ANSWER: 408,
    HangUpCause.REJECTED: 603,
    HangUpCause.UNREACHABLE: 480,
    HangUpCause.CONGESTION: 503,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """That we ended a leg ourselves, and how we call it."""

    cause: HangUpCause
    sip_status: int
    q850: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls, and whom. `refused` is the SIP status with which the call is turned away, 0 when it is let in."""

    kind: LegKind
    ani: str
    dnis: str
    trunk_id: TrunkId | None = None
    device_id: DeviceId | None = None
    test: bool = False
    refused: int = 0


def number(event: Event, name: str) -> int:
    """Return a whole number of an event; 0 when it is missing or none."""
    text = event.get(name, "")
    return int(text) if text.isascii() and text.isdigit() else 0


def _decimal(event: Event, name: str) -> float:
    try:
        return float(event.get(name, "") or 0.0)
    except ValueError:
        return 0.0


# ── The end of a leg ────────────────────────────────────────────────────────────────────────────────────────


def hung_up(
    event: Event, leg_id: LegId, at: datetime, *, answered: bool, ordered: Ordered | None
) -> LegHungUp:
    """Say why a leg ended, from CHANNEL_HANGUP_COMPLETE. `ordered` is set when the end was our order."""
    if ordered is not None:
        by, cause, status, q850 = HangUpBy.LOCAL, ordered.cause, ordered.sip_status, ordered.q850
    else:
        by, cause, status, q850 = _why(event, answered=answered)
    return LegHungUp(
        at=at, leg_id=leg_id, by=by, cause=cause, sip_status=status, q850=q850, stats=_stats(event)
    )


def _why(event: Event, *, answered: bool) -> tuple[HangUpBy, HangUpCause, int, int]:
    name = event.get("Hangup-Cause") or event.get("variable_hangup_cause", "")
    said = event.get("variable_sip_hangup_disposition", "")
    q850 = number(event, "variable_hangup_cause_q850") or 16
    cause = _CAUSES.get(name, HangUpCause.NORMAL if answered else HangUpCause.REJECTED)
    if answered:
        if cause in _FAULTS:
            return HangUpBy.FAULT, cause, 0, q850
        return (HangUpBy.REMOTE if said.startswith("recv") else HangUpBy.LOCAL), HangUpCause.NORMAL, 0, q850
    status = number(event, "variable_sip_invite_failure_status") or number(event, "variable_sip_term_status")
    if status >= 300:
        by = HangUpBy.FAULT if status in {408, 503} else HangUpBy.REMOTE
        return by, cause_of_status(status), status, q850 if q850 != 16 else q850_of_status(status)
    if cause is HangUpCause.NORMAL:  # never answered, and nobody says why
        cause = HangUpCause.CANCELLED
    if cause is HangUpCause.SESSION_TIMEOUT:
        cause = HangUpCause.UNREACHABLE  # the INVITE was never answered by anything
    by = HangUpBy.REMOTE if said.startswith("recv") else HangUpBy.FAULT
    return by, cause, _STATUSES.get(cause, 0), q850


def refused_originate(answer: str) -> tuple[HangUpCause, int, int]:
    """Read the result of an `originate` that made no channel: cause, SIP status, Q.850."""
    name = answer.removeprefix("-ERR").strip().split(" ")[0]
    cause = _CAUSES.get(name, HangUpCause.UNREACHABLE)
    if cause is HangUpCause.NORMAL:
        cause = HangUpCause.UNREACHABLE
    status = _STATUSES.get(cause, 480)
    return cause, status, 20 if cause is HangUpCause.UNREACHABLE else q850_of_status(status)


def _stats(event: Event) -> LegStats | None:
    if "variable_rtp_audio_in_packet_count" not in event:
        return None
    return LegStats(
        codec=event.get("variable_rtp_use_codec_name", ""),
        packets_received=number(event, "variable_rtp_audio_in_packet_count"),
        packets_sent=number(event, "variable_rtp_audio_out_packet_count"),
        packets_lost=number(event, "variable_rtp_audio_in_flaw_total"),
        jitter_ms=round(_decimal(event, "variable_rtp_audio_in_jitter_max_variance") ** 0.5, 2),
    )


# ── Telephones ──────────────────────────────────────────────────────────────────────────────────────────────


def device_of(user: str) -> DeviceId:
    """Return the device of a log-in name: browsers log in as `<expiry>:<device>`."""
    browser = _BROWSER_USER.match(unquote(user))
    return DeviceId(browser[1] if browser is not None else unquote(user))


def registered(event: Event, at: datetime) -> DeviceRegistered | None:
    """Read sofia::register; None when it names nobody."""
    user = event.get("from-user") or event.get("to-user") or event.get("username", "")
    if not user:
        return None
    status = event.get("status", "")
    transport = re.search(r"transport=(\w+)", event.get("contact", ""))
    return DeviceRegistered(
        at=at,
        device_id=device_of(user),
        address=f"{event.get('network-ip', '')}:{event.get('network-port', '')}",
        transport=(transport[1] if transport else "tcp" if "TCP" in status else "udp").lower(),
        user_agent=event.get("user-agent", ""),
        expires_s=number(event, "expires"),
    )


def uri_in(contact: str) -> str:
    """Return the SIP address in a Contact header, as a dial string has it."""
    inside = contact.partition("<")[2].partition(">")[0] or contact
    return inside if inside.startswith("sip") else ""


# ── Who calls ───────────────────────────────────────────────────────────────────────────────────────────────


class Admission:
    """Says who a caller is by the last `Provision`. FreeSWITCH let in only listed peers and telephones with a right password."""

    def __init__(self) -> None:
        self.directory = Provision(realm="", devices=(), trunks=(), browser_secret="", web_numbers=())
        self.ready = False
        self._networks: list[tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, TrunkEntry]] = []

    def provision(self, directory: Provision) -> None:
        """Take over a new directory."""
        self.directory = directory
        self.ready = True
        self._networks = [
            (ipaddress.ip_network(peer, strict=False), trunk)
            for trunk in directory.trunks
            for peer in trunk.peers
        ]

    def trunk(self, trunk_id: TrunkId) -> TrunkEntry | None:
        """Return the trunk of this id."""
        return next((trunk for trunk in self.directory.trunks if trunk.trunk_id == trunk_id), None)

    def caller(self, event: Event) -> Caller:
        """Read who calls from the event of an incoming leg."""
        dnis_text = event.get("Caller-Destination-Number") or event.get("variable_sip_req_user", "")
        dnis = normalise(dnis_text) or dnis_text
        if event.get("Caller-Context") == TRUNK_CONTEXT:
            return self._from_trunk(event, dnis)
        device = device_of(event.get("variable_user_name") or event.get("variable_sip_auth_username", ""))
        if not device:
            return Caller(kind=LegKind.DEVICE, ani="", dnis=dnis, refused=403)
        if device.startswith(GUEST_PREFIX):
            refused = 0 if dnis in self.directory.web_numbers else 403
            return Caller(kind=LegKind.WEB, ani="", dnis=dnis, device_id=device, refused=refused)
        return Caller(kind=LegKind.DEVICE, ani=str(device), dnis=dnis, device_id=device)

    def _from_trunk(self, event: Event, dnis: str) -> Caller:
        source = event.get("variable_sip_h_X-AUTH-IP") or event.get("variable_sip_received_ip", "")
        trunks = self._trunks_of(source) or self._trunks_of(event.get("variable_sip_received_ip", ""))
        trunk = next((t for t in trunks if not t.numbers or dnis in t.numbers), None)
        known = trunk or (trunks[0] if trunks else None)
        return Caller(
            kind=LegKind.TRUNK,
            ani=_ani(event),
            dnis=dnis,
            trunk_id=known.trunk_id if known is not None else None,
            test=event.get("variable_sip_h_X-Hotline-Test") == "1" and source.startswith("127."),
            refused=0 if trunk is not None and dnis else 404 if known is not None else 403,
        )

    def _trunks_of(self, source: str) -> list[TrunkEntry]:
        try:
            address = ipaddress.ip_address(source)
        except ValueError:
            return []
        return [trunk for network, trunk in self._networks if address in network]


def _ani(event: Event) -> str:
    privacy = event.get("variable_sip_Privacy", event.get("variable_sip_h_Privacy", "")).lower()
    if {"id", "user", "header"} & {word.strip() for word in privacy.split(";")}:
        return ""
    asserted = re.search(r"(?:sips?|tel):([^@;>]+)", event.get("variable_sip_P-Asserted-Identity", ""))
    for text in (asserted[1] if asserted else "", event.get("variable_sip_from_user", "")):
        if found := normalise(unquote(text)):
            return found
    return ""
