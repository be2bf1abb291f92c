"""The screen pop: everything the desk shows beside a call, in one answer; and the timeline of a customer."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from hotline.features.customers.contracts import arrears_of
from hotline.features.customers.contracts_repository import due_reminders
from hotline.features.customers.models import Customer
from hotline.features.customers.reading import CustomerReader
from hotline.features.customers.repository import CustomerRepository
from hotline.features.customers.schemas import PopReminder, ScreenPop, TimelineItem, TimelinePage
from hotline.features.customers.service import form_of
from hotline.platform.access import Platform
from hotline.platform.actor import Actor
from hotline.platform.contacts import Subject, TimelineEntry, timeline_of
from hotline.platform.regions import region_of
from hotline.platform.sealing import Sealer
from hotline.platform.times import CHINA

CONTACTS_SHOWN = 8
_OTHERS_SHOWN = 5


async def screen_pop(
    platform: Platform, session: AsyncSession, actor: Actor, sealer: Sealer, number: str
) -> ScreenPop:
    """Return who calls, their last contacts, what is due and what they owe."""
    reader = CustomerReader(session, actor, sealer)
    rows = await reader.customers.by_number(number, _OTHERS_SHOWN + 1) if number else []
    first = rows[0] if rows else None
    if first is None:
        subject = Subject(numbers=(number,) if number else ())
    else:
        subject = await _subject(reader.customers, first)
    contacts = (
        await timeline_of(platform).entries(session, actor, subject, None, CONTACTS_SHOWN) if number else []
    )
    read = await reader.read(rows)
    today = platform.clock().astimezone(CHINA).date()
    reminders = await due_reminders(session, [first.id], today) if first else []
    form = await form_of(session, actor, first.authority_id if first else actor.authority_id)
    return ScreenPop(
        number=number,
        region=region_of(number),
        customer=read[0] if read else None,
        others=read[1:],
        contacts=[_item(one) for one in contacts],
        reminders=[
            PopReminder(title=one.title, due_on=one.due_on.isoformat(), overdue=one.due_on < today)
            for one in reminders
        ],
        arrears=await arrears_of(session, first.id, today) if first else None,
        fields=form.fields,
    )


async def timeline_page(
    platform: Platform,
    session: AsyncSession,
    actor: Actor,
    customer_id: str,
    before: datetime | None,
    limit: int,
) -> TimelinePage:
    """Return contacts of a customer, newest first. The cursor is the time of the last one, for `before`."""
    customers = CustomerRepository(session, actor)
    row = await customers.resolved(customer_id)
    row = row or await customers.require(customer_id)
    subject = await _subject(customers, row)
    found = await timeline_of(platform).entries(session, actor, subject, before, limit)
    more = len(found) == limit
    return TimelinePage(
        items=[_item(one) for one in found], next_cursor=found[-1].at.isoformat() if more else None
    )


async def _subject(customers: CustomerRepository, row: Customer) -> Subject:
    ids = await customers.with_merged(row.id)
    numbers = (await customers.numbers_of([row.id])).get(row.id, [])
    return Subject(customer_ids=tuple(ids), numbers=tuple(one.number for one in numbers))


def _item(entry: TimelineEntry) -> TimelineItem:
    return TimelineItem(
        at=entry.at, kind=entry.kind, id=entry.id, title=entry.title, text=entry.text, state=entry.state, who=entry.who,
        ref=entry.ref,
    )  # fmt: skip
