"""The identities of the metric dictionary hold for the store's counts, whatever happened: random centres, random hours, random faults."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hotline.adapters.statistics_sql.store import Store
from hotline.core import events as e
from hotline.core.metrics.dimensions import Dimension, Grain
from hotline.core.metrics.measures import AGENT_STATES, DISPOSITIONS, MEASURES
from hotline.core.metrics.query import Query
from hotline.core.metrics.settling import NO_CALL, Settling
from hotline.core.metrics.variant import Variant
from hotline.simulation.plan import FLAT, Faults, Plan
from hotline.simulation.world import World

_LEFT = ("visits_answered", "queue_abandoned", "ring_abandoned", "overflow", "visits_transferred_out", "visits_voicemail",
         "visits_callback", "visits_system_lost")  # fmt: skip
_RUNG = ("offers_answered", "offers_missed", "offers_caller_abandoned", "offers_recalled")
_STATES = tuple(f"state_{state}_ms" for state in AGENT_STATES)
_SPLITS = (Dimension.QUEUE, Dimension.AGENT, Dimension.HOUR, Dimension.CALLED, Dimension.CALLER)
plans = st.builds(
    Plan,
    hours=st.just(0.4), calls=st.integers(5, 40), agents=st.integers(1, 5), talk_s=st.sampled_from([20.0, 90.0]), wrap_up_s=st.just(15.0),
    patience_s=st.sampled_from([15.0, 90.0]), missed=st.sampled_from([0.0, 0.3]), rejected=st.just(0.05), hang_up_anywhere=st.sampled_from([0.0, 0.3]),
    breaks_per_hour=st.just(2.0), break_s=st.just(120.0), outbound_per_hour=st.sampled_from([0.0, 4.0]), start_hour=st.sampled_from([9.0, 23.8]),
    curve=st.just(FLAT), returning=st.just(0.6),
    faults=st.builds(Faults, leg_breaks=st.sampled_from([0.0, 0.3]), repeats=st.sampled_from([0.0, 0.3]), device_drops_per_hour=st.sampled_from([0.0, 4.0])),
)  # fmt: skip


class Counts:
    """What the store counts of a history up to some event."""

    def __init__(self, events: Sequence[e.Event]) -> None:
        self.now: datetime = max(event.at for event in events) + timedelta(hours=1)
        self._start = min(event.at for event in events) - timedelta(hours=1)
        settling = Settling()
        rows = [row for seq, event in enumerate(events, 1) for row in settling.apply(event, seq)]
        rows += [(row, NO_CALL) for row in settling.fold.intervals.cut(self.now)]
        self.store = Store(None)
        self.store.write(rows, watermark=len(events), low_water=1, memory=settling.fold.memory())

    def by(self, *dimensions: Dimension, grain: Grain = Grain.TOTAL) -> list[dict[str, int]]:
        """The counts of each row that can be split so."""
        query = Query(
            measures=tuple(MEASURES), start=self._start, end=self.now, grain=grain, dimensions=dimensions,
            variant=Variant(include_test=True),
        )  # fmt: skip
        return [
            {key: value for key, value in row.counts.items() if value is not None}
            for row in self.store.ask(query)
        ]


def _sum(row: dict[str, int], keys: Sequence[str]) -> int:
    return sum(row.get(key, 0) for key in keys)


@pytest.mark.req("STA-0")
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plan=plans, seed=st.integers(0, 10_000), told=st.integers(50, 100))
def test_identities_of_the_dictionary_hold_for_any_history(plan: Plan, seed: int, told: int) -> None:
    """`told`: the history is cut off after so many hundredths, with calls open and agents signed in."""
    events: list[e.Event] = []
    World(plan, seed, events.extend).run()
    events = events[: max(1, len(events) * told // 100)]
    counts = Counts(events)
    try:
        splits: dict[Dimension, list[dict[str, int]]] = {one: counts.by(one) for one in _SPLITS}
        whole = counts.by() or [{}]
        rows = [*whole, *counts.by(grain=Grain.QUARTER), *(row for split in splits.values() for row in split)]
        for row in rows:
            assert row.get("trunk_in", 0) == _sum(row, [f"ended_{name}" for name in DISPOSITIONS])
            assert row.get("queue_entered", 0) == _sum(row, _LEFT)
            assert row.get("offers", 0) == _sum(row, _RUNG)
            assert row.get("signed_in_ms", 0) == _sum(row, _STATES[1:])
            assert row.get("agent_answered", 0) <= row.get("agent_requests", 0) <= row.get("trunk_in", 0)
        _wall_clock(events, counts.now, splits[Dimension.AGENT])
        for dimension, parts in splits.items():
            _sums(dimension, parts, whole[0])
    finally:
        counts.store.close()


def _wall_clock(events: Sequence[e.Event], now: datetime, agents: list[dict[str, int]]) -> None:
    """An agent's states fill the time from their first state to the last quarter of an hour."""
    began: dict[str, datetime] = {}
    for event in events:
        if isinstance(event, e.AgentStateChanged):
            began.setdefault(event.agent_id, event.at)
    border = datetime.fromtimestamp(now.timestamp() // 900 * 900, now.tzinfo)
    expected = sorted(round((border - at) / timedelta(milliseconds=1)) for at in began.values())
    found = sorted(total for row in agents if (total := _sum(row, _STATES)))
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert abs(one - other) <= len(events), "but for the rounding of each piece to milliseconds"


def _sums(dimension: Dimension, parts: list[dict[str, int]], whole: dict[str, int]) -> None:
    """However it is split, a count adds up to the total; an agent's time counts for each of their queues."""
    for key in {key for part in parts for key in part}:
        if MEASURES[key].kind == "count" and not (dimension is Dimension.QUEUE and key.startswith("state_")):
            assert sum(part.get(key, 0) for part in parts) == whole[key], (dimension, key)
