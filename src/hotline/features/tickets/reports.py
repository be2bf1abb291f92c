"""Reports 16 (工单统计) and 17 (投诉): counts of tickets made in a period, grouped; ratios of sums; sums of a type's form fields."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Literal

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

_SUMMED_MOST: Final = 200_000
Unit = Literal["count", "ratio", "duration"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A column: a count, or a ratio or mean of two counts. Denominator 0 is shown as none."""

    key: str
    name: str
    unit: Unit
    over: str
    under: str = ""
    words: str = ""

    def value(self, counts: dict[str, float]) -> float | None:
        """The figure of some counts."""
        if not self.under:
            return counts[self.over]
        under = counts[self.under]
        return counts[self.over] / under if under else None


TICKETS: Final = (
    Figure("made", "建单量", "count", "made", words="期间内新建的工单，不含已作废和已并入其他工单的"),
    Figure("finished", "办结量", "count", "finished", words="其中已答复或已办结的"),
    Figure("open", "在办量", "count", "open", words="其中还没有答复的"),
    Figure("direct", "直接回复量", "count", "direct", words="办结的工单中没有转过部门的"),
    Figure("consulted", "协商回复量", "count", "consulted", words="办结的工单中转过部门的"),
    Figure("in_time", "按时办结量", "count", "in_time", words="在时限内答复的"),
    Figure("overdue", "超时量", "count", "overdue", words="超过时限才答复的，加上在办且已超时的"),
    Figure("in_time_rate", "按时办结率", "ratio", "in_time", "answered", "按时办结量 ÷ 已答复量"),
    Figure("returned", "退单次数", "count", "returned", words="部门退回的次数"),
    Figure("reassigned", "改派次数", "count", "reassigned", words="改派其他部门的次数"),
    Figure("urged", "催办次数", "count", "urged", words="催办的次数"),
    Figure("reopened", "重开量", "count", "reopened", words="答复后又重开的工单"),
    Figure(
        "average_time",
        "平均办理时长",
        "duration",
        "seconds",
        "answered",
        "从建单到答复的自然时间之和 ÷ 已答复量",
    ),
)
COMPLAINTS: Final = (
    Figure("made", "投诉量", "count", "made", words="期间内新建的投诉工单"),
    Figure("finished", "办结量", "count", "finished", words="其中已答复或已办结的"),
    Figure("valid", "有效投诉", "count", "valid", words="核实为有效的"),
    Figure("invalid", "无效投诉", "count", "invalid", words="核实为无效的"),
    Figure("valid_rate", "有效投诉率", "ratio", "valid", "made", "有效投诉 ÷ 投诉量"),
    Figure("second_round", "二次投诉", "count", "second_round", words="答复后重开的投诉"),
    Figure("in_time_rate", "按时办结率", "ratio", "in_time", "answered", "按时办结量 ÷ 已答复量"),
    Figure("average_time", "平均办理时长", "duration", "seconds", "answered", "从建单到答复的自然时间之和 ÷ 已答复量"),
    Figure("satisfied_rate", "回访满意率", "ratio", "satisfied", "asked", "反馈满意 ÷（满意 + 不满意）"),
)  # fmt: skip
REPORTS: Final = {"tickets": (16, "工单统计", TICKETS), "complaints": (17, "投诉统计", COMPLAINTS)}


async def report(
    session: AsyncSession, actor: Actor, key: str, start: datetime, end: datetime, by: str, now: datetime
) -> TicketReport:
    """Return a report over the tickets made from `start` (inclusive) to `end` (exclusive), grouped."""
    number, name, figures = REPORTS[key]
    counts = TicketCounts(session, actor)
    conditions = (Ticket.category == "complaint",) if key == "complaints" else ()
    rows = await counts.grouped(start, end, by, now, conditions)
    totals = await counts.grouped(start, end, "total", now, conditions)
    names = await _names(session, by, [one for one, _ in rows])
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


async def _names(session: AsyncSession, by: str, ids: list[str]) -> dict[str, str]:
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
