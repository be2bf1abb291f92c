"""The telephones of agents: a registered one is rung by the switch itself, a mobile seat (移动座席) through the hotline's trunk.

Who picks up a mobile seat or the duty phone presses 1 first (`Site.mobile_confirm`), so that no mailbox takes a citizen.
"""

from datetime import datetime

from hotline.core import events as e
from hotline.core import trunks
from hotline.core.agent import Agent
from hotline.core.call import Call, Phase
from hotline.core.channels import Dialled
from hotline.core.floor import Floor
from hotline.core.ids import DeviceId, LegId, PlayId, PromptKey
from hotline.core.switching import Originate, Play, ToDevice

MOBILE_EXTRA_S = 15.0
"""So much longer than a telephone in the house a mobile may ring: the network looks for it, and its owner presses a key."""
CONFIRM = PromptKey("press_one")
CONFIRM_KEY = "1"
_CONFIRM_TIMES = 3


def is_mobile(floor: Floor, device_id: DeviceId | None) -> bool:
    """Tell a mobile seat from a telephone that registers."""
    return device_id in floor.index.mobiles


def ring_s(floor: Floor, agent: Agent, seconds: float) -> float:
    """Return how long to let this agent's telephone ring."""
    return seconds + (MOBILE_EXTRA_S if is_mobile(floor, agent.device_id) else 0.0)


def line_free(floor: Floor, call: Call, agent: Agent) -> bool:
    """Whether the agent's telephone can be rung now: a mobile seat needs a channel."""
    if not is_mobile(floor, agent.device_id):
        return True
    return trunks.free_trunk(floor, trunks.hotline_of(floor, call, agent.agent_id)) is not None


def ring(
    floor: Floor,
    call: Call,
    at: datetime,
    agent: Agent,
    leg_id: LegId,
    *,
    shown_number: str,
    shown_name: str = "",
    timeout_s: float,
    auto_answer: bool = False,
    headers: tuple[tuple[str, str], ...] = (),
) -> bool:
    """Ring the agent's telephone on a new leg of the call; writes `LegStarted`. False (nothing done): no channel for a mobile seat.

    A mobile seat is shown the hotline's own number (外呼显示服务号), never the citizen's.
    """
    device_id = agent.device_id
    assert device_id is not None
    near = call.outside_leg if call.outside_leg != leg_id else None
    mobile = floor.index.mobiles.get(device_id)
    if mobile is not None:
        hotline = trunks.hotline_of(floor, call, agent.agent_id)
        return trunks.dial(
            floor,
            call,
            at,
            leg_id,
            Dialled(
                number=mobile,
                shown_number=hotline.number if hotline is not None else "",
                timeout_s=timeout_s,
                near=near,
                agent_id=agent.agent_id,
                device_id=device_id,
            ),
        )
    floor.emit(
        e.LegStarted(
            at=at,
            authority_id=call.authority_id,
            call_id=call.call_id,
            leg_id=leg_id,
            agent_id=agent.agent_id,
            device_id=device_id,
        )
    )
    floor.command(
        Originate(
            leg_id=leg_id,
            to=ToDevice(device_id=device_id),
            shown_number=shown_number,
            shown_name=shown_name,
            timeout_s=timeout_s,
            auto_answer=auto_answer,
            near=near,
            headers=headers,
        )
    )
    return True


# ── Press one ──


def must_confirm(floor: Floor, call: Call, leg_id: LegId) -> bool:
    """Whether whoever picked up this leg has yet to show that they are no mailbox."""
    if not floor.index.site.mobile_confirm or leg_id in call.confirmed:
        return False
    offer = call.offer
    if offer is not None and offer.leg_id == leg_id:
        return offer.kind is e.OfferKind.DUTY or is_mobile(floor, offer.device_id)
    if call.phase is Phase.DIALLING and leg_id == call.agent_leg and call.placed_by is not None:
        agent = floor.agent_of(call.placed_by)
        return agent is not None and is_mobile(floor, agent.device_id)
    party = call.participants.get(leg_id)
    return party is not None and not party.up and is_mobile(floor, party.device_id)


def ask_to_confirm(floor: Floor, call: Call, leg_id: LegId) -> None:
    """Say that key 1 takes the call. The ring's own time limits the wait for it."""
    call.confirming.add(leg_id)
    sounds, _ = floor.index.sounds((CONFIRM,))
    if sounds:
        play_id = PlayId(floor.id())
        floor.command(Play(leg_id=leg_id, play_id=play_id, sounds=sounds, repeat=_CONFIRM_TIMES))


def confirms(call: Call, leg_id: LegId, key: str) -> bool:
    """Take a key of a telephone that was asked; True when it takes the call now."""
    if key != CONFIRM_KEY or leg_id not in call.confirming:
        return False
    call.confirming.discard(leg_id)
    call.confirmed.add(leg_id)
    return True
