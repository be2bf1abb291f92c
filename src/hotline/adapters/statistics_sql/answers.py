"""From rows of numbers back to rows of the port: codes become texts, counts of one group come together."""

from collections.abc import Iterable, Sequence
from typing import Any

from hotline.adapters.statistics_sql.coding import Coding
from hotline.adapters.statistics_sql.tables import CLASS_DIMENSIONS
from hotline.core.metrics.dimensions import Dimension
from hotline.core.metrics.evaluate import ordered
from hotline.core.metrics.measures import MEASURES
from hotline.core.metrics.query import Query, Row

_AS_IS = frozenset(CLASS_DIMENSIONS) | {Dimension.HOUR, Dimension.WEEKDAY}


def value_text(coding: Coding, dimension: Dimension, value: Any) -> str | None:
    """A dimension's value as a person or another feature knows it."""
    if dimension is Dimension.CALLER:
        return coding.caller_text(int(value))
    if dimension in _AS_IS:
        return str(value) or None
    return coding.text(int(value))


def rows_of(
    query: Query, coding: Coding, found: Iterable[tuple[list[str], Iterable[Sequence[Any]]]]
) -> list[Row]:
    """Return the rows of an answer; `found` are measures with the rows of their SELECT: bucket, keys, counts.

    What two statements count of one measure is added up.
    """
    width = len(query.dimensions) + 1
    empty = {key: 0 if query.answers(MEASURES[key].table) else None for key in query.measures}
    groups: dict[tuple[Any, ...], dict[str, int | None]] = {}
    added: set[str] = set()
    for measures, rows in found:
        again = added.intersection(measures)
        added.update(measures)
        for row in rows:
            codes, values = tuple(row[:width]), row[width:]
            counts = groups.get(codes)
            if counts is None:
                counts = groups[codes] = empty.copy()
            for name, value in zip(measures, values, strict=True):
                if value:
                    counts[name] = int(value) + (counts[name] or 0 if name in again else 0)
    keys: dict[tuple[Any, ...], tuple[str | None, ...]] = {}
    answer: list[Row] = []
    for (bucket, *codes), counts in groups.items():
        if not any(counts.values()):
            continue
        key = keys.get(codes := tuple(codes))
        if key is None:
            key = keys[codes] = tuple(
                value_text(coding, d, v) for d, v in zip(query.dimensions, codes, strict=True)
            )
        answer.append(Row(bucket=int(bucket), key=key, counts=counts))
    return ordered(query, answer)
