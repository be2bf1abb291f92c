"""What reports are asked with and sent as."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, computed_field

from hotline.core.metrics.dimensions import Dimension, Grain
from hotline.core.metrics.formula import Unit
from hotline.platform.schemas import Answer, ApiModel

AnyDimension = Dimension | Annotated[str, Field(pattern=r"^[a-z]+_[a-z]+$", max_length=40)]
"""A dimension of the statistics store, or one that a feature's own figures know (`ticket_type`)."""


class MetricView(Answer):
    """A figure of the dictionary: `words` is its formula in Chinese, `formula` in keys of measures under the default variant.

    `live`: `day` figures are also counted for today, for live page, wall boards and alarms; `moment` figures are states of the moment,
    without formula or past. `little_is_bad`: alarms and targets say from where on downwards, not upwards.
    """

    key: str
    name: str
    name_en: str
    unit: Unit
    family: str
    words: str
    formula: str
    dimensions: list[AnyDimension]
    live: Literal["", "day", "moment"] = ""
    little_is_bad: bool = False


class DimensionView(Answer):
    """By what figures may be split; `families` of figures know it."""

    key: AnyDimension
    name: str
    name_en: str
    families: list[str]


class Choice(Answer):
    """One value of an option."""

    value: str
    name: str


class OptionView(Answer):
    """One choice of a variant."""

    key: str
    name: str
    about: str
    kind: Literal["choice", "number", "flag"]
    default: str | int | bool
    choices: list[Choice]
    min: int
    max: int


class SectionView(Answer):
    """A heading over columns."""

    name: str
    figures: list[str]


class ReportView(Answer):
    """A report of the catalogue: `figures` with columns of figures, a `listing` of single events, or a `page` of its own at `path`."""

    key: str
    number: int
    name: str
    name_en: str
    about: str
    kind: Literal["figures", "listing", "page"]
    sections: list[SectionView]
    grains: list[Grain]
    dimensions: list[Dimension]
    filters: list[Dimension]
    group_by: list[Dimension]
    grain: Grain
    sort: str
    charts: list[str]
    path: str = ""


class Column(Answer):
    """A column: durations are seconds, ratios fractions of one."""

    key: str
    name: str
    unit: Unit
    section: str
    words: str


class DimensionValue(Answer):
    """What a row is about besides its time."""

    dimension: AnyDimension
    id: str | None
    name: str


class ReportRow(Answer):
    """A row. `values` for pictures, `texts` exactly as people read them ("—" where there is nothing to divide by).

    `before` and `change` (fraction of the value before) are there when a comparison was asked for.
    """

    time: datetime | None
    until: datetime | None = None
    label: str
    keys: list[DimensionValue]
    values: dict[str, float | None]
    texts: dict[str, str]
    before: dict[str, float | None] | None = None
    change: dict[str, float | None] | None = None


class VariantUsed(Answer):
    """The variant of one hotline (None: all others) on this report, in keys and in words."""

    hotline_id: str | None
    hotline_name: str
    text: str
    words: str
    version: int


class Compared(Answer):
    """The period compared with."""

    kind: str
    start: datetime
    end: datetime


class ReportAnswer(Answer):
    """A report. It can be made again from `variant`, the period and the filters; `variant_words` is what people read."""

    key: str
    name: str
    start: datetime
    end: datetime
    grain: Grain
    group_by: list[AnyDimension]
    group_names: list[str]
    variant: str
    variant_words: str
    variants: list[VariantUsed]
    made_at: datetime
    behind: int
    columns: list[Column]
    rows: list[ReportRow]
    totals: ReportRow
    compare: Compared | None = None
    rows_total: int
    truncated: bool


class Counted(Answer):
    """A row that a figure counts, with its call; or something else that is counted: `title`, and the page at `path`."""

    at: datetime
    table: str
    parts: dict[str, int]
    call_id: str | None
    started_at: datetime | None
    direction: str
    ani: str
    dnis: str
    hotline_name: str
    queue_name: str
    agent_name: str
    business_type: str
    disposition: str
    disposition_name: str
    outcome: str
    talk_s: int | None
    wait_s: int | None
    recorded: bool
    title: str = ""
    path: str = ""


