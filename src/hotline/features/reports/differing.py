"""What another variant would make of the same past: the figures that read otherwise."""

from typing import Final

from hotline.core.metrics.catalogue import REPORTS
from hotline.core.metrics.figures import FIGURES
from hotline.features.reports.asked import Asked, check_period
from hotline.features.reports.counting import Book, Counting, Line, line_length_ms, with_interval
from hotline.features.reports.numbers import text
from hotline.features.reports.schemas import Difference
from hotline.features.reports.service import query_of
from hotline.ports.statistics import Statistics

_OF: Final = ("summary", "queues", "waiting", "unanswered", "satisfaction", "repeats")
COMPARED: Final = tuple(dict.fromkeys(key for name in _OF for key in REPORTS[name].figures if key in FIGURES))
"""The figures that are compared: those of the reports that variants are about."""


async def differences(statistics: Statistics, before: Book, after: Book, asked: Asked) -> list[Difference]:
    """The figures that differ, in the order of the reports. Raises `Invalid`, `StatisticsUnavailable`."""
    check_period(asked.start, asked.end)
    one, other = await _line(statistics, before, asked), await _line(statistics, after, asked)
    found: list[Difference] = []
    for key in COMPARED:
        figure = FIGURES[key]
        reads = text(figure.unit, one.value(figure)), text(figure.unit, other.value(figure))
        if reads[0] != reads[1]:
            found.append(
                Difference(key=key, name=figure.name, words=figure.words, before=reads[0], after=reads[1])
            )
    return found


async def _line(statistics: Statistics, book: Book, asked: Asked) -> Line:
    counting, query = Counting(statistics, book), query_of(asked)
    lines = await counting.lines(COMPARED, query)
    line = lines[0] if lines else counting.nothing(COMPARED, query)
    return with_interval(line, line_length_ms(query, Line(0, (), line.parts)))
