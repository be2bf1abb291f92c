"""What people's own reports are sent as."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from hotline.core.metrics.dimensions import Dimension, Grain
from hotline.features.reports.schemas import AnyDimension
from hotline.platform.schemas import Answer, ApiModel

Period = Literal["today", "yesterday", "last7", "last30", "thisMonth", "lastMonth"]
Picture = Literal["table", "bar", "line", "pie"]


class Definition(ApiModel):
    """Which figures, by what, of which days (counted from the day it is opened), under which filters, drawn how."""

    figures: list[str] = Field(min_length=1, max_length=40)
    dimensions: list[AnyDimension] = Field(default=[], max_length=4)
    grain: Grain = Grain.DAY
    period: Period = "last7"
    filters: dict[Dimension, list[str]] = Field(default={}, max_length=8)
    compare: Literal["", "previous", "year"] = ""
    picture: Picture = "table"


class OwnReportFields(ApiModel):
    """An own report. `shared`: others of the organisation (and those above it) may open it; `roles` [] means all of them."""

    name: str = Field(min_length=1, max_length=64)
    about: str = Field(default="", max_length=200)
    shared: bool = False
    roles: list[str] = Field(default=[], max_length=20)
    definition: Definition


class OwnReportView(Answer):
    """An own report; `mine`: may be changed and removed by who asks."""

    id: str
    name: str
    about: str
    shared: bool
    roles: list[str]
    definition: Definition
    owner_name: str
    mine: bool
    changed_at: datetime


class SharingRole(Answer):
    """A role one can share with."""

    key: str
    name: str
