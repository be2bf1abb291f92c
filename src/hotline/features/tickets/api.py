"""Routes of tickets (工单): list, one, new, change, steps, batch."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from sqlalchemy import ColumnElement, and_

from hotline.core.tickets.flow import ACTIVE, TicketAction, TicketState, possible
from hotline.features.tickets.colleagues_repository import colleagues
from hotline.features.tickets.dependencies import Acting, CanSee, Handling, TheReader
from hotline.features.tickets.first_page_repository import first_page
from hotline.features.tickets.models import Ticket
from hotline.features.tickets.reading import sides_of
from hotline.features.tickets.report_repository import department_load
from hotline.features.tickets.repository import TicketFilter, departments_below, light_is
from hotline.features.tickets.schemas import (
    TicketBatchDone,
    TicketBatchProblem,
    TicketBatchWanted,
    TicketBoxCounts,
    TicketColleague,
    TicketColleagueList,
    TicketContactRead,
    TicketCreate,
    TicketDepartment,
    TicketDepartmentList,
    TicketPage,
    TicketRead,
    TicketSource,
    TicketStepWanted,
    TicketUpdate,
)
from hotline.features.tickets.schemas_types import TicketCategory
from hotline.platform.access import CurrentActor, ReadSession, ThePlatform
from hotline.platform.errors import HotlineError
from hotline.platform.permissions import Permission
from hotline.platform.schemas import Limit
from hotline.platform.times import moment

router = APIRouter(tags=["tickets"])


def ticket_filter(
    actor: CurrentActor,
    platform: ThePlatform,
    words: Annotated[str, Query(max_length=100, description="full text; all words must be there")] = "",
    state: Annotated[list[TicketState] | None, Query(max_length=20)] = None,
    type_id: str | None = None,
    category: TicketCategory | None = None,
    source: TicketSource | None = None,
    urgency: Literal["normal", "urgent"] | None = None,
    department_id: Annotated[
        str | None, Query(description="“ours” for what is with one's own departments now")
    ] = None,
    owner_id: Annotated[str | None, Query(description="“me” for one's own")] = None,
    customer_id: str | None = None,
    number: Annotated[
        str | None, Query(max_length=32, description="of the ticket, or the citizen's whole number")
    ] = None,
    light: Literal["green", "amber", "red", "waiting"] | None = None,
    supervised: bool | None = None,
    start: Annotated[datetime | None, Query(alias="from")] = None,
    end: Annotated[datetime | None, Query(alias="to")] = None,
) -> TicketFilter:
    """Read the filters from the query string."""
    return TicketFilter(
        words=words.strip(), states=tuple(str(one) for one in state or ()), type_id=type_id, category=category, source=source,
        urgency=urgency, department_id=department_id, owner_id=actor.user_id if owner_id == "me" else owner_id,
        customer_id=customer_id, number=number, light=light, supervised=supervised, start=moment(start), end=moment(end),
        now=platform.clock(),
    )  # fmt: skip


Wanted = Annotated[TicketFilter, Depends(ticket_filter)]


@router.get("/tickets")
async def list_tickets(
    reader: TheReader, wanted: Wanted, cursor: str | None = None, limit: Limit = 50
) -> TicketPage:
    """Tickets in sight, newest first; filtered by amber or red, the most urgent first (one page)."""
    total = None
    if cursor is None:
        found, total = await first_page(reader.tickets, wanted, limit)
    else:
        found = await reader.tickets.page(wanted, cursor, limit + 1)
    shown = found[:limit]
    more = len(found) > limit and not wanted.most_urgent_first
    return TicketPage(
        items=await reader.rows(shown),
        next_cursor=reader.tickets.cursor_after(wanted, shown[-1]) if more else None,
        total=total,
    )


@router.post("/tickets", status_code=201)
async def create_ticket(wanted: TicketCreate, tickets: Handling) -> TicketRead:
    """Make a ticket: to be answered, answered at once, or sent to a department at once."""
    return await tickets.read(await tickets.create(wanted))


@router.get("/tickets/{ticket_id}")
async def get_ticket(ticket_id: str, reader: TheReader) -> TicketRead:
    """One ticket with its history, stays, files and what can be done now."""
    return await reader.whole(await reader.tickets.require(ticket_id))


@router.patch("/tickets/{ticket_id}")
async def update_ticket(ticket_id: str, wanted: TicketUpdate, tickets: Handling) -> TicketRead:
    """Change what is written on a ticket; what a colleague changed since is refused with all texts (`ticket_changed`)."""
    return await tickets.read(await tickets.update(ticket_id, wanted))


@router.post("/tickets/{ticket_id}/steps")
async def take_ticket_step(ticket_id: str, wanted: TicketStepWanted, tickets: Acting) -> TicketRead:
    """Take a step: dispatch, accept, return, reply, answer, close … (see `actions` of the ticket)."""
    row = await tickets.require(ticket_id)
    await tickets.step(row, wanted)
    return await tickets.read(row)


@router.get("/tickets/{ticket_id}/colleagues")
async def list_ticket_colleagues(
    ticket_id: str,
    actor: CanSee,
    reader: TheReader,
    words: Annotated[
        str, Query(max_length=64, description="of the name, or how the work number begins")
    ] = "",
) -> TicketColleagueList:
    """To whom this person may hand the ticket over now (`transfer`), by work number; nobody where they may not."""
    row = await reader.tickets.require(ticket_id)
    may = TicketAction.TRANSFER in possible(TicketState(row.state), sides_of(actor, row))
    found = await colleagues(reader.tickets.session, row, words.strip()) if may else []
    return TicketColleagueList(
        items=[TicketColleague(id=one.id, name=one.name, number=one.number) for one in found]
    )


@router.post("/tickets/{ticket_id}/contact")
async def reveal_ticket_contact(ticket_id: str, tickets: Acting) -> TicketContactRead:
    """The citizen's number for whoever works on the ticket now; entered in the audit trail."""
    return TicketContactRead(contact=await tickets.reveal_contact(ticket_id))


