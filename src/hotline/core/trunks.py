"""Trunks in use: which one a call out takes, the limits, the number as the trunk wants it, and the next trunk when one fails.

A leg takes a channel of its trunk from its beginning to its end, whatever it is for: a call of an agent, a mobile seat, the duty
phone, a transfer. A call that an agent places holds its channel while the agent's own telephone is still being rung.
"""

from dataclasses import replace
from datetime import datetime

from hotline.core import events as e
from hotline.core.call import Call
from hotline.core.channels import Dialled
from hotline.core.floor import Floor
from hotline.core.ids import AgentId, LegId, TrunkId
from hotline.core.numbers import rewrite
from hotline.core.site import Hotline
from hotline.core.switching import HangUpCause, LegHungUp, Originate, ToTrunk

OVER_THE_NEXT = frozenset({HangUpCause.CONGESTION, HangUpCause.UNREACHABLE, HangUpCause.ENGINE_FAULT})
"""Causes that lie with the trunk, not with whom we call."""


def free_trunk(floor: Floor, hotline: Hotline | None, tried: tuple[TrunkId, ...] = ()) -> TrunkId | None:
    """Return the first trunk of the hotline that has a channel left for a call out and was not tried yet."""
    if hotline is None or hotline.outbound_trunk_id is None:
        return None
    for trunk_id in (hotline.outbound_trunk_id, *hotline.further_trunk_ids):
        trunk = floor.index.trunks.get(trunk_id)
        if trunk is None or trunk_id in tried:
            continue
        full = floor.channels.used[trunk_id] >= trunk.max_calls
        if not full and not 0 < trunk.max_outbound <= floor.channels.outbound[trunk_id]:
            return trunk_id
    return None


def hotline_of(floor: Floor, call: Call, agent_id: AgentId | None = None) -> Hotline | None:
    """Return the hotline whose trunks and number this call uses: its own, the agent's, or the first of its authority."""
    wanted = call.hotline_id
    if wanted is None and agent_id is not None and agent_id in floor.index.agents:
        wanted = floor.index.agents[agent_id].default_hotline_id
    hotline = floor.index.hotlines.get(wanted) if wanted is not None else None
    if hotline is not None and hotline.outbound_trunk_id is not None:
        return hotline
    usable = [h for h in floor.index.site.hotlines if h.outbound_trunk_id is not None]
    return next((h for h in usable if h.authority_id == call.authority_id), hotline)


def dial(floor: Floor, call: Call, at: datetime, leg_id: LegId, dialled: Dialled) -> bool:
    """Call a number through the hotline's first free trunk: writes `LegStarted`, asks the switch. False: no channel is free."""
    hotline = hotline_of(floor, call, dialled.agent_id)
    trunk_id = free_trunk(floor, hotline, dialled.tried)
    if trunk_id is None:
        return False
    floor.emit(
        e.LegStarted(
            at=at,
            authority_id=call.authority_id,
            call_id=call.call_id,
            leg_id=leg_id,
            agent_id=dialled.agent_id,
            device_id=dialled.device_id,
            number=dialled.number,
            trunk_id=trunk_id,
        )
    )
    ask(floor, leg_id, trunk_id, dialled)
    return True


def ask(floor: Floor, leg_id: LegId, trunk_id: TrunkId, dialled: Dialled) -> None:
    """Ask the switch to dial; the leg is written down already."""
    floor.dialled[leg_id] = replace(dialled, tried=(*dialled.tried, trunk_id))
    floor.command(
        Originate(
            leg_id=leg_id,
            to=ToTrunk(
                trunk_id=trunk_id, number=rewrite(floor.index.trunks[trunk_id].outbound_rules, dialled.number)
            ),
            shown_number=dialled.shown_number,
            shown_name=dialled.shown_name,
            timeout_s=dialled.timeout_s,
            near=dialled.near,
            headers=dialled.headers,
        )
    )


def over_the_next(floor: Floor, call: Call, event: LegHungUp, dialled: Dialled | None) -> LegId | None:
    """A leg died on its trunk before the far end rang: dial again over the next one; returns the new leg.

    To be asked after the leg's end is written down; `dialled` is what `Floor.dialled` held for it before.
    """
    if dialled is None or event.cause not in OVER_THE_NEXT:
        return None
    leg_id = LegId(floor.id())
    return leg_id if dial(floor, call, event.at, leg_id, dialled) else None
