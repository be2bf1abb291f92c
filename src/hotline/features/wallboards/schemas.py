"""What the screens about wall boards send and get."""

from typing import Annotated, Literal

from pydantic import Field

from hotline.platform.schemas import Answer, ApiModel, Id, Name, Page

PageKind = Literal["queues", "agents", "curve", "figures", "alarms"]


class WallPage(ApiModel):
    """A page: what it shows, of which queues (none named: of all in sight), for how many seconds."""

    kind: PageKind
    title: Annotated[str, Field(max_length=64)] = ""
    queue_ids: Annotated[list[Id], Field(max_length=200)] = []
    seconds: Annotated[int, Field(ge=5, le=3600)] = 20


class WallBoardFields(ApiModel):
    """Everything that can be set on a wall board."""

    name: Name
    theme: Literal["dark", "light", "blue"] = "dark"
    pages: Annotated[list[WallPage], Field(min_length=1, max_length=20)]


class WallBoardCreate(WallBoardFields):
    """A new wall board."""

    authority_id: Id | None = None


class WallBoardRead(WallBoardFields, Answer):
    """A wall board."""

    id: str
    authority_id: str


class WallBoardPage(Page[WallBoardRead]):
    """All wall boards in sight."""
