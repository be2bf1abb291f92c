"""A question to the facts: which measures, over which time, split by what, under which filters."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from hotline.core.metrics.dimensions import Dimension, Grain
from hotline.core.metrics.figures import Variant
from hotline.core.metrics.measures import Table

LOCAL_OFFSET = timedelta(hours=8)
"""Asia/Shanghai, which has had no summer time since 1991."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1)
_QUARTERS_PER_DAY = 96

_D = Dimension
_TIME = frozenset({_D.HOUR, _D.WEEKDAY})
_OF_CALL = _TIME | {_D.HOTLINE, _D.CALLED, _D.CALLER, _D.TYPE}

DIMENSIONS: dict[Table, frozenset[Dimension]] = {
    Table.CALL: _OF_CALL | {_D.QUEUE, _D.AGENT, _D.PROVINCE, _D.CITY, _D.DIRECTION, _D.DISPOSITION},
    Table.VISIT: _OF_CALL | {_D.QUEUE, _D.AGENT, _D.CAUSE},
    Table.OFFER: _OF_CALL | {_D.QUEUE, _D.AGENT},
    Table.TALK: _OF_CALL | {_D.QUEUE, _D.AGENT, _D.DIRECTION},
    Table.AGENT: _TIME | {_D.QUEUE, _D.AGENT, _D.STATE, _D.REASON},
    Table.SURVEY: _OF_CALL | {_D.QUEUE, _D.AGENT, _D.GRADE, _D.LABEL},
    Table.KEY: _OF_CALL | {_D.FLOW, _D.NODE, _D.KEY, _D.LABEL},
    Table.SIGN_IN: _TIME | {_D.AGENT},
    Table.OPERATION: _TIME | {_D.AGENT},
    Table.CALLBACK: _TIME | {_D.HOTLINE, _D.QUEUE},
}
"""By what each table can be split. Agents' time belongs to the agent and, for each, to the queues of which they were members when
they signed in; it cannot be split by hotline."""

BUCKET_DIMENSIONS = _TIME


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """A period (of one hotline, or all) or a number that does not count: force majeure, line fault, own telephones.

    `authorities`: only calls of these; None: of all.
    """

    start: datetime | None = None
    end: datetime | None = None
    hotline: str | None = None
    number: str | None = None
    authorities: tuple[str, ...] | None = None


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
    exclusions: tuple[Exclusion, ...] = ()
    order: str = ""
    """Sort by this measure, most first, instead of by interval and key."""
    limit: int = 0
    """At most so many rows; 0: all."""
    now: datetime | None = None
    """When the question is asked, for what becomes overdue by itself; None: its end."""
    authorities: tuple[str, ...] | None = None
    variant: Variant = field(default_factory=Variant)

    def answers(self, table: Table) -> bool:
        """Whether this table carries every dimension and filter asked for; if not, its measures are unknown, not zero."""
        return all(d in DIMENSIONS[table] for d in (*self.dimensions, *self.filters))

    def parameters(self) -> dict[str, int]:
        """The numbers that measures refer to by `Param`."""
        day_ago = epoch_ms(self.now or self.end) - 86_400_000
        return {**self.variant.parameters(), "day_ago_ms": day_ago}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of counts. `bucket` is the interval's number (see `bucket_of`), `key` the values of the dimensions asked for."""

    bucket: int
    key: tuple[str | None, ...]
    counts: dict[str, int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """Ask for the rows that were counted: those of `query`'s measures (all of tables that answer it), latest first."""

    query: Query
    offset: int = 0
    limit: int = 50
    total: bool = True
    """Whether to count them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBrief:
    """The call to which a counted row belongs."""

    call_id: str
    started_ms: int
    direction: str
    disposition: str
    caller: str
    called: str
    hotline: str
    queue: str
    agent: str
    business_type: str
    talk_ms: int
    recorded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedRow:
    """A row that was counted: when it counts, in which table, what it gives to each measure, its own columns, its call."""

    at_ms: int
    table: Table
    parts: dict[str, int]
    fields: dict[str, str | int]
    call: CallBrief | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedPage:
    """Some of the rows, and how many there are (None: not asked)."""

    rows: tuple[CountedRow, ...]
    total: int | None


def epoch_ms(at: datetime) -> int:
    """Whole milliseconds since 1970, rounded down."""
    since = at - _EPOCH
    return since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000


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
