"""What the switch reports of legs beside the citizen's and the lead agent's: participants, direct rings, numbers outside."""

from datetime import datetime

from hotline.core import (
    audio,
    consulting,
    direct,
    duty,
    forwarded,
    participants,
    supervising,
    talking,
    transferring,
    trunks,
)
from hotline.core.call import Call, Participant, Phase
from hotline.core.channels import Dialled
from hotline.core.events import OfferKind, OfferOutcome, Role
from hotline.core.floor import Floor, later
from hotline.core.ids import TimerId
from hotline.core.switching import HangUpBy, HangUpCause, LegHungUp

# ── Participants ──


def answered(floor: Floor, call: Call, at: datetime, party: Participant) -> None:
    """The party's telephone is up."""
    if party.up:
        return
    participants.joined(floor, call, at, party)
    if party.role is Role.INTERCEPT and call.phase in {Phase.TALKING, Phase.HOLDING}:
        supervising.take_over(floor, call, at, party)
    elif party.role is Role.INTERCEPT:  # the agent they would have taken it from is not there either
        participants.left(floor, call, at, party, "failed")
    else:
        audio.settle(floor, call)


def gone(floor: Floor, call: Call, event: LegHungUp, dialled: Dialled | None = None) -> None:
    """The party's leg is gone. `dialled`: what was being dialled on it, if it had not rung yet: it is tried over the next trunk."""
    party = call.participants[event.leg_id]
    if not party.up and (leg_id := trunks.over_the_next(floor, call, event, dialled)) is not None:
        assert dialled is not None
        until = floor.timers.get(TimerId(f"invite:{event.leg_id}"), later(event.at, dialled.timeout_s))
        floor.cancel_timer("invite", event.leg_id)
        floor.set_timer("invite", leg_id, until)
        return
    left(floor, call, event.at, party, _why(party, event))


def _why(party: Participant, event: LegHungUp) -> str:
    broken = event.cause in talking.BROKEN or event.by is HangUpBy.FAULT
    if party.up:
        return "failed" if broken else "hung_up"
    match event.cause:
        case HangUpCause.BUSY:
            return "busy"
        case HangUpCause.NO_ANSWER:
            return "no_answer"
        case HangUpCause.REJECTED | HangUpCause.NORMAL | HangUpCause.CANCELLED if not broken:
            return "rejected"
        case _:
            return "failed"


def no_answer(floor: Floor, call: Call, at: datetime, party: Participant) -> None:
    """The party was rung long enough."""
    if not party.up:
        left(floor, call, at, party, "no_answer")


def left(floor: Floor, call: Call, at: datetime, party: Participant, why: str) -> None:
    """The party takes part no more, and what that means for the others."""
    participants.left(floor, call, at, party, why)
    if party.role is Role.CONSULTED:
        consulting.take_back(floor, call, at)
    elif call.phase is Phase.INTERRUPTED and not audio.talk_goes_on(call) and party.role in audio.SPEAKERS:
        talking.tell_citizen(floor, call)
    else:
        audio.settle(floor, call)


def connect_again(floor: Floor, call: Call, at: datetime) -> None:
    """The switch could not connect two legs: ask again, and after some tries let go of whose leg does not do."""
    if call.phase is Phase.TALKING:
        talking.connect_again(floor, call, at)
        return
    if call.phase not in {Phase.HOLDING, Phase.FORWARDED}:
        return
    call.bridge_failures += 1
    if call.bridge_failures <= talking.BRIDGE_TRIES:
        audio.again(floor, call)
        return
    call.bridge_failures = 0
    if call.phase is Phase.FORWARDED:
        forwarded.far_end_gone(floor, call, at)
    elif consulting.asked(call) is not None:
        consulting.cancel(floor, call, at, "failed")


# ── Direct rings ──


def ring_answered(floor: Floor, call: Call, at: datetime) -> None:
    """Whoever was rung directly picked up."""
    held = call.offer
    assert held is not None
    if held.agent_id is not None:
        talking.offer_answered(floor, call, at)
        return
    direct.answered(floor, call, at)
    forwarded.start(floor, call, at, held.leg_id, held.number, held.kind, held.offer_id)


def ring_failed(floor: Floor, call: Call, at: datetime, outcome: OfferOutcome, why: str) -> None:
    """Whoever was rung directly did not pick up."""
    held = direct.in_vain(floor, call, at, outcome, why)
    if held.kind is OfferKind.DUTY or duty.rung_by_flow(call):
        duty.not_answered(floor, call, at)
    else:
        transferring.come_back(floor, call, at, held.agent_id)
