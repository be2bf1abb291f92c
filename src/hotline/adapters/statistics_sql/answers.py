"""From rows of numbers back to rows of the port: codes become texts, counts of one group come together."""

from collections import defaultdict
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
    width = len(query.dimensions)
    groups: dict[tuple[int, tuple[str | None, ...]], dict[str, int | None]] = defaultdict(dict)
    keys: dict[tuple[Any, ...], tuple[str | None, ...]] = {}
    for measures, rows in found:
        for bucket, *values in rows:
            codes = tuple(values[:width])
            key = keys.get(codes)
            if key is None:
                key = tuple(value_text(coding, d, v) for d, v in zip(query.dimensions, codes, strict=True))
                keys[codes] = key
            counts = groups[int(bucket), key]
            for name, value in zip(measures, values[width:], strict=True):
                if value or name not in counts:
                    counts[name] = (counts.get(name) or 0) + int(value or 0)
    empty = {key: 0 if query.answers(MEASURES[key].table) else None for key in query.measures}
    rows = [
        Row(bucket=bucket, key=key, counts={**empty, **counts}) for (bucket, key), counts in groups.items()
    ]
    return ordered(query, [row for row in rows if any(row.counts.values())])
