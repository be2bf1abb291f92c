"""A question to the facts: which measures, over which time, split by what, under which filters."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from hotline.core.metrics.catalogue import Dimension, Grain
from hotline.core.metrics.figures import Variant
from hotline.core.metrics.measures import Table

LOCAL_OFFSET = timedelta(hours=8)
"""Asia/Shanghai, which has had no summer time since 1991."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1)
_QUARTERS_PER_DAY = 96

COLUMNS: dict[Table, dict[Dimension, str]] = {
    Table.CALL: {
        Dimension.HOTLINE: "hotline_id",
        Dimension.QUEUE: "queue_id",
        Dimension.AGENT: "agent_id",
        Dimension.CALLED: "dnis",
    },
    Table.VISIT: {
        Dimension.HOTLINE: "hotline_id",
        Dimension.QUEUE: "queue_id",
        Dimension.AGENT: "agent_id",
        Dimension.CALLED: "dnis",
    },
    Table.OFFER: {
        Dimension.HOTLINE: "hotline_id",
        Dimension.QUEUE: "queue_id",
        Dimension.AGENT: "agent_id",
        Dimension.CALLED: "dnis",
    },
    Table.TALK: {
        Dimension.HOTLINE: "hotline_id",
        Dimension.QUEUE: "queue_id",
        Dimension.AGENT: "agent_id",
        Dimension.CALLED: "dnis",
    },
    Table.AGENT: {Dimension.AGENT: "agent_id"},
    Table.SURVEY: {
        Dimension.HOTLINE: "hotline_id",
        Dimension.QUEUE: "queue_id",
        Dimension.AGENT: "agent_id",
        Dimension.CALLED: "dnis",
    },
    Table.KEY: {Dimension.HOTLINE: "hotline_id"},
}
"""Which column of which table carries a dimension. Agents' time belongs to the agent alone: it cannot be split by hotline or queue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A question. `start` inclusive, `end` exclusive, in UTC. A filter's values are alternatives; no entry means no filter.

    `authorities` None means all (the system itself); reports always name the actor's.
    """

    measures: tuple[str, ...]
    start: datetime
    end: datetime
    grain: Grain = Grain.TOTAL
    dimensions: tuple[Dimension, ...] = ()
    filters: dict[Dimension, tuple[str, ...]] = field(default_factory=dict[Dimension, tuple[str, ...]])
    authorities: tuple[str, ...] | None = None
    variant: Variant = field(default_factory=Variant)

    def answers(self, table: Table) -> bool:
        """Whether this table carries every dimension and filter asked for; if not, its measures are unknown, not zero."""
        return all(d in COLUMNS[table] for d in (*self.dimensions, *self.filters))


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of counts. `bucket` is the interval's number (see `bucket_of`), `key` the values of the dimensions asked for."""

    bucket: int
    key: tuple[str | None, ...]
    counts: dict[str, int | None]


def epoch_ms(at: datetime) -> int:
    """Whole milliseconds since 1970, rounded down."""
    return (at - _EPOCH) // timedelta(milliseconds=1)


def local_midnight(at: datetime, offset: timedelta = LOCAL_OFFSET) -> datetime:
    """The last local midnight at or before `at`, in UTC."""
    local = at.astimezone(UTC) + offset
    return local.replace(hour=0, minute=0, second=0, microsecond=0) - offset


def local_day(at: datetime) -> int:
    """Days from 1970-01-01 to the local day of `at`."""
    return ((at.astimezone(UTC) + LOCAL_OFFSET).date() - _EPOCH_DAY).days


def local_slot(at: datetime) -> int:
    """The quarter of the local day, 0 to 95."""
    local = at.astimezone(UTC) + LOCAL_OFFSET
    return local.hour * 4 + local.minute // 15


def local_month(at: datetime) -> int:
    """Months from year 0 to the local month: year × 12 + month − 1."""
    local = at.astimezone(UTC) + LOCAL_OFFSET
    return local.year * 12 + local.month - 1


def bucket_of(grain: Grain, at: datetime) -> int:
    """The number of the local interval in which `at` lies; consecutive intervals have consecutive numbers."""
    day = local_day(at)
    match grain:
        case Grain.QUARTER:
            return day * _QUARTERS_PER_DAY + local_slot(at)
        case Grain.HOUR:
            return day * 24 + local_slot(at) // 4
        case Grain.DAY:
            return day
        case Grain.WEEK:
            return (day + 3) // 7  # 1970-01-01 was a Thursday; weeks begin on Monday
        case Grain.MONTH:
            return local_month(at)
        case Grain.YEAR:
            return local_month(at) // 12
        case Grain.TOTAL:
            return 0


def bucket_start(grain: Grain, bucket: int) -> datetime:
    """The first moment (UTC) of an interval; for `total` the epoch, which means nothing."""
    match grain:
        case Grain.QUARTER:
            local = _EPOCH + timedelta(minutes=15 * bucket)
        case Grain.HOUR:
            local = _EPOCH + timedelta(hours=bucket)
        case Grain.DAY:
            local = _EPOCH + timedelta(days=bucket)
        case Grain.WEEK:
            local = _EPOCH + timedelta(days=bucket * 7 - 3)
        case Grain.MONTH:
            local = datetime(bucket // 12, bucket % 12 + 1, 1, tzinfo=UTC)
        case Grain.YEAR:
            local = datetime(bucket, 1, 1, tzinfo=UTC)
        case Grain.TOTAL:
            local = _EPOCH
    return local - LOCAL_OFFSET
