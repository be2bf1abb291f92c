"""What the call list and a call's detail are sent as."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from pydantic import BaseModel, BeforeValidator, GetCoreSchemaHandler, create_model

from hotline.core.events import Direction, Disposition
from hotline.core.metrics.facts import IvrKeyFact, OfferFact, QueueVisitFact, Row, SurveyAnswerFact, TalkFact


class _Sent:
    """Sends a fact with all its columns, as a model of the same name and docstring."""

    def __get_pydantic_core_schema__(self, row: type[Row], handler: GetCoreSchemaHandler) -> Any:
        columns: dict[str, Any] = {
            one.name: (one.type, ... if one.required else one.default) for one in msgspec.structs.fields(row)
        }
        model = create_model(row.__name__, __doc__=row.__doc__, __module__=__name__, **columns)
        return handler.generate_schema(Annotated[model, BeforeValidator(msgspec.structs.asdict)])


class NamedAgent(BaseModel):
    """An agent by name and work number."""

    id: str
    number: str
    name: str


class NamedQueue(BaseModel):
    """A queue by name."""

    id: str
    name: str


class CallRow(BaseModel):
    """A call as the list shows it. Durations in whole seconds; null: not (yet) known."""

    id: str
    direction: Direction
    hotline_id: str | None
    hotline_name: str
    ani: str
    ani_region: str
    dnis: str
    web: bool
    test: bool
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    duration_s: int | None
    wait_s: int | None
    talk_s: int
    disposition: Disposition | None
    disposition_name: str
    agents: list[NamedAgent]
    queues: list[NamedQueue]
    has_recording: bool
    survey_grade: int | None
    survey_label: str | None


class CallPage(BaseModel):
    """One page of the list."""

    items: list[CallRow]
    next_cursor: str | None
    total: int | None


class RecordingView(BaseModel):
    """A recording of a call."""

    id: str
    kind: str
    started_at: datetime
    ready: bool
    duration_ms: int | None
    size_bytes: int | None
    sha256: str | None
    error: str


class StoryEvent(BaseModel):
    """One event of the call's journal: its place, its kind, a sentence in Chinese, and all its values."""

    seq: int
    at: datetime
    kind: str
    text: str
    data: dict[str, Any]


class CallDetail(CallRow):
    """A call with everything that happened to it."""

    visits: list[Annotated[QueueVisitFact, _Sent()]]
    offers: list[Annotated[OfferFact, _Sent()]]
    talks: list[Annotated[TalkFact, _Sent()]]
    keys: list[Annotated[IvrKeyFact, _Sent()]]
    survey: list[Annotated[SurveyAnswerFact, _Sent()]]
    recordings: list[RecordingView]
    events: list[StoryEvent]


class Waveform(BaseModel):
    """Peaks of each side, 0 to 1, in equal steps over the recording."""

    left: list[float]
    right: list[float]
    duration_ms: int
