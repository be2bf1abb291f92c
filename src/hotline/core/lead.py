"""The lead agent leaves a talk or is lost: who has the citizen then.

In this order: the one consulted, as telephones do when one of three hangs up; an agent of the conference, who leads from now; a
number outside of the conference; nobody, and then the citizen rates and the call ends.
"""

from datetime import datetime

from hotline.core import audio, consulting, forwarded, participants, talking
from hotline.core import events as e
from hotline.core.call import Call, Participant
from hotline.core.ending import end_talk
from hotline.core.events import OfferKind, Role, TalkEnd
from hotline.core.floor import Floor, later


def left(floor: Floor, call: Call, at: datetime) -> None:
    """The lead agent hung up, or left."""
    if any(p.up for p in participants.with_role(call, Role.CONSULTED)):
        consulting.complete(floor, call, at)
    elif not _conference_goes_on(floor, call, at, TalkEnd.LEFT_CONFERENCE):
        talking.agent_hung_up(floor, call, at)


def stays_away(floor: Floor, call: Call, at: datetime) -> None:
    """The lead agent's leg broke and did not come back in time."""
    if not _conference_goes_on(floor, call, at, TalkEnd.LOST):
        talking.grace_over(floor, call, at)


def _conference_goes_on(floor: Floor, call: Call, at: datetime, how: TalkEnd) -> bool:
    members = [p for p in participants.with_role(call, Role.MEMBER) if p.up]
    agents = [p for p in members if p.talk_id is not None]
    if not members:
        return False
    heir = (agents or members)[0]
    participants.dismiss(floor, call, at, "talk_ended", Role.CONSULTED, Role.INTERCEPT)
    if heir.talk_id is None:
        _outside_stays(floor, call, at, heir, how)
        return True
    end_talk(floor, call, at, how)
    assert heir.agent_id is not None
    floor.emit(
        e.LeadTaken(
            at=at,
            authority_id=call.authority_id,
            call_id=call.call_id,
            talk_id=heir.talk_id,
            agent_id=heir.agent_id,
            leg_id=heir.leg_id,
        )
    )
    floor.set_timer("talk", call.call_id, later(at, talking.TALK_MAX_S))
    audio.settle(floor, call)
    return True


def _outside_stays(floor: Floor, call: Call, at: datetime, heir: Participant, how: TalkEnd) -> None:
    """Only numbers outside are left: the first stays with the citizen, the others are let go."""
    participants.taken_over(floor, call, at, heir)
    participants.dismiss(floor, call, at, "talk_ended")
    end_talk(floor, call, at, how)
    forwarded.start(floor, call, at, heir.leg_id, heir.number, OfferKind.OUTSIDE)
