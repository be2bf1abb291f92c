"""Tickets as a table that people open in a spreadsheet."""

from collections.abc import Iterable
from typing import Final

from hotline.features.tickets.schemas import TicketRow
from hotline.features.tickets.words import CATEGORY_NAMES, SOURCE_NAMES, STATE_NAMES, URGENCY_NAMES
from hotline.platform.tabular import Cell, Sheet

_LIGHTS: Final = {"green": "正常", "amber": "即将超时", "red": "已超时", "waiting": "等待市民", "none": ""}
_IN_TIME: Final = {None: "", True: "按时", False: "超时"}


HEADER: Final = (
    "编号", "类型", "类别", "状态", "标题", "市民", "联系电话", "来源", "紧急程度", "经办人", "承办部门", "建单时间",
    "答复时限", "时限状态", "是否按时", "退单", "催办", "轮次",
)  # fmt: skip


def ticket_cells(row: TicketRow) -> tuple[Cell, ...]:
    """One ticket's cells."""
    return (
        row.number, row.type_name, CATEGORY_NAMES.get(row.category, ""), STATE_NAMES[row.state], row.title,
        row.customer_name, row.contact, SOURCE_NAMES.get(row.source, row.source), URGENCY_NAMES[row.urgency],
        row.owner_name, row.department_name, row.created_at, row.due_at, _LIGHTS[row.light], _IN_TIME[row.in_time],
        row.returned, row.urged, row.round,
    )  # fmt: skip


def ticket_sheet(rows: Iterable[TicketRow], about: tuple[str, ...]) -> Sheet:
    """Return tickets as a table."""
    return Sheet(title="工单", about=about, header=HEADER, rows=[ticket_cells(row) for row in rows])
