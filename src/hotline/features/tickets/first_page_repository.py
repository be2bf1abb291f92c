"""The first page of a list together with how many tickets there are, the words of a question looked for once for both.

Few tickets hold the words, as a rule: then all of them are known, the page is the newest of them and the number is exact. Words that
more than `COUNT_MOST` tickets hold are found again on the way from the newest to older ones, which is quick just because they are frequent.
"""

from dataclasses import dataclass

from sqlalchemy import Integer, func, literal, select, true

from hotline.features.tickets.models import SEARCH_TABLE, Ticket
from hotline.features.tickets.repository import COUNT_MOST, TicketFilter, TicketRepository
from hotline.platform import fulltext

MORE = -1
"""Instead of a number: more than `COUNT_MOST`."""


async def first_page(
    tickets: TicketRepository, wanted: TicketFilter, limit: int
) -> tuple[list[Ticket], int | None]:
    """At most `limit` tickets and one more where there is one, and how many there are (`MORE`, None: not counted).

    Not counted are frequent words narrowed by something else: the index of words does not know the rest, so that each of those
    tickets would have to be looked at.
    """
    if fulltext.phrases(wanted.words) and not wanted.most_urgent_first:
        known = await _by_words(tickets, wanted, limit + 1)
        if known.page is not None:
            chosen = select(Ticket).where(Ticket.seq.in_(known.page)).order_by(Ticket.seq.desc())
            return list(await tickets.session.scalars(chosen)), known.total
        rows = await tickets.page(wanted, None, limit + 1)
        return rows, len(rows) if len(rows) <= limit else known.total
    rows = await tickets.page(wanted, None, limit + 1)
    return rows, len(rows) if len(rows) <= limit else await _total(tickets, wanted)


@dataclass(frozen=True, slots=True)
class _Known:
    """What one look for words told. `page` None: they are too frequent for it to tell."""

    total: int | None
    page: list[int] | None = None


async def _by_words(tickets: TicketRepository, wanted: TicketFilter, most: int) -> _Known:
    narrowed = wanted != TicketFilter(words=wanted.words, now=wanted.now)
    chosen = tickets.filtered(wanted).with_only_columns(Ticket.seq)
    found_count = literal(0, Integer)
    if narrowed:
        dialect = tickets.session.get_bind().dialect.name
        found = fulltext.some_matching(dialect, SEARCH_TABLE, wanted.words, COUNT_MOST + 1)
        assert found is not None, "there are phrases"
        found_count = select(func.count()).select_from(found).scalar_subquery()
        # Of too many nothing is looked at: a condition that names no ticket is asked once, before the first.
        chosen = chosen.where(found_count <= COUNT_MOST, Ticket.seq.in_(select(found.c.found)))
    else:
        chosen = tickets.searched(wanted).with_only_columns(Ticket.seq).limit(COUNT_MOST + 1)
    some = chosen.cte("some_tickets").prefix_with("MATERIALIZED")
    counts = select(
        found_count.label("found"), select(func.count()).select_from(some).scalar_subquery().label("listed")
    ).subquery("counts")
    top = select(some.c.seq).order_by(some.c.seq.desc()).limit(most).subquery("top")
    told = await tickets.session.execute(select(counts, top.c.seq).select_from(counts.outerjoin(top, true())))
    rows = list(told)
    held, count = rows[0].found, rows[0].listed
    if held > COUNT_MOST:
        return _Known(total=None)
    if count > COUNT_MOST:
        return _Known(total=MORE)
    return _Known(total=count, page=[row.seq for row in rows if row.seq is not None])


async def _total(tickets: TicketRepository, wanted: TicketFilter) -> int:
    some = tickets.searched(wanted).with_only_columns(Ticket.seq).limit(COUNT_MOST + 1).subquery()
    count = await tickets.session.scalar(select(func.count()).select_from(some)) or 0
    return MORE if count > COUNT_MOST else count
