"""Take a step of a ticket: ask the table, write state, history, stay and deadline, send the SMS, tell whom it concerns."""

from typing import Any

from hotline.core.tickets.flow import (
    ACTORS,
    DEPARTMENT_NEEDED,
    TEXT_NEEDED,
    WITH_DEPARTMENT,
    NotNow,
    NotYours,
    Side,
    TicketAction,
    TicketState,
    step,
)
from hotline.features.tickets.colleagues_repository import colleague
from hotline.features.tickets.context import TicketContext
from hotline.features.tickets.models import Ticket, TicketStay, TicketStep, TicketType
from hotline.features.tickets.notices import tell
from hotline.features.tickets.reading import sides_of
from hotline.features.tickets.repository import TicketRepository, ancestors
from hotline.features.tickets.schemas import TicketStepWanted
from hotline.features.tickets.timing import flow_of, put_flow, refresh
from hotline.features.tickets.words import ACTION_NAMES, STATE_NAMES
from hotline.platform.errors import Conflict, Invalid, NotPermitted
from hotline.platform.forms import fields_of, require_values
from hotline.platform.i18n import Text
from hotline.platform.ids import new_id
from hotline.platform.people import Organisation
from hotline.ports.sms import SmsPurpose, SmsRefused, SmsRequest


class StepImpossible(Conflict):
    """The ticket's state does not allow the step; often because a colleague was quicker."""

    code = "step_impossible"
    text = Text("工单现在是“{state}”，不能{action}", "Not possible in the present state of the ticket")


class StepNotYours(NotPermitted):
    """The step belongs to somebody else: centre, leader or department."""

    text = Text("您不能对这张工单{action}", "This step is not yours to take")


class SmsNotPossible(Conflict):
    """The text cannot go to the citizen by SMS; it is not lost: nothing was done."""

    code = "sms_not_possible"
    text = Text("不能用短信答复：{why}", "It cannot be answered by SMS: {why}")


