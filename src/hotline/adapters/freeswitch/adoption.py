"""Taking stock of a node after a connection: what runs there, what ended while we could not hear, what came.

Legs that we know and the node does not are reported as ended; channels that wait for us are reported as incoming; legs that an earlier
application made are taken over as they are. Nothing here assumes that the events in between were heard.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
import structlog

from hotline.adapters.freeswitch import translate
from hotline.adapters.freeswitch.connection import Link, LinkBroken
from hotline.adapters.freeswitch.hearing import Hearing
from hotline.adapters.freeswitch.legs import Leg, Playing, Tape
from hotline.adapters.freeswitch.node import HELD_VARIABLE, Node
from hotline.adapters.freeswitch.orders import part_of
from hotline.adapters.freeswitch.translate import Event
from hotline.core.ids import DeviceId, LegId, TrunkId
from hotline.core.switching import DeviceRegistered, HangUpBy, HangUpCause, LegKind, LegState

log = structlog.stdlib.get_logger(__name__)

ANSWER_LIMIT_S = 10.0
SETTLE_S = 0.25
"""FreeSWITCH's list of channels is written a moment after the channels change."""
_ENDING = frozenset({"CS_HANGUP", "CS_REPORTING", "CS_DESTROY", "CS_NEW", "CS_INIT"})


@dataclass(frozen=True, slots=True)
class _Channel:
    """A channel as the node describes it."""

    leg_id: LegId
    about: Event
    state: str
    with_whom: LegId | None
    application: str


async def adopt(node: Node, hearing: Hearing, link: Link) -> None:
    """Bring what we know together with what runs.

    Raises:
        LinkBroken: the connection broke meanwhile.
    """
    core_uuid = await link.api("global_getvar core_uuid")
    node.version = (await link.api("version short")).split("\n")[0][:40]
    if node.core_uuid and node.core_uuid != core_uuid:
        log.warning("freeswitch_restarted", legs=len(node.legs))
        node.lost()
        hearing.forget()
    first = not node.core_uuid
    node.core_uuid = core_uuid
    known = dict(node.legs)
    await asyncio.sleep(SETTLE_S)
    channels = await _channels(link)
    _take_over(node, hearing, channels)
    await _end_missing(node, link, known, channels)
    _reconnect(node, channels)
    await _telephones(node, link, quietly=first)
    await _recordings(node)
    log.info("freeswitch_adopted", legs=len(node.legs), devices=len(node.devices), first=first)


async def audit(node: Node, link: Link) -> None:
    """Find legs whose end we did not hear of. Legs younger than the question are left alone.

    Raises:
        LinkBroken: the connection broke meanwhile.
    """
    known = {leg_id: leg for leg_id, leg in node.legs.items() if leg.created}
    listed = {row["uuid"] for row in await _rows(link, "show channels as json")}
    await _end_missing(node, link, known, {LegId(leg_id): None for leg_id in listed})


# ── Channels ────────────────────────────────────────────────────────────────────────────────────────────────


async def _rows(link: Link, line: str) -> list[dict[str, Any]]:
    try:
        told = orjson.loads(await link.api(line, ANSWER_LIMIT_S))
    except orjson.JSONDecodeError:
        raise LinkBroken(f"{line}: no JSON") from None
    rows = told.get("rows", []) if isinstance(told, dict) else []
    return [row for row in rows if isinstance(row, dict) and isinstance(row.get("uuid", ""), str)]


async def _channels(link: Link) -> dict[LegId, _Channel]:
    rows = [row for row in await _rows(link, "show channels as json") if row.get("state") not in _ENDING]
    answers = await asyncio.gather(
        *(link.api(f"uuid_dump {row['uuid']} json", ANSWER_LIMIT_S) for row in rows)
    )
    channels: dict[LegId, _Channel] = {}
    for row, answer in zip(rows, answers, strict=True):
        try:
            about = orjson.loads(answer)
        except orjson.JSONDecodeError:
            continue  # it ended meanwhile
        application = str(row.get("application", ""))
        data = str(row.get("application_data", ""))
        together = application == "uuid_bridge" and row.get("state") in {
            "CS_SOFT_EXECUTE", "CS_EXCHANGE_MEDIA",
        }  # fmt: skip
        channel = _Channel(
            LegId(row["uuid"]), about, str(row.get("state")), LegId(data) if together else None, application
        )
        channels[channel.leg_id] = channel
    return channels


def _take_over(node: Node, hearing: Hearing, channels: dict[LegId, _Channel]) -> None:
    for channel in channels.values():
        leg = node.legs.get(channel.leg_id)
        if leg is not None:
            leg.created = True
            if channel.about.get("Answer-State") == "answered":
                node.answered(leg)
            continue
        about = channel.about
        inbound = about.get("Call-Direction") == "inbound"
        if inbound and about.get("Answer-State") in {"ringing", "early"}:
            hearing.incoming(about)
        elif inbound or "variable_hotline_device" in about or "variable_hotline_trunk" in about:
            node.legs[channel.leg_id] = _leg_of(node, hearing, channel)


