"""Tickets as an actor may see them: rows of a list, and whole, with history, stays, files and what can be done now."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy.ext.asyncio import AsyncSession

from hotline.core.forms import FormField
from hotline.core.tickets.flow import PAUSED, Side, TicketState, possible
from hotline.features.tickets.models import Ticket, TicketStep, TicketType
from hotline.features.tickets.repository import (
    TicketRepository,
    organisation_names,
    type_names,
    user_names,
)
from hotline.features.tickets.schemas import (
    LinkedTicket,
    TicketAttachmentRead,
    TicketRead,
    TicketRow,
    TicketStayRead,
    TicketStepRead,
)
from hotline.features.tickets.timing import light_of
from hotline.platform.actor import Actor
from hotline.platform.forms import fields_of
from hotline.platform.masking import masked, masked_text
from hotline.platform.permissions import Permission
from hotline.ports.sms import SmsSender, SmsStatus


def sides_of(actor: Actor, row: Ticket) -> frozenset[Side]:
    """On whose side a person acts on a ticket."""
    found: set[Side] = set()
    if actor.sees(row.authority_id):
        if actor.may(Permission.TICKETS_HANDLE):
            found.add(Side.CENTRE)
        if actor.may(Permission.TICKETS_LEAD):
            found.add(Side.LEADER)
    if row.department_id and actor.may(Permission.TICKETS_DEPARTMENT) and actor.sees(row.department_id):
        found.add(Side.DEPARTMENT)
    return frozenset(found)


class TicketReader:
    """Reads tickets for one actor."""

    def __init__(
        self, session: AsyncSession, actor: Actor, now: datetime, sms: SmsSender | None = None
    ) -> None:
        self.tickets = TicketRepository(session, actor)
        self._session = session
        self._actor = actor
        self._now = now
        self._sms = sms
        self._whole = actor.may(Permission.PERSONAL_VIEW)

    async def rows(self, found: Sequence[Ticket]) -> list[TicketRow]:
        """Return tickets as rows, with names."""
        types = await type_names(self._session, {row.type_id for row in found})
        people = await user_names(self._session, {row.owner_id for row in found if row.owner_id})
        offices = await organisation_names(self._session, {r.department_id for r in found if r.department_id})
        return [TicketRow.model_validate(self._row(row, types, people, offices)) for row in found]

    async def whole(self, row: Ticket) -> TicketRead:
        """Return a ticket whole."""
        base = (await self.rows([row]))[0]
        kind = await self._session.get_one(TicketType, row.type_id)
        sides = sides_of(self._actor, row)
        stays = await self.tickets.stays_of(row.id)
        steps = await self.tickets.steps_of(row.id)
        people = await user_names(self._session, {row.created_by})
        offices = await organisation_names(self._session, {stay.department_id for stay in stays})
        values = self._values(row, fields_of(kind.fields))
        return TicketRead(
            **base.model_dump(), content=row.content, answer=row.answer, values=values, call_id=row.call_id,
            reassigned=row.reassigned, consulted=row.consulted, grade=cast("Any", row.grade), concerned=row.concerned,
            verdict=cast("Any", row.verdict), measures=row.measures, feedback=cast("Any", row.feedback),
            amber_at=row.amber_at, created_by_name=people.get(row.created_by, ""), updated_by=row.updated_by,
            answered_at=row.answered_at, closed_at=row.closed_at,
            merged_into=await self._link(row.merged_into), merged=await self._merged(row),
            steps=await self._steps(row, steps),
            stays=[
                TicketStayRead(
                    department_id=one.department_id, department_name=offices.get(one.department_id, ""), at=one.at,
                    accepted_at=one.accepted_at, ended_at=one.ended_at, outcome=one.outcome,
                )
                for one in stays
            ],
            attachments=[TicketAttachmentRead.model_validate(one) for one in await self.tickets.attachments_of(row.id)],
            actions=possible(TicketState(row.state), sides),
            sms_allowed=kind.sms_reply and bool(row.contact) and self._sms is not None, masked=not self._open(row),
        )  # fmt: skip

    def _row(
        self, row: Ticket, types: dict[str, str], people: dict[str, str], offices: dict[str, str]
    ) -> dict[str, Any]:
        plain = (
            "id authority_id number type_id category state title customer_id customer_name confidential source urgency owner_id"
            " department_id round returned urged level supervised due_at in_time created_at updated_at version"
        ).split()
        shown = {key: getattr(row, key) for key in plain}
        hidden = self._confidential(row)
        return shown | {
            "type_name": types.get(row.type_id, ""),
            "contact": row.contact if self._open(row) else masked(row.contact),
            "customer_name": "（要求保密）" if hidden else row.customer_name,
            "owner_name": people.get(row.owner_id or "", ""),
            "department_name": offices.get(row.department_id or "", ""),
            "light": light_of(row, self._now),
            "due_at": None if TicketState(row.state) in PAUSED else row.due_at,
        }

    def _confidential(self, row: Ticket) -> bool:
        """Whether the citizen wants this organisation not to know them."""
        return row.confidential and not self._actor.sees(row.authority_id)

    def _open(self, row: Ticket) -> bool:
        """Whether this person may see the ticket's citizen whole."""
        return self._whole and not self._confidential(row)

    def _values(self, row: Ticket, fields: list[FormField]) -> dict[str, Any]:
        if self._open(row):
            return dict(row.values)
        personal = {field.key for field in fields if field.personal}
        return {k: masked_text(str(v)) if k in personal else v for k, v in row.values.items()}

    async def _steps(self, row: Ticket, steps: list[TicketStep]) -> list[TicketStepRead]:
        sent: list[SmsStatus] = []
        if self._sms is not None and any("sms_key" in one.data for one in steps):
            sent = await self._sms.about("ticket", row.id)
        by_key, by_id = {one.key: one for one in sent}, {one.id: one for one in sent}

        def of(step: TicketStep) -> tuple[str, str]:
            """The message or, where it was sent again, the last one; one entered by this very change is not there yet: it is queued."""
            if "sms_key" not in step.data:
                return "", ""
            found = by_key.get(step.data["sms_key"])
            while found is not None and found.resent_as in by_id:
                found = by_id[found.resent_as]
            return ("queued", "") if found is None else (str(found.state), found.problem)

        return [
            TicketStepRead(
                id=one.id, at=one.at, action=one.action, side=one.side, user_name=one.user_name, from_state=one.from_state,
                to_state=one.to_state, text=one.text, data=self._data(row, one), sms=of(one)[0], sms_problem=of(one)[1],
            )
            for one in steps
        ]  # fmt: skip

    def _data(self, row: Ticket, step: TicketStep) -> dict[str, Any]:
        """What a step brought along; who may not see the citizen whole sees which fields were changed, not their texts."""
        if self._open(row) or "fields" not in step.data:
            return step.data
        return step.data | {"fields": {key: [] for key in step.data["fields"]}}

    async def _link(self, ticket_id: str | None) -> LinkedTicket | None:
        row = await self.tickets.get(ticket_id) if ticket_id else None
        return _linked(row) if row else None

    async def _merged(self, row: Ticket) -> list[LinkedTicket]:
        return [_linked(one) for one in await self.tickets.all(Ticket.merged_into == row.id)]


def _linked(row: Ticket) -> LinkedTicket:
    return LinkedTicket(id=row.id, number=row.number, title=row.title, state=TicketState(row.state))
