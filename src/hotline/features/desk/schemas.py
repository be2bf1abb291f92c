"""What the desk sends and gets."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from hotline.core.events import AgentState, Direction, OfferKind, TargetKind
from hotline.ports.call_control import AgentView, ConsultEndedView, ParticipantView, QuestionView
from hotline.ports.call_history import AgentToday, EarlierCall


class SignInRequest(BaseModel):
    """With which telephone the agent takes part."""

    device: Literal["browser", "desk", "mobile"]


class StateRequest(BaseModel):
    """The state to go to; `busy` needs a reason."""

    state: AgentState
    reason: Annotated[str, Field(max_length=40)] = ""


class DialRequest(BaseModel):
    """The number to call: outside, or a colleague's work number."""

    to: Annotated[str, Field(min_length=1, max_length=32, pattern=r"^[0-9+*#\-() ]+$")]
    hotline_id: str | None = None
    queue_id: str | None = None


class DigitsRequest(BaseModel):
    """Keys to send to the other party."""

    digits: Annotated[str, Field(min_length=1, max_length=32, pattern=r"^[0-9*#A-D]+$")]


class TargetFields(BaseModel):
    """Where a call is to go: `value` is a work number, a queue's id, digits, or a flow's id ("": the hotline's own flow)."""

    kind: TargetKind
    value: Annotated[str, StringConstraints(strip_whitespace=True, max_length=64)] = ""


class TransferRequest(BaseModel):
    """Whom the call is handed to."""

    to: TargetFields


class ConferenceRequest(BaseModel):
    """Whom to call in; left out: who is being consulted joins."""

    to: TargetFields | None = None


class ParticipantRequest(BaseModel):
    """A party of the conference, by its leg."""

    leg_id: Annotated[str, StringConstraints(min_length=1, max_length=64)]


class DialAnswer(BaseModel):
    """The call that was begun."""

    call_id: str


class ActionDone(BaseModel):
    """A verb was carried out; the desk's event stream shows what became of it."""

    call_id: str
    action: str


class DeviceView(BaseModel):
    """One of the agent's telephones."""

    id: str
    registered: bool


class Devices(BaseModel):
    """The agent's telephones. `mobile` None: the agent has no mobile seat; it is reached whenever the switch is there."""

    browser: DeviceView
    desk: DeviceView
    mobile: DeviceView | None


class LeadView(BaseModel):
    """The agent who has the citizen."""

    number: str
    name: str


class DeskCall(BaseModel):
    """The call on the desk, with what the agent should know at a glance (来电弹屏).

    `offer_kind` says why a telephone rings now, `offered_number` which number outside; `caller_kind` is vip, contract, care or "".
    `lead` is the agent who has the citizen, None on that agent's own desk. Silent listeners (监听) are left out of `participants`.
    """

    call_id: str
    direction: Direction
    phase: str
    since: datetime
    started_at: datetime
    ani: str
    dnis: str
    region: str
    hotline_id: str | None
    hotline_name: str
    queue_id: str | None
    queue_name: str
    muted: bool
    recording: bool
    recording_paused: bool
    web: bool
    keys: list[str]
    questions: list[QuestionView]
    participants: list[ParticipantView]
    consult_ended: ConsultEndedView | None
    lead: LeadView | None
    offer_kind: OfferKind | None
    offered_number: str
    caller_kind: str
    caller_name: str
    earlier: list[EarlierCall]


MyRole = Literal["lead", "consulted", "member", "monitor", "whisper", "barge", "intercept", ""]
"""What this agent is in the call: lead talks with the citizen; intercept: a leader whose telephone still rings."""


class DeskSnapshot(BaseModel):
    """Everything the desk shows; sent whole on every change, so that a reload needs nothing else.

    `pickable_count`: calls of the agent's queues that ring at colleagues or wait, and could be picked up (代答).
    """

    agent: AgentView
    call: DeskCall | None
    my_role: MyRole
    pickable_count: int
    device: Devices
    today: AgentToday
    busy_reasons: list[str]
    server_time: datetime


class PhoneLogIn(BaseModel):
    """How the browser phone reaches the switch (JsSIP). `ws_url` is relative to the page."""

    ws_url: str
    uri: str
    authorization_user: str
    password: str
    realm: str
    ice_servers: list[str]


class DeskMessage(BaseModel):
    """One message of the desk's event stream."""

    type: Literal["snapshot", "desk"]
    seq: int
    desk: DeskSnapshot


class LeaderStateRequest(BaseModel):
    """Force an agent's state (强制示忙/示闲/签出)."""

    state: Literal[AgentState.READY, AgentState.BUSY, AgentState.REST, AgentState.OFFLINE]
    reason: Annotated[str, Field(max_length=40)] = ""


class PickableCall(BaseModel):
    """A call that can be picked up. `ringing_at` is the colleague whose telephone rings, "" while it waits. The number is masked."""

    call_id: str
    phase: Literal["waiting", "ringing"]
    number: str
    region: str
    queue_id: str
    queue_name: str
    since: datetime
    position: int | None
    ringing_at: str
    ringing_at_number: str
    caller_kind: str


class PickableCalls(BaseModel):
    """What rings at colleagues and waits in the agent's queues; the longest first."""

    items: list[PickableCall]


class PickedUp(BaseModel):
    """The call that was taken over; the agent's telephone picks up by itself."""

    call_id: str


class TargetAgent(BaseModel):
    """A colleague a call can be handed to. `available`: signed in and ready."""

    agent_id: str
    number: str
    name: str
    state: AgentState
    available: bool
    leader: bool


class TargetQueue(BaseModel):
    """A queue a call can be handed to."""

    id: str
    name: str
    number: str
    waiting: int
    ready: int


class TargetFlow(BaseModel):
    """A menu flow a call can be handed to."""

    id: str
    name: str


class Targets(BaseModel):
    """Where a call can go, as far as the agent sees; colleagues who are ready first, at most 50 of each."""

    agents: list[TargetAgent]
    queues: list[TargetQueue]
    flows: list[TargetFlow]
    leader_available: bool
