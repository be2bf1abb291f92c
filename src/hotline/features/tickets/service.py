"""Make tickets, change what is written on them, and take their steps. One history, one audit, notices to whom it concerns."""

from datetime import datetime, timedelta
from typing import Any

from hotline.core.tickets.flow import Side, TicketAction, TicketState
from hotline.features.tickets.context import TicketContext
from hotline.features.tickets.models import SEARCH_TABLE, Ticket, TicketType
from hotline.features.tickets.reading import TicketReader, sides_of
from hotline.features.tickets.repository import TypeRepository, count_up
from hotline.features.tickets.schemas import (
    TicketCreate,
    TicketFields,
    TicketRead,
    TicketStepWanted,
    TicketUpdate,
)
from hotline.features.tickets.stepping import Stepper
from hotline.features.tickets.timing import OFFSET_MIN, refresh, set_rule
from hotline.platform import audit, fulltext
from hotline.platform.contacts import Customers
from hotline.platform.errors import Conflict, Invalid, NotPermitted
from hotline.platform.forms import fields_of, require_values
from hotline.platform.i18n import Text
from hotline.platform.ids import new_id
from hotline.platform.permissions import Permission
from hotline.platform.schemas import given

_PLAIN = tuple(name for name in TicketFields.model_fields if name != "values")
_BLANK = TicketFields(title="?").model_dump(mode="json") | {"title": ""}
"""What an editor has seen of a field who does not say what they saw."""


class TicketConflict(Conflict):
    """Somebody else changed the same fields meanwhile. `details`: `by`, `conflicts` {field: {base, theirs, mine}}."""

    code = "ticket_changed"
    text = Text("{by} 刚改过同样的内容，请核对后再保存", "{by} changed the same fields meanwhile; look again")


def target(row: Ticket) -> audit.Target:
    """A ticket in the audit trail."""
    return audit.Target(kind="ticket", id=row.id, name=row.number, authority_id=row.authority_id)


