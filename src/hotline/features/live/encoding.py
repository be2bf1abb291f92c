"""The live stream written out as JSON once for everybody who sees the same: hundreds of screens cost as much as one.

Keeps the newest few changes and bursts of each sight; readers who fall further behind have theirs written again.
"""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import orjson

from hotline.features.live.sight import Sight, within
from hotline.ports.call_control import LiveChange, LiveSnapshot

KEPT: Final = 512
"""Texts kept over all sights."""
SNAPSHOT_AGE: Final = timedelta(milliseconds=500)
"""A snapshot so old is as good as a new one: the changes since then follow it. After a restart all screens ask at once."""


@dataclass(slots=True)
class LiveEncoder:
    """One for the application."""

    _texts: OrderedDict[Hashable, str] = field(default_factory=OrderedDict[Hashable, str])
    _snapshots: dict[Sight, tuple[datetime, int, str]] = field(
        default_factory=dict[Sight, tuple[datetime, int, str]]
    )

    def change(self, change: LiveChange, sight: Sight) -> str:
        """Return `{"type": "change", …}`."""
        key = (change.seq, sight)
        if (text := self._known(key)) is None:
            text = self._keep(key, '{"type":"change","change":' + _json(within(change, sight)) + "}")
        return text

    def burst(self, changes: tuple[LiveChange, ...], sight: Sight) -> str:
        """Return `{"type": "changes", "changes": […]}`."""
        key = (changes[0].seq, changes[-1].seq, sight)
        if (text := self._known(key)) is None:
            pieces = ",".join(_json(within(change, sight)) for change in changes)
            text = self._keep(key, '{"type":"changes","changes":[' + pieces + "]}")
        return text

    def known_snapshot(self, sight: Sight, now: datetime) -> tuple[int, str] | None:
        """Return seq and text of a snapshot made just before, if there is one."""
        found = self._snapshots.get(sight)
        if found is None or now - found[0] > SNAPSHOT_AGE:
            return None
        return found[1:]

    def snapshot(self, snapshot: LiveSnapshot, sight: Sight) -> str:
        """Return `{"type": "snapshot", …}` and remember it for a moment."""
        text = '{"type":"snapshot","live":' + _json(within(snapshot, sight)) + "}"
        self._snapshots = {
            other: kept for other, kept in self._snapshots.items() if snapshot.at - kept[0] <= SNAPSHOT_AGE
        }
        self._snapshots[sight] = (snapshot.at, snapshot.seq, text)
        return text

    def _known(self, key: Hashable) -> str | None:
        return self._texts.get(key)

    def _keep(self, key: Hashable, text: str) -> str:
        self._texts[key] = text
        if len(self._texts) > KEPT:
            self._texts.popitem(last=False)
        return text


def _json(value: LiveChange | LiveSnapshot) -> str:
    return orjson.dumps(value, option=orjson.OPT_UTC_Z).decode()
