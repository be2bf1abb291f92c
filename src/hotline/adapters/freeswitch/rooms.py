"""Rooms by mod_conference: who is in, and who hears whom.

A newcomer enters deaf and mute and is let hear and speak when every pair that must not meet is kept apart (`relate … nohear`); so nobody
hears, even for a frame, whom the matrix forbids.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from hotline.adapters.freeswitch import orders
from hotline.adapters.freeswitch.legs import Leg, Room
from hotline.adapters.freeswitch.node import Node
from hotline.adapters.freeswitch.waiting import LegGone
from hotline.core.ids import LegId
from hotline.core.switching import SetRoom
from hotline.wire import esl

Quiet = Callable[[Leg], Awaitable[None]]
Park = Callable[..., Awaitable[None]]


async def set_room(node: Node, room: Room, command: SetRoom, park: Park, quiet: Quiet) -> None:
    """Make the room be exactly these members with this matrix.

    Raises:
        NotInTime: FreeSWITCH did not do it.
    """
    wanted = {
        member.leg_id: frozenset(member.hears) for member in command.members if member.leg_id in node.legs
    }
    leaving = [leg for leg_id, leg in room.members.items() if leg_id not in wanted]
    newcomers = [
        node.legs[leg_id] for leg_id in wanted if leg_id not in room.members and not node.legs[leg_id].over
    ]
    await park(*leaving, *newcomers)
    for leg in newcomers:
        if leg.over:
            continue
        await quiet(leg)
        node.part(leg)
        leg.held = False
    await _enter(node, room, newcomers)
    _keep_apart(node, room, wanted)
    for leg in newcomers:
        if leg.room is room:
            _send(node, room, f"unmute {leg.member}")
            _send(node, room, f"undeaf {leg.member}")
            node.among_people(leg, 0, with_people=True)
    if not room.members:
        node.rooms.pop(room.room_id, None)


async def _enter(node: Node, room: Room, newcomers: list[Leg]) -> None:
    for leg in newcomers:
        if not leg.over:
            leg.room, leg.parked = room, False
            room.members[leg.leg_id] = leg
            node.rooms[room.room_id] = room
            node.execute(leg, "conference", f"{room.name}@{orders.ROOM_PROFILE}+flags{{mute|deaf}}")
    for leg in newcomers:
        try:
            await node.until((leg,), lambda leg=leg: bool(leg.member) or leg.room is not room)
        except LegGone:
            continue


def _keep_apart(node: Node, room: Room, wanted: dict[LegId, frozenset[LegId]]) -> None:
    inside = [leg for leg in room.members.values() if leg.member]
    for listener in inside:
        for speaker in inside:
            pair = (listener.leg_id, speaker.leg_id)
            if listener is speaker:
                continue
            apart = speaker.leg_id not in wanted.get(listener.leg_id, frozenset())
            if apart is not (pair in room.deaf):
                (room.deaf.add if apart else room.deaf.discard)(pair)
                _send(
                    node, room, f"relate {listener.member} {speaker.member} {'nohear' if apart else 'clear'}"
                )


def _send(node: Node, room: Room, order: str) -> None:
    node.send(esl.command(f"api conference {room.name} {order}"))
