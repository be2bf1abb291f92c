"""How often people without an account may ask: so many requests from one address in five minutes."""

from collections import OrderedDict, deque
from datetime import datetime, timedelta
from typing import Final

from hotline.platform.errors import TooManyRequests

WINDOW: Final = timedelta(minutes=5)
_ADDRESSES_MAX: Final = 10_000


class Visitors:
    """How often each address asked lately; bounded, the longest silent is forgotten first."""

    def __init__(self, requests_max: int) -> None:
        self._most = requests_max
        self._asked: OrderedDict[str, deque[datetime]] = OrderedDict()

    def admit(self, address: str, now: datetime) -> None:
        """Count a request. Raises `TooManyRequests`."""
        times = self._asked.setdefault(address, deque())
        self._asked.move_to_end(address)
        while times and now - times[0] > WINDOW:
            times.popleft()
        if len(times) >= self._most:
            raise TooManyRequests
        times.append(now)
        while len(self._asked) > _ADDRESSES_MAX:
            self._asked.popitem(last=False)
