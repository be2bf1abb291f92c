"""Routes of the live page: a snapshot, and a stream of changes in order without gaps."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Query, WebSocket

from hotline.platform.access import ThePlatform, provided, require
from hotline.platform.actor import Actor
from hotline.platform.permissions import Permission
from hotline.platform.streams import stream
from hotline.ports.call_control import CallControl, LiveChange, LiveSnapshot

router = APIRouter(tags=["live"])

Control = Annotated[CallControl, Depends(provided(CallControl))]
CanView = Annotated[Actor, Depends(require(Permission.LIVE_VIEW))]


@router.get("/live")
async def get_live(actor: CanView, control: Control) -> LiveSnapshot:
    """Return everything in the actor's sight as it is now."""
    return control.live(actor.authorities)


@router.websocket("/live/events")
async def follow_live(
    socket: WebSocket,
    actor: CanView,
    control: Control,
    platform: ThePlatform,
    after: Annotated[int | None, Query(ge=0)] = None,
) -> None:
    """Send `{"type": "snapshot", …}` (not when `after` names the last seq seen), then `{"type": "change", …}` for ever."""
    await stream(socket, actor, platform, _messages(control, actor, after))


async def _messages(control: CallControl, actor: Actor, after: int | None) -> AsyncIterator[bytes]:
    seq = after
    if seq is None:
        snapshot = control.live(actor.authorities)
        seq = snapshot.seq
        yield orjson.dumps({"type": "snapshot", "live": snapshot}, option=orjson.OPT_UTC_Z)
    async for change in control.changes(seq):
        yield orjson.dumps({"type": "change", "change": _in_sight(change, actor)}, option=orjson.OPT_UTC_Z)


def _in_sight(change: LiveChange, actor: Actor) -> LiveChange:
    """Leave out what belongs to other authorities; the seq is kept, so that the reader sees no gap."""
    if actor.authorities is None:
        return change
    return replace(
        change,
        agents=tuple(a for a in change.agents if actor.sees(a.authority_id)),
        queues=tuple(q for q in change.queues if actor.sees(q.authority_id)),
        calls=tuple(c for c in change.calls if actor.sees(c.authority_id)),
        trunks=tuple(t for t in change.trunks if actor.sees(t.authority_id)),
    )
