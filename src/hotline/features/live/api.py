"""Routes of the live page and of wall boards: a snapshot, a stream of changes in order without gaps, today's figures and curve."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from fastapi import APIRouter, Depends, Query, WebSocket

from hotline.core.metrics.figures import FIGURES
from hotline.core.metrics.figures_live import DAY_FIGURES, LITTLE_IS_BAD, MOMENT_FIGURES
from hotline.core.metrics.formula import Unit
from hotline.features.live.curve import Curve, Curves
from hotline.features.live.encoding import LiveEncoder
from hotline.features.live.sight import Sight, sight_of, within
from hotline.platform.access import ThePlatform, provided, require
from hotline.platform.actor import Actor
from hotline.platform.errors import HotlineError
from hotline.platform.i18n import Text
from hotline.platform.permissions import Permission
from hotline.platform.schemas import Answer
from hotline.platform.streams import stream
from hotline.ports.call_control import CallControl, LiveSnapshot
from hotline.ports.day_figures import DayBook, DayFigures
from hotline.ports.statistics import StatisticsUnavailable

router = APIRouter(tags=["live"])

Control = Annotated[CallControl, Depends(provided(CallControl))]
Encoder = Annotated[LiveEncoder, Depends(provided(LiveEncoder))]
CanView = Annotated[Actor, Depends(require(Permission.LIVE_VIEW, Permission.WALLBOARDS_VIEW))]
"""Whoever may only look at wall boards sees what those show: `sight_of`."""
Wall = Annotated[bool, Query(description="a wall board's view: no calls, no numbers, surnames only")]


class StatisticsAway(HotlineError):
    """The statistics process does not answer just now."""

    code, status = "statistics_unavailable", 503
    text: ClassVar[Text] = Text(
        "统计服务正在启动或重建，请稍后再试", "Statistics are starting; please try again"
    )


@router.get("/live")
async def get_live(actor: CanView, control: Control, wall: Wall = False) -> LiveSnapshot:
    """Return everything in the actor's sight as it is now."""
    return within(control.live(actor.authorities), sight_of(actor, wall=wall))


@router.get("/live/curve")
async def get_curve(
    actor: CanView,
    days: Annotated[DayBook, Depends(provided(DayBook))],
    curves: Annotated[Curves, Depends(provided(Curves))],
    platform: ThePlatform,
    queue: Annotated[list[str], Query(max_length=200)] = [],  # noqa: B006 - FastAPI copies it
) -> Curve:
    """Return the calls of each hour today and yesterday, counted as on reports (variants, exclusions); at most half a minute old."""
    try:
        return await curves.of(days, actor.authorities, tuple(sorted(set(queue))), platform.clock())
    except StatisticsUnavailable as away:
        raise StatisticsAway from away


class LiveMetric(Answer):
    """A figure of live screens as the metric dictionary has it; `day` of today, or a state of the moment."""

    key: str
    name: str
    name_en: str
    unit: Unit
    words: str
    day: bool
    little_is_bad: bool


@router.get("/live/metrics")
async def list_live_metrics(_actor: CanView) -> list[LiveMetric]:
    """Return the entries of the metric dictionary that live page, wall boards and alarms show."""
    found = [*(FIGURES[key] for key in DAY_FIGURES), *MOMENT_FIGURES.values()]
    return [
        LiveMetric(
            key=one.key,
            name=one.name,
            name_en=one.name_en,
            unit=one.unit,
            words=one.words,
            day=one.key in FIGURES,
            little_is_bad=one.key in LITTLE_IS_BAD,
        )
        for one in found
    ]


@router.get("/live/figures")
async def get_day_figures(
    actor: CanView,
    days: Annotated[DayBook, Depends(provided(DayBook))],
    queue: Annotated[list[str], Query(max_length=200)] = [],  # noqa: B006 - FastAPI copies it
) -> DayFigures:
    """Return today's figures by the dictionary: what the reports say of today, for all in sight and for each queue; a few seconds old."""
    try:
        return await days.of(actor.authorities, tuple(sorted(set(queue))))
    except StatisticsUnavailable as away:
        raise StatisticsAway from away


@router.websocket("/live/events")
async def follow_live(
    socket: WebSocket,
    actor: CanView,
    control: Control,
    encoder: Encoder,
    platform: ThePlatform,
    after: Annotated[int | None, Query(ge=0)] = None,
    burst: bool = False,
    wall: Wall = False,
) -> None:
    """Send `{"type": "snapshot", …}` (not when `after` names the last seq seen), then `{"type": "change", …}` for ever.

    With `burst`, changes of a twentieth of a second come together as `{"type": "changes", "changes": […]}`.
    """
    feed = _Feed(control, encoder, sight_of(actor, wall=wall), platform.clock())
    messages = feed.bursts(after) if burst else feed.changes(after)
    await stream(socket, actor, platform, messages)


@dataclass(frozen=True, slots=True)
class _Feed:
    control: CallControl
    encoder: LiveEncoder
    sight: Sight
    now: datetime

    async def changes(self, after: int | None) -> AsyncIterator[str]:
        seq, text = self._begin(after)
        if text:
            yield text
        async for change in self.control.changes(seq):
            yield self.encoder.change(change, self.sight)

    async def bursts(self, after: int | None) -> AsyncIterator[str]:
        seq, text = self._begin(after)
        if text:
            yield text
        async for changes in self.control.bursts(seq):
            yield self.encoder.burst(changes, self.sight)

    def _begin(self, after: int | None) -> tuple[int, str]:
        """Return the seq to go on from, and the snapshot where one is wanted."""
        if after is not None:
            return after, ""
        known = self.encoder.known_snapshot(self.sight, self.now)
        if known is not None:
            return known
        snapshot = self.control.live(self.sight.authorities)
        return snapshot.seq, self.encoder.snapshot(snapshot, self.sight)
