"""Answer a query over facts in memory, in plain Python: for the simulator and as the yardstick of the statistics store."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from itertools import pairwise, product
from operator import attrgetter
from typing import Any, Final

from hotline.core.events import Direction
from hotline.core.metrics import facts as f
from hotline.core.metrics.dimensions import NUMERIC, Dimension
from hotline.core.metrics.measures import MEASURES, Measure, Param, Table, Where, wait_class
from hotline.core.metrics.open_call import milliseconds
from hotline.core.metrics.query import Query, Row, bucket_of, epoch_ms, local_day, local_slot
from hotline.core.metrics.settling import Settled, Stamp, latest, settle

__all__ = ["FAR_MS", "TABLE_OF_FACT", "column", "counted_at", "evaluate", "latest"]

FAR_MS: Final = 2**52
"""Stands for "no other call of this caller"."""
RegionOf = Callable[[str], tuple[str, str]]
"""Province and city of a number, "" where unknown."""

TABLE_OF_FACT: dict[type, Table] = {
    f.CallFact: Table.CALL,
    f.QueueVisitFact: Table.VISIT,
    f.OfferFact: Table.OFFER,
    f.TalkFact: Table.TALK,
    f.AgentIntervalFact: Table.AGENT,
    f.SurveyAnswerFact: Table.SURVEY,
    f.IvrKeyFact: Table.KEY,
    f.SignInFact: Table.SIGN_IN,
    f.OperationFact: Table.OPERATION,
    f.CallbackFact: Table.CALLBACK,
}

_COUNTED_AT: dict[Table, str] = {
    Table.CALL: "started_at",
    Table.VISIT: "entered_at",
    Table.OFFER: "started_at",
    Table.TALK: "started_at",
    Table.AGENT: "from_at",
    Table.SURVEY: "call_started_at",
    Table.KEY: "call_started_at",
    Table.SIGN_IN: "from_at",
    Table.OPERATION: "at",
    Table.CALLBACK: "requested_at",
}

_ATTRIBUTE: dict[Dimension, str] = {
    Dimension.HOTLINE: "hotline_id",
    Dimension.QUEUE: "queue_id",
    Dimension.AGENT: "agent_id",
    Dimension.DIRECTION: "direction",
    Dimension.DISPOSITION: "disposition",
    Dimension.CAUSE: "cause",
    Dimension.STATE: "state",
    Dimension.REASON: "reason",
    Dimension.GRADE: "grade",
    Dimension.FLOW: "flow_id",
    Dimension.NODE: "node_id",
    Dimension.LABEL: "label",
}

_Gaps = Mapping[str, tuple[int, int, int, bool]]
"""For each inbound call with a known caller: ms since the caller's call before; since and until one on the same matter; first of the day."""
_Group = tuple[int, tuple[str | None, ...]]


def counted_at(row: f.Fact) -> datetime:
    """The moment by which a row belongs to an interval (rule 2 of metrics.md)."""
    moment: datetime = getattr(row, _COUNTED_AT[TABLE_OF_FACT[type(row)]])
    return moment


def moment_of(table: Table) -> Callable[[Any], datetime]:
    """`counted_at` for the rows of one table."""
    return attrgetter(_COUNTED_AT[table])


def key_shown(row: f.IvrKeyFact) -> str:
    """The key as a dimension: what a menu knows; long entries (numbers keyed in) are one value."""
    return row.keys if len(row.keys) <= 2 else "…"


def evaluate(query: Query, facts: Iterable[f.Fact], region_of: RegionOf = lambda _: ("", "")) -> list[Row]:
    """Return the rows of counts, ordered by interval and key. Measures of a table that lacks a dimension or filter are None.

    Calls without an end are left out with all their rows, as in the store.
    """
    settled = settle(facts)
    by_table: dict[Table, list[Settled]] = defaultdict(list)
    for row, stamp in settled:
        by_table[TABLE_OF_FACT[type(row)]].append((row, stamp))
    evaluation = _Evaluation(query, _gaps(by_table[Table.CALL]), region_of)
    groups: dict[_Group, dict[str, int | None]] = defaultdict(dict)
    for key in query.measures:
        measure = MEASURES[key]
        if query.answers(measure.table):
            for group, value in evaluation.count(measure, by_table[measure.table]).items():
                groups[group][key] = value
    empty = {key: 0 if query.answers(MEASURES[key].table) else None for key in query.measures}
    rows = [
        Row(bucket=bucket, key=key, counts={**empty, **counts}) for (bucket, key), counts in groups.items()
    ]
    return ordered(query, [row for row in rows if any(row.counts.values())])


