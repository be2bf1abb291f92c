"""The call-control port: what screens and interfaces may ask of the running centre."""

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from hotline.core.events import AgentState, Direction, OfferKind, Role
from hotline.core.ids import (
    AgentId,
    AuthorityId,
    CallId,
    DeviceId,
    HotlineId,
    LegId,
    QueueId,
    TalkId,
    TrunkId,
)
from hotline.core.requests import AnyRequest
from hotline.core.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantView:
    """A party in the talk beside the citizen and the lead agent. `up` False: its telephone rings. `name` is a colleague's."""

    leg_id: LegId
    role: Role
    up: bool
    since: datetime
    agent_id: AgentId | None = None
    agent_number: str = ""
    name: str = ""
    number: str = ""
    muted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultEndedView:
    """How a consultation ended.

    `why`: took_over, hung_up, dropped, no_answer, busy, rejected, failed, talk_ended, call_ended or system. `name` is the colleague's, `number` theirs
    or the one outside.
    """

    at: datetime
    why: str
    number: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionView:
    """What a caller asked aloud, and the article that was read to them; `article_id` "": none answered it."""

    question: str
    article_id: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallView:
    """A call that runs now.

    `phase`: ivr, waiting, ringing, talking, holding, interrupted, survey, voicemail, dialling, direct, forwarded, callback, wrap_up.
    """

    call_id: CallId
    authority_id: AuthorityId
    direction: Direction
    phase: str
    since: datetime
    started_at: datetime
    ani: str
    dnis: str
    hotline_id: HotlineId | None
    queue_id: QueueId | None
    agent_id: AgentId | None
    talk_id: TalkId | None
    position: int | None = None
    muted: bool = False
    recording: bool = False
    recording_paused: bool = False
    keys: tuple[str, ...] = ()
    """Labels of the menu choices and keys so far, for the screen pop."""
    questions: tuple[QuestionView, ...] = ()
    """What the caller asked aloud (智能应答)."""
    web: bool = False
    participants: tuple[ParticipantView, ...] = ()
    consult_ended: ConsultEndedView | None = None
    """How the last consultation ended."""
    offer_kind: OfferKind | None = None
    """Why a telephone rings in this call now."""
    offered_number: str = ""
    """The number outside that rings, or that the citizen is connected with (`forwarded`)."""
    caller_kind: str = ""
    """vip, contract or care for known callers, else ""."""
    caller_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentView:
    """An agent now."""

    agent_id: AgentId
    authority_id: AuthorityId
    number: str
    name: str
    state: AgentState
    reason: str
    since: datetime
    until: datetime | None
    next_state: AgentState | None
    device_id: DeviceId | None
    device_registered: bool
    call_id: CallId | None
    queue_id: QueueId | None
    queues: tuple[QueueId, ...]
    signed_in_at: datetime | None
    leader: bool = False
    mobile: str = ""
    forwarding_to: str = ""
    talks_today: int = 0
    """Talks begun since local midnight, in and out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueView:
    """A queue now."""

    queue_id: QueueId
    authority_id: AuthorityId
    name: str
    waiting: int
    longest_wait_since: datetime | None
    ringing: int
    talking: int
    ready: int
    signed_in: int
    callbacks_waiting: int = 0
    estimated_wait_s: float | None = None
    """What a caller entering now would wait; None: nobody is signed in, or nothing is known yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkView:
    """A trunk now."""

    trunk_id: TrunkId
    authority_id: AuthorityId
    name: str
    used: int
    max_calls: int
    used_in: int = 0
    used_out: int = 0
    """`used` split by direction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveSnapshot:
    """The centre at one moment; `seq` is the number of the last change contained."""

    seq: int
    at: datetime
    engine_up: bool
    agents: tuple[AgentView, ...]
    queues: tuple[QueueView, ...]
    calls: tuple[CallView, ...]
    trunks: tuple[TrunkView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveChange:
    """What changed: the whole new view of each thing touched; ids of calls that are gone. Seqs have no gaps."""

    seq: int
    at: datetime
    engine_up: bool
    agents: tuple[AgentView, ...] = ()
    queues: tuple[QueueView, ...] = ()
    calls: tuple[CallView, ...] = ()
    ended_calls: tuple[CallId, ...] = ()
    trunks: tuple[TrunkView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineHealth:
    """How the switch does."""

    kind: str
    up: bool
    calls: int
    version: str = ""


class CallControl(Protocol):
    """The running centre."""

    async def request(self, request: AnyRequest) -> CallId | None:
        """Carry out a request; returns when its events are durable and its commands are with the engine.

        Returns the new call's id for `PlaceCall`. Raises `core.requests.Refused`.
        """
        ...

    def agent(self, agent_id: AgentId) -> AgentView | None:
        """The agent as it is now."""
        ...

    def call(self, call_id: CallId) -> CallView | None:
        """The call, if it still runs (or its agent is in after-call work)."""
        ...

    def live(self, authorities: Collection[AuthorityId] | None) -> LiveSnapshot:
        """Everything of these authorities (None: of all)."""
        ...

    def changes(self, after: int) -> AsyncIterator[LiveChange]:
        """Yield every change with seq > `after`.

        Raises `ChangesLost` when those are no longer kept (take a new snapshot), and ends a reader that is too slow so.
        """
        ...

    def bursts(self, after: int) -> AsyncIterator[tuple[LiveChange, ...]]:
        """Yield the same changes, those of a twentieth of a second together: for screens that many people look at."""
        ...

    def newest(self) -> int:
        """The seq of the last change."""
        ...

    def agent_changes(self, agent_id: AgentId) -> AsyncIterator[int]:
        """Yield the newest seq whenever this agent, their telephone or their call changed after this call; bursts are joined."""
        ...

    async def reconfigure(self) -> None:
        """The site was changed in the database: load it and go on with the new picture. Running calls are not disturbed."""
        ...

    def engine(self) -> EngineHealth:
        """How the switch does."""
        ...

    def registered(self, device_id: DeviceId) -> bool:
        """Whether a telephone is registered at the switch now."""
        ...

    def site(self) -> Site:
        """The picture of the site that the centre decides by now: names of hotlines, queues and agents."""
        ...


class ChangesLost(Exception):
    """The reader must begin again with a snapshot."""
