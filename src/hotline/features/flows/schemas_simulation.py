"""What the test bench of flows (流程调试) sends and gets."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from hotline.features.flows.schemas import Document
from hotline.platform.schemas import Answer, ApiModel, Id

Outcome = Literal["ok", "not_found", "failed", "timeout", "busy"]


class BenchInput(ApiModel):
    """One thing that the caller or the world does.

    `next`: what plays ends, else the time-out passes, else nobody picks up what rings. `answer`: what a query answers. `say`: the
    caller says `text` where a flow listens.
    """

    kind: Literal["digit", "next", "wait", "hang_up", "answer", "say"]
    text: Annotated[str, Field(max_length=200)] = ""
    key: Annotated[str, StringConstraints(pattern=r"^[0-9*#]?$")] = ""
    s: Annotated[float, Field(ge=0, le=3_600)] = 0.0
    outcome: Outcome = "ok"
    values: Annotated[dict[str, Any], Field(default_factory=dict)]


class BenchScript(ApiModel):
    """A call on the test bench: of the draft, a given document, or a version. Without inputs it has just come in."""

    document: Document | None = None
    version: int | None = None
    hotline_id: Id | None = None
    ani: Annotated[str, StringConstraints(pattern=r"^[0-9]{0,20}$")] = "13800138000"
    dnis: Annotated[str, StringConstraints(pattern=r"^[0-9]{0,20}$")] = ""
    at: Annotated[datetime | None, Field(description="当地时间；空则现在")] = None
    real_queries: Annotated[bool, Field(description="真的去查数据源（需要管理流程的权限）")] = False
    inputs: Annotated[list[BenchInput], Field(max_length=300, default_factory=list)]


class HeardPrompt(Answer):
    """A prompt that the caller hears."""

    key: str
    duration_ms: int
    missing: bool


class BenchStep(Answer):
    """One thing that happened. `input`: index of the input that led to it, -1: the call itself."""

    n: int
    input: int
    at: datetime
    elapsed_s: float
    flow_id: str
    node_id: str
    title: str
    node_kind: str
    kind: Literal[
        "entered",
        "heard",
        "pressed",
        "set",
        "asked",
        "answered",
        "served",
        "trouble",
        "left",
        "broken",
        "ended",
    ]
    words: str
    prompts: Annotated[list[HeardPrompt], Field(default_factory=list)]
    repeats: bool = False
    keys: str = ""
    accepted: bool | None = None
    variables: Annotated[dict[str, Any], Field(default_factory=dict)]


class BenchQuery(Answer):
    """What a node asks outside, as it would be asked."""

    service: str
    name: str
    arguments: dict[str, Any]


class BenchWaiting(Answer):
    """What the flow waits for; `timeout_s` until it goes on by itself."""

    what: Literal["prompt", "key", "speech", "answer", "ring"]
    flow_id: str
    node_id: str
    timeout_s: float
    query: BenchQuery | None = None


class BenchEnd(Answer):
    """How the call left the flow."""

    way: Literal["queue", "survey", "voicemail", "callback", "hung_up", "broken"]
    words: str
    queue_id: str = ""
    disposition: str = ""


class BenchNode(Answer):
    """A node that the caller came through."""

    flow_id: str
    node_id: str


class BenchWalk(Answer):
    """What came of the script. `inputs`: as sent, with the answers of real queries put in; send them back to go on."""

    steps: list[BenchStep]
    path: list[BenchNode]
    variables: dict[str, Any]
    secret: list[str]
    waiting: BenchWaiting | None
    ended: BenchEnd | None
    inputs: list[BenchInput]