class Stepper:
    """Takes steps within one change."""

    def __init__(self, context: TicketContext, tickets: TicketRepository) -> None:
        self._context = context
        self._session = context.work.session
        self._tickets = tickets

    def check(self, row: Ticket, action: TicketAction, sides: frozenset[Side] | None = None) -> None:
        """Refuse a step that the table does not allow."""
        try:
            step(flow_of(row), action, self._context.now, self._sides(row, sides), "any")
        except NotNow as wrong:
            raise StepImpossible(state=STATE_NAMES[wrong.state], action=ACTION_NAMES[action]) from wrong
        except NotYours as wrong:
            raise StepNotYours(action=ACTION_NAMES[action]) from wrong

    async def step(self, row: Ticket, wanted: TicketStepWanted, sides: frozenset[Side] | None = None) -> None:
        """Take a step; the system itself (`sides`) when a citizen's message does it."""
        action = wanted.action
        if action is TicketAction.EDIT:
            raise Invalid("action", "修改内容请直接保存")
        if action in TEXT_NEEDED and not wanted.text:
            raise Invalid("text", "请填写内容")
        self.check(row, action, sides)
        if action in DEPARTMENT_NEEDED:
            await self._check_department(row, wanted.department_id)
        before, by = row.state, self._sides(row, sides)
        await self._finish_form(row, action)
        data = await self._special(row, wanted)
        put_flow(row, step(flow_of(row), action, self._context.now, by, wanted.department_id))
        await self._stays(row, action)
        refresh(row, self._context.calendars(), self._context.now)
        self._times(row, before)
        made = self.write(row, action.value, by, before, wanted.text, data)
        if action is TicketAction.REPLY_CITIZEN or (action is TicketAction.ANSWER and wanted.sms):
            await self._send(row, made, wanted.text)
        await tell(self._context, row, action, wanted.text)
        if wanted.close and row.state == TicketState.ANSWERED.value:
            closer = frozenset({Side.SYSTEM}) if action is TicketAction.REPLY_CITIZEN else sides
            await self.step(row, TicketStepWanted(action=TicketAction.CLOSE), closer)

    def write(
        self, row: Ticket, action: str, sides: frozenset[Side], before: str, text: str, data: dict[str, Any]
    ) -> TicketStep:
        """Enter a step into the history."""
        actor = self._context.actor
        made = TicketStep(
            id=new_id(), authority_id=row.authority_id, ticket_id=row.id, at=self._context.now, action=action,
            side=_side(action, sides), user_id=actor.user_id, user_name=actor.name, from_state=before, to_state=row.state, text=text,
            data=data,
        )  # fmt: skip
        self._session.add(made)
        return made

    # ── Inside ───────────────────────────────────────────────────────────────────────────────────────────────

    def _sides(self, row: Ticket, sides: frozenset[Side] | None) -> frozenset[Side]:
        return sides_of(self._context.actor, row) if sides is None else sides

    async def _check_department(self, row: Ticket, department_id: str | None) -> None:
        held = {"read": True}  # it is not taken out of use while this is under way
        office = (
            await self._session.get(Organisation, department_id, with_for_update=held)
            if department_id
            else None
        )
        if office is None or not office.active or office.id == row.authority_id:
            raise Invalid("department_id", "请选择承办部门")
        if row.authority_id not in await ancestors(self._session, office.id):
            raise Invalid("department_id", "没有找到这个部门")

    async def _finish_form(self, row: Ticket, action: TicketAction) -> None:
        if action in {TicketAction.ANSWER, TicketAction.REPLY_CITIZEN}:
            kind = await self._session.get_one(TicketType, row.type_id)
            fields = fields_of(kind.fields)
            known = {field.key for field in fields}
            values = {key: value for key, value in row.values.items() if key in known}
            require_values(fields, values, closing=action is TicketAction.ANSWER)

    async def _special(self, row: Ticket, wanted: TicketStepWanted) -> dict[str, Any]:
        """What single actions bring along, before the state changes."""
        match wanted.action:
            case TicketAction.DISPATCH | TicketAction.REASSIGN:
                row.consulted = True
                return {"department_id": wanted.department_id}
            case TicketAction.TRANSFER:
                return await self._transfer(row, wanted.owner_id)
            case TicketAction.MERGE:
                return await self._merge(row, wanted.into)
            case TicketAction.VERIFY:
                row.verdict = wanted.verdict or row.verdict
                row.grade = wanted.grade or row.grade
                row.measures = wanted.measures or row.measures
                return {"verdict": row.verdict, "grade": row.grade, "measures": wanted.measures}
            case TicketAction.ANSWER | TicketAction.REPLY_CITIZEN:
                row.answer = wanted.text
            case TicketAction.RETURN | TicketAction.REPLY:
                return {"department_id": row.department_id}
            case _:
                pass
        return {}

    async def _transfer(self, row: Ticket, owner_id: str | None) -> dict[str, Any]:
        user = await colleague(self._session, row, owner_id) if owner_id else None
        if user is None:
            raise Invalid("owner_id", "请选择本机构能办理工单的人员")
        row.owner_id = user.id
        return {"owner": user.name}

    async def _merge(self, row: Ticket, into: str) -> dict[str, Any]:
        kept = await self._tickets.by_number(into) if into else None
        if kept is None or kept.id == row.id or kept.merged_into or kept.authority_id != row.authority_id:
            raise Invalid("into", "请填写要并入的另一张工单的编号")
        if kept.state == TicketState.CANCELLED.value:
            raise Invalid("into", "要并入的工单已作废")
        row.merged_into = kept.id
        sides = frozenset({Side.CENTRE})
        self.write(
            kept,
            "merged_in",
            sides,
            kept.state,
            f"并入重复工单 {row.number}：{row.title}",
            {"ticket_id": row.id},
        )
        return {"into": kept.number}

    async def _stays(self, row: Ticket, action: TicketAction) -> None:
        now = self._context.now
        stay = await self._tickets.open_stay(row.id)
        leaves = row.state not in {state.value for state in WITH_DEPARTMENT}
        if stay is not None and (leaves or action is TicketAction.REASSIGN):
            stay.ended_at, stay.outcome = now, action.value
        elif stay is not None and action is TicketAction.ACCEPT:
            stay.accepted_at = now
        if action in DEPARTMENT_NEEDED:
            assert row.department_id is not None
            self._session.add(
                TicketStay(
                    id=new_id(), authority_id=row.authority_id, ticket_id=row.id, department_id=row.department_id, at=now,
                    accepted_at=None, ended_at=None, outcome="",
                )
            )  # fmt: skip

    def _times(self, row: Ticket, before: str) -> None:
        now = self._context.now
        if row.state == before:
            return
        match TicketState(row.state):
            case TicketState.ANSWERED:
                row.answered_at = now
                row.in_time = row.due_at is None or now <= row.due_at
            case TicketState.CLOSED:
                row.closed_at = now
            case TicketState.OPEN if before in {TicketState.ANSWERED.value, TicketState.CLOSED.value}:
                row.answered_at = row.closed_at = row.in_time = None
                row.feedback = ""
            case _:
                pass

    async def _send(self, row: Ticket, made: TicketStep, words: str) -> None:
        kind = await self._session.get_one(TicketType, row.type_id)
        if not kind.sms_reply:
            raise SmsNotPossible(why="只有查询类工单可以短信答复")
        if not row.contact:
            raise SmsNotPossible(why="工单没有市民的联系电话")
        sms = self._context.sms
        if sms is None:
            raise SmsNotPossible(why="没有配置短信通道")
        key = f"ticket:{row.id}:{made.id}"
        request = SmsRequest(
            key=key, to=row.contact, text=words, purpose=SmsPurpose.TICKET_REPLY, authority_id=row.authority_id,
            reference_kind="ticket", reference_id=row.id, created_by=self._context.actor.user_id,
        )  # fmt: skip
        try:
            await sms.send(request, session=self._session)
        except SmsRefused as refused:
            raise SmsNotPossible(why=refused.reason) from refused
        made.data = made.data | {"sms_key": key}


def _side(action: str, sides: frozenset[Side]) -> str:
    """On which side a person with several took the step: the nearest to the centre that may."""
    may = next((those for one, those in ACTORS.items() if one.value == action), sides)
    for side in (Side.CENTRE, Side.LEADER, Side.DEPARTMENT, Side.SYSTEM):
        if side in sides & may:
            return side.value
    return Side.SYSTEM.value