def _leg_of(node: Node, hearing: Hearing, channel: _Channel) -> Leg:
    """A leg that an earlier application answered or made."""
    about = channel.about
    device = about.get("variable_hotline_device", "")
    trunk = about.get("variable_hotline_trunk", "")
    kind, device_id, trunk_id = LegKind.DEVICE, DeviceId(device) if device else None, None
    if not device:
        kind, trunk_id = LegKind.TRUNK, TrunkId(trunk) if trunk else None
    if not device and not trunk:
        caller = node.admission.caller(about)
        hearing.place_later(channel.leg_id, about)
        kind, device_id, trunk_id = caller.kind, caller.device_id, caller.trunk_id
    up = about.get("Answer-State") == "answered"
    leg = Leg(
        leg_id=channel.leg_id,
        kind=kind,
        state=LegState.UP if up else LegState.DIALLING,
        since=_time(about) or node.now(),
        device_id=device_id,
        trunk_id=trunk_id,
        created=True,
        parked=True,
        with_media=up or about.get("Answer-State") == "early",
    )
    written = part_of(about.get("variable_hotline_recording", ""))
    if written is not None:
        leg.tape = Tape(part=written, started=True)
        node.known_recordings[written.recording_id] = None
    if channel.application == "playback":
        leg.playing = Playing(name=about.get("variable_app_uuid", ""), play_id=None, adopted=True)
    return leg


def _time(about: Event) -> datetime | None:
    microseconds = translate.number(about, "Caller-Channel-Answered-Time")
    return datetime.fromtimestamp(microseconds / 1e6, UTC) if microseconds else None


def _reconnect(node: Node, channels: dict[LegId, _Channel]) -> None:
    """See who talks with whom; what we believed otherwise is over."""
    for channel in channels.values():
        leg = node.legs.get(channel.leg_id)
        if leg is None:
            continue
        other = channels.get(channel.with_whom) if channel.with_whom is not None else None
        peer = node.legs.get(other.leg_id) if other is not None and other.with_whom == leg.leg_id else None
        if peer is not None:
            if leg.bridged_with != peer.leg_id:
                leg.bridged_with, leg.parked = peer.leg_id, False
                node.among_people(leg, 0, with_people=True)
            if leg.peer_id != peer.leg_id and peer.bridged_with == leg.leg_id:
                node.together(leg, peer)
        elif (
            held_by := LegId(channel.about.get(f"variable_{HELD_VARIABLE}", ""))
        ) in node.legs and not leg.peer_id:
            leg.held, leg.peer_id, node.legs[held_by].peer_id = True, held_by, leg.leg_id
        elif leg.bridged_with is not None:
            node.apart(leg)
            leg.parked = True
        node.touched(leg.leg_id)


async def _end_missing(node: Node, link: Link, known: dict[LegId, Leg], channels: dict[LegId, Any]) -> None:
    missing = [leg for leg_id, leg in known.items() if leg_id not in channels and not leg.over]
    answers = await asyncio.gather(*(link.api(f"uuid_exists {leg.leg_id}") for leg in missing))
    for leg, answer in zip(missing, answers, strict=True):
        if answer == "false" and not leg.over:
            if leg.state is LegState.DIALLING and not leg.created:
                node.end_leg(leg, by=HangUpBy.FAULT, cause=HangUpCause.UNREACHABLE, sip_status=480, q850=20)
            else:
                node.vanished(leg)


# ── Telephones and recordings ───────────────────────────────────────────────────────────────────────────────


async def _telephones(node: Node, link: Link, *, quietly: bool) -> None:
    """Learn who is registered. `quietly`: the first time the snapshot tells of them, no events are owed."""
    rows = await _rows(link, "show registrations as json")
    now = node.now()
    present: set[DeviceId] = set()
    for row in rows:
        device_id = translate.device_of(str(row.get("reg_user", "")))
        expires_s = max(0, int(row.get("expires") or 0) - int(now.timestamp()))
        if not device_id or not expires_s:
            continue
        present.add(device_id)
        node.contacts.setdefault(device_id, str(row.get("url", "")).rpartition("/")[2])
        if device_id not in node.devices:
            device = DeviceRegistered(
                at=now,
                device_id=device_id,
                address=f"{row.get('network_ip', '')}:{row.get('network_port', '')}",
                transport=str(row.get("network_proto", "udp")),
                user_agent="",
                expires_s=expires_s,
            )
            node.devices[device_id] = device
            if not quietly:
                node.emit(device)
    for device_id in set(node.devices) - present:
        node.gone(device_id, "expired")


async def _recordings(node: Node) -> None:
    """Finish what FreeSWITCH closed while no application heard of it."""
    running = {leg.tape.part.recording_id for leg in node.legs.values() if leg.tape is not None}
    for part in await node.recordings.lying_about():
        if part.recording_id not in running and part.leg_id not in node.legs and node.is_lost(part.leg_id):
            node.known_recordings[part.recording_id] = None
            node.recording_closed(part)
