"""Handing work on a command to the lanes of its legs, and reporting what could not be done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from hotline.adapters.freeswitch.legs import Leg
from hotline.adapters.freeswitch.node import Node
from hotline.adapters.freeswitch.waiting import LegGone, NotInTime

Work = Callable[[], Awaitable[None]]


class Refused(Exception):
    """The command does not fit the state. `code` is stable."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class Posting:
    """Posts work for one node."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def post(self, command: object, legs: tuple[Leg, ...], work: Work) -> None:
        """Do work for a command as soon as these legs are free; the first is the one it is about."""
        ids = tuple(leg.leg_id for leg in legs)
        self._node.lanes.post(ids, partial(self._do, command, legs[0], work), type(command).__name__)

    def post_with_peer(self, command: object, leg: Leg, work: Work) -> None:
        """Do work for a command that also moves the leg's peer."""
        peer = self._node.legs.get(leg.peer_id) if leg.peer_id is not None else None
        self.post(command, (leg,) if peer is None else (leg, peer), work)

    async def _do(self, command: object, leg: Leg, work: Work) -> None:
        try:
            if leg.over:
                raise LegGone
            await work()
        except LegGone:
            if not leg.over:  # its own end has told everything
                self._node.failed(command, leg.leg_id, "no_such_leg", "the peer")
        except NotInTime:
            self._node.failed(command, leg.leg_id, "bad_state", "FreeSWITCH did not do it in time")
        except Refused as refused:
            self._node.failed(command, leg.leg_id, refused.code, refused.detail)
