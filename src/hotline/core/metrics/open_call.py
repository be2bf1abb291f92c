"""A call as far as the fold knows it: what is open, and what will stand on its rows.

Trusts the journal's order, not its clock: a time that runs backwards gives a duration of zero, never a negative one.
"""

from dataclasses import dataclass, field
from datetime import datetime

from hotline.core import events as e
from hotline.core.ids import AgentId, FlowId, HotlineId, NodeId, OfferId, QueueId, TalkId, TrunkId, VisitId
from hotline.core.metrics.facts import TalkFact


def milliseconds(start: datetime, end: datetime) -> int:
    """Whole milliseconds from start to end, half up; 0 when the clock ran backwards."""
    took = end - start
    return max(0, took.days * 86_400_000 + took.seconds * 1000 + (took.microseconds + 500) // 1000)


@dataclass(slots=True)
class Visit:
    """A stay in a queue that has not ended; `line` as in the fact."""

    event: e.QueueEntered
    line: int
    agent_id: AgentId | None = None
    answered_at: datetime | None = None


@dataclass(slots=True)
class Talk:
    """A talk that has not ended."""

    event: e.TalkStarted
    held_since: datetime | None = None
    hold_ms: int = 0


@dataclass(slots=True)
class OpenCall:
    """A call that has not ended, or whose last talk still awaits its after-call work."""

    start: e.CallArrived | e.CallPlaced | e.CallbackQueued
    hotline_id: HotlineId | None = field(init=False)
    dnis: str = field(init=False)
    ani: str = field(init=False)
    direction: e.Direction = field(init=False)
    dialled: e.CallbackStarted | None = None
    """When the citizen of a kept place was dialled first: before that it was no call."""
    answered_at: datetime | None = None
    visits: dict[VisitId, Visit] = field(default_factory=dict)
    offers: dict[OfferId, e.OfferMade] = field(default_factory=dict)
    talks: dict[TalkId, Talk] = field(default_factory=dict)
    wrapping: dict[TalkId, TalkFact] = field(default_factory=dict)
    agent_requested: bool = False
    answered_by: AgentId | None = None
    queue_id: QueueId | None = None
    talk_ms: int = 0
    keys: int = 0
    line: int = 0
    """How many stand in the queue that is being entered (set by who knows all calls)."""
    survey_invited: bool = False
    recorded: bool = False
    voicemail_ms: int = 0
    typed: str = ""
    """The business type that somebody chose."""
    last_label: str = ""
    node: tuple[FlowId, NodeId] | None = None
    """Where the caller stands in the menus; None once they have answered there or left the menus."""
    ended: bool = False

    def __post_init__(self) -> None:
        start = self.start
        self.hotline_id = start.hotline_id
        match start:
            case e.CallArrived():
                self.dnis, self.ani, self.direction = start.dnis, start.ani, e.Direction.INBOUND
            case e.CallPlaced():
                self.dnis, self.ani, self.direction = start.to, start.shown_number, start.direction
            case e.CallbackQueued():
                self.dnis, self.ani, self.direction = start.number, start.shown_number, e.Direction.OUTBOUND

    @property
    def business_type(self) -> str:
        """What the call is about, as far as is known."""
        return self.typed or self.last_label

    @property
    def trunk_id(self) -> TrunkId | None:
        if isinstance(self.start, e.CallbackQueued):
            return self.dialled.trunk_id if self.dialled is not None else None
        return self.start.trunk_id

    @property
    def placed_by(self) -> AgentId | None:
        """Who placed a call out, if nobody talked."""
        if isinstance(self.start, e.CallPlaced):
            return self.start.agent_id
        return self.dialled.agent_id if self.dialled is not None else None
