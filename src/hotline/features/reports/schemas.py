"""What reports are asked with and sent as."""

from datetime import datetime

from hotline.core.metrics.catalogue import Dimension, Grain
from hotline.core.metrics.figures import Unit
from hotline.platform.schemas import Answer


class MetricView(Answer):
    """A figure of the dictionary: `words` is its formula in Chinese, `formula` in keys of measures under the default variant."""

    key: str
    name: str
    name_en: str
    unit: Unit
    family: str
    words: str
    formula: str


class SectionView(Answer):
    """A heading over columns."""

    name: str
    figures: list[str]


class ReportView(Answer):
    """A report of the catalogue."""

    key: str
    number: int
    name: str
    name_en: str
    about: str
    sections: list[SectionView]
    grains: list[Grain]
    dimensions: list[Dimension]
    charts: list[str]


class Column(Answer):
    """A column: durations are seconds, ratios fractions of one."""

    key: str
    name: str
    unit: Unit
    section: str
    words: str


class DimensionValue(Answer):
    """What a row is about besides its time."""

    dimension: Dimension
    id: str | None
    name: str


class ReportRow(Answer):
    """A row. `values` for pictures, `texts` exactly as people read them ("—" where there is nothing to divide by)."""

    time: datetime | None
    label: str
    keys: list[DimensionValue]
    values: dict[str, float | None]
    texts: dict[str, str]


class ReportAnswer(Answer):
    """A report. It can be made again from `variant`, the period and the filters."""

    key: str
    name: str
    start: datetime
    end: datetime
    grain: Grain
    group_by: list[Dimension]
    variant: str
    made_at: datetime
    behind: int
    columns: list[Column]
    rows: list[ReportRow]
    totals: ReportRow


class StatisticsView(Answer):
    """How far the statistics have followed the journal."""

    watermark: int
    behind: int
    projected_at: datetime | None
    rebuilding: float | None
    calls: int
