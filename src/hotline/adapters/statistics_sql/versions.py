"""When which local day last changed, so that an answer about days that have not is not made again.

A new call can change what was said of its caller's calls a while ago (solved at once): those days count as changed with it.
"""

from collections.abc import Iterable
from typing import Final

from hotline.core.metrics.query import Query, epoch_ms

_DAY_MS: Final = 86_400_000
_OFFSET_MS: Final = 28_800_000
_LOOKS_BACK_DAYS: Final = 91
"""The longest `matter_days` of a variant, and the day that began."""
_DAYS_LISTED_MOST: Final = 5_000


class Versions:
    """Counts changes by day."""

    def __init__(self) -> None:
        self._now = 1
        self._all = 1
        self._days: dict[int, int] = {}

    def all_changed(self) -> None:
        """Anything may have changed."""
        self._now += 1
        self._all = self._now
        self._days.clear()

    def changed(self, moments_ms: Iterable[int]) -> None:
        """Rows of these moments were written."""
        days = {(t_ms + _OFFSET_MS) // _DAY_MS for t_ms in moments_ms}
        if not days:
            return
        self._now += 1
        if len(self._days) + len(days) > _DAYS_LISTED_MOST:
            self._all = self._now
            self._days.clear()
            return
        for day in days:
            self._days[day] = self._now

    def of_query(self, query: Query) -> int:
        """The last change that concerns a question."""
        return self.of(epoch_ms(query.start), epoch_ms(query.end))

    def of(self, start_ms: int, end_ms: int) -> int:
        """The last change that concerns a period."""
        first = (start_ms + _OFFSET_MS) // _DAY_MS
        last = (end_ms - 1 + _OFFSET_MS) // _DAY_MS + _LOOKS_BACK_DAYS
        return max([self._all, *(version for day, version in self._days.items() if first <= day <= last)])