def ordered(query: Query, rows: list[Row]) -> list[Row]:
    """Rows in the order asked for, as many as asked for."""
    places = {key: _sortable(query, key) for key in {row.key for row in rows}}
    rows = sorted(rows, key=lambda row: (row.bucket, places[row.key]))
    if query.order:
        rows.sort(key=lambda row: -(row.counts.get(query.order) or 0))
    return rows[: query.limit] if query.limit else rows


def _sortable(query: Query, key: tuple[str | None, ...]) -> tuple[tuple[bool, int, str], ...]:
    return tuple(
        (value is not None, int(value) if value and d in NUMERIC else 0, value or "")
        for d, value in zip(query.dimensions, key, strict=True)
    )


def _gaps(calls: list[Settled]) -> _Gaps:
    gaps: dict[str, tuple[int, int, int, bool]] = {}
    inbound = [
        (row, stamp)
        for row, stamp in calls
        if isinstance(row, f.CallFact) and row.direction is Direction.INBOUND and known(row.caller)
    ]
    inbound.sort(key=lambda one: (epoch_ms(one[0].started_at), one[1].number))
    by_caller: dict[object, list[f.CallFact]] = defaultdict(list)
    by_matter: dict[object, list[f.CallFact]] = defaultdict(list)
    for row, _ in inbound:
        by_caller[row.authority_id, row.caller].append(row)
        by_matter[row.authority_id, row.caller, row.business_type].append(row)
    before: dict[str, int] = {}
    matter_before: dict[str, int] = {}
    matter_after: dict[str, int] = {}
    for chain in by_caller.values():
        for one, other in pairwise(chain):
            before[other.call_id] = epoch_ms(other.started_at) - epoch_ms(one.started_at)
    for chain in by_matter.values():
        for one, other in pairwise(chain):
            gap = epoch_ms(other.started_at) - epoch_ms(one.started_at)
            matter_before[other.call_id] = matter_after[one.call_id] = gap
    for row, _ in inbound:
        since = before.get(row.call_id, FAR_MS)
        today = (epoch_ms(row.started_at) + 28_800_000) % 86_400_000
        gaps[row.call_id] = (
            since,
            matter_before.get(row.call_id, FAR_MS),
            matter_after.get(row.call_id, FAR_MS),
            since > today,
        )
    return gaps


def known(number: str) -> bool:
    """Whether a caller showed a number that tells one from another."""
    return number.lstrip("+").isdigit()


