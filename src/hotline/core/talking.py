"""An agent and the other party, connected: answer, hold, mute, a broken leg and its return, the end.

A lead agent's leg that breaks is called again for a while. Meanwhile somebody consulted is let go (the lead who comes back asks
again), and a conference talks on without the lead; what follows when the lead stays away is `core.lead`'s.
"""

from datetime import datetime

from hotline.core import announcing, audio, devices, direct, participants, presence, queueing, survey
from hotline.core import events as e
from hotline.core.agent import Agent
from hotline.core.call import Call, Phase, Talk
from hotline.core.ending import end_call, end_talk
from hotline.core.events import AgentState, Direction, Party, Role, TalkEnd, VisitOutcome
from hotline.core.floor import Floor, agent_in, later
from hotline.core.ids import LegId, OfferId, PromptKey, QueueId, RecordingId, TalkId, VisitId
from hotline.core.playing import play_for_ever
from hotline.core.switching import HangUp, StartRecording
from hotline.core.voicemail import recording_path

TALK_MAX_S = 4 * 3600.0
"""A talk this long is a mistake (a handset beside the cradle): it is ended."""
BRIDGE_TRIES = 2
REATTACH_RING_S = 10.0
RECONNECTING = PromptKey("connection_interrupted")
MUSIC = PromptKey("music")
BROKEN = frozenset({"media_timeout", "session_timeout", "transport_lost", "unreachable"})
"""Causes by which an agent's leg is lost rather than hung up."""


def offer_answered(floor: Floor, call: Call, at: datetime) -> None:
    """The agent picked up a call that waited, or one that was put through to them: connect."""
    visit, transfer = call.visit, call.transfer
    held = direct.answered(floor, call, at)
    assert held.agent_id is not None
    if visit is not None:
        queueing.leave(floor, call, at, VisitOutcome.ANSWERED)
    queue_id = visit.queue_id if visit is not None else call.last_queue_id if transfer is not None else None
    visit_id = visit.visit_id if visit is not None else None
    agent = agent_in(floor, held.agent_id)
    start(floor, call, at, agent, held.leg_id, queue_id, visit_id, held.offer_id)
    presence.become(floor, agent, at, AgentState.TALKING, queue_id=queue_id, call_id=call.call_id)
    queue = floor.queue_of(queue_id)
    if queue is not None and queue.announce_agent and call.outside_leg is not None:
        announcing.agent_number(floor, agent, (call.outside_leg, held.leg_id))


def connect_again(floor: Floor, call: Call, at: datetime) -> None:
    """The switch could not connect the legs: ask again, and after some tries take the agent's leg for broken."""
    call.bridge_failures += 1
    if call.bridge_failures <= BRIDGE_TRIES:
        audio.again(floor, call)
    else:
        call.bridge_failures = 0
        interrupt(floor, call, at)
        reattach(floor, call, at)


def start(
    floor: Floor,
    call: Call,
    at: datetime,
    agent: Agent,
    leg_id: LegId,
    queue_id: QueueId | None = None,
    visit_id: VisitId | None = None,
    offer_id: OfferId | None = None,
) -> None:
    """Write down the talk, connect, and begin to record, if it is to be recorded and is not already."""
    call.play_id = None
    floor.emit(
        e.TalkStarted(
            at=at,
            authority_id=call.authority_id,
            call_id=call.call_id,
            talk_id=TalkId(floor.id()),
            agent_id=agent.agent_id,
            leg_id=leg_id,
            direction=call.direction,
            queue_id=queue_id,
            visit_id=visit_id,
            offer_id=offer_id,
        )
    )
    audio.settle(floor, call)
    floor.set_timer("talk", call.call_id, later(at, TALK_MAX_S))
    hotline = floor.index.hotlines.get(call.hotline_id) if call.hotline_id is not None else None
    if (hotline is None or hotline.recording) and call.recording is None:
        start_recording(floor, call, at)


def start_recording(floor: Floor, call: Call, at: datetime) -> None:
    """Record the outside leg."""
    assert call.outside_leg is not None
    recording_id, path = RecordingId(floor.id()), recording_path(floor, call, at)
    floor.emit(
        e.RecordingStarted(
            at=at,
            authority_id=call.authority_id,
            call_id=call.call_id,
            recording_id=recording_id,
            leg_id=call.outside_leg,
            path=path,
        )
    )
    floor.command(StartRecording(recording_id=recording_id, leg_id=call.outside_leg, path=path))


def hold(floor: Floor, call: Call, at: datetime) -> None:
    """Put the citizen on hold with music."""
    talk = _talk(call)
    floor.emit(
        e.HoldStarted(
            at=at,
            authority_id=call.authority_id,
            call_id=call.call_id,
            talk_id=talk.talk_id,
            agent_id=talk.agent_id,
        )
    )
    audio.settle(floor, call)
    presence.become(
        floor,
        agent_in(floor, talk.agent_id),
        at,
        AgentState.HOLDING,
        queue_id=talk.queue_id,
        call_id=call.call_id,
    )


def retrieve(floor: Floor, call: Call, at: datetime) -> None:
    """Take the citizen back."""
    talk = _talk(call)
    _hold_ended(floor, call, at, talk)
    audio.settle(floor, call)
    _talking_again(floor, call, at, talk)


def _hold_ended(floor: Floor, call: Call, at: datetime, talk: Talk) -> None:
    floor.emit(
        e.HoldEnded(
            at=at,
            authority_id=call.authority_id,
            call_id=call.call_id,
            talk_id=talk.talk_id,
            agent_id=talk.agent_id,
        )
    )