@router.post("/ticket-batch")
async def step_many_tickets(wanted: TicketBatchWanted, tickets: Acting) -> TicketBatchDone:
    """One step for many tickets, each for itself: those it does not fit stay as they are and are named."""
    done, problems = 0, list[TicketBatchProblem]()
    for ticket_id in dict.fromkeys(wanted.ids):
        row = await tickets.require(ticket_id)
        try:
            async with tickets.context.work.session.begin_nested():
                await tickets.step(row, wanted.step)
            done += 1
        except HotlineError as refused:
            await tickets.context.work.session.refresh(row)
            message = refused.text.render("zh-CN", refused.details)
            fields = refused.details.get("fields")
            text = fields[0]["message"] if fields else message
            problems.append(TicketBatchProblem(id=row.id, number=row.number, message=text))
    return TicketBatchDone(done=done, problems=problems)


@router.get("/ticket-boxes")
async def count_ticket_boxes(actor: CanSee, reader: TheReader, platform: ThePlatform) -> TicketBoxCounts:
    """How many active tickets are where, for the tabs of the list; for a department those that are with it now."""
    now = platform.clock()
    active = Ticket.state.in_(sorted(str(state) for state in ACTIVE))

    def standing(*states: TicketState) -> ColumnElement[bool]:
        return Ticket.state.in_([str(state) for state in states])

    wanted = {
        "mine": and_(Ticket.owner_id == actor.user_id, active),
        "open": standing(TicketState.OPEN),
        "department": standing(TicketState.ASSIGNED, TicketState.WORKING, TicketState.WAITING_DEPARTMENT),
        "replied": standing(TicketState.REPLIED),
        "waiting": light_is("waiting", now),
        "amber": light_is("amber", now),
        "red": light_is("red", now),
        "supervised": and_(Ticket.supervised.is_(True), active),
    }
    if not actor.may(Permission.TICKETS_VIEW):
        wanted = {name: and_(reader.tickets.held(), condition) for name, condition in wanted.items()}
    return TicketBoxCounts(**await reader.tickets.count_some(wanted))


@router.get("/ticket-departments")
async def list_ticket_departments(actor: CanSee, session: ReadSession) -> TicketDepartmentList:
    """Departments that tickets can be sent to, with how many each has now."""
    rows = await departments_below(session, actor.authority_id)
    load = await department_load(session, actor, [row.id for row in rows])
    return TicketDepartmentList(
        items=[TicketDepartment(id=row.id, name=row.name, open=load.get(row.id, 0)) for row in rows]
    )
