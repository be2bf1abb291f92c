"""What the prompt screens send and get."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from hotline.platform.schemas import LEFT_OUT, Answer, ApiModel, Name, Page, Partial, PromptName
from hotline.ports.speech import SPEED_MAX, SPEED_MIN, SPOKEN_TEXT_LIMIT

PromptText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]


class PromptUpdate(Partial):
    """Changes of a prompt's description; only given fields change."""

    name: Name = LEFT_OUT
    text: PromptText = LEFT_OUT


class PromptUse(Answer):
    """Something that plays the prompt."""

    kind: str
    id: str
    name: str


Source = Literal["recorded", "spoken"]


class PromptSpeech(ApiModel):
    """How a prompt is spoken by the synthesiser; "" is the site's voice, 1.0 its natural speed."""

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=SPOKEN_TEXT_LIMIT)]
    voice: Annotated[str, StringConstraints(pattern=r"^([a-z][a-z0-9_]{0,63})?$")] = ""
    speed: Annotated[float, Field(ge=SPEED_MIN, le=SPEED_MAX)] = 1.0


class PromptSpoken(PromptSpeech):
    """A new prompt that the synthesiser speaks."""

    key: PromptName
    name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=64)] = ""


class PromptRead(Answer):
    """A prompt. `used` says how many flows, queues and hotlines play it; `where_used` is filled when one prompt is read."""

    id: str
    key: str
    authority_id: str
    name: str
    text: str
    sha256: str
    size_bytes: int
    duration_ms: int
    updated_at: datetime
    active: bool
    source: Source
    voice: str
    speed: float
    version: int
    lufs: float | None
    lufs_before: float | None
    """Loudness in LUFS as it is played, and of the upload before it was levelled; None: not measured."""
    shipped: bool = False
    """Whether the product brought it and the site has not exchanged it."""
    used: int = 0
    where_used: list[PromptUse] = []


class PromptPage(Page[PromptRead]):
    """All prompts in sight."""


class MissingPrompt(Answer):
    """A key that something plays and no active prompt has. `removed`: it was there once."""

    key: str
    removed: bool
    uses: list[PromptUse]


class MissingPrompts(Answer):
    """All of them, by key."""

    items: list[MissingPrompt]


class PromptVersionRead(Answer):
    """What a prompt was before, until when, and who exchanged it."""

    version: int
    text: str
    duration_ms: int
    source: Source
    voice: str
    speed: float
    replaced_at: datetime
    replaced_by: str


class PromptVersions(Answer):
    """The earlier versions, the newest first."""

    items: list[PromptVersionRead]