class CountedCalls(Answer):
    """The rows behind a figure, latest first."""

    figure: str
    name: str
    total: int | None
    next_cursor: str | None
    items: list[Counted]


Side = Literal["numerator", "denominator"]


class Term(Answer):
    """One count of a formula: `contributes` is factor × count, on its side of the fraction. `hotlines`: whose, where variants differ."""

    measure: str
    words: str
    side: Side
    factor: int
    count: int | None
    contributes: int | None
    listed: bool
    hotlines: str = ""


class Explanation(Answer):
    """How a figure came about: its formula in words, the counts, and what they give; `GET …/calls` lists the rows of each count."""

    figure: str
    name: str
    unit: Unit
    words: str
    formula: str
    variant: str
    variant_words: str
    variants: list[VariantUsed]
    start: datetime
    end: datetime
    value: float | None
    text: str
    terms: list[Term]


class QueryRequest(ApiModel):
    """An own report: figures by dimensions, under filters. `sort` is a figure, most first (`-` before it: least first)."""

    name: str = Field(default="自定义报表", max_length=64)
    figures: list[str] = Field(min_length=1, max_length=40)
    dimensions: list[AnyDimension] = Field(default=[], max_length=4)
    grain: Grain = Grain.TOTAL
    filters: dict[Dimension, list[str]] = {}
    start: datetime | None = Field(default=None, alias="from")
    end: datetime | None = Field(default=None, alias="to")
    variant: str = Field(default="", max_length=400)
    compare: Literal["", "previous", "year"] = ""
    sort: str = Field(default="", max_length=64)
    limit: int = Field(default=5_000, ge=1, le=5_000)


class StatisticsView(Answer):
    """How far the statistics have followed the journal."""

    watermark: int
    behind: int
    projected_at: datetime | None
    rebuilding: float | None
    calls: int


class VariantView(Answer):
    """The variant in force for a hotline (None: the default of the organisation). `inherits`: nothing of its own."""

    hotline_id: str | None
    hotline_name: str
    text: str
    options: dict[str, str | int | bool]
    version: int
    note: str
    changed_at: datetime | None
    changed_by: str
    inherits: bool


class VariantChange(ApiModel):
    """A new version: these choices over the product's defaults; None: as the organisation's default."""

    options: dict[str, str | int | bool] | None
    note: str = Field(default="", max_length=200)


class VariantTry(ApiModel):
    """A variant to be tried (None: as the organisation's default) over a period; without one, the last 30 days."""

    options: dict[str, str | int | bool] | None
    start: datetime | None = Field(default=None, alias="from")
    end: datetime | None = Field(default=None, alias="to")


class Difference(Answer):
    """A figure that would read otherwise."""

    key: str
    name: str
    words: str
    before: str
    after: str


class VariantDifference(Answer):
    """What a change would do to the past. `figures`: those that differ, of `compared`; the text as reports would print it."""

    start: datetime
    end: datetime
    before: str
    after: str
    compared: int
    figures: list[Difference]


class ExclusionView(Answer):
    """What does not count: a period of a hotline (or of all), or calls of a number."""

    id: str
    hotline_id: str | None
    hotline_name: str
    start: datetime | None
    end: datetime | None
    number: str
    reason: str
    created_at: datetime
    created_by: str
    inherited: bool
    """It is an organisation's above the reader's: it counts here too, and is changed there."""


class ExclusionCreate(ApiModel):
    """Either a period, or a number; with the reason that everybody reads."""

    hotline_id: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    number: str = Field(default="", max_length=32, pattern=r"^[0-9+]*$")
    reason: str = Field(min_length=1, max_length=200)


class ListingColumn(Answer):
    """A column of a listing."""

    key: str
    name: str
    kind: Literal["text", "time", "duration", "number", "call"]

    @computed_field
    def unit(self) -> Literal["", "count", "duration"]:
        """What numbers of the column are (durations are seconds), as columns of reports say it."""
        return "duration" if self.kind == "duration" else "count" if self.kind == "number" else ""


class ListingAnswer(Answer):
    """Single events, latest first. `totals`: how many there are in all, told with the first page."""

    key: str
    name: str
    start: datetime
    end: datetime
    variant: str
    columns: list[ListingColumn]
    rows: list[dict[str, Any]]
    next_cursor: str | None
    total: int | None
    totals: dict[str, int | None]
