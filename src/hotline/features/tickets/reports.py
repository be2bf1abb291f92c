"""Reports 16 (工单统计) and 17 (投诉): counts of tickets made in a period, grouped; ratios of sums; sums of a type's form fields."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from hotline.core.forms import FieldKind
from hotline.features.tickets.models import Ticket, TicketType
from hotline.features.tickets.report_repository import TicketCounts
from hotline.features.tickets.repository import organisation_names, user_names
from hotline.features.tickets.schemas_reports import (
    FieldSum,
    TicketReport,
    TicketReportColumn,
    TicketReportRow,
)
from hotline.features.tickets.words import CATEGORY_NAMES, GRADE_NAMES, SOURCE_NAMES
from hotline.platform.actor import Actor
from hotline.platform.forms import fields_of
from hotline.platform.own_reports import OwnFigure, OwnReport, OwnUnit

_SUMMED_MOST: Final = 200_000


class Calls(Protocol):
    """Asks how many calls came in: by local day (`2026-11-20`), and "" for all. Empty when nobody can say just now."""

    async def __call__(self, start: datetime, end: datetime, *, by_day: bool) -> dict[str, float]: ...


@dataclass(frozen=True, slots=True)
class Figure:
    """A column: a count, or a ratio or mean of two counts. A denominator of 0, or one that is not known, is shown as none."""

    key: str
    name: str
    name_en: str
    unit: OwnUnit
    words: str
    over: str = ""
    under: str = ""

    @property
    def formula(self) -> str:
        """In keys of counts."""
        return f"{self.over or self.key} / {self.under}" if self.under else self.over or self.key

    def value(self, counts: dict[str, float]) -> float | None:
        """The figure of some counts."""
        over = counts[self.over or self.key]
        if not self.under:
            return over
        under = counts.get(self.under, 0)
        return over / under if under else None


_TIME_AVG: Final = Figure(
    "average_time",
    "平均办理时长",
    "Average time to answer",
    "duration",
    "从建单到答复的自然时间之和 ÷ 已答复量",
    "seconds",
    "answered",
)
_IN_TIME_RATE: Final = Figure(
    "in_time_rate",
    "按时办结率",
    "Answered in time, share",
    "ratio",
    "按时办结量 ÷ 已答复量",
    "in_time",
    "answered",
)
TICKETS: Final = (
    Figure("made", "建单量", "Made", "count", "期间内新建的工单，不含已作废和已并入其他工单的"),
    Figure("finished", "办结量", "Finished", "count", "其中已答复或已办结的"),
    Figure("open", "在办量", "Open", "count", "其中还没有答复的"),
    Figure("direct", "直接回复量", "Answered directly", "count", "办结的工单中没有转过部门的"),
    Figure("consulted", "协商回复量", "Answered after consulting", "count", "办结的工单中转过部门的"),
    Figure("in_time", "按时办结量", "Answered in time", "count", "在时限内答复的"),
    Figure("overdue", "超时量", "Overdue", "count", "超过时限才答复的，加上在办且已超时的"),
    _IN_TIME_RATE,
    Figure("returned", "退单次数", "Returns", "count", "部门退回的次数"),
    Figure("reassigned", "改派次数", "Reassignments", "count", "改派其他部门的次数"),
    Figure("urged", "催办次数", "Urges", "count", "催办的次数"),
    Figure("reopened", "重开量", "Reopened", "count", "答复后又重开的工单"),
    _TIME_AVG,
)
COMPLAINTS: Final = (
    Figure("made", "投诉量", "Complaints", "count", "期间内新建的投诉工单"),
    Figure("finished", "办结量", "Finished", "count", "其中已答复或已办结的"),
    Figure("valid", "有效投诉", "Valid", "count", "核实为有效的"),
    Figure("invalid", "无效投诉", "Not valid", "count", "核实为无效的"),
    Figure("valid_rate", "有效投诉率", "Valid, share", "ratio", "有效投诉 ÷ 投诉量", "valid", "made"),
    Figure("per_call", "来电投诉率", "Complaints per call in", "ratio", "投诉量 ÷ 同期呼入量（只在按日期和合计时计算）", "made", "calls"),
    Figure("second_round", "二次投诉", "Second round", "count", "答复后重开的投诉"),
    _IN_TIME_RATE,
    _TIME_AVG,
    Figure("satisfied_rate", "回访满意率", "Satisfied when asked, share", "ratio", "反馈满意 ÷（满意 + 不满意）", "satisfied", "asked"),
)  # fmt: skip
REPORTS: Final = {"tickets": (16, "工单统计", TICKETS), "complaints": (17, "投诉统计", COMPLAINTS)}
_ABOUT: Final = {
    "tickets": ("Tickets", "建单、办结、按时、超时、退单、改派与平均时长；按日期、类型、来源、部门、经办人；表单数字求和"),
    "complaints": ("Complaints", "投诉量、核实结果、来电投诉率、二次投诉；按等级、涉及单位；整改前后对比"),
}  # fmt: skip
FOR_CATALOGUE: Final = tuple(
    OwnReport(
        key=key, number=number, name=name, name_en=_ABOUT[key][0], about=_ABOUT[key][1], path=f"/ticket-reports?report={key}",
        family=key, told="工单按建单时间计入，不分口径",
        figures=tuple(
            OwnFigure(key=f.key, name=f.name, name_en=f.name_en, unit=f.unit, words=f.words, formula=f.formula) for f in figures
        ),
    )
    for key, (number, name, figures) in REPORTS.items()
)  # fmt: skip
"""How the catalogue and the dictionary know them."""


async def report(
    session: AsyncSession,
    actor: Actor,
    key: str,
    span: tuple[datetime, datetime],
    by: str,
    now: datetime,
    calls: Calls | None = None,
) -> TicketReport:
    """Return a report over the tickets made within `span` (its end exclusive), grouped."""
    start, end = span
    number, name, figures = REPORTS[key]
    counts = TicketCounts(session, actor)
    conditions = (Ticket.category == "complaint",) if key == "complaints" else ()
    rows = await counts.grouped(start, end, by, now, conditions)
    totals = await counts.grouped(start, end, "total", now, conditions)
    if calls is not None and key == "complaints":
        told = await calls(start, end, by_day=by == "day")
        for group, of in [*rows, *(("", of) for _, of in totals)]:
            if group in told:
                of["calls"] = told[group]
    names = await names_of_groups(session, by, [one for one, _ in rows])
    return TicketReport(
        key=key, number=number, name=name, start=start, end=end, group_by=by,
        columns=[TicketReportColumn(key=f.key, name=f.name, unit=f.unit, words=f.words) for f in figures],
        rows=[
            TicketReportRow(id=one, label=names.get(one) or one or "（无）", values=_values(figures, of))
            for one, of in rows
        ],
        totals=_values(figures, totals[0][1]) if totals and totals[0][1]["made"] else {},
    )  # fmt: skip


def _values(figures: Sequence[Figure], counts: dict[str, float]) -> dict[str, float | None]:
    return {figure.key: figure.value(counts) for figure in figures}


async def names_of_groups(session: AsyncSession, by: str, ids: list[str]) -> dict[str, str]:
    """What groups are called, by id; empty where the id is the name."""
    match by:
        case "category":
            return CATEGORY_NAMES
        case "source":
            return SOURCE_NAMES
        case "grade":
            return GRADE_NAMES
        case "type":
            found = [await session.get(TicketType, one) for one in ids if one]
            return {row.id: row.name for row in found if row is not None}
        case "department":
            return await organisation_names(session, ids)
        case "agent":
            return await user_names(session, ids)
        case _:
            return {}


async def field_sums(
    session: AsyncSession, actor: Actor, row: TicketType, start: datetime, end: datetime
) -> list[FieldSum]:
    """Sums of a type's fields that are to be summed, and how many tickets filled them in."""
    wanted = [field for field in fields_of(row.fields) if field.summed]
    values = await TicketCounts(session, actor).values_of(start, end, row.id, _SUMMED_MOST)
    found: list[FieldSum] = []
    for field in wanted:
        given = [
            Decimal(str(one[field.key])) for one in values if isinstance(one.get(field.key), int | float)
        ]
        total = sum(given, Decimal(0)).quantize(Decimal("0.01"), ROUND_HALF_UP)
        money = field.kind is FieldKind.MONEY
        found.append(
            FieldSum(key=field.key, label=field.label, money=money, filled=len(given), total=float(total))
        )
    return found
