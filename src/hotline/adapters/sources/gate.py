"""How many questions a source is asked at once: beyond its limit the caller hears at once that it is busy."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class Busy(Exception):
    """The source is asked as much as it may be."""


class Gate:
    """Counts by source."""

    def __init__(self) -> None:
        self._inside: Counter[str] = Counter()

    @contextmanager
    def enter(self, source_id: str, most: int) -> Iterator[None]:
        """Be inside for a while. Raises `Busy`."""
        if self._inside[source_id] >= most:
            raise Busy
        self._inside[source_id] += 1
        try:
            yield
        finally:
            self._inside[source_id] -= 1
            if not self._inside[source_id]:
                del self._inside[source_id]
