"""Who hears whom in a call, as a function of its state; and the commands that lead there from what was there before.

Chapters change the state by events and call `settle`. Two parties are bridged; more, or somebody who only listens, need a room
with an exact speak/hear matrix. After a restart nothing is known of what was there, so everything is asked for again.
What the machine plays to a caller who talks to nobody is not this module's matter.
"""

from dataclasses import replace

from hotline.core.call import Call, Participant, Phase
from hotline.core.events import Role
from hotline.core.floor import Floor
from hotline.core.ids import LegId, PlayId, PromptKey, RoomId
from hotline.core.switching import (
    Bridge,
    Hold,
    Mute,
    Play,
    RoomMember,
    SetRoom,
    StopPlay,
    Unbridge,
    Unhold,
)
from hotline.core.topology import SILENCE, Topology

MUSIC = PromptKey("music")
RINGBACK = PromptKey("ringback")
LISTENERS = frozenset({Role.MONITOR, Role.WHISPER})
"""Who hears the talk without being heard by all."""
SPEAKERS = frozenset({Role.MEMBER, Role.BARGE})
"""Who is heard by all and hears all."""


def settle(floor: Floor, call: Call) -> None:
    """Ask the switch for what leads from what this call sounded like to what it is to sound like now."""
    before = call.audio or SILENCE
    after = _with_hold(before, wanted(call))
    if call.audio == after:
        return
    call.audio = after
    _connect(floor, call, before, after)
    for leg_id in sorted(before.muted | after.muted):
        if leg_id in call.legs and (leg_id in after.muted) is not (leg_id in before.muted):
            floor.command(Mute(leg_id=leg_id, muted=leg_id in after.muted))


def _with_hold(before: Topology, after: Topology) -> Topology:
    """Forget by whom the citizen is held once that one has talked to anybody: the switch has parted the two."""
    parted = after.bridge is not None or after.room or before.room
    still = before.on_hold is None or before.held_by is not None
    return after if still and not parted else replace(after, held_by=None)


def again(floor: Floor, call: Call) -> None:
    """Ask for everything once more: the switch did not do it, or nobody knows."""
    call.audio = None
    settle(floor, call)


def room_of(call: Call) -> RoomId:
    """Return the name of the call's room."""
    return RoomId(f"room-{call.call_id}")


def _connect(floor: Floor, call: Call, before: Topology, after: Topology) -> None:
    newly_held = after.on_hold if before.on_hold is None else None
    if newly_held is not None and not before.room:
        floor.command(Hold(leg_id=newly_held, music=music_of(floor, call)))
    if after.room:
        if after.room != before.room:
            floor.command(SetRoom(room_id=room_of(call), members=after.room))
    elif _left_over(call, before, after):
        floor.command(SetRoom(room_id=room_of(call), members=()))
    if after.bridge is not None and after.bridge != before.bridge:
        _bridge(floor, before, after.bridge)
    if newly_held is not None and before.room:
        _play(floor, newly_held, music_of(floor, call))
    if before.on_hold is not None and after == SILENCE:
        floor.command(Unbridge(leg_id=before.on_hold))
    if after.tone is not None and after.tone != before.tone:
        _play(floor, after.tone, floor.index.sounds((RINGBACK,))[0])
    elif before.tone is not None and after.tone is None and before.tone not in (after.bridge or ()):
        floor.command(StopPlay(leg_id=before.tone))


def _left_over(call: Call, before: Topology, after: Topology) -> bool:
    """Whether somebody would stay in the room who is not wanted there; a bridge takes its two out by itself."""
    return any(m.leg_id in call.legs and m.leg_id not in (after.bridge or ()) for m in before.room)


def _bridge(floor: Floor, before: Topology, bridge: tuple[LegId, LegId]) -> None:
    if before.tone is None and (before.on_hold, before.held_by) == bridge:
        floor.command(Unhold(leg_id=bridge[0]))
    else:
        floor.command(Bridge(leg_id=bridge[0], peer_id=bridge[1]))


def _play(floor: Floor, leg_id: LegId, sounds: tuple[str, ...]) -> None:
    if sounds:
        floor.command(Play(leg_id=leg_id, play_id=PlayId(floor.id()), sounds=sounds, repeat=0))


def music_of(floor: Floor, call: Call) -> tuple[str, ...]:
    """Return the music that this citizen hears on hold."""
    queue = floor.queue_of(call.talk.queue_id if call.talk is not None else None)
    return floor.index.sounds((queue.music, *queue.further_music) if queue is not None else (MUSIC,))[0]


# ── What is wanted ──


def wanted(call: Call) -> Topology:
    """Say what this call is to sound like in its present state."""
    citizen = call.outside_leg
    if call.phase is Phase.FORWARDED and call.forwarding is not None and citizen is not None:
        return Topology(bridge=(citizen, call.forwarding.leg_id))
    talk = call.talk
    if talk is None or citizen is None or call.phase not in {Phase.TALKING, Phase.HOLDING, Phase.INTERRUPTED}:
        return SILENCE
    there = [p for p in call.participants.values() if p.up]
    muted = frozenset({p.leg_id for p in there if p.muted} | ({talk.leg_id} if talk.muted else set()))
    if call.phase is Phase.HOLDING:
        return _on_hold(call, citizen, talk.leg_id, there, muted)
    lead = () if call.phase is Phase.INTERRUPTED else (talk.leg_id,)
    speakers = (citizen, *lead, *(p.leg_id for p in there if p.role in SPEAKERS))
    if len(speakers) == 1:
        return SILENCE
    bridge, room = _together(speakers, talk.leg_id, there)
    return Topology(bridge=bridge, room=room, muted=muted)


def talk_goes_on(call: Call) -> bool:
    """Whether the citizen still has somebody to talk to while the lead agent's leg is broken."""
    return any(p.up and p.role in SPEAKERS for p in call.participants.values())


def _on_hold(
    call: Call, citizen: LegId, lead: LegId, there: list[Participant], muted: frozenset[LegId]
) -> Topology:
    """The citizen hears music; the lead agent talks aside with the one consulted, or else with the conference."""
    consulted = [p.leg_id for p in there if p.role is Role.CONSULTED]
    others = consulted or [p.leg_id for p in there if p.role in SPEAKERS]
    rings = any(not p.up and p.role in {Role.CONSULTED, Role.MEMBER} for p in call.participants.values())
    bridge, room = _together((lead, *others), lead, there)
    return Topology(
        bridge=bridge,
        room=room,
        on_hold=citizen,
        held_by=lead,
        tone=lead if rings and not others else None,
        muted=muted,
    )


def _together(
    speakers: tuple[LegId, ...], lead: LegId, there: list[Participant]
) -> tuple[tuple[LegId, LegId] | None, tuple[RoomMember, ...]]:
    """Return a bridge or a room in which the speakers hear each other, listeners hear them, and only the lead agent a whisper."""
    listeners = [p for p in there if p.role in LISTENERS]
    if not listeners and len(speakers) <= 2:
        return ((speakers[0], speakers[1]) if len(speakers) == 2 else None), ()
    whispers = tuple(p.leg_id for p in listeners if p.role is Role.WHISPER)
    return None, tuple(
        RoomMember(
            leg_id=leg_id,
            hears=tuple(s for s in speakers if s != leg_id) + (whispers if leg_id == lead else ()),
        )
        for leg_id in speakers
    ) + tuple(RoomMember(leg_id=p.leg_id, hears=speakers) for p in listeners)
