"""A ticket as a document to print (PDF): what was asked, what was answered, every step with time and person."""

from hotline.core.forms import FormField, shown_text
from hotline.features.tickets.schemas import TicketRead
from hotline.features.tickets.words import (
    CATEGORY_NAMES,
    FEEDBACK_NAMES,
    GRADE_NAMES,
    SOURCE_NAMES,
    STATE_NAMES,
    STEP_NAMES,
    URGENCY_NAMES,
    VERDICT_NAMES,
)
from hotline.platform.pdf import Document, Heading, Paragraph, Table
from hotline.platform.tabular import local


def ticket_document(ticket: TicketRead, fields: list[FormField], printed_by: str) -> Document:
    """Return a ticket as a document; what the reader may not see whole is masked in it as on their screen."""
    lines = [(label, value) for label, value in _lines(ticket, fields) if value]
    steps = [
        (
            local(step.at).strftime("%Y-%m-%d %H:%M:%S"),
            STEP_NAMES.get(step.action, step.action),
            step.user_name,
            step.text or "—",
        )
        for step in ticket.steps
    ]
    return Document(
        title=f"工单 {ticket.number}",
        blocks=(
            Table(header=("项目", "内容"), rows=lines),
            Heading("诉求内容"),
            Paragraph(ticket.content or "—"),
            Heading("答复"),
            Paragraph(ticket.answer or "—"),
            Heading("办理过程"),
            Table(header=("时间", "步骤", "人员", "内容"), rows=steps),
        ),
        foot=f"打印：{printed_by}",
    )


def _lines(ticket: TicketRead, fields: list[FormField]) -> list[tuple[str, str]]:
    complaint = ticket.category == "complaint"
    return [
        ("标题", ticket.title),
        ("类型", f"{ticket.type_name}（{CATEGORY_NAMES.get(ticket.category, '')}）"),
        ("状态", STATE_NAMES[ticket.state]),
        ("紧急程度", URGENCY_NAMES[ticket.urgency]),
        ("来源", SOURCE_NAMES.get(ticket.source, ticket.source)),
        ("市民", ticket.customer_name),
        ("联系电话", ticket.contact),
        ("经办人", ticket.owner_name),
        ("承办部门", ticket.department_name),
        ("建单时间", local(ticket.created_at).strftime("%Y-%m-%d %H:%M")),
        ("答复时限", local(ticket.due_at).strftime("%Y-%m-%d %H:%M") if ticket.due_at else ""),
        ("答复时间", local(ticket.answered_at).strftime("%Y-%m-%d %H:%M") if ticket.answered_at else ""),
        *((field.label, shown_text(ticket.values.get(field.key))) for field in fields),
        ("投诉等级", GRADE_NAMES[ticket.grade] if complaint else ""),
        ("涉及单位或人员", ticket.concerned),
        ("核实结果", VERDICT_NAMES[ticket.verdict]),
        ("处理措施", ticket.measures),
        ("市民反馈", FEEDBACK_NAMES[ticket.feedback]),
    ]
