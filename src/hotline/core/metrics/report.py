"""What a report of the catalogue is: figures under headings, by what it may be split and filtered, how it is drawn."""

from dataclasses import dataclass

from hotline.core.metrics.dimensions import Dimension, Grain

D = Dimension
TIMES = (D.HOUR, D.WEEKDAY)
FILTERS = (D.HOTLINE, D.CALLED, D.CALLER, D.QUEUE, D.AGENT, D.TYPE)
"""What people narrow reports by; a filter that some columns do not know leaves those columns empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading over some columns."""

    name: str
    figures: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report (metrics.md, catalogue). `number` is its number there; several may share one.

    `group_by`, `grain` and `sort` are how it is opened first; `sort` is a figure, most first.
    """

    key: str
    number: int
    name: str
    name_en: str
    about: str
    sections: tuple[Section, ...]
    grains: tuple[Grain, ...] = tuple(Grain)
    dimensions: tuple[Dimension, ...] = ()
    filters: tuple[Dimension, ...] = FILTERS
    group_by: tuple[Dimension, ...] = ()
    grain: Grain = Grain.TOTAL
    sort: str = ""
    charts: tuple[str, ...] = ("table", "bar", "line")

    @property
    def figures(self) -> tuple[str, ...]:
        """Its figures in the order of columns."""
        return tuple(key for section in self.sections for key in section.figures)


def section(name: str, figures: str) -> Section:
    """A heading over the figures named, apart by blanks."""
    return Section(name=name, figures=tuple(figures.split()))
