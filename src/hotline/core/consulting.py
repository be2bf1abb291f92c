"""Ask somebody while the citizen hears music (咨询), put the citizen through to them (转接完成), or talk all together (会议).

The lead agent's time is hold until the consultation is over: the citizen is on hold. When whoever was asked does not answer, or
leaves, the citizen is taken back by itself, and the agent sees why.
"""

from datetime import datetime

from hotline.core import audio, forwarded, participants, presence, reaching, talking
from hotline.core import events as e
from hotline.core.agent import Agent
from hotline.core.call import Call, Participant, Phase
from hotline.core.ending import end_talk
from hotline.core.events import AgentState, OfferKind, Role, TalkEnd, TargetKind
from hotline.core.floor import Floor, agent_in
from hotline.core.ids import AgentId
from hotline.core.requests import Refused, Target


def asked(call: Call) -> Participant | None:
    """Return who is being consulted, ringing or there."""
    return next(iter(participants.with_role(call, Role.CONSULTED)), None)


def consult(floor: Floor, call: Call, at: datetime, by: Agent, to: Target) -> None:
    """Put the citizen on hold and call somebody.

    Raises:
        Refused: wrong_state (somebody is consulted already, or a conference runs), or why the target cannot be reached.
    """
    if participants.with_role(call, Role.CONSULTED, Role.MEMBER, Role.INTERCEPT):
        raise Refused("wrong_state", "somebody takes part already")
    participants.check_room(call)
    party = reaching.party(floor, call, by, to, at, called=False)
    if call.phase is Phase.TALKING:
        talking.hold(floor, call, at)
    participants.invite(floor, call, at, Role.CONSULTED, by.agent_id, party)
    audio.settle(floor, call)


def cancel(floor: Floor, call: Call, at: datetime, why: str = "dropped") -> None:
    """Let the consulted party go and take the citizen back.

    Raises:
        Refused: wrong_state, nobody is consulted.
    """
    party = asked(call)
    if party is None:
        raise Refused("wrong_state", "nobody is consulted")
    participants.left(floor, call, at, party, why)
    take_back(floor, call, at)


def take_back(floor: Floor, call: Call, at: datetime) -> None:
    """Nobody is consulted any more: the citizen is taken back."""
    if call.phase is Phase.HOLDING and asked(call) is None and not call.phone_holds:
        talking.retrieve(floor, call, at)
    else:
        audio.settle(floor, call)


def complete(floor: Floor, call: Call, at: datetime) -> None:
    """Attended transfer: the consulted party gets the citizen, the agent is out. Leaders who listen go on listening.

    Raises:
        Refused: wrong_state, nobody is consulted or the telephone still rings.
    """
    party, talk = asked(call), call.talk
    if party is None or not party.up or talk is None:
        raise Refused("wrong_state", "nobody is consulted")
    queue_id, talk_id, by = talk.queue_id, talk.talk_id, talk.agent_id
    participants.taken_over(floor, call, at, party)
    participants.dismiss(floor, call, at, "talk_ended", Role.INTERCEPT)
    if party.agent_id is None:
        participants.dismiss(floor, call, at, "talk_ended")
    end_talk(floor, call, at, TalkEnd.TRANSFERRED_CONSULTED)
    floor.emit(
        e.TransferMade(
            at=at,
            authority_id=call.authority_id,
            call_id=call.call_id,
            by=by,
            kind=TargetKind.NUMBER if party.agent_id is None else TargetKind.AGENT,
            to=party.number or _number_of(floor, party.agent_id),
            consulted=True,
            talk_id=talk_id,
            to_agent_id=party.agent_id,
        )
    )
    if party.agent_id is None:
        forwarded.start(floor, call, at, party.leg_id, party.number, OfferKind.OUTSIDE)
        return
    agent = agent_in(floor, party.agent_id)
    talking.start(floor, call, at, agent, party.leg_id, queue_id)
    presence.become(floor, agent, at, AgentState.TALKING, queue_id=queue_id, call_id=call.call_id)


def _number_of(floor: Floor, agent_id: AgentId | None) -> str:
    return agent_in(floor, agent_id).profile.number if agent_id is not None else ""


def confer(floor: Floor, call: Call, at: datetime, by: Agent, to: Target | None) -> None:
    """Join citizen, agent and the one consulted; with `to`, call a further member in while the talk goes on.

    Raises:
        Refused: wrong_state, or why the target cannot be reached.
    """
    party = asked(call)
    if to is None:
        if party is None or not party.up:
            raise Refused("wrong_state", "nobody is consulted")
        participants.change_role(floor, call, at, party, Role.MEMBER, by.agent_id)
        participants.begin_talk(floor, call, at, party)
        talking.retrieve(floor, call, at)
        return
    if party is not None:
        raise Refused("wrong_state", "somebody is consulted")
    participants.check_room(call)
    member = reaching.party(floor, call, by, to, at, called=False)
    participants.invite(floor, call, at, Role.MEMBER, by.agent_id, member)
    audio.settle(floor, call)
