"""The worst of all continuous 24 hours in a period (GB/T 33358), in steps of a quarter of an hour. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

QUARTERS: Final = 96
"""Quarters of an hour in 24 hours."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Twenty-four hours from the beginning of quarter `first`, and what was counted in them."""

    first: int
    top: int
    bottom: int


def worst(counted: Mapping[int, tuple[int, int]], first: int, after: int) -> Stretch | None:
    """The 24 hours with the lowest share top ÷ bottom among those that lie whole in [first, after); the earliest of equals.

    `counted`: (top, bottom) by quarter; quarters without calls may be absent. None: the period is shorter, or nothing was counted.
    """
    found: Stretch | None = None
    top = bottom = 0
    for quarter in range(first, after):
        more_top, more_bottom = counted.get(quarter, (0, 0))
        less_top, less_bottom = (
            counted.get(quarter - QUARTERS, (0, 0)) if quarter - QUARTERS >= first else (0, 0)
        )
        top, bottom = top + more_top - less_top, bottom + more_bottom - less_bottom
        if quarter - first < QUARTERS - 1 or bottom == 0:
            continue
        if found is None or top * found.bottom < found.top * bottom:
            found = Stretch(quarter - QUARTERS + 1, top, bottom)
    return found
