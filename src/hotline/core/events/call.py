"""What happens to a call from its arrival to its end, and to its legs; menus and variables."""

from dataclasses import dataclass
from datetime import datetime

from hotline.core.events.base import CallEvent
from hotline.core.events.words import Direction, Disposition, InquiryOutcome, Party
from hotline.core.ids import (
    AgentId,
    CallId,
    DeviceId,
    FlowId,
    HotlineId,
    InquiryId,
    LegId,
    NodeId,
    QueueId,
    RecordingId,
    TrunkId,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallArrived(CallEvent):
    """An inbound call reached the switch (counts as trunk_in). `hotline_id` None: no hotline has this number."""

    hotline_id: HotlineId | None
    leg_id: LegId
    ani: str
    dnis: str
    trunk_id: TrunkId | None = None
    web: bool = False
    test: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPlaced(CallEvent):
    """An agent began an outbound or internal call. `to` is the number or colleague dialled."""

    direction: Direction
    agent_id: AgentId
    leg_id: LegId
    to: str
    shown_number: str
    hotline_id: HotlineId | None = None
    queue_id: QueueId | None = None
    trunk_id: TrunkId | None = None
    to_agent_id: AgentId | None = None
    test: bool = False
    device_trunk_id: TrunkId | None = None
    """The trunk through which the agent's own telephone is rung, if it is a mobile seat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAnswered(CallEvent):
    """Inbound: the switch answered. Outbound: the called party answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnded(CallEvent):
    """The end, exactly once for each call."""

    disposition: Disposition
    by: Party
    sip_status: int = 0
    q850: int = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class LegStarted(CallEvent):
    """A leg beyond the first was made for this call. `trunk_id`: it takes a channel of this trunk; None: a registered telephone."""

    leg_id: LegId
    agent_id: AgentId | None = None
    device_id: DeviceId | None = None
    number: str = ""
    trunk_id: TrunkId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LegEnded(CallEvent):
    """A leg of this call is gone."""

    leg_id: LegId
    cause: str
    sip_status: int = 0
    q850: int = 16
    codec: str = ""
    packets_received: int = 0
    packets_lost: int = 0
    jitter_ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowEntered(CallEvent):
    """The call entered a flow; it stays on this version to its end."""

    flow_id: FlowId
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeEntered(CallEvent):
    """The call stands at a node."""

    flow_id: FlowId
    node_id: NodeId


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysPressed(CallEvent):
    """The caller's answer to a menu or a collect node. `keys` of sensitive collects are masked but for the last four.

    `accepted` False: a key the menu does not have, or digits that failed their check.
    """

    flow_id: FlowId
    node_id: NodeId
    keys: str
    accepted: bool
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableSet(CallEvent):
    """A variable of the call got a value, written as text of its kind (`core.expression`).

    Secret ones lie sealed in the journal (`runtime.confidential`) and are kept out of lists and exports.
    """

    name: str
    value: str
    secret: bool = False
    kind: str = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryMade(CallEvent):
    """A node asks something outside (数据查询); what it asks with is not written down."""

    inquiry_id: InquiryId
    flow_id: FlowId
    node_id: NodeId
    service: str
    name: str = ""
    """What of the service is asked: the id of a data source or a named query."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryEnded(CallEvent):
    """The answer came, or none did. Values that the flow keeps follow as `VariableSet`. `what`: why it failed, without values."""

    inquiry_id: InquiryId
    node_id: NodeId
    outcome: InquiryOutcome
    seconds: float
    what: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAsked(CallEvent):
    """What a caller asked aloud, as it was recognised (智能应答). `article_id` "": nothing answers it; otherwise that article was read.

    `score` (0 to 1) is how well the article fits. The question is the caller's words: as personal as a recording.
    """

    node_id: NodeId
    question: str
    article_id: str = ""
    title: str = ""
    score: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowTroubled(CallEvent):
    """An expression of a node had no value here; the flow went on as its documentation says."""

    flow_id: FlowId
    node_id: NodeId
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallClassified(CallEvent):
    """The business type (业务类型) of the call was set by a person or a rule; the last one counts. May come after the call's end."""

    business_type: str
    by: AgentId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfServed(CallEvent):
    """The caller got what they came for without a person; the call counts as self_served unless an agent answers later."""

    service: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingStarted(CallEvent):
    """Recording began at the first human answer (kind `call`), or at the beep (a message: `voicemail`, what a caller asks: `question`)."""

    recording_id: RecordingId
    leg_id: LegId
    path: str
    kind: str = "call"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingPaused(CallEvent):
    """Recording writes silence (sensitive data), or speech again."""

    recording_id: RecordingId
    paused: bool
    agent_id: AgentId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingFinished(CallEvent):
    """The file is whole (`error` "") or cut short. May come after `CallEnded`."""

    recording_id: RecordingId
    path: str
    size_bytes: int
    duration_ms: int
    sha256: str
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyInvited(CallEvent):
    """The caller was asked to rate."""

    agent_id: AgentId | None
    queue_id: QueueId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyAnswered(CallEvent):
    """The caller rated. `grade` is the key's meaning (1 best); `question` counts from 1. `link`: in the page of an SMS, after the call's end."""

    question: int
    key: str
    grade: int
    label: str
    agent_id: AgentId | None
    queue_id: QueueId | None
    link: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyLinkDue(CallEvent):
    """The call ends unrated, and the survey is to be asked by SMS to `number` (短信评价)."""

    number: str
    hotline_id: HotlineId | None
    agent_id: AgentId | None
    queue_id: QueueId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyLinkSettled(CallEvent):
    """The survey's SMS went to the outbox, which is the invitation; or it did not, and `why`.

    `why`: withheld, not_mobile, or what the outbox or the installation says (blocked, bad_number, no_address, no_survey, …).
    """

    sent: bool
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoicemailLeft(CallEvent):
    """A message was recorded."""

    recording_id: RecordingId
    duration_ms: int
    queue_id: QueueId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackRequested(CallEvent):
    """The caller asked to be called back."""

    number: str
    queue_id: QueueId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackQueued(CallEvent):
    """A place in the line of a queue is kept for a citizen who is no longer on the telephone; `call_id` is the call back to be.

    `from_call_id` is the inbound call in which they asked for it, whose place (`priority`, `waiting_since`) it keeps.
    """

    from_call_id: CallId
    number: str
    queue_id: QueueId
    priority: int
    waiting_since: datetime
    hotline_id: HotlineId | None
    shown_number: str
    test: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackStarted(CallEvent):
    """An agent took the call back: the citizen is dialled."""

    agent_id: AgentId
    leg_id: LegId
    trunk_id: TrunkId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackPostponed(CallEvent):
    """The citizen was not reached (`why` as in `HangUpCause`); it will be tried again at `until`."""

    why: str
    until: datetime
    agent_id: AgentId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFailed(CallEvent):
    """Something that should not happen happened to this call (a bug, an engine fault); it was ended, loudly."""

    what: str