def _talking_again(floor: Floor, call: Call, at: datetime, talk: Talk) -> None:
    presence.become(
        floor,
        agent_in(floor, talk.agent_id),
        at,
        AgentState.INTERNAL if call.direction is Direction.INTERNAL else AgentState.TALKING,
        queue_id=talk.queue_id,
        call_id=call.call_id,
    )


def mute(floor: Floor, call: Call, at: datetime, *, muted: bool) -> None:
    """Close or open the agent's microphone."""
    talk = _talk(call)
    if talk.muted is muted:
        return
    floor.emit(
        e.TalkMuted(
            at=at,
            authority_id=call.authority_id,
            call_id=call.call_id,
            talk_id=talk.talk_id,
            agent_id=talk.agent_id,
            muted=muted,
        )
    )
    audio.settle(floor, call)


def _talk(call: Call) -> Talk:
    assert call.talk is not None
    return call.talk


# ── A broken leg ──


def interrupt(floor: Floor, call: Call, at: datetime) -> None:
    """The agent's leg is lost: the citizen hears why and waits for a while, or talks on with the others of a conference."""
    call.phone_holds = False
    talk = _talk(call)
    participants.dismiss(floor, call, at, "system", Role.CONSULTED)
    if call.phase is Phase.HOLDING:
        _hold_ended(floor, call, at, talk)
        _talking_again(floor, call, at, talk)
    until = later(at, floor.index.site.reattach_grace_s)
    floor.emit(
        e.TalkInterrupted(
            at=at,
            authority_id=call.authority_id,
            call_id=call.call_id,
            talk_id=talk.talk_id,
            agent_id=talk.agent_id,
            until=until,
        )
    )
    if talk.leg_id in call.legs:
        floor.command(HangUp(leg_id=talk.leg_id))
    tell_citizen(floor, call)
    floor.set_timer("grace", call.call_id, until)


def tell_citizen(floor: Floor, call: Call) -> None:
    """Let the citizen hear that the connection is interrupted, unless somebody of a conference talks with them."""
    audio.settle(floor, call)
    if not audio.talk_goes_on(call):
        play_for_ever(floor, call, (RECONNECTING, MUSIC))


def interrupt_again(floor: Floor, call: Call, at: datetime) -> None:
    """After a restart: the same notice and a new grace, since nobody could come back meanwhile."""
    tell_citizen(floor, call)
    floor.set_timer("grace", call.call_id, later(at, floor.index.site.reattach_grace_s))
    for leg_id, agent_id in call.legs.items():
        if agent_id == _talk(call).agent_id and leg_id in call.answered_legs and leg_id != _talk(call).leg_id:
            call.reattach_leg = leg_id
    if call.reattach_leg is not None:
        reattached(floor, call, at)
    else:
        reattach(floor, call, at)


def reattach(floor: Floor, call: Call, at: datetime) -> None:
    """Ring the agent's telephone again, which picks up by itself."""
    talk = _talk(call)
    agent = agent_in(floor, talk.agent_id)
    if call.reattach_leg is not None or agent.device_id is None or not floor.reachable(agent.device_id):
        return
    leg_id = LegId(floor.id())
    headers = (("X-Hotline-Call", call.call_id), ("X-Hotline-Auto-Answer", "1"))
    seconds = devices.ring_s(floor, agent, REATTACH_RING_S)
    shown = call.ani
    if devices.ring(
        floor,
        call,
        at,
        agent,
        leg_id,
        shown_number=shown,
        timeout_s=seconds,
        auto_answer=True,
        headers=headers,
    ):
        call.reattach_leg = leg_id


def reattached(floor: Floor, call: Call, at: datetime) -> None:
    """The agent is back on the new leg."""
    talk, leg_id = _talk(call), call.reattach_leg
    assert leg_id is not None
    call.reattach_leg = None
    floor.cancel_timer("grace", call.call_id)
    floor.emit(
        e.TalkResumed(
            at=at,
            authority_id=call.authority_id,
            call_id=call.call_id,
            talk_id=talk.talk_id,
            agent_id=talk.agent_id,
            leg_id=leg_id,
        )
    )
    audio.settle(floor, call)


def grace_over(floor: Floor, call: Call, at: datetime) -> None:
    """The agent did not come back: the citizen goes to the head of the queue, or the call ends."""
    talk = _talk(call)
    queue = floor.queue_of(talk.queue_id)
    let_go(floor, call, at, TalkEnd.LOST)
    if queue is not None and call.direction is Direction.INBOUND:
        queueing.enter(floor, call, at, queue, waiting_since=call.first_waiting_since)
    else:
        _after_agent(floor, call, at)


def let_go(floor: Floor, call: Call, at: datetime, how: TalkEnd) -> None:
    """End the talk so that nobody has the citizen: all others are let go, and the machine has the line for itself."""
    participants.dismiss(floor, call, at, "talk_ended", how=how)
    end_talk(floor, call, at, how)
    audio.settle(floor, call)


# ── The end ──


def agent_hung_up(floor: Floor, call: Call, at: datetime) -> None:
    """The agent ended their part: the citizen is asked to rate, or the call ends."""
    let_go(floor, call, at, TalkEnd.AGENT_HUNG_UP)
    _after_agent(floor, call, at)


def _after_agent(floor: Floor, call: Call, at: datetime) -> None:
    wanted = survey.survey_of(floor, call)
    if wanted is None:
        end_call(floor, call, at, Party.AGENT)
    else:
        survey.begin(floor, call, at, wanted, Party.AGENT)