class _Evaluation:
    """One query over the rows of the tables."""

    def __init__(self, query: Query, gaps: _Gaps, region_of: RegionOf) -> None:
        self._query = query
        self._parameters = query.parameters()
        self._gaps = gaps
        self._region_of = region_of

    def count(self, measure: Measure, rows: list[Settled]) -> dict[_Group, int]:
        grouped: dict[_Group, list[f.Fact]] = defaultdict(list)
        for row, stamp in rows:
            if self._chosen(measure, row, stamp):
                bucket = bucket_of(self._query.grain, counted_at(row))
                for key in product(*(self._values(d, row, stamp) for d in self._query.dimensions)):
                    grouped[bucket, key].append(row)
        totals: dict[str, Callable[[list[f.Fact]], int]] = {
            "count": len,
            "sum": lambda members: sum(self._column(m, measure.column) for m in members),
            "max": lambda members: max(self._column(m, measure.column) for m in members),
            "distinct": lambda members: len({self._column(m, measure.column) for m in members}),
        }
        return {group: totals[measure.kind](members) for group, members in grouped.items()}

    def _chosen(self, measure: Measure, row: f.Fact, stamp: Stamp) -> bool:
        query = self._query
        if not query.start <= counted_at(row) < query.end:
            return False
        if query.authorities is not None and row.authority_id not in query.authorities:  # pyright: ignore[reportAttributeAccessIssue]
            return False
        if not query.variant.include_test and getattr(row, "test", False):
            return False
        if not query.variant.include_excluded and self._excluded(row, stamp):
            return False
        for dimension, wanted in query.filters.items():
            if not {value or "" for value in self._values(dimension, row, stamp)} & set(wanted):
                return False
        return all(self._holds(where, row) for where in measure.where)

    def _excluded(self, row: f.Fact, stamp: Stamp) -> bool:
        if isinstance(row, (f.AgentIntervalFact, f.SignInFact, f.OperationFact)):
            return False
        at = counted_at(row)
        of = getattr(row, "authority_id", "")
        for one in self._query.exclusions:
            if one.authorities is not None and of not in one.authorities:
                continue
            if one.number is not None:
                if stamp.number and stamp.caller == one.number:
                    return True
                continue
            assert one.start is not None and one.end is not None, "a period has two ends"
            if one.start <= at < one.end and one.hotline in {None, getattr(row, "hotline_id", None)}:
                return True
        return False

    def _values(self, dimension: Dimension, row: f.Fact, stamp: Stamp) -> tuple[str | None, ...]:
        """The values under which a row counts: one, but for the queues of an agent's time."""
        match dimension:
            case Dimension.HOUR:
                return (str(local_slot(counted_at(row)) // 4),)
            case Dimension.WEEKDAY:
                return (str((local_day(counted_at(row)) + 3) % 7 + 1),)
            case Dimension.CALLED:
                return (stamp.called or None,)
            case Dimension.CALLER:
                return (stamp.caller or None,)
            case Dimension.TYPE:
                return (stamp.business_type or None,)
            case Dimension.PROVINCE | Dimension.CITY:
                return (self._region_of(stamp.caller)[dimension is Dimension.CITY] or None,)
            case Dimension.KEY if isinstance(row, f.IvrKeyFact):
                return (key_shown(row) or None,)
            case Dimension.QUEUE if isinstance(row, f.AgentIntervalFact):
                return tuple(str(one) for one in row.team) or (None,)
            case _:
                value: Any = getattr(row, _ATTRIBUTE[dimension])
                return (None if value is None or value == "" else str(value),)

    def _holds(self, where: Where, row: f.Fact) -> bool:
        value: Any = self._column(row, where.column)
        bound: Any = self._parameters[where.value.name] if isinstance(where.value, Param) else where.value
        tests: dict[str, Callable[[], bool]] = {
            "eq": lambda: value == bound,
            "in": lambda: value in bound,
            "le": lambda: value <= bound,
            "lt": lambda: value < bound,
            "ge": lambda: value >= bound,
            "gt": lambda: value > bound,
        }
        return tests[where.op]()

    def _column(self, row: f.Fact, name: str) -> Any:
        if isinstance(row, f.CallFact):
            gap = self._gaps.get(row.call_id)
            match name:
                case "before_ms":
                    return FAR_MS if gap is None else gap[0]
                case "matter_before_ms":
                    return -1 if gap is None else gap[1]
                case "matter_after_ms":
                    return -1 if gap is None else gap[2]
                case "first_of_day":
                    return gap is not None and gap[3]
                case _:
                    pass
        return column(row, name)


def column(row: f.Fact, name: str) -> Any:
    """A row's value under the column's name in the store; some are derived."""
    if name == "t_ms":
        return epoch_ms(counted_at(row))
    derive = DERIVED.get((type(row), name))
    return getattr(row, name) if derive is None else derive(row)


def _derived() -> dict[tuple[type, str], Callable[[Any], Any]]:
    def duration_ms(row: f.AgentIntervalFact) -> int:
        return milliseconds(row.from_at, row.to_at)

    def answered(row: f.CallFact) -> bool:
        return row.answered_at is not None

    def known_caller(row: f.CallFact) -> bool:
        return known(row.caller)

    def connected_ms(row: f.TalkFact) -> int:
        return row.talk_ms + row.hold_ms

    def class_of_wait(row: f.QueueVisitFact) -> int:
        return wait_class(row.wait_ms)

    def pressed(row: f.IvrKeyFact) -> bool:
        return row.keys != ""

    return {
        (f.AgentIntervalFact, "duration_ms"): duration_ms,
        (f.CallFact, "answered"): answered,
        (f.CallFact, "known_caller"): known_caller,
        (f.TalkFact, "connected_ms"): connected_ms,
        (f.QueueVisitFact, "wait_class"): class_of_wait,
        (f.IvrKeyFact, "pressed"): pressed,
    }


DERIVED: Final = _derived()
"""Columns that are more than an attribute of the fact."""
