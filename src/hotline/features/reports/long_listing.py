"""A listing of any length as a table made in the background: a local day after the other, latest first, so that no row is told twice."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, cast

from pydantic import Field, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.core.metrics.dimensions import Dimension, Grain
from hotline.core.metrics.query import local_midnight
from hotline.features.reports.api_listings import Listings
from hotline.features.reports.asked import Asked
from hotline.features.reports.export import listing_sheet
from hotline.features.reports.listings import LISTINGS, Listing
from hotline.features.reports.making import book_for, make_asked
from hotline.platform.access import Platform
from hotline.platform.actor import Actor
from hotline.platform.errors import Invalid
from hotline.platform.exports import ExportKind, LongTable, Rows
from hotline.platform.permissions import Permission
from hotline.platform.schemas import ApiModel
from hotline.ports.call_control import CallControl
from hotline.ports.statistics import Statistics

PIECE: Final = 5_000
_FILTERS: Final = (
    Dimension.HOTLINE,
    Dimension.QUEUE,
    Dimension.AGENT,
    Dimension.CALLED,
    Dimension.CALLER,
    Dimension.TYPE,
)


class ListingQuestion(ApiModel):
    """The question as `GET /listings/{key}` takes it: the listing, the period, the filters by dimension."""

    key: str
    start: datetime = Field(alias="from")
    end: datetime = Field(alias="to")
    hotline: list[str] = Field(default=[], max_length=200)
    queue: list[str] = Field(default=[], max_length=200)
    agent: list[str] = Field(default=[], max_length=200)
    called: list[str] = Field(default=[], max_length=200)
    caller: list[str] = Field(default=[], max_length=200)
    type: list[str] = Field(default=[], max_length=200)


def listing_kind(platform: Platform) -> ExportKind:
    """Listings as a kind of long tables."""

    async def make(session: AsyncSession, actor: Actor, question: Mapping[str, Any]) -> LongTable:
        return await _table(platform, session, actor, question)

    needed = frozenset({Permission.CALLS_READ, Permission.REPORTS_EXPORT})
    return ExportKind(key="listing", permissions=needed, make=make)


async def _table(
    platform: Platform, session: AsyncSession, actor: Actor, question: Mapping[str, Any]
) -> LongTable:
    try:
        given = ListingQuestion.model_validate(question)
    except ValidationError as wrong:
        raise Invalid("question", "导出的条件不完整") from wrong
    listing = LISTINGS.get(given.key)
    if listing is None or "gantt" in listing.charts:
        raise Invalid("question", "这张明细不能作为长导出")
    wanted = _asked(given, actor, platform.clock)
    control = cast("CallControl", platform.services[CallControl])
    statistics = cast("Statistics", platform.services[Statistics])
    book, _ = await book_for(session, actor, control.site(), wanted)
    listings = Listings(statistics, control.site(), book)
    _, total, _ = await listings.rows(listing, wanted, 0, 1, total=True)
    head = listing_sheet(
        listing.name, listing.shown(), [], (wanted.start, wanted.end), f"{actor.name}（{actor.username}）", wanted.now
    )  # fmt: skip
    period, made = head.about
    return LongTable(
        title=listing.name,
        about=(period.rsplit("　", 1)[0], made),
        header=head.header,
        total=total or 0,
        pieces=lambda: _pieces(listings, listing, wanted),
    )


def _asked(given: ListingQuestion, actor: Actor, clock: Callable[[], datetime]) -> Asked:
    filters = {dimension: cast("list[str]", getattr(given, dimension.value)) for dimension in _FILTERS}
    now = clock()
    wanted = make_asked(
        actor, now, start=given.start, end=given.end, grain=Grain.TOTAL, group_by=[], filters=filters, variant="",
        compare="", sort="", limit=1,
    )  # fmt: skip
    if wanted.start < now < wanted.end:  # what happens while the file is made belongs to the next one
        return replace(wanted, end=now)
    return wanted


async def _pieces(listings: Listings, listing: Listing, wanted: Asked) -> AsyncIterator[Rows]:
    columns = listing.shown()
    for start, end in days_back(wanted.start, wanted.end):
        offset, more = 0, True
        while more:
            day = replace(wanted, start=start, end=end)
            rows, _, more = await listings.rows(listing, day, offset, PIECE, total=False)
            offset += len(rows)
            if rows:
                yield [[row.get(column.key) for column in columns] for row in rows]


def days_back(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The local days of a period, the last one first, each as far as it lies in the period."""
    until = end
    while until > start:
        begin = max(start, local_midnight(until - timedelta(microseconds=1)))
        yield begin, until
        until = begin
