"""Who is told of what: notices on the desks of owner, department and leaders; and the same news to the channels beside the desk."""

from typing import Final

from hotline.core.tickets.flow import TicketAction, TicketState
from hotline.features.tickets.context import TicketContext
from hotline.features.tickets.models import Ticket, TicketDelivery, TicketNotice
from hotline.features.tickets.repository import channels_for
from hotline.features.tickets.words import STATE_NAMES
from hotline.platform.ids import new_id

_TEXT_MAX: Final = 200

KINDS: Final[dict[TicketAction, tuple[str, str]]] = {
    TicketAction.DISPATCH: ("dispatched", "新派工单"),
    TicketAction.REASSIGN: ("dispatched", "改派到本部门"),
    TicketAction.RETURN: ("returned", "部门退单"),
    TicketAction.REPLY: ("replied", "部门已回复，请答复市民"),
    TicketAction.REPLY_CITIZEN: ("answered", "部门已短信答复市民"),
    TicketAction.URGE: ("urged", "催办"),
    TicketAction.ESCALATE: ("escalated", "工单升级"),
    TicketAction.SUPERVISE: ("supervised", "督办"),
    TicketAction.REOPEN: ("reopened", "工单重开"),
    TicketAction.TRANSFER: ("transferred", "工单转交给您"),
}
"""Kind and heading of the notice that follows an action; others tell nobody."""


async def tell(context: TicketContext, row: Ticket, action: TicketAction, text: str) -> None:
    """Tell whom a step concerns; whoever took it knows already."""
    if action not in KINDS:
        return
    kind, heading = KINDS[action]
    audiences = set[str]()
    if action in {TicketAction.DISPATCH, TicketAction.REASSIGN, TicketAction.URGE, TicketAction.SUPERVISE}:
        audiences |= {f"department:{row.department_id}"} if row.department_id else set()
    if action in {TicketAction.RETURN, TicketAction.REPLY, TicketAction.REPLY_CITIZEN, TicketAction.URGE,
                  TicketAction.SUPERVISE, TicketAction.TRANSFER, TicketAction.REOPEN}:  # fmt: skip
        audiences |= _owner(row)
    if action in {TicketAction.ESCALATE, TicketAction.RETURN}:
        audiences.add(f"leaders:{row.authority_id}")
    await publish(context, row, kind, f"{heading}：{text}" if text else heading, audiences)


async def publish(context: TicketContext, row: Ticket, kind: str, text: str, audiences: set[str]) -> None:
    """Enter a notice for each audience, and a delivery for each channel that wants this kind."""
    words = f"{row.number} {row.title}｜{text}"[:_TEXT_MAX]
    own = f"user:{context.actor.user_id}"
    for audience in sorted(audiences - {own}):
        context.work.session.add(
            TicketNotice(
                id=new_id(), authority_id=row.authority_id, audience=audience, ticket_id=row.id, kind=kind, text=words,
                at=context.now,
            )
        )  # fmt: skip
    for channel in await channels_for(context.work.session, row.authority_id):
        if kind in channel.events and channel.department_id in {None, row.department_id}:
            context.work.session.add(
                TicketDelivery(
                    id=new_id(), authority_id=row.authority_id, channel_id=channel.id, ticket_id=row.id,
                    body=news(context, row, kind, words), state="queued", attempts=0, next_at=context.now,
                    created_at=context.now, problem="",
                )
            )  # fmt: skip


def news(context: TicketContext, row: Ticket, kind: str, words: str) -> dict[str, str]:
    """What leaves the system: no name and no number of the citizen."""
    return {
        "event": f"ticket.{kind}",
        "number": row.number,
        "ticket_id": row.id,
        "title": row.title,
        "state": row.state,
        "state_name": STATE_NAMES[TicketState(row.state)],
        "text": words,
        "due_at": row.due_at.isoformat() if row.due_at else "",
        "at": context.now.isoformat(),
    }


def owner_and_leaders(row: Ticket) -> set[str]:
    """Whom a deadline concerns."""
    office = {f"department:{row.department_id}"} if row.department_id else set[str]()
    return _owner(row) | office | {f"leaders:{row.authority_id}"}


def _owner(row: Ticket) -> set[str]:
    return {f"user:{row.owner_id}"} if row.owner_id else {f"leaders:{row.authority_id}"}
