"""The fact tables: what every report is counted from. Each row is a fold of journal events and carries its authority.

A row may be made again when more is known (after-call work ends after its talk): the later row with the same key replaces the
earlier one. Durations are whole milliseconds.
"""

from datetime import datetime

import msgspec
from msgspec.structs import replace

from hotline.core.events import (
    AgentState,
    Direction,
    Disposition,
    OfferKind,
    OfferOutcome,
    OverflowCause,
    Party,
    TalkEnd,
    VisitOutcome,
)
from hotline.core.ids import (
    AgentId,
    AuthorityId,
    CallId,
    FlowId,
    HotlineId,
    NodeId,
    OfferId,
    QueueId,
    TalkId,
    TrunkId,
    VisitId,
)


class Row(msgspec.Struct, frozen=True, gc=False):
    """A row: compiled code makes it in a quarter of the time that a dataclass takes, and a rebuild makes tens of millions."""


class CallFact(Row, frozen=True, kw_only=True):
    """One call (通话). Key: `call_id`. `agent_requested`: it entered a queue or rang at an agent (R of metrics.md).

    `business_type` (业务类型): what an agent or the flow said last, else the meaning of the last key accepted by a menu.
    """

    call_id: CallId
    authority_id: AuthorityId
    hotline_id: HotlineId | None
    direction: Direction
    ani: str
    dnis: str
    trunk_id: TrunkId | None
    web: bool
    test: bool
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime
    disposition: Disposition
    ended_by: Party
    agent_requested: bool
    agent_answered: bool
    agent_id: AgentId | None
    queue_id: QueueId | None
    talk_ms: int
    survey_invited: bool
    sip_status: int
    q850: int
    business_type: str = ""
    recorded: bool = False
    dial_ms: int = 0
    """Outbound: from dialling to the answer, or to the end."""
    voicemail_ms: int = 0

    @property
    def caller(self) -> str:
        """The citizen's number."""
        return self.ani if self.direction is Direction.INBOUND else self.dnis

    @property
    def called(self) -> str:
        """The hotline's own number: called, or shown when calling out."""
        return self.dnis if self.direction is Direction.INBOUND else self.ani


class QueueVisitFact(Row, frozen=True, kw_only=True):
    """One stay in a queue (排队记录). Key: `visit_id`. `wait_ms` runs from entering to the agent's answer, or to leaving."""

    visit_id: VisitId
    call_id: CallId
    authority_id: AuthorityId
    hotline_id: HotlineId | None
    queue_id: QueueId
    ani: str
    dnis: str
    test: bool
    entered_at: datetime
    left_at: datetime
    outcome: VisitOutcome
    cause: OverflowCause | None
    wait_ms: int
    agent_id: AgentId | None
    line: int = 0
    """How many stood in this queue just after it was entered, this one included; in the order of the journal."""


class OfferFact(Row, frozen=True, kw_only=True):
    """One ring at an agent, the duty phone or a number outside (振铃). Key: `offer_id`. `duty`: it rang at the duty phone."""

    offer_id: OfferId
    call_id: CallId
    authority_id: AuthorityId
    hotline_id: HotlineId | None
    dnis: str
    test: bool
    queue_id: QueueId | None
    visit_id: VisitId | None
    agent_id: AgentId | None
    duty: bool
    started_at: datetime
    ended_at: datetime
    outcome: OfferOutcome
    why: str
    ring_ms: int
    kind: OfferKind = OfferKind.QUEUE


class TalkFact(Row, frozen=True, kw_only=True):
    """One stretch an agent is connected (通话段). Key: `talk_id`. `talk_ms` is without hold; `wrap_ms` is after-call work."""

    talk_id: TalkId
    call_id: CallId
    authority_id: AuthorityId
    hotline_id: HotlineId | None
    dnis: str
    test: bool
    direction: Direction
    agent_id: AgentId
    queue_id: QueueId | None
    visit_id: VisitId | None
    started_at: datetime
    ended_at: datetime
    how: TalkEnd
    talk_ms: int
    hold_ms: int
    wrap_ms: int

    def wrapped_up(self, wrap_ms: int) -> "TalkFact":
        """The same talk with its after-call work."""
        return replace(self, wrap_ms=wrap_ms)


class AgentIntervalFact(Row, frozen=True, kw_only=True):
    """One unbroken state of an agent (座席状态), cut at 15-minute borders. Key: `agent_id`, `from_at`.

    `first` marks the piece with which the state began, so that times (次数) can be counted. `team`: the queues the agent was a
    member of when they signed in; the time counts for each of them.
    """

    agent_id: AgentId
    authority_id: AuthorityId
    from_at: datetime
    to_at: datetime
    state: AgentState
    reason: str
    queue_id: QueueId | None
    call_id: CallId | None
    first: bool
    team: tuple[QueueId, ...] = ()


