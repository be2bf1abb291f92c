"""What the queue screens send and get: the fields of `core.site.Queue`, and the members. Times in seconds, 0 = no limit."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from hotline.core.site import OverflowTo, Strategy
from hotline.platform.schemas import Answer, ApiModel, Digits, Id, Name, Page, PromptName, partial
from hotline.platform.survey_fields import SurveyFields

Seconds = Annotated[float, Field(ge=0, le=86_400)]
Key = Annotated[str, StringConstraints(pattern=r"^[0-9*#]?$")]
"""A key of the caller's telephone; "": none."""
DutyNumber = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^([0-9]{3,20})?$")]


class QueueFields(ApiModel):
    """Everything that can be set on a queue."""

    name: Name
    number: Digits
    strategy: Strategy = Strategy.LONGEST_IDLE
    ring_timeout_s: Annotated[float, Field(ge=5, le=120)] = 20
    wrap_up_s: Annotated[float, Field(ge=0, le=1800)] = 30
    max_wait_s: Seconds = 0
    max_length: Annotated[int, Field(ge=0, le=10_000)] = 0
    no_agent_overflow: bool = False
    overflow_to: OverflowTo = OverflowTo.NOWHERE
    overflow_queue_id: Id | None = None
    overflow_number: DutyNumber = ""
    music: PromptName = "music"
    message: PromptName | None = "queue_waiting"
    message_every_s: Annotated[float, Field(ge=5, le=600)] = 30
    announce_position: bool = True
    base_priority: Annotated[int, Field(ge=-100, le=100)] = 0
    missed_limit: Annotated[int, Field(ge=1, le=100)] = 3
    missed_pause_s: Annotated[float, Field(ge=0, le=3600)] = 5
    survey: bool = True
    announce_wait: bool = False
    announce_agent: bool = False
    callback_key: Key = ""
    voicemail_key: Key = ""
    callback_prompt: PromptName | None = "queue_callback_offer"
    last_agent_wait_s: Annotated[float, Field(ge=0, le=600)] = 0
    widen_after_s: Annotated[float, Field(ge=0, le=600)] = 0
    priority_per_minute: Annotated[int, Field(ge=0, le=100)] = 0
    own_survey: SurveyFields | None = None
    further_music: Annotated[list[PromptName], Field(max_length=20)] = []
    further_messages: Annotated[list[PromptName], Field(max_length=20)] = []

    @model_validator(mode="after")
    def _overflow_has_a_target(self) -> Self:
        if (self.overflow_to is OverflowTo.QUEUE) != (self.overflow_queue_id is not None):
            raise ValueError("溢出到座席组时必须选择目标座席组，否则不能选择")
        if self.overflow_number and self.overflow_to is not OverflowTo.DUTY:
            raise ValueError("只有溢出到值班电话时才能填写值班号码")
        return self

    @model_validator(mode="after")
    def _keys_differ(self) -> Self:
        if self.callback_key and self.callback_key == self.voicemail_key:
            raise ValueError("预约回拨和留言不能用同一个按键")
        return self


class Member(ApiModel):
    """An agent in a queue: skill level (1 best) and order (linear strategy)."""

    agent_id: Id
    level: Annotated[int, Field(ge=1, le=10)] = 1
    order: Annotated[int, Field(ge=0, le=10_000)] = 0


Members = Annotated[list[Member], Field(max_length=5_000)]


class QueueCreate(QueueFields):
    """A new queue, with its members if known."""

    authority_id: Id | None = None
    members: Members = []


class QueueUpdate(partial(QueueFields)):
    """Changes of a queue; only given fields change."""


class QueueRead(QueueFields, Answer):
    """A queue with its members."""

    id: str
    authority_id: str
    active: bool
    members: list[Member]


class QueuePage(Page[QueueRead]):
    """All queues in sight."""


class MembersReplace(ApiModel):
    """The whole new list of members."""

    members: Members
