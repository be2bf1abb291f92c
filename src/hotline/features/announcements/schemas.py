"""What the screen of announcements sends and gets."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from hotline.platform.schemas import Answer, ApiModel, Id, Name, Page, partial

State = Literal["coming", "in_force", "over"]
Key = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class AnnouncementFields(ApiModel):
    """Everything that can be set. `valid_until` null: until taken back."""

    name: Name
    prompt: Key
    hotlines: Annotated[list[Id], Field(min_length=1, max_length=200)]
    valid_from: AwareDatetime
    valid_until: AwareDatetime | None = None

    @model_validator(mode="after")
    def _ends_after_start(self) -> Self:
        if self.valid_until is not None and self.valid_until <= self.valid_from:
            raise ValueError("结束时间应晚于开始时间")
        return self


class AnnouncementCreate(AnnouncementFields):
    """A new announcement."""

    authority_id: Id | None = None


class AnnouncementUpdate(partial(AnnouncementFields)):
    """Changes; only given fields change."""


class AnnouncementRead(Answer):
    """An announcement, and whether callers hear it now."""

    id: str
    authority_id: str
    name: str
    prompt: str
    hotlines: list[str]
    valid_from: datetime
    valid_until: datetime | None
    active: bool
    state: State


class AnnouncementPage(Page[AnnouncementRead]):
    """Announcements, the newest first."""
