"""What SMS mean for tickets (`ports.sms.SmsListener`).

A citizen's reply goes onto the ticket it answers, and wakes a waiting one; an answer that did not reach the citizen is told to
whoever has the ticket.
"""

from typing import Any

from hotline.core.tickets.flow import PAUSED, Side, TicketAction, TicketState
from hotline.features.tickets.context import TicketContext
from hotline.features.tickets.models import Ticket
from hotline.features.tickets.notices import owner_and_leaders, publish
from hotline.features.tickets.repository import TicketRepository
from hotline.features.tickets.schemas import TicketStepWanted
from hotline.features.tickets.stepping import Stepper
from hotline.platform.access import Platform
from hotline.platform.actor import system_actor
from hotline.platform.database import Work
from hotline.ports.sms import SmsPurpose, SmsReceived, SmsState, SmsStatus

_SYSTEM = frozenset({Side.SYSTEM})
_NOT_THERE = {
    SmsState.FAILED: "短信答复没有送到市民，请改用其他方式",
    SmsState.UNCERTAIN: "短信答复是否发出不明，请班长在短信页核实后决定是否重发",
}


class TicketSmsNews:
    """Writes citizens' messages onto tickets."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def sms_received(self, session: Any, message: SmsReceived) -> None:
        """A citizen wrote about a ticket."""
        row = await session.get(Ticket, message.reference_id) if message.reference_kind == "ticket" else None
        if row is None:
            return
        await session.refresh(row, with_for_update=True)
        context = self._context(session, row)
        stepper = Stepper(context, TicketRepository(session, context.actor))
        stepper.write(row, "citizen", _SYSTEM, row.state, message.text, {"sms_id": message.id})
        if TicketState(row.state) in PAUSED:
            await stepper.step(row, TicketStepWanted(action=TicketAction.RESUME, text=""), _SYSTEM)
        row.updated_at, row.updated_by = context.now, "市民"
        row.version += 1
        await publish(context, row, "citizen_replied", "市民短信回复", owner_and_leaders(row))

    async def sms_changed(self, session: Any, status: SmsStatus) -> None:
        """An answer that did not reach the citizen is told to whoever has the ticket; the rest is read from the outbox when it is looked at."""
        answer = status.reference_kind == "ticket" and status.purpose is SmsPurpose.TICKET_REPLY
        if not answer or status.state not in _NOT_THERE:
            return
        row = await session.get(Ticket, status.reference_id)
        if row is None:
            return
        context = self._context(session, row)
        heading = _NOT_THERE[status.state]
        text = f"{heading}：{status.problem}" if status.problem else heading
        await publish(context, row, "sms_failed", text, owner_and_leaders(row))

    def _context(self, session: Any, row: Ticket) -> TicketContext:
        """Within the caller's transaction: nothing here commits."""
        return TicketContext(
            work=Work(session),
            actor=system_actor("市民短信", row.authority_id),
            platform=self._platform,
            now=self._platform.clock(),
        )