class IntervalsWithdrawn(Row, frozen=True, kw_only=True):
    """Pieces of this agent that begin at `from_at` or later were written too early: news from then came late."""

    agent_id: AgentId
    authority_id: AuthorityId
    from_at: datetime


class SurveyAnswerFact(Row, frozen=True, kw_only=True):
    """One answer to a survey question. Key: `call_id`, `question`."""

    call_id: CallId
    question: int
    authority_id: AuthorityId
    hotline_id: HotlineId | None
    dnis: str
    test: bool
    at: datetime
    call_started_at: datetime
    key: str
    grade: int
    label: str
    agent_id: AgentId | None
    queue_id: QueueId | None


class IvrKeyFact(Row, frozen=True, kw_only=True):
    """One answer to a menu or collect node. Key: `call_id`, `number` (counts from 1 in the call).

    `keys` "" is a caller who hung up there without an answer. `left`: the call ended in the menus with this as its last answer;
    `reached`: an agent answered the call later. Both are known when the call has ended.
    """

    call_id: CallId
    number: int
    authority_id: AuthorityId
    hotline_id: HotlineId | None
    test: bool
    at: datetime
    call_started_at: datetime
    flow_id: FlowId
    node_id: NodeId
    keys: str
    label: str
    accepted: bool
    left: bool = False
    reached: bool = False

    def told(self, *, left: bool, reached: bool) -> "IvrKeyFact":
        """The same answer with what it led to."""
        return replace(self, left=left, reached=reached)


class SignInFact(Row, frozen=True, kw_only=True):
    """From signing in to signing out (签入签出). Key: `agent_id`, `from_at`. `to_at` None: still signed in."""

    agent_id: AgentId
    authority_id: AuthorityId
    from_at: datetime
    to_at: datetime | None
    device_id: str
    address: str
    why: str
    by: AgentId | None


class OperationFact(Row, frozen=True, kw_only=True):
    """Something an agent did, or had done to them by a leader (操作记录). `what` is a stable word, `detail` its object."""

    agent_id: AgentId
    authority_id: AuthorityId
    at: datetime
    what: str
    detail: str
    call_id: CallId | None
    by: AgentId | None


class CallbackFact(Row, frozen=True, kw_only=True):
    """A wish to be called back (回拨). Key: `call_id`, the call in which it was made. Done when the citizen is reached."""

    call_id: CallId
    authority_id: AuthorityId
    hotline_id: HotlineId | None
    queue_id: QueueId | None
    number: str
    test: bool
    requested_at: datetime
    done_at: datetime | None
    done_in_ms: int
    """From the wish to its end; -1 while it is not done."""
    agent_id: AgentId | None


class Reclassified(Row, frozen=True, kw_only=True):
    """The business type of a call was set; it may have ended long ago."""

    call_id: CallId
    business_type: str


class LateInvitation(Row, frozen=True, kw_only=True):
    """The survey of a call that has ended went out by SMS: it counts as invited."""

    call_id: CallId


class LateAnswer(Row, frozen=True, kw_only=True):
    """One answer on the page of the survey's SMS; its call, to whose interval it belongs, ended before."""

    call_id: CallId
    question: int
    authority_id: AuthorityId
    at: datetime
    key: str
    grade: int
    label: str
    agent_id: AgentId | None
    queue_id: QueueId | None

    def of(
        self, hotline_id: HotlineId | None, dnis: str, started_at: datetime, *, test: bool
    ) -> SurveyAnswerFact:
        """Return the answer as a row, by what is known of its call."""
        return SurveyAnswerFact(
            call_id=self.call_id,
            question=self.question,
            authority_id=self.authority_id,
            hotline_id=hotline_id,
            dnis=dnis,
            test=test,
            at=self.at,
            call_started_at=started_at,
            key=self.key,
            grade=self.grade,
            label=self.label,
            agent_id=self.agent_id,
            queue_id=self.queue_id,
        )


Late = Reclassified | LateInvitation | LateAnswer
"""What is told of a call that may have ended long ago."""

Fact = (
    CallFact
    | QueueVisitFact
    | OfferFact
    | TalkFact
    | AgentIntervalFact
    | SurveyAnswerFact
    | IvrKeyFact
    | SignInFact
    | OperationFact
    | CallbackFact
    | IntervalsWithdrawn
    | Late
)
"""Rows of the tables, and corrections of rows that were handed out before."""