class TicketService:
    """Changes tickets within one unit of work."""

    def __init__(self, context: TicketContext) -> None:
        self.context = context
        self._work = context.work
        self._session = context.work.session
        self._actor = context.actor
        self._types = TypeRepository(self._session, self._actor)
        self.reader = TicketReader(self._session, self._actor, context.now, context.sms)
        self._tickets = self.reader.tickets
        self._stepper = Stepper(context, self._tickets)

    async def create(self, wanted: TicketCreate) -> Ticket:
        """Make a ticket: for the centre to answer, answered at once, or sent to a department at once."""
        kind = await self._types.require_usable(wanted.type_id)
        if kind is None:
            raise Invalid("type_id", "没有这个工单类型")
        now = self.context.now
        closing = bool(wanted.answer)
        values = require_values(fields_of(kind.fields), wanted.values, closing=closing)
        seq, number = await self._next_number(now)
        row = Ticket(
            id=new_id(), authority_id=self._actor.authority_id, seq=seq, number=number, type_id=kind.id,
            category=kind.category, state=TicketState.OPEN.value, answer="", values=dict(values), call_id=wanted.call_id,
            owner_id=self._actor.user_id or None, department_id=None, clock_started_at=now, clock_stopped_at=None, pauses=[],
            verdict="", measures="", merged_into=None, created_at=now, created_by=self._actor.user_id, updated_at=now,
            updated_by=self._actor.name, consulted=False, version=1, round=1, returned=0, reassigned=0, urged=0, level=0,
            supervised=False, in_time=None, **{key: _stored(getattr(wanted, key)) for key in _PLAIN},
        )  # fmt: skip
        await self._complete_customer(row)
        set_rule(row, kind)
        refresh(row, self.context.calendars(), now)
        self._session.add(row)
        await self._session.flush()
        self._stepper.write(row, "create", frozenset({Side.CENTRE}), "", "", {})
        await self._index(row, kind)
        audit.record(
            self._work,
            self._actor,
            "tickets.create",
            target(row),
            after={"type": kind.name, "number": number},
        )
        if wanted.answer:
            await self.step(
                row, TicketStepWanted(action=TicketAction.ANSWER, text=wanted.answer, close=wanted.close)
            )
        elif wanted.department_id:
            await self.step(
                row,
                TicketStepWanted(
                    action=TicketAction.DISPATCH,
                    department_id=wanted.department_id,
                    text=wanted.dispatch_text,
                ),
            )
        return row

    async def update(self, ticket_id: str, patch: TicketUpdate) -> Ticket:
        """Change what is written. Fields that hold something else than the editor saw are refused, with all three texts."""
        row = await self.require(ticket_id)
        fields = given(patch)
        base = fields.pop("base", None) or {}
        self._stepper.check(row, TicketAction.EDIT)
        self._refuse_conflicts(row, fields, base)
        kind = await self._session.get_one(TicketType, row.type_id)
        changed: dict[str, Any] = {}
        if "values" in fields:
            merged = row.values | fields.pop("values")
            known = {field.key for field in fields_of(kind.fields)}
            fields["values"] = dict(
                require_values(fields_of(kind.fields), {k: v for k, v in merged.items() if k in known})
            )
        for key, value in fields.items():
            value = _stored(value)  # noqa: PLW2901 - the enum's text
            if getattr(row, key) != value:
                changed[key] = [_logged(key, getattr(row, key)), _logged(key, value)]
                setattr(row, key, value)
        if not changed:
            return row
        if "urgency" in changed:
            set_rule(row, kind)
            refresh(row, self.context.calendars(), self.context.now)
        self._touch(row)
        self._stepper.write(row, "edit", sides_of(self._actor, row), row.state, "", {"fields": changed})
        await self._index(row, kind)
        audit.record(
            self._work, self._actor, "tickets.update", target(row), after={"fields": sorted(changed)}
        )
        return row

    async def step(self, row: Ticket, wanted: TicketStepWanted) -> None:
        """Take a step (`stepping`), then let the search know of new words."""
        await self._stepper.step(row, wanted)
        self._touch(row)
        kind = await self._session.get_one(TicketType, row.type_id)
        await self._index(row, kind)
        audit.record(
            self._work, self._actor, f"tickets.{wanted.action}", target(row), after={"state": row.state}
        )

    async def require(self, ticket_id: str) -> Ticket:
        """A ticket in sight, held until the change ends. Raises `NotFound`."""
        return await self._tickets.require_to_change(ticket_id)

    async def read(self, row: Ticket) -> TicketRead:
        """The ticket as the actor may see it, after what was just changed."""
        await self._session.flush()
        return await self.reader.whole(row)

    async def reveal_contact(self, ticket_id: str) -> str:
        """The citizen's number for a department that has the ticket now; entered in the audit trail."""
        row = await self.require(ticket_id)
        if not self._actor.may(Permission.PERSONAL_VIEW) and Side.DEPARTMENT not in sides_of(
            self._actor, row
        ):
            raise NotPermitted(permissions=[str(Permission.PERSONAL_VIEW)])
        if row.confidential and not self._actor.sees(row.authority_id):
            raise Invalid("contact", "市民要求保密，请通过热线中心联系")
        audit.record(self._work, self._actor, "tickets.contact", target(row))
        return row.contact

    # ── Inside ───────────────────────────────────────────────────────────────────────────────────────────────

    def _refuse_conflicts(self, row: Ticket, fields: dict[str, Any], base: dict[str, Any]) -> None:
        """Compare what is there with what the editor saw and what they write; a field without a base was seen as on a blank ticket."""
        conflicts: dict[str, Any] = {}

        def compare(name: str, seen: Any, theirs: Any, mine: Any) -> None:
            if theirs not in (seen, mine):
                conflicts[name] = {"base": seen, "theirs": theirs, "mine": mine}

        for key, mine in fields.items():
            if key == "values":
                seen = base.get(key)
                answers: dict[str, Any] = seen if isinstance(seen, dict) else {}
                for name, value in mine.items():
                    compare(f"values.{name}", answers.get(name), row.values.get(name), value)
            else:
                compare(key, base.get(key, _BLANK[key]), getattr(row, key), _stored(mine))
        if conflicts:
            raise TicketConflict(by=row.updated_by, version=row.version, conflicts=conflicts)

    async def _complete_customer(self, row: Ticket) -> None:
        """Link the customer of the number, and write down name and number of a linked one."""
        directory = self.context.platform.services.get(Customers)
        if directory is None:
            return
        brief = None
        if row.customer_id:
            brief = (await directory.by_ids(self._session, self._actor, [row.customer_id])).get(
                row.customer_id
            )
            if brief is None:
                raise Invalid("customer_id", "没有找到这位客户")
        elif row.contact:
            brief = await directory.by_number(self._session, self._actor, row.contact)
        if brief is not None:
            row.customer_id = brief.id
            row.customer_name = row.customer_name or brief.name
            row.contact = row.contact or (brief.numbers[0] if brief.numbers else "")

    async def _next_number(self, now: datetime) -> tuple[int, str]:
        day = (now + timedelta(minutes=OFFSET_MIN)).strftime("%Y%m%d")
        return await count_up(self._session, "seq"), f"{day}{await count_up(self._session, day):04}"

    def _touch(self, row: Ticket) -> None:
        row.updated_at, row.updated_by = self.context.now, self._actor.name
        row.version += 1

    async def _index(self, row: Ticket, kind: TicketType) -> None:
        words = [row.number, row.title, row.content, row.answer, row.customer_name, kind.name, row.concerned]
        words += [str(value) for value in row.values.values()]
        await fulltext.put(self._session, SEARCH_TABLE, row.seq, "\n".join(words))


def _stored(value: Any) -> Any:
    return str(value) if isinstance(value, str) else value


def _logged(key: str, value: Any) -> Any:
    """What the history keeps of a changed value: the citizen's number only in part."""
    return "…" if key == "contact" else value
