"""What the prompt screens send and get."""

from datetime import datetime
from typing import Annotated

from pydantic import StringConstraints

from hotline.platform.schemas import LEFT_OUT, Answer, Name, Page, Partial

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


class PromptRead(Answer):
    """A prompt. `where_used` is filled when one prompt is read."""

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
    where_used: list[PromptUse] = []


class PromptPage(Page[PromptRead]):
    """All prompts in sight."""
