"""The catalogue of reports: which figures stand in which order, and by what they may be grouped and drawn."""

from dataclasses import dataclass
from enum import StrEnum

from hotline.core.metrics.measures import DISPOSITIONS, WAIT_BORDERS_S, wait_bucket


class Grain(StrEnum):
    """The length of a row in time; `total` is one row for the whole period."""

    QUARTER = "15min"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"
    TOTAL = "total"


class Dimension(StrEnum):
    """What else rows may be split by."""

    HOTLINE = "hotline"
    QUEUE = "queue"
    AGENT = "agent"
    CALLED = "called"


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading over some columns."""

    name: str
    figures: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report (metrics.md, catalogue). `number` is its number there."""

    key: str
    number: int
    name: str
    name_en: str
    about: str
    sections: tuple[Section, ...]
    grains: tuple[Grain, ...] = tuple(Grain)
    dimensions: tuple[Dimension, ...] = ()
    charts: tuple[str, ...] = ("bar", "line")

    @property
    def figures(self) -> tuple[str, ...]:
        """Its figures in the order of columns."""
        return tuple(key for section in self.sections for key in section.figures)


SUMMARY = Report(
    key="summary",
    number=1,
    name="话务总览",
    name_en="Summary",
    about="呼入、呼出与座席的总体情况",
    sections=(
        Section(
            name="呼入",
            figures=("trunk_in", "agent_requests", "agent_answered", "agent_answer_rate", "agent_unanswered", "agent_unanswered_rate", "service_level"),
        ),
        Section(name="呼出", figures=("outbound_calls", "outbound_answered", "outbound_connect_rate")),
        Section(name="座席", figures=("signed_in_avg", "talk_avg", "talks", "transfers", "transfer_rate", "ring", "asa", "abandon_wait_avg", "rest_busy")),
    ),
    dimensions=(Dimension.HOTLINE, Dimension.QUEUE, Dimension.AGENT, Dimension.CALLED),
    charts=("bar", "line", "pie"),
)  # fmt: skip

TRACKING = Report(
    key="inbound_tracking",
    number=6,
    name="呼入跟踪",
    name_en="Inbound tracking",
    about="每一通呼入通话的去向，各去向之和等于中继呼入总量",
    sections=(
        Section(name="总量", figures=("trunk_in",)),
        Section(name="去向", figures=tuple(f"ended_{d}" for d in DISPOSITIONS)),
    ),
    dimensions=(Dimension.HOTLINE, Dimension.QUEUE, Dimension.CALLED),
    charts=("sankey", "bar", "line", "pie"),
)

WAITING = Report(
    key="waiting",
    number=8,
    name="呼入客户等待",
    name_en="Waiting",
    about="排队、接听与放弃的等待时长及其分布",
    sections=(
        Section(name="排队", figures=("queue_entered", "queue_peak", "queue_wait", "queue_wait_avg")),
        Section(name="接听", figures=("visits_answered", "visits_answered_wait", "asa", "visits_answered_max")),
        Section(name="放弃", figures=("visits_abandoned", "visits_abandoned_wait", "abandon_wait_avg", "visits_abandoned_max")),
        Section(name="溢出", figures=("overflow",)),
        Section(name="等待分布", figures=tuple(wait_bucket(i) for i in range(len(WAIT_BORDERS_S)))),
        Section(name="接听等待分布", figures=tuple(f"answered_{wait_bucket(i)}" for i in range(len(WAIT_BORDERS_S)))),
        Section(name="放弃等待分布", figures=tuple(f"abandoned_{wait_bucket(i)}" for i in range(len(WAIT_BORDERS_S)))),
    ),
    dimensions=(Dimension.HOTLINE, Dimension.QUEUE, Dimension.AGENT, Dimension.CALLED),
    charts=("distribution", "bar", "line"),
)  # fmt: skip

REPORTS: dict[str, Report] = {r.key: r for r in (SUMMARY, TRACKING, WAITING)}
"""Every report that can be run, by key."""
