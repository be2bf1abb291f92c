"""What the statistics leave unread changes no figure, and what the journal decodes quickly is what its codec decodes."""

from functools import cache

import orjson
import pytest

from hotline.adapters.journal_sql.tables import to_recorded, to_row
from hotline.core import codec
from hotline.core.events import Event
from hotline.core.metrics.folds import FOLDED
from hotline.core.metrics.settling import Settled, Settling
from hotline.simulation.plan import Faults, Plan
from hotline.simulation.world import World


@cache
def hours() -> list[Event]:
    """The events of some hours with faults."""
    events: list[Event] = []
    faults = Faults(leg_breaks=0.05, repeats=0.05, device_drops_per_hour=0.5)
    World(
        Plan(calls=80, agents=8, hours=4, start_hour=9, outbound_per_hour=2.0, faults=faults),
        5,
        events.extend,
    ).run()
    return events


def _settled(events: list[tuple[int, Event]]) -> list[Settled]:
    settling = Settling()
    return [row for seq, event in events for row in settling.apply(event, seq)]


@pytest.mark.req("STA-0")
def test_events_that_are_not_folded_change_no_row() -> None:
    numbered = list(enumerate(hours(), 1))
    chosen = [(seq, event) for seq, event in numbered if type(event).__name__ in FOLDED]
    assert len(chosen) < len(numbered)
    assert _settled(chosen) == _settled(numbered)


@pytest.mark.req("STA-0")
def test_the_quick_decoder_agrees_with_the_codec() -> None:
    for event in hours():
        row = to_row(1, event)
        kind, payload = str(row["kind"]), str(row["payload"])
        assert to_recorded(1, kind, payload).event == event == codec.decode(orjson.loads(payload))


@pytest.mark.req("STA-0")
def test_what_a_newer_version_wrote_is_read_as_the_codec_reads_it() -> None:
    event = next(event for event in hours() if type(event).__name__ == "CallEnded")
    values = {**codec.encode(event), "added_later": [1, 2]}
    del values["q850"]  # written by an older version, without this field
    payload = orjson.dumps(values).decode()
    assert to_recorded(7, "CallEnded", payload).event == codec.decode(values)
