"""What the desk sends and gets."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from hotline.core.events import AgentState, Direction
from hotline.ports.call_control import AgentView
from hotline.ports.call_history import AgentToday, EarlierCall


class SignInRequest(BaseModel):
    """With which telephone the agent takes part."""

    device: Literal["browser", "desk"]


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
    """The agent's telephones."""

    browser: DeviceView
    desk: DeviceView


class DeskCall(BaseModel):
    """The call on the desk, with what the agent should know at a glance (来电弹屏)."""

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
    earlier: list[EarlierCall]


class DeskSnapshot(BaseModel):
    """Everything the desk shows; sent whole on every change, so that a reload needs nothing else."""

    agent: AgentView
    call: DeskCall | None
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
